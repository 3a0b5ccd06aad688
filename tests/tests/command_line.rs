//! The program from outside: arguments, variables, streams and exit codes.

use std::net::TcpListener;
use std::process::Command;

use redwasp_tests::daemon::{self, Daemon, Finished};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::tools;

/// Where nothing listens.
const NOWHERE: &str = "--redis.addr=redis://127.0.0.1:1";

fn databases(page: &Page) -> usize {
    page.labels_of("redis_db_keys").len()
}

/// That each line of a log is one JSON object with the usual fields.
fn assert_json(log: &str) {
    assert!(!log.is_empty());
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(["timestamp", "level", "message"].iter().all(|field| line[field].is_string()), "{line}");
    }
}

#[test]
fn usage_goes_to_stdout_when_it_is_asked_for() {
    for flag in ["-h", "-help", "--help", "help"] {
        let Finished { code, stdout, stderr } = daemon::run(&[flag], &[]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{flag}");
        assert!(stdout.contains("\n      --redis.addr <TEXT>\n"), "{stdout}");
    }
}

#[test]
fn the_version_is_one_line_of_stdout() {
    for flag in ["-version", "--version", "--version=true", "version"] {
        // Nothing else is looked at.
        let Finished { code, stdout, stderr } = daemon::run(&[flag, "--redis.addr=ftp://x"], &[("REDIS_FILE", "x")]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{flag}");
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        let start = concat!("redwasp ", env!("CARGO_PKG_VERSION"), ", build date: ");
        assert!(stdout.starts_with(start) && stdout.contains(", sha1: "), "{stdout}");
    }
}

#[test]
fn the_build_is_that_of_the_commit() {
    let set = |name| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let git = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(tools::repository()).output();
    let head = git.ok().filter(|output| output.status.success() && tools::repository().join(".git").exists());
    let head = head.map_or("unknown".to_owned(), |output| String::from_utf8(output.stdout).unwrap().trim().to_owned());
    let page = Daemon::start(&["--redis.addr="]).scrape("/metrics");
    let build = page.labels_of("redis_exporter_build_info")[0].clone();
    assert_eq!(build["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(build["golang_version"], "");
    assert!(set("REDWASP_COMMIT") || build["commit_sha"] == head, "{build:?}, but HEAD is {head}");
    let is_dated = head != "unknown" || set("REDWASP_BUILD_DATE");
    assert_eq!(build["build_date"] != "unknown", is_dated, "{build:?}");
    let line = daemon::run(&["-version"], &[]).stdout;
    assert!(line.contains(&build["commit_sha"]) && line.contains(&build["build_date"]), "{line}");
}

#[test]
fn wrong_flags_are_usage_errors() {
    let cases: [&[&str]; 9] = [
        // A daemon would go on, on all interfaces.
        &["check_config"],
        &["plugins", "list", "hunter2"],
        &["--debug", "plugin", "check", "hunter2"],
        &["-nope"],
        &["--nope=hunter2"],
        &["--redis.addr"],
        &["--debug=maybe"],
        &["---debug"],
        &["--check-keys-batch-size=x"],
    ];
    for args in cases {
        let Finished { code, stdout, stderr } = daemon::run(args, &[]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: ") && stderr.contains("--help") && !stderr.contains("hunter2"), "{stderr}");
    }
}

#[test]
fn wrong_values_stop_the_start_with_one_line() {
    let no_variables: &[(&str, &str)] = &[];
    for (args, variables, words) in [
        (["--redis.addr=redis://:hunter2@h:port"].as_slice(), no_variables, "--redis.addr: not a Redis address"),
        (&["--redis.addr=h1,redis://:hunter2@h2:x"], &[], "--redis.addr: not a Redis address"),
        (&["--connection-timeout=5"], &[], "--connection-timeout: "),
        (&["--web.telemetry-path=/"], &[], "--web.telemetry-path: "),
        (&["--web.telemetry-path=metrics"], &[], "--web.telemetry-path: "),
        (&["--check-keys=a", "--tls-server-key-file=hunter2"], &[], "--tls-server-key-file is set, "),
        (&[], &[("REDIS_EXPORTER_BASIC_AUTH_PASSWORD", "hunter2")], "REDIS_EXPORTER_BASIC_AUTH_PASSWORD is set, "),
    ] {
        let Finished { code, stdout, stderr } = daemon::run(args, variables);
        assert_eq!((code, stdout.as_str(), stderr.lines().count()), (1, "", 1), "{args:?}: {stderr}");
        assert!(stderr.starts_with(&format!("redwasp: {words}")) && !stderr.contains("hunter2"), "{stderr}");
    }
}

#[test]
fn a_port_that_is_taken_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--web.listen-address={}", taken.local_addr().unwrap());
    let Finished { code, stderr, .. } = daemon::run(&[&listen], &[]);
    assert_eq!((code, stderr.lines().count()), (1, 1), "{stderr}");
    assert!(stderr.contains("cannot listen on 127.0.0.1:") && stderr.contains("--web.listen-address"), "{stderr}");
    let Finished { code, stderr, .. } = daemon::run(&[&listen, "--log-format=json"], &[]);
    assert!(code == 1 && stderr.contains("cannot listen on 127.0.0.1:"), "{stderr}");
    assert_json(&stderr);
}

#[test]
fn log_lines_can_be_json() {
    let variables = [("REDIS_EXPORTER_PING_ON_CONNECT", "maybe")];
    let mut daemon = Daemon::start_with(&[NOWHERE, "-log-format", "json", "--debug"], &variables);
    daemon.get("/metrics");
    daemon.wait_for_log("target cannot be read");
    daemon.terminate();
    let log = daemon.log();
    assert_json(&log);
    assert!(log.contains("\"variable\":\"REDIS_EXPORTER_PING_ON_CONNECT\"") && log.contains("stopping"), "{log}");
}

#[test]
fn what_is_not_read_is_told() {
    let daemon = Daemon::start(&["--redis.addr=", "--debug", "false", "redis://:hunter2@h"]);
    daemon.get("/health");
    let log = daemon.wait_for_log("answered");
    assert!(log.contains("arguments were not read") && log.contains("count=2 after=\"--debug\""), "{log}");
    assert!(log.contains("DEBUG") && !log.contains("hunter2"), "{log}");
}

#[test]
fn flag_over_variable_over_default() {
    let namespace = [("REDIS_EXPORTER_NAMESPACE", "by_variable")];
    let cases = [([].as_slice(), [].as_slice(), "redis_up"), (&[], &namespace, "by_variable_up")];
    for (args, variables, up) in
        cases.into_iter().chain([(["-namespace", "by_flag"].as_slice(), &namespace[..], "by_flag_up")])
    {
        let page = Daemon::start_with(&[&[NOWHERE], args].concat(), variables).scrape("/metrics");
        assert_eq!(page.value(up, &[]), Some(0.0), "{args:?} {variables:?}");
    }
}

#[test]
fn an_empty_variable_wins_over_the_default() {
    let page = Daemon::start_with(&[], &[("REDIS_ADDR", "")]).scrape("/metrics");
    assert!(page.family("redis_up").is_none() && page.family("redis_exporter_build_info").is_some());
}

#[test]
fn variables_that_do_not_parse_fall_back() {
    let redis = Redis::start();
    let variables = [
        ("REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES", "no"),
        ("REDIS_EXPORTER_INCL_SYSTEM_METRICS", "yes"),
        ("REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "0x10"),
    ];
    let daemon = Daemon::start_with(&[&format!("--redis.addr={}", redis.url())], &variables);
    let page = daemon.scrape("/metrics");
    assert_eq!(databases(&page), 16);
    assert_eq!(page.family("redis_total_system_memory_bytes"), None);
    for (name, _) in variables {
        daemon.wait_for_log(name);
    }
}

#[test]
fn metrics_of_the_process_can_be_left_out() {
    for flag in ["--redis-only-metrics", "--redis-metrics-only"] {
        let daemon = Daemon::start(&[NOWHERE, flag]);
        for path in ["/metrics", "/scrape?target=redis://127.0.0.1:1"] {
            let page = daemon.scrape(path);
            let names = page.names();
            assert!(!names.iter().any(|name| name.starts_with("process_") || name.contains("build_info")), "{names:?}");
        }
    }
}

#[test]
fn a_disabled_endpoint_is_an_unknown_path() {
    let daemon = Daemon::start(&[NOWHERE, "--disable-scrape-endpoint"]);
    let (disabled, unknown) = (daemon.get("/scrape?target=redis://127.0.0.1:1"), daemon.get("/nope"));
    assert_eq!((disabled.status, disabled.text()), (404, "404 page not found\n".to_owned()));
    assert_eq!((unknown.status, unknown.text()), (disabled.status, disabled.text()));
    assert_eq!(daemon.scrape("/metrics").value("redis_target_scrape_request_errors_total", &[]), Some(0.0));
    assert_eq!(Daemon::start(&[NOWHERE]).get("/scrape?target=redis://127.0.0.1:1").status, 200);
}

#[test]
fn the_servers_name_for_config_can_be_told() {
    let redis = Redis::options().args(["--rename-command", "CONFIG", "xyz", "--databases", "5"]).start();
    let address = format!("--redis.addr={}", redis.url());
    let errors = || redis.info_field("total_error_replies");
    let page = Daemon::start(&[&address, "--config-command=xyz"]).scrape("/metrics");
    assert_eq!((databases(&page), errors().as_str()), (5, "0"));
    // Nothing is sent, so nothing is refused; what cannot be known is taken to be usual.
    let page = Daemon::start(&[&address, "--config-command", "-"]).scrape("/metrics");
    assert_eq!((databases(&page), errors().as_str()), (16, "0"));
    // Once at the handshake, and once for a collector that wants to know settings.
    let page = Daemon::start(&[&address]).scrape("/metrics");
    assert_eq!((databases(&page), errors().as_str()), (16, "2"));
}

#[test]
fn the_name_of_connections_can_be_chosen() {
    let redis = Redis::start();
    let address = format!("--redis.addr={}", redis.url());
    let name = |args: &[&str], variables: &[(&str, &str)]| {
        let daemon = Daemon::start_with(&[&[address.as_str()], args].concat(), variables);
        daemon.scrape("/metrics");
        redis.client_list().remove(0)["name"].clone()
    };
    assert_eq!(name(&["--client-name=watcher-1"], &[]), "watcher-1");
    assert_eq!(name(&[], &[("REDWASP_CLIENT_NAME", "watcher-2")]), "watcher-2");
    assert_eq!(name(&["--set-client-name=false"], &[("REDWASP_CLIENT_NAME", "watcher-2")]), "");
}

#[test]
fn a_hung_server_is_given_up() {
    let mut redis = Redis::start();
    redis.pause();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url()), "--connection-timeout=300ms"]);
    // The scrape itself may take all day.
    let answer = daemon.get_with("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "3600")]);
    let page = Page::parse(&answer.text()).unwrap();
    assert_eq!(page.value("redis_up", &[]), Some(0.0));
    let error = &page.labels_of("redis_exporter_last_scrape_error")[0]["err"];
    assert!(error.ends_with("no reply before the deadline: the server hangs or is too busy"), "{error}");
}
