//! Databases that INFO mentions, and those that it does not.

use redwasp_keyspace::Keyspace;
use redwasp_sdk::Refusal;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};

const SEVERAL: &[u8] = include_bytes!("../testdata/redis-7.0-several.txt");
const NO_KEYS: &[u8] = include_bytes!("../testdata/redis-7.0-no-keys.txt");
const VALKEY: &[u8] = include_bytes!("../testdata/valkey-9.1-several.txt");
const UGLY: &[u8] = include_bytes!("../testdata/ugly.txt");

fn bench(databases: u32, reply: Vec<u8>) -> Bench {
    let mut server = testing::server("redis", "7.0.15");
    server.databases = databases;
    Bench::new(server).reply("INFO ALL", reply)
}

fn page(info: &[u8], databases: u32, config: &str) -> Page {
    bench(databases, testing::bulk(info)).collect::<Keyspace>(config).unwrap()
}

fn of(page: &Page, metric: &str, database: &str) -> Option<f64> {
    page.value(metric, &[("db", database)])
}

/// The databases that have a sample of that metric, in the page's order.
fn databases(page: &Page, metric: &str) -> Vec<String> {
    let begin = format!("redis_{metric}{{db=\"");
    let text = page.text("redis");
    text.lines().filter_map(|line| Some(line.strip_prefix(&begin)?.split_once('"')?.0.to_owned())).collect()
}

/// What stands behind `\n<database>:` as text.
fn raw(info: &[u8], database: &str) -> String {
    let text = String::from_utf8_lossy(info);
    let begin = text.find(&format!("\n{database}:")).unwrap() + database.len() + 2;
    text[begin..].split("\r\n").next().unwrap().to_owned()
}

#[test]
fn values_are_those_of_the_text() {
    for (info, more) in [(SEVERAL, ["", "", ""]), (VALKEY, ["1", "1", "0"])] {
        let page = page(info, 16, "{}");
        for (database, more) in ["db0", "db1", "db5"].into_iter().zip(more) {
            let [keys, expiring, avg_ttl] = ["db_keys", "db_keys_expiring", "db_avg_ttl_seconds"]
                .map(|metric| of(&page, metric, database).unwrap());
            let mut line = format!("keys={keys},expires={expiring},avg_ttl={}", (avg_ttl * 1000.0).round());
            if !more.is_empty() {
                line += &format!(",keys_with_volatile_items={more}");
            }
            assert_eq!(line, raw(info, database));
        }
    }
}

#[test]
fn time_to_live_is_in_seconds() {
    let page = page(b"# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=1500\r\n", 1, "{}");
    assert_eq!(of(&page, "db_avg_ttl_seconds", "db0"), Some(1.5));
}

#[test]
fn empty_databases_are_zeros() {
    for count in [1, 16, 32] {
        let page = page(NO_KEYS, count, "{}");
        let all: Vec<_> = (0..count).map(|number| format!("db{number}")).collect();
        assert_eq!(databases(&page, "db_keys"), all);
        assert_eq!(databases(&page, "db_keys_expiring"), all);
        assert!(all.iter().all(|database| of(&page, "db_keys", database) == Some(0.0)));
        assert!(all.iter().all(|database| of(&page, "db_keys_expiring", database) == Some(0.0)));
        assert!(databases(&page, "db_avg_ttl_seconds").is_empty());
    }
}

#[test]
fn zeros_do_not_stand_beside_values() {
    for count in [1, 6, 16, 32] {
        let page = page(SEVERAL, count, r#"{"empty_databases":true}"#);
        let mut named = databases(&page, "db_keys");
        assert_eq!(named.len(), if count == 1 { 3 } else { count as usize }, "of {count}: {named:?}");
        named.sort();
        named.dedup();
        assert_eq!(databases(&page, "db_keys").len(), named.len());
        assert_eq!(of(&page, "db_keys", "db1"), Some(7.0), "also where the server has fewer databases");
    }
}

#[test]
fn empty_databases_can_be_left_out() {
    for count in [1, 16, 32] {
        let config = r#"{"empty_databases":false}"#;
        assert_eq!(databases(&page(SEVERAL, count, config), "db_keys"), ["db0", "db1", "db5"]);
        assert_eq!(databases(&page(NO_KEYS, count, config), "db_keys"), [""; 0]);
    }
}

#[test]
fn only_lines_of_the_section_count() {
    let page = page(UGLY, 16, "{}");
    assert_eq!(of(&page, "db_keys", "db0"), Some(0.0), "not the line before the first section");
    assert_eq!(of(&page, "db_keys", "db1"), Some(0.0), "not the line in Server");
    assert_eq!(of(&page, "db_keys", "db7"), Some(0.0), "not the line in Keysizes");
    assert_eq!(of(&page, "db_keys", "db8"), Some(1.0), "the line without an end");
}

#[test]
fn parts_may_be_missing_or_in_another_order() {
    let page = page(UGLY, 16, "{}");
    assert_eq!(of(&page, "db_keys", "db2"), Some(7.0));
    assert_eq!(of(&page, "db_avg_ttl_seconds", "db2"), Some(1.5));
}

#[test]
fn a_line_that_cannot_be_read_says_nothing() {
    let lines = ["keys=3,expires=", "keys=3,expires=1,avg_ttl=none", "keys=3", "keys=1=2,expires=1", "nonsense", ""];
    for line in lines {
        let page = page(format!("# Keyspace\r\ndb0:{line}\r\n").as_bytes(), 1, "{}");
        assert_eq!(of(&page, "db_keys", "db0"), Some(0.0), "{line}");
        assert_eq!(of(&page, "db_avg_ttl_seconds", "db0"), None, "{line}");
    }
}

#[test]
fn further_parts_have_their_names() {
    let cases = [
        ("cached_keys=4", "db_keys_cached", 4.0),
        ("subexpiry=7", "db_keys_with_expiring_items", 7.0),
        ("keys_with_volatile_items=3", "db_keys_with_expiring_items", 3.0),
    ];
    for (part, metric, value) in cases {
        let page = page(format!("# Keyspace\r\ndb0:keys=9,expires=1,avg_ttl=-1,{part},x=y\r\n").as_bytes(), 1, "{}");
        assert_eq!(of(&page, metric, "db0"), Some(value));
        assert_eq!(of(&page, "db_avg_ttl_seconds", "db0"), Some(-0.001));
        let both = ["db_keys_cached", "db_keys_with_expiring_items"].map(|metric| databases(&page, metric).len());
        assert_eq!(both.iter().sum::<usize>(), 1);
    }
}

/// How many samples there are.
fn samples(page: &Page) -> usize {
    page.text("redis").lines().filter(|line| line.starts_with("redis_db_")).count()
}

/// A section Keyspace with so many databases.
fn used(databases: u32) -> String {
    let line = |number| format!("db{number}:keys=2,expires=1,avg_ttl=5,subexpiry=1\r\n");
    (0..databases).map(line).fold("# Keyspace\r\n".to_owned(), |text, line| text + &line)
}

/// What is told when something is left out.
const TOO_MANY: &str = "the databases do not all fit into 9000 samples: some are left out";

#[test]
fn zeros_that_do_not_fit_are_left_out() {
    let page = page(used(2000).as_bytes(), 4096, "{}");
    assert_eq!(samples(&page), 9000);
    assert_eq!(databases(&page, "db_keys").len(), 2500);
    assert_eq!(of(&page, "db_keys", "db1999"), Some(2.0));
    assert_eq!(of(&page, "db_keys", "db2499"), Some(0.0));
    assert_eq!(page.warnings(), [TOO_MANY]);
    assert!(page.is_partial());
}

#[test]
fn databases_that_do_not_fit_are_left_out() {
    let page = page(used(3000).as_bytes(), 4096, "{}");
    assert_eq!(samples(&page), 9000);
    assert_eq!(of(&page, "db_keys", "db2249"), Some(2.0));
    assert_eq!(of(&page, "db_keys", "db2250"), None, "and no zero instead");
    assert_eq!(of(&page, "db_keys", "db4000"), None);
    assert_eq!(page.warnings(), [TOO_MANY]);
    assert!(page.is_partial());
}

#[test]
fn nothing_is_left_out_of_what_fits() {
    let page = page(used(2250).as_bytes(), 2250, "{}");
    assert_eq!(samples(&page), 9000);
    assert_eq!(page.warnings(), [""; 0]);
    assert!(!page.is_partial());
    let page = self::page(b"", u32::MAX, "{}");
    assert_eq!((samples(&page), page.warnings()), (9000, [TOO_MANY.to_owned()].as_slice()));
}

#[test]
fn without_info_nothing_is_said_of_databases() {
    let error = b"-NOPERM this user has no permissions to run the 'info' command\r\n".to_vec();
    let page = bench(16, error).collect::<Keyspace>("{}").unwrap();
    assert!(page.is_partial() && page.warnings()[0].contains("INFO cannot be had"), "{:?}", page.warnings());
    assert_eq!(samples(&page), 0);
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match bench(16, testing::bulk(NO_KEYS)).collect::<Keyspace>(r#"{"empty_database":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert_eq!(problems.len(), 1);
            assert!(problems[0].message.contains("`empty_database`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}
