//! Lua scripts of the operator on real servers, beside redis_exporter.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::http::{self, Response};
use redwasp_tests::page::{Page, Sample};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::{of, succeeded};
use redwasp_tests::{tools, wait};

/// What redis_exporter makes of scripts: name, text, and what `script_result` says.
const CASES: [(&str, &str, f64); 8] = [
    ("pairs", "return {\"a\", \"11\", \"b\", \"12\"}", 1.0),
    ("floats", "return {\"a\", \"0x1p4\", \"b\", \"-1e3\", \"a\", \"+Inf\"}", 1.0),
    ("argument", "return {\"argument\", ARGV[1], \"keys\", tostring(#KEYS)}", 1.0),
    ("empty", "return {}", 2.0),
    ("named", "return {a=\"11\"}", 2.0),
    ("text", "return {\"key1\", \"abc\"}", 0.0),
    ("integers", "return {\"key1\", 11}", 0.0),
    ("broken", "return {", 0.0),
];

const WRITES: &str = "redis.call('SET', 'a', '1')\nreturn {\"a\", \"1\"}";

/// A folder with scripts, and the value of `--script` for all of them.
fn scripts(scripts: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, text): &(&str, &str)| {
        let path = folder.path().join(format!("{name}.lua"));
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let paths: Vec<String> = scripts.iter().map(write).collect();
    (folder, paths.join(","))
}

fn ours(redis: &Redis, args: &[&str]) -> Daemon {
    Daemon::start(&[&[format!("--redis.addr={}", redis.url()).as_str()], args].concat())
}

fn theirs(redis: &Redis, args: &[&str]) -> Daemon {
    let address = format!("--redis.addr={}", redis.url());
    Daemon::start_program(&tools::tool("redis_exporter"), &[&[address.as_str()], args].concat(), &[])
}

/// The samples that both exporters have of scripts, with their families' types.
fn of_scripts(page: &Page) -> BTreeSet<String> {
    let is_it = |sample: &&Sample| ["redis_script_values", "redis_script_result"].contains(&sample.name.as_str());
    let kind = |name: &str| page.family(name).and_then(|family| family.kind.clone());
    let line =
        |sample: &Sample| format!("{:?} {} {:?} {:?}", kind(&sample.name), sample.name, sample.labels, sample.value);
    page.samples.iter().filter(is_it).map(line).collect()
}

fn result(page: &Page, path: &str) -> Option<f64> {
    page.value("redis_script_result", &[("filename", path)])
}

fn reload(daemon: &Daemon) -> Response {
    http::request(daemon.port(), "POST", "/-/reload", &[]).unwrap()
}

fn up(page: &Page) -> Option<f64> {
    page.value("redis_up", &[])
}

#[test]
fn redis_7() {
    compare(Program::Redis);
}

#[test]
fn redis_6() {
    compare(Program::Redis62);
}

#[test]
fn redis_8() {
    compare(Program::Redis80);
}

#[test]
fn valkey_9() {
    compare(Program::Valkey91);
}

/// One script at a time: an error of one ends a scrape of redis_exporter.
fn compare(program: Program) {
    let redis = Redis::options().program(program).start();
    for (name, text, expected) in CASES {
        let (_folder, path) = scripts(&[(name, text)]);
        let flag = format!("--script={path}");
        let page = ours(&redis, &[&flag]).scrape("/metrics");
        let other = theirs(&redis, &[&flag]).scrape("/metrics");
        assert_eq!(of_scripts(&page), of_scripts(&other), "{name}");
        assert_eq!((result(&page, &path), up(&page)), (Some(expected), Some(1.0)), "{name}");
        let theirs = if expected == 0.0 { 0.0 } else { 1.0 };
        assert_eq!(up(&other), Some(theirs), "{name}: what redis_exporter makes of an error");
        let taken = page.value("redis_script_duration_seconds", &[("filename", &path)]);
        assert!(taken.is_some_and(|taken| taken >= 0.0), "{name}");
    }
    let (_folder, both) = scripts(&[("one", "return {\"a\", \"1\"}"), ("two", "return {\"a\", \"2\"}")]);
    let flag = format!("--script={both}");
    let page = ours(&redis, &[&flag]).scrape("/metrics");
    assert_eq!(of_scripts(&page), of_scripts(&theirs(&redis, &[&flag]).scrape("/metrics")));
    assert_eq!(of_scripts(&page).len(), 4, "{both}");
}

#[test]
fn a_script_that_fails_costs_itself() {
    let redis = Redis::start();
    let (_folder, paths) = scripts(&[
        ("broken", "return {"),
        ("good", "return {\"a\", \"1\"}"),
        ("text", "return {\"a\", \"x\", \"b\", \"2\"}"),
    ]);
    let daemon = ours(&redis, &[&format!("--script={paths}")]);
    let page = daemon.scrape("/metrics");
    let paths: Vec<&str> = paths.split(',').collect();
    assert_eq!(paths.iter().map(|path| result(&page, path)).collect::<Vec<_>>(), [Some(0.0), Some(1.0), Some(0.0)]);
    assert_eq!(page.value("redis_script_values", &[("key", "a"), ("filename", paths[1])]), Some(1.0));
    assert_eq!(page.value("redis_script_values", &[("key", "b"), ("filename", paths[2])]), Some(2.0));
    assert_eq!((up(&page), page.value("redis_exporter_last_scrape_error", &[("err", "")])), (Some(1.0), Some(0.0)));
    assert!(succeeded(&page, "scripts"));
    daemon.scrape("/metrics");
    let log = daemon.wait_for_log("Error compiling script");
    assert_eq!(log.matches("Error compiling script").count(), 1, "{log}");
    assert!(log.contains("broken.lua"), "{log}");
}

#[test]
fn scripts_that_only_read_may_not_write() {
    for program in [Program::Redis, Program::Valkey91] {
        let redis = Redis::options().program(program).start();
        let (_folder, path) = scripts(&[("writes", WRITES)]);
        let flag = format!("--script={path}");
        let args = [flag.as_str(), "--lua-script-read-only"];
        let daemon = ours(&redis, &args);
        let page = daemon.scrape("/metrics");
        assert_eq!((result(&page, &path), up(&page)), (Some(0.0), Some(1.0)));
        daemon.wait_for_log("Write commands are not allowed from read-only scripts");
        assert_eq!(of_scripts(&page), of_scripts(&theirs(&redis, &args).scrape("/metrics")));
        assert_eq!(redis.cli(&["EXISTS", "a"]).trim(), "0");
        assert_eq!(result(&ours(&redis, &[&flag]).scrape("/metrics"), &path), Some(1.0), "it may without the switch");
        assert_eq!(redis.cli(&["EXISTS", "a"]).trim(), "1");
    }
}

#[test]
fn an_old_server_is_not_asked_for_what_it_does_not_have() {
    let redis = Redis::options().program(Program::Redis62).start();
    let (_folder, path) = scripts(&[("good", "return {\"a\", \"1\"}")]);
    let daemon = ours(&redis, &[&format!("--script={path}"), "--lua-script-read-only"]);
    assert_eq!(result(&daemon.scrape("/metrics"), &path), Some(0.0));
    daemon.wait_for_log("this server has no EVAL_RO");
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn scripts_are_sent_word_for_word_around_looks_at_the_clock() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let (folder, paths) = scripts(&[("one", "return {}"), ("two", "return {'a', '1'}\n")]);
    let daemon = Daemon::start_with(&[&address], &[("REDIS_EXPORTER_SCRIPT", &paths)]);
    daemon.scrape("/metrics");
    let asked: Vec<String> = proxy.commands().iter().map(|words| words.join(" ")).collect();
    let asked = asked.iter().map(String::as_str).filter(|command| command.starts_with("EVAL") || *command == "TIME");
    let expected = ["TIME", "EVAL return {} 0 0", "TIME", "TIME", "EVAL return {'a', '1'}\n 0 0", "TIME"];
    assert_eq!(asked.collect::<Vec<_>>(), expected);
    drop(folder);
    proxy.clear();
    Daemon::start(&[&address]).scrape("/metrics");
    assert!(proxy.commands().iter().all(|words| !words[0].starts_with("EVAL") && words[0] != "TIME"));
}

#[test]
fn the_example_has_metrics_of_its_own() {
    let example = tools::repository().join("examples/scripts/active_users.lua");
    for program in Program::ALL {
        let redis = Redis::options().program(program).start();
        for (key, users) in [("users:standard", 8547), ("users:premium", 1245)] {
            let users: Vec<String> = (0..users).map(|user| user.to_string()).collect();
            let words: Vec<&str> = ["SADD", key].into_iter().chain(users.iter().map(String::as_str)).collect();
            redis.connect().unwrap().command(&words).unwrap();
        }
        let body = ours(&redis, &[&format!("--script={}", example.display())]).get("/metrics").text();
        assert!(body.contains("redis_active_users{user_type=\"standard\"} 8547\n"), "{body}");
        assert!(body.contains("redis_active_users{user_type=\"premium\"} 1245\n"), "{body}");
        assert!(body.contains("# TYPE redis_active_users gauge\n"), "{body}");
    }
}

#[test]
fn a_slow_script_costs_itself_and_what_comes_after_it() {
    let redis = Redis::start();
    // Long enough for any deadline of this test; the server is told to end it.
    let (_folder, paths) = scripts(&[
        ("first", "return {\"a\", \"1\"}"),
        ("slow", "while true do end"),
        ("last", "return {\"a\", \"1\"}"),
    ]);
    let daemon = ours(&redis, &[&format!("--script={paths}"), "--scrape-timeout=2s"]);
    let page = daemon.scrape("/metrics");
    redis.cli(&["SCRIPT", "KILL"]);
    let paths: Vec<&str> = paths.split(',').collect();
    assert_eq!(paths.iter().map(|path| result(&page, path)).collect::<Vec<_>>(), [Some(1.0), Some(0.0), Some(0.0)]);
    assert_eq!(up(&page), Some(1.0));
    assert!(page.value("redis_connected_clients", &[]).is_some());
    let taken = |path| page.value("redis_script_duration_seconds", &[("filename", path)]);
    assert_eq!((taken(paths[0]).is_some(), taken(paths[1])), (true, None));
    daemon.wait_for_log("slow.lua: no reply in time");
}

#[test]
fn how_long_a_script_held_the_server_is_told() {
    let redis = Redis::start();
    let slow = "for i = 1, 3000000 do math.sqrt(i) end return {'a', '1'}";
    let (_folder, path) = scripts(&[("slow", slow), ("fast", "return {'a', '1'}")]);
    let page = ours(&redis, &[&format!("--script={path}")]).scrape("/metrics");
    let paths: Vec<&str> = path.split(',').collect();
    let taken = |path| page.value("redis_script_duration_seconds", &[("filename", path)]).unwrap();
    assert!(taken(paths[0]) > taken(paths[1]), "{} {}", taken(paths[0]), taken(paths[1]));
}

#[test]
fn a_user_who_may_not_run_scripts_misses_only_them_and_is_told_once() {
    let redis = Redis::start();
    redis.cli(&["ACL", "SETUSER", "exporter", "on", ">secret", "+@all", "-eval", "-time", "~*"]);
    let (_folder, path) = scripts(&[("good", "return {\"a\", \"1\"}")]);
    let daemon = ours(&redis, &["--redis.user=exporter", "--redis.password=secret", &format!("--script={path}")]);
    let page = daemon.scrape("/metrics");
    daemon.scrape("/metrics");
    assert_eq!((result(&page, &path), up(&page)), (Some(0.0), Some(1.0)));
    assert!(succeeded(&page, "scripts") && page.family("redis_script_duration_seconds").is_none());
    assert_eq!(of(&page, "scripts", "partial"), 1.0);
    let log = daemon.wait_for_log("NOPERM");
    assert_eq!(log.matches("good.lua: NOPERM").count(), 1, "{log}");
    redis.cli(&["ACL", "SETUSER", "exporter", "-@all", "+info", "+eval", "+time", "+config|get", "+select", "+client"]);
    let granted = wait::within(wait::PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| result(page, &path) == Some(1.0))
    });
    assert!(granted.is_some(), "these are the permissions of the collector's README");
}

#[test]
fn a_script_that_cannot_be_read_stops_the_start() {
    let (folder, _) = scripts(&[]);
    let odd = folder.path().join("odd.lua");
    fs::write(&odd, b"return {'\xff'}").unwrap();
    let none = folder.path().join("none.lua");
    let said = |path: &Path| {
        let ended = daemon::run_program(daemon::redwasp(), &[&format!("--script={}", path.display())], &[]);
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        ended.stderr
    };
    let told = said(&none);
    assert!(told.contains("--script: ") && told.contains("none.lua: cannot open the file"), "{told}");
    assert!(said(&odd).contains("odd.lua: this is not UTF-8"));
    assert!(said(folder.path()).contains("this is a folder"));
    let (_folder, good) = scripts(&[("good", "return {}")]);
    let checked = daemon::run_program(daemon::redwasp(), &["check-config", &format!("--script={good}")], &[]);
    assert!(checked.code == 0 && checked.stdout.contains("1 script"), "{checked:?}");
}

#[test]
fn a_reload_reads_scripts_again() {
    let redis = Redis::start();
    let (folder, path) = scripts(&[("changes", "return {\"a\", \"1\"}")]);
    let file = folder.path().join("redwasp.yaml");
    let text = format!(
        "collectors:\n  scripts:\n    config:\n      scripts: [{path}, {{path: inline, text: \"return {{'b', '2'}}\"}}]\n"
    );
    fs::write(&file, text).unwrap();
    let daemon = ours(&redis, &[&format!("--config.file={}", file.display())]);
    let value =
        |page: &Page, key: &str, path: &str| page.value("redis_script_values", &[("key", key), ("filename", path)]);
    let page = daemon.scrape("/metrics");
    assert_eq!((value(&page, "a", &path), value(&page, "b", "inline")), (Some(1.0), Some(2.0)));
    fs::write(&path, "return {\"a\", \"3\"}").unwrap();
    assert_eq!(value(&daemon.scrape("/metrics"), "a", &path), Some(1.0), "nobody said so");
    assert_eq!(reload(&daemon).status, 200);
    assert_eq!(value(&daemon.scrape("/metrics"), "a", &path), Some(3.0));
    fs::remove_file(&path).unwrap();
    let refused = reload(&daemon);
    assert!(refused.status != 200 && refused.text().contains("changes.lua: cannot open"), "{}", refused.text());
    assert_eq!(value(&daemon.scrape("/metrics"), "a", &path), Some(3.0), "what ran goes on");
}
