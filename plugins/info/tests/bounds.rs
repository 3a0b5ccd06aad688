//! Texts that are longer than any report may be. The bench refuses a report that the host would refuse.

use redwasp_info::InfoCollector;
use redwasp_sdk::testing::{self, Bench, Page};

fn page(info: &str) -> Page {
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(info));
    bench.collect::<InfoCollector>(r#"{"fields":["x*"]}"#).unwrap()
}

/// A section of lines that differ by their number.
fn section(title: &str, lines: usize, line: impl Fn(usize) -> String) -> String {
    (0..lines).map(line).fold(format!("# {title}\r\n"), |text, line| text + &line + "\r\n")
}

fn commands(count: usize) -> String {
    let line = |n| format!("cmdstat_c{n}:calls=2,usec=3,usec_per_call=1.5,rejected_calls=4,failed_calls=5");
    section("Commandstats", count, line)
}

fn latencies(commands: usize, percentiles: usize) -> String {
    let parts: Vec<_> = (0..percentiles).map(|percentile| format!("p{percentile}=1")).collect();
    section("Latencystats", commands, |n| format!("latency_percentiles_usec_c{n}:{}", parts.join(",")))
}

fn errors(count: usize) -> String {
    section("Errorstats", count, |n| format!("errorstat_E{n}:count=1"))
}

/// How many samples have a name that begins so.
fn count(page: &Page, name: &str) -> usize {
    let begin = format!("redis_{name}");
    page.text("redis").lines().filter(|line| line.starts_with(&begin)).count()
}

#[test]
fn a_usual_server_is_told_whole() {
    let page = page(&[commands(600), latencies(600, 3), errors(100)].concat());
    assert_eq!(page.warnings(), [""; 0]);
    assert!(!page.is_partial());
    assert_eq!(count(&page, "commands_"), 4 * 600);
    assert_eq!(count(&page, "latency_percentiles_usec"), 5 * 600);
}

#[test]
fn commands_are_bounded() {
    let page = page(&commands(5000));
    assert_eq!(count(&page, "commands_total{"), 1000);
    assert_eq!(page.value("commands_total", &[("cmd", "c999")]), Some(2.0));
    assert_eq!(page.warnings(), ["the server has 5000 commands: the first 1000 are told"]);
    assert!(page.is_partial());
}

#[test]
fn a_command_that_is_left_out_has_no_percentiles() {
    let page =
        page(&[commands(1001), section("Latencystats", 1, |_| "latency_percentiles_usec_c1000:p50=1".into())].concat());
    assert_eq!(count(&page, "latency_percentiles_usec"), 0);
}

#[test]
fn percentiles_of_a_command_are_bounded() {
    let page = page(&[commands(2), latencies(2, 25)].concat());
    assert_eq!(count(&page, "latency_percentiles_usec{cmd=\"c0\""), 20);
    assert_eq!(count(&page, "latency_percentiles_usec_sum"), 2);
    assert_eq!(page.warnings(), ["2 commands have many percentiles: the first 20 are told of each"]);
    assert!(page.is_partial());
}

#[test]
fn percentiles_of_all_commands_are_bounded() {
    let page = page(&[commands(1000), latencies(1000, 8)].concat());
    assert_eq!(count(&page, "latency_percentiles_usec"), 3800);
    assert_eq!(count(&page, "commands_total{"), 1000, "the counts are there");
    assert_eq!(page.warnings(), ["percentiles of 620 commands are left out: 3800 samples are told"]);
    assert!(page.is_partial());
}

#[test]
fn fields_that_are_in_no_list_are_bounded() {
    let fields = section("Other", 5000, |n| format!("db_n{n}:1")) + &section("More", 5000, |n| format!("x{n}:1"));
    let page = page(&fields);
    assert_eq!(count(&page, "db_n"), 150);
    assert_eq!(page.warnings(), ["INFO has 10000 fields that are in no list: the first 150 are told"]);
    assert!(page.is_partial());
}

#[test]
fn replicas_are_bounded() {
    let replica = |n| format!("slave{n}:ip=a,port={n},state=online,offset=1,lag=1");
    let page = page(&section("Replication", 10_000, replica));
    assert_eq!(count(&page, "connected_slave_"), 1100);
    assert_eq!(page.warnings(), ["INFO is too long: besides commands and errors, the first 1100 samples are told"]);
    assert!(page.is_partial());
}

#[test]
fn everything_at_its_bound_still_fits() {
    let fields = section("Other", 5000, |n| format!("db_n{n}:1"));
    let engine = |n| format!("engine_{n}:name=e{n},module=m,abi_version=1,used_memory=1,memory_overhead=1");
    let engines = section("Scripting Engines", 5000, engine);
    let server = "# Server\r\nhz:10\r\nrole:slave\r\n".to_owned();
    let page = page(&[server, fields, engines, commands(5000), latencies(5000, 25), errors(20_000)].concat());
    assert_eq!(page.warnings().len(), 6, "{:?}", page.warnings());
    assert_eq!(page.value("hz", &[]), Some(10.0));
    assert_eq!((count(&page, "instance_info"), count(&page, "slave_info")), (1, 1));
    assert_eq!((count(&page, "errors_total"), count(&page, "commands_")), (1000, 4000));
}
