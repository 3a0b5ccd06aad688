//! Addresses, passwords, pages, and what INFO tells.

use crate::{Case, Given, case};

pub(crate) const URL: &str = "--redis.addr=redis://{host}";

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("a server and no flags", Given::Redis, &[URL])
        .has(&["redis_up 1", "redis_exporter_last_scrape_error{err=\"\"} 0", "redis_exporter_last_scrape_connect_time_seconds "])
        .no(&["redis_exporter_last_scrape_ping_time_seconds", "redis_total_system_memory_bytes"]),
    case("a socket that is not there", Given::Nobody, &["--redis.addr=unix:///tmp/doesnt.exist"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"unix:///tmp/doesnt.exist: cannot connect", "redis_exporter_scrapes_total 1"])
        .no(&["redis_instance_info", "redis_db_keys"]),
    case("a wrong password in the address", Given::Password, &["--redis.addr=redis://:wrong@{host}"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"redis://{host}: WRONGPASS"])
        .no(&["redis_instance_info"]),
    case("no password for a server that wants one", Given::Password, &[URL])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"redis://{host}: NOAUTH Authentication required.\"} 1"]),
    case("a password for a server that wants none", Given::Redis, &[URL, "--redis.password=secret"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"redis://{host}: ERR AUTH <password> called without any password configured"]),
    case("a password in the address", Given::Password, &["--redis.addr=redis://:secret@{host}"]),
    case("a lone word before the @ is the password", Given::Password, &["--redis.addr=redis://secret@{host}"]),
    case("a password in a flag", Given::Password, &[URL, "--redis.password=secret"]),
    case("a user with few rights", Given::Acl, &[URL, "--redis.user=exporter", "--redis.password=secret"])
        .has(&["redis_up 1", "redis_db_keys{db=\"db0\"} 0", "redis_db_keys{db=\"db15\"} 0"])
        .no(&["redis_db_keys{db=\"db16\"}"]),
    case("a user and a password in the address", Given::Acl, &["--redis.addr=redis://exporter:secret@{host}"]),
    case("host and port", Given::Redis, &["--redis.addr={host}"]),
    case("a name and a port", Given::Redis, &["--redis.addr=localhost:{port}"]),
    case("tcp://", Given::Redis, &["--redis.addr=tcp://{host}"]),
    case("valkey://", Given::Redis, &["--redis.addr=valkey://{host}"]),
    case("no target", Given::Nobody, &["--redis.addr="])
        .has(&["redis_exporter_scrapes_total 0", "redis_target_scrape_request_errors_total 0", "redis_exporter_build_info{", "process_resident_memory_bytes "])
        .no(&["redis_up", "redis_exporter_last_scrape"]),
    case("system metrics", Given::Redis, &[URL, "--include-system-metrics"])
        .has(&["redis_total_system_memory_bytes "]),
    case("metrics of the process", Given::Redis, &[URL])
        .has(&["redis_exporter_build_info{", "process_resident_memory_bytes ", "process_network_receive_bytes_total "]),
    case("only metrics of Redis", Given::Redis, &[URL, "--redis-only-metrics"])
        .has(&["redis_up 1", "redis_exporter_scrapes_total 1"])
        .no(&["redis_exporter_build_info", "process_", "go_"]),
    case("Go runtime metrics, which nobody has", Given::Redis, &[URL, "--include-go-runtime-metrics"]).no(&["go_"]),
    case("the role on every line", Given::Redis, &[URL, "--append-instance-role-label", "--ping-on-connect"])
        .has(&["redis_up{instance_role=\"master\"} 1", "redis_instance_info{instance_role=\"master\",", "redis_exporter_last_scrape_error{err=\"\",instance_role=\"master\"} 0", "redis_exporter_last_scrape_connect_time_seconds ", "redis_exporter_last_scrape_ping_time_seconds ", "redis_exporter_scrapes_total 1"])
        .no(&["redis_up ", "redis_connected_clients "]),
    case("the role of a replica", Given::Replica, &[URL, "--append-instance-role-label"])
        .has(&["redis_up{instance_role=\"slave\"} 1", "redis_slave_info{instance_role=\"slave\","]),
    case("a PING", Given::Redis, &[URL, "--ping-on-connect"])
        .has(&["redis_up 1", "redis_exporter_last_scrape_ping_time_seconds ", "redis_exporter_last_scrape_connect_time_seconds "]),
    case("a PING that is refused", Given::Acl, &[URL, "--redis.user=exporter", "--redis.password=secret", "--ping-on-connect"])
        .no(&["redis_exporter_last_scrape_ping_time_seconds"]),
    case("databases without keys", Given::Redis, &[URL])
        .has(&["redis_db_keys{db=\"db10\"} 0", "redis_db_keys_expiring{db=\"db15\"} 0"]).no(&["redis_db_keys{db=\"db16\"}"]),
    case("no databases without keys", Given::Redis, &[URL, "--include-metrics-for-empty-databases=false"])
        .has(&["redis_db_keys{db=\"db0\"} 1"]).no(&["redis_db_keys{db=\"db10\"}"]),
    case("latency percentiles", Given::Redis, &[URL])
        .has(&["redis_latency_percentiles_usec{cmd=\"set\",quantile=\"50\"}", "redis_latency_percentiles_usec{cmd=\"set\",quantile=\"99.9\"}", "redis_latency_percentiles_usec_count{cmd=\"set\"} 1"]),
    case("no latency percentiles before 7.0, but failed calls", Given::Redis62, &[URL])
        .has(&["redis_commands_total{cmd=\"set\"} 1", "redis_commands_failed_calls_total{cmd=\"incr\"} 1", "redis_commands_rejected_calls_total{cmd=\"get\"} 1", "redis_errors_total{err=\"ERR\"} "])
        .no(&["redis_latency_percentiles_usec"]),
    case("Valkey", Given::Valkey91, &[URL])
        .has(&["redis_up 1", "redis_active_time_main_thread_seconds_total ", "redis_tls_certificate_info{certificate=\"server\",serial=\"none\"} 1", "redis_scripting_engine_info{"]),
    case("a replica", Given::Replica, &[URL])
        .has(&["redis_slave_info{master_host=\"127.0.0.1\"", "redis_master_link_up{", "redis_master_last_io_seconds_ago{master_host=\"127.0.0.1\"", "redis_slave_repl_offset{"]),
    case("a node of a cluster", Given::ClusterNode, &[URL])
        .has(&["redis_cluster_enabled 1", "redis_master_repl_offset ", "redis_instance_info{", "redis_db_keys{db=\"db0\"} 0"])
        .no(&["redis_db_keys{db=\"db1\"}", "redis_slave_info"]),
    case("another namespace", Given::Redis, &[URL, "--namespace=x"]).has(&["x_up 1", "x_process_id ", "x_exporter_scrapes_total 1"]).no(&["redis_"]),
    case("no namespace", Given::Redis, &[URL, "--namespace="]).has(&["up 1", "process_id ", "exporter_scrapes_total 1", "connected_clients "]).no(&["redis_", "_up"]),
    case("a target in the request", Given::Redis, &["--redis.addr="]).get("/scrape?target={host}", 200)
        .has(&["redis_up 1", "redis_exporter_scrapes_total 1", "redis_exporter_build_info{"]).no(&["process_"]),
    case("no target in the request", Given::Redis, &[URL]).get("/scrape", 400).has(&["'target' parameter must be specified"]),
    case("an empty target", Given::Redis, &[URL]).get("/scrape?target=", 400).has(&["'target' parameter must be specified"]),
    case("a target without a scheme's name", Given::Redis, &[URL]).get("/scrape?target=://nope", 400).has(&["Invalid 'target' parameter, parse err: "]),
    case("a target whose port is none", Given::Redis, &[URL]).get("/scrape?target=127.0.0.1:6379-", 400).has(&["Invalid 'target' parameter, parse err: "]),
    case("no /scrape", Given::Redis, &[URL, "--disable-scrape-endpoint"]).get("/scrape?target={host}", 404).has(&["404 page not found"]),
    case("a page that is not there", Given::Redis, &[URL]).get("/nope", 404).has(&["404 page not found"]),
    case("another path of the page", Given::Redis, &[URL, "--web.telemetry-path=/m"]).get("/m", 200),
    case("the usual path, when it is another", Given::Redis, &[URL, "--web.telemetry-path=/m"]).get("/metrics", 404).has(&["404"]),
    case("the landing page", Given::Redis, &[URL]).get("/", 200).has(&["<!DOCTYPE html>"]),
    case("health", Given::Nobody, &["--redis.addr=unix:///tmp/doesnt.exist"]).get("/health", 200).has(&["ok"]),
    case("KeyDB", Given::Text("keydb"), &[URL])
        .has(&["redis_db_keys_cached{db=\"db0\"} ", "redis_storage_provider_read_hits ", "redis_server_threads_total "]),
    case("several primaries of a KeyDB", Given::Text("keydb-multi-replica"), &[URL])
        .has(&["redis_master_link_up{master_host=\""]),
    case("Dragonfly", Given::Text("dragonfly"), &[URL]).has(&["redis_up 1", "redis_db_keys{db=\"db0\"} "]),
    case("fields that were asked for", Given::Redis, &[URL, "--include-info-fields=instantaneous_*_kbps,used_memory_peak_perc"])
        .has(&["redis_instantaneous_input_kbps ", "redis_used_memory_peak_perc "]).no(&["redis_instantaneous_ops_per_sec"]),
];
