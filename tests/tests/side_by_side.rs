//! The same server through redis_exporter: what both export must have the same type, labels and value.

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::{Page, Sample};
use redwasp_tests::server::Redis;
use redwasp_tests::tools;

/// Series that move between the two scrapes, or that each exporter moves by scraping.
const MOVING: [&str; 36] = [
    "redis_allocator_active_bytes",
    "redis_allocator_allocated_bytes",
    "redis_allocator_frag_bytes",
    "redis_allocator_frag_ratio",
    "redis_allocator_resident_bytes",
    "redis_allocator_rss_bytes",
    "redis_allocator_rss_ratio",
    "redis_client_recent_max_input_buffer_bytes",
    "redis_client_recent_max_output_buffer_bytes",
    "redis_commands_processed_total",
    "redis_connected_clients",
    "redis_connections_received_total",
    "redis_cpu_sys_main_thread_seconds_total",
    "redis_cpu_sys_seconds_total",
    "redis_cpu_user_main_thread_seconds_total",
    "redis_cpu_user_seconds_total",
    "redis_db_avg_ttl_seconds",
    "redis_eventloop_cycles_total",
    "redis_eventloop_duration_cmd_sum_usec_total",
    "redis_eventloop_duration_sum_usec_total",
    "redis_expire_cycle_cpu_time_ms_total",
    "redis_instantaneous_eventloop_cycles_per_sec",
    "redis_instantaneous_eventloop_duration_usec",
    "redis_mem_clients_normal",
    "redis_mem_fragmentation_bytes",
    "redis_mem_fragmentation_ratio",
    "redis_memory_used_bytes",
    "redis_memory_used_dataset_bytes",
    "redis_memory_used_overhead_bytes",
    "redis_memory_used_peak_bytes",
    "redis_memory_used_rss_bytes",
    "redis_net_input_bytes_total",
    "redis_net_output_bytes_total",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
    "redis_uptime_in_seconds",
];

/// What redis_exporter 1.86 does not have, or what both say of themselves.
fn is_about_the_exporter(name: &str) -> bool {
    name.starts_with("redwasp_") || name.starts_with("process_") || name.starts_with("redis_exporter_")
}

fn filled_server() -> Redis {
    let redis = Redis::options().args(["--maxmemory", "100mb"]).start();
    let commands: [&[&str]; 9] = [
        &["SET", "string", "value"],
        &["SET", "short", "value", "EX", "1000"],
        &["HSET", "hash", "field", "1"],
        &["RPUSH", "list", "a", "b"],
        &["SADD", "set", "a"],
        &["ZADD", "sorted", "1", "a"],
        &["XADD", "stream", "*", "field", "1"],
        &["GET", "missing"],
        &["GET", "string"],
    ];
    for command in commands {
        redis.cli(command);
    }
    assert!(redis.try_cli(&["INCR", "string"]).is_err());
    redis
}

fn compare(ours: &Page, theirs: &Page) -> usize {
    let mut compared = 0;
    for family in ours.families.iter().filter(|family| !is_about_the_exporter(&family.name)) {
        let Some(peer) = theirs.family(&family.name) else { panic!("redis_exporter has no {}", family.name) };
        assert_eq!(family.kind, peer.kind, "{}", family.name);
        let samples = |page: &Page| page.samples_of(&family.name).cloned().collect::<Vec<Sample>>();
        let (mut ours, mut theirs) = (samples(ours), samples(theirs));
        ours.sort_by(|a, b| a.labels.cmp(&b.labels));
        theirs.sort_by(|a, b| a.labels.cmp(&b.labels));
        if MOVING.contains(&family.name.as_str()) {
            ours.iter_mut().chain(&mut theirs).for_each(|sample| sample.value = 0.0);
        }
        assert_eq!(ours, theirs, "{}", family.name);
        compared += 1;
    }
    compared
}

#[test]
fn what_both_export_is_equal() {
    let redis = filled_server();
    let address = format!("--redis.addr={}", redis.url());
    let ours = Daemon::start(&[&address, "--include-system-metrics"]);
    let exporter = tools::tool("redis_exporter");
    let theirs = Daemon::start_program(&exporter, &[&address, "--include-system-metrics"], &[]);
    // Both have scraped once before: what the first scrape changes is the same for both.
    ours.get("/metrics");
    theirs.get("/metrics");
    let compared = compare(&ours.scrape("/metrics"), &theirs.scrape("/metrics"));
    assert!(compared >= 100, "only {compared} families were compared");
}
