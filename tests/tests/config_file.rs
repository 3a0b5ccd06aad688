//! The configuration file, through the program.

use std::fs;

use redwasp_tests::daemon::{self, Daemon, Finished};
use redwasp_tests::plugins::built_ins;
use redwasp_tests::tools;
use tempfile::TempDir;

/// A file in a folder of its own, and the flag that names it.
fn written(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, text).unwrap();
    let flag = format!("--config.file={}", path.display());
    (folder, flag)
}

fn check(text: &str, args: &[&str]) -> Finished {
    let (_folder, flag) = written(text);
    daemon::run(&[&["check-config", flag.as_str()], args].concat(), &[])
}

/// The cells of the row of a collector.
fn row<'a>(report: &'a str, name: &str) -> Vec<&'a str> {
    let row = report.lines().find(|line| line.starts_with(&format!("{name} ")));
    let row = row.unwrap_or_else(|| panic!("no {name} in {report}"));
    row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn what_is_good_is_told_as_a_table() {
    let text = "
settings: {redis.addr: 'redis://u:hunter2@cache:6379/2'}
collectors:
  orders:
    schedule: 1m30s
    grants: {commands: [hget], keys: ['orders:*']}
    targets: ['redis://cache:*']
  keyspace: {enabled: false}
";
    let Finished { code, stdout, stderr } = check(text, &["--plugins.dir=/plugins"]);
    // Plugins may come later.
    assert_eq!(code, 0, "{stdout}");
    assert!(stderr.contains("find: the plugin folder /plugins is not there"), "{stderr}");
    let head = format!("redwasp.yaml is good: {} collectors, 1 of them off", built_ins() + 1);
    assert!(stdout.lines().next().unwrap().ends_with(&head), "{stdout}");
    assert!(stdout.contains("redis://u@cache:6379/2\n") && stdout.contains("plugin folder: /plugins\n"), "{stdout}");
    assert!(!stdout.contains("hunter2"), "{stdout}");
    assert_eq!(row(&stdout, "info"), ["info", "info", "every scrape", "INFO", "all"]);
    assert_eq!(row(&stdout, "keyspace")[2], "never");
    let orders = ["orders", "orders", "every 90s", "statistics, HGET, keys orders:* in 0", "1 pattern"];
    assert_eq!(row(&stdout, "orders"), orders);
}

#[test]
fn without_a_file_the_flags_are_checked() {
    let Finished { code, stdout, .. } = daemon::run(&["check-config", "--namespace=x"], &[]);
    assert!(code == 0 && stdout.contains("there is no configuration file"), "{stdout}");
    let Finished { code, stdout, stderr } = daemon::run(&["check-config", "--scrape-timeout=x"], &[]);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.starts_with("redwasp: --scrape-timeout: "), "{stderr}");
}

#[test]
fn what_is_odd_is_told_by_commands_too() {
    let variables = [("REDIS_EXPORTER_PING_ON_CONNECT", "hunter2"), ("REDIS_EXPORTER_LOG_LEVEL", "LOUD")];
    for args in [["check-config"].as_slice(), &["plugin", "list", "--web.listen-address=127.0.0.1:1"]] {
        let Finished { code, stderr, .. } = daemon::run(args, &variables);
        assert_eq!(code, 0, "{stderr}");
        for words in [
            "redwasp: warning: REDIS_EXPORTER_PING_ON_CONNECT wants true or false: it is passed over for \"false\"\n",
            "redwasp: warning: REDIS_EXPORTER_LOG_LEVEL wants DEBUG, INFO, WARN or ERROR: it is passed over for INFO\n",
        ] {
            assert!(stderr.contains(words) && !stderr.contains("hunter2"), "{stderr}");
        }
    }
}

#[test]
fn all_problems_are_told_each_in_its_line() {
    let text = "settings:\n  redis.pasword: hunter2\n  debug: 7\nplugins: {rescan: now}\ncollectors:\n  a: {limits: {cpu: 1h}}\n";
    let Finished { code, stdout, stderr } = check(text, &["--scrape-timeout=0"]);
    assert_eq!((code, stdout.as_str(), stderr.lines().count()), (1, "", 5), "{stderr}");
    assert!(stderr.lines().all(|line| line.starts_with("redwasp: ")) && !stderr.contains("hunter2"), "{stderr}");
    for words in [
        "redwasp: --scrape-timeout: ",
        "/redwasp.yaml:2:3: settings.redis.pasword: ",
        "/redwasp.yaml:3:3: settings.debug: wants true or false",
        "/redwasp.yaml:4:11: plugins.rescan: ",
        "/redwasp.yaml:6:16: collectors.a.limits.cpu: 1h is not from",
    ] {
        assert!(stderr.contains(words), "{words} in {stderr}");
    }
}

#[test]
fn texts_that_are_no_configuration() {
    let large = "#".repeat(10 << 20);
    let laughs: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{}, *a{}]\n", n - 1, n - 1)).collect();
    let laughs = format!("a0: &a0 [x]\n{laughs}");
    for (text, words) in [
        ("a: 1\na: 2\n", "redwasp.yaml:2:1: `a` is there twice"),
        ("settings:\n\tdebug: true\n", "spaces"),
        ("a: 1\n---\na: 2\n", "a second document"),
        ("just words", "redwasp.yaml:1:1: wants keys with values"),
        ("collectors: [", "this is no YAML"),
        (large.as_str(), "has 1MiB at most"),
        (laughs.as_str(), "more than 50000 parts"),
        (&"[".repeat(100_000), "this is no YAML"),
        (&"- ".repeat(1000), "this is inside of more than 64"),
        (&"- ".repeat(100_000), "more than 50000 parts"),
    ] {
        let Finished { code, stdout, stderr } = check(text, &[]);
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.starts_with("redwasp: ") && stderr.contains(words) && stderr.len() < 1000, "{words}: {stderr}");
    }
    for text in ["", "# nothing\n", "{}"] {
        assert_eq!(check(text, &[]).code, 0, "{text:?}");
    }
}

#[test]
fn the_daemon_says_the_same_before_it_opens_its_port() {
    let (_folder, flag) = written("settings: {debg: true}");
    let Finished { code, stderr, .. } = daemon::run(&[&flag], &[]);
    assert_eq!((code, stderr.lines().count()), (1, 1), "{stderr}");
    assert!(
        stderr.contains("redwasp.yaml:1:12: settings.debg: there is no such key; did you mean `debug`?"),
        "{stderr}"
    );
}

#[test]
fn the_daemon_runs_by_its_file() {
    let text =
        "settings: {namespace: filed, redis.addr: 'redis://127.0.0.1:1'}\ncollectors: {keyspace: {enabled: false}}\n";
    let (folder, _) = written(text);
    let file = folder.path().join("redwasp.yaml");
    let daemon = Daemon::start_with(&[], &[("REDWASP_CONFIG_FILE", file.to_str().unwrap())]);
    let page = daemon.scrape("/metrics");
    assert_eq!(page.value("filed_up", &[]), Some(0.0));
    let landing = daemon.get("/").text();
    let runs = |collector: &str| landing.contains(&format!("<td>{collector}</td><td>{collector} 0.1.0</td>"));
    assert!(runs("info") && !runs("keyspace"), "{landing}");
}

#[test]
fn the_example_is_good() {
    let example = tools::repository().join("examples/config/redwasp.yaml");
    let Finished { code, stdout, stderr } =
        daemon::run(&["check-config", &format!("--config.file={}", example.display())], &[]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(row(&stdout, "orders-eu")[..3], ["orders-eu", "orders", "every 60s"]);
}

#[test]
fn commands_that_are_misused_print_their_usage() {
    for args in [["plugin"].as_slice(), &["plugin", "frob"], &["plugin", "run", "x.wasm"], &["check-config", "x"]] {
        let Finished { code, stdout, stderr } = daemon::run(args, &[]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: ") && stderr.contains(&format!("Usage: redwasp {}", args[0])), "{stderr}");
    }
}
