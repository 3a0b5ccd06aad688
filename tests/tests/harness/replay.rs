use redwasp_tests::daemon::Daemon;
use redwasp_tests::replay::Replay;
use redwasp_tests::resp::{Client, Reply};
use redwasp_tests::tools::tool;
use redwasp_tests::wait::PATIENCE;

const INFO: &str = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:12\r\n\r\n# Replication\r\nrole:master\r\n";

fn connect(replay: &Replay) -> Client {
    Client::connect(replay.port(), PATIENCE).expect("the replay listens on its port")
}

fn ask(client: &mut Client, command: &str) -> Reply {
    client.command(&command.split(' ').collect::<Vec<_>>()).expect("the replay answers")
}

fn text(text: &str) -> Reply {
    Reply::Text(text.to_owned())
}

fn error(text: &str) -> Reply {
    Reply::Error(text.to_owned())
}

#[test]
fn says_what_it_is_given_to_say() {
    let replay = Replay::start(INFO);
    let mut client = connect(&replay);
    let empty = Reply::Array(Vec::new());
    let sixteen = Reply::Array(vec![text("databases"), text("16")]);
    let answers = [
        ("INFO", text(INFO)),
        ("info All", text(INFO)),
        ("INFO server memory", text(INFO)),
        ("CLIENT SETNAME x", text("OK")),
        ("SELECT 3", text("OK")),
        ("AUTH user secret", text("OK")),
        ("PING", text("PONG")),
        ("HELLO 3", error("ERR unknown command 'HELLO'")),
        ("CONFIG GET databases", sixteen.clone()),
        ("CONFIG GET *", sixteen),
        ("CONFIG GET maxmemory", empty.clone()),
        ("CONFIG RESETSTAT", error("ERR unknown command 'CONFIG'")),
        ("SLOWLOG LEN", Reply::Integer(0)),
        ("SLOWLOG GET 1", empty),
        ("latency latest", error("ERR unknown command 'LATENCY'")),
    ];
    for (command, answer) in answers {
        assert_eq!(ask(&mut client, command), answer, "{command}");
    }
    assert_eq!((replay.asked("INFO"), replay.asked("INFO all"), replay.asked("CONFIG GET")), (3, 1, 3));
    assert_eq!(replay.commands()[14], ["LATENCY", "latest"]);
    replay.clear();
    replay.play("# Server\n");
    assert_eq!(ask(&mut client, "INFO ALL"), text("# Server\n"));
    assert_eq!(replay.asked("INFO"), 1);
}

#[test]
fn refuses_what_it_is_told_to_refuse() {
    let replay = Replay::options().refuse_info_arguments().refuse_config("NOPERM no CONFIG").start(INFO);
    let mut client = connect(&replay);
    let replies = client.pipeline(&[&["INFO", "ALL"][..], &["INFO"], &["CONFIG", "GET", "*"]]);
    let expected = [error("ERR syntax error"), text(INFO), error("NOPERM no CONFIG")];
    assert_eq!(replies.expect("the replay answers"), expected);

    let replay = Replay::options().refuse_info("NOPERM no INFO").config(&[("maxmemory", "1"), ("a", "b")]).start(INFO);
    let mut client = connect(&replay);
    assert_eq!(ask(&mut client, "INFO"), error("NOPERM no INFO"));
    assert_eq!(ask(&mut client, "INFO ALL"), error("NOPERM no INFO"));
    assert_eq!(ask(&mut client, "CONFIG GET max* a"), Reply::Array(["maxmemory", "1", "a", "b"].map(text).to_vec()));
}

#[test]
fn cuts_its_connections_when_it_is_dropped() {
    let replay = Replay::start(INFO);
    let mut client = connect(&replay);
    assert_eq!(ask(&mut client, "PING"), text("PONG"));
    drop(replay);
    assert!(client.command(&["PING"]).is_err());
}

#[test]
fn an_exporter_takes_it_for_a_server() {
    let replay = Replay::options().refuse_info_arguments().start(INFO);
    let address = format!("--redis.addr={}", replay.url());
    let exporter = Daemon::start_program(&tool("redis_exporter"), &[&address], &[]);
    let page = exporter.scrape("/metrics");
    assert_eq!((page.value("redis_up", &[]), page.value("redis_uptime_in_seconds", &[])), (Some(1.0), Some(12.0)));
    assert_eq!((replay.asked("INFO ALL"), replay.asked("INFO")), (1, 2));
}
