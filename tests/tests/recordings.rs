//! `redwasp plugin record`, `replay` and `bench`: a request in a file, made again without its server.

use std::fs;
use std::path::{Path, PathBuf};

use redwasp_tests::daemon::{self, Finished};
use redwasp_tests::guests;
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::told::PLUGIN;
use serde_json::{Value, json};
use tempfile::TempDir;

fn redwasp(args: &[&str]) -> Finished {
    daemon::run(args, &[("REDWASP_PLUGINS_CACHE_DIR", "-")])
}

/// A plugin with a configuration and the right to read every key.
struct Author {
    folder: TempDir,
    plugin: String,
}

impl Author {
    fn new(plugin: &str, config: Value) -> Author {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(guests::guest_file(plugin), folder.path().join(plugin).with_extension("wasm")).unwrap();
        let author = Author { folder, plugin: plugin.to_owned() };
        let grants = json!({"commands": ["GET", "HGET", "SCARD", "STRLEN"], "keys": ["*"]});
        let file = json!({"collectors": {plugin: {"config": config, "grants": grants}}});
        fs::write(author.path("redwasp.yaml"), file.to_string()).unwrap();
        author
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command of `redwasp plugin` about the plugin's file.
    fn plugin(&self, word: &str, args: &[&str]) -> Finished {
        let file = self.path(&self.plugin).with_extension("wasm");
        let config = format!("--config.file={}", self.path("redwasp.yaml").display());
        let words = ["plugin", word, text(&file)];
        redwasp(&[&words, args, &[config.as_str()]].concat())
    }

    /// What is printed of a recording.
    fn replay(&self, recording: &Path) -> Finished {
        self.plugin("replay", &[text(recording)])
    }

    /// Records a request, and gives the file.
    fn record(&self, redis: &Redis) -> PathBuf {
        let file = self.path("recording.json");
        let recorded = self.plugin("record", &["--target", &redis.url(), "--out", text(&file)]);
        assert_eq!(recorded.code, 0, "{}", recorded.stderr);
        file
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_recorded_request_gives_the_same_bytes_without_its_server() {
    let redis = Redis::start();
    redis.cli(&["SET", "name", "\u{e4}\u{0}\u{ff}"]);
    redis.cli(&["SADD", "users", "a", "b"]);
    let author = Author::new(
        PLUGIN,
        json!({
            "asks": [{"commands": ["GET", "SCARD"], "keys": ["*"]}],
            "prefetch": [{"args": ["GET", "name"]}, {"args": ["GET", "users"]}, {"args": ["STRLEN", "name"]}],
            "steps": [
                {"pipeline": [{"args": ["SCARD", "users"]}, {"args": ["HGET", "users", "x"]}]},
                {"pipeline": [{"args": ["SCARD", "users"]}]},
                {"nodes": 1},
                {"log": [1, "as told"]},
            ],
        }),
    );
    let recording = author.record(&redis);
    let ran = author.plugin("run", &["--target", &redis.url()]);
    drop(redis);
    let replayed = author.replay(&recording);
    assert_eq!(replayed.code, 0, "{}", replayed.stderr);
    assert_eq!(replayed.stdout, ran.stdout);
    assert!(replayed.stdout.contains("WRONGTYPE") && replayed.stdout.contains("denied"), "{}", replayed.stdout);
    assert!(replayed.stderr.contains("as told"), "{}", replayed.stderr);
    let again = author.replay(&recording);
    assert_eq!(again.stdout, replayed.stdout);
}

#[test]
fn a_walk_over_keys_is_recorded_too() {
    let redis = Redis::start();
    for (key, amount) in [("order:1", "1.5"), ("order:2", "2"), ("order:3", "4")] {
        redis.cli(&["HSET", key, "amount", amount]);
    }
    redis.cli(&["SET", "order:none", "x"]);
    let config = json!({"pattern": "order:*", "types": ["hash"], "read": ["HGET", "<key>", "amount"], "names": true});
    let author = Author::new("sweeps", config);
    let recording = author.record(&redis);
    let ran = author.plugin("run", &["--target", &redis.url()]);
    drop(redis);
    let replayed = author.replay(&recording);
    assert_eq!((replayed.code, &replayed.stdout), (0, &ran.stdout), "{}", replayed.stderr);
    assert_eq!(Page::parse(&replayed.stdout).unwrap().value("redis_swept_amount", &[("name", "")]), Some(7.5));

    let other = Author::new("sweeps", json!({}));
    let refused = change(&recording, |recording| recording["config"] = json!({"pattern": "order:?"}));
    let measured = other.plugin("bench", &["--recording", text(&refused)]);
    assert!(measured.stderr.contains("the recording is of other keys"), "{}", measured.stderr);
    let replayed = other.replay(&refused);
    assert_eq!(replayed.code, 1);
    assert!(replayed.stderr.contains("the recording is of other keys"), "{}", replayed.stderr);
}

/// The same file with a change.
fn change(recording: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
    let mut value = serde_json::from_slice(&fs::read(recording).unwrap()).unwrap();
    change(&mut value);
    let changed = recording.with_file_name("changed.json");
    fs::write(&changed, value.to_string()).unwrap();
    changed
}

#[test]
fn state_is_recorded_with_the_second_of_two_calls() {
    let redis = Redis::start();
    let author = Author::new(PLUGIN, json!({"steps": ["count"]}));
    let recording = author.record(&redis);
    let labels = [("answer", ""), ("name", ""), ("place", "count"), ("step", "0")];
    let count = |page: &str| Page::parse(page).unwrap().value("redis_told", &labels);
    let replayed = author.replay(&recording);
    assert_eq!(count(&replayed.stdout), Some(2.0), "{}{}", replayed.stdout, replayed.stderr);
    let first = change(&recording, |recording| recording["state"] = Value::Null);
    assert_eq!(count(&author.replay(&first).stdout), Some(1.0));
}

#[test]
fn what_was_not_recorded_is_denied_and_what_failed_fails_again() {
    let redis = Redis::start();
    let author = Author::new(PLUGIN, json!({"prefetch": [{"args": ["GET", "name"]}]}));
    let recording = author.record(&redis);
    let other = json!({"prefetch": [{"args": ["GET", "other"]}]});
    let other = change(&recording, |recording| recording["config"] = other);
    let replayed = author.replay(&other);
    assert!(replayed.stdout.contains("denied: the recording has no GET other"), "{}", replayed.stdout);

    let panics = Author::new("panics", json!({}));
    let file = panics.path("recording.json");
    let recorded = panics.plugin("record", &["--target", &redis.url(), "--out", text(&file)]);
    assert_eq!(recorded.code, 1, "the call failed, and what it was given is there all the same");
    let replayed = panics.replay(&file);
    assert_eq!(replayed.code, 1);
    assert!(replayed.stderr.contains("collect ended: panic"), "{}", replayed.stderr);
}

#[test]
fn files_that_are_no_recordings_are_told() {
    let author = Author::new("behaves", json!({}));
    let (missing, other) = (author.path("missing.json"), author.path("redwasp.yaml"));
    let replayed = author.replay(&missing);
    assert_eq!(replayed.code, 1);
    assert!(replayed.stderr.contains("missing.json: No such file"), "{}", replayed.stderr);
    let replayed = author.replay(&other);
    assert!(
        replayed.stderr.contains("redwasp.yaml: this is no recording of `redwasp plugin record`"),
        "{}",
        replayed.stderr
    );
    let newer = author.path("newer.json");
    fs::write(&newer, "{\"redwasp\": \"recording/2\", \"more\": 1}").unwrap();
    let replayed = author.replay(&newer);
    assert!(
        replayed.stderr.contains("this is a recording/2, and this redwasp reads recording/1"),
        "{}",
        replayed.stderr
    );
    let redis = Redis::start();
    let kept = author.plugin("record", &["--target", &redis.url(), "--out", text(&other)]);
    assert!(kept.code == 1 && kept.stderr.contains("it is left as it is"), "{}", kept.stderr);
    let unreachable = author.plugin("record", &["--target", "redis://127.0.0.1:1", "--out", text(&missing)]);
    assert_eq!((unreachable.code, missing.exists()), (1, false), "{}", unreachable.stderr);
}

#[test]
fn bench_tells_what_each_plugin_costs() {
    let redis = Redis::start();
    let author = Author::new("behaves", json!({}));
    let recording = author.record(&redis);
    let measured = author.plugin("bench", &["--recording", text(&recording)]);
    assert_eq!(measured.code, 0, "{}", measured.stderr);
    let lines: Vec<Vec<&str>> = measured.stdout.lines().map(|line| line.split("  ").collect()).collect();
    let words = |line: &[&str]| {
        line.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(words(&lines[0]), ["file", "size", "compile", "instantiate", "collect", "fuel", "memory"]);
    let row = words(&lines[1]);
    assert!(row[0].ends_with("behaves.wasm") && row[1].ends_with("KiB") && row[2].ends_with("ms"), "{row:?}");
    let fuel = row[5].clone();
    let again = author.plugin("bench", &["--target", &redis.url()]);
    assert_eq!(words(&again.stdout.lines().nth(1).unwrap().split("  ").collect::<Vec<_>>()).len(), 7);
    let again = author.plugin("bench", &["--recording", text(&recording)]);
    assert!(again.stdout.contains(&fuel), "fuel is the same each time: {fuel}\n{}", again.stdout);

    let panics = Author::new("panics", json!({}));
    let of_panics = change(&recording, |recording| recording["plugin"] = json!("panics"));
    for (of, told) in [(&recording, "the recording is of the plugin behaves"), (&of_panics, "ended: panic")] {
        let failed = panics.plugin("bench", &["--recording", text(of)]);
        assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
        assert!(failed.stderr.contains("panics.wasm: ") && failed.stderr.contains(told), "{}", failed.stderr);
    }
}

#[test]
fn a_recording_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let redis = Redis::start();
    let author = Author::new("behaves", json!({}));
    let recording = author.record(&redis);
    assert_eq!(fs::metadata(&recording).unwrap().permissions().mode() & 0o777, 0o600);
    author.record(&redis);
    let entries = fs::read_dir(author.folder.path()).unwrap().count();
    assert_eq!(entries, 3, "the plugin, its configuration and the recording");
}
