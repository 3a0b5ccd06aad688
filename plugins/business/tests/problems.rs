//! What is wrong with an entry: its place, and that it costs nobody else.

use redwasp_business::Business;
use redwasp_sdk::testing::{self, Bench};
use serde_json::{Value, json};

/// The problems of a configuration with these entries, and a good one behind them.
fn problems(entries: &[Value]) -> Vec<(String, String)> {
    let mut metrics = entries.to_vec();
    metrics.push(json!({"name": "good", "command": "GET good"}));
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("GET good", b":1\r\n".to_vec());
    let page = bench.collect::<Business>(&json!({ "metrics": metrics }).to_string()).unwrap();
    assert_eq!(page.value("good", &[]), Some(1.0), "{entries:?}");
    page.problems().map(|(pointer, message)| (pointer.to_owned(), message.to_owned())).collect()
}

/// The problems of one entry, without the place of the entry.
fn of(entry: &Value) -> Vec<(String, String)> {
    let below = |(pointer, message): (String, String)| (pointer.replace("/metrics/0", ""), message);
    problems(std::slice::from_ref(entry)).into_iter().map(below).collect()
}

#[test]
fn each_mistake_is_told_where_it_is() {
    let cases = [
        (json!("text"), "", "keys and values are expected"),
        (json!({"command": "GET a"}), "", "`name` is missing"),
        (json!({"name": "a"}), "", "either `command` or `keys`"),
        (json!({"name": "a", "command": "GET a", "keys": "a"}), "", "either `command` or `keys`"),
        (
            json!({"name": "a", "command": "GET a", "halp": "x"}),
            "/halp",
            "there is no such key here; there are name, help",
        ),
        (json!({"name": "a", "command": "GET a", "x/y": 1}), "/x~1y", "there is no such key"),
        (json!({"name": "a-b", "command": "GET a"}), "/name", "\"a-b\" is no name of a metric"),
        (json!({"name": "0a", "command": "GET a"}), "/name", "is no name of a metric"),
        (json!({"name": 5, "command": "GET a"}), "/name", "a text is expected"),
        (json!({"name": "x".repeat(201), "command": "GET a"}), "/name", "is no name of a metric"),
        (json!({"name": "a_sum", "command": "GET a"}), "/name", "belongs to a histogram"),
        (json!({"name": "sum", "command": "GET a"}), "/name", "belongs to a histogram"),
        (json!({"name": "up", "command": "GET a"}), "/name", "the exporter's own"),
        (json!({"name": "exporter_a", "command": "GET a"}), "/name", "the exporter's own"),
        (json!({"name": "business_skipped_keys", "command": "GET a"}), "/name", "the exporter's own"),
        (json!({"name": "a", "command": "GET a", "help": 1}), "/help", "a text is expected"),
        (
            json!({"name": "a", "command": "GET a", "type": "summary"}),
            "/type",
            "summary is none of gauge, counter, histogram",
        ),
        (json!({"name": "a", "command": "GET a", "type": "histogram"}), "/type", "nothing else does"),
        (json!({"name": "a", "command": "GET a", "labels": ["x"]}), "/labels", "keys and values"),
        (json!({"name": "a", "command": "GET a", "labels": {"x-y": 1}}), "/labels/x-y", "no name of a label"),
        (json!({"name": "a", "command": "GET a", "labels": {"__x": 1}}), "/labels/__x", "no name of a label"),
        (json!({"name": "a", "command": "GET a", "labels": {"x": []}}), "/labels/x", "a text or a number"),
        (json!({"name": "a", "command": "GET a", "labels": {"x": "v".repeat(257)}}), "/labels/x", "at most 256 bytes"),
        (json!({"name": "a", "command": "GET a", "database": -1}), "/database", "a whole number from 0"),
        (json!({"name": "a", "command": "GET a", "default": "x"}), "/default", "a number is expected"),
        (json!({"name": "a", "command": "GET a", "path": "a["}), "/path", "not a path from `[` on"),
        (json!({"name": "a", "command": "GET a", "by": ["x"]}), "/by", "this is of `keys`"),
        (
            json!({"name": "a", "command": "DEL a"}),
            "/command",
            "DEL is none of the reads that can be asked: ARCOUNT, BF.CARD,",
        ),
        (json!({"name": "a", "command": "SMEMBERS a"}), "/command", "SMEMBERS is none of the reads"),
        (json!({"name": "a", "command": "HGET a"}), "/command", "it is written HGET key field"),
        (json!({"name": "a", "command": 5}), "/command", "a list is expected"),
        (json!({"name": "a", "command": ["GET", {}]}), "/command/1", "a text or a number"),
        (json!({"name": "a", "command": []}), "/command", "is none of the reads"),
        (json!({"name": "a", "keys": "x-{y}"}), "/keys", "{y} has to stand alone"),
        (json!({"name": "a", "keys": ""}), "/keys", "1 to 1024 bytes"),
        (json!({"name": "a", "keys": "x:*", "aggregate": "avg"}), "/aggregate", "avg is none of count, sum"),
        (json!({"name": "a", "keys": "x:*", "aggregate": "sum"}), "/aggregate", "the others need one"),
        (json!({"name": "a", "keys": "x:*", "aggregate": "count", "value": "ttl"}), "/aggregate", "has no `value`"),
        (json!({"name": "a", "keys": "x:*", "value": "ttl"}), "/value", "`aggregate` is missing"),
        (
            json!({"name": "a", "keys": "x:*", "value": "size", "aggregate": "sum"}),
            "/value",
            "size is none of string, length",
        ),
        (json!({"name": "a", "keys": "x:*", "value": {}, "aggregate": "sum"}), "/value", "one of string, length"),
        (json!({"name": "a", "keys": "x:*", "value": {"feild": 1}, "aggregate": "sum"}), "/value/feild", "no such key"),
        (
            json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "histogram"}),
            "/keys",
            "a histogram needs `buckets`",
        ),
        (
            json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "histogram", "buckets": [2, 1]}),
            "/buckets",
            "each larger",
        ),
        (
            json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "histogram", "buckets": []}),
            "/buckets",
            "1 to 50",
        ),
        (
            json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "sum", "buckets": [1]}),
            "/buckets",
            "are of `aggregate: histogram`",
        ),
        (
            json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "histogram", "buckets": [1], "type": "gauge"}),
            "/type",
            "gives a histogram",
        ),
        (json!({"name": "a", "keys": "x:*", "by": ["y"]}), "/by/0", "`keys` has no {y}"),
        (json!({"name": "a", "keys": "x:*", "by": [{"label": "y"}]}), "/by/0", "a name in `keys`, or"),
        (json!({"name": "a", "keys": "x:*", "by": [{"field": "a-b"}]}), "/by/0", "choose another with `label`"),
        (json!({"name": "a", "keys": "{x}:*", "by": ["x"], "labels": {"x": 1}}), "/by/0", "there are two labels x"),
        (json!({"name": "a", "keys": "{x}:*", "by": ["x", {"field": "x"}]}), "/by/1", "there are two labels x"),
        (
            json!({"name": "a", "keys": "{x}:*", "by": ["x"], "groups": 1001}),
            "/groups",
            "a whole number from 1 to 1000",
        ),
        (json!({"name": "a", "keys": "x:*", "types": []}), "/types", "1 to 16 types"),
        (json!({"name": "a", "keys": "x:*", "types": ["set"], "by": [{"field": "x"}]}), "/types", "no key has all"),
        (
            json!({"name": "a", "keys": "x:*", "value": "string", "aggregate": "sum", "by": [{"field": "x"}]}),
            "/types",
            "no key has all",
        ),
        (
            json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "sum", "path": "a"}),
            "/path",
            "the text of a string or a field",
        ),
    ];
    for (entry, pointer, words) in cases {
        let told = of(&entry);
        let is_told = |(place, message): &(String, String)| place == pointer && message.contains(words);
        assert!(told.iter().any(is_told), "{entry}: {told:?}");
    }
}

#[test]
fn all_mistakes_of_an_entry_are_told_at_once() {
    let told = of(&json!({"name": "a-b", "command": "GET", "labels": {"c-d": 1}, "path": "]", "x": 1}));
    let places: Vec<&str> = told.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["/name", "/labels/c-d", "/path", "/command", "/x"]);
}

#[test]
fn entries_of_one_name_are_one_family() {
    let entry = |more: Value| {
        let mut entry = json!({"name": "a", "command": "GET a"});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let second = |more: Value| problems(&[entry(json!({"labels": {"x": 1}})), entry(more)]);
    assert_eq!(second(json!({"labels": {"x": 2}})), []);
    let told = |pointer: &str, message: &str| vec![(pointer.to_owned(), message.to_owned())];
    assert_eq!(second(json!({})), told("/metrics/1/labels", "a has other labels at /metrics/0: x"));
    assert_eq!(
        second(json!({"labels": {"x": 2}, "type": "counter"})),
        told("/metrics/1/type", "a has another type at /metrics/0")
    );
    let same = "/metrics/0 has the same name and the same labels: one more label tells them apart";
    assert_eq!(second(json!({"labels": {"x": "1"}})), told("/metrics/1/labels", same));
}

#[test]
fn the_series_of_a_histogram_are_its_own() {
    let histogram = json!({"name": "a", "keys": "x:*", "value": "ttl", "aggregate": "histogram", "buckets": [1]});
    let count = json!({"name": "a_count", "command": "GET a"});
    for entries in [[histogram.clone(), count.clone()], [count, histogram]] {
        let told = problems(&entries);
        assert_eq!(told, [("/metrics/1/name".to_owned(), "it is a part of the histogram of /metrics/0".to_owned())]);
    }
}

#[test]
fn there_are_not_more_entries_than_walks() {
    let entries: Vec<Value> = (0..256).map(|place| json!({"name": format!("m{place}"), "keys": "x"})).collect();
    let config = |entries: &[Value]| json!({ "metrics": entries }).to_string();
    let bench = Bench::new(testing::server("redis", "7.0.15"));
    let told = |entries: &[Value]| {
        let page = bench.sweep::<Business>(&config(entries)).unwrap();
        page.problems().map(|(pointer, message)| format!("{pointer}: {message}")).collect::<Vec<_>>()
    };
    assert_eq!(told(&entries), [""; 0]);
    let more = [entries, vec![json!({"name": "b", "keys": "x"}), json!({"name": "c", "keys": "x"})]].concat();
    assert_eq!(told(&more), ["/metrics/256: there are more than 256 metrics"]);
}
