//! Clusters and groups of sentinels: one entry, all their members.

mod fail_over;
mod members;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use redwasp_tests::cluster::Cluster;
use redwasp_tests::daemon::{Daemon, redwasp};
use redwasp_tests::page::Page;
use redwasp_tests::sentinel::SentinelGroup;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::tls::{Authority, Clients, Tls, Validity};
use redwasp_tests::{canary, tools, wait};
use serde_json::Value;
use tempfile::TempDir;

/// A daemon with a configuration file.
fn with_file(text: &str, args: &[&str], variables: &[(&str, &str)]) -> (Daemon, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    fs::write(&path, text).unwrap();
    let flag = format!("--config.file={}", path.display());
    (Daemon::start_with(&[&[flag.as_str()], args].concat(), variables), folder)
}

fn address(redis: &Redis) -> String {
    format!("redis://127.0.0.1:{}", redis.port())
}

/// The value of a metric for the server at an address, whatever its other labels.
fn value_at(page: &Page, metric: &str, address: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let all = page.labels_of(metric);
    let fits = |own: &BTreeMap<String, String>| {
        has(own, "addr", address) && labels.iter().all(|(name, value)| has(own, name, value))
    };
    let own = all.iter().find(|own| fits(own))?;
    let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    page.value(metric, &own)
}

fn has(labels: &BTreeMap<String, String>, name: &str, value: &str) -> bool {
    labels.get(name).is_some_and(|own| own == value)
}

fn roles(page: &Page) -> Vec<(String, String, f64)> {
    let mut roles: Vec<(String, String, f64)> = page
        .labels_of("redis_up")
        .iter()
        .map(|own| {
            let labels: Vec<(&str, &str)> = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            (own["addr"].clone(), own["role"].clone(), page.value("redis_up", &labels).unwrap())
        })
        .collect();
    roles.sort_by(|a, b| a.0.cmp(&b.0));
    roles
}

/// Error replies of all kinds that a server has given.
fn errors(redis: &Redis) -> u64 {
    redis.info_field("total_error_replies").parse().unwrap()
}

fn write(cluster: &Cluster, key: &str) {
    cluster.nodes()[cluster.node_of_key(key)].cli(&["SET", key, "value"]);
}

#[test]
fn one_file_has_the_whole_estate() {
    let [of_cluster, of_data, of_sentinels, of_user] = ["cluster", "data", "sentinels", "user"].map(canary::password);
    let cluster = Cluster::options().password(&of_cluster).start();
    (0..40).for_each(|number| write(&cluster, &format!("key:{number}")));
    let group = SentinelGroup::options().password(&of_data).sentinel_password(&of_sentinels).start();
    let authority = Authority::new();
    let client = authority.client("watcher", Validity::Now);
    let over_tls = Redis::options().tls(Tls::of(&authority).clients(Clients::Required)).start();
    let with_acl = Redis::start();
    with_acl.user("watcher", &of_user, &["+@all", "-@dangerous", "+info", "+config|get", "+slowlog|get"]);
    let local = Redis::options().only_unix_socket().start();
    let text = format!(
        "settings: {{metrics.all-targets: true}}\ntargets:\n  shop: {{address: \"{}\", seeds: [\"redis://127.0.0.1:1\"], \
         kind: cluster, password: {{env: CLUSTER}}, labels: {{team: a}}}}\n  orders: {{address: \
         \"sentinel://127.0.0.1:{}/{}\", password: {{env: DATA}}, sentinel-password: {{env: SENTINELS}}}}\n  tls: \
         {{address: \"{}\", tls: {{ca: {}, certificate: {}, key: {}}}}}\n  acl: {{address: \"{}\", user: watcher, \
         password: {{env: WATCHER}}}}\n  local: {{address: \"{}\"}}\n",
        address(&cluster.nodes()[3]),
        group.sentinels()[0].port(),
        SentinelGroup::NAME,
        over_tls.url(),
        authority.path().display(),
        client.path().display(),
        client.key().display(),
        with_acl.url(),
        local.url(),
    );
    let variables =
        [("CLUSTER", &*of_cluster), ("DATA", &*of_data), ("SENTINELS", &*of_sentinels), ("WATCHER", &*of_user)];
    let (daemon, _folder) = with_file(&text, &[], &variables);
    let page = daemon.scrape("/metrics");
    for node in cluster.nodes() {
        let at = address(node);
        assert_eq!(value_at(&page, "redis_up", &at, &[("alias", "shop"), ("team", "a")]), Some(1.0), "{at}");
        let keys = node.cli(&["DBSIZE"]).parse().unwrap();
        assert_eq!(value_at(&page, "redis_db_keys", &at, &[("db", "db0")]), Some(keys), "{at}");
        let pid = node.info_field("process_id").parse().unwrap();
        assert_eq!(value_at(&page, "redis_process_id", &at, &[]), Some(pid), "{at}");
    }
    let mut of_group = 0;
    for (server, role) in group.servers().iter().zip(["master", "slave", "slave"]) {
        let at = address(server);
        assert_eq!(value_at(&page, "redis_up", &at, &[("role", role), ("shard", SentinelGroup::NAME)]), Some(1.0));
        let pid = server.info_field("process_id").parse().unwrap();
        assert_eq!(value_at(&page, "redis_process_id", &at, &[]), Some(pid), "{at}");
        of_group += 1;
    }
    for sentinel in group.sentinels() {
        let at = format!("redis://127.0.0.1:{}", sentinel.port());
        assert_eq!(value_at(&page, "redis_up", &at, &[("role", "sentinel")]), Some(1.0), "{at}");
        assert_eq!(value_at(&page, "redis_sentinel_master_slaves", &at, &[]), Some(2.0), "{at}");
        of_group += 1;
    }
    for (redis, name) in [(&over_tls, "tls"), (&with_acl, "acl"), (&local, "local")] {
        let pid = redis.info_field("process_id").parse().unwrap();
        assert_eq!(value_at(&page, "redis_process_id", &redis.url(), &[("alias", name)]), Some(pid), "{name}");
    }
    assert_eq!(page.labels_of("redis_up").len(), cluster.nodes().len() + of_group + 3);
}

#[test]
fn keys_are_looked_at_where_their_slots_are() {
    let cluster = Cluster::start();
    let keys: Vec<String> = (0..30).map(|number| format!("key:{number}")).collect();
    keys.iter().for_each(|key| write(&cluster, key));
    let before: Vec<u64> = cluster.nodes().iter().map(errors).collect();
    let text = format!(
        "settings: {{check-single-keys: \"{}\", count-keys: \"key:*\", sweep.interval: 1s, metrics.all-targets: true}}\n\
         targets: {{shop: {{address: \"{}\", kind: cluster}}}}\ncollectors: {{business: {{config: {{metrics: [{{name: \
         all_keys, help: All., keys: \"key:*\", aggregate: count}}, {{name: one, help: One., command: \"STRLEN \
         key:1\"}}]}}}}}}\n",
        keys.join(","),
        address(&cluster.nodes()[0]),
    );
    let (daemon, _folder) = with_file(&text, &[], &[]);
    let page = wait::until("the keys have been walked", wait::PATIENCE, || {
        let page = daemon.scrape("/metrics");
        let is_there = page.family("redis_all_keys").is_some() && page.labels_of("redis_keys_count").len() == 3;
        is_there.then_some(page)
    });
    let told: BTreeSet<(String, String)> =
        page.labels_of("redis_key_size").iter().map(|own| (own["key"].clone(), own["addr"].clone())).collect();
    let owner = |key: &String| address(&cluster.nodes()[cluster.node_of_key(key)]);
    assert_eq!(told, keys.iter().map(|key| (key.clone(), owner(key))).collect(), "each once, of who has it");
    let counted: f64 = cluster.nodes()[..3]
        .iter()
        .map(|node| value_at(&page, "redis_keys_count", &address(node), &[("key", "key:*")]).unwrap())
        .sum();
    assert_eq!(counted, 30.0);
    let whole = [("alias", "shop")];
    assert_eq!((page.value("redis_all_keys", &whole), page.value("redis_one", &whole)), (Some(30.0), Some(5.0)));
    let of_whole = daemon.scrape("/scrape?target=shop&part=cluster");
    assert_eq!((of_whole.value("redis_all_keys", &[]), of_whole.family("redis_up").is_none()), (Some(30.0), true));
    let after: Vec<u64> = cluster.nodes().iter().map(errors).collect();
    assert_eq!(after, before, "nobody was asked for what is another's");
}

#[test]
fn a_server_has_the_keys_of_its_cluster_if_that_is_wanted() {
    let cluster = Cluster::start();
    let keys: Vec<String> = (0..12).map(|number| format!("key:{number}")).collect();
    keys.iter().for_each(|key| write(&cluster, key));
    for stream in ["s:a", "s:b", "s:c"] {
        cluster.nodes()[cluster.node_of_key(stream)].cli(&["XADD", stream, "*", "a", "1"]);
    }
    let args = [
        format!("--redis.addr={}", address(&cluster.nodes()[0])),
        "--is-cluster".to_owned(),
        format!("--check-single-keys={}", keys.join(",")),
        "--check-single-streams=s:a,s:b,s:c".to_owned(),
        "--count-keys=key:*".to_owned(),
        "--sweep.interval=1s".to_owned(),
    ];
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let daemon = Daemon::start(&args);
    let count = [("db", "db0"), ("key", "key:*")];
    let page = wait::until("all keys are counted", wait::PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| page.value("redis_keys_count", &count) == Some(12.0))
    });
    assert_eq!(page.labels_of("redis_key_size").len(), 12);
    assert_eq!(page.labels_of("redis_stream_length").len(), 3);
    assert_eq!(page.value("redis_up", &[]), Some(1.0), "and one server, without labels");

    // Where a slot moves, its key is found on either side.
    let (key, slot) = (&keys[0], cluster.slot_of(&keys[0]));
    let from = cluster.node_of(slot);
    let to = (from + 1) % 3;
    let size = [("db", "db0"), ("key", key.as_str())];
    let has_key = || daemon.scrape("/metrics").value("redis_key_size", &size) == Some(5.0);
    cluster.begin_move(slot, to);
    assert!(has_key(), "it has not moved yet");
    cluster.finish_move(slot, to);
    assert!(has_key(), "whoever has it now is asked");

    let other = format!("/scrape?target={}&check-single-keys={}", address(&cluster.nodes()[4]), keys.join(","));
    for _ in 0..3 {
        assert_eq!(daemon.scrape(&other).labels_of("redis_key_size").len(), 12, "any node will do");
    }
    let alone = Redis::start();
    let page = daemon.scrape(&format!("/scrape?target={}", alone.url()));
    assert_eq!(page.value("redis_up", &[]), Some(1.0), "who is in no cluster is asked as he is");
}

#[test]
fn another_database_is_read_over_a_cluster_that_has_several() {
    let several = Cluster::options().program(Program::Valkey91).args(["--cluster-databases", "16"]);
    let cluster = several.nodes(3, 0).start();
    let keys: Vec<String> = (0..12).map(|number| format!("key:{number}")).collect();
    for key in &keys {
        let mut client = cluster.nodes()[cluster.node_of_key(key)].connect().unwrap();
        client.pipeline(&[&["SELECT", "1"][..], &["SET", key, "value"]]).unwrap();
    }
    let named: Vec<String> = keys.iter().map(|key| format!("db1={key}")).collect();
    let names = format!("--check-single-keys={}", named.join(","));
    let daemon = Daemon::start(&[&format!("--redis.addr={}", address(&cluster.nodes()[0])), "--is-cluster", &names]);
    let page = daemon.scrape("/metrics");
    let sizes = keys.iter().map(|key| page.value("redis_key_size", &[("db", "db1"), ("key", key)]));
    assert_eq!(sizes.collect::<Vec<_>>(), [Some(5.0); 12], "{}", daemon.log());
}

#[test]
fn members_are_discovered_and_asked_with_what_is_theirs() {
    let password = canary::password("shop");
    let cluster = Cluster::options().password(&password).start();
    let open = Redis::start();
    let text = format!(
        "targets:\n  shop: {{address: \"{}\", kind: cluster, password: {{env: SHOP}}, labels: {{team: a}}}}\n  open: \
         {{address: \"{}\"}}\n",
        address(&cluster.nodes()[5]),
        open.url(),
    );
    let (daemon, _folder) = with_file(&text, &[], &[("SHOP", &password)]);
    let member = format!("/scrape?target={}", address(&cluster.nodes()[2]));
    let page = daemon.scrape(&member);
    assert_eq!(page.value("redis_up", &[("team", "a")]), Some(1.0), "before anybody asked for the members");
    let response = daemon.get("/discovery");
    assert_eq!(response.header("content-type"), Some("application/json"));
    let groups: Vec<Value> = serde_json::from_str(&response.text()).unwrap();
    let targets: BTreeSet<&str> = groups.iter().map(|group| group["targets"][0].as_str().unwrap()).collect();
    let nodes: Vec<String> = cluster.nodes().iter().map(address).collect();
    let expected = nodes.iter().map(String::as_str).chain(["open", "shop"]).collect();
    assert_eq!((targets, groups.len()), (expected, 8));
    let of_node = |node: usize| groups.iter().find(|group| group["targets"][0] == *nodes[node]).unwrap();
    let (primary, replica) = (of_node(0), of_node(cluster.replicas_of(0)[0]));
    assert_eq!((&primary["labels"]["role"], &replica["labels"]["role"]), (&"master".into(), &"slave".into()));
    assert_eq!(primary["labels"]["shard"], replica["labels"]["shard"]);
    assert_eq!(primary["labels"]["name"], "shop");
    let whole = groups.iter().find(|group| group["targets"][0] == "shop").unwrap();
    assert_eq!(whole["labels"]["__param_part"], "cluster");

    let nodes_page: Vec<Value> = serde_json::from_str(&daemon.get("/discover-cluster-nodes").text()).unwrap();
    let told: BTreeSet<&str> = nodes_page[0]["targets"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!((nodes_page.len(), told), (1, nodes.iter().map(String::as_str).collect()));
    assert_eq!(nodes_page[0]["labels"], serde_json::json!({}));
    // With --is-cluster as well: what is discovered can be asked.
    let flags = [&format!("--redis.addr={}", nodes[0]), "--is-cluster", "--scrape.unlisted-targets=refuse"];
    let daemon = Daemon::start_with(&flags, &[("REDIS_PASSWORD", &password)]);
    let discovered: Vec<Value> = serde_json::from_str(&daemon.get("/discover-cluster-nodes").text()).unwrap();
    for node in discovered[0]["targets"].as_array().unwrap() {
        let page = daemon.scrape(&format!("/scrape?target={}", node.as_str().unwrap()));
        assert_eq!(page.value("redis_up", &[]), Some(1.0), "{node}: {}", daemon.log());
    }
    let without = Daemon::start(&[&format!("--redis.addr={}", open.url())]).get("/discover-cluster-nodes");
    assert_eq!(
        (without.status, without.text().as_str()),
        (400, "The discovery endpoint is only available on a redis cluster")
    );
}

#[test]
fn names_that_nodes_announce_are_told_if_they_are_wanted() {
    let cluster = Cluster::options().nodes(3, 0).announce_hostname("localhost").start();
    let seed = format!("--redis.addr={}", address(&cluster.nodes()[0]));
    let told = |program: &Path, args: &[&str]| -> BTreeSet<String> {
        let args = [&[seed.as_str(), "--is-cluster"], args].concat();
        let page = Daemon::start_program(program, &args, &[]).get("/discover-cluster-nodes");
        let groups: Vec<Value> = serde_json::from_str(&page.text()).unwrap();
        groups[0]["targets"].as_array().unwrap().iter().map(|target| target.as_str().unwrap().to_owned()).collect()
    };
    let expected = |host: &str| -> BTreeSet<String> {
        cluster.nodes().iter().map(|node| format!("redis://{host}:{}", node.port())).collect()
    };
    for program in [redwasp(), &tools::tool("redis_exporter")] {
        assert_eq!(told(program, &[]), expected("127.0.0.1"), "{}", program.display());
        assert_eq!(told(program, &["--cluster-discover-hostnames"]), expected("localhost"), "{}", program.display());
    }
}
