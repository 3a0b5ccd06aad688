//! The collector against text that the test reads itself, and against refusals.

use std::collections::BTreeSet;

use redwasp_info::InfoCollector;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Failure, Refusal};

const PRIMARY: &[u8] = include_bytes!("../testdata/redis-7.0-primary.txt");
const REPLICA: &[u8] = include_bytes!("../testdata/redis-7.0-replica.txt");
const FAILED_SAVE: &[u8] = include_bytes!("../testdata/redis-6.2-failed-save.txt");
const VALKEY: &[u8] = include_bytes!("../testdata/valkey-9.1-standalone.txt");
const UGLY: &[u8] = include_bytes!("../testdata/ugly.txt");

fn bench(reply: Vec<u8>) -> Bench {
    Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", reply)
}

fn page(info: &[u8]) -> Page {
    bench(testing::bulk(info)).collect::<InfoCollector>("{}").unwrap()
}

/// What stands behind `\n<field>:`.
fn raw(info: &[u8], field: &str) -> f64 {
    let text = String::from_utf8_lossy(info);
    let begin = text.find(&format!("\n{field}:")).unwrap() + field.len() + 2;
    let length = text[begin..].find("\r\n").unwrap();
    text[begin..begin + length].parse().unwrap()
}

#[test]
fn values_are_those_of_the_text() {
    let fields = [
        ("process_id", "process_id", 1.0),
        ("uptime_in_seconds", "uptime_in_seconds", 1.0),
        ("connected_clients", "connected_clients", 1.0),
        ("maxclients", "max_clients", 1.0),
        ("used_memory", "memory_used_bytes", 1.0),
        ("used_memory_rss", "memory_used_rss_bytes", 1.0),
        ("maxmemory", "memory_max_bytes", 1.0),
        ("mem_fragmentation_ratio", "mem_fragmentation_ratio", 1.0),
        ("rdb_last_save_time", "rdb_last_save_timestamp_seconds", 1.0),
        ("rdb_current_bgsave_time_sec", "rdb_current_bgsave_duration_sec", 1.0),
        ("total_commands_processed", "commands_processed_total", 1.0),
        ("total_net_output_bytes", "net_output_bytes_total", 1.0),
        ("keyspace_hits", "keyspace_hits_total", 1.0),
        ("latest_fork_usec", "latest_fork_seconds", 1e6),
        ("sync_full", "replica_resyncs_full", 1.0),
        ("repl_backlog_size", "replication_backlog_bytes", 1.0),
        ("second_repl_offset", "second_repl_offset", 1.0),
        ("used_cpu_user", "cpu_user_seconds_total", 1.0),
    ];
    for info in [PRIMARY, REPLICA, FAILED_SAVE, VALKEY] {
        let page = page(info);
        for (field, metric, divisor) in fields {
            assert_eq!(page.value(metric, &[]), Some(raw(info, field) / divisor), "{field}");
        }
    }
}

#[test]
fn a_fork_is_measured_in_seconds() {
    let page = page(b"# Stats\r\nlatest_fork_usec:1204\r\n");
    assert_eq!(page.value("latest_fork_seconds", &[]), Some(0.001204));
}

#[test]
fn words_are_zero_and_one() {
    let page = page(FAILED_SAVE);
    assert_eq!(page.value("rdb_last_bgsave_status", &[]), Some(0.0));
    assert_eq!(page.value("aof_last_write_status", &[]), Some(1.0));
}

#[test]
fn what_is_no_number_gives_no_sample() {
    let page = page(UGLY);
    for metric in ["process_id", "io_threads_active", "connected_clients", "memory_used_peak_bytes", "aof_enabled"] {
        assert_eq!(page.value(metric, &[]), None, "{metric}");
    }
    assert_eq!(page.value("blocked_clients", &[]), Some(-3.0));
    assert_eq!(page.value("cpu_user_children_seconds_total", &[]), Some(2.25), "the line without an end");
    assert!(!page.text("redis").contains("not_in_any_list"));
}

#[test]
fn a_field_that_is_not_there_gives_no_sample() {
    assert_eq!(page(PRIMARY).value("slave_priority", &[]), None);
    assert_eq!(page(REPLICA).value("slave_priority", &[]), Some(80.0));
}

#[test]
fn of_an_empty_text_only_the_instance_is_left() {
    let text = page(b"").text("redis");
    let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(samples.len(), 1);
    assert!(samples[0].starts_with("redis_instance_info{master_replid=\"\","), "{text}");
}

#[test]
fn system_metrics_add_the_memory_of_the_machine() {
    let without = page(PRIMARY).text("redis");
    let with =
        bench(testing::bulk(PRIMARY)).collect::<InfoCollector>(r#"{"system_metrics":true}"#).unwrap().text("redis");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let added: Vec<_> = lines(&with).difference(&lines(&without)).cloned().collect();
    let name = "redis_total_system_memory_bytes";
    assert_eq!(added.len(), 3);
    assert!(added[0].starts_with(&format!("# HELP {name} ")));
    assert_eq!(added[1..], [format!("# TYPE {name} gauge"), format!("{name} 17179869184")]);
    assert_eq!(lines(&without).difference(&lines(&with)).count(), 0);
}

#[test]
fn an_error_of_redis_is_passed_on() {
    let error = b"-NOPERM this user has no permissions to run the 'info' command\r\n".to_vec();
    match bench(error).collect::<InfoCollector>("{}") {
        Err(NoPage::Failed(Failure::Redis(CallError::Server(error)))) => assert_eq!(error.code, "NOPERM"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_reply_is_passed_on() {
    let bench = Bench::new(testing::server("redis", "7.0.15")).error("INFO ALL", CallError::Timeout);
    let outcome = bench.collect::<InfoCollector>("{}");
    assert!(matches!(outcome, Err(NoPage::Failed(Failure::Redis(CallError::Timeout)))), "{outcome:?}");
}

#[test]
fn a_reply_that_is_no_text_is_a_failure() {
    let outcome = bench(b"*0\r\n".to_vec()).collect::<InfoCollector>("{}");
    assert!(matches!(outcome, Err(NoPage::Failed(Failure::Other(_)))), "{outcome:?}");
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match bench(testing::bulk(PRIMARY)).collect::<InfoCollector>(r#"{"system_metrisc":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert_eq!(problems.len(), 1);
            assert!(problems[0].message.contains("`system_metrisc`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_value_of_another_type_is_refused_with_its_place() {
    match bench(testing::bulk(PRIMARY)).collect::<InfoCollector>(r#"{"system_metrics":"yes"}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => assert_eq!(problems[0].pointer, "/system_metrics"),
        other => panic!("{other:?}"),
    }
}
