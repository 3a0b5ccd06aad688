//! What the lines of CLUSTER NODES tell, odd ones included.

use redwasp_cluster::Cluster;
use redwasp_sdk::Server;
use redwasp_sdk::testing::{self, Bench, Page};

const MYSELF: &str = "aaa 127.0.0.1:1@2 myself,master - 0 0 7 connected 0-99";

/// The page of a node that says so of itself and of others.
fn page(lines: &[&str]) -> Page {
    let server = Server { mode: "cluster".to_owned(), ..testing::server("redis", "7.0.15") };
    let bench = Bench::new(server).reply("CLUSTER INFO", testing::bulk(""));
    bench.reply("CLUSTER NODES", testing::bulk(lines.join("\n") + "\n")).collect::<Cluster>("{}").unwrap()
}

/// Of itself: name, and what follows it.
fn info(page: &Page) -> String {
    let text = page.text("redis");
    let line = text.lines().find_map(|line| line.strip_prefix("redis_cluster_node_info"));
    line.unwrap_or_default().to_owned()
}

/// Of these states so many.
fn counts(page: &Page, family: &str, states: &[&str]) -> Vec<f64> {
    states.iter().map(|state| page.value(family, &[("state", state)]).unwrap()).collect()
}

fn seen(page: &Page) -> Vec<f64> {
    counts(page, "cluster_nodes_seen", &["ok", "pfail", "fail", "handshake", "noaddr"])
}

fn links(page: &Page) -> Vec<f64> {
    counts(page, "cluster_node_links", &["connected", "disconnected"])
}

#[test]
fn a_node_alone_says_what_it_has() {
    let page = page(&[MYSELF]);
    assert_eq!(info(&page), "{node_id=\"aaa\",role=\"master\",shard=\"aaa\"} 1");
    for (name, value) in [("slots", 100.0), ("config_epoch", 7.0), ("replicas", 0.0)] {
        assert_eq!(page.value(&format!("cluster_node_{name}"), &[]), Some(value), "{name}");
    }
    assert_eq!((seen(&page), links(&page)), (vec![0.0; 5], vec![0.0; 2]));
}

#[test]
fn a_replica_has_a_shard_and_no_replicas() {
    // As a Valkey tells whose primary moves slots.
    let page = page(&[
        "bbb 127.0.0.1:3@4 slave,myself aaa 0 0 7 connected [7-<-ccc] [8->-ccc]",
        "aaa 127.0.0.1:1@2 master - 0 0 7 connected 0-99",
    ]);
    assert_eq!(info(&page), "{node_id=\"bbb\",role=\"slave\",shard=\"aaa\"} 1");
    assert_eq!(page.value("cluster_node_replicas", &[]), None);
    for name in ["slots", "migrating_slots", "importing_slots"] {
        assert_eq!(page.value(&format!("cluster_node_{name}"), &[]), Some(0.0), "{name}");
    }
}

#[test]
fn a_replica_may_not_know_its_primary() {
    let page = page(&["bbb :0@0 myself,slave - 0 0 x connected"]);
    assert_eq!(info(&page), "{node_id=\"bbb\",role=\"slave\",shard=\"\"} 1");
    assert_eq!(page.value("cluster_node_config_epoch", &[]), None);
}

#[test]
fn slots_are_counted() {
    for (words, [owned, migrating, importing]) in [
        ("", [0.0; 3]),
        ("93", [1.0, 0.0, 0.0]),
        ("0-16383", [16384.0, 0.0, 0.0]),
        ("0-9 20 30-31 [93-<-bbb]", [13.0, 0.0, 1.0]),
        ("77-93 [77->-bbb] [93->-bbb] [5-<-b-c]", [17.0, 2.0, 1.0]),
        ("9-5 x - 1- -1 70000 5-5 [] [7] [7-bbb", [1.0, 0.0, 0.0]),
    ] {
        let page = page(&[&format!("aaa :1@2 myself,master - 0 0 7 connected {words}")]);
        let found = ["slots", "migrating_slots", "importing_slots"];
        let found = found.map(|name| page.value(&format!("cluster_node_{name}"), &[]).unwrap());
        assert_eq!(found, [owned, migrating, importing], "{words:?}");
    }
}

#[test]
fn a_hostname_follows_the_address() {
    for (address, hostname) in [
        ("127.0.0.1:6379@16379", None),
        ("127.0.0.1:6379", None),
        ("127.0.0.1:6379@16379,", None),
        ("127.0.0.1:6379@16379,a.example", Some("a.example")),
        ("127.0.0.1:6379@16379,a.example,shard-id=1", Some("a.example")),
        ("127.0.0.1:6379@16379,,tls-port=0,shard-id=1", None),
        ("2001:db8::7:6379@16379", None),
        ("2001:db8::7:6379@16379,a.example", Some("a.example")),
        (":0@0", None),
    ] {
        let page = page(&[&format!("aaa {address} myself,master - 0 0 7 connected")]);
        let hostname = hostname.map(|name| format!("hostname=\"{name}\",")).unwrap_or_default();
        assert_eq!(info(&page), format!("{{{hostname}node_id=\"aaa\",role=\"master\",shard=\"aaa\"}} 1"), "{address}");
    }
}

#[test]
fn each_node_is_seen_in_one_state() {
    for (flags, place) in [
        ("master", 0),
        ("slave,nofailover", 0),
        ("noflags", 0),
        ("master,fail?", 1),
        ("slave,fail", 2),
        ("slave,fail,noaddr", 2),
        ("fail?,noaddr", 1),
        ("handshake", 3),
        ("handshake,noaddr", 3),
        ("master,noaddr", 4),
        ("failed", 0),
    ] {
        let page = page(&[MYSELF, &format!("bbb :0@0 {flags} - 5 6 7 disconnected")]);
        let mut expected = [0.0; 5];
        expected[place] = 1.0;
        assert_eq!((seen(&page), links(&page)), (expected.to_vec(), vec![0.0, 1.0]), "{flags}");
    }
}

#[test]
fn only_replicas_that_could_take_over_are_counted() {
    let page = page(&[
        "b1 127.0.0.1:3@4 slave aaa 0 9 7 connected",
        "b2 127.0.0.1:3@4,b.example slave aaa 0 9 7 connected",
        "b3 127.0.0.1:3@4 slave aaa 0 9 7 disconnected",
        "b4 127.0.0.1:3@4 slave,fail? aaa 0 9 7 connected",
        "b5 127.0.0.1:3@4 slave,fail aaa 0 9 7 disconnected",
        "b6 :0@0 slave,noaddr aaa 0 9 7 connected",
        "b7 127.0.0.1:3@4 slave ccc 0 9 7 connected",
        MYSELF,
        "ccc 127.0.0.1:3@4 master - 0 9 7 connected 100-16383 [7->-aaa]",
    ]);
    assert_eq!(page.value("cluster_node_replicas", &[]), Some(2.0));
    assert_eq!((seen(&page), links(&page)), (vec![5.0, 1.0, 1.0, 0.0, 1.0], vec![6.0, 2.0]));
    assert_eq!(page.value("cluster_node_migrating_slots", &[]), Some(0.0), "what others say is theirs");
}

#[test]
fn lines_that_lack_something_are_passed_over() {
    let page = page(&["", "bbb", "bbb :1@2 master - 0 0 7", " :1@2 master - 0 0 7 connected", "x y", MYSELF, "\r"]);
    assert_eq!((seen(&page), links(&page)), (vec![0.0; 5], vec![0.0; 2]));
    assert_eq!(page.value("cluster_node_slots", &[]), Some(100.0));
}

#[test]
fn a_reply_without_the_node_itself_is_told() {
    let page = page(&["bbb 127.0.0.1:3@4 master - 0 0 7 connected 0-99"]);
    let text =
        "CLUSTER NODES cannot be had, and what it would tell is left out: no line is of the node itself (told once)";
    assert_eq!((page.warnings(), page.text("redis")), (&[text.to_owned()][..], String::new()));
}
