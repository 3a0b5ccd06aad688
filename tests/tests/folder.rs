//! The plugin folder of a daemon that runs: what is put there, replaced, renamed and removed, and what is no plugin.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::guests::{guest, guest_file, outside};
use redwasp_tests::http;
use redwasp_tests::page::Page;
use redwasp_tests::plugins::{self, Folder, status, variant, wait_until_refused, wait_until_runs};
use redwasp_tests::process::{self, Process};
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
    let told = errors(&daemon, "backlog");
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

/// What a bad file is told, by its name in the folder.
struct Refused {
    name: &'static str,
    stage: &'static str,
    reason: &'static str,
    hint: &'static str,
}

const fn refused(name: &'static str, stage: &'static str, reason: &'static str, hint: &'static str) -> Refused {
    Refused { name, stage, reason, hint }
}

const LONG: &str = "a-name-that-is-longer-than-what-a-label-of-every-series-should-be";

const REFUSED: &[Refused] = &[
    refused("truncated", "check", "is truncated: it ends after 1000 bytes", "copy it again"),
    refused("header", "check", "is truncated: it ends after 5 bytes, within its header", "copy it again"),
    refused("empty", "find", "is empty (0 bytes)", "read again"),
    refused("text", "check", "is text, not a binary", "wasm32-wasip2"),
    refused("module", "check", "is a core module, not a component", "wasm-tools component new"),
    refused("native", "check", "is native code (.cwasm", "only portable components"),
    refused("elf", "check", "is native code (ELF)", "only portable components"),
    refused("leads-out", "find", "is a symbolic link that leads out of the plugin folder", "copy the file"),
    refused("leads-up", "find", "is a symbolic link that leads out of the plugin folder", "copy the file"),
    refused("loop", "find", "is a loop of symbolic links", "copy the file"),
    refused("dangling", "find", "is a symbolic link to nothing", "write the file"),
    refused("folder", "find", "is a folder, not a file", "a regular file"),
    refused("fifo", "find", "is a FIFO, not a file", "a regular file"),
    refused("socket", "find", "is a socket, not a file", "a regular file"),
    refused("device", "find", "is a symbolic link that leads out of the plugin folder", "copy the file"),
    refused("large", "find", "is 65 MiB, more than the 64 MiB allowed", "raise the limit"),
    refused("imports", "check", "imports what is not offered: wasi:sockets/tcp@0.2.0", "no network"),
    refused("version", "check", "exports redwasp:collector/collector@9.0.0, this redwasp speaks 0.1", "rebuild it"),
    refused("stranger", "check", "is no collector: it exports", "redwasp:collector/collector@0.1.0"),
    refused("asynchronous", "check", "is built for component-model async", "--sync"),
    refused("types", "link", "", "other types than those of redwasp:collector@0.1.0"),
    refused("misnamed", "describe", "it calls itself \"behaves\"", "a plugin has the name of its file"),
    refused("never-describes", "describe", "describe ended: ", ""),
    refused("never-configures", "configure", "", ""),
    refused("Upper.wasm", "find", "has a name with other than lower case letters", "rename the file"),
    refused("under_score.wasm", "find", "has a name with other than lower case letters", "rename the file"),
    refused("\u{fffd}.wasm", "find", "has a name with other than lower case letters", "rename the file"),
    refused(LONG_FILE, "find", "has a name of 65 bytes, more than the 64 allowed", "rename the file"),
    refused("info.wasm", "find", "there is a built-in plugin info", "another name"),
];

const LONG_FILE: &str = "a-name-that-is-longer-than-what-a-label-of-every-series-should-be.wasm";

/// A component with this inside.
fn component(inside: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {inside})")).unwrap()
}

/// A component that exports the contract by its name only.
fn collector(inside: &str) -> Vec<u8> {
    let export = r#"(instance $c) (export "redwasp:collector/collector@0.1.0" (instance $c))"#;
    component(&format!("{inside} {export}"))
}

/// Native code as wasmtime writes it: what a daemon keeps in its cache, without what stands before it.
fn native(cache: &Path) -> Vec<u8> {
    let (_, kept) = plugins::contents(cache).into_iter().next().unwrap();
    let begin = kept.windows(4).position(|bytes| bytes == b"\x7fELF").unwrap();
    kept[begin..].to_vec()
}

fn write_bad_files(folder: &Folder, cache: &Path, elsewhere: &Path) {
    let behaves = guest("behaves");
    let lifted = r#"
        (core module $m (func (export "f") (result i32) i32.const 0)
            (func (export "g") (param i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func (export "run") async (canon lift (core func $i "f") async (callback (core func $i "g"))))"#;
    let newer = r#"(instance $c) (export "redwasp:collector/collector@9.0.0" (instance $c))"#;
    let imports = r#"(import "wasi:sockets/tcp@0.2.0" (instance (export "f" (func))))"#;
    let files: [(&str, &[u8]); 20] = [
        ("truncated", &behaves[..1000]),
        ("header", &behaves[..5]),
        ("empty", b""),
        ("text", b"#!/bin/sh\necho hello\n"),
        ("module", &wat::parse_str("(module)").unwrap()),
        ("native", &native(cache)),
        ("elf", &fs::read("/proc/self/exe").unwrap()[..4096]),
        ("imports", &collector(imports)),
        ("version", &component(newer)),
        ("stranger", &component(r#"(instance $c) (export "a:b/c" (instance $c))"#)),
        ("asynchronous", &collector(lifted)),
        ("types", &collector("")),
        ("misnamed", &behaves),
        ("never-describes", &guest("never-describes")),
        ("never-configures", &guest("never-configures")),
        ("Upper", &behaves),
        ("under_score", &behaves),
        (LONG, &behaves),
        ("info", &behaves),
        (".hidden", b"not looked at"),
    ];
    files.iter().for_each(|(name, bytes)| folder.put(name, bytes));
    use std::os::unix::ffi::OsStrExt;
    let not_utf8 = std::ffi::OsStr::from_bytes(b"\xff.wasm");
    fs::write(folder.path().join(not_utf8), &behaves).unwrap();
    fs::write(folder.path().join("README.md"), "not looked at").unwrap();
    let outside = elsewhere.join("behaves.wasm");
    fs::write(&outside, &behaves).unwrap();
    symlink(&outside, folder.file("leads-out")).unwrap();
    symlink("../plugins/behaves.wasm", folder.file("leads-up")).unwrap();
    symlink("loop.wasm", folder.file("loop")).unwrap();
    symlink("nothing.wasm.not-there", folder.file("dangling")).unwrap();
    symlink("/dev/zero", folder.file("device")).unwrap();
    fs::create_dir(folder.file("folder")).unwrap();
    let fifo = Process::start(Command::new("mkfifo").arg(folder.file("fifo"))).wait(PATIENCE);
    assert_eq!(process::code(fifo), 0);
    UnixListener::bind(folder.file("socket")).unwrap();
    File::create(folder.file("large")).unwrap().set_len(65 << 20).unwrap();
    // What leads to a file inside is as good as the file.
    fs::create_dir(folder.path().join("..data")).unwrap();
    fs::write(folder.path().join("..data/behaves.wasm"), &behaves).unwrap();
    symlink("..data/behaves.wasm", folder.file("behaves")).unwrap();
}

#[test]
fn every_bad_file_is_refused_with_its_own_words() {
    let (folder, redis, elsewhere) = (Folder::new(), Redis::start(), tempfile::tempdir().unwrap());
    let cache = elsewhere.path().join("cache");
    let daemon = folder.serve_with_cache(cache.to_str().unwrap(), &[&format!("--redis.addr={}", redis.url())]);
    write_bad_files(&folder, &cache, elsewhere.path());
    wait_until_runs(&daemon, "behaves", &guest("behaves"));
    for Refused { name, stage, reason, hint } in REFUSED {
        let [its_stage, its_reason, its_hint] = wait_until_refused(&daemon, name);
        let told = format!("{name}: {its_stage}: {its_reason}; {its_hint}");
        assert!(its_stage == *stage && its_reason.contains(reason) && its_hint.contains(hint), "{told}");
        // One that is refused its configuration is a plugin all the same: another collector's may please it.
        assert_eq!(status(&daemon, name).unwrap().running.is_some(), *stage == "configure", "{told}");
        // While the others are on their way.
        assert_eq!(daemon.get("/health").status, 200);
    }
    let page = scrape(&daemon);
    assert!(runs(&page, "behaves"));
    let problems = page.samples_of("redwasp_plugin_problem").count();
    assert_eq!((problems, plugins::all(&daemon).len()), (REFUSED.len(), REFUSED.len() + 3), "{}", daemon.log());
    for Refused { name, stage, .. } in REFUSED {
        assert_eq!(page.value("redwasp_plugin_problem", &[("plugin", name), ("stage", stage)]), Some(1.0), "{name}");
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
    assert_eq!(errors(&daemon, "broken").len(), 1);
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

#[test]
fn a_file_that_is_being_written_alarms_nobody() {
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
    assert_eq!(errors(&daemon, "behaves"), Vec::<String>::new());
    let labels = [("plugin", "behaves"), ("stage", "check")];
    let page = scrape(&daemon);
    assert!(runs(&page, "behaves") && page.value("redwasp_plugin_load_failures_total", &labels).is_none());
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
    assert_eq!(page.value("redwasp_compilations_total", &[]), Some(plugins::all(&daemon).len() as f64));
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
