//! The configurations of Prometheus in `examples/prometheus`, with a real one.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use redwasp_tests::cluster::Cluster;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::prometheus::{Prometheus, promtool_check_config};
use redwasp_tests::server::Redis;
use redwasp_tests::wait;

/// Names over each of the servers.
const NAMES: usize = 6;

/// Discovery comes every ten seconds, and a scrape after it.
const PATIENCE: Duration = Duration::from_secs(60);

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/prometheus").join(name)
}

#[test]
fn the_examples_are_configurations() {
    for name in ["multi-target.yml", "discovery.yml"] {
        // With the alerts that they name.
        assert_eq!(promtool_check_config(&example(name)), Ok(()), "{name}");
    }
}

#[test]
fn alerts_are_about_metrics_that_there_are() {
    let (primary, cluster) =
        (Redis::options().args(["--maxmemory", "100mb"]).start(), Cluster::options().nodes(3, 0).start());
    let replica = Redis::options().replica_of(&primary).start();
    let urls = [primary.url(), replica.url(), cluster.nodes()[0].url()].join(",");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, "{}").unwrap();
    let daemon = Daemon::start(&[&format!("--redis.addr={urls}"), &format!("--config.file={}", path.display())]);
    let page = daemon.scrape("/metrics");
    let text = fs::read_to_string(example("alerts.yml")).unwrap();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .flat_map(|expression| expression.split(|c| !is_of_name(c)))
        .filter(|word| word.starts_with("redis_") || word.starts_with("redwasp_"))
        .collect();
    let missing: Vec<_> = named.iter().filter(|name| page.family(name).is_none()).collect();
    assert!(named.len() >= 8 && missing.is_empty(), "{named:?}, and there are no {missing:?}");
}

#[test]
fn two_redwasps_share_a_fleet_and_every_target_is_scraped_once() {
    let servers = [(); 3].map(|()| Redis::start());
    let cluster = Cluster::options().nodes(3, 0).start();
    let mut text = "targets:\n".to_owned();
    for (number, redis) in servers.iter().enumerate() {
        for name in 0..NAMES {
            writeln!(text, "  server-{number}-{name}: {{address: \"{}\"}}", redis.url()).unwrap();
        }
    }
    writeln!(text, "  shop: {{address: \"{}\", kind: cluster}}", cluster.nodes()[0].url()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, text).unwrap();
    let flag = format!("--config.file={}", path.display());
    let redwasps = [(); 2].map(|()| Daemon::start(&[&flag]));

    let mut configuration = fs::read_to_string(example("discovery.yml")).unwrap();
    for (number, redwasp) in redwasps.iter().enumerate() {
        configuration =
            configuration.replace(&format!("redwasp-{number}:9121"), &format!("127.0.0.1:{}", redwasp.port()));
    }
    let prometheus = Prometheus::start_with(&configuration);
    let expected = servers.len() * NAMES + cluster.nodes().len();
    let ups = wait::until("every target is scraped", PATIENCE, || {
        Some(prometheus.query("redis_up == 1")).filter(|series| series.len() >= expected)
    });
    let instances: BTreeSet<&str> = ups.iter().map(|(labels, _)| labels["instance"].as_str()).collect();
    assert_eq!((ups.len(), instances.len()), (expected, expected), "each once");
    assert!(instances.contains("server-2-5") && instances.contains(cluster.nodes()[2].url().as_str()));
    let targets = prometheus.query("count(up{job=\"redis\"} == 1)");
    assert_eq!(targets[0].1, (expected + 1) as f64, "and the cluster as one");
    let owners = prometheus.query("redis_up{role=\"master\", name=\"shop\"}");
    assert_eq!(owners.len(), 3, "with the labels that discovery tells");
    for redwasp in &redwasps {
        let instance = format!("127.0.0.1:{}", redwasp.port());
        let scraped = prometheus
            .wait_for(&format!("redwasp_connections{{instance=\"{instance}\",state=\"idle\"}} > 0"), PATIENCE);
        assert_eq!(scraped.len(), 1, "each has its part");
    }
    // Of all connections to a server, each name has one, from whichever redwasp has it.
    for redis in &servers {
        let clients = redis.client_list().iter().filter(|client| client["name"] == "redwasp").count();
        assert_eq!(clients, NAMES);
    }
}
