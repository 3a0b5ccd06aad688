//! What stands between servers and exporters, or between servers, through redis_exporter too: clusters, replicas,
//! sentinels, TLS, files of passwords. Whole pages of the same live servers.

use std::fs;

use redwasp_tests::canary;
use redwasp_tests::cluster::Cluster;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::exporter::Exporter;
use redwasp_tests::page::Page;
use redwasp_tests::parity::{self, Difference};
use redwasp_tests::sentinel::Sentinel;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::tls::{Authority, Clients, Tls, Validity};
use redwasp_tests::{fill, tools, wait};

/// On a busy machine the first look at a server may be slow enough for its slow log.
const NEVER_SLOW: [&str; 2] = ["--slowlog-log-slower-than", "10000000"];

/// Both programs, with the same flags.
struct Both {
    ours: Daemon,
    theirs: Daemon,
}

impl Both {
    fn start(flags: &[&str]) -> Both {
        let theirs = Daemon::start_program(&tools::tool("redis_exporter"), flags, &[]);
        Both { ours: Daemon::start(flags), theirs }
    }

    fn of(url: &str) -> Both {
        Both::start(&[&format!("--redis.addr={url}")])
    }

    /// Our page, when theirs says the same but for differences that are known: both do as soon as nothing but what moves
    /// changes between them.
    fn same_but(&self, path: &str, is_known: fn(&Difference) -> bool) -> Page {
        let mut last = String::new();
        let same = wait::within(wait::PATIENCE, || {
            let (ours, theirs) = (self.ours.scrape(path), self.theirs.scrape(path));
            assert_eq!(ours.value("redis_up", &[]), theirs.value("redis_up", &[]), "{path}");
            let mut differences = Exporter::here().live_differences(&ours, &theirs);
            differences.retain(|difference| !is_known(difference));
            last = parity::listed(&differences);
            differences.is_empty().then_some(ours)
        });
        same.unwrap_or_else(|| panic!("the pages of {path} differ:\n{last}"))
    }

    /// The page of a server that is up: both have all that is there of it.
    fn same(&self, path: &str) -> Page {
        let page = self.same_but(path, |_| false);
        is_whole(&page);
        page
    }

    /// Neither is let in.
    fn down(&self, path: &str) {
        let page = self.same_but(path, |_| false);
        assert_eq!(page.value("redis_up", &[]), Some(0.0), "{path}");
        assert_eq!(page.family("redis_instance_info"), None, "{path}");
    }
}

fn is_whole(page: &Page) {
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    for name in ["redis_instance_info", "redis_commands_total", "redis_config_maxclients", "redis_slowlog_length"] {
        assert!(page.family(name).is_some(), "{name}");
    }
    assert!(page.names().len() > 150, "{} families", page.names().len());
}

fn role(page: &Page) -> &str {
    &page.labels_of("redis_instance_info")[0]["role"]
}

#[test]
fn a_replica_and_its_primary() {
    for program in Program::ALL {
        let primary = Redis::options().program(program).args(NEVER_SLOW).start();
        let replica = Redis::options().program(program).args(NEVER_SLOW).replica_of(&primary).start();
        fill::fill(&mut primary.connect().unwrap());
        wait::until("the replica has all", wait::PATIENCE, || {
            let offset = |name: &str, redis: &Redis| redis.info_field(name);
            (offset("master_repl_offset", &primary) == offset("slave_repl_offset", &replica)).then_some(())
        });
        for (redis, expected) in [(&primary, "master"), (&replica, "slave")] {
            let page = Both::of(&redis.url()).same("/metrics");
            assert_eq!((role(&page), page.value("redis_db_keys", &[("db", "db11")])), (expected, Some(11.0)));
        }
    }
}

fn nodes_of_a_cluster(program: Program) {
    let cluster = Cluster::options().program(program).args(NEVER_SLOW).start();
    (0..30).for_each(|number| {
        let key = format!("key:{number}");
        cluster.nodes()[cluster.node_of_key(&key)].cli(&["SET", &key, "value"]);
    });
    let replica = cluster.replicas_of(0)[0];
    for (node, expected) in [(0, "master"), (replica, "slave")] {
        let node = &cluster.nodes()[node];
        let page = Both::of(&node.url()).same("/metrics");
        assert_eq!((role(&page), page.value("redis_cluster_known_nodes", &[])), (expected, Some(6.0)));
        let keys: f64 = node.cli(&["DBSIZE"]).parse().unwrap();
        assert!(keys > 0.0 && page.value("redis_db_keys", &[("db", "db0")]) == Some(keys));
    }
}

#[test]
fn nodes_of_a_cluster_of_redis() {
    nodes_of_a_cluster(Program::Redis);
}

#[test]
fn nodes_of_a_cluster_of_valkey() {
    nodes_of_a_cluster(Program::Valkey91);
}

/// What redis_exporter asks a sentinel in vain is counted there. Sentinels change their frequency all the time, so that
/// they do not vote all at once.
fn moves_on_sentinels(difference: &Difference) -> bool {
    ["redis_errors_total", "redis_hz", "redis_total_error_replies"].contains(&difference.name.as_str())
}

#[test]
fn a_sentinel() {
    for program in Program::ALL {
        let primary = Redis::options().program(program).start();
        let _replica = Redis::options().program(program).replica_of(&primary).start();
        let sentinel = Sentinel::start(program, &[("orders", &primary)], 1);
        wait::until("the sentinel knows the replica", wait::PATIENCE, || {
            sentinel.cli(&["INFO", "SENTINEL"]).contains("slaves=1,").then_some(())
        });
        let page = Both::of(&sentinel.url()).same_but("/metrics", moves_on_sentinels);
        assert_eq!(page.value("redis_sentinel_masters", &[]), Some(1.0));
        assert_eq!(page.labels_of("redis_sentinel_master_ok_slaves").len(), 1);
    }
}

#[test]
fn a_server_that_wants_certificates() {
    let authority = Authority::new();
    let tls = Tls::of(&authority).clients(Clients::Required);
    let redis = Redis::options().tls(tls).args(NEVER_SLOW).start();
    fill::fill(&mut redis.connect().unwrap());
    let client = authority.client("watcher", Validity::Now);
    let address = format!("--redis.addr={}", redis.url());
    let certificate = format!("--tls-client-cert-file={}", client.path().display());
    let key = format!("--tls-client-key-file={}", client.key().display());
    let ca = format!("--tls-ca-cert-file={}", authority.path().display());
    let target = format!("/scrape?target={}", redis.url());
    for check in [&ca, "--skip-tls-verification"] {
        let both = Both::start(&[&address, &certificate, &key, check]);
        both.same("/metrics");
        both.same(&target);
    }
    let stranger = Authority::new();
    let believed = format!("--tls-ca-cert-file={}", stranger.path().display());
    for flags in
        [&[&*address, &ca][..], &[&address, "--skip-tls-verification"], &[&address, &certificate, &key, &believed]]
    {
        Both::start(flags).down("/metrics");
    }
}

#[test]
fn passwords_of_a_file() {
    let passwords = ["first", "second", "third", "user"].map(canary::password);
    let [first, second, third] = [0, 1, 2].map(|server: usize| {
        let redis = Redis::options().password(&passwords[server]).args(NEVER_SLOW).start();
        fill::fill(&mut redis.connect().unwrap());
        redis
    });
    second.user("watcher", &passwords[3], &["+@all", "~*", "&*"]);
    let (of_first, of_user) = (first.url(), second.url().replace("redis://", "redis://watcher@"));
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = serde_json::json!({&of_first: passwords[0], &of_user: passwords[3], third.url(): passwords[0]});
    fs::write(file.path(), text.to_string()).unwrap();
    let flag = format!("--redis.password-file={}", file.path().display());
    let start = |address: &str, more: &[&str]| {
        let address = format!("--redis.addr={address}");
        Both::start(&[&[flag.as_str(), &address], more].concat())
    };
    start(&of_first, &[]).same("/metrics");
    start(&second.url(), &["--redis.user=watcher"]).same("/metrics");
    start(&of_first, &["--redis.user=watcher"]).down("/metrics");
    start(&second.url(), &[]).down("/metrics");
    start(&third.url(), &[]).down("/metrics");

    let both = start("", &[]);
    for target in [&of_first, &of_user] {
        both.same(&format!("/scrape?target={target}"));
    }
    let of_nobody = first.url().replace("redis://", "redis://nobody@");
    for target in [&second.url(), &third.url(), &of_nobody] {
        both.down(&format!("/scrape?target={target}"));
    }
}
