//! The same live servers through redis_exporter: names, types, labels and values. A redis_exporter that is newer than
//! redwasp promises may have more and lack what it gave up; it says so on stderr.

use redwasp_tests::captures;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::exporter::Exporter;
use redwasp_tests::page::Page;
use redwasp_tests::parity::{self, Difference};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::{fill, tools, wait};

/// A server, and a replica of it, of one make: filled with every type in several databases and forty kinds of commands.
fn pair(program: Program) -> [Redis; 2] {
    let primary = Redis::options().program(program).args(["--maxmemory", "100mb"]).start();
    let replica = Redis::options().program(program).replica_of(&primary).start();
    fill::fill(&mut primary.connect().unwrap());
    wait::until("the replica has all", wait::PATIENCE, || {
        let (ours, theirs) = (primary.info_field("master_repl_offset"), replica.info_field("slave_repl_offset"));
        (ours == theirs).then_some(())
    });
    [primary, replica]
}

/// Both exporters' pages of a server, and the text of INFO that ours came from.
fn pages(server: &Redis) -> (Page, Page, Vec<u8>) {
    let proxy = RecordingProxy::start(server.port());
    let ours = Daemon::start(&[
        &format!("--redis.addr=redis://127.0.0.1:{}", proxy.port()),
        "--include-system-metrics",
        "--config-command=-",
    ]);
    let mut args = vec![format!("--redis.addr={}", server.url())];
    args.extend(captures::FLAGS.map(str::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &args, &[]);
    // What the first scrapes change, they change for both.
    for _ in 0..2 {
        ours.get("/metrics");
        theirs.get("/metrics");
    }
    proxy.clear();
    let page = ours.scrape("/metrics");
    (page, theirs.scrape("/metrics"), proxy.last_info())
}

fn compare(server: &Redis) {
    let exporter = Exporter::here();
    let (ours, theirs, info) = pages(server);
    let commands = ours.samples_of("redis_commands_total").count();
    assert!(server.info().contains_key("role") && (commands >= 40 || server.info_field("role") == "slave"));
    let live: Vec<Difference> =
        exporter.differences(&ours, &theirs).into_iter().filter(|difference| !parity::moves(difference)).collect();
    assert!(live.is_empty(), "{}", parity::listed(&live));
    // Nothing moves in a text: what redis_exporter makes of the one that we had is what we made of it.
    let of_text = Page::parse(&captures::page_of(&info)).unwrap();
    let replayed = exporter.differences(&ours, &of_text);
    assert!(replayed.is_empty(), "{}", parity::listed(&replayed));
}

/// What redis_exporter says of itself: names, types and label names.
fn of_exporter(page: &Page) -> Vec<(String, Option<String>, Vec<String>)> {
    let is_of_exporter = |name: &str| {
        ["redis_exporter_", "redis_target_", "process_", "redis_up"].iter().any(|begin| name.starts_with(begin))
    };
    let families = page.families.iter().filter(|family| is_of_exporter(&family.name));
    let labels = |name: &str| {
        let sample = page.samples.iter().find(|sample| sample.name.starts_with(name));
        sample.map(|sample| sample.labels.keys().cloned().collect()).unwrap_or_default()
    };
    families.map(|family| (family.name.clone(), family.kind.clone(), labels(&family.name))).collect()
}

#[test]
fn both_say_the_same_of_themselves() {
    let redis = Redis::start();
    let args = [&format!("--redis.addr={}", redis.url()), "--ping-on-connect"];
    let ours = Daemon::start(&args);
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &args, &[]);
    for daemon in [&ours, &theirs] {
        assert_eq!(daemon.get("/scrape").status, 400);
        daemon.get("/metrics");
    }
    for path in ["/metrics".to_owned(), format!("/scrape?target={}", redis.url())] {
        let (ours, theirs) = (ours.scrape(&path), theirs.scrape(&path));
        let more = ["process_threads"];
        let (mut of_ours, mut of_theirs) = (of_exporter(&ours), of_exporter(&theirs));
        of_ours.retain(|(name, ..)| !more.contains(&name.as_str()));
        if Exporter::here().is_reference().is_err() {
            of_theirs.retain(|(name, ..)| ours.family(name).is_some());
        }
        assert_eq!(of_ours, of_theirs, "{path}");
        for name in [
            "redis_up",
            "redis_exporter_scrapes_total",
            "redis_exporter_scrape_duration_seconds_count",
            "redis_target_scrape_request_errors_total",
        ] {
            assert_eq!(ours.value(name, &[]), theirs.value(name, &[]), "{name} on {path}");
        }
        let start = |page: &Page| page.value("redis_start_time_seconds", &[]).unwrap();
        assert!((start(&ours) - start(&theirs)).abs() <= 1.0, "the clock may have gone on between the two");
        let error = |page: &Page| page.value("redis_exporter_last_scrape_error", &[("err", "")]);
        assert_eq!((error(&ours), error(&theirs)), (Some(0.0), Some(0.0)));
    }
}

#[test]
fn redis_7() {
    pair(Program::Redis).iter().for_each(compare);
}

#[test]
fn redis_6() {
    pair(Program::Redis62).iter().for_each(compare);
}

#[test]
fn redis_8() {
    pair(Program::Redis80).iter().for_each(compare);
}

#[test]
fn valkey_9() {
    pair(Program::Valkey91).iter().for_each(compare);
}
