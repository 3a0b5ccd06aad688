//! Scripts, settings, slow commands, clients, modules, sentinels, clusters.

use crate::plain::URL;
use crate::{Case, Given, case};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    case("a script that gives values", Given::Redis, &[URL, "--script={scripts}/pairs.lua"])
        .has(&["redis_script_values{filename=\"{scripts}/pairs.lua\",key=\"a\"} 11", "redis_script_values{filename=\"{scripts}/pairs.lua\",key=\"b\"} 12", "redis_script_result{filename=\"{scripts}/pairs.lua\"} 1"]),
    case("a script that gives nothing", Given::Redis, &[URL, "--script={scripts}/empty.lua"])
        .has(&["redis_up 1", "redis_script_result{filename=\"{scripts}/empty.lua\"} 2"]).no(&["redis_script_values"]),
    case("a script that gives no number costs itself alone", Given::Redis, &[URL, "--script={scripts}/word.lua"])
        .has(&["redis_up 1", "redis_script_result{filename=\"{scripts}/word.lua\"} 0", "redis_exporter_last_scrape_error{err=\"\"} 0"])
        .no(&["redis_script_values"]).log(&["is no number"]),
    case("a script with an error costs itself alone", Given::Redis, &[URL, "--script={scripts}/broken.lua,{scripts}/pairs.lua"])
        .has(&["redis_up 1", "redis_script_result{filename=\"{scripts}/broken.lua\"} 0", "redis_script_result{filename=\"{scripts}/pairs.lua\"} 1", "redis_exporter_last_scrape_error{err=\"\"} 0"])
        .log(&["ERR Error compiling script"]),
    case("a script that writes and may not", Given::Redis, &[URL, "--script={scripts}/writes.lua", "--lua-script-read-only"])
        .has(&["redis_up 1", "redis_script_result{filename=\"{scripts}/writes.lua\"} 0", "redis_db_keys{db=\"db0\"} 1"])
        .log(&["ERR Write commands are not allowed from read-only scripts"]),
    case("all settings", Given::Redis, &[URL, "--include-config-metrics"])
        .has(&["redis_config_key_value{key=\"appendonly\",value=\"no\"} 1", "redis_config_value{key=\"maxclients\"} "])
        .no(&["redis_config_key_value{key=\"requirepass\""]),
    case("not all settings", Given::Redis, &[URL]).no(&["redis_config_key_value", "redis_config_value"]),
    case("no settings of a server that is not asked", Given::Redis, &[URL, "--include-config-metrics", "--config-command=-"]).no(&["redis_config_"]),
    case("a few settings", Given::Redis, &[URL])
        .has(&[
            "redis_config_client_output_buffer_limit_bytes{class=\"normal\",limit=\"hard\"} 0", "redis_config_client_output_buffer_limit_bytes{class=\"normal\",limit=\"soft\"} 0",
            "redis_config_client_output_buffer_limit_bytes{class=\"pubsub\",limit=\"hard\"} 3.3554432e+07", "redis_config_client_output_buffer_limit_bytes{class=\"pubsub\",limit=\"soft\"} 8.388608e+06",
            "redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"hard\"} 2.68435456e+08", "redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"soft\"} 6.7108864e+07",
            "redis_config_client_output_buffer_limit_overcome_seconds{class=\"pubsub\",limit=\"soft\"} 60", "redis_config_repl_backlog_size ", "redis_config_maxmemory 0", "redis_config_maxclients 10000",
        ])
        .no(&["redis_config_client_output_buffer_limit_overcome_seconds{class=\"pubsub\",limit=\"hard\"}"]),
    case("a spike of latency", Given::Slow, &[URL]).has(&["redis_latency_spike_last{event_name=\"command\"} "])
        .least(&[("redis_latency_spike_duration_seconds{event_name=\"command\"}", 0.2)]),
    case("no spike after LATENCY RESET", Given::Forgot, &[URL]).no(&["redis_latency_spike_"]),
    case("a slow command", Given::Slow, &[URL]).least(&[("redis_slowlog_length", 1.0), ("redis_last_slow_execution_duration_seconds", 0.2)]),
    case("no slow command after SLOWLOG RESET", Given::Forgot, &[URL]).has(&["redis_slowlog_length 0", "redis_last_slow_execution_duration_seconds 0"]),
    case("latency histograms", Given::Redis, &[URL])
        .has(&["redis_commands_latencies_usec_bucket{cmd=\"set\",le=\"+Inf\"} 1", "redis_commands_latencies_usec_count{cmd=\"set\"} 1"]),
    case("no latency histograms before 7.0", Given::Redis62, &[URL]).no(&["redis_commands_latencies_usec"]),
    case("clients", Given::Redis80, &[URL, "--export-client-list"])
        .has(&["redis_connected_client_info{db=\"0\",…name=\"redwasp\"", "redis_connected_client_shard_channel_watched_keys{id=\"", "redis_connected_client_output_buffer_memory_usage_bytes{id=\""])
        .no(&["redis_connected_client_info{…port=\""]),
    case("clients with their ports", Given::Redis80, &[URL, "--export-client-list", "--export-client-port"])
        .has(&["redis_connected_client_info{db=\"0\",…port=\""]),
    case("no clients", Given::Redis80, &[URL]).no(&["redis_connected_client_"]),
    case("modules", Given::Modules, &[URL, "--include-modules-metrics"])
        .has(&["redis_module_info{…name=\"search\"", "redis_module_info{…name=\"ReJSON\"", "redis_module_info{…name=\"bf\"", "redis_search_number_of_indexes 1"])
        .no(&["redis_search_index_"]),
    case("no modules", Given::Modules, &[URL]).no(&["redis_module_info", "redis_search_"]),
    case("the module that Redis 8 brings along", Given::Redis80, &[URL, "--include-modules-metrics"])
        .has(&["redis_module_info{…name=\"vectorset\""]).no(&["redis_search_"]),
    case("a search index", Given::Modules, &[URL, "--include-search-indexes-metrics"])
        .has(&["redis_search_index_num_docs{index_name=\"test_index\"} 0", "redis_search_index_percent_indexed{index_name=\"test_index\"} 1"])
        .no(&["redis_module_info"]),
    case("a pattern of search indexes that is none", Given::Nobody, &["--redis.addr=", "--include-search-indexes-metrics", "--check-search-indexes=["])
        .stops("is no regular expression"),
    case("a sentinel", Given::Sentinel, &[URL])
        .has(&[
            "redis_sentinel_masters 1", "redis_sentinel_tilt 0", "redis_sentinel_running_scripts 0", "redis_sentinel_scripts_queue_length 0", "redis_sentinel_simulate_failure_flags 0",
            "redis_sentinel_master_status{master_address=\"{watched}\",master_name=\"orders\",master_status=\"ok\"} 1",
            "redis_sentinel_master_slaves{master_address=\"{watched}\",master_name=\"orders\"} 0", "redis_sentinel_master_sentinels{master_address=\"{watched}\",master_name=\"orders\"} 1",
            "redis_sentinel_master_ok_sentinels{master_address=\"{watched}\",master_name=\"orders\"} 1", "redis_sentinel_master_ok_slaves{master_address=\"{watched}\",master_name=\"orders\"} 0",
            "redis_sentinel_master_ckquorum_status{master_name=\"orders\",message=\"OK 1 usable Sentinels",
            "redis_sentinel_master_setting_ckquorum{master_address=\"{watched}\",master_name=\"orders\"} 1", "redis_sentinel_master_setting_failover_timeout{master_address=\"{watched}\",master_name=\"orders\"} 180000",
            "redis_sentinel_master_setting_parallel_syncs{master_address=\"{watched}\",master_name=\"orders\"} 1", "redis_sentinel_master_setting_down_after_milliseconds{master_address=\"{watched}\",master_name=\"orders\"} 1000",
        ])
        .no(&["redis_sentinel_peer_info", "redis_sentinel_config_"]),
    case("no sentinel", Given::Redis, &[URL, "--include-sentinel-peer-info"]).no(&["redis_sentinel_"]),
    case("the primary of a cluster", Given::ClusterPrimary, &[URL])
        .has(&["redis_instance_info{…role=\"master\"", "redis_master_repl_offset ", "redis_cluster_state 1", "redis_cluster_slots_assigned 16384", "redis_connected_slaves 1"])
        .no(&["redis_slave_info"]),
    case("the replica in a cluster", Given::ClusterReplica, &[URL])
        .has(&["redis_instance_info{…role=\"slave\"", "redis_slave_info{master_host=\"127.0.0.1\"", "redis_master_last_io_seconds_ago{master_host=\"127.0.0.1\"", "redis_cluster_state 1"]),
    case("large requests and replies", Given::Valkey91, &[URL])
        .least(&[("redis_commandlog_large_request_length", 1.0), ("redis_commandlog_large_reply_length", 1.0)])
        .has(&["redis_commandlog_slow_length ", "redis_commandlog_request_larger_than 1000", "redis_commandlog_reply_larger_than 1000"]),
    case("no log of large replies", Given::Redis80, &[URL]).has(&["redis_up 1", "redis_total_error_replies 0"]).no(&["redis_commandlog_"]),
];
