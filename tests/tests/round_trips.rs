//! What a scrape costs the server: one round trip, one INFO, no new connection, whatever the number of collectors.

use std::collections::HashSet;

use redwasp_tests::inside::{self, Inside};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::Redis;

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
