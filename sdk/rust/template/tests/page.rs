//! What the collector makes of replies, without a daemon and without a Redis.

use {{name_snake}}::{{Name}};
use redwasp_sdk::testing::{self, Bench, NoPage};
use redwasp_sdk::{CallError, Failure, Refusal};

const INFO: &str = "# Stats\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\n";

fn bench() -> Bench {
    Bench::new(testing::server("redis", "7.0.15"))
}

#[test]
fn hits_are_a_part_of_all_lookups() {
    let page = bench()
        .reply("INFO ALL", testing::bulk(INFO))
        .collect::<{{Name}}>("{}")
        .unwrap();
    let expected = "\
# HELP redis_{{name_snake}}_hit_ratio Part of the lookups that found their key since the server began, 0 to 1.
# TYPE redis_{{name_snake}}_hit_ratio gauge
redis_{{name_snake}}_hit_ratio 0.75
";
    assert_eq!(page.text("redis"), expected);
}

#[test]
fn few_lookups_give_no_sample() {
    let bench = bench().reply("INFO ALL", testing::bulk(INFO));
    let ratio = |config: &str| {
        bench
            .collect::<{{Name}}>(config)
            .unwrap()
            .value("{{name_snake}}_hit_ratio", &[])
    };
    assert_eq!(ratio(r#"{"minimum_lookups": 4}"#), Some(0.75));
    assert_eq!(ratio(r#"{"minimum_lookups": 5}"#), None);
}

#[test]
fn a_server_without_the_numbers_is_not_measured() {
    let page = bench()
        .reply("INFO ALL", testing::bulk("# Server\r\n"))
        .collect::<{{Name}}>("{}");
    let Err(NoPage::Failed(Failure::NotApplicable(reason))) = page else {
        panic!("{page:?}")
    };
    assert_eq!(reason, "INFO has no keyspace_hits");
}

#[test]
fn without_a_reply_there_is_no_page() {
    let page = bench().denied("INFO ALL").collect::<{{Name}}>("{}");
    assert!(
        matches!(
            page,
            Err(NoPage::Failed(Failure::Redis(CallError::Denied(_))))
        ),
        "{page:?}"
    );
}

#[test]
fn a_wrong_configuration_is_refused_with_its_place() {
    for (config, place) in [
        (r#"{"minimum_lookups": 0}"#, "/minimum_lookups"),
        (r#"{"minimum": 2}"#, "/minimum"),
    ] {
        let page = bench().collect::<{{Name}}>(config);
        let Err(NoPage::Refused(Refusal::Invalid(problems))) = page else {
            panic!("{page:?}")
        };
        assert_eq!(problems[0].pointer, place, "{problems:?}");
    }
}
