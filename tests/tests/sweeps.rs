//! Walks over keys: one for all collectors, at a pace, within bounds, beside scrapes.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use std::{io, thread};

use redwasp::config::{CollectorConfig, Config, Databases, Grants, SweepConfig};
use redwasp_tests::inside::{self, Inside};
use redwasp_tests::page::Page;
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::Redis;
use redwasp_tests::told::{calls, of, others_are_well, succeeded};
use redwasp_tests::wait::{self, PATIENCE};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

/// A collector that walks as it is told, and may.
fn sweeps(name: &str, mut config: Value) -> CollectorConfig {
    config["name"] = json!(name);
    let commands = ["HGET", "STRLEN"].map(str::to_owned).to_vec();
    let (keys, databases) = (vec!["*".to_owned()], Databases::All);
    CollectorConfig {
        plugin: "sweeps".to_owned(),
        configuration: config.to_string(),
        grants: Grants { commands, keys, databases, ..Grants::default() },
        ..CollectorConfig::of_plugin(name)
    }
}

fn settings(target: &str, sweeps: SweepConfig, collectors: Vec<CollectorConfig>) -> Config {
    let mut all = vec![inside::built_in("info", "info"), inside::built_in("keyspace", "keyspace")];
    all.extend(collectors);
    Config { sweeps, ..inside::config(target, all) }
}

fn start(target: &str, sweeps: SweepConfig, collectors: Vec<CollectorConfig>) -> Inside {
    Inside::start(settings(target, sweeps, collectors)).expect("a daemon")
}

/// Walks once, at the start.
fn once() -> SweepConfig {
    SweepConfig { interval: HOUR, ..SweepConfig::default() }
}

/// The first page with the result of a walk.
fn walked(daemon: &Inside) -> Page {
    wait::until("a walk to end", PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| page.value("redwasp_sweep_keys", &[]).is_some())
    })
}

/// Hashes `order:<n>` with the field `amount` 1, and strings `note:<n>`.
fn fill(redis: &Redis, hashes: usize, strings: usize) {
    let script = "for n = 1, ARGV[1] do redis.call('HSET', 'order:' .. n, 'amount', 1) end \
                  for n = 1, ARGV[2] do redis.call('SET', 'note:' .. n, 'text') end return redis.call('DBSIZE')";
    let size = redis.cli(&["EVAL", script, "0", &hashes.to_string(), &strings.to_string()]);
    assert_eq!(size, (hashes + strings).to_string());
}

fn swept(page: &Page, name: &str, db: &str, kind: &str) -> Option<f64> {
    page.value("redis_swept_keys", &[("name", name), ("db", db), ("kind", kind)])
}

fn sum(page: &Page, name: &str) -> Option<f64> {
    page.value("redis_swept_amount", &[("name", name)])
}

fn sent(proxy: &RecordingProxy) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for command in proxy.commands() {
        *sent.entry(command[0].to_uppercase()).or_default() += 1;
    }
    sent
}

#[test]
fn one_walk_serves_all_collectors_and_reads_nothing_twice() {
    let redis = Redis::start();
    fill(&redis, 3000, 2000);
    let proxy = RecordingProxy::start(redis.port());
    let orders = json!({"pattern": "order:*", "types": ["hash"], "read": ["HGET", "<key>", "amount"]});
    let collectors = vec![
        sweeps("orders", orders.clone()),
        sweeps("again", orders),
        sweeps("all", json!({})),
        sweeps("notes", json!({"types": ["string"], "read": ["STRLEN", "<key>"]})),
    ];
    let daemon = start(&format!("redis://127.0.0.1:{}", proxy.port()), once(), collectors);
    let page = walked(&daemon);
    others_are_well(&page);
    assert_eq!([swept(&page, "orders", "0", "hash"), sum(&page, "orders")], [Some(3000.0); 2]);
    assert_eq!([swept(&page, "again", "0", "hash"), sum(&page, "again")], [Some(3000.0); 2]);
    assert_eq!([swept(&page, "all", "0", ""), sum(&page, "all")], [Some(5000.0), Some(0.0)]);
    assert_eq!([swept(&page, "notes", "0", "string"), sum(&page, "notes")], [Some(2000.0), Some(8000.0)]);
    let value = |name| page.value(name, &[]);
    assert_eq!([value("redwasp_sweep_keys"), value("redwasp_sweep_complete")], [Some(5000.0), Some(1.0)]);
    let sent = sent(&proxy);
    assert_eq!([sent["HGET"], sent["STRLEN"], sent["TYPE"]], [3000, 2000, 5000], "{sent:?}");
    // COUNT 100, 200, 400, 800 and 1000 at most, as far as the machine is quick; 10 at least.
    assert!((8..500).contains(&sent["SCAN"]), "{sent:?}");
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn the_server_filters_what_all_collectors_leave_out() {
    let redis = Redis::start();
    fill(&redis, 500, 4000);
    let proxy = RecordingProxy::start(redis.port());
    let orders = json!({"pattern": "order:*", "types": ["hash"], "read": ["HGET", "<key>", "amount"]});
    let daemon = start(&format!("redis://127.0.0.1:{}", proxy.port()), once(), vec![sweeps("orders", orders)]);
    let page = walked(&daemon);
    assert_eq!([swept(&page, "orders", "0", "hash"), sum(&page, "orders")], [Some(500.0); 2]);
    assert_eq!(page.value("redwasp_sweep_keys", &[]), Some(500.0));
    let scan = proxy.commands().into_iter().find(|command| command[0] == "SCAN").expect("a SCAN");
    assert_eq!(scan[2..4], ["MATCH", "order:*"]);
    assert_eq!(scan[6..], ["TYPE", "hash"]);
    assert!(!sent(&proxy).contains_key("TYPE"));
}

#[test]
fn each_database_is_walked_and_one_that_is_not_there_costs_itself() {
    let redis = Redis::start();
    fill(&redis, 10, 0);
    let mut third = redis.connect().expect("a connection");
    third.command(&["SELECT", "3"]).and_then(|_| third.command(&["SET", "a", "1"])).expect("a key");
    let collectors =
        vec![sweeps("some", json!({"databases": [0, 3, 999]})), sweeps("other", json!({"databases": [3]}))];
    let daemon = start(&redis.url(), once(), collectors);
    let page = walked(&daemon);
    assert_eq!(page.value("redis_swept_complete", &[("name", "other")]), Some(1.0));
    assert_eq!(of(&page, "other", "partial"), 0.0);
    assert_eq!([swept(&page, "some", "0", ""), swept(&page, "some", "3", "")], [Some(10.0), Some(1.0)]);
    assert_eq!(swept(&page, "some", "999", ""), None);
    assert_eq!(page.value("redis_swept_complete", &[("name", "some")]), Some(0.0));
    assert_eq!((of(&page, "some", "partial"), of(&page, "some", "success")), (1.0, 1.0));
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn a_walk_ends_at_its_bounds_and_says_so() {
    let redis = Redis::start();
    fill(&redis, 3000, 0);
    let read = json!({"read": ["HGET", "<key>", "amount"], "types": ["hash"]});
    let bounds = [
        SweepConfig { max_keys: 500, count: 100, ..once() },
        SweepConfig { max_bytes: 2000, count: 100, ..once() },
        SweepConfig { max_duration: Duration::from_millis(1), count: 1, ..once() },
    ];
    for bound in bounds {
        let daemon = start(&redis.url(), bound, vec![sweeps("some", read.clone())]);
        let page = walked(&daemon);
        let value = |name| page.value(name, &[]);
        assert_eq!([value("redwasp_sweep_complete"), value("redwasp_sweep_success")], [Some(0.0), Some(1.0)]);
        // A busy machine may take a millisecond before it has walked at all.
        let least = if bound.max_duration < HOUR / 3600 { 0.0 } else { 1.0 };
        assert!(value("redwasp_sweep_keys").is_some_and(|keys| (least..2000.0).contains(&keys)), "{bound:?}");
        assert_eq!(page.value("redis_swept_complete", &[("name", "some")]), Some(0.0));
        assert_eq!(of(&page, "some", "partial"), 1.0);
        // The bytes may end before all keys of a page are looked at.
        let looked_at = sum(&page, "some").unwrap_or_default();
        assert!(looked_at >= least && Some(looked_at) <= value("redwasp_sweep_keys"), "{bound:?}: {looked_at}");
    }
}

#[test]
fn a_walk_that_is_refused_has_failed_and_what_was_found_before_is_kept() {
    let redis = Redis::start();
    fill(&redis, 10, 0);
    // Nothing is in the second database, and nothing is asked there.
    let config = SweepConfig { interval: Duration::from_secs(2), ..SweepConfig::default() };
    let daemon = start(&redis.url(), config, vec![sweeps("some", json!({"databases": [0, 5]}))]);
    let state = |page: &Page| ["success", "complete"].map(|it| page.value(&format!("redwasp_sweep_{it}"), &[]));
    assert_eq!(state(&walked(&daemon)), [Some(1.0), Some(1.0)]);
    redis.cli(&["ACL", "SETUSER", "default", "-scan"]);
    let page = wait::until("a walk to be refused", PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| state(page) == [Some(0.0), Some(0.0)])
    });
    others_are_well(&page);
    assert_eq!(swept(&page, "some", "0", ""), Some(10.0));
    redis.cli(&["ACL", "SETUSER", "default", "+scan"]);
    wait::until("a walk to go well again", PATIENCE, || {
        (state(&daemon.scrape("/metrics")) == [Some(1.0), Some(1.0)]).then_some(())
    });
}

/// Forwards each new connection to the port that is set then.
fn forward_to(backend: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", backend.load(SeqCst))) else { continue };
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                thread::spawn(move || {
                    // Either end may close at any time.
                    let _ = io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    port
}

#[test]
fn a_walk_does_not_go_on_in_another_server() {
    let servers = [Redis::start(), Redis::start()];
    servers.iter().for_each(|redis| fill(redis, 20_000, 0));
    let backend = Arc::new(AtomicU16::new(servers[0].port()));
    let config = SweepConfig { count: 1, ..once() };
    let target = format!("redis://127.0.0.1:{}", forward_to(backend.clone()));
    let daemon = start(&target, config, vec![sweeps("some", json!({}))]);
    let scans = |redis: &Redis| redis.cli(&["INFO", "commandstats"]).contains("cmdstat_scan");
    wait::until("the walk to begin", PATIENCE, || scans(&servers[0]).then_some(()));
    backend.store(servers[1].port(), SeqCst);
    servers[0].cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    let page = walked(&daemon);
    others_are_well(&page);
    let value = |name| page.value(name, &[]);
    assert_eq!([value("redwasp_sweep_success"), value("redwasp_sweep_complete")], [Some(0.0); 2]);
    assert_eq!(swept(&page, "some", "0", ""), None);
}

#[test]
fn one_that_fails_takes_nothing_from_the_others() {
    let redis = Redis::start();
    fill(&redis, 300, 0);
    let misdeeds = [("panic", "panic"), ("spin", "cpu"), ("fail", "plugin"), ("eat-memory", "memory")];
    let mut collectors = vec![sweeps("well", json!({}))];
    collectors.extend(misdeeds.map(|(misdeed, _)| sweeps(misdeed, json!({"misdeed": misdeed}))));
    let daemon = start(&redis.url(), once(), collectors);
    let page = walked(&daemon);
    others_are_well(&page);
    assert_eq!(swept(&page, "well", "0", ""), Some(300.0));
    assert!(succeeded(&page, "well"));
    for (misdeed, outcome) in misdeeds {
        assert_eq!(swept(&page, misdeed, "0", ""), None);
        assert!(!succeeded(&page, misdeed), "{misdeed}");
        assert_eq!(calls(&page, misdeed, outcome), 1.0, "{misdeed}");
    }
    let landing = daemon.get("/").text();
    assert!(landing.contains("as it was told") && landing.contains("CPU budget of 50ms used up"), "{landing}");
}

#[test]
fn what_is_not_granted_is_not_walked() {
    let redis = Redis::start();
    fill(&redis, 20, 20);
    let proxy = RecordingProxy::start(redis.port());
    let read = json!({"pattern": "order:*", "types": ["hash"], "read": ["HGET", "<key>", "amount"]});
    let only = |name: &str, grants: Grants| CollectorConfig { grants, ..sweeps(name, read.clone()) };
    let (commands, keys) = (vec!["HGET".to_owned()], vec!["note:*".to_owned()]);
    let collectors = vec![
        only("nothing", Grants::default()),
        only("others", Grants { commands: commands.clone(), keys, ..Grants::default() }),
        only(
            "elsewhere",
            Grants { commands, keys: vec!["*".to_owned()], databases: Databases::only([1]), ..Grants::default() },
        ),
    ];
    let daemon = start(&format!("redis://127.0.0.1:{}", proxy.port()), once(), collectors);
    let page = daemon.scrape("/metrics");
    others_are_well(&page);
    assert_eq!(page.value("redwasp_sweep_keys", &[]), None);
    assert!(!sent(&proxy).contains_key("SCAN"));
    for name in ["nothing", "others", "elsewhere"] {
        let partial = page.value("redwasp_collector_partial", &[("collector", name)]);
        assert_eq!((partial, of(&page, name, "denied_commands_total")), (Some(1.0), 1.0), "{name}");
    }
}

#[test]
fn scrapes_during_a_long_walk_are_given_the_last_one_with_its_age() {
    let redis = Redis::start();
    fill(&redis, 0, 500);
    // A key at a time: the second walk takes longer than what the first found is served without it.
    let config = SweepConfig { interval: Duration::from_millis(300), count: 1, ..SweepConfig::default() };
    let proxy = RecordingProxy::start(redis.port());
    let daemon = start(&format!("redis://127.0.0.1:{}", proxy.port()), config, vec![sweeps("all", json!({}))]);
    walked(&daemon);
    fill(&redis, 40_000, 500);
    proxy.clear();
    let mut ages = Vec::new();
    wait::until("what is older than three intervals to be served on", PATIENCE, || {
        let response = daemon.get_with("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "1")]);
        let page = Page::parse(&response.text()).expect("a page");
        others_are_well(&page);
        let keys = swept(&page, "all", "0", "").expect("what was found is served all the time");
        assert!(keys < 40_000.0, "the second walk ended too early: {ages:?}");
        ages.push(of(&page, "all", "snapshot_age_seconds"));
        ages.last().is_some_and(|age| *age > 1.2).then_some(())
    });
    // One walk at a time: cursors that begin anew do so only after the last one has ended.
    let scans: Vec<_> = proxy.commands().into_iter().filter(|command| command[0] == "SCAN").collect();
    assert!(scans.iter().filter(|scan| scan[1] == "0").count() <= 2, "{}", scans.len());
}

#[test]
fn a_small_key_space_is_walked_with_the_scrape() {
    let redis = Redis::start();
    fill(&redis, 10, 0);
    let config = SweepConfig { with_scrape: 100, ..once() };
    let daemon = start(&redis.url(), config, vec![sweeps("all", json!({}))]);
    for keys in [10, 11, 100] {
        fill(&redis, 10, keys - 10);
        let page = daemon.scrape("/metrics");
        assert_eq!(swept(&page, "all", "0", ""), Some(keys as f64));
        assert_eq!(of(&page, "all", "samples"), 3.0, "keys, sum and complete come of the walk");
    }
    fill(&redis, 10, 91);
    let first = daemon.scrape("/metrics");
    assert_eq!(swept(&first, "all", "0", ""), None, "it is too large now");
    assert_eq!(swept(&walked(&daemon), "all", "0", ""), Some(101.0));
}

#[test]
fn a_replica_is_walked_instead_if_that_is_wanted() {
    let redis = Redis::start();
    fill(&redis, 50, 0);
    let replica = Redis::options().replica_of(&redis).start();
    wait::until("the replica to be in step", PATIENCE, || {
        (replica.cli(&["DBSIZE"]) == "50" && redis.info_field("slave0").contains("state=online")).then_some(())
    });
    let config = SweepConfig { prefer_replica: true, interval: Duration::from_millis(10), ..SweepConfig::default() };
    let mut replica = replica;
    let daemon = start(&redis.url(), config, vec![sweeps("all", json!({}))]);
    assert_eq!(swept(&walked(&daemon), "all", "0", ""), Some(50.0));
    let scans = |redis: &Redis| redis.info().contains_key("cmdstat_scan");
    assert_eq!([scans(&redis), scans(&replica)], [false, true]);
    replica.stop();
    wait::until("the primary to be walked", PATIENCE, || scans(&redis).then_some(()));
}

#[test]
fn what_others_do_not_need_is_not_kept_from_being_forgotten() {
    let redis = Redis::options().program(redwasp_tests::server::Program::Valkey91).start();
    redis.cli(&["SET", "note:1", "text"]);
    let idle = || -> u32 { redis.cli(&["OBJECT", "IDLETIME", "note:1"]).parse().expect("seconds") };
    wait::until("the key to be idle", PATIENCE, || (idle() >= 2).then_some(()));
    let read = json!({"types": ["string"], "read": ["STRLEN", "<key>"]});
    let daemon = start(&redis.url(), once(), vec![sweeps("notes", read)]);
    assert_eq!(sum(&walked(&daemon), "notes"), Some(4.0));
    assert!(idle() >= 2, "a read by us counts as use");
}
