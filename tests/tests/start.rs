//! What a start costs: components are compiled once and found again.

use std::fs;
use std::path::PathBuf;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::guests::guest;
use redwasp_tests::page::Page;
use redwasp_tests::plugins::{self, Folder, wait_until_runs};
use redwasp_tests::server::Redis;
use redwasp_tests::wait::{self, PATIENCE};
use tempfile::TempDir;

/// Plugins of the folder. Built-ins come besides, with their code.
const GUESTS: [&str; 2] = ["behaves", "comes-late"];

struct Place {
    folder: Folder,
    redis: Redis,
    dir: TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = Folder::new();
        GUESTS.iter().for_each(|name| folder.put(name, &guest(name)));
        Place { folder, redis: Redis::start(), dir: tempfile::tempdir().unwrap() }
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn start(&self) -> Daemon {
        let target = format!("--redis.addr={}", self.redis.url());
        self.folder.serve_with_cache(self.cache().to_str().unwrap(), &[&target])
    }

    /// A start, and the page when everything runs.
    fn page(&self) -> (Daemon, Page) {
        let daemon = self.start();
        GUESTS.iter().for_each(|name| drop(wait_until_runs(&daemon, name, &guest(name))));
        let page = daemon.scrape("/metrics");
        (daemon, page)
    }
}

/// Compilations, and what was found compiled, and what was found but of no use.
fn counts(page: &Page) -> [f64; 3] {
    ["redwasp_compilations_total", "redwasp_compile_cache_hits_total", "redwasp_compile_cache_failures_total"]
        .map(|name| page.value(name, &[]).unwrap())
}

/// Whether every collector was called and gave its report.
fn is_whole(page: &Page, plugins: usize) -> bool {
    let succeeded = page.samples_of("redwasp_collector_success").filter(|sample| sample.value == 1.0);
    let families = ["redis_uptime_in_seconds", "redis_db_keys", "redis_behaves_ran", "redis_comes_late_ran"];
    succeeded.count() == plugins && families.iter().all(|family| page.family(family).is_some())
}

#[test]
fn a_second_start_compiles_nothing() {
    let place = Place::new();
    let (daemon, cold) = place.page();
    let plugins = plugins::all(&daemon).len();
    drop(daemon);
    assert!(plugins > GUESTS.len());
    assert_eq!(counts(&cold), [GUESTS.len() as f64, 0.0, 0.0]);
    assert!(is_whole(&cold, plugins), "{:?}", cold.names());
    let daemon = place.start();
    let look = || Some(daemon.scrape("/metrics")).filter(|page| is_whole(page, plugins));
    let warm = wait::until("everything to run", PATIENCE, look);
    assert_eq!(counts(&warm), [0.0, GUESTS.len() as f64, 0.0]);
}

#[test]
fn a_spoilt_file_of_the_cache_costs_one_compilation() {
    let place = Place::new();
    let (daemon, _) = place.page();
    let plugins = plugins::all(&daemon).len();
    drop(daemon);
    let (file, mut bytes) = plugins::contents(&place.cache()).swap_remove(0);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, &bytes).unwrap();
    let (daemon, page) = place.page();
    assert_eq!(counts(&page), [1.0, (GUESTS.len() - 1) as f64, 1.0]);
    assert!(is_whole(&page, plugins), "{:?}", page.names());
    let log = daemon.wait_for_log("compiled plugins failed");
    assert!(log.contains("it was removed"), "{log}");
    drop(daemon);
    let (_, page) = place.page();
    assert_eq!(counts(&page), [0.0, GUESTS.len() as f64, 0.0]);
}
