//! What a walk makes of keys, without a daemon and without a Redis.

use orders::Orders;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Failure, Refusal};

fn bench() -> Bench {
    Bench::new(testing::server("redis", "7.0.15"))
}

/// A bench with this order more; what is none is not there.
fn order(bench: Bench, name: &str, status: Option<&[u8]>, amount: Option<&str>) -> Bench {
    let status = status.map_or_else(testing::null, testing::bulk);
    let amount = amount.map_or_else(testing::null, testing::bulk);
    bench.key(0, name, "hash").reply(&format!("HMGET {name} status amount"), testing::array([status, amount]))
}

fn orders() -> Bench {
    let bench = order(bench(), "order:1", Some(b"paid"), Some("5"));
    let bench = order(bench, "order:2", Some(b"paid"), Some("100"));
    let bench = order(bench, "order:3", Some(b"open"), Some("2500.5"));
    let bench = order(bench, "order:4", None, Some("12"));
    let bench = order(bench, "order:5", Some(b"a\xff"), None);
    let bench = order(bench, "order:6", Some(b"open"), Some("a lot"));
    let bench = order(bench, "order:7", Some(b"open"), Some("inf"));
    let bench = order(bench, "order:8", Some(b"open"), Some("nan"));
    order(bench, "offer:1", Some(b"open"), Some("1")).key(0, "order:list", "list")
}

fn value(page: &Page, name: &str, status: &str) -> Option<f64> {
    page.value(name, &[("status", status)])
}

#[test]
fn orders_are_counted_and_summed_by_their_status() {
    let page = orders().sweep::<Orders>("{}").unwrap();
    let expected = r#"# HELP redis_order_amount Amounts of orders.
# TYPE redis_order_amount histogram
redis_order_amount_bucket{le="10"} 1
redis_order_amount_bucket{le="50"} 2
redis_order_amount_bucket{le="100"} 3
redis_order_amount_bucket{le="500"} 3
redis_order_amount_bucket{le="1000"} 3
redis_order_amount_bucket{le="+Inf"} 4
redis_order_amount_sum 2617.5
redis_order_amount_count 4
# HELP redis_orders Orders by their status.
# TYPE redis_orders gauge
redis_orders{status="a\\xff"} 1
redis_orders{status="open"} 4
redis_orders{status="paid"} 2
redis_orders{status="unknown"} 1
# HELP redis_orders_amount Sum of the amounts of orders by their status.
# TYPE redis_orders_amount gauge
redis_orders_amount{status="a\\xff"} 0
redis_orders_amount{status="open"} 2500.5
redis_orders_amount{status="paid"} 105
redis_orders_amount{status="unknown"} 12
# HELP redis_orders_unreadable Orders whose amount is missing or no number.
# TYPE redis_orders_unreadable gauge
redis_orders_unreadable 4
"#;
    assert_eq!(page.text("redis"), expected);
    assert_eq!((page.warnings().len(), page.is_partial()), (0, false));
}

#[test]
fn further_statuses_are_others_in_the_order_of_the_walk() {
    let page = orders().page_of(1).sweep::<Orders>(r#"{"max_statuses": 1}"#).unwrap();
    assert_eq!((value(&page, "orders", "paid"), value(&page, "orders", "other")), (Some(2.0), Some(6.0)));
    assert_eq!((value(&page, "orders_amount", "other"), value(&page, "orders", "open")), (Some(2512.5), None));
}

#[test]
fn without_orders_the_page_has_what_is_always_there() {
    let page = bench().sweep::<Orders>("{}").unwrap();
    assert_eq!(page.value("orders_unreadable", &[]), Some(0.0));
    assert!(page.text("redis").contains("redis_order_amount_count 0\n") && !page.text("redis").contains("status="));
}

#[test]
fn unknown_takes_a_place_and_other_is_one_more() {
    let bench = order(bench(), "order:1", None, Some("1"));
    let bench = order(order(bench, "order:2", Some(b"a"), Some("1")), "order:3", Some(b"b"), Some("1"));
    let page = bench.sweep::<Orders>(r#"{"max_statuses": 2}"#).unwrap();
    assert_eq!(["unknown", "a", "other"].map(|status| value(&page, "orders", status)), [Some(1.0); 3]);
}

#[test]
fn statuses_are_in_the_order_of_their_labels() {
    let statuses: [&[u8]; 4] = ["\u{1f600}".as_bytes(), "\u{ff5e}".as_bytes(), b"a\xff", b"a"];
    let all = statuses.into_iter().enumerate();
    let bench =
        all.fold(bench(), |bench, (place, status)| order(bench, &format!("order:{place}"), Some(status), Some("1")));
    let text = bench.sweep::<Orders>("{}").unwrap().text("redis");
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("redis_orders{")).collect();
    let expected =
        ["a", r"a\\xff", "\u{ff5e}", "\u{1f600}"].map(|status| format!("redis_orders{{status=\"{status}\"}} 1"));
    assert_eq!(lines, expected);
}

#[test]
fn an_order_that_cannot_be_read_ends_the_walk() {
    let read = "HMGET order:1 status amount";
    let one = || bench().key(0, "order:1", "hash");
    let denied = one().denied(read).sweep::<Orders>("{}");
    assert!(matches!(denied, Err(NoPage::Failed(Failure::Redis(CallError::Denied(_))))), "{denied:?}");
    let changed = one().reply(read, testing::error("WRONGTYPE not a hash")).sweep::<Orders>("{}");
    assert!(matches!(changed, Err(NoPage::Failed(Failure::Redis(CallError::Server(_))))), "{changed:?}");
}

/// The recording is of a server with six keys; the same file is a test in the other languages.
#[test]
fn what_was_recorded_is_counted() {
    let bench = Bench::recorded(include_bytes!("../../recording.json"));
    let page = bench.sweep::<Orders>(bench.config()).unwrap();
    assert_eq!(page.text("redis"), include_str!("../../recording.prom"));
}

#[test]
fn a_walk_that_ends_early_is_told() {
    let page = orders().cut_short().sweep::<Orders>("{}").unwrap();
    assert_eq!(page.warnings(), ["the walk ended early: 8 orders were seen"]);
}

#[test]
fn a_collect_reports_nothing() {
    assert_eq!(orders().collect::<Orders>("{}").unwrap().text("redis"), "");
}

fn refused(config: &str) -> Vec<(String, String)> {
    let page = bench().sweep::<Orders>(config);
    let Err(NoPage::Refused(Refusal::Invalid(problems))) = page else { panic!("{page:?}") };
    problems.into_iter().map(|problem| (problem.pointer, problem.message)).collect()
}

#[test]
fn wrong_buckets_are_refused_with_every_problem() {
    let told = refused(r#"{"buckets": [100, 50, 50, 70], "max_statuses": 0}"#);
    let expected = [
        ("/buckets/1", "50 is not larger than 100"),
        ("/buckets/2", "50 is not larger than 50"),
        ("/max_statuses", "0 is not from 1 to 100"),
    ];
    assert_eq!(told, expected.map(|(place, message)| (place.to_owned(), message.to_owned())));
    assert_eq!(refused(r#"{"buckets": [10, "x"]}"#)[0].0, "/buckets/1");
}
