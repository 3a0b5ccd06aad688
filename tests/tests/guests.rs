//! What a plugin may do wrong, and what it cannot do to anybody else.

use redwasp::config::CollectorConfig;
use redwasp_tests::inside::{self, Inside};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::wait;

/// A daemon with two built-ins and these guests between them.
fn daemon(redis: &Redis, guests: &[&str]) -> Inside {
    let mut collectors = vec![inside::built_in("info", "info")];
    collectors.extend(guests.iter().map(|name| inside::guest(name)));
    collectors.push(inside::built_in("keyspace", "keyspace"));
    Inside::start(inside::config(&redis.url(), collectors)).unwrap()
}

fn succeeded(page: &Page, collector: &str) -> bool {
    page.value("redwasp_collector_success", &[("collector", collector)]) == Some(1.0)
}

/// The built-ins' metrics are on the page, whatever the guest did.
fn others_are_well(page: &Page) {
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert_eq!(page.value("redis_exporter_last_scrape_error", &[("err", "")]), Some(0.0));
    assert!(page.value("redis_memory_used_bytes", &[]).is_some());
    assert!(page.value("redis_db_keys", &[("db", "db0")]).is_some());
    assert!(succeeded(page, "info") && succeeded(page, "keyspace"));
}

/// Guests with the cause that the end of their calls must be given, and words that its description must hold.
const MISDEEDS: [(&str, &str, &[&str]); 11] = [
    ("never-returns", "cpu", &["collect ended", "CPU budget of 50ms used up", "; in "]),
    ("copies-memory", "cpu", &["CPU budget of 50ms used up"]),
    ("eats-memory", "memory", &["memory limit of 64 MiB reached"]),
    ("panics", "panic", &["last words: panic: the guest gave up at tests/guests/examples/panics.rs:"]),
    ("exits", "exit", &["exit with code"]),
    ("divides-by-zero", "trap", &["trap: wasm trap: integer divide by zero"]),
    ("recurses", "stack", &["stack used up"]),
    ("lies", "malformed", &["malformed result: a sample of family 99"]),
    (
        "too-many-samples",
        "malformed",
        &["20001 samples, more than the 10000 allowed (limits.samples)", "hint: raise it"],
    ),
    ("forges-lines", "plugin", &["oops 2026-01-01 INFO forged"]),
    ("sleeps", "wall", &["wall time of 2s used up"]),
];

/// Guests that are refused before any call, with the stage, and words that the reason must hold.
const REFUSED: [(&str, &str, &[&str]); 6] = [
    ("never-describes", "describe", &["describe ended: CPU budget of 50ms used up"]),
    ("never-configures", "configure", &["configure ended", "CPU budget of 50ms used up"]),
    ("bad-names", "configure", &["malformed plan", "not a metric name"]),
    ("claims-up", "configure", &["redis_up", "the name is the exporter's own"]),
    ("refuses", "configure", &["/limits/1", "too small"]),
    ("asks-for-writes", "configure", &["FLUSHALL writes; no grant allows it"]),
];

/// What the landing page says, once it says anything of a guest.
fn landing(daemon: &Inside, guest: &str) -> String {
    let cell = format!("<td>{guest}</td>");
    wait::until("the guest to be on the landing page", wait::PATIENCE, || {
        Some(daemon.get("/").text()).filter(|page| page.contains(&cell))
    })
}

#[test]
fn each_misdeed_is_stopped_and_named() {
    let redis = Redis::start();
    redis.cli(&["SET", "a", "1"]);
    for (guest, cause, words) in MISDEEDS {
        let daemon = daemon(&redis, &[guest]);
        for round in 1..=2 {
            let page = daemon.scrape("/metrics");
            others_are_well(&page);
            assert!(!succeeded(&page, guest), "{guest} succeeded");
            let calls = page.value("redwasp_collector_calls_total", &[("collector", guest), ("outcome", cause)]);
            assert_eq!(calls, Some(f64::from(round)), "{guest}: {}", daemon.get("/").text());
        }
        let landing = landing(&daemon, guest);
        for words in words {
            assert!(landing.contains(words), "{guest}: {words:?} is not in {landing}");
        }
        assert_eq!(redis.cli(&["GET", "a"]), "1");
    }
}

#[test]
fn each_guest_that_cannot_be_run_is_off_alone() {
    let redis = Redis::start();
    redis.cli(&["SET", "a", "1"]);
    for (guest, stage, words) in REFUSED {
        let daemon = daemon(&redis, &[guest]);
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        assert!(!succeeded(&page, guest), "{guest} succeeded");
        let problem = page.value("redwasp_plugin_problem", &[("plugin", guest), ("stage", stage)]);
        let landing = landing(&daemon, guest);
        assert_eq!(problem, Some(1.0), "{guest}: {landing}");
        for words in words {
            assert!(landing.contains(words), "{guest}: {words:?} is not in {landing}");
        }
        assert_eq!(redis.cli(&["GET", "a"]), "1");
    }
}

#[test]
fn a_guest_cannot_forge_or_flood_a_log() {
    let redis = Redis::start();
    let daemon = daemon(&redis, &["forges-lines"]);
    daemon.scrape("/metrics");
    let landing = daemon.get("/").text();
    let line = landing.lines().find(|line| line.contains("<td>forges-lines</td>")).unwrap();
    assert!(line.contains("oops 2026-01-01 INFO forged") && line.len() < 4096, "{} bytes: {line:.200}", line.len());
}

#[test]
fn a_guest_that_is_slow_to_plan_does_not_take_the_scrape_with_it() {
    let redis = Redis::start();
    let daemon = daemon(&redis, &["sleeps-in-configure"]);
    for _ in 0..2 {
        let response = daemon.get_with("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", "2")]);
        let page = Page::parse(&response.text()).unwrap();
        others_are_well(&page);
        assert!(!succeeded(&page, "sleeps-in-configure"));
    }
}

#[test]
fn all_of_them_together_leave_the_others_alone() {
    let redis = Redis::start();
    let hostile: Vec<&str> = MISDEEDS.iter().map(|(guest, _, _)| *guest).collect();
    let daemon = daemon(&redis, &hostile);
    for _ in 0..3 {
        others_are_well(&daemon.scrape("/metrics"));
    }
}

#[test]
fn what_is_too_much_is_cut_and_counted() {
    let redis = Redis::start();
    let page = daemon(&redis, &["long-label", "floods-stderr", "behaves"]).scrape("/metrics");
    others_are_well(&page);
    for guest in ["long-label", "floods-stderr", "behaves"] {
        assert!(succeeded(&page, guest), "{guest}");
    }
    assert_eq!(page.value("redwasp_collector_cut_label_values_total", &[("collector", "long-label")]), Some(1.0));
    let longest = page.samples.iter().flat_map(|sample| sample.labels.values()).map(String::len).max();
    assert_eq!(longest, Some(1024));
    assert_eq!(page.value("redis_behaves_ran", &[]), Some(1.0));
}

#[test]
fn a_guest_sees_nothing_of_the_machine() {
    let redis = Redis::start();
    let page = daemon(&redis, &["reads-files"]).scrape("/metrics");
    assert!(succeeded(&page, "reads-files"));
    for seen in ["redis_files_read", "redis_variables_seen", "redis_arguments_seen", "redis_input_read"] {
        assert_eq!(page.value(seen, &[]), Some(0.0), "{seen}");
    }
}

#[test]
fn a_guest_is_told_what_server_it_is_for() {
    let primary = Redis::start();
    let server = Redis::start();
    let daemon = daemon(&server, &["tells-the-server"]);
    let told = |role: &str, version: &str| {
        let page = daemon.scrape("/metrics");
        let labels = [
            ("product", "redis"),
            ("version", version),
            ("mode", "standalone"),
            ("planned_for", role),
            ("role", role),
            ("databases", "16"),
        ];
        assert_eq!(page.value("redwasp_connections_opened_total", &[]), Some(1.0));
        page.value("redis_server_told", &labels) == Some(1.0)
    };
    let version = server.info_field("redis_version");
    assert!(told("master", &version));
    server.cli(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    // This scrape's INFO tells of the change, the next one is planned for it.
    daemon.scrape("/metrics");
    assert!(told("slave", &version), "the plan did not follow the role");
}

#[test]
fn a_guest_may_ask_redis_for_statistics() {
    let redis = Redis::start();
    let page = daemon(&redis, &["asks-redis"]).scrape("/metrics");
    others_are_well(&page);
    assert_eq!(page.value("redis_asked", &[("pipeline", ""), ("nodes", "")]), Some(1.0));
    assert!(
        redis.cli(&["INFO", "commandstats"]).contains("cmdstat_ping:"),
        "the guest's PING did not reach the server"
    );
}

#[test]
fn replies_are_read_in_a_component_as_they_are_natively() {
    let redis = Redis::start();
    let page = daemon(&redis, &["reads-replies"]).scrape("/metrics");
    others_are_well(&page);
    assert_eq!(page.value("redis_reads_replies_ran", &[]), Some(1.0));
}

#[test]
fn a_late_family_must_have_a_reserved_name() {
    let redis = Redis::start();
    let page = daemon(&redis, &["comes-late", "comes-late-unreserved"]).scrape("/metrics");
    others_are_well(&page);
    assert_eq!(page.value("redis_late_answer", &[("of", "everything")]), Some(42.0));
    assert!(succeeded(&page, "comes-late"));
    assert!(!succeeded(&page, "comes-late-unreserved"));
}

#[test]
fn a_family_that_is_declared_differently_keeps_its_collector_off() {
    let redis = Redis::start();
    let daemon = daemon(&redis, &["claims-a-name"]);
    let page = daemon.scrape("/metrics");
    others_are_well(&page);
    assert!(!succeeded(&page, "claims-a-name"));
    let landing = daemon.get("/").text();
    assert!(landing.contains("redis_memory_used_bytes is declared by info with another type"), "{landing}");
}

#[test]
fn a_collector_that_does_not_apply_costs_nothing() {
    let redis = Redis::start();
    let daemon = daemon(&redis, &["only-for-clusters"]);
    for _ in 0..2 {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        assert!(succeeded(&page, "only-for-clusters"));
        assert!(page.value("redwasp_collector_cpu_seconds_total", &[("collector", "only-for-clusters")]) == Some(0.0));
    }
}

#[test]
fn a_target_is_asked_even_when_no_collector_has_a_question() {
    let mut redis = Redis::start();
    let daemon = Inside::start(inside::config(&redis.url(), Vec::new())).unwrap();
    for _ in 0..2 {
        assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(1.0));
    }
    redis.stop();
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(0.0));
}

#[test]
fn equal_series_of_two_collectors_are_written_once() {
    let redis = Redis::start();
    let twice: Vec<CollectorConfig> = ["first", "second"].map(|name| inside::built_in("keyspace", name)).into();
    let page = Inside::start(inside::config(&redis.url(), twice)).unwrap().scrape("/metrics");
    assert_eq!(page.samples_of("redis_db_keys").count(), 16);
}
