use std::fs;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::config::pattern::Pattern;
use crate::config::{CollectorConfig, Databases, Grants, Limits, PluginsConfig, Quarantine, Schedule};

fn settings() -> Value {
    json!({
        "additionalProperties": false,
        "properties": {
            "redis.addr": {"type": ["string", "number", "boolean", "null"]},
            "redis.password": {"type": ["string", "number", "boolean", "null"]},
            "debug": {"type": ["boolean", "string", "null"]},
            "config.file": {"not": {}, "description": "only a flag or its variable can name the file"},
        },
    })
}

fn file(text: &str) -> File {
    File::parse(Path::new("f"), text, &settings()).unwrap()
}

/// All problems, also those of what is looked at last.
fn problems(text: &str) -> Vec<String> {
    let mut file = match File::parse(Path::new("f"), text, &settings()) {
        Ok(file) => file,
        Err(problem) => return vec![problem.to_string()],
    };
    file.plugins(PluginsConfig::default());
    for name in file.names() {
        file.collector(CollectorConfig::of_plugin(&name));
    }
    file.problems().iter().map(Problem::to_string).collect()
}

fn collector(text: &str) -> CollectorConfig {
    let mut file = file(text);
    let name = file.names().remove(0);
    let collector = file.collector(CollectorConfig::of_plugin(&name));
    assert_eq!(file.problems(), []);
    collector
}

#[test]
fn nothing_is_needed() {
    for text in ["", "# nothing\n", "---\n", "{}", "settings:\nplugins:\ncollectors:\n"] {
        let mut file = file(text);
        assert_eq!(file.plugins(PluginsConfig::default()), PluginsConfig::default(), "{text:?}");
        assert_eq!((file.names(), file.problems()), (Vec::new(), Vec::new()), "{text:?}");
    }
    let usual = CollectorConfig::of_plugin("orders");
    for text in ["collectors: {orders: }", "collectors: {orders: {}}", "collectors: {orders: {grants: , limits: }}"] {
        assert_eq!(CollectorConfig { places: Places::default(), ..collector(text) }, usual, "{text}");
    }
}

#[test]
fn each_key_of_plugins_is_taken() {
    let text = "plugins:\n  dir: plugins\n  cache-dir: /cache\n  rescan: 1m\n  file-limit: 1MiB\n  compile-cpu: 2s\n  \
                compile-memory: 1073741824\n  \
                quarantine-after: 2\n  quarantine-first: 1s\n  quarantine-longest: 1h\n";
    let mut file = File::parse(Path::new("/etc/redwasp/f"), text, &settings()).unwrap();
    let expected = PluginsConfig {
        dir: Some("/etc/redwasp/plugins".into()),
        cache_dir: Some("/cache".into()),
        rescan: Duration::from_secs(60),
        file_limit: 1 << 20,
        compile_cpu: Duration::from_secs(2),
        compile_memory: 1 << 30,
        quarantine: Quarantine { after: 2, first: Duration::from_secs(1), longest: Duration::from_secs(3600) },
    };
    assert_eq!(file.plugins(PluginsConfig::default()), expected);
    let there = PluginsConfig { cache_dir: Some("/usual".into()), ..PluginsConfig::default() };
    assert_eq!(self::file("plugins: {cache-dir: '-'}").plugins(there.clone()).cache_dir, None);
    assert_eq!(self::file("plugins: {cache-dir: ''}").plugins(there.clone()), there);
}

#[test]
fn each_key_of_a_collector_is_taken() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let text = format!(
        "collectors:\n  orders-eu:\n    enabled: false\n    plugin: orders\n    config: {{pattern: 'x:*', more: [1]}}\n    \
         schedule: 1m30s\n    grants: {{statistics: false, commands: [hget, ' xinfo  Stream '], keys: ['x:*'], databases: [0, 3]}}\n    \
         limits: {{cpu: 1s, wall: 3s, memory: 128MiB, returned: 1MiB, calls: 1, commands: 2, reply-bytes: 4096, \
         nesting: 3, samples: 4, families: 5, labels: 6, label-value: 16, log: 2KiB, state: 3KiB}}\n    \
         digest: {digest}\n    targets: ['redis://10.0.0.*:6379', '*', 'unix:///run/*']\n"
    );
    let file = file(&text);
    assert_eq!(file.plugin_of("orders-eu"), "orders");
    assert_eq!(Value::Object(file.config_of("orders-eu")), json!({"pattern": "x:*", "more": [1]}));
    let collector = collector(&text);
    assert!(!collector.enabled);
    assert_eq!(collector.schedule, Schedule::Every(Duration::from_secs(90)));
    let grants = Grants {
        statistics: false,
        commands: vec!["HGET".to_owned(), "XINFO STREAM".to_owned()],
        keys: vec!["x:*".to_owned()],
        databases: Databases::only([0, 3]),
        scripts: Vec::new(),
    };
    assert_eq!(collector.grants, grants);
    let limits = Limits {
        cpu: Duration::from_secs(1),
        wall: Duration::from_secs(3),
        memory: 128 << 20,
        returned: 1 << 20,
        calls: 1,
        commands: 2,
        reply_bytes: 4096,
        nesting: 3,
        samples: 4,
        families: 5,
        labels: 6,
        label_value: 16,
        log: 2048,
        state: 3072,
    };
    assert_eq!(collector.limits, limits);
    assert_eq!(collector.digest.map(|digest| digest.to_string()), Some(digest));
    let targets = ["redis://10.0.0.*:6379", "*", "unix:///run/*"].map(Pattern::new);
    assert_eq!(collector.targets.as_deref(), Some(targets.as_slice()));
    assert_eq!(collector.places.of("/pattern").map(Place::to_string).as_deref(), Some("f:5:14"));
    assert_eq!(collector.places.of("").map(Place::to_string).as_deref(), Some("f:5:5"));
}

#[test]
fn what_is_left_out_stays() {
    let mut file = file("collectors: {info: {grants: {keys: [a]}, limits: {cpu: 1s}}}");
    let grants = Grants { statistics: false, commands: vec!["INFO".to_owned()], ..Grants::default() };
    let limits = Limits { calls: 7, ..Limits::default() };
    let schedule = Schedule::Every(Duration::from_secs(9));
    let usual = CollectorConfig { grants: grants.clone(), limits, schedule, ..CollectorConfig::of_plugin("info") };
    let found = file.collector(usual);
    assert_eq!(found.grants, Grants { keys: vec!["a".to_owned()], ..grants });
    assert_eq!((found.limits.calls, found.limits.cpu, found.schedule), (7, Duration::from_secs(1), schedule));
    let other = CollectorConfig::of_plugin("other");
    assert_eq!(file.collector(other.clone()), other);
}

#[test]
fn collectors_keep_their_order() {
    assert_eq!(file("collectors:\n  b: {}\n  a: {}\n  c: {}\n").names(), ["b", "a", "c"]);
    assert_eq!(file("collectors: {b: , a: {}}").names(), ["b", "a"]);
}

#[test]
fn settings_keep_their_places_and_texts() {
    let file = file("settings:\n  redis.password: 0123\n  debug: true\n  redis.addr:\n");
    let (value, place) = file.setting("redis.password").unwrap();
    assert_eq!((value, place.unwrap().to_string().as_str()), (&json!(123), "f:2:3"));
    assert_eq!((file.text_of("redis.password"), file.text_of("debug")), (Some("0123"), Some("true")));
    assert_eq!(file.setting("redis.addr"), None, "a key without a value is not there");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        ("collector: {}", "f:1:1: collector: there is no such key; did you mean `collectors`?"),
        (
            "settings: {redis.pasword: hunter2}",
            "f:1:12: settings.redis.pasword: there is no such key; did you mean `redis.password`?",
        ),
        ("settings: {config.file: x}", "f:1:12: settings.config.file: is not allowed here: only a flag"),
        ("settings: {debug: [hunter2]}", "settings.debug: wants true or false or a text, and this is a list"),
        ("settings: hunter2", "f:1:1: settings: wants keys with values, and this is a text"),
        ("hunter2", "f:1:1: wants keys with values, and this is a text"),
        ("[]", "f:1:1: wants keys with values, and this is a list"),
        ("plugins: {rescan: 30}", "plugins.rescan: wants a text, such as 30s, and this is a number"),
        ("plugins: {rescan: soon}", "plugins.rescan: \"soon\" is no duration; write for example"),
        ("plugins: {rescan: 0s}", "plugins.rescan: 0s is not from 1s to 86400s"),
        ("plugins: {file-limit: 64 MB each}", "plugins.file-limit: \"64 MB each\" is no number of bytes"),
        ("plugins: {file-limit: 0}", "plugins.file-limit: 0 is not from 1KiB to 1GiB"),
        ("plugins: {file-limit: -1}", "plugins.file-limit: -1 is no number of bytes"),
        (
            "plugins: {file-limit: 1.5}",
            "plugins.file-limit: wants a whole number or a text, such as 64MiB, and this is a number with",
        ),
        ("plugins: {dir: [x]}", "plugins.dir: wants a text, and this is a list"),
        ("collectors: {Orders: {}}", "f:1:14: collectors.Orders: a name is lower case letters"),
        ("collectors: {a/b: {}}", "f:1:14: collectors.a/b: a name is lower case letters"),
        ("collectors: {'': {}}", "a key is missing"),
        ("collectors: {-a: {}}", "begins with no dash"),
        ("collectors: {a: {plugin: A}}", "f:1:18: collectors.a.plugin: a name is"),
        (
            "collectors: {a: {shedule: 1s}}",
            "f:1:18: collectors.a.shedule: there is no such key; did you mean `schedule`?",
        ),
        ("collectors: {a: {foo: 1s}}", "collectors.a.foo: there is no such key; known are config, digest, enabled,"),
        (
            "collectors: {a: {enabled: 'yes'}}",
            "collectors.a.enabled: wants true or false, such as true, and this is a text",
        ),
        ("collectors: {a: {schedule: 500ms}}", "collectors.a.schedule: 500ms is not from 1s to 86400s"),
        (
            "collectors: {a: {schedule: hourly}}",
            "collectors.a.schedule: \"hourly\" is no schedule; write scrape, or how often",
        ),
        ("collectors: {a: {config: [x]}}", "collectors.a.config: wants keys with values, and this is a list"),
        ("collectors: {a: {digest: 'sha256:00'}}", "collectors.a.digest: wants 64 hex digits after sha256:, as"),
        (
            "collectors: {a: {grants: {commands: HGET}}}",
            "collectors.a.grants.commands: wants a list, such as [\"HGET\",\"XINFO STREAM\"], and",
        ),
        (
            "collectors: {a: {grants: {commands: [HGET, 'GET a b']}}}",
            "f:1:44: collectors.a.grants.commands.1: \"GET a b\" is no name",
        ),
        ("collectors: {a: {grants: {commands: ['']}}}", "is no name of a command"),
        ("collectors: {a: {grants: {keys: ['']}}}", "collectors.a.grants.keys.0: an empty pattern fits no key"),
        (
            "collectors: {a: {grants: {databases: [-1]}}}",
            "collectors.a.grants.databases.0: is not from 0 to 2147483647",
        ),
        (
            "collectors: {a: {grants: {databases: [x]}}}",
            "databases.0: wants a whole number, such as 0, and this is a text",
        ),
        ("collectors: {a: {grants: {databases: [4294967296]}}}", "databases.0: is not from 0 to"),
        ("collectors: {a: {limits: {cpu: 0}}}", "collectors.a.limits.cpu: wants a text, such as 50ms"),
        ("collectors: {a: {limits: {cpu: 1h}}}", "collectors.a.limits.cpu: 1h is not from 5ms to 10s"),
        ("collectors: {a: {limits: {calls: 0}}}", "collectors.a.limits.calls: is not from 1 to 10000"),
        ("collectors: {a: {limits: {calls: -3}}}", "collectors.a.limits.calls: is not from 1 to 10000"),
        ("collectors: {a: {limits: {calls: 1e30}}}", "collectors.a.limits.calls: is not from 1 to 10000"),
        ("collectors: {a: {limits: {memory: 1TiB}}}", "collectors.a.limits.memory: 1TiB is not from 1MiB to 256MiB"),
        ("collectors: {a: {targets: []}}", "collectors.a.targets: no target fits an empty list"),
        ("collectors: {a: {targets: ['10.0.0.1']}}", "collectors.a.targets.0: no address fits this pattern"),
    ];
    let is_told = |problems: &[String], words| matches!(problems, [problem] if problem.starts_with("f:") && problem.contains(words) && !problem.contains("hunter2"));
    let told = cases.map(|(text, words)| (text, words, problems(text)));
    let wrong: Vec<_> = told.iter().filter(|(_, words, problems)| !is_told(problems, words)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let many = problems(&format!("collectors: {{a: {{grants: {{keys: [{}]}}}}}}", "x, ".repeat(1001)));
    let words = "collectors.a.grants.keys: 1001 patterns are more than the 1000 allowed";
    assert!(is_told(&many, &words), "{many:?}");
    for target in ["redis://u:hunter2@h:1", "redis://h", "redis://h:1/2", "valkey://h:1", "redis://:1", "unix://x", ""]
    {
        let problems = problems(&format!("collectors: {{a: {{targets: ['{target}']}}}}"));
        assert!(problems.len() == 1 && problems[0].contains("no address fits"), "{target}: {problems:?}");
        assert!(!problems[0].contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "\
settings:
  debug: [x]
plugins:
  rescan: 0s
collectors:
  orders:
    schedule: hourly
    grants: {databases: [0, x, 1, y]}
    limits: {cpu: fast, calls: 0}
  more:
    foo: 1
";
    let lines: Vec<String> =
        problems(text).iter().map(|problem| problem.split(": ").take(2).collect::<Vec<_>>().join(" ")).collect();
    let expected = [
        "f:2:3 settings.debug",
        "f:4:3 plugins.rescan",
        "f:7:5 collectors.orders.schedule",
        "f:8:29 collectors.orders.grants.databases.1",
        "f:8:35 collectors.orders.grants.databases.3",
        "f:9:14 collectors.orders.limits.cpu",
        "f:9:25 collectors.orders.limits.calls",
        "f:11:5 collectors.more.foo",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("latin1"), b"a: x\nb: caf\xe9\n").unwrap();
    fs::write(path("large"), "#".repeat(10 << 20)).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(path("fifo")).status().unwrap();
    assert!(fifo.success());
    for (name, words) in [
        ("missing", "cannot open the configuration file: No such file"),
        (".", "this is a folder"),
        ("latin1", "this is not UTF-8: the first wrong byte is in line 2"),
        ("large", "has 1MiB at most, and this one has 10485760 bytes"),
        ("fifo", "this is no regular file"),
    ] {
        let error = File::read(&path(name), &settings()).unwrap_err().to_string();
        assert!(error.starts_with(path(name).to_str().unwrap()) && error.contains(words), "{error}");
    }
}
