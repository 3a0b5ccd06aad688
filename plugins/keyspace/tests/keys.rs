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
    let header = &value.as_bytes()[..value.len().min(16)];
    bench
        .reply(&format!("GETRANGE {name} 0 1024"), testing::bulk(value))
        .reply(&format!("GETRANGE {name} 0 15"), testing::bulk(header))
}

/// How a HyperLogLog with few elements begins.
const SPARSE: &str = "HYLL\x01\0\0\0\x03\0\0\0\0\0\0\0";

fn beatles() -> Bench {
    let bench = Bench::new(server()).reply("INFO ALL", testing::bulk("# Keyspace\r\n"));
    let bench = bench.reply("TYPE missing", b"+none\r\n".to_vec()).reply("PFCOUNT visitors", integer(3));
    [
        (11, "john", "string", 7, 56, "1234.56"),
        (11, "paul", "string", 16, 64, "this-is-a-string"),
        (11, "visitors", "string", 200, 300, SPARSE),
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
fn a_key_that_fits_several_patterns_is_one_key() {
    let page =
        swept(r#"{"top_keys": ["11=*", "11=v*", "11=*s"], "top_keys_count": 2, "check_keys": ["11=jo*", "11=*n"]}"#);
    let text = page.text("redis");
    assert_eq!(text.matches("redis_top_key_size{").count(), 2, "{text}");
    assert_eq!(of(&page, "top_key_size", "db11", "paul"), Some(16.0));
    assert_eq!(text.matches("redis_key_size{").count(), 1, "{text}");
}

#[test]
fn keys_beyond_those_that_are_exported_are_told_and_one_key_is_counted_once() {
    let mut bench = Bench::new(server()).page_of(500).most_series(100_000);
    for number in 0..10_001 {
        bench = bench.key(0, format!("a{number}"), "doc");
    }
    let warning = "more keys fit the patterns of check_keys than the 20000 that are exported".to_owned();
    let swept = |bench: &Bench| bench.sweep::<Keyspace>(r#"{"check_keys": ["a*", "*"]}"#).unwrap();
    assert!(!swept(&bench).warnings().contains(&warning));
    for number in 0..10_000 {
        bench = bench.key(0, format!("b{number}"), "doc");
    }
    assert!(swept(&bench).warnings().contains(&warning));
}

#[test]
fn memory_that_cannot_be_had_is_not_zero() {
    let refused = b"-NOPERM no\r\n".to_vec();
    let bench = Bench::new(server())
        .reply("MEMORY USAGE a1", integer(50))
        .reply("MEMORY USAGE b1", integer(60))
        .reply("MEMORY USAGE b2", refused.clone())
        .reply("MEMORY USAGE b3", refused)
        .reply("MEMORY USAGE c1", b"_\r\n".to_vec());
    let bench = ["a1", "b1", "b2", "b3", "c1"].into_iter().fold(bench, |bench, name| bench.key(0, name, "string"));
    let page = bench.sweep::<Keyspace>(r#"{"check_key_groups": "^(.)"}"#).unwrap();
    let of = |group| {
        ["key_group_count", "key_group_memory_usage_bytes"]
            .map(|metric| page.value(metric, &[("db", "db0"), ("key_group", group)]))
    };
    assert_eq!([of("a"), of("b")], [[Some(1.0), Some(50.0)], [Some(3.0), None]]);
    assert_eq!(of("c"), [Some(1.0), Some(0.0)], "it is gone by now");
    assert!(page.is_partial());
    let told = "MEMORY USAGE cannot be had, and what it would tell is left out: NOPERM no; the user needs +memory|usage and \
                the right to read the keys";
    assert_eq!(page.warnings(), [told]);
}

#[test]
fn walks_that_do_not_fit_into_a_plan_are_left_out_and_told() {
    let bench = Bench::new(Server { databases: 512, ..server() })
        .reply("INFO ALL", testing::bulk("# Keyspace\r\ndb0:keys=1,expires=0\r\n"))
        .key(200, "a", "doc")
        .key(300, "a", "doc");
    let config = r#"{"check_key_groups": "(.)", "count_keys": ["x*", "y*"]}"#;
    assert_eq!(bench.collect::<Keyspace>(config).unwrap().value("db_keys", &[("db", "db0")]), Some(1.0));
    let page = bench.sweep::<Keyspace>(config).unwrap();
    let problem = ("/check_key_groups", "of 512 databases only the first 254 are looked at, each by a walk");
    assert_eq!(page.problems().collect::<Vec<_>>(), [problem]);
    let of = |db| page.value("number_of_distinct_key_groups", &[("db", db)]);
    assert_eq!([of("db200"), of("db253"), of("db254")], [Some(1.0), Some(0.0), None]);
    let many: Vec<String> = (0..300).map(|number| format!("\"k{number}*\"")).collect();
    let page = bench.sweep::<Keyspace>(&format!("{{\"check_keys\": [{}]}}", many.join(","))).unwrap();
    let problem = ("/check_keys", "44 patterns are left out: keys are walked for 256 at most");
    assert_eq!(page.problems().collect::<Vec<_>>(), [problem]);
}

#[test]
fn groups_that_do_not_fit_into_a_report_overflow() {
    let mut bench = Bench::new(server()).page_of(1000).most_series(100_000);
    for number in 0..90_000 {
        bench = bench.key(number % 2, format!("k{number}"), "string");
    }
    let page = bench.sweep::<Keyspace>(r#"{"check_key_groups": "(.+)", "max_distinct_key_groups": 1000000}"#).unwrap();
    assert!(
        page.warnings().iter().any(|told| told.starts_with("there is room for 99000 series")),
        "{:?}",
        page.warnings()
    );
    let of = |metric, db, group| page.value(metric, &[("db", db), ("key_group", group)]);
    assert_eq!(of("key_group_count", "db0", "k0"), Some(1.0));
    assert!(of("key_group_count", "db1", "overflow").is_some_and(|keys| keys > 0.0));
    assert_eq!(page.value("number_of_distinct_key_groups", &[("db", "db1")]), Some(45_000.0));
    assert!(page.is_partial());
}

#[test]
fn groups_beyond_those_that_are_told_apart_overflow_and_are_told() {
    let mut bench = Bench::new(server()).page_of(1000);
    for number in 0..100_002 {
        bench = bench.key(number % 2, format!("k{number}"), "string");
    }
    let page = bench.sweep::<Keyspace>(r#"{"check_key_groups": "(.+)", "max_distinct_key_groups": 1}"#).unwrap();
    let distinct = ["db0", "db1"].map(|db| page.value("number_of_distinct_key_groups", &[("db", db)]).unwrap());
    assert_eq!(distinct.iter().sum::<f64>(), 100_000.0);
    let told = "more groups of keys than the 100000 that are told apart: the others are in overflow";
    assert!(page.is_partial() && page.warnings().iter().any(|warning| warning == told), "{:?}", page.warnings());
}

#[test]
fn reads_that_are_refused_are_told_once_with_the_right_that_lacks() {
    let bench = || {
        let bench = Bench::new(server()).reply("INFO ALL", testing::bulk("# Keyspace\r\ndb0:keys=1,expires=0\r\n"));
        let bench = key(bench.reply("GETRANGE a 0 1024", b"-NOPERM no\r\n".to_vec()), 0, "a", "string", 1, 50, "x");
        key(bench.reply("GETRANGE b 0 1024", b"-NOPERM no\r\n".to_vec()), 0, "b", "string", 2, 51, "y")
    };
    let told = "GETRANGE cannot be had, and what it would tell is left out: NOPERM no; the user needs +getrange and the right \
                to read the keys";
    let collect = |bench: Bench| bench.collect::<Keyspace>(r#"{"check_single_keys": ["a", "b"]}"#).unwrap();
    let page = collect(bench());
    assert_eq!((page.warnings(), page.is_partial()), (&[format!("{told} (told once)")][..], true));
    assert_eq!([of(&page, "key_size", "db0", "a"), of(&page, "key_size", "db0", "b")], [Some(1.0), Some(2.0)]);
    let next = collect(bench().after(&page));
    assert!(next.warnings().is_empty() && next.is_partial());
    let walked = bench().sweep::<Keyspace>(r#"{"check_keys": ["*"]}"#).unwrap();
    assert_eq!((walked.warnings(), walked.is_partial()), (&[told.to_owned()][..], true));
}

#[test]
fn what_only_begins_as_a_hyperloglog_is_a_string() {
    let dense = SPARSE.replace('\x01', "\0");
    let strings = [
        ("short", 5, "HYLL!"),
        ("odd", 200, "HYLL\x02rest of the text"),
        ("dense", 12_304, &dense),
        ("cut", 12_303, &dense),
    ];
    let bench = Bench::new(server()).reply("INFO ALL", testing::bulk("")).reply("PFCOUNT dense", integer(9));
    let bench =
        key(bench, 0, "refused", "string", 200, 50, SPARSE).reply("PFCOUNT refused", b"-NOPERM no\r\n".to_vec());
    let bench =
        key(bench, 0, "broken", "string", 200, 50, SPARSE).reply("PFCOUNT broken", b"-WRONGTYPE no\r\n".to_vec());
    let bench = strings
        .into_iter()
        .fold(bench, |bench, (name, length, value)| key(bench, 0, name, "string", length, 50, value));
    let names = r#"["short", "odd", "dense", "cut", "refused", "broken"]"#;
    let collected = bench.collect::<Keyspace>(&format!("{{\"check_single_keys\": {names}}}")).unwrap();
    for page in [collected, bench.sweep::<Keyspace>(r#"{"check_keys": ["*"]}"#).unwrap()] {
        let text = |key, val| page.value("key_value_as_string", &[("db", "db0"), ("key", key), ("val", val)]);
        let size = |key| of(&page, "key_size", "db0", key);
        assert_eq!((size("short"), text("short", "HYLL!")), (Some(5.0), Some(1.0)));
        assert_eq!((size("odd"), text("odd", "HYLL\x02rest of the text")), (Some(200.0), Some(1.0)));
        assert_eq!((size("dense"), text("dense", &dense)), (Some(9.0), None));
        assert_eq!((size("cut"), text("cut", &dense)), (Some(12_303.0), Some(1.0)));
        assert_eq!((size("refused"), text("refused", SPARSE)), (Some(200.0), Some(1.0)));
        assert_eq!((size("broken"), text("broken", SPARSE)), (Some(200.0), Some(1.0)));
        assert_eq!(page.warnings().len(), 1, "only what was refused, and not what cannot be counted");
    }
}

#[test]
fn a_long_value_ends_with_a_whole_character_and_is_no_number() {
    let (text, digits) = (format!("a{}", "ä".repeat(512)), "1".repeat(1025));
    let bench = Bench::new(server()).reply("INFO ALL", testing::bulk(""));
    let bench = key(bench, 0, "text", "string", 1025, 50, &text);
    let bench = key(bench, 0, "digits", "string", 9000, 50, &digits);
    let page = bench.collect::<Keyspace>(r#"{"check_single_keys": ["text", "digits"]}"#).unwrap();
    let of_text = |key, val: &str| page.value("key_value_as_string", &[("db", "db0"), ("key", key), ("val", val)]);
    assert_eq!(of_text("text", &format!("a{}", "ä".repeat(511))), Some(1.0));
    assert_eq!(of_text("digits", &digits[..1024]), Some(1.0));
    assert_eq!(of(&page, "key_value", "db0", "digits"), None);
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
        .reply("GETRANGE a\u{fffd} 0 1024", testing::bulk(b"\xfe"))
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
