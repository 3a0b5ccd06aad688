//! What a real Prometheus, and its linter, make of the daemon.

use redwasp_tests::daemon::Daemon;
use redwasp_tests::prometheus::{self, Prometheus};
use redwasp_tests::server::Redis;
use redwasp_tests::wait;

#[test]
fn prometheus_reads_what_info_says() {
    let redis = Redis::options().args(["--maxmemory", "64mb"]).start();
    for key in ["a", "b"] {
        redis.cli(&["SET", key, "1"]);
    }
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url())]);
    let prometheus = Prometheus::start(&[&format!("127.0.0.1:{}", daemon.port())]);
    let one = |expression: &str| {
        let series = prometheus.wait_for(expression, wait::PATIENCE);
        assert_eq!(series.len(), 1, "{expression}: {series:?}");
        series[0].1
    };
    assert_eq!(one("up"), 1.0);
    assert_eq!(one("redis_up"), 1.0);
    assert_eq!(one("redis_memory_max_bytes"), redis.info_field("maxmemory").parse::<f64>().unwrap());
    assert_eq!(one("redis_process_id"), redis.info_field("process_id").parse::<f64>().unwrap());
    assert_eq!(one("redis_db_keys{db=\"db0\"}"), 2.0);
    // What the server uses moves a little from scrape to scrape.
    let used = one("redis_memory_used_bytes");
    let expected: f64 = redis.info_field("used_memory").parse().unwrap();
    assert!((used / expected - 1.0).abs() < 0.2, "{used} bytes, and INFO says {expected}");
    assert!(one("scrape_samples_scraped") > 150.0);
}

/// Names that redis_exporter has and that the linter remarks on. They are kept for the sake of dashboards.
const INHERITED: [&str; 18] = [
    "redis_aof_current_rewrite_duration_sec",
    "redis_aof_last_rewrite_duration_sec",
    "redis_current_eviction_exceeded_time_ms",
    "redis_dump_payload_sanitizations",
    "redis_eviction_exceeded_time_ms_total",
    "redis_expire_cycle_cpu_time_ms_total",
    "redis_instantaneous_eventloop_cycles_per_sec",
    "redis_io_threaded_reads_processed",
    "redis_io_threaded_writes_processed",
    "redis_last_key_groups_scrape_duration_milliseconds",
    "redis_memory_used_vm_total",
    "redis_migrate_cached_sockets_total",
    "redis_rdb_current_bgsave_duration_sec",
    "redis_rdb_last_bgsave_duration_sec",
    "redis_rdb_saves_total",
    "redis_total_error_replies",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
];

#[test]
fn the_linter_has_no_remark_about_a_name_of_ours() {
    let redis = Redis::start();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url())]);
    for path in ["/metrics".to_owned(), format!("/scrape?target={}", redis.url())] {
        let page = daemon.get(&path).text();
        assert!(page.contains("\nredwasp_"));
        let inherited = |remark: &String| {
            let name = remark.split_whitespace().next().unwrap_or_default();
            INHERITED.contains(&name) || name == "redis_unexpected_error_replies"
        };
        let ours: Vec<_> = prometheus::promtool_check_metrics(&page).into_iter().filter(|r| !inherited(r)).collect();
        assert!(ours.is_empty(), "{ours:#?}");
    }
}
