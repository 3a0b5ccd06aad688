//! Nodes of real clusters, beside redis_exporter.

use std::collections::BTreeMap;
use std::fs;

use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::page::{Page, Sample};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::resp::Reply;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::succeeded;
use redwasp_tests::{tools, wait};

/// What redis_exporter does not have: a field of CLUSTER INFO, and beginnings of what other commands tell.
const LINKS: &str = "redis_cluster_links_buffer_limit_exceeded_total";
const MORE: [&str; 4] = [LINKS, "redis_cluster_node_", "redis_cluster_nodes_seen", "redis_cluster_slot_"];

/// What goes on between two scrapes, because nodes talk to one another.
const MOVING: [&str; 3] = ["redis_cluster_stats_", "redis_cluster_messages_", "redis_cluster_connections"];

fn node(program: Program) -> Redis {
    let args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
    Redis::options().program(program).args(args).start()
}

fn is_whole(node: &Redis) -> bool {
    let info = node.cli(&["CLUSTER", "INFO"]);
    info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
}

/// A whole cluster of three nodes, without replicas.
fn cluster(program: Program) -> [Redis; 3] {
    let nodes = [(); 3].map(|()| node(program));
    let addresses = nodes.each_ref().map(|node| format!("127.0.0.1:{}", node.port()));
    let args = ["--cluster", "create", &addresses[0], &addresses[1], &addresses[2], "--cluster-yes"];
    let made = daemon::run_program(&tools::tool("redis-cli"), &args, &[]);
    assert_eq!(made.code, 0, "{}{}", made.stdout, made.stderr);
    wait::until("the cluster to be whole", wait::PATIENCE, || nodes.iter().all(is_whole).then_some(()));
    nodes
}

fn watching(node: &Redis) -> Daemon {
    Daemon::start(&[&format!("--redis.addr={}", node.url())])
}

/// What redis_exporter has too.
fn of_cluster(page: &Page) -> BTreeMap<&str, &Sample> {
    let is_more = |name: &str| MORE.iter().any(|beginning| name.starts_with(beginning));
    let is_theirs = |name: &str| name.starts_with("redis_cluster_") && !is_more(name);
    let samples = page.samples.iter().filter(|sample| is_theirs(&sample.name));
    let by_name: Vec<_> = samples.map(|sample| (sample.name.as_str(), sample)).collect();
    let count = by_name.len();
    let by_name: BTreeMap<_, _> = by_name.into_iter().collect();
    assert_eq!(by_name.len(), count, "nothing is told twice");
    by_name
}

/// That the same is told of a node, with the same types. Ours is asked first: what goes on is no more than theirs.
fn compare(node: &Redis) -> Page {
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &[&format!("--redis.addr={}", node.url())], &[]);
    let daemon = watching(node);
    let (page, other) = (daemon.scrape("/metrics"), theirs.scrape("/metrics"));
    let (ours, theirs) = (of_cluster(&page), of_cluster(&other));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for name in ours.keys().copied() {
        let (our, their) = (ours[name], theirs[name]);
        let kind = |page: &Page| page.family(name).and_then(|family| family.kind.clone());
        assert_eq!((kind(&page), &our.labels), (kind(&other), &their.labels), "{name}");
        let moves = MOVING.iter().any(|beginning| name.starts_with(beginning));
        assert!(our.value == their.value || moves && our.value <= their.value, "{name}: {} {}", our.value, their.value);
    }
    assert!(succeeded(&page, "cluster"));
    let log = daemon.log();
    assert!(!log.contains("collector warns") && !log.contains("left out"), "{log}");
    page
}

#[test]
fn redis_7() {
    compare_cluster(Program::Redis);
}

#[test]
fn redis_6() {
    compare_cluster(Program::Redis62);
}

#[test]
fn redis_8() {
    compare_cluster(Program::Redis80);
}

#[test]
fn valkey_9() {
    compare_cluster(Program::Valkey91);
}

fn compare_cluster(program: Program) {
    for node in cluster(program) {
        watching(&node).scrape("/metrics");
        assert_eq!(node.info_field("total_error_replies"), "0");
        let page = compare(&node);
        for (name, value) in [("state", 1.0), ("slots_assigned", 16384.0), ("known_nodes", 3.0), ("size", 3.0)] {
            assert_eq!(page.value(&format!("redis_cluster_{name}"), &[]), Some(value), "{name}");
        }
        assert!(page.value("redis_cluster_messages_sent_total", &[]).unwrap() > 0.0);
        assert!(page.value("redis_cluster_stats_messages_ping_received", &[]).unwrap() > 0.0);
        assert_eq!(page.family(LINKS).is_some(), program != Program::Redis62);
    }
}

#[test]
fn a_node_by_itself() {
    let node = node(Program::Redis);
    let page = compare(&node);
    assert_eq!(page.value("redis_cluster_state", &[]), Some(0.0), "no slot has a node");
    node.cli(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    wait::until("the node to be whole", wait::PATIENCE, || is_whole(&node).then_some(()));
    let page = compare(&node);
    assert_eq!(page.value("redis_cluster_state", &[]), Some(1.0));
    assert_eq!(page.value("redis_cluster_size", &[]), Some(1.0));
}

#[test]
fn a_node_that_is_lost_is_seen_by_the_others() {
    let [node, mut lost, _other] = cluster(Program::Redis);
    let daemon = watching(&node);
    assert_eq!(daemon.scrape("/metrics").value("redis_cluster_slots_fail", &[]), Some(0.0));
    lost.stop();
    let page = wait::until("the node to be given up", wait::PATIENCE, || {
        let page = daemon.scrape("/metrics");
        // That its slots are nowhere is the state a moment later.
        let is_given_up = page.value("redis_cluster_slots_fail", &[]) > Some(0.0);
        (is_given_up && page.value("redis_cluster_state", &[]) == Some(0.0)).then_some(page)
    });
    assert_eq!(page.value("redis_cluster_slots_assigned", &[]), Some(16384.0));
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
}

#[test]
fn only_nodes_of_clusters_are_asked() {
    for program in Program::ALL {
        let redis = Redis::options().program(program).start();
        let proxy = RecordingProxy::start(redis.port());
        let page = Daemon::start(&[&format!("--redis.addr=redis://127.0.0.1:{}", proxy.port())]).scrape("/metrics");
        assert_eq!(page.family("redis_cluster_state"), None);
        assert_eq!(page.value("redis_cluster_enabled", &[]), Some(0.0));
        assert!(proxy.commands().iter().all(|command| command[0] != "CLUSTER"), "{program:?}");
    }
}

/// Joins a cluster as a replica of one of its nodes.
fn replica_of(primary: &Redis, program: Program) -> Redis {
    let replica = node(program);
    replica.cli(&["CLUSTER", "MEET", "127.0.0.1", &primary.port().to_string()]);
    let id = primary.cli(&["CLUSTER", "MYID"]);
    wait::until("the node to know its primary", wait::PATIENCE, || {
        replica.try_cli(&["CLUSTER", "REPLICATE", &id]).ok()
    });
    wait::until("the primary to know its replica", wait::PATIENCE, || {
        let replicas = primary.cli(&["CLUSTER", "REPLICAS", &id]);
        (replicas.contains(" connected") && is_whole(&replica)).then_some(())
    });
    replica
}

/// A metric of the node's own part.
fn own(page: &Page, metric: &str) -> Option<f64> {
    page.value(&format!("redis_cluster_node_{metric}"), &[])
}

fn seen(page: &Page, state: &str) -> f64 {
    page.value("redis_cluster_nodes_seen", &[("state", state)]).unwrap()
}

fn tells_its_own_part(program: Program) {
    let nodes = cluster(program);
    let mut replica = replica_of(&nodes[0], program);
    let ids = nodes.each_ref().map(|node| node.cli(&["CLUSTER", "MYID"]));
    nodes[0].cli(&["CLUSTER", "SETSLOT", "93", "MIGRATING", &ids[1]]);
    nodes[1].cli(&["CLUSTER", "SETSLOT", "93", "IMPORTING", &ids[0]]);
    // A replica that joins tries out what its primary knows.
    nodes.iter().for_each(|node| drop(node.cli(&["CONFIG", "RESETSTAT"])));
    let daemons = nodes.each_ref().map(watching);
    // A link may be made anew at any moment, and then is not there for a moment.
    let pages = daemons.each_ref().map(|daemon| {
        wait::until("links to all other nodes", wait::PATIENCE, || {
            let page = daemon.scrape("/metrics");
            let others = page.value("redis_cluster_known_nodes", &[]).unwrap() - 1.0;
            let connected = page.value("redis_cluster_node_links", &[("state", "connected")]);
            (others == 3.0 && connected == Some(others)).then_some(page)
        })
    });
    let all = |metric: &str| pages.each_ref().map(|page| own(page, metric).unwrap());
    assert_eq!(all("slots").iter().sum::<f64>(), 16384.0);
    assert_eq!((all("migrating_slots"), all("importing_slots")), ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]));
    assert_eq!(all("replicas"), [1.0, 0.0, 0.0]);
    for (page, id) in pages.iter().zip(&ids) {
        assert_eq!(own(page, "config_epoch"), page.value("redis_cluster_my_epoch", &[]));
        let facts = page.labels_of("redis_cluster_node_info");
        let facts: Vec<_> = facts[0].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(facts, [("node_id", id.as_str()), ("role", "master"), ("shard", id)]);
        let others = page.value("redis_cluster_known_nodes", &[]).unwrap() - 1.0;
        assert_eq!((seen(page, "ok"), others), (3.0, 3.0));
        assert_eq!(page.value("redis_cluster_node_links", &[("state", "connected")]), Some(others));
    }
    let page = watching(&replica).scrape("/metrics");
    let facts = page.labels_of("redis_cluster_node_info")[0].clone();
    assert_eq!((facts["role"].as_str(), &facts["shard"], own(&page, "replicas")), ("slave", &ids[0], None));
    replica.stop();
    let page = wait::until("the replica to be given up", wait::PATIENCE, || {
        let page = daemons[0].scrape("/metrics");
        (seen(&page, "fail") == 1.0).then_some(page)
    });
    assert_eq!((seen(&page, "ok"), own(&page, "replicas")), (2.0, Some(0.0)), "the shard has none any more");
    assert_eq!(page.value("redis_cluster_node_links", &[("state", "disconnected")]), Some(1.0));
    for node in nodes {
        assert_eq!(node.info_field("total_error_replies"), "0");
    }
}

#[test]
fn a_node_of_redis_tells_its_own_part() {
    tells_its_own_part(Program::Redis);
}

#[test]
fn a_node_of_valkey_tells_its_own_part() {
    tells_its_own_part(Program::Valkey91);
}

/// The two slots that a server names first, with what it counts.
fn ordered(node: &Redis, statistic: &str) -> BTreeMap<String, f64> {
    let words = ["CLUSTER", "SLOT-STATS", "ORDERBY", statistic, "LIMIT", "2", "DESC"];
    let Reply::Array(slots) = node.connect().unwrap().command(&words).unwrap() else { panic!("no slots") };
    let slot = |slot: &Reply| {
        let text = slot.to_string();
        let mut lines = text.lines();
        let number = lines.next().unwrap().to_owned();
        let count = lines.skip_while(|line| *line != statistic).nth(1).unwrap();
        (number, count.parse().unwrap())
    };
    slots.iter().map(slot).collect()
}

fn told(page: &Page, metric: &str) -> BTreeMap<String, f64> {
    let name = format!("redis_cluster_slot_{metric}");
    page.samples_of(&name).map(|sample| (sample.labels["slot"].clone(), sample.value)).collect()
}

#[test]
fn the_hottest_slots_are_those_that_the_server_names() {
    let nodes = cluster(Program::Valkey91);
    let node = &nodes[0];
    let proxy = RecordingProxy::start(node.port());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redwasp.yaml");
    fs::write(&file, "collectors: {cluster: {config: {hot_slots: 2, hot_slots_by_use: true}}}").unwrap();
    let (address, file) = (format!("--redis.addr=redis://127.0.0.1:{}", proxy.port()), file.display().to_string());
    let by_use = Daemon::start(&[&address, &format!("--config.file={file}")]);
    let page = by_use.scrape("/metrics");
    assert_eq!((told(&page, "keys").len(), page.family("redis_cluster_slot_cpu_seconds_total")), (0, None));
    assert!(succeeded(&page, "cluster"), "statistics are switched off: {}", by_use.log());
    node.cli(&["CONFIG", "SET", "cluster-slot-stats-enabled", "yes"]);
    // Of three slots, one has the most keys, and another one is used the most.
    for key in ["{b}1", "{b}2", "{b}3", "{bar}1", "{bar}2", "{06S}1"] {
        node.cli(&["SET", key, &"x".repeat(if key == "{06S}1" { 100_000 } else { 1 })]);
    }
    (0..10).for_each(|_| drop(node.cli(&["GET", "{06S}1"])));
    proxy.clear();
    let page = by_use.scrape("/metrics");
    assert_eq!((proxy.round_trips(), proxy.connections()), (1, 0));
    assert_eq!(told(&page, "keys"), ordered(node, "key-count"));
    assert_eq!(told(&page, "net_input_bytes_total"), ordered(node, "network-bytes-in"));
    assert_eq!(told(&page, "net_output_bytes_total"), ordered(node, "network-bytes-out"));
    let cpu = ordered(node, "cpu-usec").into_iter().map(|(slot, microseconds)| (slot, microseconds / 1e6)).collect();
    assert_eq!(told(&page, "cpu_seconds_total"), cpu);
    let page = watching(node).scrape("/metrics");
    assert_eq!(told(&page, "keys").len(), 3, "ten at most");
    assert_eq!(page.family("redis_cluster_slot_cpu_seconds_total"), None);
    assert_eq!(node.info_field("total_error_replies"), "0");
}

/// A daemon that asks as a user with these rights.
fn daemon_of_user(node: &Redis, rights: &[&str]) -> Daemon {
    node.cli(&[&["ACL", "SETUSER", "exporter", "on", ">secret"][..], rights].concat());
    Daemon::start(&[&format!("--redis.addr={}", node.url()), "--redis.user=exporter", "--redis.password=secret"])
}

#[test]
fn what_a_user_may_not_ask_is_told_once() {
    let node = node(Program::Redis);
    let daemon = daemon_of_user(&node, &["+@all", "-cluster"]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!((page.value("redis_up", &[]), page.family("redis_cluster_state")), (Some(1.0), None));
        assert!(succeeded(&page, "cluster"));
    }
    let log = daemon.log();
    assert_eq!(log.matches("CLUSTER INFO cannot be had").count(), 1, "{log}");
    assert_eq!(log.matches("CLUSTER NODES cannot be had").count(), 1, "{log}");
}

#[test]
fn what_a_user_may_ask_is_there_without_the_rest() {
    let node = node(Program::Valkey91);
    let daemon = daemon_of_user(&node, &["+@all", "-cluster|nodes", "-cluster|slot-stats"]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!((page.value("redis_cluster_state", &[]), own(&page, "slots")), (Some(0.0), None));
        assert!(succeeded(&page, "cluster"));
    }
    let log = daemon.log();
    for (command, lines) in [("INFO", 0), ("NODES", 1), ("SLOT-STATS", 1)] {
        assert_eq!(log.matches(&format!("CLUSTER {command} cannot be had")).count(), lines, "{log}");
    }
}

#[test]
fn valkey_tells_in_info_what_it_refuses_otherwise() {
    let node = node(Program::Valkey91);
    let daemon = daemon_of_user(&node, &["+@all", "-cluster|info"]);
    let page = daemon.scrape("/metrics");
    assert_eq!(page.value("redis_cluster_state", &[]), Some(0.0));
    assert_eq!(page.value("redis_cluster_known_nodes", &[]), Some(1.0));
    assert!(!daemon.log().contains("collector warns"), "{}", daemon.log());
}
