//! The rule of an ACL that `redwasp acl` prints is enough, and no more than enough.

use std::collections::BTreeSet;

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::page::Page;
use redwasp_tests::resp::Reply;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::succeeded;

/// Much of what can be switched on.
const FLAGS: [&str; 13] = [
    "--include-config-metrics",
    "--export-client-list",
    "--export-client-aggregates",
    "--check-keys=order:*,db3=a*",
    "--check-single-keys=note,db3=hll,a%20b%2A",
    "--count-keys=order:*",
    "--top-keys=order:*",
    "--export-key-ttl",
    "--check-streams=stream:*",
    "--check-single-streams=stream:a",
    "--ping-on-connect",
    concat!("--script=", env!("CARGO_MANIFEST_DIR"), "/testdata/scripts/constant.lua"),
    "--sweep.with-scrape=100000",
];

fn server(program: Program) -> Redis {
    let redis = Redis::options().program(program).start();
    let mut client = redis.connect().expect("a connection");
    for line in [
        "SET note 5",
        "HSET order:1 a 1",
        "ZADD order:2 1 a",
        "XADD stream:a 1-1 f v",
        "XGROUP CREATE stream:a readers 0",
        "XREADGROUP GROUP readers first COUNT 1 STREAMS stream:a >",
        "XADD stream:b 1-1 f v",
        "CONFIG SET slowlog-log-slower-than 0",
        "SELECT 3",
        "PFADD hll a b c",
        "SET ab 1",
        "PFADD ac x",
    ] {
        client.command(&line.split(' ').collect::<Vec<_>>()).expect("an answer");
    }
    client.command(&["CONFIG", "RESETSTAT"]).expect("an answer");
    redis
}

/// What `redwasp acl` prints.
fn rule(args: &[&str]) -> String {
    let said = daemon::run(&[&["acl"], args, &FLAGS].concat(), &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(said.stdout.trim_end().lines().count(), 1, "{}", said.stdout);
    said.stdout.trim_end().to_owned()
}

/// Makes a user with a rule, as it would be pasted.
fn set_user(redis: &Redis, rule: &str) {
    let rule = rule.replace(">PASSWORD", ">secret");
    let words: Vec<&str> = ["ACL", "SETUSER", "exporter"].into_iter().chain(rule.split(' ')).collect();
    assert_eq!(redis.cli(&words), "OK", "{rule}");
}

/// A daemon whose pages a user gets; none for who may do everything.
fn daemon(redis: &Redis, user: Option<&str>) -> Daemon {
    let user = user.map(|user| format!("{user}:secret@")).unwrap_or_default();
    let address = format!("--redis.addr=redis://{user}127.0.0.1:{}", redis.port());
    Daemon::start(&[&[address.as_str()], &FLAGS[..]].concat())
}

/// The families of servers; what counts errors and what connecting looks like is not the same to all.
fn families(page: &Page) -> BTreeSet<String> {
    let names = page.names().into_iter().filter(|name| name.starts_with("redis_"));
    names.filter(|name| !name.contains("error")).map(str::to_owned).collect()
}

fn denied(redis: &Redis) -> Vec<String> {
    let info = redis.info();
    let counts = info.iter().filter(|(name, value)| name.starts_with("acl_access_denied_") && *value != "0");
    let mut denied: Vec<String> = counts.map(|(name, value)| format!("{name}:{value}")).collect();
    denied.push(redis.cli(&["ACL", "LOG"]));
    denied
}

fn is_enough(program: Program, kind: &str) {
    let redis = server(program);
    let target = format!("redis://127.0.0.1:{}", redis.port());
    let of_server = rule(&["--target", &target]);
    let all = families(&daemon(&redis, None).scrape("/metrics"));
    assert!(all.contains("redis_script_values"), "{all:?}");
    redis.cli(&["CONFIG", "RESETSTAT"]);
    for rule in [of_server.clone(), rule(&["--for", kind])] {
        set_user(&redis, &rule);
        let daemon = daemon(&redis, Some("exporter"));
        let page = daemon.scrape("/metrics");
        let page = if page.value("redis_up", &[]) == Some(1.0) { daemon.scrape("/metrics") } else { page };
        assert_eq!(denied(&redis), [""], "{rule}\n{}", daemon.log());
        assert_eq!(redis.info_field("total_error_replies"), "0", "{rule}");
        assert_eq!(families(&page), all, "{rule}");
        assert_eq!(
            page.labels_of("redwasp_collector_partial").len(),
            page.labels_of("redwasp_collector_success").len()
        );
        for labels in page.labels_of("redwasp_collector_success") {
            let collector = labels["collector"].as_str();
            assert!(succeeded(&page, collector), "{collector}");
            assert_eq!(page.value("redwasp_collector_partial", &[("collector", collector)]), Some(0.0), "{collector}");
        }
    }
    // It opens no more than that.
    let words: Vec<&str> = of_server.split(' ').collect();
    assert!(words.contains(&"+eval"), "{of_server}");
    assert!(!words.contains(&"%R~*") && !words.contains(&"~*"), "{of_server}");
    let mut user = redis.connect().expect("a connection");
    user.command(&["AUTH", "exporter", "secret"]).expect("an answer");
    for command in ["SET note 6", "GET note", "STRLEN other", "CONFIG SET maxmemory 0", "SLOWLOG RESET"] {
        let said = user.command(&command.split(' ').collect::<Vec<_>>()).expect("an answer");
        assert!(matches!(&said, Reply::Error(error) if error.starts_with("NOPERM")), "{command}: {said}");
    }
}

#[test]
fn the_rule_is_enough_for_redis_7_0() {
    is_enough(Program::Redis, "redis7.0");
}

#[test]
fn the_rule_is_enough_for_redis_6_2() {
    is_enough(Program::Redis62, "redis6.2");
}

#[test]
fn the_rule_is_enough_for_redis_8_0() {
    is_enough(Program::Redis80, "redis8.0");
}

#[test]
fn the_rule_is_enough_for_valkey() {
    is_enough(Program::Valkey91, "valkey9.1");
}

#[test]
fn what_is_taken_away_costs_whom_the_rule_names() {
    let redis = server(Program::Redis);
    set_user(&redis, &format!("{} -slowlog", rule(&["--for=redis7.0"])));
    let daemon = daemon(&redis, Some("exporter"));
    let page = daemon.scrape("/metrics");
    assert_eq!(page.samples_of("redis_slowlog_length").count(), 0);
    let log = daemon.wait_for_log("SLOWLOG");
    assert!(log.lines().any(|line| line.contains("SLOWLOG") && line.contains("commands")), "{log}");
    let stream = page.value("redis_stream_length", &[("db", "db0"), ("stream", "stream:a")]);
    assert_eq!(stream, Some(1.0), "the others go on");
    assert!(page.samples_of("redis_latency_percentiles_usec").count() > 0, "and so does the collector");
}

#[test]
fn only_what_is_switched_on_is_in_the_rule() {
    let said = daemon::run(&["acl", "--for=redis7.0", "--config-command=-"], &[]);
    let words: Vec<&str> = said.stdout.split_whitespace().collect();
    assert_eq!(words[..5], ["reset", "on", ">PASSWORD", "resetchannels", "-@all"]);
    assert!(words.contains(&"+info") && words.contains(&"+slowlog|get"), "{words:?}");
    for unwanted in ["~", "scan", "select", "dbsize", "client", "xinfo"] {
        assert!(!words.iter().any(|word| word.contains(unwanted)), "{unwanted}: {words:?}");
    }
    assert!(said.stderr.contains("# +slowlog|get: commands"), "{}", said.stderr);
    let said = daemon::run(&["acl", "--for=memcached"], &[]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{}", said.stderr);
    assert!(said.stderr.contains("redis7.2"), "{}", said.stderr);
}

#[test]
fn a_server_that_cannot_be_asked_is_told() {
    let mut redis = Redis::start();
    redis.stop();
    let said = daemon::run(&["acl", "--target", &redis.url()], &[]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{}", said.stderr);
    assert!(said.stderr.contains("127.0.0.1"), "{}", said.stderr);
}

#[test]
fn clusters_that_are_listed_are_in_the_rule() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("redwasp.yaml");
    let of = |target: &str| {
        std::fs::write(&path, format!("targets:\n  a: {{{target}}}\n")).expect("a file");
        let file = format!("--config.file={}", path.display());
        daemon::run(&["acl", "--for=redis7.0", &file], &[]).stdout
    };
    let server = of("address: \"redis://h\"");
    let cluster = of("address: \"redis://h\", kind: cluster");
    for word in ["+cluster|nodes", "+readonly", "+asking"] {
        assert!(cluster.contains(word) && !server.contains(word), "{word}: {cluster}");
    }
}
