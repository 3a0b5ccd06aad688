use redwasp_tests::fill;
use redwasp_tests::process::Process;
use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::wait::PATIENCE;
use std::process::Command;
use std::time::Duration;

#[test]
fn answers_commands_as_text() {
    let redis = Redis::start();
    assert_eq!(redis.cli(&["SET", "a", "1"]), "OK");
    assert_eq!(redis.cli(&["GET", "a"]), "1");
    assert_eq!(redis.cli(&["GET", "b"]), "(nil)");
    assert_eq!(redis.cli(&["RPUSH", "list", "x", "y z"]), "2");
    assert_eq!(redis.cli(&["LRANGE", "list", "0", "-1"]), "x\ny z");
    assert_eq!(redis.cli(&["SET", "lines", "x\r\ny"]), "OK");
    assert_eq!(redis.cli(&["GET", "lines"]), "x\r\ny");
    assert!(redis.try_cli(&["LPUSH", "a", "x"]).is_err_and(|error| error.starts_with("WRONGTYPE ")));
    assert_eq!(redis.info_field("tcp_port"), redis.port().to_string());
}

#[test]
fn takes_arguments_a_password_and_a_socket() {
    let redis = Redis::options().args(["--databases", "3"]).password("secret").unix_socket().start();
    assert_eq!(redis.cli(&["CONFIG", "GET", "databases"]), "databases\n3");
    let mut stranger = Client::connect(redis.port(), PATIENCE).expect("the server listens on its port");
    assert!(matches!(stranger.command(&["PING"]), Ok(Reply::Error(error)) if error.starts_with("NOAUTH ")));
    let mut local = Client::connect_unix(&redis.socket(), PATIENCE).expect("the server listens on its socket");
    assert_eq!(local.command(&["AUTH", "secret"]).expect("the server answers"), Reply::Text("OK".to_owned()));
}

#[test]
fn listens_on_a_socket_alone() {
    for program in Program::ALL {
        let mut redis = Redis::options().program(program).password("secret").only_unix_socket().start();
        assert_eq!(redis.cli(&["CONFIG", "GET", "port"]), "port\n0");
        assert_eq!(redis.url(), format!("unix://{}", redis.socket().display()));
        assert!(Client::connect(redis.port(), PATIENCE).is_err());
        redis.restart();
        assert_eq!(redis.cli(&["PING"]), "PONG");
    }
}

#[test]
fn has_users_who_may_do_little() {
    let redis = Redis::options().password("secret").start();
    redis.user("reader", "other", &["+get", "+info", "~public:*"]);
    let mut client = Client::connect(redis.port(), PATIENCE).expect("the server listens on its port");
    let mut ask = |args: &[&str]| client.command(args).expect("the server answers").to_string();
    assert!(ask(&["AUTH", "reader", "secret"]).starts_with("WRONGPASS "));
    assert_eq!(ask(&["AUTH", "reader", "other"]), "OK");
    assert_eq!(ask(&["GET", "public:a"]), "(nil)");
    assert!(ask(&["GET", "private"]).starts_with("NOPERM "));
    assert!(ask(&["CONFIG", "GET", "*"]).starts_with("NOPERM "));
}

#[test]
fn calls_commands_otherwise() {
    let redis = Redis::options().args(["--rename-command", "CONFIG", "", "--rename-command", "SLOWLOG", "xyz"]).start();
    for command in [["CONFIG", "GET", "*"].as_slice(), &["SLOWLOG", "LEN"]] {
        assert!(redis.try_cli(command).is_err_and(|error| error.starts_with("ERR unknown command")), "{command:?}");
    }
    assert_eq!(redis.cli(&["XYZ", "LEN"]), "0");
}

#[test]
fn loads_as_long_as_it_shall() {
    let is_loading = |server: &Redis| {
        assert_eq!(server.info_field("loading"), "1");
        assert!(server.try_cli(&["GET", "bulk:0"]).is_err_and(|error| error.starts_with("LOADING ")));
    };
    for program in [Program::Redis, Program::Redis80, Program::Valkey91] {
        let options = Redis::options().program(program).loads_slowly();
        let mut redis = options.clone().start();
        fill::bulk(&mut redis.connect().expect("the server can be connected to"));
        let keys = redis.cli(&["DBSIZE"]);
        let replica = options.replica_of(&redis).start_loading();
        is_loading(&replica);
        replica.finish_loading();
        assert_eq!(replica.cli(&["DBSIZE"]), keys);
        redis.restart_loading();
        is_loading(&redis);
        redis.finish_loading();
        assert_eq!(redis.cli(&["DBSIZE"]), keys);
    }
}

#[test]
fn restarts_empty_on_the_same_port() {
    let mut redis = Redis::start();
    let port = redis.port();
    redis.cli(&["SET", "a", "1"]);
    redis.stop();
    assert!(Client::connect(port, PATIENCE).is_err());
    redis.restart();
    assert_eq!((redis.port(), redis.cli(&["DBSIZE"]).as_str()), (port, "0"));
}

#[test]
fn is_silent_while_it_is_paused() {
    let mut redis = Redis::start();
    redis.pause();
    let mut client = Client::connect(redis.port(), Duration::from_millis(100)).expect("the kernel accepts for it");
    assert!(client.command(&["PING"]).is_err());
    redis.resume();
    assert_eq!(redis.cli(&["PING"]), "PONG");
    redis.pause();
}

#[test]
fn replicates() {
    let primary = Redis::options().password("secret").start();
    primary.cli(&["SET", "a", "1"]);
    let replica = Redis::options().replica_of(&primary).start();
    assert_eq!((replica.info_field("role").as_str(), replica.cli(&["GET", "a"]).as_str()), ("slave", "1"));
    assert_eq!(primary.info_field("connected_slaves"), "1");
}

#[test]
fn starts_servers_of_other_versions_and_makes() {
    let programs = [
        (Program::Redis62, "redis_version", "6.2."),
        (Program::Redis80, "redis_version", "8.0."),
        (Program::Valkey91, "valkey_version", "9.1."),
    ];
    for (program, field, version) in programs {
        let primary = Redis::options().program(program).password("secret").start();
        primary.cli(&["SET", "a", "1"]);
        let mut replica = Redis::options().program(program).replica_of(&primary).start();
        for server in [&primary, &replica] {
            let said = server.info_field(field);
            assert!(said.starts_with(version), "{program:?} says {said}");
        }
        assert_eq!((replica.info_field("role").as_str(), replica.cli(&["GET", "a"]).as_str()), ("slave", "1"));
        replica.restart();
        assert_eq!(replica.cli(&["GET", "a"]), "1");
    }
    assert!(!Redis::start().info_field("redis_version").starts_with("6.2."));
}

#[test]
fn lists_the_connections_of_others() {
    let redis = Redis::start();
    let mut client = Client::connect(redis.port(), PATIENCE).expect("the server listens on its port");
    client.command(&["CLIENT", "SETNAME", "somebody"]).expect("the server answers");
    let names: Vec<_> = redis.client_list().into_iter().filter_map(|mut fields| fields.remove("name")).collect();
    assert_eq!(names, ["somebody"]);
}

#[test]
#[should_panic(expected = "FATAL CONFIG FILE ERROR")]
fn says_why_it_does_not_start() {
    Redis::options().args(["--no-such-option", "1"]).start();
}

#[test]
fn a_process_is_gone_with_its_value() {
    let process = Process::start(Command::new("sleep").arg("1000"));
    let folder = format!("/proc/{}", process.pid());
    assert!(process.resident_bytes() > 0 && process.threads() == 1 && process.open_files() >= 3);
    assert!(std::path::Path::new(&folder).exists());
    drop(process);
    assert!(!std::path::Path::new(&folder).exists());
}
