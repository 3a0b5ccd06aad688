//! Texts of INFO that no server should send, and settings that ask for every field: whatever is odd, the usual is
//! there. And what redwasp says of such servers: their role, and how long it took to connect.

use std::fmt::Write;

use redwasp_tests::captures::Capture;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::page::Page;
use redwasp_tests::replay::Replay;
use redwasp_tests::server::{Program, Redis};

const ALL_FIELDS: &str = "--include-info-fields=*";

/// Bytes of the name of a metric, as docs/differences.md has it.
const LONGEST_NAME: usize = 256;

/// A text with fields that every server has around these lines.
fn text(lines: &str) -> String {
    format!(
        "# Server\r\nredis_version:7.0.15\r\n# Clients\r\nconnected_clients:7\r\n# Odd\r\n{lines}\r\n\
        # Keyspace\r\ndb0:keys=1,expires=0\r\n"
    )
}

/// A line for each number below `count`.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut lines, n| {
        let _ = write!(lines, "{}\r\n", line(n));
        lines
    })
}

fn page_of(replay: &Replay, args: &[&str]) -> Page {
    Daemon::start(&[&[&*format!("--redis.addr={}", replay.url())], args].concat()).scrape("/metrics")
}

/// The collectors that failed.
fn failed(page: &Page) -> Vec<&'static str> {
    let failed = |collector: &&str| page.value("redwasp_collector_success", &[("collector", collector)]) != Some(1.0);
    ["info", "keyspace"].into_iter().filter(failed).collect()
}

/// Name, labels and value of a sample.
type Expected<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);

/// What a page lacks of what [`text`] tells; `begin` is the beginning of its names.
fn lacks(page: &Page, begin: &str) -> Vec<String> {
    let usual: [Expected<'_>; 4] = [
        ("up", &[], 1.0),
        ("connected_clients", &[], 7.0),
        ("db_keys", &[("db", "db0")], 1.0),
        ("db_keys_expiring", &[("db", "db0")], 0.0),
    ];
    let usual = usual.map(|(name, labels, value)| (format!("{begin}{name}"), labels, value));
    let lacking = usual.into_iter().filter(|(name, labels, value)| page.value(name, labels) != Some(*value));
    lacking.map(|(name, ..)| name).collect()
}

/// Panics unless both collectors succeed and the usual is there, with these flags and each of these lines.
#[track_caller]
fn assert_usual(args: &[&str], begin: &str, odd: &[(&str, String)]) {
    let mut faults = Vec::new();
    for (name, lines) in odd {
        let page = page_of(&Replay::start(text(lines)), args);
        let (failed, lacks) = (failed(&page), lacks(&page, begin));
        if !failed.is_empty() || !lacks.is_empty() {
            faults.push(format!("{name}: {failed:?} failed, {lacks:?} are missing"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn names_that_are_no_new_metrics() {
    let odd = [
        ("two fields that become one name", "db_a-b:1\r\ndb_a.b:2"),
        ("the sum of a histogram", "db_x_sum:1"),
        ("the bucket of a histogram", "cluster_x_bucket:1"),
        ("a name of the keyspace collector", "db_keys:1"),
        ("another one", "db_avg_ttl_seconds:1"),
    ];
    assert_usual(&[], "redis_", &odd.map(|(name, lines)| (name, lines.to_owned())));
}

#[test]
fn more_fields_than_a_page_should_have() {
    let odd = [260, 5_000].map(|count| ("unknown fields", lines(count, |n| format!("db_n{n}:1"))));
    assert_usual(&[], "redis_", &odd);
}

#[test]
fn names_that_are_long() {
    let long = "x".repeat(10_000);
    let odd = [("one", format!("db{long}:1")), ("a hundred", lines(100, |n| format!("db{n}{long}:1")))];
    assert_usual(&[], "redis_", &odd);
    for (name, lines) in odd {
        let page = page_of(&Replay::start(text(&lines)), &[]);
        assert!(page.names().iter().all(|name| name.len() <= LONGEST_NAME), "{name}: a name is too long to be of use");
    }
}

#[test]
fn a_field_with_a_name_of_the_exporters_own() {
    assert_usual(&["--include-info-fields=up"], "redis_", &[("up", "up:1".to_owned())]);
    assert_usual(&["--namespace=", ALL_FIELDS], "", &[("up", "up:0".to_owned())]);
}

#[test]
fn statistics_without_end() {
    let percentiles: Vec<String> = (0..12_000).map(|n| format!("p{}=1.003", f64::from(n) / 1000.0)).collect();
    let calls = "calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0";
    let odd = [
        ("commands", format!("# Commandstats\r\n{}", lines(2_600, |n| format!("cmdstat_c{n}:{calls}")))),
        (
            "percentiles",
            format!(
                "# Commandstats\r\ncmdstat_get:{calls}\r\n# Latencystats\r\nlatency_percentiles_usec_get:{}",
                percentiles.join(",")
            ),
        ),
        ("errors", format!("# Errorstats\r\n{}", lines(20_000, |n| format!("errorstat_E{n}:count=1")))),
    ];
    assert_usual(&[], "redis_", &odd);
}

#[test]
fn thousands_of_databases() {
    let databases = lines(3_000, |n| format!("db{n}:keys=1,expires=0,avg_ttl=0"));
    let text = format!("# Clients\r\nconnected_clients:7\r\n# Keyspace\r\n{databases}");
    let page = page_of(&Replay::options().config(&[("databases", "4096")]).start(text), &[]);
    assert_eq!((failed(&page), lacks(&page, "redis_")), (vec![], vec![]));
}

#[test]
fn namespaces_that_are_the_daemons_own() {
    for (namespace, begin) in [("--namespace=redwasp", "redwasp_"), ("--namespace=redwasp-x", "redwasp_x_")] {
        assert_usual(&[namespace], begin, &[(namespace, "db_a:1".to_owned())]);
        assert_usual(&[namespace, ALL_FIELDS], begin, &[(namespace, "db_a:1\r\ncollector_success:0".to_owned())]);
    }
}

/// Families of a page that another one lacks, and the collectors that failed there.
fn lost(plain: &Page, page: &Page) -> Vec<String> {
    let gone = plain.names().into_iter().filter(|name| page.family(name).is_none());
    gone.chain(failed(page)).map(str::to_owned).collect()
}

/// Panics unless every field can be asked for of each of these servers, and nothing is lost.
#[track_caller]
fn assert_all_fields(namespace: &str, servers: &[(String, String)]) {
    let [plain, all] =
        [&[namespace][..], &[namespace, ALL_FIELDS]].map(|args| Daemon::start(&[&["--redis.addr="], args].concat()));
    let mut faults = Vec::new();
    for (name, url) in servers {
        let path = format!("/scrape?target={url}");
        let (plain, all) = (plain.scrape(&path), all.scrape(&path));
        let lost = lost(&plain, &all);
        if !lost.is_empty() {
            faults.push(format!("{name} with {namespace:?}: {lost:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_field_of_live_servers() {
    let servers = Program::ALL.map(|program| (program, Redis::options().program(program).start()));
    let urls = servers.each_ref().map(|(program, server)| (format!("{program:?}"), server.url()));
    for (_, server) in &servers {
        server.cli(&["SET", "key", "value"]);
    }
    for namespace in ["--namespace=redis", "--namespace=", "--namespace=redwasp"] {
        assert_all_fields(namespace, &urls);
    }
    let all = Daemon::start(&["--redis.addr=", ALL_FIELDS]);
    for (name, url) in &urls {
        let page = all.scrape(&format!("/scrape?target={url}"));
        let fields = ["redis_connected_clients", "redis_tcp_port", "redis_instantaneous_ops_per_sec"];
        assert!(fields.iter().all(|field| page.value(field, &[]).is_some()), "{name}");
    }
}

#[test]
fn every_field_of_every_text() {
    let replays: Vec<_> =
        Capture::all().iter().map(|capture| (capture.name(), Replay::start(capture.info()))).collect();
    let urls: Vec<_> = replays.iter().map(|(name, replay)| (name.clone(), replay.url())).collect();
    for namespace in ["--namespace=redis", "--namespace="] {
        assert_all_fields(namespace, &urls);
    }
}

/// The value of `redis_up` with this role.
fn up(page: &Page, role: &str) -> Option<f64> {
    page.value("redis_up", &[("instance_role", role)])
}

#[test]
fn a_server_that_tells_no_role_has_none() {
    let sentinel = "# Server\r\nredis_version:7.0.15\r\nredis_mode:sentinel\r\n# Sentinel\r\nsentinel_masters:1\r\n";
    for text in [text(""), sentinel.to_owned()] {
        let page = page_of(&Replay::start(&text), &["--append-instance-role-label"]);
        assert_eq!(up(&page, ""), Some(1.0), "{text}");
        assert_eq!(failed(&page), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_role_that_is_no_longer_told_is_gone() {
    let replay = Replay::start(text("role:master"));
    let daemon = Daemon::start(&[&format!("--redis.addr={}", replay.url()), "--append-instance-role-label"]);
    assert_eq!(up(&daemon.scrape("/metrics"), "master"), Some(1.0));
    replay.play(text(""));
    assert_eq!(up(&daemon.scrape("/metrics"), ""), Some(1.0));
}

#[test]
fn only_the_page_of_the_watched_server_remembers_its_role() {
    let (mut watched, mut named) = (Redis::start(), Redis::start());
    let daemon = Daemon::start(&[&format!("--redis.addr={}", watched.url()), "--append-instance-role-label"]);
    let paths = [&watched, &named].map(|server| format!("/scrape?target={}", server.url()));
    for path in ["/metrics", &paths[0], &paths[1]] {
        assert_eq!(up(&daemon.scrape(path), "master"), Some(1.0), "{path}");
    }
    watched.stop();
    named.stop();
    assert_eq!(up(&daemon.scrape("/metrics"), "master"), Some(0.0));
    for path in &paths {
        assert_eq!(up(&daemon.scrape(path), ""), Some(0.0), "{path}");
    }
    assert_eq!(up(&daemon.scrape("/metrics"), "master"), Some(0.0));
}

/// Seconds that a scrape took to connect, and for its PING.
fn times(daemon: &Daemon) -> [f64; 2] {
    let page = daemon.scrape("/metrics");
    ["connect", "ping"].map(|of| page.value(&format!("redis_exporter_last_scrape_{of}_time_seconds"), &[]).unwrap())
}

#[test]
fn a_scrape_that_finds_its_connection_closed_tells_how_long_it_took_to_connect() {
    let redis = Redis::start();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url()), "--ping-on-connect"]);
    times(&daemon);
    assert!(matches!(times(&daemon), [0.0, _]), "the connection is kept");
    redis.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    let [connect, ping] = times(&daemon);
    assert!(connect > 0.0 && ping > 0.0, "{connect} s to connect, {ping} s for a PING");
}

#[test]
fn a_scrape_whose_ping_ends_the_connection_tells_how_long_it_took_to_connect() {
    let redis = Redis::start();
    // HELLO, the facts, a PING and the pipeline are the first scrape's; the PING of the second is not answered.
    let fake = Fake::start(redis.port(), Behaviour::CloseInsteadOfAnswer(5));
    let address = format!("--redis.addr=redis://127.0.0.1:{}", fake.port());
    let daemon = Daemon::start(&[&address, "--ping-on-connect"]);
    for _ in 0..3 {
        let [connect, ping] = times(&daemon);
        assert!(connect > 0.0 && ping > 0.0, "{connect} s to connect, {ping} s for a PING");
    }
}
