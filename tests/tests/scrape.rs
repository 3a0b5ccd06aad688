//! A scrape of a real server, from the command line to the page.

use std::os::unix::fs::PermissionsExt;

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::{http, wait};

fn daemon_for(redis: &Redis) -> Daemon {
    Daemon::start(&[&format!("--redis.addr={}", redis.url())])
}

/// A value of the page that does not move by itself, beside the INFO field that it comes from.
const STILL: [(&str, &str); 12] = [
    ("redis_process_id", "process_id"),
    ("redis_max_clients", "maxclients"),
    ("redis_memory_max_bytes", "maxmemory"),
    ("redis_total_blocking_keys", "total_blocking_keys"),
    ("redis_rdb_last_save_timestamp_seconds", "rdb_last_save_time"),
    ("redis_rdb_changes_since_last_save", "rdb_changes_since_last_save"),
    ("redis_aof_enabled", "aof_enabled"),
    ("redis_evicted_keys_total", "evicted_keys"),
    ("redis_keyspace_hits_total", "keyspace_hits"),
    ("redis_keyspace_misses_total", "keyspace_misses"),
    ("redis_replication_backlog_bytes", "repl_backlog_size"),
    ("redis_second_repl_offset", "second_repl_offset"),
];

#[test]
fn values_are_the_servers_own() {
    let redis = Redis::options().args(["--maxmemory", "100mb", "--maxclients", "321"]).start();
    for key in ["a", "b", "c"] {
        redis.cli(&["SET", key, "1"]);
    }
    redis.cli(&["GET", "a"]);
    redis.cli(&["GET", "missing"]);
    redis.cli(&["EXPIRE", "b", "1000"]);
    let daemon = daemon_for(&redis);
    let page = daemon.scrape("/metrics");
    let info = redis.info();
    let mut compared = 0;
    for (metric, field) in STILL {
        let Some(expected) = info.get(field) else { continue };
        assert_eq!(page.value(metric, &[]), Some(expected.parse().unwrap()), "{metric}");
        compared += 1;
    }
    assert!(compared >= 11, "only {compared} fields were compared");
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert_eq!(page.value("redis_exporter_last_scrape_error", &[("err", "")]), Some(0.0));
    assert_eq!(page.value("redis_memory_max_bytes", &[]), Some(104_857_600.0));
    assert_eq!(page.value("redis_db_keys", &[("db", "db0")]), Some(3.0));
    assert_eq!(page.value("redis_db_keys_expiring", &[("db", "db0")]), Some(1.0));
    assert_eq!(page.value("redis_db_keys", &[("db", "db15")]), Some(0.0));
    assert_eq!(page.value("redis_db_keys", &[("db", "db16")]), None);
    assert_eq!(page.value("redis_keyspace_misses_total", &[]), Some(1.0));
}

#[test]
fn collectors_say_how_they_did() {
    let redis = Redis::start();
    let page = daemon_for(&redis).scrape("/metrics");
    for collector in ["info", "keyspace"] {
        assert_eq!(page.value("redwasp_collector_success", &[("collector", collector)]), Some(1.0));
        assert!(page.value("redwasp_collector_duration_seconds", &[("collector", collector)]).unwrap() > 0.0);
        let calls = [("collector", collector), ("outcome", "success")];
        assert_eq!(page.value("redwasp_collector_calls_total", &calls), Some(1.0));
    }
}

#[test]
fn flags_of_built_ins_reach_them() {
    let redis = Redis::start();
    let address = format!("--redis.addr={}", redis.url());
    let args = [&address, "--include-system-metrics", "--include-metrics-for-empty-databases=false", "-namespace=x"];
    let page = Daemon::start(&args).scrape("/metrics");
    assert!(page.value("x_total_system_memory_bytes", &[]).unwrap() > 1e6);
    assert_eq!(page.labels_of("x_db_keys"), Vec::<&_>::new());
    assert_eq!(page.value("x_up", &[]), Some(1.0));
    assert!(!page.names().iter().any(|name| name.starts_with("redis_")));
}

#[test]
fn a_page_can_be_compressed() {
    let redis = Redis::start();
    let daemon = daemon_for(&redis);
    let plain = daemon.get("/metrics");
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(plain.header("vary"), Some("Accept-Encoding"));
    let packed = daemon.get_with("/metrics", &[("Accept-Encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() * 3 < plain.body.len());
    let page = Page::parse(&String::from_utf8(packed.gunzip()).unwrap()).unwrap();
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
}

#[test]
fn pages_besides_metrics() {
    let redis = Redis::options().args(["--maxmemory", "1mb"]).start();
    let mut daemon = daemon_for(&redis);
    let landing = daemon.get("/").text();
    assert!(landing.contains("<title>Redis Exporter redwasp "), "{landing}");
    assert!(landing.contains(&format!("{} (not scraped yet)", redis.url())), "{landing}");
    daemon.get("/metrics");
    let landing = daemon.get("/").text();
    assert!(landing.contains("(up)") && landing.contains("<td>keyspace</td>"), "{landing}");
    let head = http::request(daemon.port(), "HEAD", "/health", &[]).unwrap();
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("2"), 0));
    assert_eq!(http::request(daemon.port(), "POST", "/health", &[]).unwrap().text(), "ok");
    assert_eq!(daemon.get("/nope").status, 404);
    assert_eq!(daemon.get("/metrics/").status, 404);
    let health = daemon.get("/health");
    assert_eq!((health.status, health.text().as_str()), (200, "ok"));
    let health = daemon.get_with("/health", &[("Accept", "application/json")]);
    assert_eq!(health.text(), r#"{"status":"ok"}"#);
    assert_eq!(daemon.terminate().code(), Some(0));
}

#[test]
fn the_path_of_metrics_can_be_chosen() {
    let redis = Redis::start();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url()), "--web.telemetry-path=/m"]);
    assert_eq!(daemon.scrape("/m").value("redis_up", &[]), Some(1.0));
    assert_eq!(daemon.get("/metrics").status, 404);
}

#[test]
fn sockets_passwords_users_and_databases() {
    let redis = Redis::options().unix_socket().password("pass word").start();
    redis.cli(&["ACL", "SETUSER", "watcher", "on", ">se/cret", "+info", "+config|get", "+select", "+client"]);
    let port = redis.port();
    let socket = redis.socket();
    let addresses = [
        format!("redis://:pass%20word@127.0.0.1:{port}"),
        format!("redis://watcher:se%2Fcret@127.0.0.1:{port}/3"),
        format!("redis://pass%20word@127.0.0.1:{port}"),
        format!("unix://:pass%20word@{}", socket.display()),
        format!("unix://watcher:se%2Fcret@{}?db=5", socket.display()),
    ];
    for address in &addresses {
        let daemon = Daemon::start(&[&format!("--redis.addr={address}")]);
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redis_up", &[]), Some(1.0), "{address}: {}", daemon.log());
        assert!(!daemon.log().contains("cret"), "{}", daemon.log());
    }
    let with_variables = Daemon::start_with(
        &[&format!("--redis.addr=redis://127.0.0.1:{port}/7")],
        &[("REDIS_USER", "watcher"), ("REDIS_PASSWORD", "se/cret")],
    );
    assert_eq!(with_variables.scrape("/metrics").value("redis_up", &[]), Some(1.0));
    let clients = redis.client_list();
    let ours = clients.iter().find(|client| client["name"] == "redwasp").unwrap();
    assert_eq!((ours["db"].as_str(), ours["user"].as_str()), ("7", "watcher"));
}

#[test]
fn a_server_without_hello_is_read_in_resp2() {
    let redis = Redis::options().args(["--rename-command", "HELLO", ""]).password("p").start();
    let daemon = Daemon::start(&[&format!("--redis.addr=redis://:p@127.0.0.1:{}", redis.port())]);
    for _ in 0..3 {
        assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(1.0), "{}", daemon.log());
    }
    let clients = redis.client_list();
    let ours = clients.iter().find(|client| client["name"] == "redwasp").unwrap();
    assert_eq!(ours["resp"], "2");
    let errors = redis.info_field("total_error_replies");
    redis.cli(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(1.0));
    assert_eq!(redis.info_field("total_error_replies"), errors, "HELLO was tried again");
}

#[test]
fn reading_causes_no_error_replies() {
    let redis = Redis::start();
    let daemon = daemon_for(&redis);
    for _ in 0..3 {
        daemon.scrape("/metrics");
    }
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn a_change_of_role_is_followed_on_the_same_connection() {
    let primary = Redis::start();
    let server = Redis::start();
    let daemon = daemon_for(&server);
    daemon.scrape("/metrics");
    server.cli(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    wait::until("the replica is connected", wait::PATIENCE, || {
        (server.info_field("master_link_status") == "up").then_some(())
    });
    let page = daemon.scrape("/metrics");
    assert_eq!(page.value("redis_slave_priority", &[]), Some(100.0));
    assert_eq!(daemon.scrape("/metrics").value("redis_slave_priority", &[]), Some(100.0));
    assert_eq!(page.value("redwasp_connections_opened_total", &[]), Some(1.0));
}

#[test]
fn without_address_space_for_a_pool_it_works_all_the_same() {
    let redis = Redis::start();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("limited");
    let text = format!("#!/bin/sh\nulimit -v 2000000\nexec '{}' \"$@\"\n", daemon::redwasp().display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let daemon = Daemon::start_program(&script, &[&format!("--redis.addr={}", redis.url())], &[]);
    let page = daemon.scrape("/metrics");
    assert_eq!(page.value("redwasp_instance_pool", &[]), Some(0.0));
    assert_eq!(page.value("redwasp_collector_success", &[("collector", "info")]), Some(1.0));
    assert_eq!(daemon_for(&redis).scrape("/metrics").value("redwasp_instance_pool", &[]), Some(1.0));
}
