//! Keys, patterns, counts and groups: as redis_exporter has them, and what it does not have.

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::exporter::Exporter;
use redwasp_tests::page::Page;
use redwasp_tests::parity;
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::others_are_well;
use redwasp_tests::wait::{self, PATIENCE};
use redwasp_tests::{fill, tools};

/// Keys of every type in three databases, as the tests of redis_exporter have them.
const FIXTURE: &str = "
    SET key_john_1 1234.56
    SET key_paul_1 1234.56
    SET key_ringo_1 1234.56
    SET key_george_1 1234.56
    SETEX key_exp_a_1 600 1234.56
    SETEX key_exp_b_1 600 1234.56
    SETEX key_exp_c_1 600 1234.56
    SETEX key_exp_d_1 600 1234.56
    SETEX key_exp_e_1 600 1234.56
    RPUSH test_beatles_list a b c d
    PFADD test-hll a b c
    SADD test-set a b
    SET key_string_1 this-is-a-string
    ZADD test-zset 1 a 2 b
    HSET test-hash a 1 b 2 c 3 d 4
    XADD test-stream 1638006862416-0 a 1
    XADD test-stream 1638006862417-2 b 2
    SET empty \"\"
    SET infinite inf
    SET a,b=c%d+e comma
";

fn server(program: Program) -> Redis {
    let redis = Redis::options().program(program).start();
    let mut client = redis.connect().expect("a connection");
    fill::fill(&mut client);
    for database in ["11", "12", "14"] {
        client.command(&["SELECT", database]).expect("a database");
        for line in FIXTURE.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split(' ').map(|word| word.trim_matches('"')).collect();
            client.command(&words).expect("an answer");
        }
    }
    client.command(&["CONFIG", "RESETSTAT"]).expect("an answer");
    redis
}

/// What redis_exporter tells of keys.
const NAMES: [&str; 8] = [
    "redis_key_group_count",
    "redis_key_group_memory_usage_bytes",
    "redis_key_memory_usage_bytes",
    "redis_key_size",
    "redis_key_value",
    "redis_key_value_as_string",
    "redis_keys_count",
    "redis_number_of_distinct_key_groups",
];

/// Flags that both take. Ours walks with the scrape, to tell of the same moment.
fn both(redis: &Redis, flags: &[&str]) -> [Page; 2] {
    let address = format!("--redis.addr={}", redis.url());
    let flags = [&[address.as_str()], flags].concat();
    let ours = Daemon::start(&[flags.as_slice(), &["--sweep.with-scrape=100000"]].concat()).scrape("/metrics");
    assert_eq!(redis.info_field("total_error_replies"), "0", "redwasp caused errors");
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &flags, &[]).scrape("/metrics");
    redis.cli(&["CONFIG", "RESETSTAT"]);
    [ours, theirs]
}

fn are_equal([ours, theirs]: &[Page; 2]) {
    let differences = Exporter::here().differences(ours, theirs);
    let of_keys: Vec<_> =
        differences.into_iter().filter(|difference| NAMES.contains(&difference.name.as_str())).collect();
    assert!(of_keys.is_empty(), "{}", parity::listed(&of_keys));
}

fn has(page: &Page, names: &[&str]) {
    for name in names {
        assert!(page.samples_of(name).next().is_some(), "{name} is not there");
    }
}

fn size(page: &Page, db: &str, key: &str) -> Option<f64> {
    page.value("redis_key_size", &[("db", db), ("key", key)])
}

fn is_as_redis_exporter_tells_it(program: Program) {
    let redis = server(program);
    let single = "db11=key_john_1,12=key_string_1,14=test-hll,11=test-set,11=test-zset,11=test-hash,11=test-stream,\
        11=test_beatles_list,missing,11=empty,11=infinite,11=a%2Cb%3Dc%25d%2Be";
    let pages = both(&redis, &[&format!("--check-single-keys={single}")]);
    are_equal(&pages);
    has(&pages[0], &["redis_key_value", "redis_key_value_as_string", "redis_key_memory_usage_bytes"]);
    assert_eq!([size(&pages[0], "db0", "missing"), size(&pages[0], "db14", "test-hll")], [Some(0.0), Some(3.0)]);
    let pages = both(&redis, &["--check-keys=db11=test*,0=*,14=key_string_?,12=key_john_1"]);
    are_equal(&pages);
    assert_eq!(size(&pages[0], "db11", "test-stream"), Some(2.0));
    let pages = both(&redis, &["--check-keys=11=*", "--disable-exporting-key-values", "--check-keys-batch-size=5"]);
    are_equal(&pages);
    let pages = both(&redis, &["--count-keys=db11=key_*,12=key_exp_*,*,db14=none*"]);
    are_equal(&pages);
    assert_eq!(pages[0].value("redis_keys_count", &[("db", "db12"), ("key", "key_exp_*")]), Some(5.0));
    let pages = both(&redis, &["--check-key-groups=^(key_ringo)_[0-9]+$,^(key_paul)_[0-9]+$,^(key_exp)_.+$"]);
    are_equal(&pages);
    let pages = both(&redis, &["--check-key-groups=^(.*)$", "--max-distinct-key-groups=3"]);
    are_equal(&pages);
    has(&pages[0], &["redis_key_group_memory_usage_bytes", "redis_number_of_distinct_key_groups"]);
}

#[test]
fn keys_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Redis);
}

#[test]
fn keys_of_redis_6_2_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Redis62);
}

#[test]
fn keys_of_redis_8_0_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Redis80);
}

#[test]
fn keys_of_valkey_are_as_redis_exporter_tells_them() {
    is_as_redis_exporter_tells_it(Program::Valkey91);
}

#[test]
fn keys_are_looked_at_only_on_replicas_if_that_is_wanted() {
    let redis = server(Program::Redis);
    let replica = Redis::options().replica_of(&redis).start();
    wait::until("the replica to be in step", PATIENCE, || {
        let (sent, taken) = (redis.info_field("master_repl_offset"), replica.info_field("slave_repl_offset"));
        (replica.info_field("master_link_status") == "up" && sent == taken).then_some(())
    });
    let flags = [
        "--check-keys=11=test*",
        "--check-single-keys=11=key_john_1",
        "--count-keys=11=*",
        "--skip-checkkeys-for-role-master",
    ];
    for (server, are_there) in [(&redis, false), (&replica, true)] {
        let pages = both(server, &flags);
        are_equal(&pages);
        assert_eq!(size(&pages[0], "db11", "key_john_1").is_some(), are_there);
    }
}

#[test]
fn patterns_are_walked_by_themselves() {
    let redis = server(Program::Redis);
    let proxy = RecordingProxy::start(redis.port());
    let daemon = Daemon::start(&[
        &format!("--redis.addr=redis://127.0.0.1:{}", proxy.port()),
        "--check-keys=db11=test*",
        "--count-keys=db11=*",
        "--top-keys=db11=*",
        "--export-key-ttl",
        "--check-single-keys=11=key_exp_a_1,missing",
        "--omit-missing-keys",
    ]);
    let page = wait::until("the walk to have ended", PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| size(page, "db11", "test-hash").is_some())
    });
    others_are_well(&page);
    assert_eq!([size(&page, "db11", "test-hash"), size(&page, "db0", "missing")], [Some(4.0), None]);
    let ttl = page.value("redis_key_ttl_seconds", &[("db", "db11"), ("key", "key_exp_a_1")]);
    assert!(ttl.is_some_and(|ttl| (1.0..=600.0).contains(&ttl)), "{ttl:?}");
    assert_eq!(page.samples_of("redis_top_key_memory_usage_bytes").count(), 10);
    // One walk for patterns, counts and the largest.
    let scans = || proxy.commands().iter().filter(|command| command[0] == "SCAN").count();
    assert_eq!(scans(), 1);
    proxy.clear();
    let page = daemon.scrape("/metrics");
    assert_eq!((size(&page, "db11", "test-hash"), scans()), (Some(4.0), 0), "a scrape does not walk");
}

#[test]
fn a_database_that_is_not_there_costs_itself() {
    let redis = server(Program::Redis);
    let address = format!("--redis.addr={}", redis.url());
    let flags =
        ["--check-single-keys=999=k,db11=test-hash", "--check-keys=999=*,11=test-s*", "--sweep.with-scrape=1000"];
    let page = Daemon::start(&[&[address.as_str()], flags.as_slice()].concat()).scrape("/metrics");
    others_are_well(&page);
    assert_eq!(
        ["test-hash", "test-set", "test-stream"].map(|key| size(&page, "db11", key)),
        [Some(4.0), Some(2.0), Some(2.0)]
    );
    assert_eq!([size(&page, "db999", "k"), size(&page, "db0", "k")], [None, None]);
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn count_of_a_scan_is_the_flags() {
    let redis = server(Program::Redis);
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let flags = ["--count-keys=11=*", "--check-keys-batch-size=5", "--sweep.with-scrape=1000"];
    Daemon::start(&[&[address.as_str()], flags.as_slice()].concat()).scrape("/metrics");
    let scans: Vec<_> = proxy.commands().into_iter().filter(|command| command[0] == "SCAN").collect();
    assert!(scans.len() > 2 && scans.iter().all(|scan| scan[2..] == ["COUNT", "5"]), "{scans:?}");
}

#[test]
fn keys_that_cannot_be_read_stop_the_start() {
    for flag in
        ["--check-keys=wrong=wrong=1", "--check-single-keys=dbwrong=x", "--count-keys=db-1=x", "--check-key-groups=("]
    {
        let ended = daemon::run(&[flag, "--web.listen-address=127.0.0.1:0"], &[]);
        assert_eq!(ended.code, 1, "{flag}: {}", ended.stderr);
    }
    for flag in ["--check-keys==", "--check-keys=,,,k", "--check-keys=0="] {
        drop(Daemon::start(&[flag]));
    }
}

#[test]
fn types_that_are_not_told_shift_no_values() {
    let redis = server(Program::Redis);
    redis.cli(&["ACL", "SETUSER", "exporter", "on", ">secret", "~*", "+@all", "-type"]);
    let address = format!("--redis.addr=redis://exporter:secret@127.0.0.1:{}", redis.port());
    let flags = ["--check-single-keys=11=test-hash,11=key_john_1", "--check-keys=11=test*", "--sweep.with-scrape=1000"];
    let page = Daemon::start(&[&[address.as_str()], flags.as_slice()].concat()).scrape("/metrics");
    others_are_well(&page);
    assert_eq!(page.samples_of("redis_key_size").count(), 0);
    assert_eq!(page.value("redwasp_collector_partial", &[("collector", "keyspace")]), Some(1.0));
}

#[test]
fn groups_need_no_scripts() {
    let redis = server(Program::Redis);
    redis.cli(&["ACL", "SETUSER", "exporter", "on", ">secret", "~*", "+@all", "-@scripting"]);
    let address = format!("--redis.addr=redis://exporter:secret@127.0.0.1:{}", redis.port());
    let flags = ["--check-key-groups=^(key_exp)_.+$", "--sweep.with-scrape=1000"];
    let page = Daemon::start(&[&[address.as_str()], flags.as_slice()].concat()).scrape("/metrics");
    let group = [("db", "db12"), ("key_group", "key_exp")];
    assert_eq!(page.value("redis_key_group_count", &group), Some(5.0));
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn where_nobody_says_how_many_keys_there_are_walks_go_on_beside_scrapes() {
    let redis = server(Program::Redis);
    redis.cli(&["ACL", "SETUSER", "exporter", "on", ">secret", "~*", "+@all", "-dbsize"]);
    let address = format!("--redis.addr=redis://exporter:secret@127.0.0.1:{}", redis.port());
    let flags = ["--count-keys=11=*", "--sweep.with-scrape=100000"];
    let daemon = Daemon::start(&[&[address.as_str()], flags.as_slice()].concat());
    wait::until("the walk to have ended", PATIENCE, || {
        daemon.scrape("/metrics").samples_of("redis_keys_count").next().map(drop)
    });
    let scans = || redis.info_field("cmdstat_scan");
    let before = scans();
    (0..3).for_each(|_| drop(daemon.scrape("/metrics")));
    assert_eq!(scans(), before, "a scrape does not walk");
}
