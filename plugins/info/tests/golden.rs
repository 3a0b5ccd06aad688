//! The pages that recorded replies give.

use redwasp_info::InfoCollector;
use redwasp_sdk::testing::{self, Bench};

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(recorded));
        bench.collect::<InfoCollector>("{}").unwrap().text("redis")
    });
}
