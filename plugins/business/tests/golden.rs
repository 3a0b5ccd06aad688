//! The pages that recorded replies give.

use redwasp_business::Business;
use redwasp_sdk::testing::{self, Bench};

/// One entry of each kind.
const CONFIG: &str = r#"{"metrics": [
    {"name": "users", "help": "Users.", "labels": {"type": "standard"}, "command": "SCARD users:standard"},
    {"name": "users", "labels": {"type": "premium"}, "command": "SCARD users:premium"},
    {"name": "sold_total", "help": "Money taken.", "type": "counter", "command": ["HGET", "cart", "total"]},
    {"name": "score", "labels": {"player": "ada"}, "command": "ZSCORE board ada"},
    {"name": "best_score", "command": "ZREVRANGE board 0 0 WITHSCORES", "path": "[0][1]"},
    {"name": "queue_length", "command": "LLEN queue"},
    {"name": "limit", "command": "GET settings", "path": "$.limits[1].max"},
    {"name": "jobs", "command": "XINFO STREAM jobs", "path": "length"},
    {"name": "jobs_pending", "command": "XPENDING jobs workers", "path": "[0]"},
    {"name": "missing", "command": "GET missing"},
    {"name": "missing_or_zero", "command": "GET missing", "default": 0},
    {"name": "visitors", "command": "PFCOUNT visitors"},
    {"name": "keys", "command": "DBSIZE"},
    {"name": "orders", "keys": "order:{region}:{id}", "by": ["region"]},
    {"name": "orders_amount", "keys": "order:*", "value": {"field": "amount"}, "aggregate": "sum", "by": [{"field": "status"}]},
    {"name": "orders_spread", "keys": "order:*", "value": {"field": "amount"}, "aggregate": "histogram", "buckets": [5, 20]},
    {"name": "largest", "keys": "*", "value": "length", "aggregate": "max"},
    {"name": "session_pages", "keys": "session:*", "value": "string", "path": "pages.length()", "aggregate": "max"},
    {"name": "session_ttl_seconds", "keys": "session:*", "value": "ttl", "aggregate": "min"},
    {"name": "session_bytes", "keys": "session:*", "value": "memory", "aggregate": "sum"}
]}"#;

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        let bench = bench(recorded);
        let (asked, walked) = (bench.collect::<Business>(CONFIG).unwrap(), bench.sweep::<Business>(CONFIG).unwrap());
        assert_eq!((asked.warnings(), asked.problems().count()), (&[][..], 0));
        asked.text("redis") + &walked.text("redis")
    });
}

/// A recording is a line `server <product> <version>`, then for each command a line `> <command>` and its reply as RESP3
/// bytes. `TYPE` tells which keys there are.
fn bench(recorded: &[u8]) -> Bench {
    let (server, mut rest) = line(recorded);
    let [_, product, version] = server.split(' ').collect::<Vec<_>>()[..] else { panic!("{server}") };
    let mut bench = Bench::new(testing::server(product, version));
    while let Some(begin) = next(rest) {
        let (command, reply) = line(&rest[begin + COMMAND.len()..]);
        let end = next(reply).unwrap_or(reply.len());
        bench = match command.strip_prefix("TYPE ") {
            Some(key) => bench.key(0, key, line(reply).0.trim_end().trim_start_matches('+')),
            None => bench.reply(command, reply[..end].to_vec()),
        };
        rest = &reply[end..];
    }
    bench
}

const COMMAND: &[u8] = b"\n> ";

fn line(bytes: &[u8]) -> (&str, &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    (str::from_utf8(&bytes[..end]).unwrap(), bytes.get(end + 1..).unwrap_or_default())
}

fn next(bytes: &[u8]) -> Option<usize> {
    bytes.windows(COMMAND.len()).position(|part| part == COMMAND)
}
