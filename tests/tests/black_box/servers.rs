//! The servers that rows are about, each started once, and what the rows' texts stand for.

use std::collections::HashSet;

use redwasp_tests::captures::Capture;
use redwasp_tests::cluster::Cluster;
use redwasp_tests::replay::Replay;
use redwasp_tests::sentinel::Sentinel;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::{tools, wait};

use crate::files::Files;

/// Whom a case is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Given {
    /// Nobody: the flags say what is watched.
    Nobody,
    Redis,
    Redis62,
    Redis80,
    Valkey91,
    /// With [`KEYS`] and the password "secret", which the flags have to bring.
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
    /// The first of three primaries of a cluster, with [`SPREAD`] all over them.
    Shard,
    /// Its replica.
    ShardReplica,
    /// Speaks TLS to those who show a certificate.
    Tls,
    /// Speaks TLS, and its certificate is for the name "cache.example".
    TlsNamed,
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
const WITHOUT_ERRORS: [Given; 8] = [
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

/// Keys of a cluster: at least one of them is in the slots of each primary, and so are the streams of the last two.
const SPREAD: &str = "
    SET key_john_1 1234.56
    SET key_string_1 this-is-a-string
    RPUSH test_beatles_list john paul george ringo
    PFADD test-hll a b c
    SADD test-set a b
    ZADD test-zset 1 a 2 b
    HSET test-hash a 1 b 2 c 3 d 4
    XADD s:a 1-1 a 1
    XADD s:c 1-1 a 1
    XADD s:c 2-1 a 1
";

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
    shards: Cluster,
    tls: [Redis; 2],
    files: Files,
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
        let (password, acl) = (password(), acl());
        let files = Files::of(&password, &acl);
        Servers {
            replica: Redis::options().replica_of(&redis).start(),
            sentinel: Sentinel::start(Program::Redis, &[("orders", &watched)], 1),
            watched,
            redis,
            redis62,
            redis80: of(Program::Redis80),
            valkey91: valkey(),
            password,
            acl,
            cluster_node: cluster_node(),
            cluster: cluster(),
            keys: keys(),
            slow: slow(),
            forgot,
            modules: modules(),
            shards: shards(),
            tls: files.tls().map(|tls| Redis::options().tls(tls).start()),
            files,
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
            Given::Shard => &self.shards.nodes()[0],
            Given::ShardReplica => &self.shards.nodes()[self.shards.replicas_of(0)[0]],
            Given::Tls => &self.tls[0],
            Given::TlsNamed => &self.tls[1],
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

    /// Those that nobody but a daemon could have caused to answer with an error.
    pub(crate) fn without_errors(&self) -> impl Iterator<Item = (Given, &Redis)> {
        let of_shards = self.shards.nodes().iter().map(|node| (Given::Shard, node));
        WITHOUT_ERRORS.into_iter().filter_map(|given| Some((given, self.get(given)?))).chain(of_shards)
    }

    /// A text of a row, with what is in braces replaced.
    pub(crate) fn fill(&self, text: &str, port: u16) -> String {
        let host = |port: u16| format!("127.0.0.1:{port}");
        let nodes = self.shards.nodes().iter().enumerate();
        let text = nodes.fold(text.to_owned(), |text, (number, node)| {
            text.replace(&format!("{{node{number}}}"), &host(node.port()))
        });
        let text = text.replace("{host}", &host(port)).replace("{port}", &port.to_string());
        self.files.fill(&text.replace("{watched}", &host(self.watched.port())))
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

fn password() -> Redis {
    let redis = Redis::options().password("secret").start();
    fill(&redis);
    redis
}

fn keys() -> Redis {
    let redis = Redis::start();
    fill(&redis);
    assert_eq!(redis.info_field("total_error_replies"), "0");
    redis
}

/// Gives a server [`KEYS`].
fn fill(redis: &Redis) {
    let mut client = redis.connect().expect("a connection");
    for database in ["11", "12", "14"] {
        client.command(&["SELECT", database]).expect("a database");
        for line in KEYS.lines().filter(|line| !line.trim().is_empty()) {
            client.command(&line.split_whitespace().collect::<Vec<_>>()).expect("an answer");
        }
    }
}

/// Three primaries and their replicas.
fn shards() -> Cluster {
    let cluster = Cluster::start();
    let mut owners = HashSet::new();
    for line in SPREAD.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let owner = cluster.node_of_key(words[1]);
        owners.insert(owner);
        cluster.nodes()[owner].cli(&words);
    }
    assert_eq!(owners.len(), 3, "each primary has some");
    let owners = ["s:a", "s:c"].map(|stream| cluster.node_of_key(stream));
    assert!(owners[0] != owners[1] && !owners.contains(&0), "the streams are elsewhere");
    // A replica that joins tries out what its primary knows.
    cluster.nodes().iter().for_each(|node| drop(node.cli(&["CONFIG", "RESETSTAT"])));
    cluster
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
