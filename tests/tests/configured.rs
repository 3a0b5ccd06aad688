//! Collectors of one plugin as a configuration file has them: each with its own fate, through the real program.

use redwasp_tests::server::Redis;
use redwasp_tests::told::{Program, answers, calls, others_are_well, succeeded};
use redwasp_tests::wait::{self, PATIENCE};
use serde_json::{Value, json};

/// Collectors that do not run, with words of the reason.
const OFF: [(&str, &str); 3] = [
    ("pinned", "and the collector is pinned to sha256:abab"),
    ("refused-by-schema", "redwasp.yaml:"),
    ("refused-by-plugin", "redwasp.yaml:"),
];

/// Collectors whose calls end, with the cause.
const LIMITED: [(&str, &str); 3] = [("spins", "cpu"), ("holds", "memory"), ("reports", "malformed")];

fn file(target: &str) -> String {
    let collector = |name: &str, config: Value, more: &str| {
        let mut config = config;
        config["name"] = json!(name);
        format!("  {name}:\n    plugin: does-as-told\n    {more}\n    config: {config}\n")
    };
    let ping = || json!({"steps": [{"pipeline": [{"args": ["PING"]}]}]});
    let dbsize = json!({"steps": [{"pipeline": [{"args": ["DBSIZE"], "database": 1}]}]});
    let collectors = [
        collector("first", ping(), ""),
        collector("second", dbsize, "grants: {databases: [1]}"),
        collector("off", ping(), "enabled: false"),
        collector("elsewhere", ping(), "targets: ['redis://10.9.8.7:*']"),
        collector("pinned", ping(), &format!("digest: sha256:{}", "ab".repeat(32))),
        collector("refused-by-schema", json!({"steps": 7}), ""),
        collector("refused-by-plugin", json!({"refuse": "not today"}), ""),
        collector("spins", json!({"steps": ["spin"]}), "limits: {cpu: 10ms}"),
        collector("holds", json!({"steps": [{"hold": 8 << 20}]}), "limits: {memory: 4MiB}"),
        collector("reports", json!({"steps": [{"samples": 11}]}), "limits: {samples: 10}"),
    ];
    format!(
        "settings: {{redis.addr: '{target}'}}\nplugins: {{quarantine-after: 1000}}\ncollectors:\n{}",
        collectors.concat()
    )
}

#[test]
fn each_collector_of_a_plugin_has_its_own_fate() {
    let redis = Redis::start();
    let program = Program::start(&file(&redis.url()));
    let daemon = &program.daemon;
    for round in 1..=2 {
        let page = daemon.scrape("/metrics");
        others_are_well(&page);
        assert_eq!(answers(&page, "first", "0"), ["reply: +PONG\\r\\n"], "{}", daemon.log());
        assert_eq!(answers(&page, "second", "0"), ["reply: :0\\r\\n"]);
        assert!(succeeded(&page, "first") && succeeded(&page, "second"));
        for name in ["off", "elsewhere"] {
            let labels = [("collector", name)];
            assert_eq!(page.value("redwasp_collector_success", &labels), None, "{name}");
            assert_eq!(calls(&page, name, "success"), 0.0, "{name}");
        }
        for (name, cause) in LIMITED {
            assert!(!succeeded(&page, name) && calls(&page, name, cause) >= f64::from(round), "{name}");
        }
        for (name, _) in OFF {
            assert_eq!(page.value("redwasp_collector_success", &[("collector", name)]), Some(0.0), "{name}");
        }
    }
    let landing = daemon.get("/").text();
    let log = wait::until("the log", PATIENCE, || Some(daemon.log()).filter(|log| log.contains("refused-by-plugin")));
    let plugins = daemon.get("/plugins").text();
    for (name, words) in OFF {
        let says = |text: &str| text.lines().any(|line| line.contains(name) && line.contains(words));
        assert!(says(&landing), "{name}: {landing}");
        assert!(says(&log), "{name}: {log}");
        assert!(plugins.contains(name) && plugins.contains(words), "{name}: {plugins}");
    }
    let text = file(&redis.url());
    for part in ["\"steps\":7", "not today"] {
        let line = text.lines().position(|line| line.contains(part)).unwrap() + 1;
        let column = text.lines().nth(line - 1).unwrap().find('{').unwrap();
        let is_told = |log: &str| {
            let place = log.split(&format!("redwasp.yaml:{line}:")).nth(1)?.split(':').next()?;
            place.parse::<usize>().ok()
        };
        assert!(is_told(&log).is_some_and(|told| told > column), "{part}: {log}");
    }
    for (name, words) in [
        ("spins", "CPU budget of 10ms used up"),
        ("holds", "memory limit of 4 MiB reached"),
        ("reports", "more than the 10 allowed"),
    ] {
        for text in [&landing, &daemon.log()] {
            assert!(text.lines().any(|line| line.contains(name) && line.contains(words)), "{name}: {text}");
        }
    }
}
