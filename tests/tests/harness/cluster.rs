use redwasp_tests::cluster::Cluster;
use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::server::Program;
use redwasp_tests::tls::{Authority, Tls, redis_cli};
use redwasp_tests::wait::PATIENCE;

/// That a slot goes to a replica when its node is killed, and that the node comes back as the replica's.
fn fails_over(mut cluster: Cluster) {
    assert_eq!(cluster.nodes().len(), 6);
    let slot = cluster.slot_of("key");
    let lost = cluster.node_of(slot);
    let [replica] = cluster.replicas_of(lost)[..] else { panic!("a primary has one replica") };
    cluster.nodes()[lost].cli(&["SET", "key", "value"]);
    cluster.nodes()[lost].cli(&["WAIT", "1", "10000"]);
    cluster.kill(lost);
    assert_eq!(cluster.promoted(slot, lost), replica);
    assert_eq!(cluster.node_of_key("key"), replica);
    assert_eq!(cluster.nodes()[replica].cli(&["GET", "key"]), "value");
    cluster.restart(lost);
    assert_eq!(cluster.replicas_of(replica), [lost]);
    assert_eq!(cluster.nodes()[lost].info_field("role"), "slave");
}

#[test]
fn fails_over_with_redis_7() {
    fails_over(Cluster::start());
}

#[test]
fn fails_over_with_valkey_9() {
    fails_over(Cluster::options().program(Program::Valkey91).start());
}

#[test]
fn moves_slots() {
    let cluster = Cluster::options().nodes(3, 0).start();
    let slot = cluster.slot_of("{a}1");
    let from = cluster.node_of(slot);
    let to = (from + 1) % 3;
    let [old, new] = [from, to].map(|node| &cluster.nodes()[node]);
    for key in ["{a}1", "{a}2"] {
        old.cli(&["SET", key, "value"]);
    }
    cluster.begin_move(slot, to);
    assert_eq!(old.try_cli(&["GET", "{a}3"]), Err(format!("ASK {slot} 127.0.0.1:{}", new.port())));
    assert_eq!((old.cli(&["GET", "{a}1"]).as_str(), cluster.node_of(slot)), ("value", from));
    cluster.finish_move(slot, to);
    assert_eq!((new.cli(&["GET", "{a}2"]).as_str(), cluster.node_of(slot)), ("value", to));
    assert_eq!(old.try_cli(&["GET", "{a}1"]), Err(format!("MOVED {slot} 127.0.0.1:{}", new.port())));

    let before = [from, to].map(|node| cluster.slots_of(node).len());
    cluster.reshard(3, from, to);
    assert_eq!([from, to].map(|node| cluster.slots_of(node).len()), [before[0] - 3, before[1] + 3]);
}

#[test]
fn wants_a_password_and_tells_a_name() {
    let cluster = Cluster::options().password("secret").announce_hostname("node.example").start();
    let node = &cluster.nodes()[0];
    let mut stranger = Client::connect(node.port(), PATIENCE).expect("the node listens on its port");
    assert!(matches!(stranger.command(&["PING"]), Ok(Reply::Error(error)) if error.starts_with("NOAUTH ")));
    assert!(node.cli(&["CLUSTER", "NODES"]).lines().all(|line| line.contains(",node.example ")));
    let slot = cluster.slot_of("key");
    let from = cluster.node_of(slot);
    let to = (from + 1) % 3;
    cluster.nodes()[from].cli(&["SET", "key", "value"]);
    cluster.begin_move(slot, to);
    cluster.finish_move(slot, to);
    assert_eq!(cluster.nodes()[to].cli(&["GET", "key"]), "value");
}

#[test]
fn speaks_tls_alone() {
    let authority = Authority::new();
    let mut cluster = Cluster::options().tls(Tls::of(&authority)).start();
    for node in cluster.nodes() {
        let pong = redis_cli(node.port(), &authority, None, &["PING"]);
        assert_eq!(pong.stdout, "PONG\n", "{}", pong.stderr);
        let mut plain = Client::connect(node.port(), PATIENCE).expect("the node listens on its port");
        assert!(plain.command(&["PING"]).is_err());
    }
    let lost = cluster.node_of(0);
    cluster.kill(lost);
    assert_ne!(cluster.promoted(0, lost), lost);
}
