//! Latencies, the slow log and the command log of real servers, beside redis_exporter where it has them.

use std::collections::BTreeMap;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::{Labels, Page, Sample};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::{tools, wait};

/// What both exporters fill from LATENCY and SLOWLOG.
const BOTH: [&str; 6] = [
    "redis_commands_latencies_usec",
    "redis_latency_spike_last",
    "redis_latency_spike_duration_seconds",
    "redis_slowlog_length",
    "redis_slowlog_last_id",
    "redis_last_slow_execution_duration_seconds",
];

/// Beginnings of commands that exporters and this test's own looks send: their latencies move from scrape to scrape.
const SENT: [&str; 11] =
    ["client|", "commandlog|", "config", "hello", "info", "latency", "ping", "select", "slowlog", "command|", "auth"];

/// A server on which a sleep of [`SLEEP`] is slow, and hardly anything else.
fn server(program: Program) -> Redis {
    let slow = ["--latency-monitor-threshold", "150", "--slowlog-log-slower-than", "150000"];
    let debug: &[&str] = if program == Program::Redis62 { &[] } else { &["--enable-debug-command", "yes"] };
    Redis::options().program(program).args([&slow[..], debug].concat()).start()
}

const SLEEP: &str = "0.2";

fn sleep(redis: &Redis) {
    redis.cli(&["DEBUG", "SLEEP", SLEEP]);
}

fn watching(redis: &Redis, more: &[&str]) -> Daemon {
    Daemon::start(&[&[format!("--redis.addr={}", redis.url()).as_str()], more].concat())
}

fn redis_exporter(redis: &Redis) -> Daemon {
    Daemon::start_program(&tools::tool("redis_exporter"), &[&format!("--redis.addr={}", redis.url())], &[])
}

fn is_sent(labels: &Labels) -> bool {
    labels.get("cmd").is_some_and(|cmd| SENT.iter().any(|sent| cmd.starts_with(sent)))
}

/// Samples of these families, without those that move, and without sums of names that redis_exporter does not find in INFO.
fn still(page: &Page) -> BTreeMap<(String, Labels), String> {
    let is_of = |name: &str, family: &str| {
        name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let of_both = |sample: &&Sample| BOTH.iter().any(|family| is_of(&sample.name, family)) && !is_sent(&sample.labels);
    let is_lost = |sample: &&Sample| sample.name.ends_with("_sum") && sample.labels["cmd"].contains('_');
    let samples = page.samples.iter().filter(of_both).filter(|sample| !is_lost(sample));
    samples.map(|sample| ((sample.name.clone(), sample.labels.clone()), format!("{:?}", sample.value))).collect()
}

fn kinds(page: &Page) -> Vec<(&str, Option<&str>)> {
    let kind = |name| page.family(name).map(|family| (name, family.kind.as_deref()));
    BOTH.into_iter().filter_map(kind).collect()
}

fn entries_of_debug(page: &Page) -> Option<f64> {
    page.value("redis_slowlog_entries_total", &[("cmd", "debug")])
}

fn missed(page: &Page) -> Option<f64> {
    page.value("redis_slowlog_missed_entries_total", &[])
}

/// Names that begin with one another, with subcommands, and with characters that are no letters.
const NAMES: [&[&str]; 8] = [
    &["SET", "a", "1"],
    &["GET", "a"],
    &["GETEX", "a"],
    &["GETDEL", "a"],
    &["XADD", "s", "*", "f", "v"],
    &["XINFO", "STREAM", "s"],
    &["OBJECT", "ENCODING", "s"],
    &["BITFIELD_RO", "b", "GET", "u4", "0"],
];

#[test]
fn redis_7() {
    compare(Program::Redis, true);
}

#[test]
fn redis_6() {
    compare(Program::Redis62, false);
}

#[test]
fn redis_8() {
    compare(Program::Redis80, true);
}

#[test]
fn valkey_9() {
    compare(Program::Valkey91, true);
}

fn compare(program: Program, has_histograms: bool) {
    let redis = server(program);
    NAMES.iter().for_each(|command| drop(redis.cli(command)));
    sleep(&redis);
    let (ours, theirs) = (watching(&redis, &[]), redis_exporter(&redis));
    let (page, other) = (ours.scrape("/metrics"), theirs.scrape("/metrics"));
    assert_eq!(still(&page), still(&other));
    assert_eq!(kinds(&page), kinds(&other));
    let slept: f64 = SLEEP.parse().unwrap();
    assert!(page.value("redis_last_slow_execution_duration_seconds", &[]).unwrap() >= slept);
    assert!(page.value("redis_latency_spike_duration_seconds", &[("event_name", "command")]).unwrap() >= slept);
    assert_eq!(page.value("redis_slowlog_length", &[]), Some(1.0));
    assert_eq!(page.family("redis_commands_latencies_usec").is_some(), has_histograms);
    if has_histograms {
        every_sum_is_right(&redis, &page);
    }
    for command in ["LATENCY", "SLOWLOG"] {
        redis.cli(&[command, "RESET"]);
    }
    let (page, other) = (ours.scrape("/metrics"), theirs.scrape("/metrics"));
    assert_eq!(still(&page), still(&other));
    assert_eq!(page.samples_of("redis_latency_spike_last").count(), 0);
    for metric in ["redis_slowlog_length", "redis_slowlog_last_id", "redis_last_slow_execution_duration_seconds"] {
        assert_eq!(page.value(metric, &[]), Some(0.0), "{metric}");
    }
}

/// Whatever a command is called, its sum is what INFO says of it.
fn every_sum_is_right(redis: &Redis, page: &Page) {
    let info = redis.info();
    let usec = |command: &str| {
        let line = info.get(&format!("cmdstat_{command}")).unwrap_or_else(|| panic!("INFO has no {command}"));
        let usec = line.split(',').find_map(|part| part.strip_prefix("usec=")).expect("usec");
        usec.parse::<f64>().unwrap()
    };
    let sums = page.samples_of("redis_commands_latencies_usec_sum").filter(|sample| !is_sent(&sample.labels));
    let sums: BTreeMap<&str, f64> = sums.map(|sample| (sample.labels["cmd"].as_str(), sample.value)).collect();
    for name in ["get", "getex", "getdel", "xinfo|stream", "object|encoding", "bitfield_ro", "debug"] {
        assert_eq!(sums.get(name), Some(&usec(name)), "{name}");
    }
    for (name, sum) in sums {
        assert_eq!(sum, usec(name), "{name}");
    }
}

#[test]
fn entries_are_counted_by_command_and_what_fell_out_is_counted_too() {
    let redis = server(Program::Redis);
    sleep(&redis);
    let daemon = watching(&redis, &[]);
    let page = daemon.scrape("/metrics");
    assert_eq!((entries_of_debug(&page), missed(&page)), (Some(0.0), Some(0.0)), "it is from before the first look");
    assert_eq!(page.value("redis_slowlog_slowest_seconds", &[]), Some(0.0));
    (0..2).for_each(|_| sleep(&redis));
    let page = daemon.scrape("/metrics");
    assert_eq!((entries_of_debug(&page), missed(&page)), (Some(2.0), Some(0.0)));
    assert!(page.value("redis_slowlog_slowest_seconds", &[]).unwrap() >= 0.2);
    redis.cli(&["CONFIG", "SET", "slowlog-max-len", "1"]);
    (0..3).for_each(|_| sleep(&redis));
    let page = daemon.scrape("/metrics");
    assert_eq!((entries_of_debug(&page), missed(&page)), (Some(3.0), Some(2.0)));
    redis.cli(&["SLOWLOG", "RESET"]);
    let page = daemon.scrape("/metrics");
    assert_eq!((entries_of_debug(&page), missed(&page)), (Some(3.0), Some(2.0)), "counters do not go back");
    assert_eq!(page.value("redis_slowlog_slowest_seconds", &[]), Some(0.0));
}

#[test]
fn entries_of_a_server_that_was_started_again_count_on() {
    let mut redis = server(Program::Redis);
    let daemon = watching(&redis, &[]);
    sleep(&redis);
    daemon.scrape("/metrics");
    sleep(&redis);
    assert_eq!(entries_of_debug(&daemon.scrape("/metrics")), Some(1.0));
    redis.restart();
    sleep(&redis);
    let page = wait::until("the server to be read again", wait::PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| page.value("redis_up", &[]) == Some(1.0))
    });
    assert_eq!((entries_of_debug(&page), missed(&page)), (Some(2.0), Some(0.0)));
}

#[test]
fn latencies_are_not_asked_for_when_they_are_excluded() {
    let redis = server(Program::Redis);
    sleep(&redis);
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let asked = |args: &[&str], variables: &[(&str, &str)]| {
        proxy.clear();
        let page = Daemon::start_with(&[&[address.as_str()], args].concat(), variables).scrape("/metrics");
        assert_eq!(page.value("redis_slowlog_length", &[]), Some(1.0));
        let latency = |name: &&str| name.contains("latencies_usec") || name.contains("latency_spike");
        let families = page.names().into_iter().filter(latency).count();
        (families, proxy.commands().iter().filter(|command| command[0] == "LATENCY").count())
    };
    assert_eq!(asked(&[], &[]), (3, 2));
    assert_eq!(asked(&["--exclude-latency-histogram-metrics"], &[]), (0, 0));
    assert_eq!(asked(&[], &[("REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS", "true")]), (0, 0));
    assert_eq!(asked(&["--exclude-latency-histogram-metrics=false"], &[]), (3, 2));
}

#[test]
fn no_server_is_asked_for_what_it_does_not_know() {
    for program in Program::ALL {
        let redis = server(program);
        let daemon = watching(&redis, &[]);
        for _ in 0..2 {
            let page = daemon.scrape("/metrics");
            assert_eq!(page.value("redwasp_collector_success", &[("collector", "commands")]), Some(1.0));
        }
        assert_eq!(redis.info_field("total_error_replies"), "0", "{program:?}");
        assert!(!daemon.log().contains("collector warns"), "{}", daemon.log());
    }
}

/// Lines of the log that say that something of this command cannot be had.
fn lines(daemon: &Daemon, command: &str) -> usize {
    daemon.log().lines().filter(|line| line.contains(command) && line.contains("cannot be had")).count()
}

#[test]
fn what_a_user_may_not_ask_is_told_once_and_costs_only_itself() {
    for (program, refused) in
        [(Program::Redis, &["LATENCY", "SLOWLOG"][..]), (Program::Valkey91, &["LATENCY", "SLOWLOG", "COMMANDLOG"])]
    {
        let redis = server(program);
        let rights = ["+client", "+info", "+select", "+config|get", "+hello", "+auth"];
        redis.cli(&[&["ACL", "SETUSER", "exporter", "on", ">secret", "-@all"], &rights[..]].concat());
        let daemon = watching(&redis, &["--redis.user=exporter", "--redis.password=secret"]);
        for _ in 0..3 {
            let page = daemon.scrape("/metrics");
            assert_eq!(page.value("redis_up", &[]), Some(1.0));
            assert_eq!(page.value("redwasp_collector_success", &[("collector", "commands")]), Some(1.0));
            assert!(BOTH.iter().all(|name| page.family(name).is_none()));
            assert_eq!(page.family("redis_commandlog_slow_length"), None);
            assert_eq!(page.family("redis_commandlog_reply_larger_than").is_some(), program == Program::Valkey91);
        }
        for command in refused {
            assert_eq!(lines(&daemon, command), 1, "{command}: {}", daemon.log());
        }
        redis.cli(&["ACL", "SETUSER", "exporter", "+slowlog"]);
        assert_eq!(daemon.scrape("/metrics").value("redis_slowlog_length", &[]), Some(0.0));
        redis.cli(&["ACL", "SETUSER", "exporter", "-slowlog"]);
        daemon.scrape("/metrics");
        assert_eq!(lines(&daemon, "SLOWLOG"), 2, "it could be had in between: {}", daemon.log());
    }
}

#[test]
fn a_server_without_latency_is_told_of_once() {
    let redis = Redis::options().args(["--rename-command", "LATENCY", ""]).start();
    let daemon = watching(&redis, &[]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redis_up", &[]), Some(1.0));
        assert_eq!(page.value("redis_slowlog_length", &[]), Some(0.0));
        assert_eq!(page.family("redis_commands_latencies_usec"), None);
    }
    assert_eq!(lines(&daemon, "LATENCY"), 1, "{}", daemon.log());
}

/// The lengths and settings of the command log.
fn command_log(page: &Page) -> BTreeMap<&str, f64> {
    let samples =
        page.samples.iter().filter_map(|sample| Some((sample.name.strip_prefix("redis_commandlog_")?, sample.value)));
    samples.collect()
}

#[test]
fn the_command_log_of_valkey_has_lengths_and_settings() {
    let settings = ["--commandlog-request-larger-than", "4096", "--commandlog-reply-larger-than", "5000"];
    let lengths = ["--commandlog-large-reply-max-len", "7", "--commandlog-large-request-max-len", "8"];
    let slow = ["--commandlog-execution-slower-than", "-1", "--commandlog-slow-execution-max-len", "9"];
    let options = Redis::options().program(Program::Valkey91).args([&settings[..], &lengths, &slow].concat());
    let redis = options.start();
    let large = "x".repeat(8000);
    (0..2).for_each(|_| drop(redis.cli(&["SET", "a", &large])));
    let daemon = watching(&redis, &["--exclude-latency-histogram-metrics"]);
    let page = daemon.scrape("/metrics");
    let log = command_log(&page);
    let expected = [
        ("execution_slower_than", -1.0),
        ("large_reply_max_len", 7.0),
        ("large_request_length", 2.0),
        ("large_request_max_len", 8.0),
        ("reply_larger_than", 5000.0),
        ("request_larger_than", 4096.0),
        ("slow_execution_max_len", 9.0),
        ("slow_length", 0.0),
    ];
    for (name, value) in expected {
        assert_eq!(log.get(name), Some(&value), "{name}");
    }
    // INFO is a large reply.
    let replies = log["large_reply_length"];
    redis.cli(&["GET", "a"]);
    let more = daemon.scrape("/metrics");
    assert!(command_log(&more)["large_reply_length"] > replies);
    assert_eq!(log.len(), 9);
}

#[test]
fn the_command_log_is_asked_by_the_servers_name_for_config() {
    let redis = Redis::options().program(Program::Valkey91).args(["--rename-command", "CONFIG", "xyz"]).start();
    let settings = |name: &str| {
        let page = watching(&redis, &[&format!("--config-command={name}")]).scrape("/metrics");
        let log = command_log(&page);
        (log.contains_key("slow_length"), log.contains_key("slow_execution_max_len"))
    };
    assert_eq!(settings("xyz"), (true, true));
    assert_eq!(settings("-"), (true, false));
    assert_eq!(redis.info_field("total_error_replies"), "0", "nothing is sent that the server does not know");
}

#[test]
fn only_valkey_has_a_command_log() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let page = Daemon::start(&[&address]).scrape("/metrics");
    assert!(command_log(&page).is_empty());
    assert!(proxy.commands().iter().all(|command| command[0] != "COMMANDLOG"));
}
