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
fn what_is_refused_is_told_once_with_the_right_that_lacks() {
    let refused = || b"-NOPERM no\r\n".to_vec();
    let bench = || {
        let bench = Bench::new(testing::server("redis", "7.0.15"));
        ["a", "b"].into_iter().fold(bench, |bench, name| {
            bench
                .key(0, name, "stream")
                .reply(&format!("TYPE {name}"), b"+stream\r\n".to_vec())
                .reply(&format!("XINFO STREAM {name}"), b"%1\r\n+length\r\n:7\r\n".to_vec())
                .reply(&format!("XINFO GROUPS {name}"), refused())
        })
    };
    let told = "XINFO GROUPS cannot be had, and what it would tell is left out: NOPERM no; the user needs +xinfo|groups and \
                the right to read the keys";
    let collect = |bench: Bench| bench.collect::<Streams>(r#"{"check_single_streams": ["a", "b"]}"#).unwrap();
    let first = collect(bench());
    assert_eq!((first.warnings(), first.is_partial()), (&[format!("{told} (told once)")][..], true));
    let next = collect(bench().after(&first));
    assert!(next.warnings().is_empty() && next.is_partial());
    let walked = bench().sweep::<Streams>(r#"{"check_streams": ["*"]}"#).unwrap();
    assert_eq!((walked.warnings(), walked.is_partial()), (&[told.to_owned()][..], true));
    assert_eq!(walked.text("redis").matches("redis_stream_length{").count(), 2);
}

#[test]
fn a_stream_that_is_gone_by_now_is_nothing_to_tell() {
    let bench = Bench::new(testing::server("redis", "7.0.15"))
        .key(0, "a", "stream")
        .reply("XINFO STREAM a", b"-ERR no such key\r\n".to_vec())
        .reply("XINFO GROUPS a", b"-ERR no such key\r\n".to_vec());
    let page = bench.sweep::<Streams>(r#"{"check_streams": ["*"]}"#).unwrap();
    assert!(!page.is_partial() && page.text("redis").is_empty());
}

#[test]
fn a_stream_that_fits_several_patterns_is_one() {
    let page = bench().key(0, "orders", "stream").sweep::<Streams>(r#"{"check_streams": ["o*", "*s"]}"#).unwrap();
    assert_eq!(page.text("redis").matches("redis_stream_length{").count(), 1);
}

/// A reply to XINFO GROUPS.
fn groups(number: usize, consumers: usize) -> Vec<u8> {
    let group = |number| format!("%2\r\n+name\r\n$6\r\n{number:06}\r\n+consumers\r\n:{consumers}\r\n");
    let groups: String = (0..number).map(group).collect();
    format!("*{number}\r\n{groups}").into_bytes()
}

fn large(number: usize, consumers: usize) -> Bench {
    ["a", "b"].into_iter().fold(Bench::new(testing::server("redis", "7.0.15")), |bench, name| {
        bench
            .key(0, name, "stream")
            .reply(&format!("TYPE {name}"), b"+stream\r\n".to_vec())
            .reply(&format!("XINFO STREAM {name}"), b"%1\r\n+length\r\n:7\r\n".to_vec())
            .reply(&format!("XINFO GROUPS {name}"), groups(number, consumers))
    })
}

const NO_ROOM: &str = "some streams or their consumers are left out: there is room for 9000 streams that fit patterns, and for \
                       90000 series";

#[test]
fn what_has_no_room_is_left_out_and_the_rest_is_told() {
    let bench = large(8_000, 0).most_series(100_000);
    let walked = bench.sweep::<Streams>(r#"{"check_streams": ["*"]}"#).unwrap();
    assert_eq!((walked.warnings(), walked.is_partial()), (&[NO_ROOM.to_owned()][..], true));
    assert_eq!(walked.text("redis").matches("redis_stream_length{").count(), 1);
    let collected = bench.collect::<Streams>(r#"{"check_single_streams": ["a", "b"]}"#).unwrap();
    assert_eq!((collected.warnings(), collected.is_partial()), (&[format!("{NO_ROOM} (told once)")][..], true));
}

#[test]
fn consumers_for_which_there_is_no_room_are_not_asked_for() {
    let walked = large(1, 50_000).sweep::<Streams>(r#"{"check_streams": ["*"]}"#).unwrap();
    assert_eq!(walked.warnings(), [NO_ROOM], "and no command is refused by the bench");
    assert_eq!(
        walked.value("stream_group_consumers", &[("db", "db0"), ("stream", "b"), ("group", "000000")]),
        Some(50_000.0)
    );
}

#[test]
fn where_no_more_may_be_asked_the_rest_is_told() {
    let mut names: Vec<String> = (0..17_000).map(|number| format!("\"x{number}\"")).collect();
    names.push("\"orders\"".to_owned());
    let page = collected(&format!("{{\"check_single_streams\": [{}]}}", names.join(",")));
    assert!(page.is_partial());
    assert_eq!(page.value("stream_length", &[("db", "db0"), ("stream", "orders")]), Some(3.0));
}

#[test]
fn patterns_that_do_not_fit_into_a_plan_are_left_out_and_told() {
    let many: Vec<String> = (0..300).map(|number| format!("\"s{number}*\"")).collect();
    let page = bench().sweep::<Streams>(&format!("{{\"check_streams\": [{}]}}", many.join(","))).unwrap();
    let problem = ("/check_streams", "44 patterns are left out: keys are walked for 256 at most");
    assert_eq!(page.problems().collect::<Vec<_>>(), [problem]);
}

#[test]
fn mistakes_are_told_with_their_places() {
    let config = r#"{"check_streams": ["a", "x=y=z"], "check_single_streams": ["dbx=1"]}"#;
    let Err(NoPage::Refused(Refusal::Invalid(problems))) = bench().collect::<Streams>(config) else { panic!("taken") };
    let places: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["/check_streams/1", "/check_single_streams/0"]);
}
