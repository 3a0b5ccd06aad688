//! The pages that recorded replies give.
//!
//! Each server was asked, over a connection that speaks RESP3, for `TIME`, `EVAL <text> 0 0` and `TIME`, for one script after
//! the other, with `SADD users:standard a b c` and `SADD users:premium d` in it.

use redwasp_scripts::Scripts;
use redwasp_sdk::testing::{self, Bench};
use serde_json::json;

/// Of examples/scripts/active_users.lua, on one line.
const ACTIVE_USERS: &str = "return cjson.encode({{metric='active_users', value=redis.call('SCARD', 'users:standard'), \
    labels={user_type='standard'}}, {metric='active_users', value=redis.call('SCARD', 'users:premium'), \
    labels={user_type='premium'}}})";

#[test]
fn recorded_replies_give_their_pages() {
    let texts = [
        ("pairs.lua", "return {'a', '11', 'b', '12'}"),
        ("empty.lua", "return {}"),
        ("named.lua", "return {a='11'}"),
        ("abc.lua", "return {'key1', 'abc'}"),
        ("numbers.lua", "return {'a', 11}"),
        ("broken.lua", "return {"),
        ("nothing.lua", "local a = 1"),
        ("active_users.lua", ACTIVE_USERS),
    ];
    let scripts: Vec<_> = texts.iter().map(|(path, text)| json!({"path": path, "text": text})).collect();
    let config = json!({"scripts": scripts}).to_string();
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        Bench::recorded(recorded).collect::<Scripts>(&config).unwrap().text("redis")
    });
}
