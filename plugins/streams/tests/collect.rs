//! Which streams are looked at, and what is told of them.

use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Refusal, Server};
use redwasp_streams::Streams;

const RECORDED: &[u8] = include_bytes!("../testdata/redis-7.0.txt");

fn bench() -> Bench {
    Bench::recorded(RECORDED).reply("TYPE text", b"+string\r\n".to_vec()).reply("TYPE missing", b"+none\r\n".to_vec())
}

fn collected(config: &str) -> Page {
    bench().at(1_638_006_872_417).collect::<Streams>(config).unwrap()
}

fn of(page: &Page, metric: &str, group: &str) -> Option<f64> {
    page.value(metric, &[("db", "db0"), ("stream", "orders"), ("group", group)])
}

#[test]
fn what_is_no_stream_is_left_out_and_not_asked_for_what_it_does_not_have() {
    let page = collected(r#"{"check_single_streams": ["orders", "text", "missing", "db99=orders"]}"#);
    assert_eq!(page.text("redis").matches("redis_stream_length{").count(), 1);
    assert!(!page.is_partial());
}

#[test]
fn a_key_without_a_star_is_looked_at_on_every_scrape() {
    let page = collected(r#"{"check_streams": ["orders"]}"#);
    assert_eq!(page.value("stream_length", &[("db", "db0"), ("stream", "orders")]), Some(3.0));
}

#[test]
fn the_oldest_pending_entry_has_an_age() {
    let page = collected(r#"{"check_single_streams": ["orders"]}"#);
    assert_eq!(of(&page, "stream_group_oldest_pending_age_seconds", "billing"), Some(10.0));
    assert_eq!(of(&page, "stream_group_oldest_pending_age_seconds", "mail"), None, "nothing is pending");
}

#[test]
fn an_unknown_lag_is_absent_unless_it_is_wanted_as_zero() {
    let page = collected(r#"{"check_single_streams": ["orders"]}"#);
    let unknown: Vec<&str> = ["billing", "mail", r"odd\xff"]
        .into_iter()
        .filter(|group| of(&page, "stream_group_lag", group).is_none())
        .collect();
    assert!(!unknown.is_empty(), "an entry was deleted inside of what the group has to read");
    let page = collected(r#"{"check_single_streams": ["orders"], "zero_unknown_lag": true}"#);
    assert!(unknown.iter().all(|group| of(&page, "stream_group_lag", group) == Some(0.0)));
}

#[test]
fn consumers_can_be_left_out() {
    let page = collected(r#"{"check_single_streams": ["orders"], "exclude_consumers": true}"#);
    let text = page.text("redis");
    assert!(!text.contains("stream_group_consumer_") && text.contains("redis_stream_group_consumers{"), "{text}");
}

#[test]
fn nothing_is_done_without_streams_or_on_a_primary_if_that_is_wanted() {
    let not =
        |config: &str| matches!(bench().collect::<Streams>(config), Err(NoPage::Refused(Refusal::NotApplicable(_))));
    assert!(not("{}") && not(r#"{"check_streams": ["a*"], "skip_on_masters": true}"#));
    let sentinel = Server { mode: "sentinel".to_owned(), ..testing::server("redis", "7.0.15") };
    for server in [sentinel, testing::server("tile38", "1.33")] {
        let outcome = Bench::new(server).sweep::<Streams>(r#"{"check_streams": ["a*"]}"#);
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
    let replica = Server { role: "slave".to_owned(), ..testing::server("redis", "7.0.15") };
    let page = Bench::new(replica).sweep::<Streams>(r#"{"check_streams": ["a*"], "skip_on_masters": true}"#).unwrap();
    assert_eq!(page.text("redis"), "");
}

#[test]
fn what_cannot_be_had_costs_itself() {
    let refused = || CallError::Denied("no".to_owned());
    let page = Bench::new(testing::server("redis", "7.0.15"))
        .error("TYPE a", refused())
        .reply("TYPE b", b"+stream\r\n".to_vec())
        .reply("XINFO STREAM b", b"%1\r\n+length\r\n:7\r\n".to_vec())
        .error("XINFO GROUPS b", refused())
        .collect::<Streams>(r#"{"check_single_streams": ["a", "b"]}"#)
        .unwrap();
    assert!(page.is_partial());
    let lines: Vec<String> =
        page.text("redis").lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    assert!(lines.contains(&r#"redis_stream_length{db="db0",stream="b"} 7"#.to_owned()), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("group")), "{lines:?}");
}

#[test]
fn mistakes_are_told_with_their_places() {
    let config = r#"{"check_streams": ["a", "x=y=z"], "check_single_streams": ["dbx=1"]}"#;
    let Err(NoPage::Refused(Refusal::Invalid(problems))) = bench().collect::<Streams>(config) else { panic!("taken") };
    let places: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["/check_streams/1", "/check_single_streams/0"]);
}
