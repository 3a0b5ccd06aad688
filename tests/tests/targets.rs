//! `/scrape?target=`: whom it asks, and with whose credentials.

use redwasp_tests::daemon::Daemon;
use redwasp_tests::server::Redis;

const AUTHENTICATION: &str = "NOAUTH Authentication required.";

fn error_of(daemon: &Daemon, path: &str) -> (f64, String) {
    let page = daemon.scrape(path);
    let errors = page.labels_of("redis_exporter_last_scrape_error");
    (page.value("redis_up", &[]).unwrap(), errors[0]["err"].clone())
}

#[test]
fn any_target_can_be_asked() {
    let (first, second) = (Redis::start(), Redis::start());
    second.cli(&["SET", "a", "1"]);
    let daemon = Daemon::start(&["--redis.addr="]);
    for (redis, keys) in [(&first, 0.0), (&second, 1.0)] {
        let page = daemon.scrape(&format!("/scrape?target={}", redis.url()));
        assert_eq!(page.value("redis_up", &[]), Some(1.0));
        assert_eq!(page.value("redis_db_keys", &[("db", "db0")]), Some(keys));
        assert_eq!(page.value("redis_exporter_scrapes_total", &[]), Some(1.0));
        assert!(page.family("process_cpu_seconds_total").is_none());
    }
    assert_eq!(daemon.scrape("/metrics").family("redis_up"), None, "no target is configured");
}

#[test]
fn a_request_without_a_usable_target_is_refused_and_counted() {
    let daemon = Daemon::start(&["--redis.addr="]);
    for path in ["/scrape", "/scrape?target=", "/scrape?target=://nope", "/scrape?target=redis://h:port"] {
        assert_eq!(daemon.get(path).status, 400, "{path}");
    }
    let long = format!("/scrape?target=redis://{}", "h".repeat(2000));
    assert_eq!(daemon.get(&long).status, 400);
    assert_eq!(daemon.get("/scrape?target=unix:///etc/passwd").status, 400);
    let header = [("X-Prometheus-Scrape-Timeout-Seconds", "soon")];
    assert_eq!(daemon.get_with("/scrape?target=redis://127.0.0.1", &header).status, 400);
    assert_eq!(daemon.scrape("/metrics").value("redis_target_scrape_request_errors_total", &[]), Some(7.0));
}

#[test]
fn credentials_go_only_where_they_are_allowed() {
    let own = Redis::options().password("geheim").start();
    let other = Redis::options().password("geheim").start();
    let third = Redis::options().password("geheim").start();
    let address = format!("--redis.addr=redis://127.0.0.1:{}", own.port());
    let password = [("REDIS_PASSWORD", "geheim")];
    let daemon = Daemon::start_with(&[&address], &password);
    assert_eq!(error_of(&daemon, &format!("/scrape?target=127.0.0.1:{}", own.port())), (1.0, String::new()));
    let (up, error) = error_of(&daemon, &format!("/scrape?target=127.0.0.1:{}", other.port()));
    assert_eq!(up, 0.0);
    assert!(error.contains(AUTHENTICATION) && error.contains("--scrape.allowed-targets"), "{error}");
    let (up, error) = error_of(&daemon, &format!("/scrape?target=redis://:geheim@127.0.0.1:{}", other.port()));
    assert_eq!(up, 0.0, "a password came from the query");
    assert!(error.contains(AUTHENTICATION), "{error}");
    assert!(!daemon.log().contains("geheim"));

    let pattern = format!("--scrape.allowed-targets=redis://10.*,redis://127.0.0.1:{}", other.port());
    let allowed = Daemon::start_with(&[&address, &pattern], &password);
    assert_eq!(error_of(&allowed, &format!("/scrape?target=127.0.0.1:{}", other.port())), (1.0, String::new()));
    assert_eq!(error_of(&allowed, &format!("/scrape?target=127.0.0.1:{}/4", other.port())), (1.0, String::new()));
    let (up, error) = error_of(&allowed, &format!("/scrape?target=127.0.0.1:{}", third.port()));
    assert!(up == 0.0 && error.contains("--scrape.allowed-targets"), "no pattern fits it: {error}");
}

/// Pools of targets that only requests named: as many as the daemon keeps.
const POOLS: usize = 256;

#[test]
fn connections_to_targets_that_requests_name_are_bounded() {
    let hosts: Vec<String> = (1..=16).map(|host| format!("127.0.0.{host}")).collect();
    let bind = ["--bind"].into_iter().chain(hosts.iter().map(String::as_str));
    let redis = Redis::options().args(bind.chain(["--databases", "18"])).start();
    let daemon = Daemon::start(&["--redis.addr="]);
    for host in &hosts {
        for database in 0..18 {
            let page = daemon.scrape(&format!("/scrape?target=redis://{host}:{}/{database}", redis.port()));
            assert_eq!(page.value("redis_up", &[]), Some(1.0), "{host} {database}");
        }
    }
    let clients = redis.client_list().iter().filter(|client| client["name"] == "redwasp").count();
    assert_eq!(clients, POOLS);
    assert_eq!(daemon.scrape("/metrics").value("redwasp_connections", &[("state", "idle")]), Some(POOLS as f64));
}

#[test]
fn five_hundred_scrapes_at_once_are_all_answered() {
    let redis = Redis::start();
    let daemon = Daemon::start(&["--redis.addr="]);
    let path = format!("/scrape?target={}", redis.url());
    daemon.scrape(&path);
    let connections = redis.info_field("total_connections_received").parse::<u64>().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..500 {
            scope.spawn(|| assert_eq!(daemon.scrape(&path).value("redis_up", &[]), Some(1.0)));
        }
    });
    let opened = redis.info_field("total_connections_received").parse::<u64>().unwrap() - connections;
    assert!(opened <= 4, "{opened} connections, one of them this test's");
}
