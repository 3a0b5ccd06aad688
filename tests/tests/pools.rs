//! Connections that are kept: how many there may be, which one makes room, and what becomes of those that wait.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join, join_all};
use redwasp::config::target::Target;
use redwasp::servers::{Cause, Command, Settings};
use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::pooled::{Pooled, soon, target, until};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::wait::{self, PATIENCE};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout};

/// Longer than any of these tests takes.
const LONG: Duration = Duration::from_secs(600);

/// A time after which something is to happen, and which a test can wait for.
const SOON: Duration = Duration::from_millis(100);

/// Databases of the connections that the server has of us.
fn databases(redis: &Redis) -> Vec<String> {
    let clients = redis.client_list().into_iter().filter(|client| client["name"] == "redwasp");
    clients.map(|client| client["db"].clone()).collect()
}

#[tokio::test]
async fn the_connection_that_was_idle_longest_makes_room() {
    let redis = Redis::start();
    let pooled = Pooled::new(Settings { connections: 3, ..Settings::default() });
    // Database 1 was used longest ago.
    for database in [0, 1, 2, 0, 3] {
        pooled.ask(&target(redis.port(), database), ["PING"]).await.unwrap();
    }
    let left: BTreeSet<String> = databases(&redis).into_iter().collect();
    assert_eq!(left, ["0", "2", "3"].map(str::to_owned).into());
    assert_eq!(pooled.closed("made-room"), 1.0);
    for round in 0..10 {
        let port = redis.port();
        let asked = (0..16).map(async |database| pooled.ask(&target(port, database), ["PING"]).await.unwrap());
        assert_eq!(join_all(asked).await, ["+PONG\r\n"; 16], "{round}");
        let open = databases(&redis).len();
        assert!(open <= 3, "{open} connections");
    }
    let connected = pooled.pools.connected();
    assert_eq!((connected.idle, connected.used, connected.limit), (3, 0, 3));
}

#[tokio::test]
async fn whoever_finds_no_room_waits_in_line_and_is_told_what_to_set() {
    let redis = Redis::start();
    let pooled = Pooled::new(Settings { connections: 2, ..Settings::default() });
    let [zero, one, two, three] = [0, 1, 2, 3].map(|database| target(redis.port(), database));
    let first = pooled.pools.checkout(&zero, soon()).await.unwrap();
    let _second = pooled.pools.checkout(&one, soon()).await.unwrap();
    let error = pooled.pools.checkout(&two, Instant::now() + SOON).await.err().unwrap();
    assert_eq!((&error.cause, error.cause.kind()), (&Cause::Full, "full"));
    assert!(error.to_string().contains("--connections.max"), "{error}");
    let mut third = Box::pin(pooled.pools.checkout(&two, soon()));
    let mut fourth = Box::pin(pooled.pools.checkout(&three, soon()));
    assert!((&mut third).now_or_never().is_none() && (&mut fourth).now_or_never().is_none());
    drop(first);
    let third = third.await.unwrap();
    assert!((&mut fourth).now_or_never().is_none(), "there are three connections");
    drop(third);
    fourth.await.unwrap();
    assert_eq!(pooled.pools.connected().used, 1);
    assert_eq!(pooled.pools.connected().open_circuits, 0, "the target is not to blame");
}

#[tokio::test]
async fn a_connection_that_waits_is_asked_for_a_sign_of_life() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let pooled = Pooled::new(Settings { keep_alive: SOON, idle_timeout: LONG, ..Settings::default() });
    pooled.ask(&target(proxy.port(), 0), ["PING"]).await.unwrap();
    proxy.clear();
    let pings = || proxy.commands().iter().filter(|command| command[0] == "PING").count();
    until("some PINGs", || pings() >= 3 && pooled.pings("answered") >= 3.0).await;
    assert_eq!(pings(), proxy.commands().len());
    pooled.ask(&target(proxy.port(), 0), ["ECHO", "x"]).await.unwrap();
    assert_eq!((proxy.connections(), pooled.pools.connected().idle), (0, 1), "it is the same connection");
}

#[tokio::test]
async fn a_connection_that_is_used_is_left_in_peace() {
    let redis = Redis::start();
    let proxy = RecordingProxy::start(redis.port());
    let pooled = Pooled::new(Settings { keep_alive: 20 * SOON, ..Settings::default() });
    let end = Instant::now() + 40 * SOON;
    while Instant::now() < end {
        pooled.ask(&target(proxy.port(), 0), ["ECHO", "x"]).await.unwrap();
        sleep(SOON / 10).await;
    }
    assert!(proxy.commands().iter().all(|command| command[0] != "PING"));
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed_however_often_the_server_answers() {
    let redis = Redis::start();
    let pooled = Pooled::new(Settings { keep_alive: SOON, idle_timeout: 10 * SOON, ..Settings::default() });
    pooled.ask(&target(redis.port(), 0), ["PING"]).await.unwrap();
    until("the connection to be closed", || pooled.closed("idle") == 1.0).await;
    assert!(pooled.pings("answered") >= 1.0);
    until("the server to notice", || databases(&redis).is_empty()).await;
}

#[tokio::test]
async fn a_connection_whose_server_hangs_is_closed() {
    let mut redis = Redis::start();
    let pooled =
        Pooled::new(Settings { keep_alive: SOON, ping_timeout: SOON, idle_timeout: LONG, ..Settings::default() });
    let target = target(redis.port(), 0);
    pooled.ask(&target, ["PING"]).await.unwrap();
    redis.pause();
    until("the connection to be closed", || pooled.closed("failed") == 1.0).await;
    assert_eq!(pooled.pings("failed"), 1.0);
    redis.resume();
    pooled.ask(&target, ["PING"]).await.unwrap();
}

#[tokio::test]
async fn connections_that_the_server_closed_are_dropped() {
    let redis = Redis::start();
    let pooled = Pooled::new(Settings { keep_alive: 10 * SOON, idle_timeout: LONG, ..Settings::default() });
    let target = target(redis.port(), 0);
    let (first, second) = join(pooled.pools.checkout(&target, soon()), pooled.pools.checkout(&target, soon())).await;
    drop((first.unwrap(), second.unwrap()));
    assert_eq!(pooled.pools.connected().idle, 2);
    redis.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
    until("both to be dropped", || pooled.closed("peer") == 2.0).await;
}

#[tokio::test]
async fn a_user_who_may_not_ping_causes_one_error() {
    // It counts what users may not do.
    let redis = Redis::options().program(Program::Redis80).start();
    redis.cli(&["ACL", "SETUSER", "watcher", "on", ">secret", "~*", "&*", "+@all", "-ping"]);
    let pooled = Pooled::new(Settings { keep_alive: SOON / 2, idle_timeout: 10 * SOON, ..Settings::default() });
    let target = Target::parse(&format!("redis://watcher:secret@127.0.0.1:{}", redis.port())).unwrap();
    let (first, second) = join(pooled.pools.checkout(&target, soon()), pooled.pools.checkout(&target, soon())).await;
    drop((first.unwrap(), second.unwrap()));
    until("the connections to grow old", || pooled.closed("idle") == 2.0).await;
    assert_eq!((pooled.pings("refused"), pooled.pings("failed")), (1.0, 0.0));
    let info = redis.info();
    assert_eq!((&*info["acl_access_denied_cmd"], &*info["errorstat_NOPERM"]), ("1", "count=1"));
}

#[tokio::test]
async fn nothing_is_left_of_pools_that_are_dropped() {
    let redis = Redis::start();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let pooled = Pooled::new(Settings { keep_alive: SOON, ..Settings::default() });
    let asked = (0..4).map(async |database| pooled.ask(&target(redis.port(), database), ["PING"]).await.unwrap());
    join_all(asked).await;
    assert_eq!(tasks(), before + 1, "one task looks after all");
    drop(pooled);
    until("the task to end", || tasks() == before).await;
    until("the connections to be closed", || databases(&redis).is_empty()).await;
}

/// A daemon with no more open files than that, as `ulimit -n` takes it.
fn with_files(limit: &str, flags: &[&str]) -> Daemon {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("redwasp");
    fs::write(&script, format!("#!/bin/sh\nulimit {limit}\nexec {} \"$@\"\n", daemon::redwasp().display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    Daemon::start_program(&script, flags, &[])
}

#[test]
fn a_daemon_has_as_many_connections_as_it_may_have_files() {
    let redis = Redis::start();
    let address = format!("--redis.addr={}", redis.url());
    let limit = |daemon: &Daemon| daemon.scrape("/metrics").value("redwasp_connections_limit", &[]);
    // What a process may do about it is done.
    let daemon = with_files("-S -n 300", &[&address, "--connections.max=700"]);
    assert_eq!((limit(&daemon), daemon.log().contains("open files")), (Some(700.0), false), "{}", daemon.log());
    let daemon = with_files("-n 300", &[&address, "--connections.max=700"]);
    assert_eq!((limit(&daemon), daemon.log().matches("open files").count()), (Some(150.0), 1), "{}", daemon.log());
    assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(1.0));
}

#[test]
fn a_daemon_keeps_the_bound_that_its_flags_set() {
    let redis = Redis::start();
    let daemon = Daemon::start(&["--redis.addr=", "--connections.max=3", "--connections.idle-timeout=1s"]);
    let path = |database| format!("/scrape?target={}/{database}", redis.url());
    std::thread::scope(|scope| {
        for database in 0..16 {
            let (daemon, path) = (&daemon, path(database));
            scope.spawn(move || assert_eq!(daemon.scrape(&path).value("redis_up", &[]), Some(1.0)));
        }
    });
    let page = daemon.scrape("/metrics");
    let made_room = page.value("redwasp_connections_closed_total", &[("reason", "made-room")]).unwrap();
    assert!(made_room >= 13.0, "{made_room}");
    assert_eq!(page.value("redwasp_connections_limit", &[]), Some(3.0));
    wait::until("connections that nobody uses to be closed", PATIENCE, || {
        let page = daemon.scrape("/metrics");
        let of = |state| page.value("redwasp_connections", &[("state", state)]).unwrap();
        (of("idle") + of("used") == 0.0).then_some(())
    });
    let page = daemon.scrape("/metrics");
    let closed = page.samples_of("redwasp_connections_closed_total").map(|sample| sample.value).sum::<f64>();
    assert_eq!(page.value("redwasp_connections_opened_total", &[]), Some(closed));
}

/// Bytes of a reply that is never read to its end.
const BIG: u64 = 16 << 20;

/// How often somebody leaves in the middle of one.
const LEAVING: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_nobody_waits_for_reach_nobody_else() {
    let redis = Redis::start();
    redis.cli(&["SETRANGE", "big", &(BIG - 1).to_string(), "x"]);
    let pooled = Pooled::new(Settings::default());
    let (target, left) = (target(redis.port(), 0), AtomicUsize::new(0));
    let leave = async |number: u64| {
        for round in 0.. {
            if left.load(SeqCst) >= LEAVING {
                break;
            }
            let mut lease = pooled.pools.checkout(&target, soon()).await.unwrap();
            let patience = Duration::from_micros((round * 2 + number) * 377 % 8_000);
            let big = [Command::new(["GET", "big"])];
            if timeout(patience, lease.exchange(&big, 2 * BIG, soon())).await.is_err() {
                left.fetch_add(1, SeqCst);
            }
        }
    };
    let echo = async |number: usize| {
        let mut asked = 0;
        while left.load(SeqCst) < LEAVING {
            let word = format!("{number}-{asked}");
            let expected = format!("${}\r\n{word}\r\n", word.len());
            assert_eq!(pooled.ask(&target, ["ECHO", &word]).await.unwrap(), expected);
            asked += 1;
        }
        asked
    };
    let ((), ((), asked)) = join(leave(0), join(leave(1), join_all((0..4).map(echo)))).await;
    assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
    assert!(pooled.closed("failed") >= LEAVING as f64);
    assert_eq!(pooled.pools.connected().used, 0);
}
