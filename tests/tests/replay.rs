//! Texts of INFO, recorded and made up: our page is that of redis_exporter.

use redwasp_tests::captures::Capture;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::Page;
use redwasp_tests::parity::{self, NEWER};
use redwasp_tests::replay::Replay;

fn is_left_out(name: &str) -> bool {
    let of_exporter =
        name.starts_with("redwasp_") || name.starts_with("redis_exporter_") || name.starts_with("redis_target_");
    of_exporter || NEWER.contains(&name) || name == "redis_start_time_seconds"
}

#[test]
fn every_text_gives_redis_exporters_page() {
    let daemon = Daemon::start(&["--redis.addr=", "--include-system-metrics"]);
    let mut differences = Vec::new();
    for capture in Capture::all() {
        let replay = Replay::start(capture.info());
        let ours = daemon.scrape(&format!("/scrape?target={}", replay.url()));
        let theirs = Page::parse(&capture.page()).unwrap();
        for difference in parity::differences(&ours, &theirs, &is_left_out) {
            differences.push(format!("{}: {difference}", capture.name()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
