//! Streams, groups and consumers: as redis_exporter has them, and what it does not have.

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::exporter::Exporter;
use redwasp_tests::page::Page;
use redwasp_tests::parity::{self, Difference};
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::others_are_well;
use redwasp_tests::tools;
use redwasp_tests::wait::{self, PATIENCE};

/// Two streams: one with two groups, consumers and pending entries, as the tests of redis_exporter have it, and one where
/// what a group has still to read was deleted in part.
const FIXTURE: &str = "
    XADD test-stream 1638006862416-0 a 1
    XADD test-stream 1638006862417-2 b 2
    XGROUP CREATE test-stream first 0
    XGROUP CREATE test-stream second $
    XREADGROUP GROUP first anna COUNT 1 STREAMS test-stream >
    XREADGROUP GROUP first bert COUNT 1 STREAMS test-stream >
    XACK test-stream first 1638006862416-0
    XADD lossy 1-1 a 1
    XADD lossy 2-1 a 1
    XADD lossy 3-1 a 1
    XGROUP CREATE lossy reader 0
    XREADGROUP GROUP reader one COUNT 1 STREAMS lossy >
    XDEL lossy 2-1
    XADD emptied 1-1 a 1
    XDEL emptied 1-1
    SET text value
";

fn server(program: Program) -> Redis {
    let redis = Redis::options().program(program).start();
    let mut client = redis.connect().expect("a connection");
    for database in ["0", "11"] {
        client.command(&["SELECT", database]).expect("a database");
        for line in FIXTURE.lines().map(str::trim).filter(|line| !line.is_empty()) {
            client.command(&line.split(' ').collect::<Vec<_>>()).expect("an answer");
        }
    }
    client.command(&["CONFIG", "RESETSTAT"]).expect("an answer");
    redis
}

fn both(redis: &Redis, flags: &[&str]) -> [Page; 2] {
    let address = format!("--redis.addr={}", redis.url());
    let flags = [&[address.as_str()], flags].concat();
    let more = ["--sweep.with-scrape=100000", "--streams-unknown-lag-as-zero"];
    let ours = Daemon::start(&[flags.as_slice(), &more].concat()).scrape("/metrics");
    assert_eq!(redis.info_field("total_error_replies"), "0", "redwasp caused errors");
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &flags, &[]).scrape("/metrics");
    redis.cli(&["CONFIG", "RESETSTAT"]);
    [ours, theirs]
}

/// What moves by itself, and what came after the version that we are compared with.
fn is_expected(difference: &Difference) -> bool {
    match difference.name.as_str() {
        "redis_stream_group_consumer_idle_seconds" => difference.ours.is_some() && difference.theirs.is_some(),
        "redis_stream_entries_added_total" | "redis_stream_group_oldest_pending_age_seconds" => {
            difference.theirs.is_none()
        }
        _ => false,
    }
}

fn is_as_redis_exporter_tells_it(program: Program) {
    let redis = server(program);
    for flags in [
        &["--check-single-streams=test-stream,db11=test-stream,11=lossy,11=emptied"][..],
        &["--check-streams=*stream,db11=*"],
        &["--check-streams=db11=test-stream,lossy", "--streams-exclude-consumer-metrics"],
    ] {
        let [ours, theirs] = both(&redis, flags);
        let differences = Exporter::here().differences(&ours, &theirs);
        let of_streams = |difference: &Difference| difference.name.starts_with("redis_stream_");
        let unexpected: Vec<_> = differences.into_iter().filter(|one| of_streams(one) && !is_expected(one)).collect();
        assert!(unexpected.is_empty(), "{flags:?}: {}", parity::listed(&unexpected));
        let labels = [("db", "db11"), ("stream", "test-stream"), ("group", "first")];
        assert_eq!(ours.value("redis_stream_group_messages_pending", &labels), Some(1.0));
        let consumers = ours.samples_of("redis_stream_group_consumer_idle_seconds").count();
        assert_eq!(consumers == 0, flags.len() == 2, "{flags:?}");
    }
}

#[test]
fn streams_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Redis);
}

#[test]
fn streams_of_redis_6_2_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Redis62);
}

#[test]
fn streams_of_redis_8_0_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Redis80);
}

#[test]
fn streams_of_valkey_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Valkey91);
}

#[test]
fn patterns_are_walked_by_themselves_and_an_unknown_lag_is_absent() {
    let redis = server(Program::Redis);
    let address = format!("--redis.addr={}", redis.url());
    let daemon = Daemon::start(&[&address, "--check-streams=*", "--check-single-streams=missing,text"]);
    let length = |page: &Page, stream: &str| page.value("redis_stream_length", &[("db", "db0"), ("stream", stream)]);
    let page = wait::until("the walk to have ended", PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| length(page, "test-stream").is_some())
    });
    others_are_well(&page);
    assert_eq!(
        [length(&page, "test-stream"), length(&page, "lossy"), length(&page, "text")],
        [Some(2.0), Some(2.0), None]
    );
    let lag = |stream: &str, group: &str| {
        page.value("redis_stream_group_lag", &[("db", "db0"), ("stream", stream), ("group", group)])
    };
    assert_eq!([lag("test-stream", "first"), lag("lossy", "reader")], [Some(0.0), None]);
    let labels = [("db", "db0"), ("stream", "test-stream"), ("group", "first")];
    let age = page.value("redis_stream_group_oldest_pending_age_seconds", &labels);
    assert!(age.is_some_and(|age| age > 1e8), "the entry is of 2021: {age:?}");
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn streams_that_cannot_be_read_stop_the_start() {
    for flag in ["--check-streams=a=b=c", "--check-single-streams=dbx=s"] {
        let ended = daemon::run(&[flag, "--web.listen-address=127.0.0.1:0"], &[]);
        assert_eq!(ended.code, 1, "{flag}: {}", ended.stderr);
    }
}
