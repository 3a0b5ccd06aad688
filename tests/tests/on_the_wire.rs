//! What must never reach a server, whatever a collector tries: seen by a proxy between the daemon and Redis.

use redwasp::config::{CollectorConfig, Databases, Grants};
use redwasp::servers::policy::{self, Rule};
use redwasp_tests::inside;
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::Redis;
use redwasp_tests::told::{self, answers, of, others_are_well, succeeded, told};
use serde_json::{Value, json};

/// An argument that no command of the daemon has.
const MARK: &str = "of-a-guest";

/// Other ways to say what may not be said.
const TRICKS: [&[&str]; 26] = [
    &["flushall"],
    &["FlushAll", "ASYNC"],
    &["FLUSHALL\0"],
    &["\0FLUSHALL"],
    &["FLUSHALL "],
    &["FLUSHALL\r\n"],
    &["INFO\r\nFLUSHALL\r\n"],
    &["*1\r\n$8\r\nFLUSHALL\r\n"],
    &["CONFIG SET", "maxmemory", "1"],
    &["config", "set", "maxmemory", "1"],
    &["CONFIG", "SET\0", "maxmemory", "1"],
    &["CLIENT", "REPLY", "OFF"],
    &["client", "reply", "skip"],
    &["CLIENT"],
    &["CONFIG"],
    &["SELECT", "7"],
    &["SUBSCRIBE", "of-a-guest"],
    &["HELLO", "2"],
    &["HELLO"],
    &["WATCH", "of-a-guest"],
    &["MONITOR"],
    &["MULTI"],
    &["EVAL", "return redis.call('set', KEYS[1], 1)", "1", "of-a-guest"],
    &["FCALL_RO", "f", "1", "of-a-guest"],
    &["QUIT"],
    &[],
];

/// What is refused to a collector that asks for nothing and is granted nothing.
const NOT_GRANTED: [&[&str]; 4] =
    [&["GET", "of-a-guest"], &["SCAN", "0", "MATCH", "of-a-guest*"], &["KEYS", "of-a-guest"], &["SORT", "of-a-guest"]];

/// All commands that nobody may send.
fn forbidden() -> Vec<Vec<String>> {
    let refused = policy::rows().filter(|row| matches!(row.rule, Rule::Refused(_)));
    let rows = refused.map(|row| row.name.split(' ').chain([MARK]).map(str::to_owned).collect());
    let tricks = TRICKS.iter().map(|args| args.iter().map(|arg| (*arg).to_owned()).collect());
    rows.chain(tricks).collect()
}

/// A collector with everything that anybody could grant.
fn everything_granted(name: &str, config: Value) -> CollectorConfig {
    let reads = policy::rows().filter(|row| row.reading().is_some()).map(|row| row.name.to_owned());
    let grants = Grants {
        statistics: true,
        commands: reads.collect(),
        keys: vec!["*".to_owned()],
        databases: Databases::only([0]),
        scripts: Vec::new(),
    };
    CollectorConfig { grants, ..told(name, config) }
}

/// That the daemon said nothing but what it says by itself.
fn nothing_of_a_guest(proxy: &RecordingProxy) {
    for command in proxy.commands() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let is_own = matches!(
            words[..],
            ["PING"]
                | ["HELLO", "3", ..]
                | ["INFO", "ALL"]
                | ["CLIENT", "SETNAME", "redwasp"]
                | ["CLIENT", "SETINFO", ..]
                | ["CONFIG", "GET", "databases"]
                | ["LATENCY", "LATEST" | "HISTOGRAM"]
                | ["SLOWLOG", "LEN"]
                | ["SLOWLOG", "GET", "32"]
        );
        assert!(is_own && !command.iter().any(|word| word.contains(MARK)), "{command:?}");
    }
}

#[test]
fn a_collect_sends_nothing_that_is_forbidden() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    redis.cli(&["SET", "a", "1"]);
    let forbidden = forbidden();
    assert!(forbidden.len() > 150, "{}", forbidden.len());
    let commands = |all: &[Vec<String>]| all.iter().map(|args| json!({"args": args})).collect::<Vec<_>>();
    let tries = everything_granted("tries", json!({"steps": [{"pipeline": commands(&forbidden)}]}));
    let foreign = NOT_GRANTED.map(|args| args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>());
    let reads = told("reads", json!({"steps": [{"pipeline": commands(&foreign)}]}));
    let pings = told("pings", json!({"steps": [{"pipeline": [{"args": ["PING"]}]}]}));
    let collectors = [inside::built_in("info", "info"), tries, reads, pings, inside::built_in("keyspace", "keyspace")];
    let daemon = told::start(inside::config(&format!("redis://127.0.0.1:{}", proxy.port()), collectors.into()));
    for round in 1..=2 {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        for (collector, tried) in [("tries", &forbidden[..]), ("reads", &foreign[..])] {
            let answers = answers(&page, collector, "0");
            assert_eq!(answers.len(), tried.len());
            for (args, answer) in tried.iter().zip(answers) {
                assert!(answer.starts_with("denied: "), "{args:?}: {answer}");
            }
            assert_eq!(of(&page, collector, "denied_commands_total"), f64::from(round) * tried.len() as f64);
            assert_eq!(of(&page, collector, "commands_total"), 0.0);
        }
        assert_eq!(answers(&page, "pings", "0"), ["reply: +PONG\\r\\n"]);
        assert_eq!(page.value("redis_db_keys", &[("db", "db0")]), Some(1.0));
    }
    nothing_of_a_guest(&proxy);
    assert_eq!(redis.cli(&["GET", "a"]), "1");
}

#[test]
fn a_plan_with_a_forbidden_command_is_refused_whole() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    redis.cli(&["SET", "a", "1"]);
    let forbidden = forbidden();
    let name = |number: usize| format!("plans-{number}");
    let plan = |(number, args): (usize, &Vec<String>)| {
        let prefetch = json!([{"args": ["PING"]}, {"args": args}]);
        everything_granted(&name(number), json!({"prefetch": prefetch}))
    };
    let mut collectors = vec![inside::built_in("info", "info"), inside::built_in("keyspace", "keyspace")];
    collectors.extend(forbidden.iter().enumerate().map(plan));
    collectors.push(told("reads", json!({"prefetch": [{"args": NOT_GRANTED[0]}, {"args": ["PING"]}]})));
    let daemon = told::start(inside::config(&format!("redis://127.0.0.1:{}", proxy.port()), collectors));
    for _ in 0..2 {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        for (number, args) in forbidden.iter().enumerate() {
            assert!(!succeeded(&page, &name(number)), "{args:?}");
            assert_eq!(answers(&page, &name(number), "prefetch"), [""; 0], "{args:?}");
        }
        let answers = answers(&page, "reads", "prefetch");
        assert!(answers[0].starts_with("denied: GET of-a-guest is not granted"), "{}", answers[0]);
        assert_eq!(answers[1], "reply: +PONG\\r\\n");
    }
    let landing = daemon.get("/").text();
    assert!(landing.matches("malformed plan: ").count() >= forbidden.len());
    assert!(landing.matches("no grant allows it").count() >= forbidden.len());
    nothing_of_a_guest(&proxy);
    assert_eq!(redis.cli(&["GET", "a"]), "1");
}
