//! What the collector makes of INFO, natively and without a Redis.

use backlog::Backlog;
use redwasp_sdk::testing::{self, Bench, NoPage};

fn page(info: &str) -> Result<String, NoPage> {
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(info));
    bench.collect::<Backlog>("{}").map(|page| page.text("redis"))
}

const PRIMARY: &str = "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n\
    slave0:ip=10.0.0.2,port=6379,state=online,offset=1400,lag=0\r\n\
    slave1:ip=10.0.0.3,port=6380,state=online,offset=200,lag=9\r\n\
    slave_repl_offset:7\r\nmaster_repl_offset:1500\r\n\
    repl_backlog_active:1\r\nrepl_backlog_size:1024\r\nrepl_backlog_histlen:256\r\n";

#[test]
fn each_replica_has_its_room() {
    let page = page(PRIMARY).unwrap();
    for line in [
        "redis_backlog_used_ratio 0.25",
        r#"redis_backlog_replica_behind_bytes{replica_ip="10.0.0.2",replica_port="6379"} 100"#,
        r#"redis_backlog_replica_room_bytes{replica_ip="10.0.0.2",replica_port="6379"} 924"#,
        r#"redis_backlog_replica_behind_bytes{replica_ip="10.0.0.3",replica_port="6380"} 1300"#,
        r#"redis_backlog_replica_room_bytes{replica_ip="10.0.0.3",replica_port="6380"} 0"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line} in {page}");
    }
    assert_eq!(page.matches("redis_backlog_replica_room_bytes{").count(), 2, "{page}");
}

#[test]
fn a_server_without_replicas_has_an_empty_backlog() {
    let page = page("# Replication\r\nrole:master\r\nrepl_backlog_size:1048576\r\nrepl_backlog_histlen:0\r\n").unwrap();
    assert!(page.contains("redis_backlog_used_ratio 0\n") && !page.contains("replica_port"), "{page}");
}

#[test]
fn what_tells_nothing_is_not_measured() {
    assert!(matches!(page("# Server\r\nredis_version:7.0.15\r\n"), Err(NoPage::Failed(_))));
    let mut replica = testing::server("redis", "7.0.15");
    replica.role = "slave".to_owned();
    assert!(matches!(Bench::new(replica).collect::<Backlog>("{}"), Err(NoPage::Refused(_))));
}
