use redwasp_tests::captures::{self, Capture};
use redwasp_tests::page::Page;

#[test]
fn every_text_has_a_page() {
    let captures = Capture::all();
    assert!(captures.len() >= 30, "only {} folders", captures.len());
    for capture in captures {
        capture.info();
        let page = Page::parse(&capture.page()).unwrap_or_else(|error| panic!("{}: {error:#}", capture.name()));
        assert_eq!(page.value("redis_up", &[]), Some(1.0), "{}", capture.name());
        assert!(page.families.iter().all(|family| family.help.is_none()), "{} has HELP", capture.name());
    }
}

#[test]
fn recordings_are_kept_to_the_byte() {
    let info = Capture::named("valkey-9.1-primary").info();
    assert!(info.starts_with(b"# Server\r\n") && info.ends_with(b"\r\n"), "the lines do not end with CRLF");
}

#[test]
fn a_page_says_nothing_that_moves() {
    let page = captures::page_of(&Capture::named("missing-sections").info());
    let page = Page::parse(&page).expect("the page is good");
    let own = page.names().into_iter().filter(|name| name.starts_with("redis_exporter_"));
    assert_eq!(own.collect::<Vec<_>>(), ["redis_exporter_last_scrape_error"]);
    assert_eq!(page.value("redis_exporter_last_scrape_error", &[("err", "")]), Some(0.0));
    assert_eq!(page.value("redis_start_time_seconds", &[]), Some(0.0));
    assert_eq!(page.value("redis_uptime_in_seconds", &[]), Some(60.0));
}
