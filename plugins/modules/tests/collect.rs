//! Lines of modules, which servers are asked for indexes, patterns, odd replies and bounds.

use redwasp_modules::Modules;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Failure, Refusal, Server};

const SEARCH: &str = "module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[],options=[]\r\n";
const BOTH: &str = r#"{"modules":true,"indexes":true}"#;

fn redis() -> Server {
    testing::server("redis", "8.0.2")
}

/// A server with these lines in its INFO MODULES that answers these commands.
fn bench(lines: &str, replies: &[(&str, &str)]) -> Bench {
    let info = testing::bulk(format!("# Modules\r\n{lines}"));
    let bench = Bench::new(redis()).reply("INFO MODULES", info);
    replies.iter().fold(bench, |bench, (command, reply)| bench.reply(command, reply.as_bytes().to_vec()))
}

fn page(bench: &Bench, config: &str) -> Page {
    bench.collect::<Modules>(config).unwrap()
}

fn strings(words: &[&str]) -> String {
    let word = |word: &&str| format!("${}\r\n{word}\r\n", word.len());
    format!("*{}\r\n{}", words.len(), words.iter().map(word).collect::<String>())
}

/// Which commands cannot be had, as it is told.
fn missing(page: &Page) -> Vec<String> {
    page.warnings().iter().filter_map(|line| line.split(" cannot be had").next().map(str::to_owned)).collect()
}

/// Names of indexes with a sample.
fn indexes(page: &Page) -> Vec<String> {
    let text = page.text("redis");
    let lines = text.lines().filter_map(|line| line.strip_prefix("redis_search_index_num_docs{index_name=\""));
    lines.map(|line| line.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn every_module_is_told() {
    let lines = "module:name=bf,ver=20802,api=1,filters=2,usedby=[],using=[],options=[]\r\n\
        module:name=ReJSON,ver=20803,api=1,filters=0,usedby=[search|graph],using=[a|b],options=[handle-io-errors|x]\r\n\
        module:name=many,ver=1,api=1,filters=0,usedby=[x,y,z],using=[],options=[a,b]\r\n\
        module:ver=3,filters=1,api=1,using=[],usedby=[],name=turned\r\n\
        module:name=old,ver=1\r\nmodule:\r\nmodule:,,\r\nmodule:name=[,ver=1,api=1,filters=0,usedby=[],using=[]\r\n\
        bf_bloom_num_objects:3\r\n";
    let page = page(&bench(lines, &[]), r#"{"modules":true}"#);
    let text = page.text("redis");
    let told: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        told,
        [
            r#"redis_module_info{api="1",filters="2",name="bf",usedby="[]",using="[]",ver="20802"} 1"#,
            r#"redis_module_info{api="1",filters="0",name="ReJSON",usedby="[search|graph]",using="[a|b]",ver="20803"} 1"#,
            r#"redis_module_info{api="1",filters="0",name="many",usedby="[x,y,z]",using="[]",ver="1"} 1"#,
            r#"redis_module_info{api="1",filters="1",name="turned",usedby="[]",using="[]",ver="3"} 1"#,
        ]
    );
    assert_eq!((page.warnings().len(), page.is_partial()), (0, false));
}

#[test]
fn nothing_is_planned_unless_it_is_asked_for() {
    let sentinel = Server { mode: "sentinel".to_owned(), ..redis() };
    for (server, config) in [(redis(), "{}"), (sentinel, BOTH), (testing::server("tile38", "1.33.0"), BOTH)] {
        let outcome = Bench::new(server).collect::<Modules>(config);
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
}

#[test]
fn only_servers_with_a_search_module_are_asked_for_indexes() {
    for (name, asked) in [("search", true), ("searchlight", true), ("ft", false), ("research", false), ("bf", false)] {
        let page = page(&bench(&SEARCH.replace("search", name), &[]), BOTH);
        let expected = if asked { vec!["FT._LIST"] } else { vec![] };
        assert_eq!(missing(&page), expected, "{name}");
    }
    assert_eq!(missing(&page(&bench("", &[]), BOTH)), [""; 0]);
    assert_eq!(missing(&page(&bench(SEARCH, &[]), r#"{"modules":true}"#)), [""; 0], "it is not asked for");
}

#[test]
fn indexes_without_modules() {
    let replies = [("FT._LIST", strings(&["i"])), ("FT.INFO i", "*0\r\n".to_owned())];
    let replies: Vec<_> = replies.iter().map(|(command, reply)| (*command, reply.as_str())).collect();
    let page = page(&bench(SEARCH, &replies), r#"{"indexes":true}"#);
    assert_eq!(indexes(&page), ["i"]);
    assert!(!page.text("redis").contains("module_info"));
}

#[test]
fn numbers_are_read_in_every_form() {
    // As a map, with doubles; as RESP2 has it, with texts; and one that is no number.
    for info in [
        "%5\r\n+index_name\r\n+i\r\n+num_docs\r\n:7\r\n+inverted_sz_mb\r\n,0.5\r\n+number_of_uses\r\n:2\r\n+indexing\r\n+x\r\n",
        "*10\r\n+index_name\r\n+i\r\n+num_docs\r\n$1\r\n7\r\n+inverted_sz_mb\r\n$3\r\n0.5\r\n+number_of_uses\r\n+2\r\n+indexing\r\n+x\r\n",
    ] {
        let page = page(&bench(SEARCH, &[("FT._LIST", "~1\r\n+i\r\n"), ("FT.INFO i", info)]), BOTH);
        let value = |name: &str| page.value(&format!("search_index_{name}"), &[("index_name", "i")]);
        assert_eq!(value("num_docs"), Some(7.0));
        assert_eq!(value("inverted_size_bytes"), Some(524_288.0));
        assert_eq!(value("number_of_uses_total"), Some(2.0));
        assert_eq!(value("indexing"), None, "it is no number");
        assert_eq!(value("cleaning"), Some(0.0), "it is not told: 0, as redis_exporter has it");
        assert_eq!(page.warnings(), [""; 0]);
    }
}

#[test]
fn averages_may_be_no_number() {
    for nan in [",nan\r\n", ",-nan\r\n", "+nan\r\n", "$4\r\n-nan\r\n"] {
        let info = format!("*2\r\n+records_per_doc_avg\r\n{nan}");
        let page = page(&bench(SEARCH, &[("FT._LIST", "*1\r\n+i\r\n"), ("FT.INFO i", &info)]), BOTH);
        let value = page.value("search_index_avg_per_doc_records", &[("index_name", "i")]);
        assert!(value.is_some_and(f64::is_nan), "{nan:?} {value:?}");
    }
}

#[test]
fn the_pattern_matches_anywhere_in_a_name() {
    let names = ["orders", "orders-eu", "my.orders", "Orders", "kunden", "größe"];
    let list = strings(&names);
    for (pattern, expected) in [
        (".*", &names[..]),
        ("", &names[..]),
        ("orders", &["orders", "orders-eu", "my.orders"]),
        ("^orders$", &["orders"]),
        ("(?i)^orders", &["orders", "orders-eu", "Orders"]),
        (r"\.|^k", &["my.orders", "kunden"]),
        (r"^gr..e$", &["größe"]),
        (r"^[[:alpha:]]+\z", &["orders", "Orders", "kunden"]),
        ("none", &[]),
    ] {
        let bench = names.iter().fold(bench(SEARCH, &[("FT._LIST", &list)]), |bench, name| {
            bench.reply(&format!("FT.INFO {name}"), b"*0\r\n".to_vec())
        });
        let config = serde_json::json!({"indexes": true, "index_pattern": pattern}).to_string();
        let page = page(&bench, &config);
        assert_eq!(indexes(&page), expected, "{pattern}");
        assert_eq!(page.warnings(), [""; 0], "{pattern}: the others are not asked for");
    }
}

#[test]
fn a_pattern_that_is_none_is_refused_when_indexes_are_asked_for() {
    for pattern in ["[", "(", "*", r"\p{Greek}", r"\Qa\E", "a{2"] {
        let config = |indexes: bool| serde_json::json!({"indexes": indexes, "index_pattern": pattern}).to_string();
        for server in [redis(), Server { mode: "sentinel".to_owned(), ..redis() }] {
            match Bench::new(server).collect::<Modules>(&config(true)) {
                Err(NoPage::Refused(Refusal::Invalid(problems))) => {
                    assert_eq!(problems[0].pointer, "/index_pattern");
                    assert!(problems[0].message.contains("is no regular expression: "), "{}", problems[0].message);
                }
                other => panic!("{pattern}: {other:?}"),
            }
        }
        let outcome = Bench::new(redis()).collect::<Modules>(&config(false));
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
}

#[test]
fn an_index_that_is_gone_costs_nothing_else() {
    let list = strings(&["a", "b", "c", "d", "e"]);
    let replies = [
        ("FT._LIST", list.as_str()),
        ("FT.INFO a", "-Unknown index name\r\n"),
        ("FT.INFO b", "-SEARCH_INDEX_NOT_FOUND Index not found: b\r\n"),
        ("FT.INFO c", "-ERR Index with name 'c' not found\r\n"),
        ("FT.INFO d", "-d: no such index\r\n"),
        ("FT.INFO e", "*0\r\n"),
    ];
    let page = page(&bench(SEARCH, &replies), BOTH);
    assert_eq!(indexes(&page), ["e"]);
    assert_eq!((page.warnings().len(), page.is_partial()), (0, false));
}

#[test]
fn what_is_refused_is_told_once() {
    let no = "-NOPERM this user has no permissions to run the 'ft.info' command\r\n";
    let list = strings(&["a", "b"]);
    let refusing = bench(SEARCH, &[("FT._LIST", &list), ("FT.INFO a", no), ("FT.INFO b", no)]);
    let first = page(&refusing, BOTH);
    assert_eq!(missing(&first), ["FT.INFO"]);
    assert!(first.is_partial() && first.text("redis").contains("module_info"));
    let second = page(&bench(SEARCH, &[("FT._LIST", &list), ("FT.INFO a", no), ("FT.INFO b", no)]).after(&first), BOTH);
    assert_eq!((second.warnings().len(), second.is_partial()), (0, true));
    assert_eq!(missing(&page(&bench(SEARCH, &[("FT._LIST", no)]), BOTH)), ["FT._LIST"]);
}

#[test]
fn odd_replies_cost_only_themselves() {
    for odd in ["+OK\r\n", ":1\r\n", "_\r\n", "*1\r\n:1\r\n", "*1\r\n*0\r\n"] {
        let page = page(&bench(SEARCH, &[("FT._LIST", odd)]), BOTH);
        assert_eq!(missing(&page), ["FT._LIST"], "{odd:?}");
        assert!(page.text("redis").contains("module_info"));
    }
    for odd in ["+OK\r\n", ":1\r\n", "_\r\n", "*1\r\n+num_docs\r\n"] {
        let list = strings(&["a", "b"]);
        let page = page(&bench(SEARCH, &[("FT._LIST", &list), ("FT.INFO a", odd), ("FT.INFO b", "*0\r\n")]), BOTH);
        assert_eq!((missing(&page), indexes(&page)), (vec!["FT.INFO".to_owned()], vec!["b".to_owned()]), "{odd:?}");
    }
}

#[test]
fn names_may_be_any_bytes() {
    let bench = bench(SEARCH, &[]).reply("FT._LIST", b"*1\r\n$2\r\ni\xff\r\n".to_vec());
    let bench = bench.reply("FT.INFO i\u{fffd}", b"*2\r\n+index_name\r\n$2\r\ni\xff\r\n".to_vec());
    assert_eq!(page(&bench, BOTH).value("search_index_num_docs", &[("index_name", "i\\xff")]), Some(0.0));
}

#[test]
fn modules_and_indexes_have_bounds() {
    let names: Vec<String> = (0..500).map(|number| format!("i{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let list = strings(&names);
    let modules: String = (0..300).map(|number| SEARCH.replace("21005", &number.to_string())).collect();
    let bench = names.iter().fold(bench(&modules, &[("FT._LIST", &list)]), |bench, name| {
        bench.reply(&format!("FT.INFO {name}"), b"*0\r\n".to_vec())
    });
    let page = page(&bench, BOTH);
    assert_eq!(indexes(&page).len(), 300);
    assert_eq!(page.text("redis").matches("\nredis_module_info{").count(), 200);
    assert_eq!(
        page.warnings(),
        [
            "there are 300 modules: the first 200 are told (told once)",
            "500 search indexes match: the first 300 are told (told once)",
        ]
    );
}

#[test]
fn an_error_of_info_is_passed_on() {
    let bench = Bench::new(redis()).reply("INFO MODULES", b"-NOPERM no\r\n".to_vec());
    match bench.collect::<Modules>(BOTH) {
        Err(NoPage::Failed(Failure::Redis(CallError::Server(error)))) => assert_eq!(error.code, "NOPERM"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match Bench::new(redis()).collect::<Modules>(r#"{"index":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert!(problems[0].message.contains("`index`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}
