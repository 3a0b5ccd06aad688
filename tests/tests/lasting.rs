//! What outlives a call: saved state, quarantine, and collectors that run by themselves.

use std::thread;
use std::time::Duration;

use redwasp::config::{CollectorConfig, Config, Quarantine, Schedule};
use redwasp_tests::inside;
use redwasp_tests::page::{Page, Sample};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::Redis;
use redwasp_tests::told::{
    self, Program, VERSIONS, answers, calls, count, granted, of, others_are_well, succeeded, told,
};
use redwasp_tests::wait::{self, PATIENCE};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

/// Settings with two built-ins and these collectors between them.
fn settings(target: &str, collectors: Vec<CollectorConfig>) -> Config {
    let mut all = vec![inside::built_in("info", "info")];
    all.extend(collectors);
    all.push(inside::built_in("keyspace", "keyspace"));
    inside::config(target, all)
}

/// Counts its calls, and fails while the key `broken` is there.
fn counts(name: &str) -> CollectorConfig {
    let config = json!({"prefetch": [{"args": ["EXISTS", "broken"]}], "steps": ["count", "panic-if-there"]});
    granted(name, config, &["EXISTS"], &["broken"])
}

/// What a collector counted; 0 when its series are not there.
fn counted(page: &Page, collector: &str) -> f64 {
    page.value("redis_told", &[("name", collector), ("step", "0"), ("place", "count"), ("answer", "")]).unwrap_or(0.0)
}

fn quarantined(page: &Page, collector: &str) -> f64 {
    of(page, collector, "quarantined")
}

#[test]
fn a_state_is_given_back_to_the_same_collector_on_the_same_target() {
    let (redis, other) = (Redis::start(), Redis::start());
    let daemon = told::start(settings(&redis.url(), vec![counts("one"), counts("two")]));
    for round in 1..=3 {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        assert_eq!((counted(&page, "one"), counted(&page, "two")), (f64::from(round), f64::from(round)));
    }
    let of_other = daemon.scrape(&format!("/scrape?target={}", other.url()));
    assert_eq!(counted(&of_other, "one"), 1.0);
    // What a call that failed would have saved is lost.
    redis.cli(&["SET", "broken", "1"]);
    assert_eq!(counted(&daemon.scrape("/metrics"), "one"), 0.0);
    redis.cli(&["DEL", "broken"]);
    assert_eq!(counted(&daemon.scrape("/metrics"), "one"), 4.0);
    assert_eq!(counted(&daemon.scrape(&format!("/scrape?target={}", other.url())), "one"), 2.0);
}

#[test]
fn a_state_that_is_too_large_ends_the_call() {
    let redis = Redis::start();
    let saves = |name: &str, bytes: usize| told(name, json!({"steps": [{"save": bytes}]}));
    let daemon = told::start(settings(&redis.url(), vec![saves("fits", 64 << 10), saves("too-large", 65 << 10)]));
    let page = daemon.scrape("/metrics");
    others_are_well(&page);
    assert_eq!((calls(&page, "fits", "success"), calls(&page, "too-large", "malformed")), (1.0, 1.0));
    let landing = daemon.get("/").text();
    assert!(landing.contains("a state of 66560 bytes, more than the 65536 allowed (limits.state)"), "{landing}");
}

/// A collector of a configuration file.
fn written(name: &str, config: &Value, more: &str) -> String {
    let mut config = config.clone();
    config["name"] = json!(name);
    format!("  {name}:\n    plugin: does-as-told\n    config: {config}\n    {more}\n")
}

fn file(target: &str, plugins: &str, collectors: &[String]) -> String {
    format!("settings: {{redis.addr: '{target}'}}\nplugins: {{{plugins}}}\ncollectors:\n{}", collectors.concat())
}

#[test]
fn a_state_of_another_version_is_dropped_and_that_is_told() {
    let redis = Redis::start();
    let program = Program::start(&file(&redis.url(), "", &[written("counts", &json!({"steps": ["count"]}), "")]));
    (0..20).for_each(|_| drop(program.daemon.scrape("/metrics")));
    assert!(counted(&program.daemon.scrape("/metrics"), "counts") > 20.0);
    program.replace(&told::other_version());
    wait::until("the other version to count anew", PATIENCE, || {
        let page = program.daemon.scrape("/metrics");
        let is_other = |sample: &Sample| sample.labels["version"] == VERSIONS[1];
        let is_there = page.samples_of("redwasp_plugin_info").any(is_other);
        (is_there && (1.0..20.0).contains(&counted(&page, "counts"))).then_some(())
    });
    program.daemon.wait_for_log("the state that another plugin or version saved is dropped");
    let log = program.daemon.log();
    assert_eq!(log.matches("the state that another plugin or version saved is dropped").count(), 1, "{log}");
    assert!(log.contains(VERSIONS[0]) && log.contains(VERSIONS[1]), "{log}");
}

#[test]
fn a_collector_that_fails_again_and_again_is_left_alone_for_longer_and_longer() {
    let redis = Redis::start();
    let config = json!({"prefetch": [{"args": ["EXISTS", "broken"]}], "steps": ["count", "panic-if-there"]});
    let fails = written("fails", &config, "grants: {commands: [EXISTS], keys: [broken]}");
    let rules = "quarantine-after: 3, quarantine-first: 200ms, quarantine-longest: 500ms";
    let program =
        Program::start(&file(&redis.url(), rules, &[fails, written("well", &json!({"steps": ["count"]}), "")]));
    let scrape = || program.daemon.scrape("/metrics");
    assert!(counted(&scrape(), "fails") > 0.0);
    redis.cli(&["SET", "broken", "1"]);
    for _ in 0..3 {
        let page = scrape();
        assert!(!succeeded(&page, "fails") && counted(&page, "fails") == 0.0 && counted(&page, "well") > 0.0);
    }
    let mut is_shown = false;
    let page = wait::until("a second, a third and a fourth try", PATIENCE, || {
        let page = scrape();
        others_are_well(&page);
        assert_eq!((counted(&page, "fails"), succeeded(&page, "fails")), (0.0, false));
        assert!(counted(&page, "well") > 0.0);
        is_shown |= quarantined(&page, "fails") == 1.0;
        (calls(&page, "fails", "panic") >= 6.0).then_some(page)
    });
    assert!(is_shown && calls(&page, "fails", "quarantine") > 0.0 && quarantined(&page, "well") == 0.0);
    let times = ["seconds=0.2", "seconds=0.4", "seconds=0.5", "seconds=0.5"];
    let told = wait::until("the log to tell each time", PATIENCE, || {
        let log = program.daemon.log();
        let told = log.lines().filter(|line| line.contains("collector is left alone")).map(str::to_owned);
        Some(told.collect::<Vec<_>>()).filter(|told| told.len() >= times.len())
    });
    assert!(told.iter().zip(times).all(|(line, time)| line.ends_with(time)), "{told:?}");
    redis.cli(&["DEL", "broken"]);
    let page = wait::until("it to run again", PATIENCE, || Some(scrape()).filter(|page| succeeded(page, "fails")));
    assert!(counted(&page, "fails") > 0.0);
    assert_eq!(quarantined(&scrape(), "fails"), 0.0);
}

#[test]
fn a_new_file_ends_a_quarantine_at_once_and_success_keeps_it_away() {
    let redis = Redis::start();
    let odd = json!({"prefetch": [{"args": ["GET", "round"]}], "steps": ["panic-if-odd"]});
    let collectors = vec![counts("fails"), granted("every-second", odd, &["GET"], &["round"])];
    let mut settings = settings(&redis.url(), collectors);
    settings.plugins.quarantine = Quarantine { after: 2, first: HOUR, longest: HOUR };
    let daemon = told::start(settings);
    redis.cli(&["SET", "broken", "1"]);
    for round in 0..8 {
        redis.cli(&["SET", "round", &round.to_string()]);
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        assert_eq!(succeeded(&page, "every-second"), round % 2 == 0);
    }
    redis.cli(&["SET", "round", "8"]);
    let page = daemon.scrape("/metrics");
    assert_eq!((calls(&page, "fails", "panic"), quarantined(&page, "fails")), (2.0, 1.0));
    assert_eq!(quarantined(&page, "every-second"), 0.0);
    redis.cli(&["DEL", "broken"]);
    assert!(!succeeded(&daemon.scrape("/metrics"), "fails"));
    told::replace(daemon.plugins(), &told::other_version());
    wait::until("the new file to run", PATIENCE, || {
        let page = daemon.scrape("/metrics");
        (succeeded(&page, "fails") && quarantined(&page, "fails") == 0.0).then_some(())
    });
}

/// Reads the key `timed:<name>` by itself, and fails while the key `broken` is there.
fn timed(name: &str, interval: Duration) -> CollectorConfig {
    let read = json!({"pipeline": [{"args": ["GET", format!("timed:{name}")]}]});
    let config = json!({
        "asks": [{"commands": ["GET"], "keys": ["timed:*"]}],
        "prefetch": [{"args": ["EXISTS", "broken"]}],
        "steps": ["panic-if-there", read],
    });
    let collector = granted(name, config, &["GET", "EXISTS"], &["timed:*", "broken"]);
    CollectorConfig { schedule: Schedule::Every(interval), ..collector }
}

/// How often a collector read its key.
fn reads(proxy: &RecordingProxy, name: &str) -> usize {
    let key = format!("timed:{name}");
    proxy.commands().iter().filter(|command| command[0] == "GET" && command[1] == key).count()
}

fn has_snapshot(page: &Page, name: &str) -> bool {
    page.value("redwasp_collector_snapshot_age_seconds", &[("collector", name)]).is_some()
        && !answers(page, name, "1").is_empty()
}

#[test]
fn scrapes_do_not_start_a_run_of_a_collector_that_runs_by_itself() {
    let (redis, other) = (Redis::start(), Redis::start());
    let (proxy, of_other) = (RecordingProxy::start(redis.port()), RecordingProxy::start(other.port()));
    let url = |proxy: &RecordingProxy| format!("redis://127.0.0.1:{}", proxy.port());
    let daemon = told::start(settings(&url(&proxy), vec![timed("hourly", HOUR)]));
    for (path, proxy) in [("/metrics".to_owned(), &proxy), (format!("/scrape?target={}", url(&of_other)), &of_other)] {
        // The first of them start it, all at once.
        thread::scope(|scope| {
            (0..8).for_each(|_| drop(scope.spawn(|| others_are_well(&daemon.scrape(&path)))));
        });
        wait::until("the first run", PATIENCE, || has_snapshot(&daemon.scrape(&path), "hourly").then_some(()));
        for _ in 0..10 {
            assert!(has_snapshot(&daemon.scrape(&path), "hourly"));
        }
        assert_eq!(reads(proxy, "hourly"), 1);
    }
    let page = daemon.scrape("/metrics");
    assert_eq!(calls(&page, "hourly", "success"), 2.0);
    assert!(succeeded(&page, "hourly"));
    assert_eq!(of(&page, "hourly", "samples"), 2.0, "of the prefetch and of the read");
}

#[test]
fn what_runs_by_itself_goes_on_and_what_it_found_grows_old() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let mut settings =
        settings(&format!("redis://127.0.0.1:{}", proxy.port()), vec![timed("often", Duration::from_secs(1))]);
    settings.plugins.quarantine.after = 1000;
    let daemon = told::start(settings);
    wait::until("three runs", PATIENCE, || (reads(&proxy, "often") >= 3).then_some(()));
    assert!(has_snapshot(&daemon.scrape("/metrics"), "often"));
    redis.cli(&["SET", "broken", "1"]);
    let page = wait::until("the series to end", PATIENCE, || {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        (!has_snapshot(&page, "often")).then_some(page)
    });
    assert!(!succeeded(&page, "often") && calls(&page, "often", "panic") >= 2.0);
    redis.cli(&["DEL", "broken"]);
    wait::until("the series to come back", PATIENCE, || {
        has_snapshot(&daemon.scrape("/metrics"), "often").then_some(())
    });
}

#[test]
fn what_is_taken_out_of_the_configuration_asks_no_more() {
    let (redis, second) = (Redis::start(), Redis::start());
    let (proxy, of_second) = (RecordingProxy::start(redis.port()), RecordingProxy::start(second.port()));
    let timed = |name: &str, enabled: bool| {
        let read = json!({"pipeline": [{"args": ["GET", format!("timed:{name}")]}]});
        let config = json!({"asks": [{"commands": ["GET"], "keys": ["timed:*"]}], "steps": [read]});
        let more = format!("enabled: {enabled}\n    schedule: 1s\n    grants: {{commands: [GET], keys: ['timed:*']}}");
        written(name, &config, &more)
    };
    let url = |proxy: &RecordingProxy| format!("redis://127.0.0.1:{}", proxy.port());
    let both = |on: bool| [timed("stays", true), timed("goes", on)];
    let program = Program::start(&file(&url(&proxy), "", &both(true)));
    let runs = |proxy: &RecordingProxy, name: &str, times: usize| {
        wait::until(&format!("{name} to run"), PATIENCE, || (reads(proxy, name) >= times).then_some(()));
    };
    runs(&proxy, "goes", 2);
    program.reload(&file(&url(&proxy), "", &both(false)));
    proxy.clear();
    runs(&proxy, "stays", 3);
    assert_eq!(reads(&proxy, "goes"), 0);
    let page = program.daemon.scrape("/metrics");
    assert!(count(&page, "goes", "0", "") == 0.0 && calls(&page, "goes", "success") == 0.0);
    // The same of a server that is watched no more.
    program.reload(&file(&url(&of_second), "", &both(true)));
    runs(&of_second, "stays", 1);
    proxy.clear();
    runs(&of_second, "stays", 4);
    assert_eq!(reads(&proxy, "stays"), 0);
}
