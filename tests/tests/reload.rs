//! Components and settings that are swapped, over and over, while the daemon is scraped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::guests::guest;
use redwasp_tests::http;
use redwasp_tests::page::Page;
use redwasp_tests::plugins::{self, Folder, status, variant, wait_until_refused, wait_until_runs};
use redwasp_tests::server::Redis;
use redwasp_tests::wait::{self, PATIENCE};

/// How often a component is replaced.
const RELOADS: u32 = 1000;

/// By how many different ones: after these, all are compiled.
const VARIANTS: u32 = 50;

/// After so many reloads memory has its final size.
const WARM: u32 = 250;

/// What every page has, whatever is swapped.
fn is_whole(page: &Page) -> bool {
    let up = page.value("redis_up", &[]) == Some(1.0);
    let built_ins = ["info", "keyspace"]
        .iter()
        .all(|name| page.value("redwasp_collector_success", &[("collector", name)]) == Some(1.0));
    up && built_ins
        && page.family("redis_uptime_in_seconds").is_some()
        && page.family("redis_db_keys").is_some()
        && page.value("redis_behaves_ran", &[]) == Some(1.0)
}

/// Scrapes until it is told to stop; how often it did.
fn scrape_on(port: u16, stop: &AtomicBool) -> u32 {
    let mut scrapes = 0;
    while !stop.load(Ordering::Relaxed) {
        let response = http::get(port, "/metrics", &[]).expect("an answer");
        let text = response.text();
        assert_eq!(response.status, 200, "{text}");
        let page = Page::parse(&text).expect("a page of metrics");
        assert!(is_whole(&page), "after {scrapes} scrapes: {text}");
        scrapes += 1;
    }
    scrapes
}

/// Tells another thread to stop, also when a test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_thousand_reloads_leave_no_gap_and_no_memory_behind() {
    let (folder, redis) = (Folder::new(), Redis::start());
    let behaves = guest("behaves");
    let variants: Vec<Vec<u8>> = (0..VARIANTS).map(|number| variant(&behaves, number)).collect();
    folder.put("behaves", &behaves);
    // Compilers of the new files compete with the guest: on a virtual machine that counts as its time.
    let config = tempfile::NamedTempFile::new().expect("a file");
    fs::write(config.path(), "collectors:\n  behaves:\n    limits: {cpu: 5s, wall: 5s}\n").expect("a configuration");
    let args = [format!("--redis.addr={}", redis.url()), format!("--config.file={}", config.path().display())];
    let daemon = folder.serve(&args.each_ref().map(String::as_str));
    let first = wait_until_runs(&daemon, "behaves", &behaves).running.unwrap().generation;
    let stop = AtomicBool::new(false);
    let mut warm = 0;
    let scrapes = thread::scope(|scope| {
        let scraper = scope.spawn(|| scrape_on(daemon.port(), &stop));
        let stopper = Stop(&stop);
        for reload in 1..=RELOADS {
            let component = &variants[(reload % VARIANTS) as usize];
            folder.put("behaves", component);
            let generation = wait_until_runs(&daemon, "behaves", component).running.unwrap().generation;
            assert_eq!(generation, first + u64::from(reload));
            assert!(!scraper.is_finished(), "the scraper ended after {reload} reloads");
            if reload == WARM {
                warm = daemon.process().resident_bytes();
            }
        }
        drop(stopper);
        scraper.join().expect("every page is whole")
    });
    assert!(scrapes > 0);
    let page = daemon.scrape("/metrics");
    let generation = page.value("redwasp_plugin_generation", &[("plugin", "behaves")]);
    assert_eq!(generation, Some((first + u64::from(RELOADS)) as f64));
    assert_eq!(page.samples_of("redwasp_plugin_load_failures_total").count(), 0, "{}", daemon.log());
    let end = daemon.process().resident_bytes();
    assert!(end < warm + warm / 10, "{warm} bytes after {WARM} reloads, {end} after {RELOADS}");
}

/// A daemon with a configuration file, in a folder of its own.
struct Configured {
    daemon: Daemon,
    file: PathBuf,
    plugins: [Folder; 2],
    /// Goes last.
    redis: Redis,
    _dir: tempfile::TempDir,
}

/// Settings with this folder and more lines.
fn text(folder: &Folder, more: &str) -> String {
    format!("plugins: {{dir: {}, cache-dir: {}}}\n{more}", folder.path().display(), plugins::cache().display())
}

/// A file is there as a whole or not at all.
fn write(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

impl Configured {
    fn start() -> Configured {
        let (dir, redis) = (tempfile::tempdir().unwrap(), Redis::start());
        let plugins = [Folder::new(), Folder::new()];
        let file = dir.path().join("redwasp.yaml");
        write(&file, &text(&plugins[0], ""));
        let args = [format!("--config.file={}", file.display()), format!("--redis.addr={}", redis.url())];
        let daemon = Daemon::start(&args.each_ref().map(String::as_str));
        Configured { daemon, file, plugins, redis, _dir: dir }
    }

    fn write(&self, more: &str) {
        write(&self.file, &text(&self.plugins[0], more));
    }

    fn page(&self) -> Page {
        let page = self.daemon.scrape("/metrics");
        assert_eq!(page.value("redis_up", &[]), Some(1.0));
        page
    }

    fn has_keyspace(&self) -> bool {
        self.page().family("redis_db_keys").is_some()
    }

    /// Whether the last reading went well, and when one did.
    fn reloaded(&self) -> [f64; 2] {
        let page = self.page();
        ["redwasp_config_last_reload_successful", "redwasp_config_last_reload_success_timestamp_seconds"]
            .map(|name| page.value(name, &[]).unwrap())
    }

    fn post_reload(&self) -> (u16, String) {
        let response = http::request(self.daemon.port(), "POST", "/-/reload", &[]).unwrap();
        (response.status, response.text())
    }
}

const WITHOUT_KEYSPACE: &str = "collectors: {keyspace: {enabled: false}}\n";

#[test]
fn a_change_of_the_file_is_taken_by_itself() {
    let configured = Configured::start();
    assert!(configured.has_keyspace());
    let [successful, since] = configured.reloaded();
    assert_eq!(successful, 1.0);

    configured.write(WITHOUT_KEYSPACE);
    wait::until("the collector to end", PATIENCE, || (!configured.has_keyspace()).then_some(()));
    let later = configured.reloaded();
    assert!(later[0] == 1.0 && later[1] > since, "{later:?} after {since}");
    let page = configured.page();
    let own =
        page.samples.iter().filter(|sample| sample.labels.get("collector").is_some_and(|name| name == "keyspace"));
    assert_eq!(own.map(|sample| sample.name.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());

    configured.write("colectors: {}\n");
    let log = configured.daemon.wait_for_log("did you mean `collectors`");
    assert!(log.contains("the configuration stays as it was"), "{log}");
    assert_eq!(configured.reloaded(), [0.0, later[1]]);
    assert!(!configured.has_keyspace());

    configured.write("");
    wait::until("the collector to be back", PATIENCE, || configured.has_keyspace().then_some(()));
    let [successful, since] = configured.reloaded();
    assert!(successful == 1.0 && since > later[1]);
}

#[test]
fn whoever_asks_for_the_file_to_be_read_is_told_what_came_of_it() {
    let configured = Configured::start();
    configured.write(WITHOUT_KEYSPACE);
    assert_eq!(configured.post_reload(), (200, "ok".to_owned()));
    assert!(!configured.has_keyspace());
    configured.write("collectors: {keyspace: {limits: {cpu: 1h}}}\n");
    let (status, said) = configured.post_reload();
    assert!(status == 500 && said.contains("redwasp.yaml:2:") && said.contains("1h is not from"), "{status}: {said}");
    assert!(!configured.has_keyspace() && configured.reloaded()[0] == 0.0);
    fs::remove_file(&configured.file).unwrap();
    let (status, said) = configured.post_reload();
    assert!(status == 500 && said.contains("redwasp.yaml"), "{status}: {said}");
    assert!(!configured.has_keyspace());
    configured.write("");
    assert_eq!(configured.post_reload().0, 200);
    assert!(configured.has_keyspace() && configured.reloaded()[0] == 1.0);

    let daemon = Daemon::start(&[&format!("--redis.addr={}", configured.redis.url())]);
    let response = http::request(daemon.port(), "POST", "/-/reload", &[]).unwrap();
    assert!(response.status == 400 && response.text().contains("--config.file"), "{}", response.text());
}

#[test]
fn many_signals_at_once_end_in_the_newest_settings() {
    let mut configured = Configured::start();
    for number in 0..200 {
        configured.write(if number % 2 == 0 { WITHOUT_KEYSPACE } else { "" });
        configured.daemon.hang_up();
    }
    configured.write(WITHOUT_KEYSPACE);
    configured.daemon.hang_up();
    wait::until("the collector to end", PATIENCE, || (!configured.has_keyspace()).then_some(()));
    assert_eq!(configured.reloaded()[0], 1.0);
    assert_eq!(configured.daemon.log().matches("ERROR").count(), 0, "{}", configured.daemon.log());
    // It goes on listening to signals.
    configured.write("");
    configured.daemon.hang_up();
    wait::until("the collector to be back", PATIENCE, || configured.has_keyspace().then_some(()));
}

#[test]
fn settings_that_would_end_a_collector_change_nothing() {
    let configured = Configured::start();
    let elsewhere = "collectors: {mine: {plugin: nowhere, targets: ['redis://elsewhere:*']}, other: {plugin: info}}\n";
    configured.write(elsewhere);
    assert_eq!(configured.post_reload().0, 200);
    let about_mine = [("collector", "mine")];
    assert_eq!(configured.page().value("redwasp_collector_success", &about_mine), None);
    let cases = [
        ("collectors: {info: {config: {feilds: [a]}}}\n", "redwasp.yaml:2:30: /feilds: there is no such key"),
        ("collectors: {other: {plugin: inof}}\n", "there is no plugin inof"),
    ];
    for (wrong, reason) in cases {
        configured.write(wrong);
        let (status, said) = configured.post_reload();
        assert!(status == 500 && said.contains("runs now, and would not") && said.contains(reason), "{status}: {said}");
        assert!(configured.has_keyspace() && configured.reloaded()[0] == 0.0);
        assert!(configured.daemon.get("/").text().contains(reason));
    }
    write(&configured.file, "");
    let (status, said) = configured.post_reload();
    assert!(status == 500 && said.contains("is empty"), "{status}: {said}");
    assert!(configured.has_keyspace());
    configured.write(elsewhere);
    assert_eq!(configured.post_reload().0, 200);
    assert!(!configured.daemon.get("/").text().contains("is not in use"));
}

#[test]
fn what_only_a_start_can_change_stays_and_that_is_told() {
    let configured = Configured::start();
    configured.write("settings: {namespace: other}\n");
    assert_eq!(configured.post_reload().0, 200);
    assert!(configured.has_keyspace());
    configured.write("");
    assert_eq!(configured.post_reload().0, 200);
    configured.write(WITHOUT_KEYSPACE);
    configured.post_reload();
    let log =
        configured.daemon.wait_for_log(&format!("configuration is read again collectors={}", plugins::built_ins() - 1));
    assert_eq!(log.matches("takes effect at the next start").count(), 1, "{log}");
}

#[test]
fn a_plugin_that_is_still_being_loaded_is_not_missing() {
    let configured = Configured::start();
    let [_, second] = &configured.plugins;
    second.put("behaves", &guest("behaves"));
    // It has to be compiled first.
    let cache = tempfile::tempdir().unwrap();
    let settings = format!("plugins: {{dir: {}, cache-dir: {}}}\n", second.path().display(), cache.path().display());
    write(&configured.file, &format!("{settings}collectors: {{mine: {{plugin: behaves}}}}\n"));
    assert_eq!(configured.post_reload().0, 200);
    wait_until_runs(&configured.daemon, "behaves", &guest("behaves"));
    let page = configured.page();
    assert_eq!(page.value("redwasp_collector_success", &[("collector", "mine")]), Some(1.0));
    assert!(page.family("redwasp_plugin_load_failures_total").is_none());
    assert_eq!(configured.daemon.log().matches("ERROR").count(), 0, "{}", configured.daemon.log());
}

#[test]
fn a_signal_has_the_file_read_again_though_it_did_not_change() {
    let mut configured = Configured::start();
    let [successful, since] = configured.reloaded();
    assert_eq!(successful, 1.0);
    configured.daemon.hang_up();
    wait::until("the file to be read again", PATIENCE, || (configured.reloaded()[1] > since).then_some(()));
    assert_eq!(configured.reloaded()[0], 1.0);
}

#[test]
fn another_plugin_folder_takes_the_place_of_the_first() {
    let configured = Configured::start();
    let [first, second] = &configured.plugins;
    let daemon = &configured.daemon;
    let (behaves, late) = (guest("behaves"), guest("comes-late"));
    first.put("behaves", &behaves);
    first.put("comes-late", &late);
    first.put("broken", b"text");
    second.put("behaves", &behaves);
    second.put("naps", b"text");
    wait_until_runs(daemon, "behaves", &behaves);
    wait_until_runs(daemon, "comes-late", &late);
    wait_until_refused(daemon, "broken");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // What is in both folders has no gap.
        let scraper = scope.spawn(|| scrape_on(daemon.port(), &stop));
        let stopper = Stop(&stop);
        write(&configured.file, &text(second, ""));
        wait_until_refused(daemon, "naps");
        wait_until_runs(daemon, "behaves", &behaves);
        drop(stopper);
        scraper.join().expect("every page is whole")
    });
    for gone in ["comes-late", "broken"] {
        assert_eq!(status(daemon, gone), None);
        let page = configured.page();
        let about = page.samples.iter().filter(|sample| sample.labels.values().any(|value| value == gone));
        assert_eq!(about.count(), 0, "{gone}");
    }
    let source = status(daemon, "behaves").unwrap().source;
    assert_eq!(Path::new(&source), second.file("behaves"));
    // The second folder is the one that is watched.
    second.put("naps", &guest("naps"));
    wait_until_runs(daemon, "naps", &guest("naps"));

    let cache = plugins::cache();
    write(&configured.file, &format!("plugins: {{cache-dir: {}}}\n", cache.display()));
    wait::until("the folder's plugins to go", PATIENCE, || {
        (plugins::all(daemon).len() == plugins::built_ins()).then_some(())
    });
    assert!(configured.page().value("redis_behaves_ran", &[]).is_none());
}
