//! Names of fields that are in no list, beside names that are taken.

use std::collections::HashSet;
use std::fs;

use redwasp_info::InfoCollector;
use redwasp_sdk::testing::{self, Bench, Page};

/// The bench refuses a report in which a name is declared twice.
fn page(config: &str, info: impl AsRef<[u8]>) -> Page {
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(info));
    bench.collect::<InfoCollector>(config).unwrap()
}

#[test]
fn no_name_is_declared_twice_when_every_field_is_wanted() {
    for recorded in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).unwrap() {
        let path = recorded.unwrap().path();
        for config in [r#"{"fields":["*"]}"#, r#"{"fields":["*"],"system_metrics":true}"#] {
            let text = page(config, fs::read(&path).unwrap()).text("redis");
            let names: Vec<_> =
                text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
            let unique: HashSet<_> = names.iter().collect();
            assert_eq!(unique.len(), names.len(), "{}: {names:?}", path.display());
        }
    }
}

#[test]
fn fields_with_a_family_of_their_own_are_not_told_again() {
    for config in [r#"{"fields":["*"]}"#, r#"{"fields":["hz"]}"#, r#"{"fields":["configured_*","hz"]}"#] {
        let page = page(config, "# Server\r\nhz:11\r\nconfigured_hz:12\r\nuptime_in_seconds:13\r\n");
        assert_eq!(page.value("hz", &[]), Some(11.0));
        assert_eq!(page.value("configured_hz", &[]), Some(12.0));
        assert_eq!(page.value("start_time_seconds", &[]), Some(-13.0));
        assert_eq!(page.value("uptime_in_seconds", &[]), Some(13.0), "it has a family in the list, too");
        assert!(page.text("redis").contains("# TYPE redis_hz gauge\n"));
    }
    let text = page(r#"{"fields":["hz"]}"#, "# Server\r\nhz:1.5\r\n").text("redis");
    assert!(!text.contains("redis_hz"), "what is no integer there is not told otherwise: {text}");
    let text = page(r#"{"fields":["hz"]}"#, "# Other\r\nhz:9\r\n").text("redis");
    assert!(!text.contains("redis_hz"), "nor what stands elsewhere: {text}");
}

#[test]
fn names_of_the_plan_are_left_out() {
    for name in [
        "hz",
        "start_time_seconds",
        "memory_used_bytes",
        "commands_total",
        "slave_info",
        "instance_info",
        "latency_percentiles_usec",
        "latency_percentiles_usec_sum",
        "latency_percentiles_usec_count",
        "instance-info",
    ] {
        let plain = page("{}", "# Other\r\n").text("redis");
        let text = page(r#"{"fields":["*"]}"#, format!("# Other\r\n{name}:7\r\n")).text("redis");
        assert_eq!(text, plain, "{name}");
    }
}

#[test]
fn of_fields_that_give_one_name_the_first_counts() {
    let lines = "db_x:none\r\ndb_a-b:1\r\ndb_a.b:2\r\ndb_x:3\r\ndb-c:4\r\n";
    let page = page(r#"{"fields":["*"]}"#, format!("# Other\r\n{lines}"));
    let text = page.text("redis");
    assert!(
        text.contains("# HELP redis_db_a_b The field db_a-b of INFO.\n# TYPE redis_db_a_b gauge\nredis_db_a_b 1\n")
    );
    assert_eq!(text.matches("redis_db_a_b").count(), 3, "{text}");
    assert_eq!(page.value("db_x", &[]), Some(3.0), "what is no number counts for nothing");
}

#[test]
fn names_that_cannot_be_are_left_out() {
    let lines = "db_bucket:1\r\ncluster_sum:2\r\n0db:3\r\n:4\r\ndb_count:5\r\n_:6\r\n";
    let page = page(r#"{"fields":["*"]}"#, format!("# Other\r\n{lines}"));
    assert_eq!(page.value("db_count", &[]), Some(5.0), "redis_exporter has such counters");
    assert_eq!(page.value("_", &[]), Some(6.0));
    let samples = page.text("redis").lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(samples, 3, "with instance_info: {}", page.text("redis"));
}
