//! The pages that recorded replies give.
//!
//! A recording is of a stream with a deleted entry and three groups: one with two consumers and pending entries, one that has
//! never read, and one whose name is not UTF-8.

use redwasp_sdk::testing::{self, Bench};
use redwasp_streams::Streams;

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        let bench = Bench::recorded(recorded).at(1_638_006_872_417);
        let page = bench.collect::<Streams>(r#"{"check_single_streams": ["orders"]}"#).unwrap().text("redis");
        let walked = bench.key(0, "orders", "stream").sweep::<Streams>(r#"{"check_streams": ["ord*"]}"#).unwrap();
        assert_eq!(walked.text("redis"), page, "however it is looked at");
        page
    });
}
