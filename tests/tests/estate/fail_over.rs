//! A primary is lost while scrapes go on: they say so, find the promoted server, and leave nothing behind.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use redwasp_tests::cluster::Cluster;
use redwasp_tests::daemon::Daemon;
use redwasp_tests::page::Page;
use redwasp_tests::sentinel::SentinelGroup;
use redwasp_tests::wait;

use super::{address, roles, value_at, with_file, write};

/// A fail-over, and what is known of the members before it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What Prometheus gives a scrape here; an answer that comes later is none.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Scrapes one after the other while something happens, and takes each answer only in time.
fn scraping<R>(daemon: &Daemon, meanwhile: impl FnOnce() -> R) -> (R, usize) {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scrapes = scope.spawn(|| {
            let seconds = TIMEOUT.as_secs().to_string();
            let mut count = 0;
            while !is_over.load(SeqCst) {
                let start = Instant::now();
                let answer = daemon.get_with("/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", &seconds)]);
                assert!(start.elapsed() < TIMEOUT, "an answer that nobody waits for any more");
                assert_eq!(answer.status, 200);
                let page = Page::parse(&answer.text()).expect("a page");
                assert!(page.labels_of("redis_up").len() >= 6, "{:?}", roles(&page));
                count += 1;
            }
            count
        });
        let result = meanwhile();
        is_over.store(true, SeqCst);
        (result, scrapes.join().expect("every scrape is answered in time"))
    })
}

/// What the daemon holds: tasks, and connections to servers.
fn held(page: &Page) -> [f64; 2] {
    let value = |name: &str, labels: &[(&str, &str)]| page.value(name, labels).expect("the daemon tells it");
    let connections = ["idle", "used"].map(|state| value("redwasp_connections", &[("state", state)]));
    [value("redwasp_tasks", &[("runtime", "main")]), connections.iter().sum()]
}

/// Waits until it holds no more than before; connections are kept for the next calls at once.
fn holds_no_more(daemon: &Daemon, before: [f64; 2], spare: f64) {
    wait::until("tasks and connections return to their number", PATIENCE, || {
        let now = held(&daemon.scrape("/metrics"));
        (now[0] <= before[0] + 4.0 && now[1] <= before[1] + spare).then_some(())
    });
}

/// Before members would be asked for again by themselves: a scrape that finds one of them changed has that done.
const REFRESH: Duration = Duration::from_secs(5);

/// A page with a server as the primary.
fn is_found(daemon: &Daemon, promoted: &str) -> Page {
    wait::until("the promoted server is found", REFRESH, || {
        let page = daemon.scrape("/metrics");
        (value_at(&page, "redis_up", promoted, &[("role", "master")]) == Some(1.0)).then_some(page)
    })
}

#[test]
fn a_cluster_goes_on_when_a_primary_is_lost() {
    let mut cluster = Cluster::start();
    (0..30).for_each(|number| write(&cluster, &format!("key:{number}")));
    let text = format!(
        "settings: {{metrics.all-targets: true, count-keys: \"key:*\", sweep.interval: 1s}}\ntargets: {{shop: {{address: \
         \"{}\", kind: cluster, seeds: [\"{}\"]}}}}\n",
        address(&cluster.nodes()[0]),
        address(&cluster.nodes()[1]),
    );
    let (daemon, _folder) = with_file(&text, &[], &[]);
    let before = daemon.scrape("/metrics");
    assert_eq!(roles(&before).iter().filter(|(_, role, up)| role == "master" && *up == 1.0).count(), 3);
    let slot = cluster.slot_of("key:1");
    let lost = cluster.node_of(slot);
    let ((promoted, page), scrapes) = scraping(&daemon, || {
        cluster.kill(lost);
        let page = daemon.scrape("/metrics");
        (cluster.promoted(slot, lost), page)
    });
    assert!(scrapes > 0);
    assert_eq!(value_at(&page, "redis_up", &address(&cluster.nodes()[lost]), &[]), Some(0.0), "said as it is");
    let at = address(&cluster.nodes()[promoted]);
    let page = is_found(&daemon, &at);
    assert_eq!(page.labels_of("redis_up").len(), 6, "the lost one is still a member");
    wait::until("keys are counted on the promoted node", PATIENCE, || {
        value_at(&daemon.scrape("/metrics"), "redis_keys_count", &at, &[("role", "master")])
    });
    cluster.restart(lost);
    wait::until("all are up again", PATIENCE, || {
        let page = daemon.scrape("/metrics");
        let replica = value_at(&page, "redis_up", &address(&cluster.nodes()[lost]), &[("role", "slave")]);
        (replica == Some(1.0) && roles(&page).iter().all(|(.., up)| *up == 1.0)).then_some(())
    });
    // A walk has a connection to each owner beside those of scrapes.
    holds_no_more(&daemon, held(&before), 6.0);
}

#[test]
fn a_group_goes_on_when_its_primary_is_lost() {
    let mut group = SentinelGroup::start();
    let address_of =
        format!("--redis.addr=sentinel://127.0.0.1:{}/{}", group.sentinels()[1].port(), SentinelGroup::NAME);
    let daemon = Daemon::start(&[&address_of]);
    let before = daemon.scrape("/metrics");
    assert_eq!(roles(&before).len(), 6);
    assert!(roles(&before).iter().all(|(.., up)| *up == 1.0), "{:?}", roles(&before));
    let (promoted, scrapes) = scraping(&daemon, || {
        group.kill(0);
        group.promoted(0)
    });
    assert!(scrapes > 0);
    is_found(&daemon, &address(&group.servers()[promoted]));
    group.restart(0);
    wait::until("the lost one follows", PATIENCE, || {
        let page = daemon.scrape("/metrics");
        let old = value_at(&page, "redis_up", &address(&group.servers()[0]), &[("role", "slave")]);
        (old == Some(1.0)).then_some(())
    });
    holds_no_more(&daemon, held(&before), 2.0);
}
