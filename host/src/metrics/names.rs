//! Names of metrics and labels (<https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>).

use super::qualified;

/// Whether this can be the name of a metric, or of a label that is not Prometheus's own. Prometheus also takes colons in
/// metric names, but they are for recording rules.
pub fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What every exporter says of its process
/// (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>). Without a namespace, `process_id` is
/// the server's.
const PROCESS: [&str; 10] = [
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_network_receive_bytes_total",
    "process_network_transmit_bytes_total",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "process_virtual_memory_bytes",
    "process_virtual_memory_max_bytes",
];

/// What the daemon says of itself. Under a namespace that begins so, other names are the servers'.
pub const OWN: &[&str] = &[
    "redwasp_circuit_refusals_total",
    "redwasp_circuits_open",
    "redwasp_circuits_opened_total",
    "redwasp_collector_calls_total",
    "redwasp_collector_commands_total",
    "redwasp_collector_cpu_seconds_total",
    "redwasp_collector_cut_label_values_total",
    "redwasp_collector_denied_commands_total",
    "redwasp_collector_dropped_log_lines_total",
    "redwasp_collector_dropped_samples_total",
    "redwasp_collector_duration_seconds",
    "redwasp_collector_peak_memory_bytes",
    "redwasp_collector_phase_seconds_total",
    "redwasp_collector_quarantined",
    "redwasp_collector_reply_bytes_total",
    "redwasp_collector_samples",
    "redwasp_collector_snapshot_age_seconds",
    "redwasp_collector_success",
    "redwasp_compilations_total",
    "redwasp_compile_cache_failures_total",
    "redwasp_compile_cache_hits_total",
    "redwasp_config_last_reload_success_timestamp_seconds",
    "redwasp_config_last_reload_successful",
    "redwasp_connection_failures_total",
    "redwasp_connection_pings_total",
    "redwasp_connections",
    "redwasp_connections_closed_total",
    "redwasp_connections_limit",
    "redwasp_connections_opened_total",
    "redwasp_guest_calls",
    "redwasp_guest_calls_limit",
    "redwasp_instance_pool",
    "redwasp_plugin_generation",
    "redwasp_plugin_info",
    "redwasp_plugin_load_failures_total",
    "redwasp_plugin_problem",
    "redwasp_tasks",
];

/// What the daemon says of a target, under its namespace.
pub const OF_EXPORTER: [&str; 3] = ["rdb_current_size_bytes", "target_scrape_request_errors_total", "up"];

/// How the other names begin that it has under its namespace.
pub const EXPORTER: &str = "exporter_";

/// Whether the host itself has a metric of that name.
pub fn is_the_hosts(name: &str, namespace: &str) -> bool {
    let of_exporter = OF_EXPORTER.iter().any(|own| name == qualified(namespace, own));
    let begins = name.starts_with(&qualified(namespace, EXPORTER));
    of_exporter || begins || OWN.contains(&name) || PROCESS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_names_are_the_hosts() {
        for name in ["redis_up", "redis_exporter_x", "redwasp_tasks", "process_open_fds"] {
            assert!(is_the_hosts(name, "redis"), "{name}");
        }
        assert!(is_the_hosts("redis_target_scrape_request_errors_total", "redis"));
        assert!(is_the_hosts("up", ""));
        for (name, namespace) in
            [("process_id", ""), ("redis_uptime", "redis"), ("up", "redis"), ("redwasp_x", "redwasp")]
        {
            assert!(!is_the_hosts(name, namespace), "{name}");
        }
    }
}
