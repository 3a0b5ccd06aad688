//! What the dashboards and alert rules that come with redis_exporter ask for is on the page.

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::wait::{self, PATIENCE};

/// Of its dashboard (grafana.com 763) and of its mixin's, from every server.
const EVERYWHERE: &[(&str, &[&str])] = &[
    ("redis_up", &[]),
    ("redis_uptime_in_seconds", &[]),
    ("redis_connected_clients", &[]),
    ("redis_blocked_clients", &[]),
    ("redis_memory_used_bytes", &[]),
    ("redis_memory_used_rss_bytes", &[]),
    ("redis_memory_max_bytes", &[]),
    ("redis_commands_processed_total", &[]),
    ("redis_commands_total", &["cmd"]),
    ("redis_commands_duration_seconds_total", &["cmd"]),
    ("redis_keyspace_hits_total", &[]),
    ("redis_keyspace_misses_total", &[]),
    ("redis_net_input_bytes_total", &[]),
    ("redis_net_output_bytes_total", &[]),
    ("redis_db_keys", &["db"]),
    ("redis_db_keys_expiring", &["db"]),
    ("redis_expired_keys_total", &[]),
    ("redis_evicted_keys_total", &[]),
    ("redis_connected_slaves", &[]),
];

/// Of the alerts about clusters.
const OF_CLUSTERS: &[(&str, &[&str])] =
    &[("redis_cluster_state", &[]), ("redis_cluster_slots_fail", &[]), ("redis_cluster_slots_pfail", &[])];

const OF_REPLICAS: &[(&str, &[&str])] = &[("redis_master_last_io_seconds_ago", &["master_host", "master_port"])];

/// The alert on memory needs it: redis_exporter has it only on request, and so have we.
const ON_REQUEST: &[(&str, &[&str])] = &[("redis_total_system_memory_bytes", &[])];

fn page(server: &Redis, flags: &[&str]) -> Page {
    let address = format!("--redis.addr={}", server.url());
    Daemon::start(&[&[address.as_str()], flags].concat()).scrape("/metrics")
}

fn has(page: &Page, series: &[(&str, &[&str])]) {
    for (name, labels) in series {
        let sample = page.samples_of(name).next().unwrap_or_else(|| panic!("{name} is not there"));
        assert!(labels.iter().all(|label| sample.labels.contains_key(*label)), "{name}: {:?}", sample.labels);
    }
}

#[test]
fn every_series_that_is_asked_for_is_there() {
    let primary = Redis::start();
    let replica = Redis::options().replica_of(&primary).start();
    wait::until("the replica to be connected", PATIENCE, || {
        (replica.info_field("master_link_status") == "up").then_some(())
    });
    let node = Redis::options().args(["--cluster-enabled", "yes"]).start();
    has(&page(&primary, &[]), EVERYWHERE);
    has(&page(&primary, &["--include-system-metrics"]), ON_REQUEST);
    has(&page(&replica, &[]), EVERYWHERE);
    has(&page(&replica, &[]), OF_REPLICAS);
    has(&page(&node, &[]), EVERYWHERE);
    has(&page(&node, &[]), OF_CLUSTERS);
}
