//! The pages that recorded replies give, with everything switched on.

use redwasp_clients::Clients;
use redwasp_sdk::testing::{self, Bench};

/// When the recordings were made, near enough.
const NOW: u64 = 1_800_000_000_000;

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        let config = r#"{"list":true,"port":true,"aggregates":true}"#;
        Bench::recorded(recorded).at(NOW).collect::<Clients>(config).unwrap().text("redis")
    });
}
