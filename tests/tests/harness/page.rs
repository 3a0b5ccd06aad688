use redwasp_tests::page::{Labels, Page};

const GOOD: &str = r#"# HELP redis_up Whether it \\ answers\nnow.
# TYPE redis_up gauge
redis_up 1

# a comment
# HELP redis_db_keys Keys.
# TYPE redis_db_keys gauge
redis_db_keys{db="db0"} 3e2
redis_db_keys{db="a\"b\\c\nd,}ü",x="",} +Inf 1700000000000
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_sum 1.5
h_count 2
# TYPE s summary
s{quantile="0.5"} NaN
s_sum 1
s_count 2
untyped -1
"#;

#[test]
fn reads_a_page() {
    let page = Page::parse(GOOD).expect("the page is good");
    assert_eq!(page.names(), ["redis_up", "redis_db_keys", "h", "s", "untyped"]);
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert_eq!(page.value("redis_db_keys", &[]), None);
    assert_eq!(page.value("redis_db_keys", &[("db", "db0")]), Some(300.0));
    assert_eq!(page.value("redis_db_keys", &[("x", ""), ("db", "a\"b\\c\nd,}ü")]), Some(f64::INFINITY));
    assert!(page.value("s", &[("quantile", "0.5")]).is_some_and(f64::is_nan));
    let family = page.family("redis_up").expect("the family is there");
    assert_eq!(family.help.as_deref(), Some("Whether it \\ answers\nnow."));
    assert_eq!(family.kind.as_deref(), Some("gauge"));
    let le = |value: &str| Labels::from([("le".to_owned(), value.to_owned())]);
    assert_eq!(page.labels_of("h_bucket"), [&le("1"), &le("+Inf")]);
    assert_eq!(page.samples[2].timestamp, Some(1_700_000_000_000));
    assert!(Page::parse("").expect("an empty page is good").samples.is_empty());
}

#[test]
fn refuses_what_is_no_page() {
    let bad = [
        ("a 1", "the last line has no end"),
        ("a 1\r\n", "is no number"),
        ("a\n", "there is no value"),
        ("a one\n", "is no number"),
        ("a inf\n", "is no number"),
        ("a 1 2 3\n", "more after the timestamp"),
        ("a 1 2.5\n", "the timestamp is no integer"),
        ("1a 1\n", "begins with no name"),
        ("a-b 1\n", "is no number"),
        ("a{x:y=\"\"} 1\n", "has no =\"value\""),
        ("a{x=1} 1\n", "has no =\"value\""),
        ("a{x=\"1} 1\n", "has no end"),
        ("a{x=\"1\" y=\"2\"} 1\n", "neither , nor }"),
        ("a{x=\"1\",x=\"2\"} 1\n", "there twice"),
        ("a{x=\"\\t\"} 1\n", "unknown escape"),
        ("a 1\na 2\n", "a second time"),
        ("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n", "a second time"),
        ("a{x=\"1\"} 1\nb 1\na{x=\"2\"} 1\n", "not together"),
        ("# TYPE a gauge\n# TYPE b gauge\na 1\n", "not together"),
        ("# TYPE a gauge\n# TYPE a gauge\n", "a second TYPE"),
        ("# HELP a x\n# HELP a x\n", "a second HELP"),
        ("# HELP a \\t\n", "unknown escape"),
        ("# TYPE a info\n", "no such type"),
        ("a 1\n# TYPE a gauge\n", "comes after a sample"),
        ("# TYPE a gauge\na 1\n# HELP a x\n", "comes after a sample"),
    ];
    for (page, reason) in bad {
        let error = Page::parse(page).expect_err(page);
        assert!(format!("{error:#}").contains(reason), "{page:?}: {error:#}");
    }
}
