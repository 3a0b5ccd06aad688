//! The fields of INFO that become metrics.
//!
//! Names are redis_exporter's, also where they do not follow the naming guidelines (a gauge that ends in `_total`),
//! so that dashboards keep working. Each HELP text ends with the field it comes from.

mod lookup;

use redwasp_sdk::Kind;

pub(crate) use lookup::position;

/// A field of INFO and the metric it becomes.
pub(crate) struct Field {
    /// As INFO spells it.
    pub(crate) field: &'static str,
    /// Metric name without namespace.
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: Kind,
    /// The field's value is divided by this to get base units.
    pub(crate) divisor: f64,
    /// About the machine, not the server: off unless configured.
    pub(crate) system: bool,
}

/// In INFO's order of sections.
#[rustfmt::skip]
pub(crate) static FIELDS: &[Field] = &[
    // Server
    gauge("process_id", "process_id", "Process ID of the server (process_id)."),
    gauge("uptime_in_seconds", "uptime_in_seconds", "Seconds since the server started (uptime_in_seconds)."),
    gauge("io_threads_active", "io_threads_active", "1 while I/O threads are at work, 0 while the main thread does all I/O (io_threads_active)."),
    // Clients
    gauge("connected_clients", "connected_clients", "Connections of clients, without those of replicas (connected_clients)."),
    gauge("current_client_thread", "current_client_thread", "Number of the KeyDB thread that answered this INFO (current_client_thread)."),
    gauge("maxclients", "max_clients", "Most connections that the server accepts at a time (maxclients)."),
    gauge("client_recent_max_input_buffer", "client_recent_max_input_buffer_bytes", "Bytes of the largest query buffer among recent clients (client_recent_max_input_buffer)."),
    gauge("client_recent_max_output_buffer", "client_recent_max_output_buffer_bytes", "Bytes of the largest output buffer among recent clients (client_recent_max_output_buffer)."),
    gauge("client_longest_output_list", "client_longest_output_list", "Replies in the longest output list of a client, before Redis 5 (client_longest_output_list)."),
    gauge("client_biggest_input_buf", "client_biggest_input_buf", "Bytes in the largest query buffer of a client, before Redis 5 (client_biggest_input_buf)."),
    gauge("blocked_clients", "blocked_clients", "Clients that wait in a blocking command, e.g. BLPOP (blocked_clients)."),
    gauge("tracking_clients", "tracking_clients", "Clients with tracking on, for their own caches (tracking_clients)."),
    gauge("pubsub_clients", "pubsub_clients", "Clients subscribed to channels or patterns (pubsub_clients)."),
    gauge("watching_clients", "watching_clients", "Clients that watch keys for a transaction (watching_clients)."),
    gauge("clients_in_timeout_table", "clients_in_timeout_table", "Blocked clients whose wait has a timeout (clients_in_timeout_table)."),
    gauge("total_watched_keys", "total_watched_keys", "Keys that clients watch (total_watched_keys)."),
    gauge("total_blocking_keys", "total_blocking_keys", "Keys that blocked clients wait for (total_blocking_keys)."),
    gauge("total_blocking_keys_on_nokey", "total_blocking_keys_on_nokey", "Keys whose removal would also wake the clients that wait for them (total_blocking_keys_on_nokey)."),
    // Memory
    gauge("used_memory", "memory_used_bytes", "Bytes that the server's allocator handed out (used_memory)."),
    gauge("used_memory_rss", "memory_used_rss_bytes", "Bytes of the server in physical memory, as the operating system sees it (used_memory_rss)."),
    gauge("used_memory_peak", "memory_used_peak_bytes", "Most bytes that the allocator ever had handed out (used_memory_peak)."),
    gauge("used_memory_overhead", "memory_used_overhead_bytes", "Bytes of buffers and bookkeeping, i.e. not of the data set (used_memory_overhead)."),
    gauge("used_memory_startup", "memory_used_startup_bytes", "Bytes that the server used when it had just started (used_memory_startup)."),
    gauge("used_memory_dataset", "memory_used_dataset_bytes", "Bytes of the data set: used memory without overhead (used_memory_dataset)."),
    gauge("allocator_allocated", "allocator_allocated_bytes", "Bytes allocated, with the allocator's rounding up (allocator_allocated)."),
    gauge("allocator_active", "allocator_active_bytes", "Bytes of the allocator's pages in use, with the gaps in them (allocator_active)."),
    gauge("allocator_resident", "allocator_resident_bytes", "Bytes of the allocator in physical memory, with pages that it could give back (allocator_resident)."),
    gauge("allocator_muzzy", "allocator_muzzy_bytes", "Bytes given back that the operating system takes only when it needs them (allocator_muzzy)."),
    gauge("total_system_memory", "total_system_memory_bytes", "Bytes of memory of the machine (total_system_memory).").system(),
    gauge("used_memory_lua", "memory_used_lua_bytes", "Bytes of the Lua engine for EVAL (used_memory_lua)."),
    gauge("used_memory_vm_eval", "memory_used_vm_eval_bytes", "Bytes of the script engines for EVAL, not part of used memory (used_memory_vm_eval)."),
    gauge("used_memory_scripts_eval", "memory_used_scripts_eval_bytes", "Bytes of overhead for cached EVAL scripts, part of used memory (used_memory_scripts_eval)."),
    gauge("number_of_cached_scripts", "number_of_cached_scripts", "EVAL scripts in the cache (number_of_cached_scripts)."),
    gauge("number_of_functions", "number_of_functions", "Functions in the loaded libraries (number_of_functions)."),
    gauge("number_of_libraries", "number_of_libraries", "Libraries of functions loaded (number_of_libraries)."),
    gauge("used_memory_vm_functions", "memory_used_vm_functions_bytes", "Bytes of the script engines for functions, not part of used memory (used_memory_vm_functions)."),
    gauge("used_memory_vm_total", "memory_used_vm_total", "Bytes of all script engines, not part of used memory (used_memory_vm_total)."),
    gauge("used_memory_functions", "memory_used_functions_bytes", "Bytes of overhead for functions, part of used memory (used_memory_functions)."),
    gauge("used_memory_scripts", "memory_used_scripts_bytes", "Bytes of overhead for cached scripts and functions, part of used memory (used_memory_scripts)."),
    gauge("maxmemory", "memory_max_bytes", "Limit of used memory in bytes, 0 without a limit (maxmemory)."),
    gauge("maxmemory_reservation", "memory_max_reservation_bytes", "Bytes of the limit kept free for other uses than data, on Azure (maxmemory_reservation)."),
    gauge("maxfragmentationmemory_reservation", "memory_max_fragmentation_reservation_bytes", "Bytes of the limit kept free for fragmentation, on Azure (maxfragmentationmemory_reservation)."),
    gauge("maxmemory_desired_reservation", "memory_max_reservation_desired_bytes", "Bytes asked to be kept free for other uses than data, on Azure (maxmemory_desired_reservation)."),
    gauge("maxfragmentationmemory_desired_reservation", "memory_max_fragmentation_reservation_desired_bytes", "Bytes asked to be kept free for fragmentation, on Azure (maxfragmentationmemory_desired_reservation)."),
    gauge("allocator_frag_ratio", "allocator_frag_ratio", "Active by allocated bytes: fragmentation inside the allocator (allocator_frag_ratio)."),
    gauge("allocator_frag_bytes", "allocator_frag_bytes", "Bytes lost to fragmentation inside the allocator (allocator_frag_bytes)."),
    gauge("allocator_rss_ratio", "allocator_rss_ratio", "Resident by active bytes: pages that the allocator could give back (allocator_rss_ratio)."),
    gauge("allocator_rss_bytes", "allocator_rss_bytes", "Bytes of resident pages beyond the active ones (allocator_rss_bytes)."),
    gauge("mem_fragmentation_ratio", "mem_fragmentation_ratio", "Resident by used memory, below 1 when the server is swapped out (mem_fragmentation_ratio)."),
    gauge("mem_fragmentation_bytes", "mem_fragmentation_bytes", "Bytes of resident beyond used memory, negative when swapped out (mem_fragmentation_bytes)."),
    gauge("mem_not_counted_for_evict", "mem_not_counted_for_eviction_bytes", "Bytes of buffers that do not count towards the memory limit (mem_not_counted_for_evict)."),
    gauge("mem_replication_backlog", "mem_replication_backlog_bytes", "Bytes of the replication backlog (mem_replication_backlog)."),
    gauge("mem_total_replication_buffers", "mem_total_replication_buffers_bytes", "Bytes of replication buffers: the backlog and what replicas still have to get (mem_total_replication_buffers)."),
    gauge("mem_clients_slaves", "mem_clients_slaves", "Bytes of the clients that are replicas, beyond what they share with the backlog (mem_clients_slaves)."),
    gauge("mem_clients_normal", "mem_clients_normal", "Bytes of all clients that are not replicas, with their buffers (mem_clients_normal)."),
    gauge("mem_cluster_links", "mem_cluster_links_bytes", "Bytes of the links to other nodes of the cluster (mem_cluster_links)."),
    gauge("mem_aof_buffer", "mem_aof_buffer_bytes", "Bytes of the buffers of the append-only file (mem_aof_buffer)."),
    gauge("mem_overhead_db_hashtable_rehashing", "mem_overhead_db_hashtable_rehashing_bytes", "Bytes that growing or shrinking hash tables of keys take for now (mem_overhead_db_hashtable_rehashing)."),
    gauge("active_defrag_running", "active_defrag_running", "Percentage of CPU that defragmentation aims at, 0 while it does not run (active_defrag_running)."),
    gauge("lazyfree_pending_objects", "lazyfree_pending_objects", "Objects that wait to be freed in the background (lazyfree_pending_objects)."),
    gauge("lazyfreed_objects", "lazyfreed_objects", "Objects freed in the background since the start (lazyfreed_objects)."),
    // Persistence
    gauge("loading", "loading_dump_file", "1 while the server loads its data set and serves no data yet (loading)."),
    gauge("async_loading", "async_loading", "1 while a replica loads a new data set and still serves the old one (async_loading)."),
    gauge("rdb_changes_since_last_save", "rdb_changes_since_last_save", "Changes since the last snapshot (rdb_changes_since_last_save)."),
    gauge("rdb_bgsave_in_progress", "rdb_bgsave_in_progress", "1 while a background save runs (rdb_bgsave_in_progress)."),
    gauge("rdb_last_save_time", "rdb_last_save_timestamp_seconds", "Unix time in seconds of the last good snapshot, or of the start before the first (rdb_last_save_time)."),
    gauge("rdb_last_bgsave_status", "rdb_last_bgsave_status", "1 when the last background save succeeded, 0 when it failed (rdb_last_bgsave_status)."),
    gauge("rdb_last_bgsave_time_sec", "rdb_last_bgsave_duration_sec", "Seconds that the last background save took, -1 before the first (rdb_last_bgsave_time_sec)."),
    gauge("rdb_current_bgsave_time_sec", "rdb_current_bgsave_duration_sec", "Seconds that the background save has run so far, -1 when none runs (rdb_current_bgsave_time_sec)."),
    gauge("rdb_saves", "rdb_saves_total", "Snapshots taken since the start (rdb_saves)."),
    gauge("rdb_last_cow_size", "rdb_last_cow_size_bytes", "Bytes copied on write during the last background save (rdb_last_cow_size)."),
    gauge("rdb_last_load_keys_expired", "rdb_last_load_expired_keys", "Keys dropped as expired when a snapshot was last loaded (rdb_last_load_keys_expired)."),
    gauge("rdb_last_load_keys_loaded", "rdb_last_load_loaded_keys", "Keys loaded when a snapshot was last loaded (rdb_last_load_keys_loaded)."),
    gauge("aof_enabled", "aof_enabled", "1 when the server writes an append-only file (aof_enabled)."),
    gauge("aof_rewrite_in_progress", "aof_rewrite_in_progress", "1 while the append-only file is rewritten (aof_rewrite_in_progress)."),
    gauge("aof_rewrite_scheduled", "aof_rewrite_scheduled", "1 when a rewrite will begin as soon as the running save ends (aof_rewrite_scheduled)."),
    gauge("aof_last_rewrite_time_sec", "aof_last_rewrite_duration_sec", "Seconds that the last rewrite took, -1 before the first (aof_last_rewrite_time_sec)."),
    gauge("aof_current_rewrite_time_sec", "aof_current_rewrite_duration_sec", "Seconds that the rewrite has run so far, -1 when none runs (aof_current_rewrite_time_sec)."),
    gauge("aof_last_bgrewrite_status", "aof_last_bgrewrite_status", "1 when the last rewrite succeeded, 0 when it failed (aof_last_bgrewrite_status)."),
    gauge("aof_last_write_status", "aof_last_write_status", "1 when the last write to the append-only file succeeded, 0 when it failed (aof_last_write_status)."),
    gauge("aof_last_cow_size", "aof_last_cow_size_bytes", "Bytes copied on write during the last rewrite (aof_last_cow_size)."),
    gauge("module_fork_in_progress", "module_fork_in_progress", "1 while a fork of a module runs (module_fork_in_progress)."),
    gauge("module_fork_last_cow_size", "module_fork_last_cow_size", "Bytes copied on write during the last fork of a module (module_fork_last_cow_size)."),
    gauge("aof_current_size", "aof_current_size_bytes", "Bytes of the append-only file (aof_current_size)."),
    gauge("aof_base_size", "aof_base_size_bytes", "Bytes of the append-only file after the last rewrite, or at the start (aof_base_size)."),
    gauge("aof_pending_rewrite", "aof_pending_rewrite", "1 when a rewrite waits for the running save (aof_pending_rewrite)."),
    gauge("aof_buffer_length", "aof_buffer_length", "Bytes that wait to be written to the append-only file (aof_buffer_length)."),
    gauge("aof_rewrite_buffer_length", "aof_rewrite_buffer_length", "Bytes that wait to be appended to the rewritten file, before Redis 7 (aof_rewrite_buffer_length)."),
    gauge("aof_pending_bio_fsync", "aof_pending_bio_fsync", "Syncs to disk that wait in the background queue (aof_pending_bio_fsync)."),
    gauge("aof_delayed_fsync", "aof_delayed_fsync", "Writes that had to wait for a slow sync to disk, since the start (aof_delayed_fsync)."),
    // Stats
    counter("total_connections_received", "connections_received_total", "Connections accepted since the start (total_connections_received)."),
    counter("total_commands_processed", "commands_processed_total", "Commands run since the start (total_commands_processed)."),
    counter("total_net_input_bytes", "net_input_bytes_total", "Bytes read from the network, replication included (total_net_input_bytes)."),
    counter("total_net_output_bytes", "net_output_bytes_total", "Bytes written to the network, replication included (total_net_output_bytes)."),
    counter("total_net_repl_input_bytes", "net_repl_input_bytes_total", "Bytes read from the network for replication (total_net_repl_input_bytes)."),
    counter("total_net_repl_output_bytes", "net_repl_output_bytes_total", "Bytes written to the network for replication (total_net_repl_output_bytes)."),
    counter("rejected_connections", "rejected_connections_total", "Connections refused because there were too many (rejected_connections)."),
    gauge("sync_full", "replica_resyncs_full", "Full synchronizations with replicas since the start (sync_full)."),
    gauge("sync_partial_ok", "replica_partial_resync_accepted", "Partial synchronizations granted to replicas since the start (sync_partial_ok)."),
    gauge("sync_partial_err", "replica_partial_resync_denied", "Partial synchronizations refused to replicas since the start (sync_partial_err)."),
    counter("expired_subkeys", "expired_subkeys_total", "Hash fields removed because their time to live was over (expired_subkeys)."),
    counter("expired_keys", "expired_keys_total", "Keys removed because their time to live was over (expired_keys)."),
    gauge("expired_stale_perc", "expired_stale_percentage", "Estimated percentage of keys with a time to live that expired but are still there (expired_stale_perc)."),
    counter("expired_time_cap_reached_count", "expired_time_cap_reached_total", "Expire cycles that stopped early because their time was up (expired_time_cap_reached_count)."),
    counter("expire_cycle_cpu_milliseconds", "expire_cycle_cpu_time_ms_total", "Milliseconds spent in expire cycles (expire_cycle_cpu_milliseconds)."),
    counter("evicted_keys", "evicted_keys_total", "Keys evicted to stay within the memory limit (evicted_keys)."),
    counter("evicted_clients", "evicted_clients_total", "Clients disconnected to stay within the limit for the memory of clients (evicted_clients)."),
    counter("evicted_scripts", "evicted_scripts_total", "EVAL scripts evicted from the cache (evicted_scripts)."),
    counter("total_eviction_exceeded_time", "eviction_exceeded_time_ms_total", "Milliseconds during which used memory was above its limit (total_eviction_exceeded_time)."),
    gauge("current_eviction_exceeded_time", "current_eviction_exceeded_time_ms", "Milliseconds since used memory rose above its limit, 0 while it is below (current_eviction_exceeded_time)."),
    counter("keyspace_hits", "keyspace_hits_total", "Reads that found their key (keyspace_hits)."),
    counter("keyspace_misses", "keyspace_misses_total", "Reads that did not find their key (keyspace_misses)."),
    gauge("pubsub_channels", "pubsub_channels", "Channels with subscribers (pubsub_channels)."),
    gauge("pubsub_patterns", "pubsub_patterns", "Patterns with subscribers (pubsub_patterns)."),
    gauge("pubsubshard_channels", "pubsubshard_channels", "Shard channels with subscribers (pubsubshard_channels)."),
    gauge("latest_fork_usec", "latest_fork_seconds", "Seconds that the latest fork took (latest_fork_usec).").divided_by(1e6),
    gauge("migrate_cached_sockets", "migrate_cached_sockets_total", "Connections kept open for further MIGRATE (migrate_cached_sockets)."),
    gauge("slave_expires_tracked_keys", "slave_expires_tracked_keys", "Keys with a time to live that clients wrote to this replica, if it is writable (slave_expires_tracked_keys)."),
    gauge("active_defrag_hits", "defrag_hits", "Values that defragmentation moved, since the start (active_defrag_hits)."),
    gauge("active_defrag_misses", "defrag_misses", "Values that defragmentation looked at and left in place, since the start (active_defrag_misses)."),
    gauge("active_defrag_key_hits", "defrag_key_hits", "Keys of which defragmentation moved something, since the start (active_defrag_key_hits)."),
    gauge("active_defrag_key_misses", "defrag_key_misses", "Keys of which defragmentation moved nothing, since the start (active_defrag_key_misses)."),
    gauge("tracking_total_keys", "tracking_total_keys", "Keys remembered for clients with tracking (tracking_total_keys)."),
    gauge("tracking_total_items", "tracking_total_items", "Pairs of key and client remembered for tracking (tracking_total_items)."),
    gauge("tracking_total_prefixes", "tracking_total_prefixes", "Key prefixes that clients track in broadcast mode (tracking_total_prefixes)."),
    counter("unexpected_error_replies", "unexpected_error_replies", "Errors while loading the append-only file or applying replication (unexpected_error_replies)."),
    counter("total_error_replies", "total_error_replies", "Error replies, to rejected as well as to failed commands (total_error_replies)."),
    counter("dump_payload_sanitizations", "dump_payload_sanitizations", "Deep integrity checks of payloads, e.g. of RESTORE (dump_payload_sanitizations)."),
    counter("total_reads_processed", "total_reads_processed", "Times that the server read from clients (total_reads_processed)."),
    counter("total_writes_processed", "total_writes_processed", "Times that the server wrote to clients (total_writes_processed)."),
    counter("io_threaded_reads_processed", "io_threaded_reads_processed", "Times that I/O threads read from clients (io_threaded_reads_processed)."),
    counter("io_threaded_writes_processed", "io_threaded_writes_processed", "Times that I/O threads wrote to clients (io_threaded_writes_processed)."),
    counter("client_query_buffer_limit_disconnections", "client_query_buffer_limit_disconnections_total", "Clients disconnected because of the size of their query buffer (client_query_buffer_limit_disconnections)."),
    counter("client_output_buffer_limit_disconnections", "client_output_buffer_limit_disconnections_total", "Clients disconnected because of the size of their output buffer (client_output_buffer_limit_disconnections)."),
    counter("reply_buffer_shrinks", "reply_buffer_shrinks_total", "Times that a client's reply buffer was made smaller (reply_buffer_shrinks)."),
    counter("reply_buffer_expands", "reply_buffer_expands_total", "Times that a client's reply buffer was made larger (reply_buffer_expands)."),
    counter("eventloop_cycles", "eventloop_cycles_total", "Cycles of the event loop (eventloop_cycles)."),
    counter("eventloop_duration_sum", "eventloop_duration_sum_usec_total", "Microseconds spent in the event loop, without waiting for events (eventloop_duration_sum)."),
    counter("eventloop_duration_cmd_sum", "eventloop_duration_cmd_sum_usec_total", "Microseconds that the event loop spent running commands (eventloop_duration_cmd_sum)."),
    gauge("instantaneous_eventloop_cycles_per_sec", "instantaneous_eventloop_cycles_per_sec", "Cycles of the event loop per second, lately (instantaneous_eventloop_cycles_per_sec)."),
    gauge("instantaneous_eventloop_duration_usec", "instantaneous_eventloop_duration_usec", "Microseconds that a cycle of the event loop takes on average, lately (instantaneous_eventloop_duration_usec)."),
    counter("acl_access_denied_auth", "acl_access_denied_auth_total", "Failed authentications (acl_access_denied_auth)."),
    counter("acl_access_denied_cmd", "acl_access_denied_cmd_total", "Commands refused because the user may not run them (acl_access_denied_cmd)."),
    counter("acl_access_denied_key", "acl_access_denied_key_total", "Commands refused because the user may not access the key (acl_access_denied_key)."),
    counter("acl_access_denied_channel", "acl_access_denied_channel_total", "Commands refused because the user may not access the channel (acl_access_denied_channel)."),
    counter("cached_keys", "cached_keys_total", "Keys that KeyDB holds in memory in front of its storage (cached_keys)."),
    counter("storage_provider_read_hits", "storage_provider_read_hits", "Keys that KeyDB found in its storage after missing them in memory (storage_provider_read_hits)."),
    counter("storage_provider_read_misses", "storage_provider_read_misses", "Keys that KeyDB found neither in memory nor in its storage (storage_provider_read_misses)."),
    // Replication
    gauge("slave_priority", "slave_priority", "Order of preference in a failover: the lowest goes first, 0 never (slave_priority)."),
    gauge("connected_slaves", "connected_slaves", "Replicas connected to this server (connected_slaves)."),
    gauge("master_repl_offset", "master_repl_offset", "Replication offset of the server in bytes (master_repl_offset)."),
    gauge("second_repl_offset", "second_repl_offset", "Offset up to which the former primary's replicas may go on, -1 without one (second_repl_offset)."),
    gauge("repl_backlog_active", "repl_backlog_is_active", "1 when there is a replication backlog (repl_backlog_active)."),
    gauge("repl_backlog_size", "replication_backlog_bytes", "Bytes that the replication backlog may hold (repl_backlog_size)."),
    gauge("repl_backlog_first_byte_offset", "repl_backlog_first_byte_offset", "Replication offset of the oldest byte in the backlog (repl_backlog_first_byte_offset)."),
    gauge("repl_backlog_histlen", "repl_backlog_history_bytes", "Bytes of history in the replication backlog (repl_backlog_histlen)."),
    // CPU
    counter("used_cpu_sys", "cpu_sys_seconds_total", "Seconds of system CPU time of the server, all threads (used_cpu_sys)."),
    counter("used_cpu_user", "cpu_user_seconds_total", "Seconds of user CPU time of the server, all threads (used_cpu_user)."),
    counter("used_cpu_sys_children", "cpu_sys_children_seconds_total", "Seconds of system CPU time of background processes that ended (used_cpu_sys_children)."),
    counter("used_cpu_user_children", "cpu_user_children_seconds_total", "Seconds of user CPU time of background processes that ended (used_cpu_user_children)."),
    gauge("server_threads", "server_threads_total", "Threads of KeyDB that serve clients (server_threads)."),
    gauge("long_lock_waits", "long_lock_waits_total", "Times that a KeyDB thread had to wait long for a lock (long_lock_waits)."),
    counter("used_cpu_sys_main_thread", "cpu_sys_main_thread_seconds_total", "Seconds of system CPU time of the main thread (used_cpu_sys_main_thread)."),
    counter("used_cpu_user_main_thread", "cpu_user_main_thread_seconds_total", "Seconds of user CPU time of the main thread (used_cpu_user_main_thread)."),
    counter("used_active_time_main_thread", "active_time_main_thread_seconds_total", "Seconds during which the main thread worked rather than waited for events (used_active_time_main_thread)."),
];

const fn gauge(field: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { field, name, help, kind: Kind::Gauge, divisor: 1.0, system: false }
}

const fn counter(field: &'static str, name: &'static str, help: &'static str) -> Field {
    Field { field, name, help, kind: Kind::Counter, divisor: 1.0, system: false }
}

impl Field {
    const fn divided_by(self, divisor: f64) -> Field {
        Field { divisor, ..self }
    }

    const fn system(self) -> Field {
        Field { system: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn fields_and_names_are_unique() {
        let mut fields = HashSet::new();
        let mut names = HashSet::new();
        for field in FIELDS {
            assert!(fields.insert(field.field), "two rows for the field {}", field.field);
            assert!(names.insert(field.name), "two rows for the metric {}", field.name);
        }
    }

    #[test]
    fn help_ends_with_the_field() {
        for field in FIELDS {
            assert!(field.help.ends_with(&format!(" ({}).", field.field)), "{}", field.help);
        }
    }

    const BEGIN: &str = "<!-- metrics: begin -->\n";
    const END: &str = "<!-- metrics: end -->\n";

    #[test]
    fn the_readme_lists_the_fields() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once(BEGIN).expect("README.md has the mark before the table");
        let (listed, after) = rest.split_once(END).expect("README.md has the mark after the table");
        let table = table();
        if redwasp_sdk::testing::accepting() {
            std::fs::write(path, [before, BEGIN, &table, END, after].concat()).unwrap();
        } else if listed != table {
            let same = listed.lines().zip(table.lines()).take_while(|(listed, row)| listed == row).count();
            let row = |text: &str| text.lines().nth(same).unwrap_or("nothing").to_owned();
            let (listed, row) = (row(listed), row(&table));
            panic!("README.md has {listed} where FIELDS gives {row}; run with UPDATE_GOLDEN=1 to accept");
        }
    }

    fn table() -> String {
        let mut table = String::from("\n| Metric | Type | INFO field |\n|---|---|---|\n");
        for field in FIELDS {
            let kind = if field.kind == Kind::Counter { "counter" } else { "gauge" };
            table += &format!("| `redis_{}` | {kind} | `{}`{} |\n", field.name, field.field, remark(field));
        }
        table + "\n"
    }

    fn remark(field: &Field) -> String {
        match (field.system, field.divisor == 1.0) {
            (true, _) => ", with `system_metrics`".to_owned(),
            (false, true) => String::new(),
            (false, false) => format!(" / {}", field.divisor),
        }
    }
}
