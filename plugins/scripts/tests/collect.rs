//! What scripts may return, what becomes of the rest, and what is asked of which server.

use redwasp_scripts::Scripts;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Refusal, Server, ServerError};

const ONE: &str = r#"{"scripts":[{"path":"a.lua","text":"x"}]}"#;
const TWO: &str = r#"{"scripts":[{"path":"a.lua","text":"x"},{"path":"b.lua","text":"y"}]}"#;

fn redis() -> Server {
    testing::server("redis", "7.0.15")
}

fn time(seconds: u64, microseconds: u64) -> Vec<u8> {
    let texts = [seconds.to_string(), microseconds.to_string()];
    [b"*2\r\n".to_vec(), testing::bulk(&texts[0]), testing::bulk(&texts[1])].concat()
}

/// A flat list of bulk strings.
fn list(texts: &[&str]) -> Vec<u8> {
    let head = format!("*{}\r\n", texts.len()).into_bytes();
    std::iter::once(head).chain(texts.iter().map(testing::bulk)).collect::<Vec<_>>().concat()
}

fn bench(reply: Vec<u8>) -> Bench {
    Bench::new(redis()).reply("TIME", time(5, 0)).reply("EVAL x 0 0", reply)
}

fn page(reply: Vec<u8>) -> Page {
    bench(reply).collect::<Scripts>(ONE).unwrap()
}

fn result(page: &Page, path: &str) -> Option<f64> {
    page.value("script_result", &[("filename", path)])
}

fn value(page: &Page, key: &str) -> Option<f64> {
    page.value("script_values", &[("key", key), ("filename", "a.lua")])
}

/// The lines of samples that are neither of results nor of durations.
fn samples(page: &Page) -> Vec<String> {
    let is_usual =
        |line: &str| ["#", "redis_script_result", "redis_script_duration"].iter().any(|begin| line.starts_with(begin));
    page.text("redis").lines().filter(|line| !is_usual(line)).map(str::to_owned).collect()
}

/// What is said of a reply that is an error, with the samples that there are all the same.
fn fault(reply: Vec<u8>) -> (String, Vec<String>) {
    let page = page(reply);
    assert_eq!(result(&page, "a.lua"), Some(0.0));
    let [warning] = page.warnings() else { panic!("{:?}", page.warnings()) };
    (warning.clone(), samples(&page))
}

#[test]
fn pairs_are_values() {
    let page = page(list(&["a", "11", "b", "-0.5", "c", "0x1p4", "d", "+Inf", "", "1e3"]));
    assert_eq!((value(&page, "a"), value(&page, "b"), value(&page, "c")), (Some(11.0), Some(-0.5), Some(16.0)));
    assert_eq!((value(&page, "d"), value(&page, "")), (Some(f64::INFINITY), Some(1000.0)));
    assert_eq!(result(&page, "a.lua"), Some(1.0));
    assert_eq!(page.warnings(), [""; 0]);
}

#[test]
fn shapes_of_resp3_are_what_a_client_of_resp2_is_given() {
    for reply in [&b"%1\r\n$1\r\na\r\n$2\r\n11\r\n"[..], b"~2\r\n+a\r\n+11\r\n", b"*2\r\n$1\r\na\r\n,11\r\n"] {
        let page = page(reply.to_vec());
        assert_eq!((value(&page, "a"), result(&page, "a.lua")), (Some(11.0), Some(1.0)), "{}", reply.escape_ascii());
    }
}

#[test]
fn the_last_of_two_values_counts() {
    assert_eq!(samples(&page(list(&["a", "x", "b", "2", "a", "3"]))).len(), 2);
    assert_eq!(value(&page(list(&["a", "x", "a", "3"])), "a"), Some(3.0));
}

#[test]
fn nothing_is_a_result_of_its_own() {
    for reply in [b"*0\r\n".to_vec(), b"%0\r\n".to_vec(), testing::bulk("{}"), testing::bulk("[]")] {
        let page = page(reply);
        assert_eq!((result(&page, "a.lua"), samples(&page), page.warnings().len()), (Some(2.0), Vec::new(), 0));
    }
}

#[test]
fn a_value_that_is_no_number_costs_itself() {
    let (told, samples) = fault(list(&["key1", "abc", "b", "2"]));
    assert_eq!(told, "the script a.lua: the value of \"key1\" is no number: \"abc\" (told once)");
    assert_eq!(samples, [r#"redis_script_values{filename="a.lua",key="b"} 2"#]);
    for odd in ["", " 1", "1e999", "1,5", "ä".repeat(200).as_str()] {
        assert_eq!(fault(list(&["a", odd])).1, [""; 0], "{odd}");
    }
}

#[test]
fn what_is_no_pairs_is_an_error() {
    for (reply, words) in [
        (&b"*2\r\n$1\r\na\r\n:11\r\n"[..], "it returned an integer where a string was expected"),
        (b":11\r\n", "it returned an integer"),
        (b"_\r\n", "it returned nothing"),
        (b"$-1\r\n", "it returned nothing"),
        (b"*1\r\n$1\r\na\r\n", "it returned 1 elements, which are no pairs"),
        (b"*2\r\n*0\r\n*0\r\n", "it returned an array"),
        (b"*2\r\n$1\r\na\r\n-ERR x\r\n", "it returned an error"),
        (b"*2\r\n$1\r\na\r\n_\r\n", "it returned null"),
        (b"#t\r\n", "it returned a boolean"),
        (b"-ERR broken\r\n", "ERR broken"),
        (b"+OK\r\n", "it returned a text that is no JSON"),
        (b"$1\r\n\xff\r\n", "it returned a text that is no JSON"),
        (b"*2\r\n", "the script a.lua: "),
        (b"", "the script a.lua: "),
    ] {
        let (told, samples) = fault(reply.to_vec());
        assert!(told.contains(words), "{}: {told}", reply.escape_ascii());
        assert_eq!(samples, [""; 0]);
    }
}

#[test]
fn odd_bytes_of_keys_are_written_in_hexadecimal() {
    let reply = b"*2\r\n$2\r\n\xffa\r\n$1\r\n1\r\n".to_vec();
    assert_eq!(samples(&page(reply)), [r#"redis_script_values{filename="a.lua",key="\\xffa"} 1"#]);
}

#[test]
fn records_have_names_and_labels_of_their_own() {
    let json = r#"[{"metric":"active_users","value":8547,"labels":{"user_type":"standard"}},
        {"labels":{"user_type":"premium"},"value":"1245","metric":"redis_active_users"},
        {"metric":"queue","value":1.5,"labels":{"b":true,"a":3}},{"metric":"queue","value":2,"labels":{"a":"x","b":"y"}},
        {"metric":"total","value":7,"labels":[]},{"metric":"sum_of_all","value":-1}]"#;
    let page = page(testing::bulk(json));
    let expected = [
        r#"redis_active_users{user_type="standard"} 8547"#,
        r#"redis_active_users{user_type="premium"} 1245"#,
        r#"redis_queue{a="3",b="true"} 1.5"#,
        r#"redis_queue{a="x",b="y"} 2"#,
        "redis_total 7",
        "redis_sum_of_all -1",
    ];
    let mut found = samples(&page);
    found.sort();
    let mut sorted = expected.map(str::to_owned);
    sorted.sort();
    assert_eq!(found, sorted);
    assert!(page.text("redis").contains("# TYPE redis_active_users gauge"));
    assert_eq!((result(&page, "a.lua"), page.warnings()), (Some(1.0), &[][..]));
}

#[test]
fn a_record_that_does_not_fit_is_left_out_alone() {
    for (record, words) in [
        (r#"{"value":1}"#, "`metric` is no text"),
        (r#"{"metric":1,"value":1}"#, "`metric` is no text"),
        ("7", "`metric` is no text"),
        (r#"{"metric":"a"}"#, "`value` is no number"),
        (r#"{"metric":"a","value":"x"}"#, "`value` is no number"),
        (r#"{"metric":"a","value":null}"#, "`value` is no number"),
        (r#"{"metric":"a b","value":1}"#, "\"a b\" cannot be the name of a metric"),
        (r#"{"metric":"","value":1}"#, "cannot be the name"),
        (r#"{"metric":"0a","value":1}"#, "cannot be the name"),
        (r#"{"metric":"a_sum","value":1}"#, "cannot be the name"),
        (r#"{"metric":"script_result","value":1,"labels":{"filename":"a.lua"}}"#, "cannot be the name"),
        (r#"{"metric":"redis_script_values","value":1}"#, "cannot be the name"),
        (r#"{"metric":"a","value":1,"labels":{"b-c":"x"}}"#, "\"b-c\" cannot be the name of a label"),
        (r#"{"metric":"a","value":1,"labels":{"__a":"x"}}"#, "cannot be the name of a label"),
        (r#"{"metric":"a","value":1,"labels":{"b":[]}}"#, "the label b has no text"),
        (r#"{"metric":"a","value":1,"labels":["b"]}"#, "`labels` has no names"),
        (r#"{"metric":"good","value":1,"labels":{"b":"x"}}"#, "good has other labels than before: a"),
    ] {
        let json =
            format!(r#"[{{"metric":"good","value":1,"labels":{{"a":"x"}}}},{record},{{"metric":"more","value":2}}]"#);
        let (told, samples) = fault(testing::bulk(json));
        assert!(told.contains("1 of its records are left out; of the first, number 2, "), "{told}");
        assert!(told.contains(words), "{record}: {told}");
        assert_eq!(samples, [r#"redis_good{a="x"} 1"#, "redis_more 2"], "{record}");
    }
    let many: Vec<String> = (0..17).map(|number| format!(r#""l{number}":1"#)).collect();
    let json = format!(r#"[{{"metric":"a","value":1,"labels":{{{}}}}}]"#, many.join(","));
    assert!(fault(testing::bulk(json)).0.contains("there are 17 labels, more than the 16 allowed"));
}

#[test]
fn json_that_is_no_list_is_an_error() {
    for json in ["{\"metric\":\"a\",\"value\":1}", "1", "\"a\"", "null", "[", "[1", &"[".repeat(10_000)] {
        let (told, samples) = fault(testing::bulk(json));
        assert!(told.contains("no JSON") || told.contains("no list of records"), "{json}: {told}");
        assert_eq!(samples, [""; 0]);
    }
}

#[test]
fn what_has_no_room_is_left_out_and_told() {
    let texts: Vec<String> = (0..9_501).flat_map(|number| [format!("k{number:05}"), "1".to_owned()]).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (told, samples) = fault(list(&texts));
    assert!(told.contains("there is no room for"), "{told}");
    // How long it took stands there already.
    assert_eq!(samples.len(), 9_499);
    let metrics: Vec<String> = (0..301).map(|number| format!(r#"{{"metric":"m{number}","value":1}}"#)).collect();
    let (told, samples) = fault(testing::bulk(format!("[{}]", metrics.join(","))));
    assert!(told.contains("there are 300 other metrics"), "{told}");
    assert_eq!(samples.len(), 300);
    let (told, _) = fault(testing::bulk(vec![b' '; 1 << 20]));
    assert!(told.contains("bytes, more than the 1048576 that are read"), "{told}");
}

#[test]
fn each_script_fails_by_itself() {
    let bench =
        bench(b"-ERR Error compiling script (new function)\r\n".to_vec()).reply("EVAL y 0 0", list(&["k", "1"]));
    let page = bench.collect::<Scripts>(TWO).unwrap();
    assert_eq!((result(&page, "a.lua"), result(&page, "b.lua")), (Some(0.0), Some(1.0)));
    assert_eq!(page.value("script_values", &[("key", "k"), ("filename", "b.lua")]), Some(1.0));
    assert_eq!(page.warnings().len(), 1);
    let again = bench.after(&page).collect::<Scripts>(TWO).unwrap();
    assert_eq!(again.warnings(), [""; 0], "it was told");
    assert_eq!(result(&again, "a.lua"), Some(0.0));
}

#[test]
fn a_script_takes_what_goes_by_on_the_servers_clock() {
    let duration = |before: Vec<u8>, after: Vec<u8>| {
        let bench = Bench::new(redis()).reply("TIME", before).reply("TIME", after).reply("EVAL x 0 0", list(&[]));
        let page = bench.collect::<Scripts>(ONE).unwrap();
        (page.value("script_duration_seconds", &[("filename", "a.lua")]), page.warnings().len())
    };
    assert_eq!(duration(time(5, 999_000), time(7, 1_000)), (Some(1.002), 0));
    assert_eq!(duration(time(5, 1), time(5, 1)), (Some(0.0), 0));
    assert_eq!(duration(time(5, 1), time(4, 999_999)), (None, 0), "the clock was set back");
    for odd in [list(&["5"]), list(&["5", "x"]), list(&["9223372036854775807", "1"]), b":5\r\n".to_vec()] {
        assert_eq!(duration(time(5, 1), odd), (None, 1));
    }
    let refused = || CallError::Server(ServerError { code: "NOPERM".to_owned(), message: "no TIME".to_owned() });
    let bench = Bench::new(redis()).error("TIME", refused()).reply("EVAL x 0 0", list(&["a", "1"]));
    let page = bench.collect::<Scripts>(ONE).unwrap();
    assert_eq!((value(&page, "a"), result(&page, "a.lua")), (Some(1.0), Some(1.0)));
    assert_eq!(page.warnings(), ["TIME cannot be had, and what it would tell is left out: NOPERM no TIME (told once)"]);
}

#[test]
fn a_script_that_is_not_done_in_time_failed() {
    let bench = Bench::new(redis()).error("TIME", CallError::Timeout).error("EVAL x 0 0", CallError::Timeout);
    let page = bench.collect::<Scripts>(ONE).unwrap();
    assert_eq!((result(&page, "a.lua"), samples(&page)), (Some(0.0), Vec::new()));
    assert_eq!(page.warnings(), ["the script a.lua: no reply in time (told once)"]);
}

#[test]
fn read_only_scripts_are_run_where_that_can_be() {
    let config = r#"{"read_only":true,"scripts":[{"path":"a.lua","text":"x"}]}"#;
    let of = |product: &str, version: &str| {
        let bench = Bench::new(testing::server(product, version)).reply("TIME", time(1, 0));
        bench.reply("EVAL_RO x 0 0", list(&["a", "1"])).collect::<Scripts>(config).unwrap()
    };
    for (product, version) in [("redis", "7.0.0"), ("valkey", "7.2.5"), ("dragonfly", "1.2.0")] {
        assert_eq!(result(&of(product, version), "a.lua"), Some(1.0), "{product} {version}");
    }
    for (product, version) in [("redis", "6.2.14"), ("keydb", "6.3.4")] {
        let page = of(product, version);
        assert_eq!((result(&page, "a.lua"), samples(&page)), (Some(0.0), Vec::new()), "{product} {version}");
        assert!(page.warnings()[0].contains("no EVAL_RO"), "{:?}", page.warnings());
    }
}

#[test]
fn nothing_is_asked_without_scripts_or_of_a_sentinel() {
    let refused = |server: Server, config: &str| {
        let outcome = Bench::new(server).collect::<Scripts>(config);
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    };
    refused(redis(), "{}");
    refused(redis(), r#"{"scripts":[],"read_only":true}"#);
    refused(Server { mode: "sentinel".to_owned(), ..redis() }, ONE);
}

#[test]
fn a_path_that_is_there_twice_is_one_script() {
    let twice = r#"{"scripts":[{"path":"a.lua","text":"x"},{"path":"a.lua","text":"x"}]}"#;
    let page = bench(list(&["a", "1"])).collect::<Scripts>(twice).unwrap();
    assert_eq!(samples(&page).len(), 1);
}

#[test]
fn long_paths_do_not_cost_the_state() {
    let scripts: Vec<String> =
        (0..64).map(|number| format!(r#"{{"path":"{}{number}","text":"x"}}"#, "ä".repeat(2_000))).collect();
    let config = format!(r#"{{"scripts":[{}]}}"#, scripts.join(","));
    let page = bench(b"-ERR x\r\n".to_vec()).collect::<Scripts>(&config).unwrap();
    assert!(page.state().unwrap().len() < 64 << 10);
}
