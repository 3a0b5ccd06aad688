use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::server::Redis;
use redwasp_tests::wait::PATIENCE;

#[test]
fn counts_a_pipeline_as_one_round_trip() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let mut client = Client::connect(proxy.port(), PATIENCE).expect("the proxy listens on its port");
    client.command(&["ping"]).expect("the server answers");
    assert_eq!((proxy.commands(), proxy.round_trips(), proxy.connections()), (vec![vec!["PING".to_owned()]], 1, 1));

    proxy.clear();
    let replies = client.pipeline(&[&["set", "a", "1\r\n2"], &["get", "a"], &["dbsize"]]).expect("the server answers");
    assert_eq!(replies[1], Reply::Text("1\r\n2".to_owned()));
    assert_eq!((proxy.round_trips(), proxy.connections()), (1, 0));
    assert_eq!(proxy.commands(), [vec!["SET", "a", "1\r\n2"], vec!["GET", "a"], vec!["DBSIZE"]]);

    client.command(&["PING"]).expect("the server answers");
    client.command(&["PING"]).expect("the server answers");
    assert_eq!(proxy.round_trips(), 3);
}

#[test]
fn counts_every_connection_by_itself() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    for _ in 0..3 {
        let mut client = Client::connect(proxy.port(), PATIENCE).expect("the proxy listens on its port");
        client.command(&["PING"]).expect("the server answers");
    }
    assert_eq!((proxy.round_trips(), proxy.connections()), (3, 3));
}

#[test]
fn hands_on_that_the_server_is_gone() {
    let mut redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let mut client = Client::connect(proxy.port(), PATIENCE).expect("the proxy listens on its port");
    client.command(&["PING"]).expect("the server answers");
    redis.stop();
    assert!(client.command(&["PING"]).is_err());
    let mut late = Client::connect(proxy.port(), PATIENCE).expect("the proxy listens still");
    assert!(late.command(&["PING"]).is_err());
}
