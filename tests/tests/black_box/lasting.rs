//! What a row cannot tell: several pages, or several servers, of one daemon.

use std::fs;

use redwasp_tests::daemon::{Daemon, redwasp};
use redwasp_tests::page::Page;
use redwasp_tests::replay::Replay;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::tools;

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

#[test]
fn passwords_change_while_a_daemon_runs() {
    let redis = Redis::options().password("second").start();
    let file = tempfile::NamedTempFile::new().unwrap();
    let write = |password: &str| fs::write(file.path(), format!("{{\"{}\": \"{password}\"}}", redis.url())).unwrap();
    let flag = format!("--redis.password-file={}", file.path().display());
    let path = format!("/scrape?target={}", redis.url());
    for program in [redwasp(), &tools::tool("redis_exporter")] {
        write("first");
        let daemon = Daemon::start_program(program, &["--redis.addr=", &flag], &[]);
        let up = || daemon.scrape(&path).value("redis_up", &[]);
        let reload = || {
            let response = daemon.get("/-/reload");
            (response.status, response.text())
        };
        assert_eq!(up(), Some(0.0), "{}", program.display());
        write("second");
        assert_eq!(reload(), (200, "ok".to_owned()), "{}", program.display());
        assert_eq!(up(), Some(1.0), "{}", program.display());
        fs::write(file.path(), "{").unwrap();
        let (status, text) = reload();
        assert!(status == 500 && !text.is_empty(), "{}: {status} {text}", program.display());
        assert_eq!(up(), Some(1.0), "{}: the passwords from before are kept", program.display());
        fs::remove_file(file.path()).unwrap();
        assert_eq!(reload().0, 500, "{}", program.display());
        assert_eq!(up(), Some(1.0), "{}", program.display());
    }
}
