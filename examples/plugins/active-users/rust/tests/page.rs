//! What the collector makes of replies, without a daemon and without a Redis.

use active_users::ActiveUsers;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{Collector, Refusal};

fn bench() -> Bench {
    Bench::new(testing::server("redis", "7.0.15"))
}

fn users(page: &Page, kind: &str) -> Option<f64> {
    page.value("active_users", &[("user_type", kind)])
}

#[test]
fn each_set_has_its_members() {
    let bench = bench().reply("SCARD users:human", testing::integer(5)).reply("SCARD users:bot", testing::integer(0));
    let page = bench.collect::<ActiveUsers>("{}").unwrap();
    let expected = "\
# HELP redis_active_users Members of the set of active users.
# TYPE redis_active_users gauge
redis_active_users{user_type=\"human\"} 5
redis_active_users{user_type=\"bot\"} 0
";
    assert_eq!((page.text("redis").as_str(), page.is_partial(), page.warnings().len()), (expected, false, 0));
}

#[test]
fn a_set_that_cannot_be_read_is_left_out_and_told() {
    let bench = bench().reply("SCARD users:human", testing::error("WRONGTYPE no set")).timeout("SCARD users:bot");
    let page = bench.collect::<ActiveUsers>("{}").unwrap();
    assert_eq!((page.text("redis").as_str(), page.is_partial()), ("", true));
    assert_eq!(page.warnings(), ["SCARD users:human: WRONGTYPE no set", "SCARD users:bot: no reply in time"]);
}

#[test]
fn a_reply_that_is_no_number_is_told() {
    let page = bench().reply("SCARD a", testing::array([])).denied("SCARD b");
    let page =
        page.collect::<ActiveUsers>(r#"{"sets": [{"key": "a", "type": "a"}, {"key": "b", "type": "b"}]}"#).unwrap();
    let expected =
        ["SCARD a: the reply holds an array where an integer was expected", "SCARD b: SCARD b is not granted"];
    assert_eq!(page.warnings(), expected);
}

#[test]
fn two_sets_of_one_type_are_one_and_a_problem() {
    let config =
        r#"{"sets": [{"key": "a", "type": "human"}, {"key": "b", "type": "human"}, {"key": "c", "type": "bot"}]}"#;
    let bench = bench().reply("SCARD a", testing::integer(1)).reply("SCARD c", testing::integer(3));
    let page = bench.collect::<ActiveUsers>(config).unwrap();
    assert_eq!((users(&page, "human"), users(&page, "bot")), (Some(1.0), Some(3.0)));
    assert_eq!(page.problems().collect::<Vec<_>>(), [("/sets/1/type", "\"human\" is there twice")]);
    assert!(!page.is_partial());
}

#[test]
fn a_wrong_configuration_is_refused_with_its_place() {
    for (config, place) in [
        (r#"{"sets": [{"key": "a", "type": 1}]}"#, "/sets/0/type"),
        (r#"{"set": []}"#, "/set"),
        (r#"{"sets": 1}"#, "/sets"),
    ] {
        let page = bench().collect::<ActiveUsers>(config);
        let Err(NoPage::Refused(Refusal::Invalid(problems))) = page else { panic!("{page:?}") };
        assert_eq!(problems[0].pointer, place, "{problems:?}");
    }
}

#[test]
fn the_schema_is_that_of_the_type() {
    let schema = ActiveUsers::config_schema();
    for part in [r#""additionalProperties":false"#, r#""key":"users:human""#, r#""description":"The key of the set.""#]
    {
        assert!(schema.contains(part), "{part} in {schema}");
    }
}
