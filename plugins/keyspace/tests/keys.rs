//! Single keys, patterns, counts, groups and the largest.

use redwasp_keyspace::Keyspace;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Refusal, Server};

fn server() -> Server {
    Server { databases: 16, ..testing::server("redis", "7.0.15") }
}

fn integer(number: i64) -> Vec<u8> {
    format!(":{number}\r\n").into_bytes()
}

/// A key as a server would tell of it: its type, its length, its memory, and the beginning of a string.
fn key(bench: Bench, database: u32, name: &str, kind: &str, length: i64, memory: i64, value: &str) -> Bench {
    let command = match kind {
        "string" => "STRLEN",
        "list" => "LLEN",
        "set" => "SCARD",
        "zset" => "ZCARD",
        "hash" => "HLEN",
        "stream" => "XLEN",
        "array" => "ARCOUNT",
        _ => "",
    };
    let bench = bench
        .key(database, name, kind)
        .reply(&format!("TYPE {name}"), format!("+{kind}\r\n").into_bytes())
        .reply(&format!("{command} {name}"), integer(length))
        .reply(&format!("MEMORY USAGE {name}"), integer(memory))
        .reply(&format!("PTTL {name}"), integer(if name == "mortal" { 2500 } else { -1 }));
    let four = &value[..value.len().min(4)];
    bench
        .reply(&format!("GETRANGE {name} 0 1023"), testing::bulk(value))
        .reply(&format!("GETRANGE {name} 0 3"), testing::bulk(four))
}

fn beatles() -> Bench {
    let bench = Bench::new(server()).reply("INFO ALL", testing::bulk("# Keyspace\r\n"));
    let bench = bench.reply("TYPE missing", b"+none\r\n".to_vec()).reply("PFCOUNT visitors", integer(3));
    [
        (11, "john", "string", 7, 56, "1234.56"),
        (11, "paul", "string", 16, 64, "this-is-a-string"),
        (11, "visitors", "string", 200, 300, "HYLL\x01"),
        (11, "list", "list", 4, 100, ""),
        (11, "set", "set", 2, 110, ""),
        (11, "zset", "zset", 5, 120, ""),
        (11, "hash", "hash", 6, 130, ""),
        (11, "stream", "stream", 8, 140, ""),
        (11, "array", "array", 9, 150, ""),
        (11, "doc", "ReJSON-RL", 0, 160, ""),
        (11, "mortal", "string", 1, 50, "x"),
        (3, "other", "string", 1, 50, "y"),
    ]
    .into_iter()
    .fold(bench, |bench, (database, name, kind, length, memory, value)| {
        key(bench, database, name, kind, length, memory, value)
    })
}

fn collected(config: &str) -> Page {
    beatles().collect::<Keyspace>(config).unwrap()
}

fn swept(config: &str) -> Page {
    beatles().sweep::<Keyspace>(config).unwrap()
}

fn of(page: &Page, metric: &str, db: &str, key: &str) -> Option<f64> {
    page.value(metric, &[("db", db), ("key", key)])
}

/// What each key has, however it is looked at.
fn are_right(page: &Page) {
    let sizes = [
        ("john", 7.0),
        ("paul", 16.0),
        ("visitors", 3.0),
        ("list", 4.0),
        ("set", 2.0),
        ("zset", 5.0),
        ("hash", 6.0),
        ("stream", 8.0),
        ("array", 9.0),
    ];
    for (key, size) in sizes {
        assert_eq!(of(page, "key_size", "db11", key), Some(size), "{key}");
    }
    assert_eq!(of(page, "key_size", "db11", "doc"), None, "nobody knows how long it is");
    assert_eq!(of(page, "key_memory_usage_bytes", "db11", "doc"), Some(160.0));
    assert_eq!(of(page, "key_value", "db11", "john"), Some(1234.56));
    let text = [("db", "db11"), ("key", "paul"), ("val", "this-is-a-string")];
    assert_eq!(page.value("key_value_as_string", &text), Some(1.0));
    assert_eq!(
        page.text("redis").matches("redis_key_value_as_string{db=\"db11\"").count(),
        2,
        "{}",
        page.text("redis")
    );
}

#[test]
fn keys_are_looked_at_by_name() {
    let names =
        "db11=john db11=paul 11=visitors 11=list 11=set 11=zset 11=hash 11=stream 11=array 11=doc 11=mortal 11=missing";
    let names: Vec<String> = names.split(' ').map(|name| format!("{name:?}")).collect();
    for list in ["check_single_keys", "check_keys"] {
        let page = collected(&format!("{{\"{list}\":[{}]}}", names.join(",")));
        are_right(&page);
        assert_eq!(of(&page, "key_size", "db11", "missing"), Some(0.0));
        assert_eq!(of(&page, "key_ttl_seconds", "db11", "mortal"), None, "nobody asked for it");
    }
}

#[test]
fn patterns_are_looked_at_by_walking() {
    let page = swept(r#"{"check_keys": ["db11=*", "3=o*"]}"#);
    are_right(&page);
    assert_eq!(of(&page, "key_size", "db3", "other"), Some(1.0));
    let page = swept(r#"{"check_keys": ["11=*list*"]}"#);
    assert_eq!(page.text("redis").matches("redis_key_size{").count(), 1);
}

#[test]
fn values_can_be_left_out_and_times_to_live_be_told() {
    for page in [
        collected(
            r#"{"check_single_keys": ["11=john", "11=visitors", "11=mortal", "11=missing"], "disable_key_values": true, "ttl": true, "omit_missing": true}"#,
        ),
        swept(r#"{"check_keys": ["11=*"], "disable_key_values": true, "ttl": true}"#),
    ] {
        let text = page.text("redis");
        assert!(!text.contains("redis_key_value"), "{text}");
        assert_eq!(of(&page, "key_size", "db11", "visitors"), Some(3.0), "it is still seen to be a HyperLogLog");
        assert_eq!(of(&page, "key_ttl_seconds", "db11", "mortal"), Some(2.5));
        assert_eq!(of(&page, "key_ttl_seconds", "db11", "john"), None, "it lives for ever");
        assert_eq!(of(&page, "key_size", "db11", "missing"), None);
    }
}

#[test]
fn nothing_is_looked_at_on_a_primary_if_that_is_wanted() {
    let config = r#"{"check_keys": ["11=*"], "check_single_keys": ["11=john"], "count_keys": ["11=*"], "top_keys": ["11=*"],
        "check_key_groups": "(.)", "skip_on_masters": true}"#;
    let names = ["key_size", "keys_count", "top_key", "key_group_count"];
    let told = |page: &Page| names.map(|name| page.text("redis").contains(&format!("redis_{name}")));
    assert_eq!(told(&swept(config)), [false, false, false, true]);
    let bench = |role: &str| {
        let mut bench = Bench::new(Server { role: role.to_owned(), ..server() }).reply("INFO ALL", testing::bulk(""));
        bench = key(bench, 11, "john", "string", 7, 56, "1234.56");
        bench
    };
    assert_eq!(told(&bench("slave").sweep::<Keyspace>(config).unwrap()), [true; 4]);
    assert!(!bench("master").collect::<Keyspace>(config).unwrap().text("redis").contains("key_size"));
    assert!(bench("slave").collect::<Keyspace>(config).unwrap().text("redis").contains("key_size"));
}

#[test]
fn nothing_is_looked_at_where_there_are_no_keys() {
    let config = r#"{"check_keys": ["*"], "check_single_keys": ["john"], "count_keys": ["*"], "top_keys": ["*"],
        "check_key_groups": "(.)"}"#;
    let sentinel = Server { mode: "sentinel".to_owned(), ..server() };
    for server in [sentinel, testing::server("tile38", "1.33")] {
        let bench = Bench::new(server).reply("INFO ALL", testing::bulk("")).key(0, "john", "string");
        assert_eq!(bench.sweep::<Keyspace>(config).unwrap().text("redis"), "");
        let page = bench.collect::<Keyspace>(config).unwrap();
        assert!(!page.is_partial() && !page.text("redis").contains("redis_key"), "{}", page.text("redis"));
        assert_eq!(page.value("last_key_groups_scrape_duration_milliseconds", &[]), Some(0.0));
    }
}

#[test]
fn keys_of_patterns_are_counted() {
    let page = swept(r#"{"count_keys": ["db11=*s*", "11=john", "db3=none*", "other"]}"#);
    let counts = ["*s*", "john"].map(|key| of(&page, "keys_count", "db11", key));
    assert_eq!(counts, [Some(6.0), Some(1.0)]);
    assert_eq!(of(&page, "keys_count", "db3", "none*"), Some(0.0));
    assert_eq!(of(&page, "keys_count", "db0", "other"), Some(0.0));
}

#[test]
fn groups_are_told_by_captures_and_the_rest_overflows() {
    let page = swept(r#"{"check_key_groups": "^(.)[a-z]*t$,(zset)"}"#);
    let of_group = |page: &Page, group: &str| {
        let labels = [("db", "db11"), ("key_group", group)];
        ["key_group_count", "key_group_memory_usage_bytes"].map(|metric| page.value(metric, &labels))
    };
    // list, set and zset
    assert_eq!(of_group(&page, "l"), [Some(1.0), Some(100.0)]);
    assert_eq!(of_group(&page, "s"), [Some(1.0), Some(110.0)]);
    assert_eq!(of_group(&page, "z"), [Some(1.0), Some(120.0)]);
    assert_eq!(of_group(&page, "unclassified")[0], Some(8.0));
    assert_eq!(page.value("number_of_distinct_key_groups", &[("db", "db11")]), Some(4.0));
    assert_eq!(page.value("number_of_distinct_key_groups", &[("db", "db3")]), Some(1.0));
    assert_eq!(
        page.value("number_of_distinct_key_groups", &[("db", "db5")]),
        Some(0.0),
        "also where there are no keys"
    );
    let page = swept(r#"{"check_key_groups": "^(.*)$", "max_distinct_key_groups": 1}"#);
    assert_eq!(of_group(&page, "visitors"), [Some(1.0), Some(300.0)]);
    assert_eq!(of_group(&page, "overflow")[0], Some(10.0));
    assert_eq!(page.value("number_of_distinct_key_groups", &[("db", "db11")]), Some(11.0));
}

#[test]
fn the_largest_are_told() {
    let page = swept(r#"{"top_keys": ["11=*"], "top_keys_count": 2}"#);
    let told = |metric: &str| {
        let lines: Vec<String> =
            page.text("redis").lines().filter(|line| line.starts_with(metric)).map(str::to_owned).collect();
        lines
    };
    assert_eq!(
        told("redis_top_key_memory_usage_bytes"),
        [
            r#"redis_top_key_memory_usage_bytes{db="db11",key="visitors"} 300"#,
            r#"redis_top_key_memory_usage_bytes{db="db11",key="doc"} 160"#
        ]
    );
    assert_eq!(
        told("redis_top_key_size"),
        [r#"redis_top_key_size{db="db11",key="visitors"} 200"#, r#"redis_top_key_size{db="db11",key="paul"} 16"#]
    );
}

#[test]
fn a_server_that_does_not_tell_types_costs_its_keys_and_is_said() {
    let bench = Bench::new(server()).reply("INFO ALL", testing::bulk("# Keyspace\r\ndb0:keys=1,expires=0\r\n"));
    let page = bench
        .error("TYPE a", CallError::Denied(String::new()))
        .collect::<Keyspace>(r#"{"check_single_keys": ["a"]}"#)
        .unwrap();
    assert!(page.is_partial() && !page.text("redis").contains("key_size"));
    assert_eq!(page.value("db_keys", &[("db", "db0")]), Some(1.0));
}

#[test]
fn a_key_of_a_database_that_is_not_there_is_not_asked_for() {
    let page = collected(r#"{"check_single_keys": ["999=k", "db11=john"]}"#);
    assert_eq!(of(&page, "key_size", "db999", "k"), None);
    assert_eq!(of(&page, "key_size", "db11", "john"), Some(7.0));
}

#[test]
fn bytes_that_are_not_utf_8_reach_the_labels() {
    let bench = Bench::new(server())
        .key(0, b"a\xff", "string")
        .reply("STRLEN a\u{fffd}", integer(1))
        .reply("GETRANGE a\u{fffd} 0 1023", testing::bulk(b"\xfe"))
        .reply("MEMORY USAGE a\u{fffd}", integer(50));
    let page = bench.sweep::<Keyspace>(r#"{"check_keys": ["a*"]}"#).unwrap();
    assert_eq!(of(&page, "key_size", "db0", r"a\xff"), Some(1.0));
    assert_eq!(page.value("key_value_as_string", &[("db", "db0"), ("key", r"a\xff"), ("val", r"\xfe")]), Some(1.0));
}

#[test]
fn mistakes_are_told_with_their_places() {
    let config =
        r#"{"check_keys": ["a", "x=y=z"], "count_keys": ["dbx=1"], "top_keys": ["%"], "check_key_groups": "("}"#;
    let Err(NoPage::Refused(Refusal::Invalid(problems))) = beatles().collect::<Keyspace>(config) else {
        panic!("taken")
    };
    let places: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["/check_keys/1", "/count_keys/0", "/top_keys/0", "/check_key_groups"]);
}
