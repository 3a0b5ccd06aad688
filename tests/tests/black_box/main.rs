//! What users of redis_exporter rely on, one row a case: a server, flags, a request, and lines of the answer.

use redwasp_tests::captures::Capture;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::http::Response;
use redwasp_tests::page::Page;
use redwasp_tests::replay::Replay;
use redwasp_tests::server::{Program, Redis};

/// Whom a case is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Given {
    /// Nobody: the flags say what is watched.
    Nobody,
    Redis,
    Redis62,
    Valkey91,
    /// With the password "secret", which the flags have to bring.
    Password,
    /// With an ACL user "exporter", password "secret", who may do little.
    Acl,
    Replica,
    ClusterNode,
    /// The text of INFO in this folder of the test data.
    Text(&'static str),
}

/// A row. `{host}` stands for the server's host and port, `{port}` for its port.
struct Case {
    name: &'static str,
    given: Given,
    args: &'static [&'static str],
    path: &'static str,
    status: u16,
    /// Beginnings of lines that are there.
    has: &'static [&'static str],
    /// Beginnings of lines that are not.
    no: &'static [&'static str],
}

const fn case(name: &'static str, given: Given, args: &'static [&'static str]) -> Case {
    Case { name, given, args, path: "/metrics", status: 200, has: &["redis_up 1"], no: &[] }
}

impl Case {
    const fn has(self, has: &'static [&'static str]) -> Case {
        Case { has, ..self }
    }

    const fn no(self, no: &'static [&'static str]) -> Case {
        Case { no, ..self }
    }

    const fn get(self, path: &'static str, status: u16) -> Case {
        Case { path, status, ..self }
    }
}

const URL: &str = "--redis.addr=redis://{host}";

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("a server and no flags", Given::Redis, &[URL])
        .has(&["redis_up 1", "redis_exporter_last_scrape_error{err=\"\"} 0", "redis_exporter_last_scrape_connect_time_seconds "])
        .no(&["redis_exporter_last_scrape_ping_time_seconds", "redis_total_system_memory_bytes"]),
    case("a socket that is not there", Given::Nobody, &["--redis.addr=unix:///tmp/doesnt.exist"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"unix:///tmp/doesnt.exist: cannot connect", "redis_exporter_scrapes_total 1"])
        .no(&["redis_instance_info", "redis_db_keys"]),
    case("a wrong password in the address", Given::Password, &["--redis.addr=redis://:wrong@{host}"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"redis://{host}: WRONGPASS"])
        .no(&["redis_instance_info"]),
    case("no password for a server that wants one", Given::Password, &[URL])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"redis://{host}: NOAUTH Authentication required.\"} 1"]),
    case("a password for a server that wants none", Given::Redis, &[URL, "--redis.password=secret"])
        .has(&["redis_up 0", "redis_exporter_last_scrape_error{err=\"redis://{host}: ERR AUTH <password> called without any password configured"]),
    case("a password in the address", Given::Password, &["--redis.addr=redis://:secret@{host}"]),
    case("a lone word before the @ is the password", Given::Password, &["--redis.addr=redis://secret@{host}"]),
    case("a password in a flag", Given::Password, &[URL, "--redis.password=secret"]),
    case("a user with few rights", Given::Acl, &[URL, "--redis.user=exporter", "--redis.password=secret"])
        .has(&["redis_up 1", "redis_db_keys{db=\"db0\"} 0", "redis_db_keys{db=\"db15\"} 0"])
        .no(&["redis_db_keys{db=\"db16\"}"]),
    case("a user and a password in the address", Given::Acl, &["--redis.addr=redis://exporter:secret@{host}"]),
    case("host and port", Given::Redis, &["--redis.addr={host}"]),
    case("a name and a port", Given::Redis, &["--redis.addr=localhost:{port}"]),
    case("tcp://", Given::Redis, &["--redis.addr=tcp://{host}"]),
    case("valkey://", Given::Redis, &["--redis.addr=valkey://{host}"]),
    case("no target", Given::Nobody, &["--redis.addr="])
        .has(&["redis_exporter_scrapes_total 0", "redis_target_scrape_request_errors_total 0", "redis_exporter_build_info{", "process_resident_memory_bytes "])
        .no(&["redis_up", "redis_exporter_last_scrape"]),
    case("system metrics", Given::Redis, &[URL, "--include-system-metrics"])
        .has(&["redis_total_system_memory_bytes "]),
    case("metrics of the process", Given::Redis, &[URL])
        .has(&["redis_exporter_build_info{", "process_resident_memory_bytes ", "process_network_receive_bytes_total "]),
    case("only metrics of Redis", Given::Redis, &[URL, "--redis-only-metrics"])
        .has(&["redis_up 1", "redis_exporter_scrapes_total 1"])
        .no(&["redis_exporter_build_info", "process_", "go_"]),
    case("Go runtime metrics, which nobody has", Given::Redis, &[URL, "--include-go-runtime-metrics"]).no(&["go_"]),
    case("the role on every line", Given::Redis, &[URL, "--append-instance-role-label", "--ping-on-connect"])
        .has(&["redis_up{instance_role=\"master\"} 1", "redis_instance_info{instance_role=\"master\",", "redis_exporter_last_scrape_error{err=\"\",instance_role=\"master\"} 0", "redis_exporter_last_scrape_connect_time_seconds ", "redis_exporter_last_scrape_ping_time_seconds ", "redis_exporter_scrapes_total 1"])
        .no(&["redis_up ", "redis_connected_clients "]),
    case("the role of a replica", Given::Replica, &[URL, "--append-instance-role-label"])
        .has(&["redis_up{instance_role=\"slave\"} 1", "redis_slave_info{instance_role=\"slave\","]),
    case("a PING", Given::Redis, &[URL, "--ping-on-connect"])
        .has(&["redis_up 1", "redis_exporter_last_scrape_ping_time_seconds ", "redis_exporter_last_scrape_connect_time_seconds "]),
    case("a PING that is refused", Given::Acl, &[URL, "--redis.user=exporter", "--redis.password=secret", "--ping-on-connect"])
        .no(&["redis_exporter_last_scrape_ping_time_seconds"]),
    case("databases without keys", Given::Redis, &[URL])
        .has(&["redis_db_keys{db=\"db10\"} 0", "redis_db_keys_expiring{db=\"db15\"} 0"]).no(&["redis_db_keys{db=\"db16\"}"]),
    case("no databases without keys", Given::Redis, &[URL, "--include-metrics-for-empty-databases=false"])
        .has(&["redis_db_keys{db=\"db0\"} 1"]).no(&["redis_db_keys{db=\"db10\"}"]),
    case("latency percentiles", Given::Redis, &[URL])
        .has(&["redis_latency_percentiles_usec{cmd=\"set\",quantile=\"50\"}", "redis_latency_percentiles_usec{cmd=\"set\",quantile=\"99.9\"}", "redis_latency_percentiles_usec_count{cmd=\"set\"} 1"]),
    case("no latency percentiles before 7.0, but failed calls", Given::Redis62, &[URL])
        .has(&["redis_commands_total{cmd=\"set\"} 1", "redis_commands_failed_calls_total{cmd=\"incr\"} 1", "redis_commands_rejected_calls_total{cmd=\"get\"} 1", "redis_errors_total{err=\"ERR\"} "])
        .no(&["redis_latency_percentiles_usec"]),
    case("Valkey", Given::Valkey91, &[URL])
        .has(&["redis_up 1", "redis_active_time_main_thread_seconds_total ", "redis_tls_certificate_info{certificate=\"server\",serial=\"none\"} 1", "redis_scripting_engine_info{"]),
    case("a replica", Given::Replica, &[URL])
        .has(&["redis_slave_info{master_host=\"127.0.0.1\"", "redis_master_link_up{", "redis_master_last_io_seconds_ago{master_host=\"127.0.0.1\"", "redis_slave_repl_offset{"]),
    case("a node of a cluster", Given::ClusterNode, &[URL])
        .has(&["redis_cluster_enabled 1", "redis_master_repl_offset ", "redis_instance_info{", "redis_db_keys{db=\"db0\"} 0"])
        .no(&["redis_db_keys{db=\"db1\"}", "redis_slave_info"]),
    case("another namespace", Given::Redis, &[URL, "--namespace=x"]).has(&["x_up 1", "x_process_id ", "x_exporter_scrapes_total 1"]).no(&["redis_"]),
    case("no namespace", Given::Redis, &[URL, "--namespace="]).has(&["up 1", "process_id ", "exporter_scrapes_total 1", "connected_clients "]).no(&["redis_", "_up"]),
    case("a target in the request", Given::Redis, &["--redis.addr="]).get("/scrape?target={host}", 200)
        .has(&["redis_up 1", "redis_exporter_scrapes_total 1", "redis_exporter_build_info{"]).no(&["process_"]),
    case("no target in the request", Given::Redis, &[URL]).get("/scrape", 400).has(&["'target' parameter must be specified"]),
    case("an empty target", Given::Redis, &[URL]).get("/scrape?target=", 400).has(&["'target' parameter must be specified"]),
    case("a target without a scheme's name", Given::Redis, &[URL]).get("/scrape?target=://nope", 400).has(&["Invalid 'target' parameter, parse err: "]),
    case("a target whose port is none", Given::Redis, &[URL]).get("/scrape?target=127.0.0.1:6379-", 400).has(&["Invalid 'target' parameter, parse err: "]),
    case("no /scrape", Given::Redis, &[URL, "--disable-scrape-endpoint"]).get("/scrape?target={host}", 404).has(&["404 page not found"]),
    case("a page that is not there", Given::Redis, &[URL]).get("/nope", 404).has(&["404 page not found"]),
    case("another path of the page", Given::Redis, &[URL, "--web.telemetry-path=/m"]).get("/m", 200),
    case("the usual path, when it is another", Given::Redis, &[URL, "--web.telemetry-path=/m"]).get("/metrics", 404).has(&["404"]),
    case("the landing page", Given::Redis, &[URL]).get("/", 200).has(&["<!DOCTYPE html>"]),
    case("health", Given::Nobody, &["--redis.addr=unix:///tmp/doesnt.exist"]).get("/health", 200).has(&["ok"]),
    case("KeyDB", Given::Text("keydb"), &[URL])
        .has(&["redis_db_keys_cached{db=\"db0\"} ", "redis_storage_provider_read_hits ", "redis_server_threads_total "]),
    case("several primaries of a KeyDB", Given::Text("keydb-multi-replica"), &[URL])
        .has(&["redis_master_link_up{master_host=\""]),
    case("Dragonfly", Given::Text("dragonfly"), &[URL]).has(&["redis_up 1", "redis_db_keys{db=\"db0\"} "]),
    case("fields that were asked for", Given::Redis, &[URL, "--include-info-fields=instantaneous_*_kbps,used_memory_peak_perc"])
        .has(&["redis_instantaneous_input_kbps ", "redis_used_memory_peak_perc "]).no(&["redis_instantaneous_ops_per_sec"]),
];

/// The servers that rows are about, each started once.
struct Servers {
    redis: Redis,
    redis62: Redis,
    valkey91: Redis,
    password: Redis,
    acl: Redis,
    replica: Redis,
    cluster_node: Redis,
}

impl Servers {
    fn start() -> Servers {
        let redis = Redis::start();
        let redis62 = Redis::options().program(Program::Redis62).start();
        for server in [&redis, &redis62] {
            server.cli(&["SET", "key", "value"]);
            assert!(server.try_cli(&["INCR", "key"]).is_err());
            assert!(server.try_cli(&["GET"]).is_err());
        }
        let acl = Redis::start();
        let rules = ["reset", "on", ">secret", "+client", "+info", "+select", "+slowlog", "+latency"];
        acl.cli(&[["ACL", "SETUSER", "exporter"].as_slice(), &rules].concat());
        Servers {
            replica: Redis::options().replica_of(&redis).start(),
            redis,
            redis62,
            valkey91: Redis::options().program(Program::Valkey91).start(),
            password: Redis::options().password("secret").start(),
            acl,
            cluster_node: Redis::options().args(["--cluster-enabled", "yes"]).start(),
        }
    }

    fn port(&self, given: Given) -> u16 {
        let server = match given {
            Given::Nobody | Given::Text(_) => return 0,
            Given::Redis => &self.redis,
            Given::Redis62 => &self.redis62,
            Given::Valkey91 => &self.valkey91,
            Given::Password => &self.password,
            Given::Acl => &self.acl,
            Given::Replica => &self.replica,
            Given::ClusterNode => &self.cluster_node,
        };
        server.port()
    }
}

fn answer(case: &Case, port: u16) -> Response {
    let fill = |text: &str| text.replace("{host}", &format!("127.0.0.1:{port}")).replace("{port}", &port.to_string());
    let args: Vec<String> = case.args.iter().map(|arg| fill(arg)).collect();
    let daemon = Daemon::start(&args.iter().map(String::as_str).collect::<Vec<_>>());
    daemon.get(&fill(case.path))
}

#[test]
fn cases() {
    let servers = Servers::start();
    let mut faults = Vec::new();
    for case in CASES {
        let replay =
            if let Given::Text(name) = case.given { Some(Replay::start(Capture::named(name).info())) } else { None };
        let port = replay.as_ref().map_or_else(|| servers.port(case.given), Replay::port);
        let response = answer(case, port);
        let text = response.text();
        if response.status == 200 && text.contains("# TYPE ") {
            let samples = Page::parse(&text).unwrap().samples;
            assert!(samples.iter().all(|sample| sample.timestamp.is_none()), "{}: there is a timestamp", case.name);
        }
        let fill = |text: &str| text.replace("{host}", &format!("127.0.0.1:{port}"));
        let is_there = |beginning: &str| text.lines().any(|line| line.starts_with(&fill(beginning)));
        if response.status != case.status {
            faults.push(format!("{}: status {}", case.name, response.status));
        }
        let missing = case.has.iter().filter(|beginning| !is_there(beginning)).map(|beginning| ("lacks", beginning));
        let more = case.no.iter().filter(|beginning| is_there(beginning)).map(|beginning| ("has", beginning));
        faults.extend(missing.chain(more).map(|(verb, beginning)| format!("{}: {verb} {beginning}", case.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_server_that_is_upgraded_keeps_its_instance_info() {
    let before = "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\nrole:master\r\n";
    let after = before.replace("8.0.1", "8.1.0").replace("role", "valkey_release_stage:ga\r\nrole");
    let replay = Replay::start(before);
    let daemon = Daemon::start(&[&format!("--redis.addr={}", replay.url())]);
    for (text, version, stage) in [(before, "8.0.1", None), (&*after, "8.1.0", Some("ga")), (before, "8.0.1", None)] {
        replay.play(text);
        let page = daemon.scrape("/metrics");
        let labels = page.labels_of("redis_instance_info");
        assert_eq!(labels.len(), 1);
        assert_eq!(labels[0]["valkey_version"], version);
        assert_eq!(labels[0].get("valkey_release_stage").map(String::as_str), stage);
    }
}

#[test]
fn many_clients_and_several_targets_do_not_mix() {
    let servers: Vec<Redis> = [Program::Redis, Program::Redis62, Program::Valkey91, Program::Redis]
        .map(|program| Redis::options().program(program).start())
        .into();
    for (keys, server) in servers.iter().enumerate() {
        (0..keys).for_each(|key| drop(server.cli(&["SET", &key.to_string(), "value"])));
    }
    let daemon = Daemon::start(&["--redis.addr="]);
    std::thread::scope(|scope| {
        for client in 0..20 {
            let (daemon, servers) = (&daemon, &servers);
            scope.spawn(move || {
                for request in 0..100 {
                    let keys = (client + request) % servers.len();
                    let response = daemon.get(&format!("/scrape?target={}", servers[keys].url()));
                    assert_eq!(response.status, 200);
                    let page = Page::parse(&response.text()).unwrap();
                    assert_eq!(page.value("redis_up", &[]), Some(1.0));
                    assert_eq!(page.value("redis_db_keys", &[("db", "db0")]), Some(keys as f64));
                }
            });
        }
    });
}

#[test]
fn every_command_of_a_busy_server_is_there() {
    let lines = |from: u32| (from..from + 100).map(|n| (format!("ft.search|sub-{n}_ro"), n));
    let stats = lines(1).map(|(cmd, n)| {
        format!("cmdstat_{cmd}:calls={n},usec={},usec_per_call=2.00,rejected_calls=0,failed_calls=0\r\n", 2 * n)
    });
    let latencies =
        lines(1).map(|(cmd, n)| format!("latency_percentiles_usec_{cmd}:p50=1.003,p99={n}.5,p99.9=9.007\r\n"));
    let text = format!(
        "# Commandstats\r\n{}\r\n# Latencystats\r\n{}",
        stats.collect::<String>(),
        latencies.collect::<String>()
    );
    let replay = Replay::start(text);
    let page = Daemon::start(&[&format!("--redis.addr={}", replay.url())]).scrape("/metrics");
    for (cmd, n) in lines(1) {
        let value = |name: &str| page.value(name, &[("cmd", &cmd)]);
        assert_eq!(value("redis_commands_total"), Some(f64::from(n)));
        assert_eq!(value("redis_latency_percentiles_usec_sum"), Some(f64::from(2 * n)));
        let labels = [("cmd", cmd.as_str()), ("quantile", "99")];
        assert_eq!(page.value("redis_latency_percentiles_usec", &labels), Some(f64::from(n) + 0.5));
    }
}
