//! The pages that recorded replies give.

use redwasp_modules::Modules;
use redwasp_sdk::testing::{self, Bench};

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recording| {
        let page = Bench::recorded(recording).collect::<Modules>(r#"{"modules":true,"indexes":true}"#).unwrap();
        assert_eq!(page.warnings(), [""; 0]);
        page.text("redis")
    });
}
