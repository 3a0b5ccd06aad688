//! The pages that recorded replies give.

use redwasp_cluster::Cluster;
use redwasp_sdk::testing::{self, Bench};

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        Bench::recorded(recorded).collect::<Cluster>("{}").unwrap().text("redis")
    });
}
