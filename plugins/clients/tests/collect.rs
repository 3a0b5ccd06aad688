//! Which switch asks for what, what becomes of odd lines, bounds, and servers that refuse.

use redwasp_clients::Clients;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Refusal};

const LIST: &str = r#"{"list":true}"#;
const AGGREGATES: &str = r#"{"aggregates":true}"#;
const BOTH: &str = r#"{"list":true,"aggregates":true}"#;

fn bench(text: impl AsRef<[u8]>) -> Bench {
    Bench::new(testing::server("redis", "7.0.15")).at(100_999).reply("CLIENT LIST", testing::bulk(text))
}

fn page(config: &str, text: impl AsRef<[u8]>) -> Page {
    bench(text).collect::<Clients>(config).unwrap()
}

/// The lines of samples whose names begin so, sorted.
fn samples(page: &Page, beginning: &str) -> Vec<String> {
    let (text, beginning) = (page.text("redis"), format!("redis_{beginning}"));
    let mut lines: Vec<String> = text.lines().filter(|line| line.starts_with(&beginning)).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// So many clients, each with a name of its own and one of three users.
fn many(clients: usize) -> String {
    let line = |number: usize| {
        let user = number % 3;
        format!(
            "id={number} addr=1.2.3.4:{number} name=n{number} age=9 idle={number} flags=N db=0 omem=1 user=u{user}\n"
        )
    };
    (1..=clients).map(line).collect()
}

#[test]
fn nothing_is_asked_without_a_switch() {
    for config in ["{}", r#"{"list":false}"#, r#"{"port":true}"#] {
        let outcome = bench("").collect::<Clients>(config);
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{config}: {outcome:?}");
    }
}

#[test]
fn each_switch_has_its_metrics() {
    let text = "id=1 addr=1.2.3.4:5 name=a age=9 idle=3 flags=N db=0 omem=7 user=u lib-name=l lib-ver=1\n";
    let of = |config| {
        let page = page(config, text);
        (samples(&page, "connected_client_").len(), samples(&page, "connected_clients_").len())
    };
    assert_eq!((of(LIST).1, of(AGGREGATES).0), (0, 0));
    assert_eq!(of(BOTH), (of(LIST).0, of(AGGREGATES).1));
    assert_eq!(of(LIST).0, 11, "facts, two times, eight numbers");
}

#[test]
fn labels_are_those_that_the_server_tells() {
    let info = |config, line: &str| samples(&page(config, line), "connected_client_info");
    let old = "id=1 addr=[::1]:63508 fd=8 name= age=5 idle=0 flags=N db=3\n";
    let expected = r#"redis_connected_client_info{db="3",flags="N",host="[::1]",id="1",name=""} 1"#;
    assert_eq!(info(LIST, old), [expected]);
    let with_port = r#"redis_connected_client_info{db="3",flags="N",host="[::1]",id="1",name="",port="63508"} 1"#;
    assert_eq!(info(r#"{"list":true,"port":true}"#, old), [with_port]);
    let new = "id=1 addr=/tmp/x.sock:0 name=a flags=U db=0 user=me resp=3\n";
    let expected =
        r#"redis_connected_client_info{db="0",flags="U",host="/tmp/x.sock",id="1",name="a",resp="3",user="me"} 1"#;
    assert_eq!(info(LIST, new), [expected]);
    let empty = "id=1 addr=1:2 name=a flags=N db=0 user= resp=\n";
    assert_eq!(info(LIST, empty), [r#"redis_connected_client_info{db="0",flags="N",host="1",id="1",name="a"} 1"#]);
    let mixed = format!("{new}id=2 addr=1:2 name=b flags=N db=0\n");
    let second = r#"redis_connected_client_info{db="0",flags="N",host="1",id="2",name="b",resp="",user=""} 1"#;
    assert_eq!(info(LIST, &mixed), [second, expected], "one family has one set of labels");
}

#[test]
fn numbers_that_are_not_told_are_zeros_but_for_newer_ones() {
    let page =
        page(LIST, "id=1 addr=1:2 name=a age=9 idle=-3 sub=x qbuf=-7 tot-mem=12\nid=2 addr=1:2 ssub=4 watch=5\n");
    let value = |name: &str, id, of| page.value(&format!("connected_client_{name}"), &[("id", id), ("name", of)]);
    assert_eq!(value("created_at_timestamp", "1", "a"), Some(91.0));
    assert_eq!(value("idle_since_timestamp", "1", "a"), Some(103.0));
    assert_eq!(value("created_at_timestamp", "2", ""), None);
    assert_eq!(value("channel_subscriptions_count", "1", "a"), Some(0.0));
    assert_eq!(value("query_buffer_length_bytes", "1", "a"), Some(-7.0));
    assert_eq!(value("total_memory_consumed_bytes", "1", "a"), Some(12.0));
    assert_eq!(value("total_memory_consumed_bytes", "2", ""), Some(0.0));
    assert_eq!(value("shard_channel_subscriptions_count", "1", "a"), None);
    assert_eq!(value("shard_channel_subscriptions_count", "2", ""), Some(4.0));
    assert_eq!(value("shard_channel_watched_keys", "2", ""), Some(5.0));
}

#[test]
fn lines_that_tell_no_client_are_passed_over() {
    let lines =
        "\n\r\nnonsense\nid=x addr=1:2\nid= addr=1:2\nid=1\nid=2 addr=none name=a\nid=3 addr= name=a\naddr=1:2\n";
    let page = page(BOTH, lines);
    assert_eq!(samples(&page, "connected_client_"), Vec::<String>::new());
    assert_eq!(samples(&page, "connected_clients_by"), Vec::<String>::new());
    assert_eq!(page.value("client_list_left_out", &[("of", "list")]), Some(0.0));
    assert_eq!(page.warnings(), [""; 0]);
}

#[test]
fn a_last_line_may_have_no_end() {
    for text in ["id=1 addr=1:2 name=a\nid=2 addr=1:2 name=b", "id=1 addr=1:2 name=a\nid=2 addr=1:2 name=b\n"] {
        let page = page(BOTH, text);
        assert_eq!(page.value("connected_clients_by_name", &[("name", "b")]), Some(1.0), "{text:?}");
        assert_eq!(samples(&page, "connected_client_info").len(), 2);
    }
}

#[test]
fn odd_bytes_and_signs_are_told_as_they_are() {
    let text = b"id=1 addr=1:2 name=a=b\xff age=1 flags=N db=0 user=\"\\=\xc3\xa9 lib-name== lib-ver=\x01 alone x=\r\n";
    let page = page(BOTH, text);
    assert_eq!(samples(&page, "connected_client_info").len(), 1);
    assert!(samples(&page, "connected_client_info")[0].contains(r#"name="a=b\\xff""#));
    assert_eq!(page.value("connected_clients_by_name", &[("name", "a=b\\xff")]), Some(1.0));
    assert_eq!(page.value("connected_clients_by_user", &[("user", "\"\\=é")]), Some(1.0));
    assert_eq!(page.value("connected_clients_by_library", &[("lib_name", "="), ("lib_ver", "\u{1}")]), Some(1.0));
}

#[test]
fn clients_are_counted_by_name_user_and_library() {
    let text = "id=1 addr=1:2 name=web user=app lib-name=jedis lib-ver=5.1\n\
        id=2 addr=1:2 name=web user=app lib-name=jedis lib-ver=5.2\n\
        id=3 addr=1:2 name= user=default lib-name= lib-ver=\n\
        id=4 addr=1:2 name=web user=default lib-name=jedis lib-ver=5.1\n";
    let page = page(AGGREGATES, text);
    let expected = [
        r#"redis_connected_clients_by_library{lib_name="",lib_ver=""} 1"#,
        r#"redis_connected_clients_by_library{lib_name="jedis",lib_ver="5.1"} 2"#,
        r#"redis_connected_clients_by_library{lib_name="jedis",lib_ver="5.2"} 1"#,
        r#"redis_connected_clients_by_name{name=""} 1"#,
        r#"redis_connected_clients_by_name{name="web"} 3"#,
        r#"redis_connected_clients_by_user{user="app"} 2"#,
        r#"redis_connected_clients_by_user{user="default"} 2"#,
    ];
    assert_eq!(samples(&page, "connected_clients_by_"), expected);
}

#[test]
fn what_a_server_does_not_tell_of_any_client_is_not_there() {
    let page = page(AGGREGATES, "id=1 addr=1:2 name=a idle=3\n");
    assert_eq!(samples(&page, "connected_clients_by_"), [r#"redis_connected_clients_by_name{name="a"} 1"#]);
    for name in ["output_buffer_bytes", "largest_output_buffer_bytes", "query_buffer_bytes", "memory_bytes"] {
        assert_eq!(page.value(&format!("connected_clients_{name}"), &[]), None, "{name}");
    }
}

#[test]
fn idle_clients_are_in_a_histogram() {
    let idle = [0, 1, 2, 60, 61, 604_800, 604_801];
    let text: String = idle.iter().map(|idle| format!("id=1 addr=1:2 name=a idle={idle}\n")).collect();
    let page = page(AGGREGATES, text + "id=2 addr=1:2 name=b\n");
    let buckets = ["1", "10", "60", "300", "900", "3600", "21600", "86400", "604800", "+Inf"];
    let counts = [2, 3, 4, 5, 5, 5, 5, 5, 6, 7];
    let text = page.text("redis");
    for (bound, count) in buckets.iter().zip(counts) {
        let line = format!("redis_connected_clients_idle_seconds_bucket{{le=\"{bound}\"}} {count}\n");
        assert!(text.contains(&line), "{line}{text}");
    }
    let sum: u32 = idle.iter().sum();
    assert!(text.contains(&format!("redis_connected_clients_idle_seconds_sum {sum}\n")), "{text}");
    assert!(text.contains("redis_connected_clients_idle_seconds_count 7\n"), "{text}");
}

#[test]
fn memory_is_summed_and_the_largest_output_is_told() {
    let page =
        page(AGGREGATES, "id=1 addr=1:2 omem=5 qbuf=1 tot-mem=10\nid=2 addr=1:2 omem=7 qbuf=2\nid=3 addr=1:2 omem=6\n");
    let value = |name: &str| page.value(&format!("connected_clients_{name}"), &[]);
    assert_eq!(value("output_buffer_bytes"), Some(18.0));
    assert_eq!(value("largest_output_buffer_bytes"), Some(7.0));
    assert_eq!(value("query_buffer_bytes"), Some(3.0));
    assert_eq!(value("memory_bytes"), Some(10.0));
}

#[test]
fn groups_beyond_the_bound_are_told_together() {
    let mut text = many(500);
    text += "id=600 addr=1:2 name=often user=u0\nid=601 addr=1:2 name=often user=u0\nid=602 addr=1:2 name=other\n";
    let page = page(AGGREGATES, text);
    assert_eq!(samples(&page, "connected_clients_by_name").len(), 101);
    assert_eq!(page.value("connected_clients_by_name", &[("name", "often")]), Some(2.0));
    assert_eq!(page.value("connected_clients_by_name", &[("name", "other")]), Some(402.0));
    assert_eq!(samples(&page, "connected_clients_by_user").len(), 3);
    let long = |end: &str| format!("id=1 addr=1:2 name={}{end}\n", "é".repeat(64));
    let page = self::page(AGGREGATES, long("a") + &long("b"));
    assert_eq!(
        page.value("connected_clients_by_name", &[("name", &"é".repeat(64))]),
        Some(2.0),
        "one, where it is cut"
    );
}

#[test]
fn clients_that_do_not_fit_are_counted() {
    let first = page(BOTH, many(10_000));
    assert_eq!(samples(&first, "connected_client_info").len(), 720);
    assert_eq!(first.value("client_list_left_out", &[("of", "list")]), Some(9280.0));
    assert_eq!(first.value("client_list_left_out", &[("of", "aggregates")]), Some(0.0));
    assert_eq!(first.warnings(), ["there are too many clients: 9280 are left out of the list (told once)"]);
    assert_eq!(first.value("connected_clients_output_buffer_bytes", &[]), Some(10_000.0));
    let second = bench(many(721)).after(&first).collect::<Clients>(BOTH).unwrap();
    assert_eq!(second.value("client_list_left_out", &[("of", "list")]), Some(1.0));
    assert_eq!(second.warnings(), [""; 0]);
    let third = bench(many(720)).after(&second).collect::<Clients>(BOTH).unwrap();
    assert_eq!(third.value("client_list_left_out", &[("of", "list")]), Some(0.0));
}

#[test]
fn not_more_clients_are_read_than_there_is_time_for() {
    let page = page(BOTH, many(45_000));
    assert_eq!(page.value("connected_clients_output_buffer_bytes", &[]), Some(10_000.0));
    assert_eq!(page.value("client_list_left_out", &[("of", "aggregates")]), Some(35_000.0));
    assert_eq!(page.value("client_list_left_out", &[("of", "list")]), Some(44_280.0));
    assert_eq!(page.warnings().len(), 2);
}

#[test]
fn what_cannot_be_had_is_told_once() {
    let refused = || Bench::new(testing::server("redis", "7.0.15")).reply("CLIENT LIST", b"-NOPERM no\r\n".to_vec());
    let first = refused().collect::<Clients>(BOTH).unwrap();
    let text = "CLIENT LIST cannot be had, and what it would tell is left out: NOPERM no (told once)";
    assert_eq!((samples(&first, "").len(), first.warnings()), (0, &[text.to_owned()][..]));
    assert_eq!(refused().after(&first).collect::<Clients>(BOTH).unwrap().warnings(), [""; 0]);
    let limit = CallError::Limit("more than 16777216 bytes".to_owned());
    let too_long = Bench::new(testing::server("redis", "7.0.15")).error("CLIENT LIST", limit);
    let warnings = too_long.collect::<Clients>(BOTH).unwrap().warnings().to_vec();
    assert!(warnings[0].contains("more than 16777216 bytes"), "{warnings:?}");
    let odd = Bench::new(testing::server("redis", "7.0.15")).reply("CLIENT LIST", b"*0\r\n".to_vec());
    assert_eq!(odd.collect::<Clients>(BOTH).unwrap().warnings().len(), 1);
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match bench("").collect::<Clients>(r#"{"ports":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert!(problems[0].message.contains("`ports`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}
