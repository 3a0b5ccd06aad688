use redwasp_tests::nutcracker::Nutcracker;
use redwasp_tests::resp::Reply;
use redwasp_tests::server::Redis;

#[test]
fn spreads_keys_over_servers() {
    let servers = [(); 2].map(|()| Redis::start());
    let nutcracker = Nutcracker::start(&servers.each_ref());
    let mut client = nutcracker.connect().expect("nutcracker listens on its port");
    for key in 0..100 {
        let reply = client.command(&["SET", &format!("key:{key}"), "value"]);
        assert_eq!(reply.expect("nutcracker answers"), Reply::Text("OK".to_owned()));
    }
    let keys = servers.map(|server| server.cli(&["DBSIZE"]).parse().expect("a number of keys"));
    assert!(keys.iter().all(|keys: &u32| *keys > 0) && keys.iter().sum::<u32>() == 100, "{keys:?}");
}

#[test]
fn closes_the_connection_on_what_is_about_no_key() {
    let redis = Redis::options().password("secret").start();
    let nutcracker = Nutcracker::start(&[&redis]);
    for command in [&["INFO"][..], &["CONFIG", "GET", "*"], &["HELLO", "3"]] {
        let mut client = nutcracker.connect().expect("nutcracker listens on its port");
        assert_eq!(client.command(&["AUTH", "secret"]).expect("nutcracker answers"), Reply::Text("OK".to_owned()));
        assert!(client.command(command).is_err(), "{command:?}");
    }
}
