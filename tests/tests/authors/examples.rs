//! The two examples that there are in each language: they measure the same, to the byte.

use redwasp_tests::authors::LANGUAGES;
use redwasp_tests::server::Redis;
use serde_json::{Value, json};

use crate::run;

/// What is printed for each language, which is the same: the page, and what is said of the collector.
fn same_in_all(example: &str, redis: &Redis, settings: &Value) -> (i32, String, String) {
    let of = |language: &str| {
        let ran = run(&format!("examples/plugins/{example}/{language}"), redis, settings);
        // In which order a family has its samples says nothing.
        let mut page: Vec<&str> = ran.stdout.lines().collect();
        page.sort_unstable();
        (ran.code, page.join("\n"), said(&ran.stderr))
    };
    let first = of(LANGUAGES[0]);
    for language in &LANGUAGES[1..] {
        assert_eq!(of(language), first, "{language} and {}: {example} with {settings}", LANGUAGES[0]);
    }
    first
}

/// Of the log the text, and of a refusal what stands behind the file's name; what a call cost is not the same.
fn said(stderr: &str) -> String {
    let text = |line: &str| {
        let warning = line.split_once("warning=").map(|(_, warning)| warning.to_owned());
        let refusal = line.split_once(".wasm: ").map(|(_, refusal)| refusal.to_owned());
        let failure = line.split_once(" ended: ").map(|(_, failure)| failure.to_owned());
        let invalid = line.strip_prefix("invalid configuration: ").map(str::to_owned);
        warning.or(refusal).or(failure).or(invalid)
    };
    let said = stderr.lines().filter_map(text).collect::<Vec<_>>().join("\n");
    // Where the configuration lies is another place each time.
    said.split(' ')
        .map(|word| word.rsplit_once('/').filter(|_| word.contains(".yaml:")).map_or(word, |(_, name)| name))
        .collect::<Vec<_>>()
        .join(" ")
}

fn grants(commands: &[&str], keys: &[&str]) -> Value {
    json!({"commands": commands, "keys": keys})
}

#[test]
fn active_users() {
    let redis = Redis::start();
    redis.cli(&["SADD", "users:human", "ada", "grace", "alan"]);
    redis.cli(&["SADD", "users:bot", "r2d2"]);
    let allowed = grants(&["SCARD"], &["users:*"]);
    let (code, page, said) = same_in_all("active-users", &redis, &json!({"grants": allowed}));
    let expected = "# HELP redis_active_users Members of the set of active users.\n# TYPE redis_active_users gauge\n\
                    redis_active_users{user_type=\"bot\"} 1\nredis_active_users{user_type=\"human\"} 3";
    assert_eq!((code, page.as_str(), said.as_str()), (0, expected, ""));

    redis.cli(&["DEL", "users:bot"]);
    redis.cli(&["SET", "users:bot", "no set"]);
    let sets = json!([{"key": "users:bot", "type": "bot"}, {"key": "users:human", "type": "human"},
                      {"key": "users:other", "type": "human"}, {"key": "secret", "type": "secret"}]);
    let settings = json!({"grants": allowed, "config": {"sets": sets}});
    let (code, page, said) = same_in_all("active-users", &redis, &settings);
    assert_eq!((code, page.contains("user_type=\"human\"} 3"), page.contains("bot")), (0, true, false), "{page}");
    for text in ["SCARD users:bot: WRONGTYPE ", "SCARD secret: SCARD secret is not granted; allow it with grants: "] {
        assert!(said.contains(text), "{said}");
    }

    let wrong = json!({"config": {"sets": [{"key": 1, "type": "human"}], "more": true}});
    let (code, page, said) = same_in_all("active-users", &redis, &wrong);
    assert_eq!((code, page.as_str()), (1, ""));
    assert!(said.contains("/sets/0/key") && said.contains("more"), "{said}");
}

#[test]
fn orders() {
    let redis = Redis::start();
    for number in 0..700 {
        let (status, amount) = (format!("s{}", number % 3), format!("{}.25", number * 2));
        redis.cli(&["HSET", &format!("order:{number}"), "status", &status, "amount", &amount]);
    }
    for (key, fields) in [
        ("order:no-status", &["amount", "7.5"][..]),
        ("order:no-amount", &["status", "s1"]),
        ("order:no-number", &["status", "s1", "amount", "much"]),
        ("order:infinite", &["status", "s1", "amount", "inf"]),
        ("order:odd", &["status", "\u{e4}\"\\", "amount", "-3"]),
        ("other:1", &["status", "none", "amount", "1"]),
    ] {
        redis.cli(&[&["HSET", key], fields].concat());
    }
    redis.cli(&["SET", "order:string", "no hash"]);
    let allowed = grants(&["HMGET"], &["order:*"]);
    let (code, page, said) = same_in_all("orders", &redis, &json!({"grants": allowed}));
    assert_eq!((code, said.as_str()), (0, ""), "{page}");
    for line in [
        "redis_orders{status=\"s0\"} 234",
        "redis_orders{status=\"s1\"} 236",
        "redis_orders{status=\"unknown\"} 1",
        "redis_orders_amount{status=\"unknown\"} 7.5",
        "redis_orders_unreadable 3",
        "redis_order_amount_bucket{le=\"10\"} 7",
        "redis_order_amount_count 702",
    ] {
        assert!(page.lines().any(|of_page| of_page == line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("none"), "{page}");

    let few = json!({"grants": allowed, "config": {"max_statuses": 2, "buckets": [1.5], "pattern": "order:*"}});
    let (_, page, _) = same_in_all("orders", &redis, &few);
    assert!(page.contains("status=\"other\"") && page.contains("le=\"1.5\""), "{page}");

    let wrong = json!({"config": {"buckets": [10, 100, 50, 50]}});
    let (code, _, said) = same_in_all("orders", &redis, &wrong);
    assert_eq!(code, 1);
    assert!(said.contains("/buckets/2: 50 is not larger than 100"), "{said}");
}
