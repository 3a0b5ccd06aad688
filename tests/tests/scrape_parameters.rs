//! Parameters of /scrape: lists of keys and streams that a request brings in place of those of the flags.

use redwasp_tests::daemon::Daemon;
use redwasp_tests::exporter::Exporter;
use redwasp_tests::page::Page;
use redwasp_tests::parity::Difference;
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::Redis;
use redwasp_tests::told::others_are_well;
use redwasp_tests::wait::{self, PATIENCE};
use redwasp_tests::{parity, tools};

/// Some keys of several types, and streams with a group.
const FIXTURE: &str = "
    SET one 1
    SET two 2
    SET note text
    SET k,1 11
    SET k+1%2 12
    HSET hash a 1 b 2
    XADD stream:a 1-1 f v
    XADD stream:a 2-1 f v
    XADD stream:b 1-1 f v
    XGROUP CREATE stream:a readers 0
    XREADGROUP GROUP readers first COUNT 1 STREAMS stream:a >
";

fn server() -> Redis {
    let redis = Redis::start();
    let mut client = redis.connect().expect("a connection");
    for line in FIXTURE.lines().map(str::trim).filter(|line| !line.is_empty()) {
        client.command(&line.split(' ').collect::<Vec<_>>()).expect("an answer");
    }
    redis
}

/// Families of keys and streams.
fn is_of_keys(name: &str) -> bool {
    ["redis_key_", "redis_keys_count", "redis_stream_"].iter().any(|beginning| name.starts_with(beginning))
}

struct Both {
    redis: Redis,
    ours: Daemon,
    theirs: Daemon,
}

impl Both {
    /// Both programs with the same flags. Ours walks with the scrape, to tell of the same moment.
    fn start(flags: &[&str]) -> Both {
        let redis = server();
        let address = format!("--redis.addr={}", redis.url());
        let flags = [&[address.as_str()], flags].concat();
        let ours = Daemon::start(&[flags.as_slice(), &["--sweep.with-scrape=100000"]].concat());
        let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &flags, &[]);
        Both { redis, ours, theirs }
    }

    fn path(&self, query: &str) -> String {
        format!("/scrape?target={}{query}", self.redis.url())
    }

    /// Our page, after it has been compared with theirs.
    fn scrape(&self, query: &str) -> Page {
        let path = self.path(query);
        let (ours, theirs) = (self.ours.scrape(&path), self.theirs.scrape(&path));
        let mut differences = Exporter::here().differences(&ours, &theirs);
        // What we have besides is no difference, and time passes between two scrapes.
        let is_theirs =
            |difference: &Difference| difference.theirs.is_some() && !difference.name.contains("idle_seconds");
        differences.retain(|difference| is_of_keys(&difference.name) && is_theirs(difference));
        assert!(differences.is_empty(), "{query}: {}", parity::listed(&differences));
        ours
    }
}

fn keys(page: &Page, name: &str) -> Vec<String> {
    let mut keys: Vec<String> = page.labels_of(name).iter().map(|labels| labels["key"].clone()).collect();
    keys.sort();
    keys
}

#[test]
fn each_parameter_is_in_place_of_its_flag() {
    let both = Both::start(&[
        "--check-keys=one",
        "--check-single-keys=two",
        "--count-keys=o*",
        "--check-streams=stream:a",
        "--check-single-streams=stream:a",
    ]);
    let page = both.scrape("");
    assert_eq!(keys(&page, "redis_key_size"), ["one", "two"]);
    assert_eq!(keys(&page, "redis_keys_count"), ["o*"]);
    assert_eq!(page.value("redis_stream_length", &[("db", "db0"), ("stream", "stream:b")]), None);
    for (query, sizes, counts) in [
        ("&check-keys=h*", &["hash", "two"][..], "o*"),
        ("&check-single-keys=note,hash", &["hash", "note", "one"], "o*"),
        ("&count-keys=t*", &["one", "two"], "t*"),
        ("&check-keys=note&check-single-keys=hash&count-keys=*", &["hash", "note"], "*"),
        ("&check-keys=&check-single-keys=&count-keys=", &["one", "two"], "o*"),
        ("&check-keys=,&count-keys=n*", &["two"], "n*"),
        ("&check-keys=note&check-keys=hash", &["note", "two"], "o*"),
        ("&check-keys=&check-keys=hash", &["one", "two"], "o*"),
        ("&tls-server-name=&tls_server_name=&unknown=1", &["one", "two"], "o*"),
    ] {
        let page = both.scrape(query);
        assert_eq!(
            (keys(&page, "redis_key_size"), keys(&page, "redis_keys_count")),
            (sizes.iter().map(|&key| key.to_owned()).collect(), vec![counts.to_owned()]),
            "{query}"
        );
    }
    for query in ["&check-streams=stream:b", "&check-single-streams=stream:b", "&check-streams=str*"] {
        let page = both.scrape(query);
        let labels = [("db", "db0"), ("stream", "stream:b")];
        assert_eq!(page.value("redis_stream_length", &labels), Some(1.0), "{query}");
    }
    let page = both.scrape("");
    assert_eq!(
        (keys(&page, "redis_key_size"), keys(&page, "redis_keys_count")),
        (vec!["one".to_owned(), "two".to_owned()], vec!["o*".to_owned()])
    );
}

#[test]
fn lists_are_decoded_by_http_and_by_themselves() {
    let both = Both::start(&[]);
    let page = both.scrape("&check-single-keys=k%252C1,k%252B1%25252");
    assert_eq!(keys(&page, "redis_key_size"), ["k+1%2", "k,1"]);
    assert_eq!(page.value("redis_key_value", &[("db", "db0"), ("key", "k,1")]), Some(11.0));
    // What HTTP makes a comma of is one between items, and a plus of the list is a space.
    let page = both.scrape("&check-single-keys=one%2Ctwo&check-keys=k%252B*");
    assert_eq!(keys(&page, "redis_key_size"), ["k+1%2", "one", "two"]);
}

#[test]
fn bad_lists_are_refused_and_counted() {
    let both = Both::start(&[]);
    let bad = [
        "&check-keys=a=b=c",
        "&check-single-keys=dbx=k",
        "&count-keys=db-1=x",
        "&check-streams=a=b=c",
        "&check-single-streams=%25zz",
    ];
    for query in bad {
        let path = both.path(query);
        let (ours, theirs) = (both.ours.get(&path), both.theirs.get(&path));
        assert_eq!((ours.status, theirs.status), (400, 400), "{query}: {}", ours.text());
        let parameter = query[1..query.find('=').unwrap()].replace('-', "_");
        assert!(ours.text().contains(&parameter), "{query}: {}", ours.text());
    }
    for daemon in [&both.ours, &both.theirs] {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redis_target_scrape_request_errors_total", &[]), Some(bad.len() as f64));
    }
    others_are_well(&both.ours.scrape("/metrics"));
}

#[test]
fn requests_with_lists_change_nothing_for_others() {
    let redis = server();
    let proxy = RecordingProxy::start(redis.port());
    let url = format!("redis://127.0.0.1:{}", proxy.port());
    let daemon = Daemon::start(&[&format!("--redis.addr={url}"), "--check-keys=o*", "--sweep.interval=1h"]);
    let until = |path: &str, key: &str| {
        wait::until("the keys of a pattern", PATIENCE, || {
            Some(daemon.scrape(path)).filter(|page| keys(page, "redis_key_size").contains(&key.to_owned()))
        })
    };
    until("/metrics", "one");
    let with_list = format!("/scrape?target={url}&check-keys=h*&check-single-keys=note");
    // Keys by name are there at once, patterns after the next walk, which is for all.
    assert!(keys(&daemon.scrape(&with_list), "redis_key_size").contains(&"note".to_owned()));
    let page = until(&with_list, "hash");
    assert_eq!(keys(&page, "redis_key_size"), ["hash", "note"]);
    assert_eq!(page.value("redwasp_collector_success", &[("collector", "keyspace")]), Some(1.0));
    let page = daemon.scrape("/metrics");
    assert_eq!(keys(&page, "redis_key_size"), ["one"]);
    others_are_well(&page);
    let scans = proxy.commands().iter().filter(|command| command[0] == "SCAN").count();
    assert_eq!(scans, 2, "one walk for the flags, and one for both");
}

#[test]
fn many_different_lists_stay_within_bounds() {
    let redis = server();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url()), "--sweep.interval=1h"]);
    let ask = |number: usize| {
        let path = format!("/scrape?target={}&check-keys=one,key:{number}:*&check-single-keys=two", redis.url());
        assert!(keys(&daemon.scrape(&path), "redis_key_size").contains(&"two".to_owned()), "{number}");
    };
    let resident = || daemon.scrape("/metrics").value("process_resident_memory_bytes", &[]).expect("memory");
    (0..300).for_each(ask);
    let after_some = resident();
    (300..1300).for_each(ask);
    let after_many = resident();
    assert!(after_many < after_some + f64::from(48 << 20), "{after_some} and then {after_many} bytes");
    others_are_well(&daemon.scrape("/metrics"));
    assert_eq!(redis.info_field("total_error_replies"), "0");
}
