use redwasp_tests::daemon::Daemon;
use redwasp_tests::prometheus::{Prometheus, promtool_check_metrics};
use redwasp_tests::server::Redis;
use redwasp_tests::tools::tool;
use redwasp_tests::wait::PATIENCE;

#[test]
fn scrapes_and_answers_queries() {
    let redis = Redis::start();
    let exporter = Daemon::start_program(&tool("redis_exporter"), &[&format!("--redis.addr={}", redis.url())], &[]);
    let target = format!("127.0.0.1:{}", exporter.port());
    let prometheus = Prometheus::start(&[&target]);
    let series = prometheus.wait_for("redis_up == 1", PATIENCE);
    assert_eq!((series.len(), series[0].1), (1, 1.0));
    assert_eq!(series[0].0.get("instance"), Some(&target));
    assert!(prometheus.query("no_such_metric{x=\"y\"}").is_empty());
}

#[test]
fn promtool_remarks_on_bad_pages_only() {
    assert_eq!(promtool_check_metrics("# HELP a_bytes Bytes.\n# TYPE a_bytes gauge\na_bytes 1\n"), [""; 0]);
    let remarks = promtool_check_metrics("# TYPE a_total gauge\na_total 1\n");
    assert!(remarks.iter().any(|remark| remark.contains("a_total")), "{remarks:?}");
    assert!(!promtool_check_metrics("a{ 1\n").is_empty());
}
