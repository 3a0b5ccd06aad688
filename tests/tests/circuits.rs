//! Targets that are down: after some attempts they are left alone, tried by one for all, and found again when they are back.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use redwasp::servers::{Backoff, Settings};
use redwasp_tests::daemon::Daemon;
use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::page::Page;
use redwasp_tests::pooled::{Pooled, soon, target, until};
use redwasp_tests::ports;
use redwasp_tests::server::Redis;
use redwasp_tests::wait::{self, PATIENCE};
use tokio::time::Instant;

/// Longer than any of these tests takes.
const LONG: Duration = Duration::from_secs(600);

/// What a hung target is given, so that it counts.
const FAIR: Duration = Duration::from_millis(1100);

fn in_(time: Duration) -> Instant {
    Instant::now() + time
}

/// Pools with few connections, whose own times are no bound.
fn patient(backoff: Backoff) -> Pooled {
    Pooled::new(Settings { per_target: 1, connect_timeout: LONG, backoff, ..Settings::default() })
}

#[tokio::test]
async fn one_tries_a_target_that_is_down_and_the_others_fail_at_once() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::HangAfter(0));
    let (pooled, target) = (patient(Backoff::default()), target(fake.port(), 0));
    let mut causes = BTreeSet::new();
    for _ in 0..3 {
        causes.insert(pooled.ask_until(&target, ["PING"], in_(FAIR)).await.unwrap_err().to_string());
    }
    assert_eq!((fake.connections(), pooled.refusals(), pooled.pools.connected().open_circuits), (3, 0.0, 1));
    // Whoever comes first after the pause tries, and hangs.
    let mut probe = Box::pin(pooled.ask(&target, ["PING"]));
    until("an attempt after the pause", || {
        if let Some(result) = (&mut probe).now_or_never() {
            causes.insert(result.unwrap_err().to_string());
            probe = Box::pin(pooled.ask(&target, ["PING"]));
        }
        fake.connections() == 4
    })
    .await;
    let refused = pooled.refusals();
    let others = (0..50).map(|_| pooled.ask(&target, ["PING"]));
    causes.extend(join_all(others).await.into_iter().map(|result| result.unwrap_err().to_string()));
    assert_eq!((fake.connections(), pooled.refusals()), (4, refused + 50.0));
    assert!(refused > 0.0 && (&mut probe).now_or_never().is_none());
    assert_eq!(causes.len(), 1, "one cause in several words: {causes:?}");
    // An attempt that is given up says nothing, and leaves its place to the next.
    fake.switch(Behaviour::Healthy);
    drop(probe);
    pooled.ask(&target, ["PING"]).await.unwrap();
    assert_eq!((fake.connections(), pooled.pools.connected().open_circuits), (5, 0));
    assert_eq!(pooled.counted("redwasp_circuits_opened_total", ""), 1.0);
    assert_eq!(pooled.counted("redwasp_connection_failures_total", "hung"), 3.0);
}

#[tokio::test]
async fn who_has_no_time_says_nothing_of_a_target() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::HangAfter(0));
    let (pooled, target) = (patient(Backoff { after: 1, ..Backoff::default() }), target(fake.port(), 0));
    for _ in 0..5 {
        pooled.ask_until(&target, ["PING"], in_(FAIR / 20)).await.unwrap_err();
    }
    assert_eq!((fake.connections(), pooled.pools.connected().open_circuits), (5, 0));
}

#[tokio::test]
async fn what_says_that_a_target_is_down() {
    let locked = Redis::options().password("secret").start();
    let redis = Redis::start();
    let garbage = Fake::start(redis.port(), Behaviour::Garbage(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let closes = Fake::start(redis.port(), Behaviour::CloseAfter(7));
    let of_kind = [
        ("connect", ports::free()),
        ("authentication", locked.port()),
        ("not-redis", garbage.port()),
        ("closed", closes.port()),
    ];
    let pooled = patient(Backoff { first: LONG, longest: LONG, ..Backoff::default() });
    for (open, (kind, port)) in of_kind.into_iter().enumerate() {
        let target = target(port, 0);
        let mut causes = BTreeSet::new();
        for _ in 0..10 {
            let error = pooled.ask_until(&target, ["PING"], soon()).await.unwrap_err();
            assert_eq!(error.cause.kind(), kind, "{error}");
            causes.insert(error.to_string());
        }
        assert_eq!(causes.len(), 1, "{causes:?}");
        assert_eq!(pooled.counted("redwasp_connection_failures_total", kind), 3.0);
        assert_eq!((pooled.refusals(), pooled.pools.connected().open_circuits), (7.0 * (open + 1) as f64, open + 1));
    }
}

/// Whether the target is up, and why not.
fn state(page: &Page) -> (f64, String) {
    let errors = page.labels_of("redis_exporter_last_scrape_error");
    (page.value("redis_up", &[]).expect("the target is on the page"), errors[0]["err"].clone())
}

#[test]
fn a_server_that_is_stopped_and_started_again_is_up_soon() {
    let mut redis = Redis::start();
    let daemon = Daemon::start(&[&format!("--redis.addr={}", redis.url())]);
    assert_eq!(state(&daemon.scrape("/metrics")), (1.0, String::new()));
    redis.stop();
    let own = |page: &Page, name: &str| page.value(name, &[]).unwrap();
    let mut told = BTreeSet::new();
    let page = wait::until("the target to be left alone", PATIENCE, || {
        let page = daemon.scrape("/metrics");
        let (up, error) = state(&page);
        assert_eq!(up, 0.0);
        told.insert(error);
        (own(&page, "redwasp_circuits_open") == 1.0 && own(&page, "redwasp_circuit_refusals_total") >= 3.0)
            .then_some(page)
    });
    assert_eq!(told.len(), 1, "one cause in several words: {told:?}");
    assert!(told.iter().all(|error| error.contains("Connection refused")), "{told:?}");
    assert_eq!(own(&page, "redwasp_circuits_opened_total"), 1.0);
    assert!(page.value("redwasp_connection_failures_total", &[("cause", "connect")]).unwrap() >= 3.0);
    redis.restart();
    let page = wait::until("the target to be up again", PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| state(page).0 == 1.0)
    });
    assert_eq!(own(&page, "redwasp_circuits_open"), 0.0);
    daemon.wait_for_log("target can be read again");
}
