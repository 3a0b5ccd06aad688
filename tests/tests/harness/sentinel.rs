use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::sentinel::SentinelGroup;
use redwasp_tests::server::Program;
use redwasp_tests::wait::{self, PATIENCE};

/// That another server is promoted when the primary is killed, and that the sentinels know it.
fn fails_over(mut group: SentinelGroup) {
    assert_eq!(group.primary(), Some(0));
    group.servers()[0].cli(&["SET", "key", "value"]);
    assert_eq!(group.servers()[0].cli(&["WAIT", "2", "10000"]), "2");
    group.kill(0);
    let promoted = group.promoted(0);
    let port = group.servers()[promoted].port();
    assert!(group.sentinels().iter().all(|sentinel| sentinel.primary(SentinelGroup::NAME) == port));
    assert_eq!(group.servers()[promoted].cli(&["SET", "key", "other"]), "OK");
    group.restart(0);
    wait::until("the old primary to follow the new one", 2 * PATIENCE, || {
        let old = &group.servers()[0];
        (old.info_field("role") == "slave" && old.cli(&["GET", "key"]) == "other").then_some(())
    });
}

#[test]
fn fails_over_with_redis_7() {
    fails_over(SentinelGroup::start());
}

#[test]
fn fails_over_with_valkey_9_and_passwords() {
    let group = SentinelGroup::options()
        .program(Program::Valkey91)
        .password("of-servers")
        .sentinel_password("of-sentinels")
        .start();
    let refused = |port: u16, password: &str| {
        let mut client = Client::connect(port, PATIENCE).expect("somebody listens on the port");
        matches!(client.command(&["AUTH", password]), Ok(Reply::Error(error)) if error.starts_with("WRONGPASS "))
    };
    assert!(group.servers().iter().all(|server| refused(server.port(), "of-sentinels")));
    assert!(group.sentinels().iter().all(|sentinel| refused(sentinel.port(), "of-servers")));
    fails_over(group);
}
