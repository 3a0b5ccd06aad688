//! Metrics by configuration on real servers: what comes out is what the server says, and nothing on it fails.

use std::fs;

use redwasp_tests::daemon::{self, Daemon, Finished};
use redwasp_tests::page::Page;
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::{told, tools, wait};
use tempfile::TempDir;

/// A file in a folder of its own, and the flag that names it.
fn written(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, text).unwrap();
    let flag = format!("--config.file={}", path.display());
    (folder, flag)
}

/// The metrics of a list of entries, as the file has them.
fn file(entries: &str) -> String {
    let lines = entries.lines().map(|line| format!("        {line}\n"));
    format!("collectors:\n  business:\n    config:\n      metrics:\n{}", lines.collect::<String>())
}

/// A daemon that walks within each scrape.
fn watching(redis: &Redis, flag: &str, more: &[&str]) -> Daemon {
    let target = format!("--redis.addr={}", redis.url());
    Daemon::start(&[&[target.as_str(), flag, "--sweep.with-scrape=1000000"], more].concat())
}

/// A page on which the collector and the others are well.
fn scraped(daemon: &Daemon) -> Page {
    let page = daemon.scrape("/metrics");
    told::others_are_well(&page);
    assert!(told::succeeded(&page, "business"), "{}", daemon.log());
    page
}

/// The blocks of the collector's README that begin with this line.
fn blocks(fence: &str) -> Vec<String> {
    let readme = fs::read_to_string(tools::repository().join("plugins/business/README.md")).unwrap();
    let (mut blocks, mut block) = (Vec::new(), None::<String>);
    let mut is_other = false;
    for line in readme.lines() {
        match &mut block {
            Some(text) if line == "```" => {
                blocks.push(std::mem::take(text));
                block = None;
            }
            Some(text) => *text += &format!("{line}\n"),
            None if is_other => is_other = line != "```",
            None if line == fence => block = Some(String::new()),
            None => is_other = line.starts_with("```"),
        }
    }
    blocks
}

fn users(redis: &Redis) {
    let script = "for n = 1, ARGV[1] do redis.call('SADD', KEYS[1], n) end return redis.call('SCARD', KEYS[1])";
    for (key, count) in [("users:standard", "8547"), ("users:premium", "1245")] {
        assert_eq!(redis.cli(&["EVAL", script, "1", key, count]), count);
    }
}

#[test]
fn the_first_example_comes_out_as_it_is_written() {
    let redis = Redis::start();
    users(&redis);
    let (_folder, flag) = written(&blocks("```yaml")[0]);
    let daemon = watching(&redis, &flag, &[]);
    let text = daemon.get("/metrics").text();
    let ours: Vec<&str> = text.lines().filter(|line| line.starts_with("redis_active_users")).collect();
    assert_eq!(ours.join("\n") + "\n", blocks("```")[0]);
    assert_eq!(
        ours,
        ["redis_active_users{user_type=\"standard\"} 8547", "redis_active_users{user_type=\"premium\"} 1245"]
    );
    assert!(
        text.contains("# HELP redis_active_users Users that were active today.\n# TYPE redis_active_users gauge\n")
    );
}

#[test]
fn it_tells_what_a_script_of_redis_exporter_told() {
    let redis = Redis::start();
    users(&redis);
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("users.lua");
    let lua = "return {'standard', tostring(redis.call('SCARD', 'users:standard')), \
               'premium', tostring(redis.call('SCARD', 'users:premium'))}";
    fs::write(&script, lua).unwrap();
    let target = format!("--redis.addr={}", redis.url());
    let single = "--check-single-keys=db0=users:standard,db0=users:premium";
    let args = [target.as_str(), single, &format!("--script={}", script.display())];
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &args, &[]).scrape("/metrics");
    let (_file, flag) = written(&blocks("```yaml")[0]);
    let ours = scraped(&watching(&redis, &flag, &[]));
    for kind in ["standard", "premium"] {
        let value = ours.value("redis_active_users", &[("user_type", kind)]);
        let mut of_script = theirs.samples_of("redis_script_values").filter(|sample| sample.labels["key"] == kind);
        assert_eq!(of_script.next().map(|sample| sample.value), value, "{kind}");
        assert_eq!(
            theirs.value("redis_key_size", &[("db", "db0"), ("key", &format!("users:{kind}"))]),
            value,
            "{kind}"
        );
    }
}

#[test]
fn every_example_of_the_readme_is_right() {
    let blocks = blocks("```yaml");
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        let text = if block.starts_with('-') { file(&block) } else { block };
        let (_folder, flag) = written(&text);
        let Finished { code, stderr, .. } = daemon::run(&["check-config", &flag], &[]);
        assert_eq!(code, 0, "{stderr}");
    }
}

/// A key of every type, some orders, and what is odd among them.
const DATA: &str = r#"
    SET note 17.25
    SET text words
    SET settings {"limits":[10,{"max":30}],"on":true}
    HSET {my}cart total 12.5 items 3
    RPUSH queue:a 4 5 6
    RPUSH queue:b 7
    SADD tags a b c d
    ZADD board 17.5 ada 9 bob
    XADD jobs 1-1 a 1
    XADD jobs 2-1 amount 5
    XGROUP CREATE jobs workers 0
    XREADGROUP GROUP workers me COUNT 1 STREAMS jobs >
    PFADD visitors a b c d e
    SETBIT bits 3 1
    GEOADD places 13.361389 38.115556 a 15.087269 37.502669 b
    HSET order:eu:1 amount 10 status open
    HSET order:eu:2 amount 2.5 status done
    HSET order:us:3 amount 30 status open
    HSET order:us:4 amount none status open
    HSET order:us:5 status done
    HSET order:us:6:items amount 1000
    SET order:us:7 1000
    SET session:1 {"pages":[1,2]}
    SET session:2 {"pages":[1,2,3,4]}
    EXPIRE session:1 1000
    ZADD board:1 3 ada
    ZADD board:2 4 ada 5 bob
    ZADD board:3 5 bob
"#;

fn fill(redis: &Redis) {
    for line in DATA.lines().map(str::trim).filter(|line| !line.is_empty()) {
        redis.cli(&line.split(' ').collect::<Vec<_>>());
    }
    redis
        .connect()
        .and_then(|mut third| third.command(&["SELECT", "3"]).and_then(|_| third.command(&["SET", "a", "9"])))
        .unwrap();
}

/// An entry for every command that can be asked of any server here, with its path and what the server says.
const SINGLE: &[(&str, &str, f64)] = &[
    ("EXISTS note text nothing", "", 2.0),
    ("TTL note", "", -1.0),
    ("PTTL nothing", "", -2.0),
    ("GET note", "", 17.25),
    ("GETRANGE note 0 1", "", 17.0),
    ("STRLEN text", "", 5.0),
    ("GETBIT bits 3", "", 1.0),
    ("BITCOUNT bits", "", 1.0),
    ("PFCOUNT visitors", "", 5.0),
    ("GET settings", "$.limits[1].max", 30.0),
    ("GET settings", "limits.length()", 2.0),
    ("GET settings", "on", 1.0),
    ("HGET {my}cart total", "", 12.5),
    ("HMGET {my}cart total items", "[1]", 3.0),
    ("HLEN {my}cart", "", 2.0),
    ("HEXISTS {my}cart total", "", 1.0),
    ("HSTRLEN {my}cart total", "", 4.0),
    ("LLEN queue:a", "", 3.0),
    ("LINDEX queue:a -1", "", 6.0),
    ("LRANGE queue:a 0 9", "[1]", 5.0),
    ("LRANGE queue:a 0 9", "length()", 3.0),
    ("SCARD tags", "", 4.0),
    ("SISMEMBER tags a", "", 1.0),
    ("SMISMEMBER tags x a", "[1]", 1.0),
    ("ZCARD board", "", 2.0),
    ("ZCOUNT board 9 10", "", 1.0),
    ("ZLEXCOUNT board - +", "", 2.0),
    ("ZSCORE board ada", "", 17.5),
    ("ZMSCORE board bob ada", "[0]", 9.0),
    ("ZRANK board ada", "", 1.0),
    ("ZREVRANK board ada", "", 0.0),
    ("ZRANGE board 0 9 WITHSCORES", "ada", 17.5),
    ("ZREVRANGE board 0 0 WITHSCORES", "[0][1]", 17.5),
    ("GEODIST places a b km", "", 166.2742),
    ("XLEN jobs", "", 2.0),
    ("XINFO STREAM jobs", "length", 2.0),
    ("XINFO GROUPS jobs", "[0].pending", 1.0),
    ("XPENDING jobs workers", "[0]", 1.0),
    ("XRANGE jobs - + COUNT 1", "[0][1].a", 1.0),
    ("XREVRANGE jobs + - COUNT 1", "[0][1].amount", 5.0),
    ("DBSIZE", "", 24.0),
    ("PUBSUB NUMSUB nobody", "nobody", 0.0),
    ("PUBSUB NUMPAT", "", 0.0),
];

#[test]
fn every_command_tells_what_the_server_says() {
    for program in Program::ALL {
        let redis = Redis::options().program(program).start();
        fill(&redis);
        let entry = |(place, (command, path, _)): (usize, &(&str, &str, f64))| {
            let path = if path.is_empty() { String::new() } else { format!("  path: '{path}'\n") };
            format!("- name: m{place}\n  command: '{command}'\n{path}")
        };
        let entries: String = SINGLE.iter().enumerate().map(entry).collect();
        let memory = "- {name: memory, command: MEMORY USAGE note}\n- {name: nothing, command: GET nothing}\n\
                      - {name: default, command: GET nothing, default: 3}\n- {name: third, command: [GET, a], database: 3}\n";
        let (_folder, flag) = written(&file(&(entries + memory)));
        let daemon = watching(&redis, &flag, &[]);
        let page = scraped(&daemon);
        for (place, (command, path, value)) in SINGLE.iter().enumerate() {
            let found = page.value(&format!("redis_m{place}"), &[]);
            assert_eq!(found, Some(*value), "{program:?}: {command} {path}; {}", daemon.log());
        }
        let value = |name| page.value(name, &[]);
        assert_eq!(value("redis_memory"), redis.cli(&["MEMORY", "USAGE", "note"]).parse().ok());
        assert_eq!(
            [value("redis_nothing"), value("redis_default"), value("redis_third")],
            [None, Some(3.0), Some(9.0)]
        );
        assert_eq!(redis.info_field("total_error_replies"), "0", "{program:?}");
    }
}

const KEYS: &str = "
- {name: orders, keys: 'order:{region}:{id}', by: [region]}
- {name: orders_hashes, keys: 'order:{region}:{id}', types: [hash], by: [region]}
- {name: amount, keys: 'order:{region}:{id}', value: {field: amount}, aggregate: sum, by: [{field: status, label: state}, region]}
- {name: amount_min, keys: 'order:{region}:{id}', value: {field: amount}, aggregate: min}
- {name: amount_max, keys: 'order:*', value: {field: amount}, aggregate: max}
- {name: amount_or_zero, keys: 'order:{region}:{id}', value: {field: amount}, aggregate: min, default: 0}
- {name: spread, keys: 'order:{region}:{id}', value: {field: amount}, aggregate: histogram, buckets: [5, 20], by: [region]}
- {name: length, keys: 'queue:{queue}', value: length, aggregate: sum, by: [queue], labels: {team: x}}
- {name: longest, keys: '*', value: length, aggregate: max}
- {name: pages, keys: 'session:*', value: string, path: pages.length(), aggregate: sum}
- {name: score, keys: 'board:*', value: {score: ada}, aggregate: sum}
- {name: ttl, keys: 'session:*', value: ttl, aggregate: max}
- {name: bytes, keys: 'session:*', value: memory, aggregate: sum}
- {name: overflowing, keys: '{kind}:*', by: [kind], groups: 1}
- {name: of_third, keys: '*', database: 3}
";

#[test]
fn walks_over_keys_tell_what_the_server_says() {
    for program in Program::ALL {
        let redis = Redis::options().program(program).start();
        fill(&redis);
        let (_folder, flag) = written(&file(KEYS.trim()));
        let daemon = watching(&redis, &flag, &[]);
        let page = scraped(&daemon);
        let of = |name: &str, labels: &[(&str, &str)]| page.value(&format!("redis_{name}"), labels);
        let regions = |name: &str| ["eu", "us"].map(|region| of(name, &[("region", region)]));
        // A key with one part more is none of them; a string is, unless hashes are wanted.
        assert_eq!(regions("orders"), [Some(2.0), Some(4.0)]);
        assert_eq!(regions("orders_hashes"), [Some(2.0), Some(3.0)]);
        let amount = |state, region| of("amount", &[("state", state), ("region", region)]);
        assert_eq!([amount("open", "eu"), amount("done", "eu"), amount("open", "us")], [10.0, 2.5, 30.0].map(Some));
        assert_eq!(amount("done", "us"), None, "it has no amount");
        assert_eq!(
            [of("amount_min", &[]), of("amount_max", &[]), of("amount_or_zero", &[])],
            [2.5, 1000.0, 0.0].map(Some)
        );
        assert_eq!(
            ["missing", "number"]
                .map(|reason| of("business_skipped_keys", &[("metric", "amount"), ("reason", reason)])),
            [Some(1.0); 2]
        );
        let below = |region, le| of("spread_bucket", &[("region", region), ("le", le)]);
        assert_eq!([below("eu", "5"), below("eu", "20"), below("eu", "+Inf")], [1.0, 2.0, 2.0].map(Some));
        assert_eq!(
            [below("us", "20"), below("us", "+Inf"), of("spread_sum", &[("region", "us")])],
            [0.0, 1.0, 30.0].map(Some)
        );
        assert_eq!(page.family("redis_spread").and_then(|family| family.kind.as_deref()), Some("histogram"));
        assert_eq!(["a", "b"].map(|queue| of("length", &[("queue", queue), ("team", "x")])), [Some(3.0), Some(1.0)]);
        let longest = ["visitors", "settings"].map(|key| redis.cli(&["STRLEN", key]).parse::<f64>().unwrap());
        let longest = longest[0].max(longest[1]);
        assert_eq!([of("longest", &[]), of("pages", &[]), of("score", &[])], [longest, 6.0, 7.0].map(Some));
        assert!(of("ttl", &[]).is_some_and(|ttl| (900.0..=1000.0).contains(&ttl)));
        let usage = |key| redis.cli(&["MEMORY", "USAGE", key]).parse::<f64>().unwrap();
        assert_eq!(of("bytes", &[]), Some(usage("session:1") + usage("session:2")));
        let kinds: f64 = page.samples_of("redis_overflowing").map(|sample| sample.value).sum();
        assert_eq!((page.samples_of("redis_overflowing").count(), kinds), (2, 14.0));
        assert!(page.samples_of("redis_overflowing").any(|sample| sample.labels["kind"] == "overflow"));
        assert_eq!(of("of_third", &[]), Some(1.0));
        assert_eq!(told::of(&page, "business", "partial"), 0.0);
        assert_eq!(redis.info_field("total_error_replies"), "0", "{program:?}");
    }
}

#[test]
fn a_bad_entry_costs_itself_and_is_told_with_its_place() {
    let redis = Redis::start();
    fill(&redis);
    let entries = "- {name: good, command: SCARD tags}
- {name: bad-name, command: SCARD tags}
- name: worse
  command: SMEMBERS tags
- {name: good, keys: 'order:*', labels: {x: y}}
- {name: fine, keys: 'queue:*'}
- {name: spread, keys: 'x:*', value: ttl, aggregate: histogram}
- {name: elsewhere, command: GET a, database: 99}";
    let (_folder, flag) = written(&file(entries));
    let daemon = watching(&redis, &flag, &[]);
    let page = scraped(&daemon);
    assert_eq!([page.value("redis_good", &[]), page.value("redis_fine", &[])], [Some(4.0), Some(2.0)]);
    let places = [
        "redwasp.yaml:6:12: /metrics/1/name: \"bad-name\" is no name of a metric",
        "redwasp.yaml:8:11: /metrics/2/command: SMEMBERS is none of the reads",
        "/metrics/3/labels: good has other labels at /metrics/0",
        "/metrics/5/keys: a histogram needs `buckets`",
        "/metrics/6/database: the server has databases from 0 to 15",
    ];
    let (landing, json, log) = (daemon.get("/").text(), daemon.get("/plugins").text(), daemon.log());
    let landing = landing.replace("&quot;", "\"");
    for place in places {
        assert!(landing.contains(place), "{place}: {landing}");
        assert!(json.contains(&place.replace('"', "\\\"")), "{place}: {json}");
        assert_eq!(log.replace("\\\"", "\"").matches(place).count(), 1, "{place}: {log}");
    }
    let Finished { code, stdout, stderr } = daemon::run(&["check-config", &flag], &[]);
    assert_eq!(code, 1, "{stdout}");
    let [of_entries @ .., of_the_server] = places;
    assert!(of_entries.iter().all(|place| stderr.contains(place)), "{stderr}");
    assert!(!stderr.contains(of_the_server), "no server is asked: {stderr}");
    assert!(stdout.contains("4 problems, told below"), "{stdout}");
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn a_name_that_another_collector_has_costs_that_entry_alone() {
    let redis = Redis::start();
    fill(&redis);
    let entries = "- {name: memory_used_bytes, type: counter, command: DBSIZE}
- {name: connected_clients, keys: '*', labels: {x: y}}
- {name: good, command: SCARD tags}";
    let (_folder, flag) = written(&file(entries));
    let daemon = watching(&redis, &flag, &[]);
    let page = scraped(&daemon);
    assert_eq!(page.value("redis_good", &[]), Some(4.0));
    assert!(page.value("redis_memory_used_bytes", &[]).is_some_and(|bytes| bytes > 24.0), "that of INFO");
    assert!(page.value("redis_connected_clients", &[]).is_some(), "that of INFO");
    assert!(
        daemon.log().contains("redis_memory_used_bytes is declared by another collector with another type"),
        "{}",
        daemon.log()
    );
}

#[test]
fn keys_of_a_large_server_are_walked_beside_scrapes() {
    let redis = Redis::start();
    let script = "for n = 1, 20000 do redis.call('HSET', 'order:' .. n % 3 .. ':' .. n, 'amount', n) end return 1";
    redis.cli(&["EVAL", script, "0"]);
    let entries = "- {name: orders, keys: 'order:{region}:{id}', by: [region]}
- {name: amount, keys: 'order:*', value: {field: amount}, aggregate: sum}";
    let (_folder, flag) = written(&file(entries));
    let daemon = watching(&redis, &flag, &["--sweep.with-scrape=0"]);
    let page = wait::until("a walk to end", wait::PATIENCE, || {
        Some(scraped(&daemon)).filter(|page| page.value("redis_amount", &[]).is_some())
    });
    assert_eq!(page.value("redis_amount", &[]), Some(200_010_000.0));
    let regions = ["0", "1", "2"].map(|region| page.value("redis_orders", &[("region", region)]));
    assert_eq!(regions, [6666.0, 6667.0, 6667.0].map(Some));
    assert_eq!(redis.info_field("total_error_replies"), "0");
}

#[test]
fn what_a_user_may_not_is_told_once_and_costs_itself() {
    let redis = Redis::start();
    fill(&redis);
    redis.cli(&["ACL", "SETUSER", "watcher", "on", ">secret", "~*", "+@all", "-hget", "-@dangerous", "+info"]);
    let entries = "- {name: total, command: [HGET, '{my}cart', total]}\n- {name: tags, command: SCARD tags}";
    let (_folder, flag) = written(&file(entries));
    let daemon = watching(&redis, &flag, &["--redis.user=watcher", "--redis.password=secret"]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!((page.value("redis_total", &[]), page.value("redis_tags", &[])), (None, Some(4.0)));
        assert_eq!(told::of(&page, "business", "partial"), 1.0);
    }
    assert_eq!(daemon.log().matches("total is left out, for HGET {my}cart total tells no number: NOPERM").count(), 1);
}

#[test]
fn without_a_configuration_nothing_is_asked_for_it() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let daemon = Daemon::start(&[&format!("--redis.addr=redis://127.0.0.1:{}", proxy.port())]);
    for _ in 0..2 {
        let page = scraped(&daemon);
        assert_eq!(page.value("redwasp_connections_opened_total", &[]), Some(1.0));
        assert!(!page.names().iter().any(|name| name.starts_with("redis_business")), "{:?}", page.names());
    }
    assert!(proxy.commands().iter().all(|command| command[0] != "SCAN" && command[0] != "DBSIZE"));
}
