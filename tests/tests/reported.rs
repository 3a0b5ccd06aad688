//! What the operator is told of reports: what is left out of them, and what they warn of. Each is told once.

use std::fs;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::guests;
use redwasp_tests::server::Redis;
use redwasp_tests::told::{Program, of, told_once};
use redwasp_tests::wait;
use serde_json::json;

#[test]
fn series_that_another_collector_gives_are_counted_and_told_once() {
    let redis = Redis::start();
    let step = json!({"pipeline": [{"args": ["DBSIZE"]}]});
    let collector = |name| format!("  {name}:\n    plugin: does-as-told\n    config: {}\n", json!({"steps": [step]}));
    let daemon = Program::watching(&redis, &format!("{}{}", collector("first"), collector("second"))).daemon;
    daemon.scrape("/metrics");
    let page = daemon.scrape("/metrics");
    assert_eq!(of(&page, "second", "dropped_samples_total"), 2.0);
    assert_eq!(of(&page, "first", "dropped_samples_total"), 0.0);
    let told = "they are there already";
    let log = told_once(&daemon, told);
    assert!(log.lines().any(|line| line.contains(told) && line.contains("first=\"first\"")), "{log}");
}

#[test]
fn series_that_a_report_has_twice_are_counted_and_their_family_is_told_once() {
    let redis = Redis::start();
    let config = json!({"steps": [{"same-series": 3}]});
    let daemon =
        Program::watching(&redis, &format!("  twice:\n    plugin: does-as-told\n    config: {config}\n")).daemon;
    daemon.scrape("/metrics");
    let page = daemon.scrape("/metrics");
    assert_eq!(of(&page, "twice", "dropped_samples_total"), 4.0);
    assert_eq!(of(&page, "twice", "samples"), 1.0);
    let told = "it has them twice";
    let log = told_once(&daemon, told);
    assert!(log.lines().any(|line| line.contains(told) && line.contains("family=\"redis_told\"")), "{log}");
}

#[test]
fn a_warning_that_comes_with_each_scrape_is_told_once_until_it_was_otherwise() {
    let redis = Redis::start();
    let config = json!({"prefetch": [{"args": ["DBSIZE"]}], "steps": [{"warn-if-there": "there are keys"}]});
    let daemon =
        Program::watching(&redis, &format!("  warns:\n    plugin: does-as-told\n    config: {config}\n")).daemon;
    let times = || daemon.log().matches("there are keys").count();
    let scrape_twice = |keys: bool| {
        redis.cli(if keys { &["SET", "a", "1"] } else { &["DEL", "a"] });
        (0..2).for_each(|_| drop(daemon.scrape("/metrics")));
    };
    scrape_twice(true);
    daemon.wait_for_log("there are keys");
    scrape_twice(false);
    assert_eq!(times(), 1);
    scrape_twice(true);
    wait::until("the warning to be told again", wait::PATIENCE, || (times() >= 2).then_some(()));
    scrape_twice(false);
    assert_eq!(times(), 2);
}

#[test]
fn warnings_of_collects_and_of_walks_are_told_apart() {
    let redis = Redis::start();
    redis.cli(&["SET", "a", "1"]);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    fs::copy(guests::guest_file("sweeps"), folder.path().join("plugins/sweeps.wasm")).unwrap();
    let file = folder.path().join("redwasp.yaml");
    let grants = "{commands: [], keys: [\"*\"]}";
    let text = format!(
        "settings: {{redis.addr: '{}', sweep.with-scrape: 100}}\nplugins: {{dir: {}}}\n\
         collectors: {{sweeps: {{grants: {grants}, config: {{warns: true}}}}}}\n",
        redis.url(),
        folder.path().join("plugins").display(),
    );
    fs::write(&file, text).unwrap();
    let daemon = Daemon::start(&[&format!("--config.file={}", file.display())]);
    let scrape = || daemon.scrape("/metrics").value("redis_swept_keys", &[("name", ""), ("db", "0"), ("kind", "")]);
    wait::until("the plugin to run", wait::PATIENCE, || (scrape() == Some(1.0)).then_some(()));
    (0..3).for_each(|_| assert_eq!(scrape(), Some(1.0)));
    for words in ["warned in a collect", "warned in a walk"] {
        assert_eq!(daemon.wait_for_log(words).matches(words).count(), 1, "{words}");
    }
}
