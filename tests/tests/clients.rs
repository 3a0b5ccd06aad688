//! Clients of real servers, beside redis_exporter, and more of them than there is room for.

use std::collections::BTreeMap;
use std::fs;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::{Labels, Page};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::replay::Replay;
use redwasp_tests::resp::Client;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::{of, succeeded};
use redwasp_tests::{tools, wait};

/// The names of the clients that are compared. Exporters are clients too, and come and go.
const NAMES: [&str; 3] = ["idle", "listens", "watches"];

/// Clients that stay as they are while they are kept.
fn clients(redis: &Redis) -> Vec<Client> {
    let named = |name: &str, commands: &[&[&str]]| {
        let mut client = redis.connect().unwrap();
        client.command(&["CLIENT", "SETNAME", name]).unwrap();
        commands.iter().for_each(|command| drop(client.command(command).unwrap()));
        client
    };
    vec![
        named(NAMES[0], &[&["SELECT", "3"]]),
        named(NAMES[1], &[&["SUBSCRIBE", "news"], &["PSUBSCRIBE", "n*"]]),
        named(NAMES[2], &[&["WATCH", "a"]]),
    ]
}

fn watching(redis: &Redis, flags: &[&str]) -> Daemon {
    Daemon::start(&[&[format!("--redis.addr={}", redis.url()).as_str()], flags].concat())
}

type Samples = BTreeMap<(String, Labels), String>;

/// What is told of the clients that are compared, with the families' types.
fn of_clients(page: &Page) -> Samples {
    let is_compared = |labels: &Labels| labels.get("name").is_some_and(|name| NAMES.contains(&name.as_str()));
    let samples = page.samples.iter().filter(|sample| sample.name.starts_with("redis_connected_client_"));
    let kind = |name: &str| page.family(name).and_then(|family| family.kind.clone());
    samples
        .filter(|sample| is_compared(&sample.labels))
        .map(|sample| {
            let said = format!("{:?} {:?}", kind(&sample.name), sample.value);
            ((sample.name.clone(), sample.labels.clone()), said)
        })
        .collect()
}

/// Our page, once both exporters say the same: ages go on, and servers shrink buffers that nobody uses.
fn compared(redis: &Redis, flags: &[&str]) -> Page {
    let ours = watching(redis, flags);
    let address = format!("--redis.addr={}", redis.url());
    let args = [&[address.as_str()], flags].concat();
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &args, &[]);
    let mut last = None;
    let found = wait::within(wait::PATIENCE, || {
        let (page, other) = (ours.scrape("/metrics"), theirs.scrape("/metrics"));
        let (samples, others) = (of_clients(&page), of_clients(&other));
        let is_same = samples == others;
        last = Some((samples, others));
        is_same.then_some(page)
    });
    found.unwrap_or_else(|| {
        let (ours, theirs) = last.unwrap();
        assert_eq!(ours, theirs, "they never said the same");
        unreachable!()
    })
}

#[test]
fn redis_7() {
    compare(Program::Redis);
}

#[test]
fn redis_6() {
    compare(Program::Redis62);
}

#[test]
fn redis_8() {
    compare(Program::Redis80);
}

#[test]
fn valkey_9() {
    compare(Program::Valkey91);
}

/// Whether CLIENT LIST has the library of a client and how many keys it watches.
fn tells_more(program: Program) -> bool {
    [Program::Redis80, Program::Valkey91].contains(&program)
}

fn compare(program: Program) {
    let redis = Redis::options().program(program).start();
    let _clients = clients(&redis);
    let page = compared(&redis, &["--export-client-list"]);
    let info = page.labels_of("redis_connected_client_info");
    let listens = info.iter().find(|labels| labels["name"] == "listens").unwrap();
    let mut labels = vec!["db", "flags", "host", "id", "name"];
    labels.extend((program != Program::Redis62).then_some("resp"));
    labels.push("user");
    assert_eq!(listens.keys().collect::<Vec<_>>(), labels);
    let value = |metric: &str, name: &str| {
        let id = info.iter().find(|labels| labels["name"] == name).unwrap()["id"].as_str();
        page.value(&format!("redis_connected_client_{metric}"), &[("id", id), ("name", name)])
    };
    assert_eq!(value("channel_subscriptions_count", "listens"), Some(1.0));
    assert_eq!(value("pattern_matching_subscriptions_count", "listens"), Some(1.0));
    assert_eq!(value("channel_subscriptions_count", "idle"), Some(0.0));
    assert!(value("total_memory_consumed_bytes", "idle").unwrap() > 0.0);
    assert_eq!(value("shard_channel_subscriptions_count", "idle").is_some(), program != Program::Redis62);
    let watched = tells_more(program).then_some(1.0);
    assert_eq!(value("shard_channel_watched_keys", "watches"), watched);
    assert_eq!(page.value("redis_client_list_left_out", &[("of", "list")]), Some(0.0));
    let page = compared(&redis, &["--export-client-list", "--export-client-port"]);
    let has_port = |labels: &&Labels| labels.get("port").is_some_and(|port| port.parse::<u16>().is_ok());
    assert!(page.labels_of("redis_connected_client_info").iter().all(has_port));
}

#[test]
fn nothing_is_asked_without_a_switch() {
    let redis = Redis::start();
    let _clients = clients(&redis);
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let asked = |args: &[&str], variables: &[(&str, &str)]| {
        proxy.clear();
        let page = Daemon::start_with(&[&[address.as_str()], args].concat(), variables).scrape("/metrics");
        assert!(succeeded(&page, "clients"));
        let asked = proxy.commands().iter().filter(|command| command[..] == ["CLIENT", "LIST"]).count();
        let has = |name: &str| page.family(name).is_some();
        (asked, has("redis_connected_client_info"), has("redis_connected_clients_by_name"))
    };
    assert_eq!(asked(&[], &[]), (0, false, false));
    assert_eq!(asked(&["--export-client-port"], &[]), (0, false, false));
    assert_eq!(asked(&["--export-client-list"], &[]), (1, true, false));
    assert_eq!(asked(&[], &[("REDIS_EXPORTER_EXPORT_CLIENT_LIST", "true")]), (1, true, false));
    assert_eq!(asked(&["--export-client-aggregates"], &[]), (1, false, true));
    assert_eq!(asked(&[], &[("REDWASP_EXPORT_CLIENT_AGGREGATES", "true")]), (1, false, true));
    assert_eq!(asked(&["--export-client-list", "--export-client-aggregates"], &[]), (1, true, true));
}

#[test]
fn aggregates_say_how_many_there_are_of_which_kind() {
    for program in Program::ALL {
        let redis = Redis::options().program(program).start();
        redis.cli(&["ACL", "SETUSER", "app", "on", ">secret", "+@all", "~*", "&*"]);
        let mut clients: Vec<Client> = (0..5).map(|_| redis.connect().unwrap()).collect();
        for client in &mut clients[..3] {
            client.command(&["AUTH", "app", "secret"]).unwrap();
            client.command(&["CLIENT", "SETNAME", "worker"]).unwrap();
        }
        if tells_more(program) {
            clients[0].command(&["CLIENT", "SETINFO", "LIB-NAME", "jedis"]).unwrap();
            clients[0].command(&["CLIENT", "SETINFO", "LIB-VER", "5.1"]).unwrap();
        }
        let daemon = watching(&redis, &["--export-client-aggregates"]);
        // The connections of the commands above are closed, and the server learns of it in its own time.
        let page = wait::until("no other client to be there", wait::PATIENCE, || {
            let page = daemon.scrape("/metrics");
            (page.value("redis_connected_clients_idle_seconds_count", &[]) == Some(6.0)).then_some(page)
        });
        let by =
            |what: &str, labels: &[(&str, &str)]| page.value(&format!("redis_connected_clients_by_{what}"), labels);
        assert_eq!(by("name", &[("name", "worker")]), Some(3.0), "{program:?}");
        assert_eq!(by("name", &[("name", "")]), Some(2.0));
        assert_eq!(by("name", &[("name", "redwasp")]), Some(1.0));
        assert_eq!(by("user", &[("user", "app")]), Some(3.0));
        assert_eq!(by("user", &[("user", "default")]), Some(3.0));
        let jedis = by("library", &[("lib_name", "jedis"), ("lib_ver", "5.1")]);
        assert_eq!(jedis, tells_more(program).then_some(1.0), "{program:?}");
        assert_eq!(page.family("redis_connected_clients_by_library").is_some(), tells_more(program));
        assert!(page.value("redis_connected_clients_memory_bytes", &[]).unwrap() > 0.0);
        assert_eq!(page.value("redis_connected_clients_largest_output_buffer_bytes", &[]), Some(0.0));
        assert_eq!(page.family("redis_connected_client_info"), None);
    }
}

#[test]
fn output_that_a_client_does_not_read_is_seen() {
    let redis = Redis::start();
    redis.cli(&["SET", "large", &"x".repeat(1 << 20)]);
    let mut greedy = std::net::TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
    let get: Vec<&[u8]> = vec![b"*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n"; 20];
    std::io::Write::write_all(&mut greedy, &get.concat()).unwrap();
    let daemon = watching(&redis, &["--export-client-aggregates"]);
    let megabytes =
        |page: &Page, name: &str| page.value(&format!("redis_connected_clients_{name}"), &[]).unwrap() / 1e6;
    let page = wait::until("output to wait", wait::PATIENCE, || {
        let page = daemon.scrape("/metrics");
        (megabytes(&page, "largest_output_buffer_bytes") > 5.0).then_some(page)
    });
    assert!(megabytes(&page, "output_buffer_bytes") >= megabytes(&page, "largest_output_buffer_bytes"));
    assert!(megabytes(&page, "memory_bytes") > 5.0);
}

#[test]
fn a_user_who_may_not_ask_misses_only_the_clients_and_is_told_once() {
    let redis = Redis::start();
    redis.cli(&["ACL", "SETUSER", "exporter", "on", ">secret", "+@all", "-client|list"]);
    let daemon = watching(&redis, &["--redis.user=exporter", "--redis.password=secret", "--export-client-list"]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!((page.value("redis_up", &[]), page.family("redis_connected_client_info")), (Some(1.0), None));
        assert!(succeeded(&page, "clients"));
    }
    assert_eq!(daemon.log().matches("CLIENT LIST cannot be had").count(), 1, "{}", daemon.log());
    redis.cli(&["ACL", "SETUSER", "exporter", "+client|list"]);
    assert!(daemon.scrape("/metrics").family("redis_connected_client_info").is_some());
}

/// So many clients, as Redis 7 tells them.
fn many(clients: usize) -> String {
    let line = |id: usize| {
        format!(
            "id={id} addr=10.20.30.40:50123 laddr=10.20.30.41:6379 fd=1234 name=client-{id} age=6321 idle=6320 flags=N db=0 \
            sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=20474 argv-mem=0 multi-mem=0 rbs=16384 rbp=16384 obl=0 oll=0 \
            omem=1 tot-mem=37712 events=r cmd=client|list user=user-{} redir=-1 resp=2 lib-name=redis-py \
            lib-ver=5.0.1\n",
            id % 300
        )
    };
    (1..=clients).map(line).collect()
}

const INFO: &str = "# Server\r\nredis_version:7.2.0\r\nredis_mode:standalone\r\n# Clients\r\nconnected_clients:7\r\n\
    # Replication\r\nrole:master\r\n";

#[test]
fn of_too_many_clients_those_are_told_that_fit_and_the_rest_is_counted() {
    for (clients, read) in [(5_000, 5_000), (40_000, 10_000)] {
        let replay = Replay::options().clients(&many(clients)).start(INFO);
        let address = format!("--redis.addr={}", replay.url());
        let daemon = Daemon::start(&[&address, "--export-client-list", "--export-client-aggregates"]);
        for _ in 0..3 {
            let page = daemon.scrape("/metrics");
            assert_eq!(page.value("redis_up", &[]), Some(1.0));
            assert!(succeeded(&page, "clients"), "{}", daemon.log());
            let left_out = |what| page.value("redis_client_list_left_out", &[("of", what)]);
            assert_eq!(left_out("list"), Some((clients - 720) as f64));
            assert_eq!(left_out("aggregates"), Some((clients - read) as f64));
            assert_eq!(page.samples_of("redis_connected_client_info").count(), 720);
            assert_eq!(page.value("redis_connected_clients_output_buffer_bytes", &[]), Some(read as f64));
            assert_eq!(page.samples_of("redis_connected_clients_by_user").count(), 101);
        }
        assert_eq!(daemon.log().matches("are left out of the list").count(), 1, "{}", daemon.log());
    }
}

#[test]
fn a_reply_that_is_too_long_costs_nothing_but_the_clients() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redwasp.yaml");
    fs::write(&file, "collectors: {clients: {limits: {reply-bytes: 100KiB}, config: {list: true}}}").unwrap();
    let replay = Replay::options().clients(&many(1000)).start(INFO);
    let (address, file) = (format!("--redis.addr={}", replay.url()), format!("--config.file={}", file.display()));
    let daemon = Daemon::start(&[&address, &file]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redis_up", &[]), Some(1.0));
        assert_eq!(page.value("redis_connected_clients", &[]), Some(7.0));
        assert_eq!(page.family("redis_connected_client_info"), None);
        assert!(succeeded(&page, "clients"));
        assert_eq!(of(&page, "clients", "quarantined"), 0.0);
    }
    assert_eq!(daemon.log().matches("CLIENT LIST cannot be had").count(), 1, "{}", daemon.log());
}
