//! Hostile guests in a daemon: what they do to the others on its page.

use redwasp::config::CollectorConfig;
use redwasp_tests::inside::{self, Inside};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::wat_guests::{Guest, SPIN};
use tempfile::TempDir;

/// A daemon with the built-in collectors first, then these.
fn daemon(redis: &Redis, guests: &[Guest<'_>], collectors: Vec<CollectorConfig>) -> (Inside, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for guest in guests {
        guest.write(folder.path());
    }
    let mut all = vec![inside::built_in("info", "info"), inside::built_in("keyspace", "keyspace")];
    all.extend(collectors);
    let mut config = inside::config(&redis.url(), all);
    config.plugins.dir = Some(folder.path().to_owned());
    (Inside::start(config).unwrap(), folder)
}

/// Collectors of one plugin: `<plugin>-1` and so on.
fn many(plugin: &str, count: usize) -> Vec<CollectorConfig> {
    let named = |number| CollectorConfig { plugin: plugin.to_owned(), ..inside::guest(&format!("{plugin}-{number}")) };
    (1..=count).map(named).collect()
}

fn succeeded(page: &Page, collector: &str) -> bool {
    page.value("redwasp_collector_success", &[("collector", collector)]) == Some(1.0)
}

fn calls(page: &Page, collector: &str, outcome: &str) -> Option<f64> {
    page.value("redwasp_collector_calls_total", &[("collector", collector), ("outcome", outcome)])
}

fn queued(page: &Page, collector: &str) -> f64 {
    let labels = [("collector", collector), ("phase", "queue")];
    page.value("redwasp_collector_phase_seconds_total", &labels).unwrap_or_default()
}

fn built_ins_are_well(page: &Page) {
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert!(page.value("redis_memory_used_bytes", &[]).is_some());
    assert!(succeeded(page, "info") && succeeded(page, "keyspace"));
}

#[test]
fn each_hostile_guest_is_named_on_the_page_and_the_others_are_well() {
    let redis = Redis::start();
    let recursion = "(func $deeper (call $deeper) (call $deeper))";
    let null = "(table $t 1 funcref) (type $none (func))";
    let guests = [
        (Guest::collecting("spins", SPIN), "cpu"),
        (Guest::collecting("grows", "(drop (memory.grow (i32.const 1100)))"), "memory"),
        (Guest { fields: recursion, ..Guest::collecting("recurses", "(call $deeper)") }, "stack"),
        (Guest::collecting("gives-up", "unreachable"), "panic"),
        (
            Guest { fields: null, ..Guest::collecting("calls-null", "(call_indirect $t (type $none) (i32.const 0))") },
            "trap",
        ),
        (Guest { pages: 800, samples_claimed: Some(1_000_000), ..Guest::new("million-samples") }, "malformed"),
    ];
    let texts: Vec<Guest<'_>> = guests.iter().map(|(guest, _)| guest.clone()).collect();
    let (daemon, _folder) = daemon(&redis, &[&texts[..], &[Guest::new("well")]].concat(), Vec::new());
    for round in [1.0, 2.0] {
        let page = daemon.scrape("/metrics");
        built_ins_are_well(&page);
        assert!(succeeded(&page, "well"));
        for (guest, cause) in &guests {
            assert!(!succeeded(&page, guest.name), "{} succeeds", guest.name);
            assert_eq!(calls(&page, guest.name, cause), Some(round), "{}: {}", guest.name, daemon.get("/").text());
        }
    }
}

#[test]
fn one_that_spins_takes_nothing_from_sixty_three_others() {
    let redis = Redis::start();
    let mut collectors = many("well", 63);
    collectors.insert(0, inside::guest("spins"));
    let (daemon, _folder) = daemon(&redis, &[Guest::new("well"), Guest::collecting("spins", SPIN)], collectors);
    let page = daemon.scrape("/metrics");
    built_ins_are_well(&page);
    assert_eq!(calls(&page, "spins", "cpu"), Some(1.0));
    for number in 1..=63 {
        let name = format!("well-{number}");
        assert!(succeeded(&page, &name), "{name}");
        assert_eq!(calls(&page, &name, "success"), Some(1.0), "{name}");
    }
}

const CLOCK: &str = r#"
    (import "wasi:io/poll@0.2.3" (instance $poll
        (export "pollable" (type $pollable (sub resource)))
        (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
    (alias export $poll "pollable" (type $pollable))
    (import "wasi:clocks/monotonic-clock@0.2.3" (instance $clock
        (export "pollable" (type $timer (eq $pollable)))
        (export "subscribe-duration" (func (param "when" u64) (result (own $timer))))))
    (core func $timer (canon lower (func $clock "subscribe-duration")))
    (core func $block (canon lower (func $poll "[method]pollable.block")))
    (core instance $host (export "timer" (func $timer)) (export "block" (func $block)))"#;

/// Waits for an hour.
fn sleeps() -> Guest<'static> {
    Guest {
        host: CLOCK,
        imports: r#"
            (import "host" "timer" (func $timer (param i64) (result i32)))
            (import "host" "block" (func $block (param i32)))"#,
        ..Guest::collecting("sleeps", "(call $block (call $timer (i64.const 3600000000000)))")
    }
}

#[test]
fn who_finds_no_place_in_time_says_so() {
    let redis = Redis::start();
    let (daemon, _folder) = daemon(&redis, &[sleeps()], many("sleeps", 40));
    let response = daemon.get_with("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "1.5")]);
    let page = Page::parse(&response.text()).unwrap();
    built_ins_are_well(&page);
    let ended =
        |outcome| (1..=40).filter(|number| calls(&page, &format!("sleeps-{number}"), outcome).is_some()).count();
    // 16 run at once.
    assert_eq!((ended("wall"), ended("queue")), (16, 24), "{}", daemon.get("/").text());
    for number in 1..=40 {
        let name = format!("sleeps-{number}");
        let has_waited = calls(&page, &name, "queue").is_some();
        assert!(!has_waited || queued(&page, &name) > 0.0, "{name} was in line for no time");
    }
    let places = "no place before the deadline: calls of other collectors hold them all";
    assert!(daemon.get("/").text().contains(places));
}

#[test]
fn many_slow_calls_stand_in_line_and_all_come_to_their_turn() {
    let redis = Redis::start();
    let fields = "(func $slow (local $n i32) (local.set $n (i32.const 1000000))
        (loop $more (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))";
    let slow = Guest { fields, ..Guest::collecting("slow", "(call $slow)") };
    let (daemon, _folder) = daemon(&redis, &[slow], many("slow", 200));
    let page = daemon.scrape("/metrics");
    built_ins_are_well(&page);
    for number in 1..=200 {
        let name = format!("slow-{number}");
        assert_eq!(calls(&page, &name, "success"), Some(1.0), "{}", daemon.get("/").text());
    }
    assert!(queued(&page, "slow-200") > 0.0, "the last one was in line for no time");
}

#[test]
fn a_spin_is_stopped_in_a_daemon_that_comes_after_another() {
    let redis = Redis::start();
    for _ in 0..2 {
        let (daemon, _folder) = daemon(&redis, &[Guest::collecting("spins", SPIN)], Vec::new());
        let page = daemon.scrape("/metrics");
        built_ins_are_well(&page);
        assert_eq!(calls(&page, "spins", "cpu"), Some(1.0));
    }
}
