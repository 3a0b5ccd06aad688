//! The pages that recorded replies give, with everything switched on.

use redwasp_cluster::Cluster;
use redwasp_sdk::testing::{self, Bench};

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        Bench::recorded(recorded).collect::<Cluster>(r#"{"hot_slots_by_use":true}"#).unwrap().text("redis")
    });
}
