//! Modules of real servers, and search indexes, beside redis_exporter. The modules are those of Redis Stack 7.4, in a Valkey
//! 9.1 and, but for the search, in a Redis 7.0.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::page::{Labels, Page, Sample};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::tools;

const MODULES: &str = "--include-modules-metrics";
const INDEXES: &str = "--include-search-indexes-metrics";

/// Grows with every FT.INFO, so with every scrape.
const USES: &str = "redis_search_index_number_of_uses_total";

fn server(program: Program, modules: &[&str]) -> Redis {
    let path = |module: &&str| tools::tool(&format!("{module}.so")).to_str().unwrap().to_owned();
    let modules = modules.iter().flat_map(|module| ["--loadmodule".to_owned(), path(module)]);
    Redis::options().program(program).args(modules).start()
}

/// A server with search, and two indexes of which one is empty.
fn search_server() -> Redis {
    let redis = server(Program::Valkey91, &["redisearch", "rejson", "redisbloom"]);
    redis.cli(&[
        "FT.CREATE",
        "orders",
        "ON",
        "HASH",
        "PREFIX",
        "1",
        "order:",
        "SCHEMA",
        "city",
        "TEXT",
        "sum",
        "NUMERIC",
    ]);
    redis.cli(&["FT.CREATE", "my.customers", "ON", "HASH", "PREFIX", "1", "customer:", "SCHEMA", "tags", "TAG"]);
    for (key, city) in [("order:1", "Berlin"), ("order:2", "New York"), ("order:3", "New Delhi")] {
        redis.cli(&["HSET", key, "city", city, "sum", "12"]);
    }
    redis.cli(&["FT.SEARCH", "orders", "new"]);
    redis
}

fn watching(redis: &Redis, more: &[&str]) -> Daemon {
    Daemon::start(&[&[format!("--redis.addr={}", redis.url()).as_str()], more].concat())
}

fn redis_exporter(redis: &Redis, more: &[&str]) -> Daemon {
    let address = format!("--redis.addr={}", redis.url());
    Daemon::start_program(&tools::tool("redis_exporter"), &[&[address.as_str()], more].concat(), &[])
}

/// Samples that modules give, with their types.
fn of_modules(page: &Page) -> BTreeMap<(String, Labels), (String, Option<String>)> {
    let is_of = |sample: &&Sample| {
        ["redis_module_info", "redis_search_", "redis_bf_", "redis_json_"]
            .iter()
            .any(|begin| sample.name.starts_with(begin))
    };
    let entry = |sample: &Sample| {
        let value = if sample.name == USES { String::new() } else { format!("{:?}", sample.value) };
        let kind = page.family(&sample.name).and_then(|family| family.kind.clone());
        ((sample.name.clone(), sample.labels.clone()), (value, kind))
    };
    page.samples.iter().filter(is_of).map(entry).collect()
}

/// What both exporters say of modules with these flags, which is the same.
fn same(redis: &Redis, flags: &[&str]) -> Page {
    let page = watching(redis, flags).scrape("/metrics");
    let other = redis_exporter(redis, flags).scrape("/metrics");
    assert_eq!(of_modules(&page), of_modules(&other));
    page
}

fn names(page: &Page, family: &str, label: &str) -> BTreeSet<String> {
    page.samples_of(family).map(|sample| sample.labels[label].clone()).collect()
}

fn indexes(page: &Page) -> BTreeSet<String> {
    names(page, "redis_search_index_num_docs", "index_name")
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn modules_and_what_they_say_of_themselves() {
    let redis = search_server();
    let page = same(&redis, &[MODULES]);
    assert_eq!(names(&page, "redis_module_info", "name"), set(&["lua", "search", "bf", "ReJSON"]));
    let json = page.samples_of("redis_module_info").find(|sample| sample.labels["name"] == "ReJSON").unwrap();
    assert_eq!(json.labels["usedby"], "[search]");
    assert_eq!(page.value("redis_search_number_of_indexes", &[]), Some(2.0));
    assert_eq!(indexes(&page), set(&[]), "only on request");
    let redis = server(Program::Redis, &["rejson", "redisbloom"]);
    assert_eq!(names(&same(&redis, &[MODULES]), "redis_module_info", "name"), set(&["bf", "ReJSON"]));
}

#[test]
fn search_indexes() {
    let redis = search_server();
    let page = same(&redis, &[INDEXES]);
    assert_eq!(indexes(&page), set(&["orders", "my.customers"]));
    let families = page.names().into_iter().filter(|name| name.starts_with("redis_search_index_")).count();
    assert_eq!(families, 24);
    let of = |name: &str| page.value(&format!("redis_search_index_{name}"), &[("index_name", "orders")]);
    assert_eq!((of("num_docs"), of("percent_indexed")), (Some(3.0), Some(1.0)));
    assert!(of("inverted_size_bytes").is_some_and(|bytes| bytes > 100.0));
    assert!(of("number_of_uses_total").is_some_and(|uses| uses >= 1.0));
    assert_eq!(names(&page, "redis_module_info", "name"), set(&[]), "only on request");
    assert_eq!(page.value("redis_search_number_of_indexes", &[]), None);
}

#[test]
fn search_indexes_that_a_pattern_matches() {
    let redis = search_server();
    for (pattern, expected) in
        [("^ord", &["orders"][..]), ("ers", &["orders", "my.customers"]), (r"\.", &["my.customers"]), ("none", &[])]
    {
        let page = same(&redis, &[INDEXES, &format!("--check-search-indexes={pattern}")]);
        assert_eq!(indexes(&page), set(expected), "{pattern}");
    }
    let by_variable =
        [("REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS", "true"), ("REDIS_EXPORTER_CHECK_SEARCH_INDEXES", "my")];
    let daemon = Daemon::start_with(&[&format!("--redis.addr={}", redis.url())], &by_variable);
    assert_eq!(indexes(&daemon.scrape("/metrics")), set(&["my.customers"]));
}

#[test]
fn a_pattern_that_is_none_stops_the_start() {
    let nobody = "--redis.addr=redis://127.0.0.1:1";
    let finished = daemon::run(&[nobody, INDEXES, "--check-search-indexes=["], &[]);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("flags of the collector modules: "), "{}", finished.stderr);
    assert!(finished.stderr.contains("is no regular expression"), "{}", finished.stderr);
    let variables = [("REDIS_EXPORTER_CHECK_SEARCH_INDEXES", "(")];
    assert_eq!(daemon::run(&[nobody, INDEXES], &variables).code, 1);
    // Nobody wants indexes: it does not matter.
    let redis = Redis::start();
    let page = watching(&redis, &["--check-search-indexes=["]).scrape("/metrics");
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
}

#[test]
fn a_pattern_of_the_file_that_is_none_costs_only_its_collector() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, "collectors: {modules: {config: {indexes: true, index_pattern: '['}}}\n").unwrap();
    let redis = Redis::start();
    let daemon = watching(&redis, &[&format!("--config.file={}", path.display())]);
    let page = daemon.scrape("/metrics");
    let success = |name: &str| page.value("redwasp_collector_success", &[("collector", name)]);
    assert_eq!((success("modules"), success("info")), (Some(0.0), Some(1.0)));
    assert!(daemon.log().contains("redwasp.yaml:1:"), "{}", daemon.log());
}

#[test]
fn servers_are_asked_for_nothing_that_they_do_not_know() {
    for program in Program::ALL {
        let redis = Redis::options().program(program).start();
        let proxy = RecordingProxy::start(redis.port());
        let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
        let daemon = Daemon::start(&[&address, MODULES, INDEXES]);
        for _ in 0..2 {
            let page = daemon.scrape("/metrics");
            assert_eq!(page.value("redwasp_collector_success", &[("collector", "modules")]), Some(1.0));
            assert_eq!(indexes(&page), set(&[]));
        }
        assert!(proxy.commands().iter().all(|command| !command[0].starts_with("FT.")), "{:?}", proxy.commands());
        assert_eq!(redis.info_field("total_error_replies"), "0", "{program:?}");
        assert!(!daemon.log().contains("collector warns"), "{}", daemon.log());
    }
}

#[test]
fn nothing_is_asked_for_unless_it_is_wanted() {
    let redis = search_server();
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let asked = |flags: &[&str]| {
        let daemon = Daemon::start(&[&[address.as_str()], flags].concat());
        daemon.scrape("/metrics");
        proxy.clear();
        daemon.scrape("/metrics");
        let commands = proxy.commands();
        let of = |words: &[&str]| {
            commands
                .iter()
                .filter(|command| command.starts_with(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()))
                .count()
        };
        (of(&["INFO", "MODULES"]), of(&["FT._LIST"]), of(&["FT.INFO"]), proxy.round_trips())
    };
    assert_eq!(asked(&[]), (0, 0, 0, 1));
    assert_eq!(asked(&[MODULES]), (1, 0, 0, 1), "once for both collectors");
    assert_eq!(asked(&[MODULES, INDEXES]), (1, 1, 2, 3));
}

#[test]
fn what_a_user_may_not_ask_is_told_once_and_costs_only_itself() {
    let redis = search_server();
    let rights =
        ["+client", "+info", "+select", "+config|get", "+hello", "+auth", "+latency", "+slowlog", "+commandlog"];
    redis.cli(&[&["ACL", "SETUSER", "exporter", "on", ">secret", "-@all", "+ft._list"], &rights[..]].concat());
    let daemon = watching(&redis, &["--redis.user=exporter", "--redis.password=secret", MODULES, INDEXES]);
    let lines = || daemon.log().lines().filter(|line| line.contains("FT.INFO cannot be had")).count();
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redwasp_collector_success", &[("collector", "modules")]), Some(1.0));
        assert_eq!(page.samples_of("redis_module_info").count(), 4);
        assert_eq!(indexes(&page), set(&[]));
    }
    assert_eq!(lines(), 1, "{}", daemon.log());
    // RediSearch takes the name of an index for a key.
    redis.cli(&["ACL", "SETUSER", "exporter", "+ft.info", "~orders", "~my.*"]);
    assert_eq!(indexes(&daemon.scrape("/metrics")).len(), 2);
}

#[test]
fn many_indexes_fit_and_what_is_beyond_is_told_once() {
    let redis = server(Program::Valkey91, &["redisearch"]);
    let mut client = redis.connect().unwrap();
    for number in 0..310 {
        let name = format!("index-{number}");
        client
            .command(&["FT.CREATE", &name, "PREFIX", "1", &name, "SCHEMA", "a", "TEXT", "b", "NUMERIC", "c", "TAG"])
            .unwrap();
    }
    let daemon = watching(&redis, &[INDEXES]);
    for _ in 0..2 {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redwasp_collector_success", &[("collector", "modules")]), Some(1.0), "{}", daemon.log());
        assert_eq!(indexes(&page).len(), 300);
    }
    let told = daemon.log().lines().filter(|line| line.contains("310 search indexes match")).count();
    assert_eq!(told, 1, "{}", daemon.log());
}

#[test]
fn an_index_may_be_called_anything() {
    let redis = server(Program::Valkey91, &["redisearch"]);
    for name in ["größe", "a b\"c\\d"] {
        redis.cli(&["FT.CREATE", name, "SCHEMA", "a", "TEXT"]);
    }
    assert_eq!(indexes(&same(&redis, &[INDEXES])), set(&["größe", "a b\"c\\d"]));
}
