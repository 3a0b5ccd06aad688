//! What is asked of which server, latencies with their sums, the command log, and servers that refuse.

use redwasp_commands::Commands;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Failure, Refusal, Server};

const INFO: &str = "# Server\r\nrun_id:a\r\n";
const NO_LOG: [(&str, &str); 2] = [("SLOWLOG LEN", ":0\r\n"), ("SLOWLOG GET 32", "*0\r\n")];

/// A server that answers these commands, and refuses the others as a user without permissions is refused.
fn bench(server: Server, info: &str, replies: &[(&str, &str)]) -> Bench {
    let mut bench = Bench::new(server).reply("INFO ALL", testing::bulk(info));
    for (command, reply) in replies {
        bench = bench.reply(command, reply.as_bytes().to_vec());
    }
    for command in [
        "LATENCY LATEST",
        "LATENCY HISTOGRAM",
        "SLOWLOG LEN",
        "SLOWLOG GET 32",
        "COMMANDLOG LEN slow",
        "COMMANDLOG LEN large-request",
        "COMMANDLOG LEN large-reply",
        "CONFIG GET commandlog-*",
    ] {
        bench = bench.reply(command, b"-NOPERM this user has no permissions\r\n".to_vec());
    }
    bench
}

fn redis() -> Server {
    testing::server("redis", "7.0.15")
}

fn page(bench: &Bench, config: &str) -> Page {
    bench.collect::<Commands>(config).unwrap()
}

/// Commands that are asked and refused.
fn told(page: &Page) -> Vec<String> {
    let before = |warning: &String| warning.split(" cannot be had").next().map(str::to_owned);
    page.warnings().iter().filter_map(before).collect()
}

/// A RESP3 map of strings and what is given.
fn map(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("+{name}\r\n{value}");
    format!("%{}\r\n{}", pairs.len(), pairs.iter().map(pair).collect::<String>())
}

/// A reply to LATENCY HISTOGRAM: of each command one call of at most 4 microseconds.
fn histograms(commands: &[&str]) -> String {
    let details = map(&[("calls", ":1\r\n"), ("histogram_usec", "%1\r\n:4\r\n:1\r\n")]);
    let each = |name: &&str| format!("${}\r\n{name}\r\n{details}", name.len());
    format!("%{}\r\n{}", commands.len(), commands.iter().map(each).collect::<String>())
}

#[test]
fn only_what_a_server_knows_is_asked() {
    let all = ["LATENCY LATEST", "SLOWLOG LEN", "COMMANDLOG LEN slow", "CONFIG GET commandlog-*"];
    for (product, version, known) in [
        ("redis", "6.2.14", 2),
        ("redis", "7.0.0", 2),
        ("redis", "8.0.2", 2),
        ("redis", "", 2),
        ("keydb", "6.3.4", 2),
        ("dragonfly", "df-v1.30.0", 2),
        ("valkey", "7.2.4", 2),
        ("valkey", "8.0.9", 2),
        ("valkey", "8.1.0", 4),
        ("valkey", "9.1.2", 4),
        ("valkey", "10.0.0", 4),
    ] {
        let page = page(&bench(testing::server(product, version), INFO, &[]), "{}");
        assert_eq!(told(&page), all[..known], "{product} {version}");
    }
}

#[test]
fn histograms_are_asked_of_servers_that_have_them() {
    for (product, version, has) in [
        ("redis", "6.2.14", false),
        ("redis", "7.0.0", true),
        ("redis", "10.1.0", true),
        ("valkey", "7.2.4", true),
        ("keydb", "7.0.0", false),
        ("dragonfly", "7.4.0", false),
        ("redis", "unstable", false),
    ] {
        let histograms = histograms(&["get"]);
        let replies = [("LATENCY LATEST", "*0\r\n"), ("LATENCY HISTOGRAM", histograms.as_str())];
        let page = page(&bench(testing::server(product, version), INFO, &replies), "{}");
        assert_eq!(page.text("redis").contains("commands_latencies_usec"), has, "{product} {version}");
    }
}

#[test]
fn sentinels_and_tile38_are_not_asked() {
    let mut sentinel = redis();
    sentinel.mode = "sentinel".to_owned();
    for server in [sentinel, testing::server("tile38", "1.33.0")] {
        let outcome = bench(server, INFO, &[]).collect::<Commands>("{}");
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
}

#[test]
fn latencies_can_be_left_out() {
    let histograms = histograms(&["get"]);
    let replies = [("LATENCY LATEST", "*1\r\n*4\r\n+fork\r\n:1\r\n:2\r\n:3\r\n"), ("LATENCY HISTOGRAM", &histograms)];
    let bench = bench(redis(), INFO, &[&replies[..], &NO_LOG].concat());
    let with = page(&bench, r#"{"exclude_latency":false}"#).text("redis");
    let without = page(&bench, r#"{"exclude_latency":true}"#);
    assert!(with.contains("redis_commands_latencies_usec_sum") && with.contains("redis_latency_spike_last"));
    assert!(!without.text("redis").contains("latenc"));
    assert_eq!(without.value("slowlog_length", &[]), Some(0.0));
}

#[test]
fn every_command_has_its_own_sum() {
    let names = ["get", "getex", "config", "config|get", "eval_ro", "json.get", "a:b", "host-c#", "set"];
    let info = "# Commandstats\r\n\
        cmdstat_config|get:calls=1,usec=4,usec_per_call=4.00\r\n\
        cmdstat_config:calls=1,usec=3,usec_per_call=4.00\r\n\
        cmdstat_getex:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0\r\n\
        cmdstat_get:calls=1,usec=1,usec_per_call=1.00\r\n\
        cmdstat_eval_ro:calls=1,usec=5,usec_per_call=1.00\r\n\
        cmdstat_json.get:calls=1,usec=6,usec_per_call=1.00\r\n\
        cmdstat_a_b:calls=1,usec=7,usec_per_call=1.00\r\n\
        cmdstat_host-c_:calls=1,usec=8,usec_per_call=1.00\r\n\
        # Other\r\n\
        cmdstat_set:calls=1,usec=9,usec_per_call=1.00\r\n";
    let text = page(&bench(redis(), info, &[("LATENCY HISTOGRAM", &histograms(&names))]), "{}").text("redis");
    for (name, sum) in names.iter().zip([1, 2, 3, 4, 5, 6, 7, 8, 0]) {
        let line = format!("redis_commands_latencies_usec_sum{{cmd=\"{name}\"}} {sum}\n");
        assert!(text.contains(&line), "{line}{text}");
    }
}

#[test]
fn replies_of_resp2_say_the_same() {
    let flat = "*2\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:3\r\n$14\r\nhistogram_usec\r\n*4\r\n:1\r\n:2\r\n:4\r\n:3\r\n";
    let text = page(&bench(redis(), INFO, &[("LATENCY HISTOGRAM", flat)]), "{}").text("redis");
    for line in ["_bucket{cmd=\"get\",le=\"1\"} 2", "_bucket{cmd=\"get\",le=\"4\"} 3", "_count{cmd=\"get\"} 3"] {
        assert!(text.contains(&format!("redis_commands_latencies_usec{line}\n")), "{text}");
    }
}

#[test]
fn spikes_have_their_event() {
    let latest = "*2\r\n*4\r\n$7\r\ncommand\r\n:1700000000\r\n:250\r\n:900\r\n*6\r\n$4\r\nfork\r\n:5\r\n:1\r\n:1\r\n:1\r\n:1\r\n";
    let page = page(&bench(redis(), INFO, &[("LATENCY LATEST", latest)]), "{}");
    for (event, last, seconds) in [("command", 1_700_000_000.0, 0.25), ("fork", 5.0, 0.001)] {
        assert_eq!(page.value("latency_spike_last", &[("event_name", event)]), Some(last));
        assert_eq!(page.value("latency_spike_duration_seconds", &[("event_name", event)]), Some(seconds));
    }
}

#[test]
fn lengths_are_there_without_settings() {
    let lengths = [
        ("COMMANDLOG LEN slow", ":1\r\n"),
        ("COMMANDLOG LEN large-request", ":2\r\n"),
        ("COMMANDLOG LEN large-reply", ":3\r\n"),
    ];
    let page = page(&bench(testing::server("valkey", "8.1.0"), INFO, &lengths), "{}");
    for (metric, value) in [("slow", 1.0), ("large_request", 2.0), ("large_reply", 3.0)] {
        assert_eq!(page.value(&format!("commandlog_{metric}_length"), &[]), Some(value));
    }
    assert_eq!(page.value("commandlog_slow_execution_max_len", &[]), None);
    assert!(told(&page).contains(&"CONFIG GET commandlog-*".to_owned()));
}

#[test]
fn what_is_refused_is_told_once_and_costs_only_itself() {
    let refusing = bench(redis(), INFO, &NO_LOG);
    let first = page(&refusing, "{}");
    assert_eq!(
        first.warnings(),
        [
            "LATENCY LATEST cannot be had, and what it would tell is left out: NOPERM this user has no permissions (told once)"
        ]
    );
    assert!(first.is_partial());
    assert_eq!(first.value("slowlog_length", &[]), Some(0.0));
    let second = page(&bench(redis(), INFO, &NO_LOG).after(&first), "{}");
    assert_eq!(second.warnings(), [""; 0]);
    assert!(second.is_partial());
    let all = [&NO_LOG[..], &[("LATENCY LATEST", "*0\r\n"), ("LATENCY HISTOGRAM", "%0\r\n")]].concat();
    let third = page(&bench(redis(), INFO, &all).after(&second), "{}");
    assert!(!third.is_partial());
    let fourth = page(&bench(redis(), INFO, &NO_LOG).after(&third), "{}");
    assert_eq!(fourth.warnings().len(), 1, "it was had in between");
}

#[test]
fn a_reply_in_another_form_costs_only_itself() {
    for odd in [
        "+OK\r\n",
        ":1\r\n",
        "%1\r\n+get\r\n+none\r\n",
        "%1\r\n+get\r\n%1\r\n+calls\r\n:-1\r\n",
        "%1\r\n+get\r\n%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n%2\r\n:1\r\n:2\r\n:2\r\n:1\r\n",
        "%1\r\n+get\r\n%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n%1\r\n:1\r\n:2\r\n",
        "%1\r\n+get\r\n%2\r\n+calls\r\n:1\r\n+histogram_usec\r\n%2\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
    ] {
        let replies = [&NO_LOG[..], &[("LATENCY LATEST", "*0\r\n"), ("LATENCY HISTOGRAM", odd)]].concat();
        let page = page(&bench(redis(), INFO, &replies), "{}");
        assert_eq!(told(&page), ["LATENCY HISTOGRAM"], "{odd:?}");
        assert_eq!(page.value("slowlog_length", &[]), Some(0.0), "{odd:?}");
        assert!(!page.text("redis").contains("commands_latencies_usec"), "{odd:?}");
    }
}

#[test]
fn latencies_that_do_not_fit_are_left_out() {
    let names: Vec<String> = (0..5000).map(|number| format!("c{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let histograms = histograms(&names);
    let replies = [&NO_LOG[..], &[("LATENCY LATEST", "*0\r\n"), ("LATENCY HISTOGRAM", &histograms)]].concat();
    let first = page(&bench(redis(), INFO, &replies), "{}");
    let text = first.text("redis");
    let told = text.matches("commands_latencies_usec_sum{").count();
    assert!(told > 2000 && told < 5000, "{told}");
    let left_out = 5000 - told;
    assert_eq!(
        first.warnings(),
        [format!("latencies of {left_out} commands are left out: there is room for 9500 samples (told once)")]
    );
    assert_eq!(page(&bench(redis(), INFO, &replies).after(&first), "{}").warnings(), [""; 0]);
    assert_eq!(first.value("slowlog_length", &[]), Some(0.0));
}

#[test]
fn an_error_of_info_is_passed_on() {
    let bench = Bench::new(redis()).reply("INFO ALL", b"-NOPERM no\r\n".to_vec());
    match bench.collect::<Commands>("{}") {
        Err(NoPage::Failed(Failure::Redis(CallError::Server(error)))) => assert_eq!(error.code, "NOPERM"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match bench(redis(), INFO, &[]).collect::<Commands>(r#"{"exclude_latencies":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert!(problems[0].message.contains("`exclude_latencies`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}
