//! Single commands: what is asked, what is read of the replies, and what cannot be had.

use redwasp_business::Business;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Refusal, Server};
use serde_json::{Value, json};

fn redis() -> Server {
    testing::server("redis", "7.0.15")
}

fn bench() -> Bench {
    Bench::new(redis())
}

fn page(bench: &Bench, metrics: &Value) -> Page {
    bench.collect::<Business>(&json!({ "metrics": metrics }).to_string()).unwrap()
}

fn problems(page: &Page) -> Vec<(String, String)> {
    page.problems().map(|(pointer, message)| (pointer.to_owned(), message.to_owned())).collect()
}

#[test]
fn each_reply_is_a_metric_with_the_labels_of_its_entry() {
    let users = |kind: &str| json!({"name": "active_users", "help": "Users.", "labels": {"user_type": kind}, "command": format!("SCARD users:{kind}")});
    let bench = bench()
        .reply("SCARD users:standard", b":8547\r\n".to_vec())
        .reply("SCARD users:premium", b":1245\r\n".to_vec());
    let page = page(&bench, &json!([users("standard"), users("premium")]));
    assert_eq!(
        page.text("redis"),
        "# HELP redis_active_users Users.\n# TYPE redis_active_users gauge\n\
         redis_active_users{user_type=\"standard\"} 8547\nredis_active_users{user_type=\"premium\"} 1245\n"
    );
    assert_eq!(problems(&page), []);
}

#[test]
fn a_command_may_be_a_list_and_a_part_of_the_reply_is_found() {
    let bench = bench()
        .reply("HGET my cart total", testing::bulk("12.5"))
        .reply("GET config", testing::bulk(r#"{"limits": [1, {"max": 30}]}"#))
        .reply("ZREVRANGE board 0 0 WITHSCORES", b"*1\r\n*2\r\n$3\r\nada\r\n,17.5\r\n".to_vec())
        .reply("LINDEX queue -1", testing::bulk("4"))
        .reply("XINFO STREAM jobs", b"%2\r\n+length\r\n:3\r\n+groups\r\n:1\r\n".to_vec());
    let page = page(
        &bench,
        &json!([
            {"name": "total", "type": "counter", "command": ["hget", "my cart", "total"]},
            {"name": "max", "command": "GET config", "path": "$.limits[1].max"},
            {"name": "limits", "command": "GET config", "path": "limits.length()"},
            {"name": "top", "command": "ZREVRANGE board 0 0 WITHSCORES", "path": "[0][1]"},
            {"name": "last", "command": ["LINDEX", "queue", -1]},
            {"name": "jobs", "command": "XINFO STREAM jobs", "path": "length"},
        ]),
    );
    let value = |name| page.value(name, &[]);
    assert_eq!([value("max"), value("limits"), value("top")], [Some(30.0), Some(2.0), Some(17.5)]);
    assert_eq!([value("last"), value("jobs"), value("total")], [Some(4.0), Some(3.0), Some(12.5)]);
    assert!(page.warnings().is_empty(), "{:?}", page.warnings());
    assert!(page.text("redis").contains("# TYPE redis_total counter"));
}

#[test]
fn many_metrics_of_one_long_document_are_all_there() {
    let document = format!("{{\"pad\": \"{}\", \"list\": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}}", "x".repeat(150 << 10));
    let bench = bench().reply("GET a", testing::bulk(&document)).reply("GET b", testing::bulk("[7]"));
    let metric =
        |place: usize| json!({"name": format!("m{place}"), "command": "GET a", "path": format!("list[{place}]")});
    let mut metrics: Vec<Value> = (0..10).map(metric).collect();
    metrics.insert(5, json!({"name": "between", "command": "GET b", "path": "[0]"}));
    let page = page(&bench, &json!(metrics));
    assert!(!page.is_partial(), "{:?}", page.warnings());
    for place in 0..10 {
        assert_eq!(page.value(&format!("m{place}"), &[]), Some(place as f64));
    }
    assert_eq!(page.value("between", &[]), Some(7.0));
}

#[test]
fn nothing_is_absent_or_what_the_entry_says() {
    let bench = bench().reply("GET a", b"_\r\n".to_vec()).reply("GET b", b"$-1\r\n".to_vec());
    let page =
        page(&bench, &json!([{"name": "a", "command": "GET a"}, {"name": "b", "command": "GET b", "default": 0.5}]));
    assert_eq!((page.value("a", &[]), page.value("b", &[])), (None, Some(0.5)));
    assert!(page.warnings().is_empty() && !page.is_partial());
}

#[test]
fn what_cannot_be_had_costs_itself_and_is_told_once() {
    let wrong = || {
        bench()
            .reply("SCARD a", b"-WRONGTYPE Operation against a key\r\n".to_vec())
            .reply("GET b", testing::bulk("ten"))
            .reply("GET c", b":1\r\n".to_vec())
    };
    let metrics = json!([{"name": "a", "command": "SCARD a"}, {"name": "b", "command": "GET b", "default": 3}, {"name": "c", "command": "GET c"}, {"name": "d", "command": "GET d"}]);
    let first = page(&wrong(), &metrics);
    assert_eq!(["a", "b", "c", "d"].map(|name| first.value(name, &[])), [None, None, Some(1.0), None]);
    let told = first.warnings();
    assert_eq!(told[0], "a is left out, for SCARD a tells no number: WRONGTYPE Operation against a key (told once)");
    assert_eq!(told[1], "b is left out, for GET b tells no number: what is there is no number (told once)");
    assert!(told[2].starts_with("d is left out, for GET d tells no number: the bench has no reply"), "{}", told[2]);
    assert!(first.is_partial());
    let second = page(&wrong().after(&first), &metrics);
    assert!(second.warnings().is_empty() && second.is_partial());
    let well = page(&bench().reply("SCARD a", b":1\r\n".to_vec()).after(&second), &metrics);
    assert_eq!(well.value("a", &[]), Some(1.0));
    let again = page(&wrong().after(&well), &metrics);
    assert_eq!(again.warnings().len(), 2, "{:?}", again.warnings());
}

#[test]
fn many_that_cannot_be_had_are_told_some_at_a_time() {
    let metrics: Vec<_> =
        (0..40).map(|place| json!({"name": format!("m{place}"), "command": format!("GET k{place}")})).collect();
    let metrics = json!(metrics);
    let mut page_before = page(&bench(), &metrics);
    let mut told = page_before.warnings().len();
    for _ in 0..3 {
        page_before = page(&bench().after(&page_before), &metrics);
        assert!(page_before.warnings().len() <= 16);
        told += page_before.warnings().len();
    }
    assert_eq!(told, 40);
}

#[test]
fn a_call_that_fails_otherwise_is_a_value_too() {
    for (error, words) in
        [(CallError::Timeout, "no reply in time"), (CallError::Limit("too much".to_owned()), "too much")]
    {
        let page = page(&bench().error("GET a", error), &json!([{"name": "a", "command": "GET a"}]));
        assert!(page.warnings()[0].contains(words), "{:?}", page.warnings());
    }
    let page = page(&bench().reply("GET a", b"?".to_vec()), &json!([{"name": "a", "command": "GET a"}]));
    assert!(page.warnings()[0].contains("not RESP3"), "{:?}", page.warnings());
}

#[test]
fn nothing_is_planned_without_metrics_and_where_there_are_no_keys() {
    let metrics = json!({"metrics": [{"name": "a", "command": "GET a"}]}).to_string();
    let of = |server: Server, config: &str| Bench::new(server).collect::<Business>(config);
    let [mut sentinel, mut replica] = [redis(), redis()];
    sentinel.mode = "sentinel".to_owned();
    (replica.mode, replica.role) = ("cluster".to_owned(), "slave".to_owned());
    for (server, config) in [
        (redis(), "{}"),
        (redis(), r#"{"metrics": []}"#),
        (sentinel, &metrics),
        (replica, &metrics),
        (testing::server("tile38", "1.33"), &metrics),
    ] {
        let outcome = of(server, config);
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
    assert!(matches!(of(redis(), r#"{"metric": []}"#), Err(NoPage::Refused(Refusal::Invalid(_)))));
}

#[test]
fn what_a_server_would_answer_with_an_error_is_not_asked() {
    let metrics = json!({"metrics": [
        {"name": "a", "command": "EXPIRETIME a"},
        {"name": "b", "command": "GET b", "database": 16},
        {"name": "c", "command": "DBSIZE"},
    ]})
    .to_string();
    let told = |server: Server| {
        let page = Bench::new(server).reply("DBSIZE", b":3\r\n".to_vec()).collect::<Business>(&metrics).unwrap();
        assert_eq!(page.value("c", &[]), Some(3.0));
        problems(&page)
    };
    let database = ("/metrics/1/database".to_owned(), "the server has databases from 0 to 15".to_owned());
    let known = "EXPIRETIME is known since Redis 7.0, and this is redis 6.2.14".to_owned();
    assert_eq!(told(testing::server("redis", "6.2.14")), [("/metrics/0/command".to_owned(), known), database.clone()]);
    assert_eq!(told(redis()), [database]);
    let mut cluster = redis();
    cluster.mode = "cluster".to_owned();
    assert!(told(cluster)[0].1.contains("another node's"));
}
