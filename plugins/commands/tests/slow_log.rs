//! The slow log, look after look.

use redwasp_commands::Commands;
use redwasp_sdk::testing::{self, Bench, Page};

/// A look at a log whose entries are (number, microseconds, command), the latest first.
struct Look<'a> {
    product: &'a str,
    run_id: &'a str,
    uptime: u64,
    unix_ms: u64,
    entries: Vec<(u64, u64, String)>,
}

/// A look, 15 s after the one before if `number` counts them.
fn look(number: u64, entries: &[(u64, u64, &str)]) -> Look<'static> {
    let entries = entries.iter().map(|&(number, usec, command)| (number, usec, command.to_owned())).collect();
    Look { product: "redis", run_id: "a", uptime: 1000, unix_ms: 1_700_000_000_000 + 15_000 * number, entries }
}

impl Look<'_> {
    fn page(&self, before: Option<&Page>) -> Page {
        let info = format!("# Server\r\nrun_id:{}\r\nuptime_in_seconds:{}\r\n", self.run_id, self.uptime);
        let bench = Bench::new(testing::server(self.product, "7.0.15"))
            .at(self.unix_ms)
            .reply("INFO ALL", testing::bulk(info))
            .reply("SLOWLOG LEN", format!(":{}\r\n", self.entries.len()).into_bytes())
            .reply("SLOWLOG GET 32", self.log());
        let bench = before.into_iter().fold(bench, Bench::after);
        let page = bench.collect::<Commands>(r#"{"exclude_latency":true}"#).unwrap();
        assert_eq!(page.warnings(), [""; 0]);
        page
    }

    fn log(&self) -> Vec<u8> {
        let words = |command: &str| -> String {
            let words: Vec<&str> = command.split(' ').collect();
            let each = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
            format!("*{}\r\n{}", words.len(), each.collect::<String>())
        };
        let entry = |(number, usec, command): &(u64, u64, String)| {
            format!("*6\r\n:{number}\r\n:1700000000\r\n:{usec}\r\n{}+127.0.0.1:1\r\n+\r\n", words(command))
        };
        let entries: String = self.entries.iter().map(entry).collect();
        format!("*{}\r\n{entries}", self.entries.len()).into_bytes()
    }
}

/// Pages of looks, each after the one before.
fn pages(looks: &[Look<'_>]) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    for look in looks {
        let page = look.page(pages.last());
        pages.push(page);
    }
    pages
}

fn logged(page: &Page, command: &str) -> Option<f64> {
    page.value("slowlog_entries_total", &[("cmd", command)])
}

fn missed(page: &Page) -> Option<f64> {
    page.value("slowlog_missed_entries_total", &[])
}

fn slowest(page: &Page) -> Option<f64> {
    page.value("slowlog_slowest_seconds", &[])
}

#[test]
fn the_latest_entry_is_told() {
    let page = look(0, &[(7, 2_500_000, "KEYS"), (6, 9_000_000, "GET")]).page(None);
    assert_eq!(page.value("slowlog_length", &[]), Some(2.0));
    assert_eq!(page.value("slowlog_last_id", &[]), Some(7.0));
    assert_eq!(page.value("last_slow_execution_duration_seconds", &[]), Some(2.5));
}

#[test]
fn an_empty_log_is_zeros() {
    let page = look(0, &[]).page(None);
    for metric in ["slowlog_length", "slowlog_last_id", "last_slow_execution_duration_seconds"] {
        assert_eq!(page.value(metric, &[]), Some(0.0), "{metric}");
    }
    assert_eq!((missed(&page), slowest(&page)), (Some(0.0), Some(0.0)));
}

#[test]
fn what_was_there_before_the_first_look_does_not_count() {
    let pages = pages(&[look(0, &[(9, 100, "get"), (8, 100, "set")]), look(1, &[(9, 100, "get"), (8, 100, "set")])]);
    for page in &pages {
        assert_eq!((logged(page, "get"), logged(page, "set")), (Some(0.0), Some(0.0)));
        assert_eq!((missed(page), slowest(page)), (Some(0.0), Some(0.0)));
    }
}

#[test]
fn new_entries_are_counted_by_command() {
    let pages = pages(&[
        look(0, &[(0, 50_000, "get")]),
        look(1, &[(3, 30_000, "GET"), (2, 70_000, "Xinfo Stream"), (1, 10_000, "get"), (0, 50_000, "get")]),
        look(2, &[(4, 20_000, "get"), (3, 30_000, "GET"), (2, 70_000, "Xinfo Stream"), (1, 10_000, "get")]),
        look(3, &[(4, 20_000, "get"), (3, 30_000, "GET")]),
    ]);
    let counts: Vec<_> = pages.iter().map(|page| (logged(page, "get"), logged(page, "xinfo|stream"))).collect();
    let expected = [(0.0, None), (2.0, Some(1.0)), (3.0, Some(1.0)), (3.0, Some(1.0))];
    assert_eq!(counts, expected.map(|(get, xinfo)| (Some(get), xinfo)));
    assert_eq!(pages.iter().filter_map(slowest).collect::<Vec<_>>(), [0.0, 0.07, 0.02, 0.0]);
    assert_eq!(pages.iter().filter_map(missed).collect::<Vec<_>>(), [0.0; 4]);
}

#[test]
fn the_first_entries_of_an_empty_log_count() {
    let pages = pages(&[look(0, &[]), look(1, &[(6, 10_000, "get"), (5, 10_000, "get")])]);
    assert_eq!(logged(&pages[1], "get"), Some(2.0));
    assert_eq!(missed(&pages[1]), Some(0.0), "the log may have been emptied before");
}

#[test]
fn entries_that_fell_out_between_two_looks_are_counted() {
    let pages = pages(&[look(0, &[(4, 1, "get")]), look(1, &[(10, 1, "get"), (9, 1, "get")]), look(2, &[])]);
    assert_eq!(pages.iter().filter_map(missed).collect::<Vec<_>>(), [0.0, 4.0, 4.0]);
    assert_eq!(logged(&pages[2], "get"), Some(2.0));
}

#[test]
fn a_log_that_was_emptied_goes_on_counting() {
    let pages = pages(&[look(0, &[(4, 1, "get")]), look(1, &[]), look(2, &[(6, 1, "get")])]);
    assert_eq!(pages.iter().filter_map(missed).collect::<Vec<_>>(), [0.0, 0.0, 1.0]);
    assert_eq!(logged(&pages[2], "get"), Some(1.0));
}

#[test]
fn a_server_that_was_started_again_begins_with_its_first_entry() {
    let restarted = Look { run_id: "b", uptime: 3, ..look(1, &[(1, 1, "get"), (0, 1, "set")]) };
    let pages = pages(&[look(0, &[(1, 1, "get")]), restarted]);
    assert_eq!((logged(&pages[1], "get"), logged(&pages[1], "set")), (Some(1.0), Some(1.0)));
    assert_eq!(missed(&pages[1]), Some(0.0));
}

#[test]
fn a_server_that_nobody_knows_begins_with_a_first_look() {
    let other = || Look { run_id: "b", ..look(1, &[(90, 1, "get")]) };
    let next = Look { run_id: "b", ..look(2, &[(91, 1, "get"), (90, 1, "get")]) };
    let pages = pages(&[look(0, &[(1, 1, "get")]), look(1, &[(2, 1, "get")]), other(), next]);
    let counts: Vec<_> = pages.iter().filter_map(|page| logged(page, "get")).collect();
    assert_eq!(counts, [0.0, 1.0, 1.0, 2.0]);
    assert_eq!(pages.iter().filter_map(missed).collect::<Vec<_>>(), [0.0; 4]);
}

#[test]
fn numbers_that_went_back_are_those_of_a_new_log() {
    let pages = pages(&[look(0, &[(50, 1, "get")]), look(1, &[(2, 1, "get"), (1, 1, "get")])]);
    assert_eq!((logged(&pages[1], "get"), missed(&pages[1])), (Some(2.0), Some(1.0)));
}

#[test]
fn dragonfly_has_no_numbers_to_count_by() {
    let dragonfly = Look { product: "dragonfly", ..look(0, &[(7, 10_000, "get")]) };
    let page = dragonfly.page(None);
    assert_eq!(page.value("slowlog_last_id", &[]), Some(7.0));
    assert_eq!((logged(&page, "get"), missed(&page), slowest(&page)), (None, None, None));
}

#[test]
fn commands_are_bounded_in_number_and_length() {
    let mut looks = vec![look(0, &[])];
    for number in 0..10 {
        let names: Vec<String> = (0..32).map(|entry| format!("{}{}", "x".repeat(50), number * 32 + entry)).collect();
        let entry = |(place, name): (usize, &String)| (number * 32 + place as u64, 1, name.clone());
        let mut entries: Vec<_> = names.iter().enumerate().map(entry).collect();
        entries.reverse();
        looks.push(Look { entries, ..look(number + 1, &[]) });
    }
    looks.push(look(11, &[(321, 1, "get"), (320, 1, &"y".repeat(500))]));
    let pages = pages(&looks);
    let last = pages.last().unwrap();
    assert_eq!(last.text("redis").matches("slowlog_entries_total{").count(), 201);
    assert_eq!(logged(last, "other"), Some(122.0), "120 of 320, and the two at last");
    assert!(last.state().unwrap().len() < 16 << 10, "{}", last.state().unwrap().len());
}

#[test]
fn long_names_are_cut() {
    let name = "y".repeat(500);
    let pages = pages(&[look(0, &[]), look(1, &[(0, 1, &name)])]);
    assert_eq!(logged(&pages[1], &name[..64]), Some(1.0));
}

#[test]
fn entries_that_are_none_are_passed_over() {
    let odd = b"*3\r\n_\r\n*4\r\n:-1\r\n:0\r\n:5\r\n*0\r\n*4\r\n:3\r\n:0\r\n:5\r\n*1\r\n+get\r\n".to_vec();
    let bench = Bench::new(testing::server("redis", "6.2.14"))
        .reply("INFO ALL", testing::bulk("# Server\r\n"))
        .reply("SLOWLOG LEN", b":3\r\n".to_vec())
        .reply("SLOWLOG GET 32", odd);
    let page = bench.collect::<Commands>(r#"{"exclude_latency":true}"#).unwrap();
    assert_eq!(page.value("slowlog_last_id", &[]), Some(3.0));
    assert_eq!(logged(&page, "get"), Some(0.0));
}
