//! What a scrape costs the server: one round trip, one INFO, no new connection, whatever the number of collectors, and nothing that
//! its statistics would show.

use std::collections::HashSet;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::fill;
use redwasp_tests::inside::{self, Inside};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::others_are_well;

fn calls_of_info(redis: &Redis) -> u64 {
    let stats = redis.cli(&["INFO", "commandstats"]);
    let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_info:calls=")).unwrap_or("0,");
    line.split(',').next().unwrap().parse().unwrap()
}

#[test]
fn eight_collectors_cost_one_info_and_one_round_trip() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let collectors = (1..=8).map(|number| inside::built_in("info", &format!("info-{number}"))).collect();
    let target = format!("redis://127.0.0.1:{}", proxy.port());
    let daemon = Inside::start(inside::config(&target, collectors)).unwrap();
    let first = daemon.scrape("/metrics");
    assert_eq!(first.value("redis_up", &[]), Some(1.0));
    proxy.clear();
    let connections = redis.info_field("total_connections_received");
    let before = calls_of_info(&redis);
    let scrapes = 5;
    for _ in 0..scrapes {
        let page = daemon.scrape("/metrics");
        for number in 1..=8 {
            let collector = format!("info-{number}");
            assert_eq!(page.value("redwasp_collector_success", &[("collector", &collector)]), Some(1.0));
        }
        assert!(page.value("redis_memory_used_bytes", &[]).unwrap() > 0.0);
    }
    let commands = proxy.commands();
    let each: Vec<_> = commands.chunks(commands.len() / scrapes).collect();
    assert_eq!(each, vec![each[0]; scrapes]);
    let infos = each[0].iter().filter(|command| command[0] == "INFO").count();
    let different = each[0].iter().collect::<HashSet<_>>().len();
    assert_eq!((infos, different), (1, each[0].len()), "{each:?}");
    assert_eq!(proxy.round_trips(), scrapes);
    assert_eq!(proxy.connections(), 0, "new connections after the first scrape");
    // One more INFO of commandstats in between, by the test itself, and its connections.
    assert_eq!(calls_of_info(&redis) - before, scrapes as u64 + 1);
    let opened =
        redis.info_field("total_connections_received").parse::<u64>().unwrap() - connections.parse::<u64>().unwrap();
    assert!(opened <= 3, "{opened} connections, of which the test's own are 3");
}

/// What a server counts that a scrape may move.
const COUNTED: [&str; 4] = ["total_connections_received", "total_error_replies", "keyspace_hits", "keyspace_misses"];

/// What three scrapes cost that are not a daemon's first: round trips of each, and by how much the server's counts went up.
fn cost(program: Program, flags: &[&str]) -> (f64, [u64; 4]) {
    const SCRAPES: usize = 3;
    let redis = Redis::options().program(program).start();
    fill::fill(&mut redis.connect().unwrap());
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let daemon = Daemon::start(&[&[address.as_str()], flags].concat());
    daemon.scrape("/metrics");
    // One connection for both looks, which is counted before them.
    let mut client = redis.connect().unwrap();
    let mut counts = || {
        let stats = client.command(&["INFO", "STATS"]).unwrap().to_string();
        COUNTED.map(|name| {
            let value = stats.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.unwrap_or_else(|| panic!("INFO has no {name}")).trim().parse::<u64>().unwrap()
        })
    };
    let before = counts();
    proxy.clear();
    for _ in 0..SCRAPES {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        assert!(page.samples_of("redwasp_collector_success").all(|sample| sample.value == 1.0));
    }
    assert_eq!(proxy.connections(), 0);
    let after = counts();
    (proxy.round_trips() as f64 / SCRAPES as f64, [0, 1, 2, 3].map(|place| after[place] - before[place]))
}

#[test]
fn a_scrape_without_flags_costs_one_round_trip_and_leaves_no_trace() {
    for program in Program::ALL {
        assert_eq!(cost(program, &[]), (1.0, [0; 4]), "{program:?}: {COUNTED:?}");
    }
}

#[test]
fn what_looks_at_keys_is_seen_to_cost_more() {
    let (round_trips, [connections, errors, hits, misses]) =
        cost(Program::Redis, &["--check-single-keys=list,missing"]);
    assert!(round_trips > 1.0 && hits > 0, "{round_trips} {hits} {misses}");
    assert_eq!((connections, errors), (0, 0));
}
