//! What two exporters say of a server that goes on between their looks at it.

use super::{Difference, begins, compare, is_of_server};
use crate::page::Page;

/// Beginnings of families that redwasp makes of what other commands than INFO tell, and redis_exporter 1.86 does not.
const MORE: [&str; 7] = [
    "redis_cluster_node_",
    "redis_cluster_nodes_seen",
    "redis_cluster_slot_",
    "redis_commandlog_",
    "redis_slowlog_entries_total",
    "redis_slowlog_missed_entries_total",
    "redis_slowlog_slowest_seconds",
];

/// What moves between two scrapes of a server that nobody else uses, by itself or by being scraped. Of INFO,
/// `tests/side_by_side.rs` compares these values all the same, with the text that they came from.
const MOVING: [&str; 49] = [
    "redis_allocator_active_bytes",
    "redis_allocator_allocated_bytes",
    "redis_allocator_frag_bytes",
    "redis_allocator_frag_ratio",
    "redis_allocator_muzzy_bytes",
    "redis_allocator_resident_bytes",
    "redis_allocator_rss_bytes",
    "redis_allocator_rss_ratio",
    "redis_client_recent_max_input_buffer_bytes",
    "redis_client_recent_max_output_buffer_bytes",
    "redis_clients_in_timeout_table",
    "redis_commands_processed_total",
    "redis_connected_clients",
    "redis_connected_slave_lag_seconds",
    "redis_connected_slave_offset_bytes",
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
    "redis_master_last_io_seconds_ago",
    "redis_master_repl_offset",
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
    "redis_net_repl_input_bytes_total",
    "redis_net_repl_output_bytes_total",
    "redis_repl_backlog_history_bytes",
    "redis_reply_buffer_expands_total",
    "redis_reply_buffer_shrinks_total",
    "redis_sentinel_master_last_ok_ping_reply_seconds",
    "redis_slave_repl_offset",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
    "redis_uptime_in_seconds",
];

/// Commands that the exporters send, and those that servers send to one another: their statistics move.
const SENT: [&str; 23] = [
    "auth",
    "client",
    "client|setinfo",
    "client|setname",
    "cluster",
    "cluster|info",
    "cluster|nodes",
    "cluster|slot-stats",
    "command|info",
    "commandlog|len",
    "config",
    "config|get",
    "hello",
    "info",
    "latency",
    "latency|histogram",
    "latency|latest",
    "ping",
    "replconf",
    "select",
    "slowlog",
    "slowlog|get",
    "slowlog|len",
];

/// Beginnings of what moves because nodes of a cluster talk to one another.
const TALK: [&str; 2] = ["redis_cluster_messages_", "redis_cluster_stats_"];

/// Whether a difference is one between two moments.
pub fn moves(difference: &Difference) -> bool {
    let of_sent = difference.labels.get("cmd").is_some_and(|cmd| SENT.contains(&cmd.as_str()));
    let both_have_it = difference.ours.is_some() && difference.theirs.is_some();
    let name = difference.name.as_str();
    both_have_it && (MOVING.contains(&name) || begins(name, &TALK) || of_sent)
        // The buckets that a histogram has are those in which something is.
        || of_sent && name.ends_with("_bucket")
}

/// Sums of histograms, which redis_exporter finds for names of letters, digits and bars alone.
const SUM: &str = "redis_commands_latencies_usec_sum";

fn is_lost_sum(difference: &Difference) -> bool {
    let is_odd = |cmd: &String| cmd.contains(|char: char| !char.is_ascii_alphanumeric() && char != '|');
    let is_lost = difference.theirs.as_deref() == Some("0.0");
    difference.name == SUM && is_lost && difference.labels.get("cmd").is_some_and(is_odd)
}

/// What one page says of a live server otherwise than the other, of all commands, but for what moves and for sums that
/// redis_exporter does not find. A page of theirs that is newer than 1.86 may have other families.
pub fn live_differences(ours: &Page, theirs: &Page, is_newer: bool) -> Vec<Difference> {
    let is_compared = |name: &str| is_of_server(name) && !begins(name, &MORE);
    let mut differences = compare(ours, theirs, is_compared, is_newer);
    differences.retain(|difference| !moves(difference) && !is_lost_sum(difference));
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ours: &str, theirs: &str) -> usize {
        let [ours, theirs] = [ours, theirs].map(|text| Page::parse(text).unwrap());
        live_differences(&ours, &theirs, false).len()
    }

    fn histogram(cmd: &str, bound: u32, count: u32, sum: u32) -> String {
        let name = "redis_commands_latencies_usec";
        format!(
            "# TYPE {name} histogram\n{name}_bucket{{cmd=\"{cmd}\",le=\"{bound}\"}} {count}\n\
            {name}_bucket{{cmd=\"{cmd}\",le=\"+Inf\"}} {count}\n\
            {name}_sum{{cmd=\"{cmd}\"}} {sum}\n{name}_count{{cmd=\"{cmd}\"}} {count}\n"
        )
    }

    #[test]
    fn other_commands_than_info_count() {
        let config = |value| format!("# TYPE redis_config_maxclients gauge\nredis_config_maxclients {value}\n");
        assert_eq!((found(&config(1), &config(1)), found(&config(1), &config(2)), found(&config(1), "")), (0, 1, 1));
        assert_eq!(found("# TYPE redis_slowlog_slowest_seconds gauge\nredis_slowlog_slowest_seconds 1\n", ""), 0);
        assert_eq!(found(&histogram("get", 8, 1, 5), &histogram("get", 8, 2, 5)), 3);
        assert_eq!(found(&histogram("get", 8, 1, 5), &histogram("get", 16, 1, 5)), 2);
    }

    #[test]
    fn what_moves_has_to_be_there() {
        let uptime = |value| format!("# TYPE redis_uptime_in_seconds gauge\nredis_uptime_in_seconds {value}\n");
        assert_eq!((found(&uptime(1), &uptime(2)), found(&uptime(1), "")), (0, 1));
        assert_eq!(found(&histogram("info", 8, 1, 5), &histogram("info", 16, 2, 9)), 0);
    }

    #[test]
    fn sums_count_unless_redis_exporter_loses_them() {
        let sums = |cmd, sum| found(&histogram(cmd, 8, 1, 5), &histogram(cmd, 8, 1, sum));
        assert_eq!((sums("get", 0), sums("eval_ro", 0), sums("eval_ro", 4)), (1, 0, 1));
    }
}
