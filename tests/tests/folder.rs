//! The plugin folder of a daemon that runs: what is put there, replaced, renamed and removed, and what is no plugin.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::guests::{guest, guest_file, outside};
use redwasp_tests::http;
use redwasp_tests::page::Page;
use redwasp_tests::plugins::{self, Folder, status, variant, wait_until_refused, wait_until_runs};
use redwasp_tests::server::Redis;
use redwasp_tests::wait::{self, PATIENCE};

fn serve(folder: &Folder, redis: &Redis) -> Daemon {
    folder.serve(&[&format!("--redis.addr={}", redis.url())])
}

fn scrape(daemon: &Daemon) -> Page {
    let page = daemon.scrape("/metrics");
    // Whatever is in the folder, this goes on.
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert!(page.family("redis_uptime_in_seconds").is_some() && page.family("redis_db_keys").is_some());
    page
}

/// Whether the guest of this name has its series on the page.
fn runs(page: &Page, guest: &str) -> bool {
    page.value(&format!("redis_{}_ran", guest.replace('-', "_")), &[]) == Some(1.0)
}

/// The samples that name a plugin or its collector.
fn about<'a>(page: &'a Page, plugin: &str) -> Vec<&'a str> {
    let is_about = |value: Option<&String>| value.is_some_and(|value| value == plugin);
    let named = |sample: &&redwasp_tests::page::Sample| {
        is_about(sample.labels.get("plugin")) || is_about(sample.labels.get("collector"))
    };
    page.samples.iter().filter(named).map(|sample| sample.name.as_str()).collect()
}

/// What the log says of a plugin as an error.
fn errors(daemon: &Daemon, plugin: &str) -> Vec<String> {
    let (log, field) = (daemon.log(), format!("plugin=\"{plugin}\""));
    log.lines().filter(|line| line.contains("ERROR") && line.contains(&field)).map(str::to_owned).collect()
}

/// The same, once there is something.
fn wait_for_errors(daemon: &Daemon, plugin: &str) -> Vec<String> {
    let some = || Some(errors(daemon, plugin)).filter(|errors| !errors.is_empty());
    wait::until("the log to tell what is wrong", PATIENCE, some)
}

#[test]
fn a_plugin_comes_breaks_is_mended_and_goes() {
    let (folder, redis) = (Folder::new(), Redis::start());
    let daemon = serve(&folder, &redis);
    assert!(about(&scrape(&daemon), "backlog").is_empty());
    let component = outside("backlog");
    folder.put("backlog", &component);
    let running = wait_until_runs(&daemon, "backlog", &component).running.unwrap();
    assert_eq!((running.version.as_str(), running.generation), ("1.0.0", 1));
    let page = scrape(&daemon);
    assert_eq!(page.value("redis_backlog_used_ratio", &[]), Some(0.0));
    assert_eq!(page.value("redwasp_plugin_generation", &[("plugin", "backlog")]), Some(1.0));
    let labels = [("plugin", "backlog"), ("source", "folder"), ("version", "1.0.0"), ("digest", &running.digest)];
    assert_eq!(page.value("redwasp_plugin_info", &labels), Some(1.0));
    assert_eq!(page.value("redwasp_collector_samples", &[("collector", "backlog")]), Some(1.0));

    folder.put("backlog", b"not a plugin");
    let [stage, reason, hint] = wait_until_refused(&daemon, "backlog");
    assert_eq!((stage.as_str(), reason.as_str()), ("check", "is text, not a binary WebAssembly component"));
    let page = scrape(&daemon);
    assert_eq!(page.value("redis_backlog_used_ratio", &[]), Some(0.0));
    let labels = [("plugin", "backlog"), ("stage", "check")];
    assert_eq!(page.value("redwasp_plugin_problem", &labels), Some(1.0));
    assert_eq!(page.value("redwasp_plugin_load_failures_total", &labels), Some(1.0));
    assert_eq!(page.value("redwasp_plugin_generation", &[("plugin", "backlog")]), Some(1.0));
    assert_eq!(status(&daemon, "backlog").unwrap().running, Some(running));
    let landing = daemon.get("/").text();
    assert!(landing.contains(&reason) && landing.contains(&hint), "{landing}");
    let told = wait_for_errors(&daemon, "backlog");
    let line = told.first().unwrap();
    let words = ["stage=\"check\"", reason.as_str(), hint.as_str()];
    assert!(told.len() == 1 && words.iter().all(|words| line.contains(words)), "{told:?}");

    let better = variant(&component, 1);
    folder.put("backlog", &better);
    assert_eq!(wait_until_runs(&daemon, "backlog", &better).running.unwrap().generation, 2);
    let page = scrape(&daemon);
    assert_eq!(page.value("redwasp_plugin_problem", &labels), None);
    assert_eq!(page.value("redis_backlog_used_ratio", &[]), Some(0.0));

    fs::remove_file(folder.file("backlog")).unwrap();
    wait::until("the plugin to go", PATIENCE, || status(&daemon, "backlog").is_none().then_some(()));
    let page = scrape(&daemon);
    assert_eq!((about(&page, "backlog"), page.family("redis_backlog_used_ratio")), (Vec::new(), None));
    assert!(!daemon.get("/").text().contains("backlog"));
}

#[test]
fn a_file_with_another_name_is_another_plugin() {
    let (folder, redis) = (Folder::new(), Redis::start());
    let behaves = guest("behaves");
    folder.put("behaves", &behaves);
    let daemon = serve(&folder, &redis);
    wait_until_runs(&daemon, "behaves", &behaves);
    assert!(runs(&scrape(&daemon), "behaves"));
    folder.rename("behaves", "other");
    let [stage, reason, hint] = wait_until_refused(&daemon, "other");
    assert_eq!((stage.as_str(), reason.as_str()), ("describe", "it calls itself \"behaves\""));
    assert!(hint.contains("rename"), "{hint}");
    wait::until("the plugin to go", PATIENCE, || status(&daemon, "behaves").is_none().then_some(()));
    let page = scrape(&daemon);
    assert!(!runs(&page, "behaves") && about(&page, "behaves").is_empty());
    folder.rename("other", "behaves");
    wait_until_runs(&daemon, "behaves", &behaves);
    wait::until("the other to go", PATIENCE, || status(&daemon, "other").is_none().then_some(()));
    let page = scrape(&daemon);
    assert!(runs(&page, "behaves") && about(&page, "other").is_empty());
}

#[test]
fn files_that_swap_their_names_change_nothing() {
    let (folder, redis) = (Folder::new(), Redis::start());
    let guests = ["behaves", "comes-late"].map(|name| (name, guest(name)));
    guests.iter().for_each(|(name, bytes)| folder.put(name, bytes));
    let daemon = serve(&folder, &redis);
    guests.iter().for_each(|(name, bytes)| drop(wait_until_runs(&daemon, name, bytes)));
    let swap = || {
        folder.rename("behaves", "between");
        folder.rename("comes-late", "behaves");
        folder.rename("between", "comes-late");
    };
    swap();
    for (name, _) in &guests {
        let [stage, reason, _] = wait_until_refused(&daemon, name);
        assert!(stage == "describe" && reason.contains("it calls itself"), "{stage}: {reason}");
    }
    let page = scrape(&daemon);
    assert!(runs(&page, "behaves") && page.value("redis_comes_late_ran", &[]).is_some());
    swap();
    for (name, bytes) in &guests {
        assert_eq!(wait_until_runs(&daemon, name, bytes).running.unwrap().generation, 1);
    }
}

#[test]
fn a_start_with_broken_files_in_a_read_only_folder() {
    let (folder, redis) = (Folder::new(), Redis::start());
    folder.put("broken", b"text");
    folder.put("behaves", &guest("behaves"));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let before = plugins::contents(&folder.path());
    let daemon = serve(&folder, &redis);
    wait_until_runs(&daemon, "behaves", &guest("behaves"));
    assert_eq!(wait_until_refused(&daemon, "broken")[0], "check");
    assert!(runs(&scrape(&daemon), "behaves"));
    assert_eq!(wait_for_errors(&daemon, "broken").len(), 1);
    // Whoever may write there writes nothing all the same.
    assert!(plugins::contents(&folder.path()) == before);
}

#[test]
fn a_folder_may_come_and_go() {
    let (folder, redis) = (Folder::planned(), Redis::start());
    let daemon = serve(&folder, &redis);
    let [stage, reason, hint] = wait_until_refused(&daemon, "");
    assert!(stage == "find" && reason.ends_with("is not there") && hint.starts_with("create it"), "{reason}; {hint}");
    scrape(&daemon);
    fs::create_dir(folder.path()).unwrap();
    folder.put("behaves", &guest("behaves"));
    wait_until_runs(&daemon, "behaves", &guest("behaves"));
    assert!(status(&daemon, "").is_none() && runs(&scrape(&daemon), "behaves"));
    // What runs goes on without its folder, and is not taken again when it is there again.
    let aside = folder.path().with_extension("aside");
    fs::rename(folder.path(), &aside).unwrap();
    wait_until_refused(&daemon, "");
    assert!(runs(&scrape(&daemon), "behaves"));
    fs::rename(&aside, folder.path()).unwrap();
    wait::until("the folder to be back", PATIENCE, || status(&daemon, "").is_none().then_some(()));
    assert_eq!(status(&daemon, "behaves").unwrap().running.unwrap().generation, 1);
}

/// Whether nobody is alarmed by half of a file that is looked at before the other half is there.
fn is_taken_in_silence() -> bool {
    let (folder, redis) = (Folder::new(), Redis::start());
    let daemon = serve(&folder, &redis);
    let (behaves, late) = (guest("behaves"), guest("comes-late"));
    let mut file = File::create(folder.file("behaves")).unwrap();
    file.write_all(&behaves[..behaves.len() / 2]).unwrap();
    file.sync_all().unwrap();
    // The folder is looked at for another reason.
    folder.put("comes-late", &late);
    wait_until_runs(&daemon, "comes-late", &late);
    file.write_all(&behaves[behaves.len() / 2..]).unwrap();
    drop(file);
    wait_until_runs(&daemon, "behaves", &behaves);
    // What would alarm stands before it.
    daemon.wait_for_log("plugin runs plugin=\"behaves\"");
    let labels = [("plugin", "behaves"), ("stage", "check")];
    let page = scrape(&daemon);
    assert!(runs(&page, "behaves"));
    errors(&daemon, "behaves").is_empty() && page.value("redwasp_plugin_load_failures_total", &labels).is_none()
}

#[test]
fn a_file_that_is_being_written_alarms_nobody() {
    // On a machine so busy that a second passes before the half is judged, the alarm is right: it is tried again.
    assert!((0..10).any(|_| is_taken_in_silence()), "each half of a file was told as a fault");
}

#[test]
fn without_a_cache_everything_is_in_memory() {
    let (folder, redis) = (Folder::new(), Redis::start());
    let behaves = guest("behaves");
    folder.put("behaves", &behaves);
    let daemon = folder.serve_with_cache("-", &[&format!("--redis.addr={}", redis.url())]);
    wait_until_runs(&daemon, "behaves", &behaves);
    let page = scrape(&daemon);
    assert!(runs(&page, "behaves"));
    // Built-ins come with their code.
    assert_eq!(page.value("redwasp_compilations_total", &[]), Some(1.0));
    for counter in ["redwasp_compile_cache_hits_total", "redwasp_compile_cache_failures_total"] {
        assert_eq!(page.value(counter, &[]), Some(0.0), "{counter}");
    }
}

#[test]
fn a_call_ends_with_the_component_that_it_began_with() {
    let (folder, redis) = (Folder::new(), Redis::start());
    fs::copy(guest_file("naps"), folder.file("naps")).unwrap();
    let daemon = serve(&folder, &redis);
    let naps = guest("naps");
    wait_until_runs(&daemon, "naps", &naps);
    // How often others than this test have asked for INFO.
    let own = Cell::new(0);
    let asked = || {
        own.set(own.get() + 1);
        let calls = redis.info_field("cmdstat_info");
        let calls: u64 = calls.strip_prefix("calls=").and_then(|rest| rest.split(',').next()?.parse().ok()).unwrap();
        calls - own.get()
    };
    // Should this process be late, the call has ended before the swap, and it is tried again.
    let swapped_meanwhile = (1..=10).any(|number| {
        let (port, before) = (daemon.port(), asked());
        let call = thread::spawn(move || http::get(port, "/metrics", &[]).unwrap());
        wait::until("the scrape to begin", PATIENCE, || (asked() != before).then_some(()));
        let component = variant(&naps, number % 2);
        folder.put("naps", &component);
        wait_until_runs(&daemon, "naps", &component);
        let is_under_way = !call.is_finished();
        let page = Page::parse(&call.join().unwrap().text()).unwrap();
        assert!(page.value("redis_up", &[]) == Some(1.0) && runs(&page, "naps"));
        is_under_way
    });
    assert!(swapped_meanwhile, "no swap was done within the second of a call");
}

#[test]
fn of_many_versions_the_last_one_runs() {
    let (folder, redis) = (Folder::new(), Redis::start());
    let behaves = guest("behaves");
    folder.put("behaves", &behaves);
    let daemon = serve(&folder, &redis);
    wait_until_runs(&daemon, "behaves", &behaves);
    for number in 1..=100 {
        folder.put("behaves", &variant(&behaves, number));
        // As often as that; nothing hangs on it.
        thread::sleep(Duration::from_millis(10));
    }
    let last = wait_until_runs(&daemon, "behaves", &variant(&behaves, 100)).running.unwrap();
    assert!((2..=101).contains(&last.generation), "{}", last.generation);
    assert_eq!(errors(&daemon, "behaves"), Vec::<String>::new());
    assert!(runs(&scrape(&daemon), "behaves"));
}
