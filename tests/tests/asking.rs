//! What a collector can ask of Redis while it runs: what its budgets and grants let through, and what they do not.

use std::time::Duration;

use redwasp::config::{CollectorConfig, Databases, Grants, Limits};
use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::inside::{self, Inside};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::told::{
    self, Program, answers, calls, count, granted, of, others_are_well, succeeded, told, told_once,
};
use redwasp_tests::wait;
use serde_json::{Value, json};

/// A daemon with two built-ins and these collectors between them.
fn daemon(target: &str, collectors: Vec<CollectorConfig>) -> Inside {
    let mut all = vec![inside::built_in("info", "info")];
    all.extend(collectors);
    all.push(inside::built_in("keyspace", "keyspace"));
    told::start(inside::config(target, all))
}

fn pipeline(commands: &[&[&str]]) -> Value {
    let commands: Vec<Value> = commands.iter().map(|args| json!({"args": args})).collect();
    json!({"pipeline": commands})
}

/// A collector that reads the key `strike` in this way: what the fakes wait for.
fn strikes(name: &str, config: Value) -> CollectorConfig {
    let mut config = config;
    config["asks"] = json!([{"commands": ["GET"], "keys": ["*"]}]);
    let limits = Limits { wall: Duration::from_millis(500), ..Limits::default() };
    CollectorConfig { limits, ..granted(name, config, &["GET"], &["*"]) }
}

/// A collector that asks for a PING.
fn pings() -> CollectorConfig {
    told("pings", json!({"steps": [pipeline(&[&["PING"]])]}))
}

/// What has to be on a page whatever one collector was answered: another one asks on a connection that is clean.
fn all_but_one_are_well(page: &Page) {
    others_are_well(page);
    assert_eq!(answers(page, "pings", "0"), ["reply: +PONG\\r\\n"]);
}

#[test]
fn a_server_that_does_not_answer_in_time_costs_one_call_and_one_connection() {
    let redis = Redis::start();
    for behaviour in [Behaviour::HangAfter(0), Behaviour::Slow { bytes_per_second: 1 }] {
        let fake = Fake::from(redis.port(), behaviour, b"strike");
        let waits = strikes("waits", json!({"steps": [pipeline(&[&["GET", "strike"]])]}));
        let daemon = daemon(&format!("redis://127.0.0.1:{}", fake.port()), vec![waits, pings()]);
        for round in 1..=4 {
            let page = daemon.scrape("/metrics");
            all_but_one_are_well(&page);
            let told = count(&page, "waits", "0", "timeout");
            // Waiting for a server is no fault of the plugin: it is not left alone for that.
            assert_eq!(calls(&page, "waits", "wall") + calls(&page, "waits", "success"), f64::from(round));
            assert_eq!(told == 1.0, succeeded(&page, "waits"), "{behaviour:?}");
            assert_eq!(of(&page, "waits", "commands_total"), f64::from(round));
        }
    }
}

/// A reply that is nested so deeply.
fn nested(depth: usize) -> &'static [u8] {
    [b"*1\r\n".repeat(depth), b":1\r\n".to_vec()].concat().leak()
}

#[test]
fn replies_beyond_their_caps_are_stopped_while_they_are_read() {
    let redis = Redis::start();
    redis.cli(&["SET", "a", "1"]);
    let cases = [
        (Behaviour::Endless, "limit: "),
        (Behaviour::HugeArray, ""),
        (Behaviour::DeepNesting, "unreachable: "),
        (Behaviour::Garbage(nested(10_000)), "unreachable: "),
        (Behaviour::Garbage(nested(33)), "limit: a reply nested deeper than 32 (limits.nesting)"),
        (Behaviour::Garbage(nested(31)), "reply: *1"),
        (Behaviour::Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "unreachable: "),
    ];
    for (behaviour, answer) in cases {
        for (config, step) in [
            (json!({"steps": [pipeline(&[&["GET", "strike"]])]}), "0"),
            (json!({"prefetch": [{"args": ["GET", "strike"]}]}), "prefetch"),
        ] {
            let fake = Fake::from(redis.port(), behaviour, b"strike");
            let asks = strikes("asks", config);
            let mut settings = inside::config(
                &format!("redis://127.0.0.1:{}", fake.port()),
                vec![inside::built_in("info", "info"), asks, pings(), inside::built_in("keyspace", "keyspace")],
            );
            settings.scrape_timeout = Duration::from_secs(3);
            let daemon = told::start(settings);
            for _ in 0..2 {
                let page = daemon.scrape("/metrics");
                all_but_one_are_well(&page);
                let answers = answers(&page, "asks", step);
                let fits = answers.len() == 1 && answers[0].starts_with(answer);
                // An array that never comes is waited for until the call's time is up.
                let is_late = answer.is_empty() && (answers.is_empty() || answers == ["timeout"]);
                assert!(fits || is_late, "{behaviour:.40?} in {step}: {answers:?}");
            }
        }
    }
}

#[test]
fn reply_bytes_are_counted_over_all_pipelines() {
    let redis = Redis::start();
    redis.cli(&["SET", "large", &"x".repeat(5000)]);
    let get = json!([{"args": ["GET", "large"]}]);
    let asks = json!([{"commands": ["GET"], "keys": ["large"]}]);
    let config = json!({"asks": asks, "steps": [{"repeat": [10, get]}]});
    let limits = Limits { reply_bytes: 16 << 10, ..Limits::default() };
    let reads = CollectorConfig { limits, ..granted("reads", config, &["GET"], &["large"]) };
    let daemon = daemon(&redis.url(), vec![reads, pings()]);
    let page = daemon.scrape("/metrics");
    all_but_one_are_well(&page);
    assert_eq!(count(&page, "reads", "0", "reply: "), 3.0);
    assert_eq!(count(&page, "reads", "0", "limit: "), 7.0);
    // The fourth was stopped while it was read; the rest was never sent.
    assert_eq!(of(&page, "reads", "commands_total"), 4.0);
    assert_eq!(of(&page, "reads", "reply_bytes_total"), f64::from(16 << 10));
}

#[test]
fn what_is_read_ahead_counts_for_its_own_collector_only() {
    let redis = Redis::start();
    let mut client = redis.connect().unwrap();
    for database in 0..3 {
        client.command(&["SELECT", &database.to_string()]).unwrap();
        client.command(&["SET", "large", &"x".repeat(5000)]).unwrap();
    }
    let asks = json!([{"commands": ["GET"], "keys": ["large"], "databases": [0, 1, 2]}]);
    let get = |database| json!({"args": ["GET", "large"], "database": database});
    let reads = |name: &str, limit| {
        let config = json!({"asks": asks, "prefetch": [get(0), get(1), get(2)]});
        let limits = Limits { reply_bytes: limit, ..Limits::default() };
        let granted = granted(name, config, &["GET"], &["large"]);
        let grants = Grants { databases: Databases::only([0, 1, 2]), ..granted.grants.clone() };
        CollectorConfig { limits, grants, ..granted }
    };
    let daemon = daemon(&redis.url(), vec![reads("little", 8 << 10), reads("much", 16 << 20)]);
    let page = daemon.scrape("/metrics");
    let told = |name| -> Vec<String> {
        answers(&page, name, "prefetch").iter().map(|answer| answer.chars().take(7).collect()).collect()
    };
    assert_eq!(told("little"), ["reply: ", "limit: ", "limit: "]);
    for refused in &answers(&page, "little", "prefetch")[1..] {
        assert!(refused.starts_with("limit: the replies are longer than 8192 bytes "), "{refused}");
        assert!(refused.ends_with("(limits.reply-bytes)"), "{refused}");
    }
    assert_eq!(told("much"), ["reply: "; 3]);
}

#[test]
fn calls_beyond_their_caps_are_told_of_the_limit() {
    const MILLION: usize = 1_000_000;
    let redis = Redis::start();
    let ping = json!([{"args": ["PING"]}]);
    let echo = |padding: usize| json!({"pipeline": [{"args": ["ECHO"], "padding": padding}]});
    let cases = [
        ("pipelines", json!({"steps": [{"repeat": [MILLION, ping]}]}), 64.0, "more than 64 calls (limits.calls)"),
        (
            "one-pipeline",
            json!({"steps": [{"pipeline": [{"args": ["PING"], "copies": MILLION}]}]}),
            0.0,
            "more than 1024 commands in one collect (limits.commands)",
        ),
        ("argument", json!({"steps": [echo(1 << 20)]}), 0.0, "arguments of more than 1048576 bytes in one pipeline"),
        (
            "large-argument",
            json!({"steps": [echo(60 << 20)]}),
            0.0,
            "arguments of more than 1048576 bytes in one pipeline",
        ),
        ("nodes", json!({"steps": [{"nodes": MILLION}]}), 0.0, "more than 64 calls (limits.calls)"),
    ];
    let limits =
        Limits { cpu: Duration::from_secs(10), wall: Duration::from_secs(60), memory: 200 << 20, ..Limits::default() };
    for (name, config, sent, words) in cases {
        let asks = CollectorConfig { limits, ..told(name, config) };
        let mut settings = inside::config(
            &redis.url(),
            vec![inside::built_in("info", "info"), asks, pings(), inside::built_in("keyspace", "keyspace")],
        );
        settings.scrape_timeout = Duration::from_secs(60);
        let page = told::start(settings).scrape("/metrics");
        all_but_one_are_well(&page);
        assert!(succeeded(&page, name), "{name}");
        let told = format!("limit: {words}");
        let over = if name == "pipelines" || name == "nodes" { (MILLION - 64) as f64 } else { 1.0 };
        assert_eq!(count(&page, name, "0", &told), over, "{name}: {:?}", answers(&page, name, "0"));
        assert_eq!(of(&page, name, "commands_total"), sent, "{name}");
    }
}

/// Reads of `orders:*` that are asked for, with what is granted.
const GRANTED: (&[&str], &[&str]) = (&["HGET", "SCAN"], &["orders:*"]);

/// What may not be sent, and words of what is said.
const DENIED: [(&[&str], &str); 19] = [
    (&["HGET", "users:1", "name"], "asks for: let its plan ask for HGET, with patterns that its keys fit"),
    (&["hget", "users:1", "name"], "HGET users:1 is not among what the plugin asks for"),
    (&["HGET", "open:1", "name"], "allow it with grants: {keys: [\"open:*\"]}"),
    (&["HGET", "Orders:1", "name"], "not among what the plugin asks for"),
    (&["GET", "orders:1"], "GET orders:1 is not granted; allow it with grants: {commands: [GET]}"),
    (&["HGET\0", "orders:1", "amount"], "HGET\\x00 is not in redwasp's table of reads"),
    (&["HGET orders:1", "amount"], "is one word: give the name and each argument as a word of its own"),
    (&["XINFO STREAM", "orders:1"], "is one word: give the name"),
    (&["XINFO"], "XINFO needs a subcommand"),
    (&["CLIENT"], "CLIENT needs a subcommand"),
    (&["", "orders:1"], "is not in redwasp's table of reads"),
    (&[], "a command without a name is not in redwasp's table of reads"),
    (&["MULTI"], "no grant allows it"),
    (&["EVAL", "return redis.call('HGET', 'orders:1', 'amount')", "0"], "no grant allows it"),
    (&["FCALL", "f", "0"], "no grant allows it"),
    (&["SCAN", "0"], "SCAN is written otherwise: SCAN cursor MATCH pattern"),
    (&["SCAN", "0", "MATCH", "*"], "SCAN * is not among what the plugin asks for"),
    (&["SCAN", "0", "MATCH", "orders:*", "MATCH", "*"], "SCAN"),
    (&["MGET", "orders:1", "users:1"], "MGET orders:1 users:1 is not among what the plugin asks for"),
];

fn asks_of_orders() -> Value {
    json!([{"commands": ["HGET", "GET", "SCAN", "MGET"], "keys": ["orders:*", "open:*"], "databases": [0, 3]}])
}

#[test]
fn what_is_not_asked_and_granted_is_denied_with_what_would_allow_it() {
    let redis = Redis::start();
    redis.cli(&["HSET", "orders:1", "amount", "12"]);
    redis.cli(&["HSET", "users:1", "name", "hunter2"]);
    let mut commands: Vec<Value> = DENIED.iter().map(|(args, _)| json!({"args": args})).collect();
    commands.push(json!({"args": ["HGET", "orders:1", "amount"], "database": 3}));
    commands.push(json!({"args": ["HGET", "orders:1", "amount"]}));
    commands.push(json!({"args": ["SCAN", "0", "MATCH", "orders:*", "COUNT", "10"]}));
    let config = json!({"asks": asks_of_orders(), "steps": [{"pipeline": commands}]});
    let daemon = daemon(&redis.url(), vec![granted("reads", config, GRANTED.0, GRANTED.1), pings()]);
    let page = daemon.scrape("/metrics");
    all_but_one_are_well(&page);
    let answers = answers(&page, "reads", "0");
    assert_eq!(answers.len(), DENIED.len() + 3);
    for ((args, words), answer) in DENIED.iter().zip(&answers) {
        assert!(answer.starts_with("denied: ") && answer.contains(words), "{args:?}: {answer}");
    }
    let rest = &answers[DENIED.len()..];
    assert!(rest[0].contains("in database 3") && rest[0].contains("{databases: [0, 3]}"), "{}", rest[0]);
    assert_eq!(rest[1], "reply: $2\\r\\n12\\r\\n");
    assert!(rest[2].contains("orders:1"), "{}", rest[2]);
    assert_eq!(of(&page, "reads", "denied_commands_total"), DENIED.len() as f64 + 1.0);
    assert_eq!(of(&page, "reads", "commands_total"), 2.0);
}

#[test]
fn pasting_what_a_denial_tells_makes_it_work_and_the_log_tells_it_once() {
    let redis = Redis::start();
    redis.cli(&["HSET", "orders:1", "amount", "12"]);
    let collector = |grants: &str| {
        let asks = json!([{"commands": ["HGET"], "keys": ["orders:*"]}]);
        let config = json!({"name": "reads", "asks": asks, "steps": [pipeline(&[&["HGET", "orders:1", "amount"]])]});
        format!("  reads:\n    plugin: does-as-told\n    grants: {grants}\n    config: {config}\n")
    };
    let daemon = Program::watching(&redis, &collector("{}")).daemon;
    let page = daemon.scrape("/metrics");
    daemon.scrape("/metrics");
    let denied = answers(&page, "reads", "0")[0].to_owned();
    let (_, told) = denied.split_once("allow it with grants: ").unwrap_or_else(|| panic!("{denied}"));
    told_once(&daemon, "is not sent");
    let page = Program::watching(&redis, &collector(told)).daemon.scrape("/metrics");
    assert_eq!(answers(&page, "reads", "0"), ["reply: $2\\r\\n12\\r\\n"]);
}

#[test]
fn a_command_reads_the_database_that_it_names() {
    let redis = Redis::start();
    let mut client = redis.connect().unwrap();
    for (database, amount) in [("0", "zero"), ("3", "three"), ("5", "five")] {
        client
            .pipeline(&[&["SELECT", database][..], &["HSET", "orders:1", "amount", amount], &["SET", "x", "1"]])
            .unwrap();
    }
    client.pipeline(&[&["SELECT", "3"][..], &["SET", "y", "1"]]).unwrap();
    let mut binary = redis.connect().unwrap();
    binary.command(&[&b"HSET"[..], b"orders:binary", b"amount", b"\xff\x00\xfe"]).unwrap();
    let hget = |database: u32| json!({"args": ["HGET", "orders:1", "amount"], "database": database});
    let commands = json!([hget(3), hget(0), {"args": ["DBSIZE"], "database": 3}, {"args": ["HGET", "orders:binary", "amount"]}, hget(5)]);
    let config = json!({"asks": asks_of_orders(), "prefetch": [hget(3), hget(0), {"args": ["DBSIZE"], "database": 3}], "steps": [{"pipeline": commands}]});
    let mut reads = granted("reads", config, &["HGET"], &["orders:*"]);
    reads.grants.databases = Databases::only([0, 3]);
    let page = daemon(&format!("{}/5", redis.url()), vec![reads, pings()]).scrape("/metrics");
    all_but_one_are_well(&page);
    let told = answers(&page, "reads", "0");
    let three = ["reply: $5\\r\\nthree\\r\\n", "reply: $4\\r\\nzero\\r\\n", "reply: :3\\r\\n"];
    assert_eq!(told[..3], three);
    assert_eq!(told[3], "reply: $3\\r\\n\\xff\\x00\\xfe\\r\\n");
    assert!(told[4].starts_with("denied: ") && told[4].contains("in database 5"), "{}", told[4]);
    assert_eq!(answers(&page, "reads", "prefetch"), three);
}

#[test]
fn what_a_guest_writes_is_bounded_counted_and_no_line_of_its_own() {
    let redis = Redis::start();
    let forged = "said\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[31m\u{2028}\0end";
    let steps = json!([{"log": [1_000_000, forged]}, {"stderr": [32 << 20, 1]}, {"stderr": [1024, 10_000]}]);
    let config = json!({"name": "writes", "steps": steps});
    let collector = format!(
        "  writes:\n    plugin: does-as-told\n    limits: {{cpu: 10s, wall: 60s, memory: 128MiB}}\n    config: {config}\n"
    );
    let daemon = Program::watching(&redis, &collector).daemon;
    let page = wait::until("a whole call", 2 * wait::PATIENCE, || {
        let answer = daemon.get_with("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "50")]);
        Page::parse(&answer.text()).ok().filter(|page| calls(page, "writes", "success") > 0.0)
    });
    let rounds = calls(&page, "writes", "success");
    let kept = (rounds * 1e6 - of(&page, "writes", "dropped_log_lines_total")) as usize;
    let said = |log: &str| log.lines().filter(|line| line.contains("collector says")).count();
    let log = wait::until("every line that was kept", wait::PATIENCE, || {
        Some(daemon.log()).filter(|log| log.ends_with('\n') && said(log) >= kept)
    });
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("collector says")).collect();
    assert_eq!(lines.len(), kept);
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01") || line.starts_with("end")), "a line is forged");
    assert!(lines.iter().all(|line| line.contains("said 2026-01-01T00:00:00Z  INFO forged")), "{}", lines[0]);
    assert!(!log.contains('\u{1b}') && !log.contains('\u{2028}') && !log.contains('\0'));
    let bytes = lines.len() * forged.len();
    assert!(bytes as f64 <= rounds * f64::from(16 << 10) && log.len() < 1 << 20, "{} bytes", log.len());
}
