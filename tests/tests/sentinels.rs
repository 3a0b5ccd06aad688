//! Real sentinels, beside redis_exporter.

use std::collections::BTreeMap;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::{Labels, Page, Sample};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::sentinel::Sentinel;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::{tools, wait};

/// Moves from scrape to scrape.
const AGE: &str = "redis_sentinel_master_last_ok_ping_reply_seconds";

const ALL: [&str; 2] = ["--include-sentinel-peer-info", "--include-config-metrics"];

fn watching(sentinel: &Sentinel, more: &[&str]) -> Daemon {
    Daemon::start(&[&[format!("--redis.addr={}", sentinel.url()).as_str()], more].concat())
}

fn redis_exporter(sentinel: &Sentinel, more: &[&str]) -> Daemon {
    let address = format!("--redis.addr={}", sentinel.url());
    Daemon::start_program(&tools::tool("redis_exporter"), &[&[address.as_str()], more].concat(), &[])
}

/// Samples of sentinels, without values that move, and without the password that redwasp leaves out; with their types.
fn of_sentinels(page: &Page) -> BTreeMap<(String, Labels), (String, Option<String>)> {
    let is_told = |sample: &&Sample| {
        sample.name.starts_with("redis_sentinel_") && sample.labels.get("key").is_none_or(|key| key != "sentinel-pass")
    };
    let value = |sample: &Sample| if sample.name == AGE { String::new() } else { format!("{:?}", sample.value) };
    let entry = |sample: &Sample| {
        let kind = page.family(&sample.name).and_then(|family| family.kind.clone());
        ((sample.name.clone(), sample.labels.clone()), (value(sample), kind))
    };
    page.samples.iter().filter(is_told).map(entry).collect()
}

/// The pages of both exporters when they say the same, which they do as soon as nothing changes between them.
fn same_pages(ours: &Daemon, theirs: &Daemon) -> Page {
    let mut last = String::new();
    let same = wait::within(wait::PATIENCE, || {
        let (page, other) = (ours.scrape("/metrics"), theirs.scrape("/metrics"));
        let pair = (of_sentinels(&page), of_sentinels(&other));
        last = format!("{pair:#?}");
        (pair.0 == pair.1).then_some(page)
    });
    same.unwrap_or_else(|| panic!("the pages differ: {last}"))
}

fn labels_of(redis: &Redis) -> [(&'static str, String); 2] {
    [("master_name", "orders".to_owned()), ("master_address", format!("127.0.0.1:{}", redis.port()))]
}

/// A value of the master `orders`.
fn of_master(page: &Page, redis: &Redis, name: &str, more: &[(&str, &str)]) -> Option<f64> {
    let labels = labels_of(redis);
    let labels: Vec<_> =
        labels.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    page.value(&format!("redis_sentinel_master_{name}"), &labels)
}

/// Whether the quorum could be reached, and what the sentinel said of it.
fn quorum(page: &Page) -> (f64, String) {
    let sample = page.samples_of("redis_sentinel_master_ckquorum_status").next().expect("a sample for the master");
    (sample.value, sample.labels["message"].clone())
}

fn group(program: Program) -> (Redis, Redis, [Sentinel; 3]) {
    let primary = Redis::options().program(program).start();
    let replica = Redis::options().program(program).replica_of(&primary).start();
    let sentinels = [0; 3].map(|_| Sentinel::start(program, &[("orders", &primary)], 2));
    let [first, ..] = &sentinels;
    wait::until("the sentinels to know one another and the replica", wait::PATIENCE, || {
        let line = first.cli(&["INFO", "SENTINEL"]);
        let quorum = first.cli(&["SENTINEL", "CKQUORUM", "orders"]);
        (line.contains("slaves=1,sentinels=3") && quorum.starts_with("OK 3")).then_some(())
    });
    (primary, replica, sentinels)
}

fn compare(program: Program) {
    let (primary, mut replica, [sentinel, mut second, _third]) = group(program);
    let (ours, theirs) = (watching(&sentinel, &ALL), redis_exporter(&sentinel, &ALL));
    let page = same_pages(&ours, &theirs);
    assert_eq!(page.value("redis_sentinel_masters", &[]), Some(1.0));
    assert_eq!(of_master(&page, &primary, "status", &[("master_status", "ok")]), Some(1.0));
    for (name, value) in [("slaves", 1.0), ("sentinels", 3.0), ("ok_slaves", 1.0), ("ok_sentinels", 3.0)] {
        assert_eq!(of_master(&page, &primary, name, &[]), Some(value), "{name}");
    }
    for (name, value) in [
        ("setting_ckquorum", 2.0),
        ("setting_failover_timeout", 180_000.0),
        ("setting_parallel_syncs", 1.0),
        ("setting_down_after_milliseconds", 1000.0),
        ("config_epoch", 0.0),
    ] {
        assert_eq!(of_master(&page, &primary, name, &[]), Some(value), "{name}");
    }
    assert_eq!(
        quorum(&page),
        (1.0, "OK 3 usable Sentinels. Quorum and failover authorization can be reached".to_owned())
    );
    assert_eq!(page.samples_of("redis_sentinel_peer_info").count(), 2);
    assert!(
        of_master(&page, &primary, "last_ok_ping_reply_seconds", &[]).is_some_and(|age| (0.0..60.0).contains(&age))
    );
    assert!(page.value("redis_sentinel_config_value", &[("key", "announce-port")]).is_some());
    second.pause();
    replica.pause();
    let page = wait::until("a sentinel and a replica to be held to be down", wait::PATIENCE, || {
        let page = same_pages(&ours, &theirs);
        let is_down = ["ok_sentinels", "ok_slaves"].map(|name| of_master(&page, &primary, name, &[]));
        (is_down == [Some(2.0), Some(0.0)]).then_some(page)
    });
    assert_eq!(of_master(&page, &primary, "slaves", &[]), Some(1.0));
    assert_eq!(of_master(&page, &primary, "sentinels", &[]), Some(3.0));
    let down = |sample: &&Sample| sample.labels["flags"].contains("s_down");
    assert_eq!(page.samples_of("redis_sentinel_peer_info").filter(down).count(), 1);
    assert_eq!(quorum(&page).0, 1.0, "two of three are enough");
}

#[test]
fn redis_7() {
    compare(Program::Redis);
}

#[test]
fn redis_6() {
    compare(Program::Redis62);
}

#[test]
fn redis_8() {
    compare(Program::Redis80);
}

#[test]
fn valkey_9() {
    compare(Program::Valkey91);
}

#[test]
fn a_master_that_is_down_and_a_quorum_that_is_broken() {
    let mut primary = Redis::start();
    let sentinel = Sentinel::start(Program::Redis, &[("orders", &primary)], 2);
    let (ours, theirs) = (watching(&sentinel, &[]), redis_exporter(&sentinel, &[]));
    primary.pause();
    let page = wait::until("the master to be held to be down", wait::PATIENCE, || {
        let page = same_pages(&ours, &theirs);
        of_master(&page, &primary, "status", &[("master_status", "sdown")]).map(|value| (page, value))
    });
    assert_eq!(page.1, 0.0);
    let (value, message) = quorum(&page.0);
    assert!(value == 0.0 && message.starts_with("NOQUORUM 1 usable Sentinels. Not enough"), "{value} {message}");
    assert_eq!(of_master(&page.0, &primary, "ok_sentinels", &[]), Some(1.0), "itself");
    assert_eq!(of_master(&page.0, &primary, "ok_slaves", &[]), Some(0.0));
    assert_eq!(page.0.value("redis_up", &[]), Some(1.0));
    assert!(!ours.log().contains("collector warns"), "{}", ours.log());
}

#[test]
fn several_masters_cost_one_more_round_trip() {
    let servers = [Redis::start(), Redis::start(), Redis::start()];
    let masters: Vec<(&str, &Redis)> = ["a", "b", "c"].into_iter().zip(&servers).collect();
    let sentinel = Sentinel::start(Program::Redis, &masters, 1);
    let proxy = RecordingProxy::start(sentinel.port());
    let daemon = Daemon::start(&[&format!("--redis.addr=redis://127.0.0.1:{}", proxy.port())]);
    daemon.scrape("/metrics");
    proxy.clear();
    let page = daemon.scrape("/metrics");
    assert_eq!(page.samples_of("redis_sentinel_master_ckquorum_status").count(), 3);
    assert_eq!(proxy.round_trips(), 2);
    let of_masters = proxy.commands().iter().filter(|command| command[0] == "SENTINEL").count();
    assert_eq!(of_masters, 1 + 3 * 3);
}

#[test]
fn sentinels_are_asked_for_nothing_that_they_do_not_know() {
    for program in Program::ALL {
        let primary = Redis::options().program(program).start();
        let sentinel = Sentinel::start(program, &[("orders", &primary)], 1);
        let daemon = watching(&sentinel, &ALL);
        for _ in 0..2 {
            let page = daemon.scrape("/metrics");
            assert_eq!(page.value("redwasp_collector_success", &[("collector", "sentinel")]), Some(1.0));
            assert!(page.family("redis_sentinel_config_key_value").is_some());
        }
        let stats = sentinel.cli(&["INFO", "STATS"]);
        assert!(stats.contains("total_error_replies:0"), "{program:?}: {stats}");
        assert!(!daemon.log().contains("collector warns"), "{}", daemon.log());
    }
}

#[test]
fn other_servers_have_no_such_metrics_and_are_not_asked() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let page = Daemon::start(&[&[address.as_str()], &ALL[..]].concat()).scrape("/metrics");
    assert!(!page.names().iter().any(|name| name.contains("sentinel")));
    assert!(proxy.commands().iter().all(|command| command[0] != "SENTINEL"));
}

#[test]
fn peers_and_settings_are_told_on_request() {
    let primary = Redis::start();
    let sentinels = [0; 2].map(|_| Sentinel::start(Program::Redis, &[("orders", &primary)], 1));
    let [sentinel, _] = &sentinels;
    wait::until("the sentinels to know one another", wait::PATIENCE, || {
        sentinel.cli(&["INFO", "SENTINEL"]).contains("sentinels=2").then_some(())
    });
    let asked = |args: &[&str]| {
        let page = watching(sentinel, args).scrape("/metrics");
        ["redis_sentinel_peer_info", "redis_sentinel_config_key_value"].map(|name| page.samples_of(name).count() > 0)
    };
    assert_eq!(asked(&[]), [false, false]);
    assert_eq!(asked(&["--include-sentinel-peer-info"]), [true, false]);
    assert_eq!(asked(&["--include-config-metrics"]), [false, true]);
}

#[test]
fn passwords_of_sentinels_are_not_told() {
    let primary = Redis::start();
    let sentinel = Sentinel::start(Program::Redis, &[("orders", &primary)], 1);
    sentinel.cli(&["SENTINEL", "CONFIG", "SET", "sentinel-user", "watcher"]);
    sentinel.cli(&["SENTINEL", "CONFIG", "SET", "sentinel-pass", "hidden-word"]);
    let page = watching(&sentinel, &ALL).get("/metrics").text();
    assert!(page.contains("key=\"sentinel-user\",value=\"watcher\""), "{page}");
    assert!(!page.contains("hidden-word") && !page.contains("sentinel-pass"), "{page}");
}

#[test]
fn what_a_user_may_not_ask_is_told_once_and_costs_only_itself() {
    let primary = Redis::start();
    let sentinel = Sentinel::start(Program::Redis, &[("orders", &primary)], 1);
    let rights = ["+client", "+info", "+hello", "+auth", "+sentinel|masters", "+sentinel|sentinels"];
    sentinel.cli(&[&["ACL", "SETUSER", "exporter", "on", ">secret", "-@all"], &rights[..]].concat());
    let daemon = watching(&sentinel, &["--redis.user=exporter", "--redis.password=secret"]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redis_up", &[]), Some(1.0));
        assert_eq!(page.value("redwasp_collector_success", &[("collector", "sentinel")]), Some(1.0));
        assert_eq!(of_master(&page, &primary, "ok_sentinels", &[]), Some(1.0));
        assert_eq!(page.family("redis_sentinel_master_ckquorum_status"), None, "nobody said that it is broken");
        assert_eq!(page.family("redis_sentinel_master_ok_slaves"), None);
    }
    let lines =
        |word: &str| daemon.log().lines().filter(|line| line.contains(word) && line.contains("cannot be had")).count();
    assert_eq!((lines("SENTINEL CKQUORUM"), lines("SENTINEL SLAVES")), (1, 1), "{}", daemon.log());
}

#[test]
fn many_masters_fit_and_what_is_beyond_is_told_once() {
    let primary = Redis::start();
    let names: Vec<String> = (0..260).map(|number| format!("m{number}")).collect();
    let masters: Vec<(&str, &Redis)> = names.iter().map(|name| (name.as_str(), &primary)).collect();
    let sentinel = Sentinel::start(Program::Redis, &masters, 1);
    let daemon = watching(&sentinel, &[]);
    for _ in 0..2 {
        let page = daemon.scrape("/metrics");
        assert_eq!(
            page.value("redwasp_collector_success", &[("collector", "sentinel")]),
            Some(1.0),
            "{}",
            daemon.log()
        );
        for family in ["status", "config_epoch", "ckquorum_status", "ok_sentinels", "ok_slaves"] {
            assert_eq!(page.samples_of(&format!("redis_sentinel_master_{family}")).count(), 250, "{family}");
        }
    }
    let told = |words: &str| daemon.log().lines().filter(|line| line.contains(words)).count();
    assert_eq!((told("260 masters are watched"), told("INFO tells of 260 masters")), (1, 1), "{}", daemon.log());
}
