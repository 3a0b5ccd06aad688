//! `redwasp plugin list`, `plugin check`, `plugin run` and `check-config`, as somebody types them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use redwasp_tests::daemon::{self, Daemon, Finished};
use redwasp_tests::plugins::built_ins;
use redwasp_tests::server::Redis;
use redwasp_tests::{guests, wait};
use tempfile::TempDir;

/// A port on which nobody listens: privileged, and no service's.
const NOBODY: &str = "127.0.0.1:1";

fn redwasp(args: &[&str]) -> Finished {
    daemon::run(args, &[("REDWASP_PLUGINS_CACHE_DIR", "-")])
}

/// A folder with these guests.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        fs::copy(guests::guest_file(name), folder.path().join(name).with_extension("wasm")).unwrap();
    }
    folder
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Each of these words is in the text.
fn has(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
}

#[test]
fn check_tells_all_that_the_loader_would_say() {
    let checked = redwasp(&["plugin", "check", path(&guests::guest_file("asks-redis"))]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    has(
        &checked.stdout,
        &[
            "asks-redis 0.1.0: Asks Redis more than its plan says.",
            "digest:   sha256:",
            "contract: 0.1.0, a collector that is active",
            "redwasp:collector/redis@0.1.0",
            "redis_asked  info  pipeline nodes",
            "reads nothing before a call",
            "asks for nothing that it is not granted",
        ],
    );
}

#[test]
fn check_tells_at_which_stage_a_file_fails() {
    let folder = folder(&["never-describes", "refuses"]);
    let broken = folder.path().join("broken.wasm");
    let bytes = guests::guest("behaves");
    fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    fs::write(folder.path().join("renamed.wasm"), &bytes).unwrap();
    let cases: [(&str, &[&str]); 5] = [
        ("broken", &["broken.wasm: check: "]),
        ("never-describes", &["describe: describe ended: CPU budget of 50ms used up"]),
        ("refuses", &["configure: the configuration is not accepted: /limits/1: too small"]),
        ("renamed", &["describe: it calls itself \"behaves\"", "hint: a plugin has the name of its file"]),
        ("missing", &["find: is not there"]),
    ];
    for (name, words) in cases {
        let checked = redwasp(&["plugin", "check", path(&folder.path().join(name).with_extension("wasm"))]);
        assert_eq!((checked.code, checked.stdout.as_str()), (1, ""), "{name}");
        has(&checked.stderr, words);
    }
}

#[test]
fn run_prints_metrics_and_what_they_cost() {
    let redis = Redis::start();
    let ran = redwasp(&["plugin", "run", path(&guests::guest_file("behaves")), "--target", &redis.url()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.ends_with("redis_behaves_ran 1\n"), "{}", ran.stdout);
    has(&ran.stderr, &["CPU:", "of 50 ms", "memory:", "commands: 0 of 1024, 0 denied", "samples:  1 of 10000"]);
    let ran = redwasp(&["plugin", "run", path(&guests::guest_file("panics")), "--target", &redis.url()]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    has(&ran.stderr, &["collect ended: panic", "the guest gave up", "CPU:"]);
    assert_eq!(ran.stderr.matches("collect ended: panic").count(), 1, "{}", ran.stderr);
    let ran =
        redwasp(&["plugin", "run", path(&guests::guest_file("behaves")), "--target", &format!("redis://{NOBODY}")]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    let error = "redis://127.0.0.1:1: cannot connect: Connection refused";
    assert_eq!(ran.stderr.matches(error).count(), 1, "{}", ran.stderr);
}

#[test]
fn run_tells_once_that_a_password_is_wrong_and_where_it_is_put() {
    let redis = Redis::options().password("right").start();
    let file = guests::guest_file("behaves");
    let address = redis.url().replace("redis://", "redis://:hunter2@");
    let ran = redwasp(&["plugin", "run", path(&file), "--target", &address]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(ran.stderr.matches("WRONGPASS").count(), 1, "{}", ran.stderr);
    has(&ran.stderr, &["hint: put user and password into the address", "--redis.password"]);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn list_tells_what_a_daemon_would_load() {
    let folder = folder(&["behaves"]);
    fs::write(folder.path().join("text.wasm"), "not a component").unwrap();
    let dir = format!("--plugins.dir={}", folder.path().display());
    let listed = redwasp(&["plugin", "list", &dir, &format!("--web.listen-address={NOBODY}")]);
    assert_eq!(listed.code, 1, "{}", listed.stdout);
    has(&listed.stdout, &["PLUGIN", "behaves", "info", "keyspace", "text: check: is text"]);
    has(&listed.stderr, &["no daemon answers at 127.0.0.1:1"]);
}

#[test]
fn list_asks_the_daemon_that_runs() {
    let folder = folder(&["behaves"]);
    let dir = format!("--plugins.dir={}", folder.path().display());
    let daemon = Daemon::start_with(&["--redis.addr=", &dir], &[("REDWASP_PLUGINS_CACHE_DIR", "-")]);
    let listen = format!("--web.listen-address=127.0.0.1:{}", daemon.port());
    let list = || redwasp(&["plugin", "list", &listen]);
    let runs = |listed: &Finished| listed.stdout.contains("behaves   0.1.0    1");
    let listed = wait::until("the plugin to run", wait::PATIENCE, || Some(list()).filter(runs));
    assert_eq!(listed.code, 0, "{}", listed.stdout);
    has(&listed.stderr, &["as the daemon at 127.0.0.1:"]);
}

#[test]
fn list_says_that_somebody_else_listens() {
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "HTTP/1.1 404 Not Found\r\n\r\n"] {
        let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = somebody.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut stream, _) = somebody.accept().unwrap();
            // The request has to be read: what is closed before is reset.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        });
        let listed = redwasp(&["plugin", "list", &format!("--web.listen-address={address}")]);
        assert_eq!((listed.code, listed.stdout.as_str()), (1, ""), "{}", listed.stderr);
        let begin = format!("redwasp: what listens on {address} does not answer /plugins as redwasp does; say with");
        assert!(listed.stderr.starts_with(&begin) && listed.stderr.lines().count() == 1, "{}", listed.stderr);
    }
}

#[test]
fn check_config_tries_plugins() {
    let folder = folder(&["behaves", "refuses"]);
    let file = folder.path().join("redwasp.yaml");
    let text = "plugins: {dir: .}\ncollectors:\n  behaves:\n    config: {unknown: 1}\n  refuses: {enabled: false}\n";
    fs::write(&file, text).unwrap();
    let check = || redwasp(&["check-config", &format!("--config.file={}", file.display())]);
    let (checked, all) = (check(), built_ins() + 2);
    assert_eq!(checked.code, 1, "{}", checked.stdout);
    has(&checked.stderr, &["behaves: configure: the configuration is not accepted", "redwasp.yaml:4:", "unknown"]);
    assert!(!checked.stderr.contains("what ran before"), "{}", checked.stderr);
    has(
        &checked.stdout,
        &[&format!("redwasp.yaml, 1 problem, told below: {all} collectors, 2 of them off"), "behaves    behaves   off"],
    );
    assert!(!checked.stdout.contains("is good"), "{}", checked.stdout);
    fs::write(&file, text.replace("{unknown: 1}", "{}")).unwrap();
    let checked = check();
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{}", checked.stdout);
    let good = format!("redwasp.yaml is good: {all} collectors, 1 of them off");
    has(&checked.stdout, &[&good, "behaves    behaves   every scrape"]);
}

#[test]
fn what_is_not_granted_is_told_wherever_people_look() {
    let folder = folder(&["does-as-told"]);
    let redis = Redis::start();
    let file = folder.path().join("redwasp.yaml");
    let text = "plugins: {dir: .}\ncollectors:\n  does-as-told:\n    config:\n      \
                asks: [{commands: [HGET], keys: ['orders:*']}]\n      prefetch: [{args: [GET, total]}]\n";
    fs::write(&file, text).unwrap();
    let settings = format!("--config.file={}", file.display());
    let lacks = "does-as-told lacks grants: {commands: [HGET, GET], keys: [\"orders:*\", \"total\"]}";
    let checked = redwasp(&["check-config", &settings]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert_eq!(checked.stderr.trim_end(), format!("warning: does-as-told: collector {lacks}"));
    let plugin = folder.path().join("does-as-told.wasm");
    let ran = redwasp(&["plugin", "run", path(&plugin), "--target", &redis.url(), &settings]);
    let block = "collectors:\n  does-as-told:\n    grants:\n      commands: [HGET, GET]\n      keys: [\"orders:*\", \"total\"]\n";
    assert!(ran.stderr.ends_with(block), "{}", ran.stderr);
    let daemon = Daemon::start_with(&["--redis.addr=", &settings], &[("REDWASP_PLUGINS_CACHE_DIR", "-")]);
    daemon.wait_for_log("compiling a component that is not in the cache");
    let landing = || Some(daemon.get("/").text()).filter(|page| page.contains("lacks grants"));
    let landing = wait::until("the landing page to tell it", wait::PATIENCE, landing);
    assert!(landing.contains(&lacks.replace('"', "&quot;")), "{landing}");
    let listed = redwasp(&["plugin", "list", &format!("--web.listen-address=127.0.0.1:{}", daemon.port())]);
    has(&listed.stdout, &[lacks]);
    fs::write(&file, text.replace("config:", "grants: {commands: [HGET, GET], keys: ['*']}\n    config:")).unwrap();
    let checked = redwasp(&["check-config", &settings]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{}", checked.stdout);
}

#[test]
fn a_family_that_is_another_collectors_keeps_a_plugin_off_from_the_start() {
    let folder = folder(&["claims-a-name"]);
    let dir = format!("--plugins.dir={}", folder.path().display());
    let told = "redis_memory_used_bytes is declared by info with another type";
    let checked = redwasp(&["check-config", &dir]);
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    has(&checked.stderr, &[&format!("claims-a-name: configure: {told}; hint: give the family another name")]);
    let daemon = Daemon::start_with(&["--redis.addr=", &dir], &[("REDWASP_PLUGINS_CACHE_DIR", "-")]);
    let log = daemon.wait_for_log(told);
    assert!(log.lines().any(|line| line.contains(told) && line.contains("collector is off")), "{log}");
    // Where a target chooses its collectors, only a scrape knows whether they meet.
    let file = folder.path().join("redwasp.yaml");
    fs::write(&file, "targets:\n  a: {address: 'redis://127.0.0.1:1', collectors: [claims-a-name]}\n").unwrap();
    let checked = redwasp(&["check-config", &dir, &format!("--config.file={}", file.display())]);
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{}", checked.stdout);
}

#[test]
fn check_config_names_the_plugins_that_are_not_there() {
    let folder = folder(&["behaves"]);
    let dir = format!("--plugins.dir={}", folder.path().display());
    let file = folder.path().join("redwasp.yaml");
    fs::write(&file, "collectors:\n  unk: {plugin: nosuch}\n  behave: {}\n  inof: {enabled: false}\n").unwrap();
    let checked = redwasp(&["check-config", &dir, &format!("--config.file={}", file.display())]);
    // They may come.
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let would_be = format!("nosuch.wasm in {} would be it", folder.path().display());
    assert_eq!(
        checked.stderr.lines().collect::<Vec<_>>(),
        [
            &format!("warning: collectors.unk: there is no plugin nosuch; {would_be}"),
            "warning: collectors.behave: there is no plugin behave; did you mean `behaves`?",
            "warning: collectors.inof: there is no plugin inof; did you mean `info`?",
        ]
    );
    let all = built_ins() + 4;
    let head = format!("redwasp.yaml is good: {all} collectors, 1 of them off");
    has(&checked.stdout, &[&head, "behaves    behaves   every scrape"]);
}

#[test]
fn what_is_there_and_cannot_be_a_plugin_is_a_fault_of_the_configuration() {
    let folder = folder(&[]);
    for name in ["Upper", "info"] {
        fs::write(folder.path().join(name).with_extension("wasm"), "").unwrap();
    }
    fs::create_dir(folder.path().join("folder.wasm")).unwrap();
    // Written a moment ago, it could still be on its way.
    fs::write(folder.path().join("text.wasm"), "text").unwrap();
    let check = |dir: &Path| redwasp(&["check-config", &format!("--plugins.dir={}", dir.display())]);
    let checked = check(folder.path());
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    let head = format!("no configuration file, 4 problems, told below: {} collectors", built_ins());
    has(&checked.stdout, &[&head]);
    has(
        &checked.stderr,
        &[
            "Upper.wasm: find: has a name",
            "info.wasm: find: there is a built-in",
            "folder: find: is a folder",
            "text: check: ",
        ],
    );
    let file = folder.path().join("Upper.wasm");
    let checked = check(&file);
    assert_eq!(checked.code, 1, "{}", checked.stderr);
    has(&checked.stderr, &["Upper.wasm is no folder"]);
}
