//! The servers that rows are about, each started once, and what the rows' texts stand for.

use std::fs;

use redwasp_tests::captures::Capture;
use redwasp_tests::replay::Replay;
use redwasp_tests::sentinel::Sentinel;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::{tools, wait};
use tempfile::TempDir;

/// Whom a case is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Given {
    /// Nobody: the flags say what is watched.
    Nobody,
    Redis,
    Redis62,
    Redis80,
    Valkey91,
    /// With the password "secret", which the flags have to bring.
    Password,
    /// With an ACL user "exporter", password "secret", who may do little.
    Acl,
    Replica,
    /// A node of a cluster that has no slots.
    ClusterNode,
    /// The primary of a whole cluster.
    ClusterPrimary,
    /// Its replica.
    ClusterReplica,
    /// With [`KEYS`] in the databases 11, 12 and 14.
    Keys,
    /// One command took a fifth of a second.
    Slow,
    /// The same, but the server was told to forget it.
    Forgot,
    /// A Valkey 9.1 with the modules of Redis Stack and an empty search index.
    Modules,
    /// Watches a Redis as `orders`.
    Sentinel,
    /// The text of INFO in this folder of the test data.
    Text(&'static str),
}

/// Those that nobody but a daemon could have caused to answer with an error.
pub(crate) const WITHOUT_ERRORS: [Given; 8] = [
    Given::Redis80,
    Given::Valkey91,
    Given::Replica,
    Given::ClusterNode,
    Given::ClusterPrimary,
    Given::Keys,
    Given::Slow,
    Given::Modules,
];

/// Sixteen keys, five of which expire.
const KEYS: &str = "
    SET key_john_1 1234.56
    SET key_paul_1 1234.56
    SET key_ringo_1 1234.56
    SET key_george_1 1234.56
    SETEX key_exp_a_1 600 1234.56
    SETEX key_exp_b_1 600 1234.56
    SETEX key_exp_c_1 600 1234.56
    SETEX key_exp_d_1 600 1234.56
    SETEX key_exp_e_1 600 1234.56
    RPUSH test_beatles_list john paul george ringo
    PFADD test-hll a b c
    SADD test-set a b
    SET key_string_1 this-is-a-string
    ZADD test-zset 1 a 2 b
    HSET test-hash a 1 b 2 c 3 d 4
    XADD test-stream 1638006862416-0 a 1
    XADD test-stream 1638006862417-2 b 2
    XGROUP CREATE test-stream first 0
    XGROUP CREATE test-stream second 0
    XREADGROUP GROUP first anna COUNT 1 STREAMS test-stream >
    XREADGROUP GROUP second bert COUNT 2 STREAMS test-stream >
";

/// Files of `{scripts}`.
const SCRIPTS: [(&str, &str); 5] = [
    ("pairs.lua", "return {\"a\", \"11\", \"b\", \"12\"}"),
    ("empty.lua", "return {}"),
    ("word.lua", "return {\"key1\", \"abc\"}"),
    ("broken.lua", "return {"),
    ("writes.lua", "redis.call('SET', 'written', '1') return {\"a\", \"1\"}"),
];

pub(crate) struct Servers {
    redis: Redis,
    redis62: Redis,
    redis80: Redis,
    valkey91: Redis,
    password: Redis,
    acl: Redis,
    replica: Redis,
    cluster_node: Redis,
    cluster: [Redis; 2],
    keys: Redis,
    slow: Redis,
    forgot: Redis,
    modules: Redis,
    watched: Redis,
    sentinel: Sentinel,
    scripts: TempDir,
}

impl Servers {
    pub(crate) fn start() -> Servers {
        let redis = Redis::start();
        let redis62 = of(Program::Redis62);
        for server in [&redis, &redis62] {
            server.cli(&["SET", "key", "value"]);
            assert!(server.try_cli(&["INCR", "key"]).is_err());
            assert!(server.try_cli(&["GET"]).is_err());
        }
        let forgot = slow();
        forgot.cli(&["LATENCY", "RESET"]);
        forgot.cli(&["SLOWLOG", "RESET"]);
        let watched = Redis::start();
        Servers {
            replica: Redis::options().replica_of(&redis).start(),
            sentinel: Sentinel::start(Program::Redis, &[("orders", &watched)], 1),
            watched,
            redis,
            redis62,
            redis80: of(Program::Redis80),
            valkey91: valkey(),
            password: Redis::options().password("secret").start(),
            acl: acl(),
            cluster_node: cluster_node(),
            cluster: cluster(),
            keys: keys(),
            slow: slow(),
            forgot,
            modules: modules(),
            scripts: scripts(),
        }
    }

    pub(crate) fn get(&self, given: Given) -> Option<&Redis> {
        Some(match given {
            Given::Nobody | Given::Text(_) | Given::Sentinel => return None,
            Given::Redis => &self.redis,
            Given::Redis62 => &self.redis62,
            Given::Redis80 => &self.redis80,
            Given::Valkey91 => &self.valkey91,
            Given::Password => &self.password,
            Given::Acl => &self.acl,
            Given::Replica => &self.replica,
            Given::ClusterNode => &self.cluster_node,
            Given::ClusterPrimary => &self.cluster[0],
            Given::ClusterReplica => &self.cluster[1],
            Given::Keys => &self.keys,
            Given::Slow => &self.slow,
            Given::Forgot => &self.forgot,
            Given::Modules => &self.modules,
        })
    }

    /// What says a text, if that is what is given.
    pub(crate) fn replay(given: Given) -> Option<Replay> {
        if let Given::Text(name) = given { Some(Replay::start(Capture::named(name).info())) } else { None }
    }

    /// The port that is asked; 0 for nobody's.
    pub(crate) fn port(&self, given: Given) -> u16 {
        if given == Given::Sentinel { self.sentinel.port() } else { self.get(given).map_or(0, Redis::port) }
    }

    /// A text of a row, with `{host}`, `{port}`, `{watched}` and `{scripts}` in it replaced.
    pub(crate) fn fill(&self, text: &str, port: u16) -> String {
        text.replace("{host}", &format!("127.0.0.1:{port}"))
            .replace("{port}", &port.to_string())
            .replace("{watched}", &format!("127.0.0.1:{}", self.watched.port()))
            .replace("{scripts}", &self.scripts.path().display().to_string())
    }
}

fn of(program: Program) -> Redis {
    Redis::options().program(program).start()
}

fn acl() -> Redis {
    let redis = Redis::start();
    let rules = ["reset", "on", ">secret", "+client", "+info", "+select", "+slowlog", "+latency"];
    redis.cli(&[["ACL", "SETUSER", "exporter"].as_slice(), &rules].concat());
    redis
}

fn valkey() -> Redis {
    let limits = ["--commandlog-request-larger-than", "1000", "--commandlog-reply-larger-than", "1000"];
    let redis = Redis::options().program(Program::Valkey91).args(limits).start();
    redis.cli(&["SET", "large", &"x".repeat(2000)]);
    redis.cli(&["GET", "large"]);
    redis
}

fn keys() -> Redis {
    let redis = Redis::start();
    let mut client = redis.connect().expect("a connection");
    for database in ["11", "12", "14"] {
        client.command(&["SELECT", database]).expect("a database");
        for line in KEYS.lines().filter(|line| !line.trim().is_empty()) {
            client.command(&line.split_whitespace().collect::<Vec<_>>()).expect("an answer");
        }
    }
    assert_eq!(redis.info_field("total_error_replies"), "0");
    redis
}

fn slow() -> Redis {
    let monitor = ["--latency-monitor-threshold", "100", "--slowlog-log-slower-than", "10000"];
    let redis = Redis::options().args(monitor).args(["--enable-debug-command", "yes"]).start();
    redis.cli(&["DEBUG", "SLEEP", "0.2"]);
    redis
}

fn modules() -> Redis {
    let path = |module: &str| tools::tool(module).to_str().expect("the path is UTF-8").to_owned();
    let modules = ["redisearch.so", "rejson.so", "redisbloom.so"].map(path);
    let args = modules.into_iter().flat_map(|module| ["--loadmodule".to_owned(), module]);
    let redis = Redis::options().program(Program::Valkey91).args(args).start();
    redis.cli(&["FT.CREATE", "test_index", "ON", "HASH", "PREFIX", "1", "doc:", "SCHEMA", "title", "TEXT"]);
    redis
}

fn cluster_node() -> Redis {
    Redis::options().args(["--cluster-enabled", "yes"]).start()
}

/// A primary that has all slots, and its replica.
fn cluster() -> [Redis; 2] {
    let nodes = [cluster_node(), cluster_node()];
    let [primary, replica] = &nodes;
    primary.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    replica.cli(&["CLUSTER", "MEET", "127.0.0.1", &primary.port().to_string()]);
    let id = primary.cli(&["CLUSTER", "MYID"]);
    wait::until("the node to know its primary", wait::PATIENCE, || {
        replica.try_cli(&["CLUSTER", "REPLICATE", id.trim()]).ok()
    });
    wait::until("the cluster to be whole", wait::PATIENCE, || {
        let is_whole = |node: &Redis| node.cli(&["CLUSTER", "INFO"]).contains("cluster_state:ok");
        let is_linked = replica.info().get("master_link_status").is_some_and(|status| status == "up");
        (nodes.iter().all(is_whole) && is_linked).then_some(())
    });
    nodes
}

fn scripts() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for scripts");
    for (name, text) in SCRIPTS {
        fs::write(folder.path().join(name), text).expect("a script can be written");
    }
    folder
}
