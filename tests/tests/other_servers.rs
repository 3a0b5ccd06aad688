//! Servers that refuse a part of what is asked: each yields what it can, a metric names what it could not, and `redis_up` says
//! whether it answers.

use std::collections::BTreeSet;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::nutcracker::Nutcracker;
use redwasp_tests::page::Page;
use redwasp_tests::server::{Options, Program, Redis};
use redwasp_tests::{fill, told, wait};

/// What is measured of keys, where a proxy stands in front of them.
const KEYS: [&str; 2] = ["--check-single-keys=tags,name,scores,first,second,third", "--check-single-streams=events"];

/// Collectors that ask for more than keys. That there is no such stream is no fault.
const BEHIND_A_PROXY: [&str; 5] = ["business", "commands", "config", "info", "keyspace"];

/// Business metrics over the same keys, and one that no proxy has.
const BUSINESS: &str = "collectors:
  business:
    config:
      metrics:
      - {name: tags, help: How many tags., command: SCARD tags}
      - {name: score, help: Of a., command: ZSCORE scores a}
      - {name: everything, help: How many keys., command: DBSIZE}
";

/// Keys of several types; the servers have names of their own for what is refused.
fn fill(cli: &mut impl FnMut(&[&str])) {
    for line in ["SADD tags a b c", "SET name x", "ZADD scores 7 a", "SET first 1", "SET second 2", "SET third 3"] {
        cli(&line.split(' ').collect::<Vec<_>>());
    }
}

/// Collectors that did not do all that they were asked for.
fn short(page: &Page) -> BTreeSet<String> {
    let of = |name: &str, value: f64| {
        let samples = page.samples_of(name).filter(move |sample| sample.value == value);
        samples.map(|sample| sample.labels["collector"].clone()).collect::<BTreeSet<_>>()
    };
    &of("redwasp_collector_success", 0.0) | &of("redwasp_collector_partial", 1.0)
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn up(page: &Page) -> f64 {
    page.value("redis_up", &[]).expect("the target is on the page")
}

/// What a page says of keys behind a proxy.
fn has_the_keys(page: &Page, daemon: &Daemon) {
    let size = |key: &str| page.value("redis_key_size", &[("db", "db0"), ("key", key)]);
    let sizes = ["tags", "name", "scores"].map(size);
    assert_eq!(sizes, [Some(3.0), Some(1.0), Some(1.0)], "{}", daemon.log());
    let value = |key: &str| page.value("redis_key_value", &[("db", "db0"), ("key", key)]);
    assert_eq!(["first", "second", "third"].map(value), [1.0, 2.0, 3.0].map(Some));
    assert_eq!([page.value("redis_tags", &[]), page.value("redis_score", &[])], [Some(3.0), Some(7.0)]);
    assert_eq!(page.value("redis_everything", &[]), None);
}

/// A daemon in front of a proxy on this port.
fn in_front(url: &str) -> (tempfile::TempDir, Daemon) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("redwasp.yaml");
    std::fs::write(&file, BUSINESS).expect("a file");
    let [address, file] = [format!("--redis.addr={url}"), format!("--config.file={}", file.display())];
    let daemon = Daemon::start(&[&[address.as_str(), file.as_str()], &KEYS[..]].concat());
    (folder, daemon)
}

fn opened(page: &Page) -> f64 {
    page.value("redwasp_connections_opened_total", &[]).expect("the daemon counts connections")
}

#[test]
fn a_proxy_that_closes_the_connection_on_most_commands() {
    for password in [None, Some("a secret of two servers")] {
        let options = || password.map_or(Redis::options(), |password| Redis::options().password(password));
        let servers = [options().start(), options().start()];
        let nutcracker = Nutcracker::start(&[&servers[0], &servers[1]]);
        let mut client = nutcracker.connect().expect("a connection");
        if let Some(password) = password {
            client.command(&["AUTH", password]).expect("an answer");
        }
        fill(&mut |words| assert!(client.command(words).is_ok(), "{words:?}"));
        let filled = servers.each_ref().map(|server| server.cli(&["DBSIZE"]).parse::<u32>().expect("a number"));
        assert!(filled.iter().all(|keys| *keys > 0), "the keys are on one server: {filled:?}");
        servers.iter().for_each(|server| drop(server.cli(&["CONFIG", "RESETSTAT"])));
        let login = password.map(|password| format!(":{}@", password.replace(' ', "%20"))).unwrap_or_default();
        let (_folder, daemon) = in_front(&format!("redis://{login}127.0.0.1:{}", nutcracker.port()));
        let page = daemon.scrape("/metrics");
        assert_eq!(up(&page), 1.0, "{}", daemon.log());
        has_the_keys(&page, &daemon);
        assert_eq!(short(&page), names(&BEHIND_A_PROXY), "{}", daemon.log());
        // It is found out once. Collectors whose calls meet for the first time need one more connection.
        let before = opened(&page);
        for _ in 0..5 {
            let page = daemon.scrape("/metrics");
            has_the_keys(&page, &daemon);
            assert!(up(&page) == 1.0 && opened(&page) < before + 4.0, "{}", daemon.log());
        }
        for server in &servers {
            assert_eq!(server.info_field("total_error_replies"), "0", "{}", daemon.log());
        }
    }
}

#[test]
fn a_proxy_whose_servers_are_gone_and_one_that_is_gone_itself() {
    let mut servers = [Redis::start(), Redis::start()];
    let nutcracker = Nutcracker::start(&[&servers[0], &servers[1]]);
    let mut client = nutcracker.connect().expect("a connection");
    fill(&mut |words| assert!(client.command(words).is_ok(), "{words:?}"));
    let (_folder, daemon) = in_front(&nutcracker.url());
    has_the_keys(&daemon.scrape("/metrics"), &daemon);
    servers.iter_mut().for_each(Redis::stop);
    let page = daemon.scrape("/metrics");
    assert_eq!(up(&page), 1.0, "the proxy answers: {}", daemon.log());
    assert_eq!(page.value("redis_tags", &[]), None);
    assert!(short(&page).is_superset(&names(&["business", "keyspace"])));
    drop(nutcracker);
    let page = daemon.scrape("/metrics");
    assert_eq!(up(&page), 0.0);
    let errors = page.labels_of("redis_exporter_last_scrape_error");
    assert!(errors[0]["err"].contains("refused") || errors[0]["err"].contains("closed"), "{errors:?}");
}

/// As Codis does it, whose proxy is in no package.
fn answers_with_errors() -> Options {
    let hidden = ["HELLO", "INFO", "CONFIG", "CLIENT", "SLOWLOG", "LATENCY", "DBSIZE", "SCAN", "MEMORY", "CLUSTER"];
    Redis::options().args(hidden.iter().flat_map(|name| ["--rename-command", *name, ""]))
}

#[test]
fn a_proxy_that_answers_most_commands_with_errors() {
    let redis = answers_with_errors().start();
    fill(&mut |words| drop(redis.cli(words)));
    let (_folder, daemon) = in_front(&redis.url());
    let page = daemon.scrape("/metrics");
    assert_eq!(up(&page), 1.0, "{}", daemon.log());
    has_the_keys(&page, &daemon);
    assert_eq!(short(&page), names(&BEHIND_A_PROXY), "{}", daemon.log());
}

#[test]
fn a_server_that_hides_info_is_down_as_with_redis_exporter() {
    let redis = Redis::options().args(["--rename-command", "INFO", ""]).start();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url())]);
    let page = daemon.scrape("/metrics");
    assert_eq!(up(&page), 0.0);
    assert!(page.labels_of("redis_exporter_last_scrape_error")[0]["err"].contains("unknown command"));
}

#[test]
fn a_server_without_config_or_with_another_name_for_it() {
    // Valkey has settings of its command log.
    for (program, without) in [(Program::Redis, &["config"][..]), (Program::Valkey91, &["commands", "config"])] {
        let disabled = Redis::options().program(program).args(["--rename-command", "CONFIG", ""]).start();
        let renamed = Redis::options().program(program).args(["--rename-command", "CONFIG", "geheim"]).start();
        let right = ["--config-command=geheim"];
        for (redis, flags, missing) in
            [(&disabled, &[][..], without), (&renamed, &[], without), (&renamed, &right, &[])]
        {
            let address = format!("--redis.addr={}", redis.url());
            let flags = [&[address.as_str(), "--include-config-metrics"], flags].concat();
            let daemon = Daemon::start(&flags);
            for _ in 0..2 {
                let page = daemon.scrape("/metrics");
                assert_eq!((up(&page), short(&page)), (1.0, names(missing)), "{}", daemon.log());
                let maximum = page.value("redis_config_maxclients", &[]);
                assert_eq!(maximum.is_some(), missing.is_empty(), "{flags:?}");
                assert!(page.value("redis_connected_clients", &[]).is_some());
                assert_eq!(
                    page.value("redis_db_keys", &[("db", "db15")]),
                    Some(0.0),
                    "16 unless the server says otherwise"
                );
            }
        }
    }
}

#[test]
fn a_user_who_may_neither_see_the_slow_log_nor_clients() {
    for program in [Program::Redis, Program::Valkey91] {
        let redis = Redis::options().program(program).start();
        redis.user("exporter", "secret", &["+@all", "~*", "-slowlog", "-client"]);
        let address = format!("--redis.addr=redis://exporter:secret@127.0.0.1:{}", redis.port());
        let daemon = Daemon::start(&[&address, "--export-client-list"]);
        let page = daemon.scrape("/metrics");
        assert_eq!((up(&page), short(&page)), (1.0, names(&["clients", "commands"])), "{}", daemon.log());
        assert_eq!(page.value("redis_slowlog_length", &[]), None);
        assert!(page.value("redis_commands_total", &[("cmd", "info")]).is_some(), "that of INFO");
        assert!(page.family("redis_connected_client_info").is_none());
        ["SLOWLOG", "CLIENT LIST"].iter().for_each(|denied| drop(daemon.wait_for_log(denied)));
    }
}

#[test]
fn a_replica_that_still_loads() {
    for program in [Program::Redis, Program::Redis80, Program::Valkey91] {
        let options = Redis::options().program(program).loads_slowly();
        let primary = options.clone().start();
        fill::bulk(&mut primary.connect().expect("a connection"));
        primary.cli(&["SADD", "tags", "a", "b", "c"]);
        let replica = options.replica_of(&primary).start_loading();
        let address = format!("--redis.addr={}", replica.url());
        let daemon = Daemon::start(&[&address, "--check-single-keys=tags"]);
        let page = daemon.scrape("/metrics");
        assert_eq!((up(&page), page.value("redis_loading_dump_file", &[])), (1.0, Some(1.0)), "{}", daemon.log());
        assert!(page.value("redis_memory_used_bytes", &[]).is_some());
        assert_eq!(page.value("redis_key_size", &[("db", "db0"), ("key", "tags")]), None);
        assert_eq!(short(&page), names(&["keyspace"]), "{}", daemon.log());
        replica.finish_loading();
        let size = wait::until("the key to be read", wait::PATIENCE, || {
            daemon.scrape("/metrics").value("redis_key_size", &[("db", "db0"), ("key", "tags")])
        });
        assert_eq!(size, 3.0);
        let page = daemon.scrape("/metrics");
        assert_eq!((page.value("redis_loading_dump_file", &[]), short(&page)), (Some(0.0), names(&[])));
        assert!(told::succeeded(&page, "keyspace"));
    }
}
