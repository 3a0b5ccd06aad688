//! The pages that recorded replies give: of every setting, and without those that are only told on request.

use redwasp_config::Settings;
use redwasp_sdk::testing::{self, Bench};

const ONLY_ON_REQUEST: [&str; 2] = ["redis_config_key_value", "redis_config_value"];

#[test]
fn recorded_replies_give_their_pages() {
    testing::golden(env!("CARGO_MANIFEST_DIR"), |recorded| {
        let page = |config: &str| Bench::recorded(recorded).collect::<Settings>(config).unwrap().text("redis");
        let (few, all) = (page("{}"), page(r#"{"all":true}"#));
        let is_few = |line: &&str| {
            !ONLY_ON_REQUEST
                .iter()
                .any(|name| line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with(name))
        };
        let lines: String = all.lines().filter(is_few).map(|line| format!("{line}\n")).collect();
        assert_eq!(few, lines, "whether all are asked for or a few changes nothing of the few");
        all
    });
}
