//! Walks over keys: what is read, what comes of it, and what is left out.

use redwasp_business::Business;
use redwasp_sdk::testing::{self, Bench, Page};
use serde_json::{Value, json};

fn bench() -> Bench {
    Bench::new(testing::server("redis", "7.0.15"))
}

fn walked(bench: &Bench, metrics: &Value) -> Page {
    let page = bench.sweep::<Business>(&json!({ "metrics": metrics }).to_string()).unwrap();
    assert_eq!(page.problems().collect::<Vec<_>>(), []);
    page
}

/// Hashes `order:<region>:<n>` with an amount and a status; an empty one is not there.
fn orders(orders: &[(&str, &str, &str)]) -> Bench {
    let mut bench = bench();
    for (number, (region, amount, status)) in orders.iter().enumerate() {
        let key = format!("order:{region}:{number}");
        for (field, value) in [("amount", amount), ("status", status)] {
            let reply = if value.is_empty() { b"_\r\n".to_vec() } else { testing::bulk(value) };
            bench = bench.reply(&format!("HGET {key} {field}"), reply);
        }
        bench = bench.key(0, &key, "hash");
    }
    bench
}

fn skipped(page: &Page, metric: &str, reason: &str) -> Option<f64> {
    page.value("business_skipped_keys", &[("metric", metric), ("reason", reason)])
}

const ORDERS: &[(&str, &str, &str)] = &[
    ("eu", "10", "open"),
    ("eu", "2.5", "done"),
    ("us", "30", "open"),
    ("us", "x", "open"),
    ("eu", "", ""),
    ("eu", "inf", ""),
];

#[test]
fn aggregates_over_a_field_by_region() {
    let entry = |name: &str, aggregate: &str| json!({"name": name, "keys": "order:{region}:{id}", "value": {"field": "amount"}, "aggregate": aggregate, "by": ["region"]});
    let page = walked(
        &orders(ORDERS),
        &json!([entry("total", "sum"), entry("least", "min"), entry("most", "max"), {"name": "orders", "keys": "order:{region}:{id}", "by": ["region"]}]),
    );
    let of = |name, region| page.value(name, &[("region", region)]);
    assert_eq!(
        [of("total", "eu"), of("least", "eu"), of("most", "eu"), of("orders", "eu")],
        [12.5, 2.5, 10.0, 4.0].map(Some)
    );
    assert_eq!(
        [of("total", "us"), of("least", "us"), of("most", "us"), of("orders", "us")],
        [30.0, 30.0, 30.0, 2.0].map(Some)
    );
    for metric in ["total", "least", "most"] {
        assert_eq!([skipped(&page, metric, "missing"), skipped(&page, metric, "number")], [Some(1.0), Some(2.0)]);
    }
    assert_eq!(skipped(&page, "orders", "missing"), None);
}

#[test]
fn histograms_hold_what_there_is_now() {
    let page = walked(
        &orders(&[("eu", "1", "open"), ("eu", "5", "open"), ("eu", "7", "open"), ("eu", "100", "done")]),
        &json!([{"name": "amounts", "help": "Amounts.", "keys": "order:*", "value": {"field": "amount"}, "aggregate": "histogram", "buckets": [5, 50], "by": [{"field": "status", "label": "state"}]}]),
    );
    assert_eq!(
        page.text("redis"),
        "# HELP redis_amounts Amounts.\n# TYPE redis_amounts histogram\n\
         redis_amounts_bucket{state=\"done\",le=\"5\"} 0\nredis_amounts_bucket{state=\"done\",le=\"50\"} 0\n\
         redis_amounts_bucket{state=\"done\",le=\"+Inf\"} 1\nredis_amounts_sum{state=\"done\"} 100\nredis_amounts_count{state=\"done\"} 1\n\
         redis_amounts_bucket{state=\"open\",le=\"5\"} 2\nredis_amounts_bucket{state=\"open\",le=\"50\"} 3\n\
         redis_amounts_bucket{state=\"open\",le=\"+Inf\"} 3\nredis_amounts_sum{state=\"open\"} 13\nredis_amounts_count{state=\"open\"} 3\n"
    );
}

#[test]
fn no_key_is_none_of_them_and_no_smallest_one() {
    let entry =
        |name: &str, aggregate: &str| json!({"name": name, "keys": "order:*", "value": "ttl", "aggregate": aggregate});
    let histogram =
        json!({"name": "spread", "keys": "order:*", "value": "ttl", "aggregate": "histogram", "buckets": [1]});
    let page = walked(
        &bench(),
        &json!([{"name": "orders", "keys": "order:*"}, entry("total", "sum"), entry("least", "min"), histogram, {"name": "grouped", "keys": "{a}:*", "by": ["a"]}]),
    );
    assert_eq!(
        [page.value("orders", &[]), page.value("total", &[]), page.value("least", &[])],
        [Some(0.0), Some(0.0), None]
    );
    let text = page.text("redis");
    assert!(text.contains("redis_spread_bucket{le=\"1\"} 0\n") && text.contains("redis_spread_count 0\n"), "{text}");
    assert!(!text.contains("redis_grouped"), "{text}");
}

#[test]
fn groups_by_a_field_have_an_empty_value_without_it() {
    let page = walked(
        &orders(ORDERS).key(0, "order:list", "list"),
        &json!([{"name": "orders", "keys": "order:*", "by": [{"field": "status"}], "labels": {"shop": "a"}}]),
    );
    let of = |status| page.value("orders", &[("status", status), ("shop", "a")]);
    assert_eq!([of("open"), of("done"), of("")], [3.0, 1.0, 2.0].map(Some));
}

#[test]
fn lengths_are_read_as_the_type_wants() {
    let mut bench = bench().key(0, "x:module", "MBbloom--");
    for (place, (kind, command)) in [
        ("string", "STRLEN"),
        ("list", "LLEN"),
        ("set", "SCARD"),
        ("zset", "ZCARD"),
        ("hash", "HLEN"),
        ("stream", "XLEN"),
        ("array", "ARCOUNT"),
    ]
    .into_iter()
    .enumerate()
    {
        bench = bench
            .key(0, format!("x:{kind}"), kind)
            .reply(&format!("{command} x:{kind}"), format!(":{}\r\n", 1 << place).into_bytes());
    }
    let entry = |types: Value| json!([{"name": "size", "keys": "x:{kind}", "types": types, "value": "length", "aggregate": "sum", "by": ["kind"]}]);
    let page = walked(&bench, &entry(Value::Null));
    let of = |kind| page.value("size", &[("kind", kind)]);
    let expected = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0].map(Some);
    assert_eq!(["string", "list", "set", "zset", "hash", "stream", "array"].map(of), expected);
    assert_eq!(of("module"), None);
    let some = walked(&bench, &entry(json!(["list", "set"])));
    assert_eq!(some.text("redis").lines().count(), 4, "{}", some.text("redis"));
}

#[test]
fn strings_scores_memory_and_times_to_live() {
    let bench = bench()
        .key(0, "s:1", "string")
        .key(0, "z:1", "zset")
        .reply("GET s:1", testing::bulk("7"))
        .reply("ZSCORE z:1 ada", b",2.5\r\n".to_vec())
        .reply("MEMORY USAGE s:1", b":56\r\n".to_vec())
        .reply("PTTL s:1", b":1500\r\n".to_vec())
        .reply("PTTL z:1", b":-1\r\n".to_vec());
    let entry =
        |name: &str, keys: &str, value: Value| json!({"name": name, "keys": keys, "value": value, "aggregate": "sum"});
    let mut forever = entry("longest", "?:1", json!("ttl"));
    forever["default"] = json!(1000);
    let page = walked(
        &bench,
        &json!([
            entry("number", "*", json!("string")),
            entry("score", "z*", json!({"score": "ada"})),
            entry("bytes", "s:*", json!("memory")),
            entry("ttl", "?:1", json!("ttl")),
            forever
        ]),
    );
    let of = |name| page.value(name, &[]);
    assert_eq!(
        [of("number"), of("score"), of("bytes"), of("ttl"), of("longest")],
        [7.0, 2.5, 56.0, 1.5, 1001.5].map(Some)
    );
    assert_eq!([skipped(&page, "ttl", "missing"), skipped(&page, "longest", "missing")], [Some(1.0), None]);
}

#[test]
fn a_path_goes_into_json_text() {
    let bench = bench()
        .key(0, "cart:1", "string")
        .key(0, "cart:2", "string")
        .key(0, "cart:3", "string")
        .reply("GET cart:1", testing::bulk(r#"{"items": [1, 2]}"#))
        .reply("GET cart:2", testing::bulk(r#"{"items": []}"#))
        .reply("GET cart:3", testing::bulk(format!("[{}", " ".repeat(300 << 10))));
    let page = walked(
        &bench,
        &json!([{"name": "items", "keys": "cart:*", "value": "string", "path": "$.items.length()", "aggregate": "sum"}]),
    );
    assert_eq!(page.value("items", &[]), Some(2.0));
    assert_eq!(skipped(&page, "items", "size"), Some(1.0));
}

#[test]
fn what_a_page_has_before_a_value_does_not_cost_it() {
    let mut bench = bench();
    for place in 0..30 {
        let text = format!("[1{}]", " ".repeat(200 << 10));
        bench = bench.key(0, format!("d:{place}"), "string").reply(&format!("GET d:{place}"), testing::bulk(text));
    }
    let entry = json!([{"name": "firsts", "keys": "d:*", "value": "string", "path": "[0]", "aggregate": "sum"}]);
    let page = walked(&bench.page_of(30), &entry);
    assert_eq!((page.value("firsts", &[]), skipped(&page, "firsts", "size")), (Some(30.0), None));
}

#[test]
fn what_is_beyond_the_groups_overflows() {
    let entry = json!([{"name": "orders", "keys": "order:{region}:{id}", "by": ["region", "id"], "groups": 2}]);
    let page = walked(&orders(ORDERS), &entry);
    let of = |region, id| page.value("orders", &[("region", region), ("id", id)]);
    assert_eq!([of("eu", "0"), of("eu", "1"), of("overflow", "overflow")], [1.0, 1.0, 4.0].map(Some));
    assert_eq!(page.text("redis").matches("redis_orders{").count(), 3);
}

#[test]
fn labels_are_text_and_not_too_long() {
    let long = "ä".repeat(200);
    let bench = bench()
        .key(0, b"a:\xff\x00", "string")
        .key(0, r"a:\xff".as_bytes(), "string")
        .key(0, b"a:\xff", "string")
        .key(0, format!("a:{long}1"), "string")
        .key(0, format!("a:{long}2"), "string")
        .key(0, "a:\"quoted\"\n", "string");
    let page = walked(&bench, &json!([{"name": "keys", "keys": "a:{b}", "by": ["b"]}]));
    let of = |b| page.value("keys", &[("b", b)]);
    assert_eq!([of("\\xff\u{0}"), of(r"\xff"), of("\"quoted\"\n")], [1.0, 2.0, 1.0].map(Some));
    assert_eq!(of(&"ä".repeat(128)), Some(2.0), "256 bytes of each");
    assert_eq!(page.text("redis").matches("redis_keys{").count(), 4);
}

#[test]
fn a_sum_that_is_too_large_is_infinite() {
    let page = walked(
        &orders(&[("eu", "1e308", ""), ("eu", "1e308", ""), ("eu", "-1e308", "")]),
        &json!([{"name": "total", "keys": "order:*", "value": {"field": "amount"}, "aggregate": "sum"}]),
    );
    assert_eq!(page.value("total", &[]), Some(f64::INFINITY));
}

#[test]
fn a_part_of_the_keys_is_told_but_not_as_a_counter() {
    let entry = |name: &str, kind: &str| json!({"name": name, "type": kind, "keys": "order:*", "value": {"field": "amount"}, "aggregate": "sum"});
    let metrics = json!([entry("total", "gauge"), entry("sold_total", "counter")]);
    let whole = walked(&orders(ORDERS), &metrics);
    assert_eq!([whole.value("total", &[]), whole.value("sold_total", &[])], [Some(42.5); 2]);
    assert!(whole.text("redis").contains("# TYPE redis_sold_total counter"));
    let part = walked(&orders(ORDERS).cut_short(), &metrics);
    assert_eq!([part.value("total", &[]), part.value("sold_total", &[])], [Some(42.5), None]);
}

#[test]
fn what_cannot_be_read_is_counted() {
    let bench = bench()
        .key(0, "a", "string")
        .key(0, "b", "string")
        .reply("GET a", b"-NOPERM no\r\n".to_vec())
        .reply("GET b", b"?".to_vec());
    let page = walked(
        &bench,
        &json!([{"name": "total", "keys": "*", "value": "string", "aggregate": "sum"}, {"name": "total2", "keys": "*", "by": [{"field": "x"}]}]),
    );
    assert_eq!((page.value("total", &[]), skipped(&page, "total", "refused")), (None, Some(2.0)));
}

#[test]
fn what_is_refused_makes_sums_partial_and_is_no_part_of_counters() {
    let refused = |code: &str| {
        let error = format!("-{code} no\r\n").into_bytes();
        let bench = bench().key(0, "a", "string").key(0, "b", "string").reply("GET a", error);
        let entry = |name: &str, kind: &str| json!({"name": name, "type": kind, "keys": "*", "value": "string", "aggregate": "sum"});
        walked(
            &bench.reply("GET b", b"$1\r\n2\r\n".to_vec()),
            &json!([entry("stock", "gauge"), entry("sold_total", "counter")]),
        )
    };
    let page = refused("NOPERM");
    assert_eq!([page.value("stock", &[]), page.value("sold_total", &[])], [Some(2.0), None]);
    assert_eq!((skipped(&page, "stock", "refused"), page.is_partial()), (Some(1.0), true));
    assert!(page.warnings()[0].contains("GET cannot be had"), "{:?}", page.warnings());
    let page = refused("MOVED");
    assert_eq!([page.value("stock", &[]), page.value("sold_total", &[])], [Some(2.0); 2]);
    assert_eq!((skipped(&page, "stock", "error"), page.is_partial()), (Some(1.0), false));
}

#[test]
fn walks_are_of_a_database() {
    let bench = bench().key(0, "a", "set").key(3, "b", "set").key(3, "c", "set");
    let page = walked(
        &bench,
        &json!([{"name": "keys", "keys": "*", "labels": {"db": 0}}, {"name": "keys", "keys": "*", "labels": {"db": 3}, "database": 3}]),
    );
    assert_eq!([page.value("keys", &[("db", "0")]), page.value("keys", &[("db", "3")])], [Some(1.0), Some(2.0)]);
}

#[test]
fn more_series_than_a_report_may_have_are_left_out() {
    let mut bench = bench();
    for number in 0..1000 {
        bench = bench.key(0, format!("{number}"), "string").reply(&format!("PTTL {number}"), b":1000\r\n".to_vec());
    }
    let entry = |place: usize| json!({"name": format!("m{place}"), "keys": "{number}", "value": "ttl", "aggregate": "histogram", "buckets": [1, 2, 3, 4, 5], "by": ["number"], "groups": 1000});
    let page = walked(&bench, &json!((0..10).map(entry).collect::<Vec<_>>()));
    assert!(page.is_partial());
    assert_eq!(page.warnings(), ["some groups are left out: there is room for 9500 series"]);
    assert_eq!(page.text("redis").lines().filter(|line| !line.starts_with('#')).count(), 9496);
}
