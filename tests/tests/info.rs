//! INFO as servers give it, or refuse it.

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::Page;
use redwasp_tests::replay::Replay;
use redwasp_tests::server::Redis;

const TEXT: &str = "# Server\r\nredis_version:7.0.15\r\n# Clients\r\nconnected_clients:7\r\n";

fn watching(url: &str) -> Daemon {
    Daemon::start(&[&format!("--redis.addr={url}")])
}

fn cause(page: &Page) -> &str {
    assert_eq!(page.value("redis_up", &[]), Some(0.0));
    assert!(page.family("redis_instance_info").is_none(), "nothing else is said of it");
    &page.labels_of("redis_exporter_last_scrape_error")[0]["err"]
}

#[test]
fn a_server_that_refuses_info_all_is_asked_for_info() {
    let replay = Replay::options().refuse_info_arguments().start(TEXT);
    let daemon = watching(&replay.url());
    for scrapes in 1..=3 {
        assert_eq!(daemon.scrape("/metrics").value("redis_connected_clients", &[]), Some(7.0));
        assert_eq!(replay.asked("INFO ALL"), 1, "an error once, not with each of {scrapes} scrapes");
    }
}

#[test]
fn a_server_whose_info_all_is_empty_is_asked_for_info() {
    let replay = Replay::start("");
    assert_eq!(watching(&replay.url()).scrape("/metrics").value("redis_up", &[]), Some(1.0));
    assert_eq!(replay.asked("INFO ALL"), 1);
    assert_eq!(replay.asked("INFO"), 3, "both for the handshake, and the scrape's own");
}

#[test]
fn a_server_that_refuses_info_is_down() {
    let replay = Replay::options().refuse_info("NOPERM this user has no permissions").start(TEXT);
    let page = watching(&replay.url()).scrape("/metrics");
    assert_eq!(cause(&page), format!("{}: NOPERM this user has no permissions", replay.url()));
}

#[test]
fn info_may_be_refused_and_granted_while_it_is_watched() {
    let redis = Redis::start();
    let daemon = watching(&redis.url());
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(1.0));
    redis.cli(&["ACL", "SETUSER", "default", "-info"]);
    for _ in 0..2 {
        assert!(cause(&daemon.scrape("/metrics")).contains("NOPERM"), "{}", daemon.log());
    }
    redis.cli(&["ACL", "SETUSER", "default", "+info"]);
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(1.0));
}

#[test]
fn a_server_that_goes_down_keeps_its_role() {
    let mut redis = Redis::start();
    let address = format!("--redis.addr={}", redis.url());
    let daemon = Daemon::start(&[&address, "--append-instance-role-label"]);
    let role = [("instance_role", "master")];
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &role), Some(1.0));
    redis.stop();
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &role), Some(0.0));
    let never_seen = daemon.scrape("/scrape?target=127.0.0.1:1");
    assert_eq!(never_seen.value("redis_up", &[("instance_role", "")]), Some(0.0));
}

#[test]
fn percentiles_are_those_that_the_server_is_configured_for() {
    let redis = Redis::start();
    redis.cli(&["CONFIG", "SET", "latency-tracking-info-percentiles", "0 50 100"]);
    redis.cli(&["SET", "key", "value"]);
    let page = watching(&redis.url()).scrape("/metrics");
    let of_set = |labels: &&redwasp_tests::page::Labels| labels["cmd"] == "set";
    let labels = page.labels_of("redis_latency_percentiles_usec");
    let quantiles: Vec<&str> = labels.into_iter().filter(of_set).map(|labels| labels["quantile"].as_str()).collect();
    assert_eq!(quantiles, ["0", "50", "100"]);
}

#[test]
fn a_server_is_counted_without_config() {
    let refused = Replay::options().refuse_config("NOPERM no CONFIG").start(TEXT);
    let eight = Replay::options().config(&[("databases", "8")]).start(TEXT);
    for (replay, databases) in [(&refused, 16), (&eight, 8)] {
        let page = watching(&replay.url()).scrape("/metrics");
        assert_eq!(page.samples_of("redis_db_keys").count(), databases);
    }
}
