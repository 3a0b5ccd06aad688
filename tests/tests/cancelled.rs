//! Scrapes that nobody waits for any more: those who leave leave at most the run that they shared, and when its deadline has
//! passed there is nothing left of it, no task, no call of a collector, no connection.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::told::others_are_well;
use redwasp_tests::wait::{self, PATIENCE};

/// Longer than this test waits for anything.
const TIMES: [&str; 2] = ["--scrape-timeout=10m", "--connection-timeout=10m"];

const CLIENTS: usize = 5;

/// How often a daemon is looked at to know what it is like at rest.
const LOOKS: usize = 10;

/// What is under way in a daemon.
#[derive(Debug)]
struct AtWork {
    tasks: f64,
    guest_calls: f64,
    open_files: usize,
}

impl AtWork {
    fn of(daemon: &Daemon) -> AtWork {
        let page = daemon.scrape("/metrics");
        AtWork {
            tasks: page.samples_of("redwasp_tasks").map(|sample| sample.value).sum(),
            guest_calls: page.value("redwasp_guest_calls", &[]).expect("calls under way"),
            open_files: daemon.process().open_files(),
        }
    }

    /// The most that is under way when nobody asks for anything but this: of a look before there may be something left.
    fn at_rest(daemon: &Daemon) -> AtWork {
        // Of the start as well.
        for _ in 0..LOOKS {
            AtWork::of(daemon);
        }
        (1..LOOKS).fold(AtWork::of(daemon), |most, _| {
            let now = AtWork::of(daemon);
            AtWork {
                tasks: most.tasks.max(now.tasks),
                guest_calls: most.guest_calls.max(now.guest_calls),
                open_files: most.open_files.max(now.open_files),
            }
        })
    }

    fn is_no_more_than(&self, other: &AtWork) -> bool {
        self.tasks <= other.tasks && self.guest_calls <= other.guest_calls && self.open_files <= other.open_files
    }
}

/// A server that hangs from the answer to a command with some word on, and a daemon that is asked for it in requests only:
/// its own page shows what is under way.
struct Scene {
    redis: Redis,
    fake: Fake,
    daemon: Daemon,
    path: String,
    before: AtWork,
}

impl Scene {
    fn new(word: &'static [u8], flags: &[&str]) -> Scene {
        let redis = Redis::start();
        redis.cli(&["SET", "key", "value"]);
        let fake = Fake::from(redis.port(), Behaviour::Healthy, word);
        let daemon = Daemon::start(&[&["--redis.addr="], &TIMES[..], flags].concat());
        let path = format!("/scrape?target=redis://127.0.0.1:{}", fake.port());
        let before = AtWork::at_rest(&daemon);
        Scene { redis, fake, daemon, path, before }
    }

    /// Clients of the server that came through the daemon.
    fn connections(&self) -> usize {
        self.redis.client_list().iter().filter(|client| client["name"] == "redwasp").count()
    }

    /// Some ask at once, with this header or none; when all of them hang, they leave. Those who are answered before all of
    /// them are seen to hang are followed by others.
    fn ask_and_leave(&self, header: &str) {
        self.fake.switch(Behaviour::HangAfter(0));
        let request = format!("GET {} HTTP/1.1\r\nHost: x\r\n{header}\r\n", self.path);
        let ask = |_| {
            let mut client = TcpStream::connect(("127.0.0.1", self.daemon.port())).expect("the daemon listens");
            client.write_all(request.as_bytes()).expect("a request can be sent");
            client
        };
        wait::until("the scrapes to be under way, and to have reached the server", PATIENCE, || {
            let _clients: Vec<TcpStream> = (0..CLIENTS).map(ask).collect();
            wait::within(DEADLINE, || (self.are_under_way() && self.connections() > 0).then_some(()))
        });
    }

    fn are_under_way(&self) -> bool {
        AtWork::of(&self.daemon).tasks >= self.before.tasks + CLIENTS as f64
    }

    /// Waits until no more is under way than there was and `more` tasks, files and connections.
    fn settles_at(&self, more: usize) {
        let AtWork { tasks, guest_calls, open_files } = self.before;
        let limit = AtWork { tasks: tasks + more as f64, guest_calls, open_files: open_files + more };
        let mut last = None;
        let settled = wait::within(PATIENCE, || {
            let now = (AtWork::of(&self.daemon), self.connections());
            let is_settled = now.0.is_no_more_than(&limit) && now.1 <= more;
            last = Some(now);
            is_settled.then_some(())
        });
        assert!(settled.is_some(), "{last:?}, and at rest {:?}", self.before);
    }

    fn recovers(&self) -> Page {
        self.fake.switch(Behaviour::Healthy);
        let page = self.daemon.scrape(&self.path);
        others_are_well(&page);
        page
    }
}

/// Too short for the server to be left alone because it has let them wait.
const SHORT: &str = "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n";

/// Of scrapes that have [`SHORT`].
const DEADLINE: Duration = Duration::from_secs(1);

#[test]
fn nothing_is_left_of_scrapes_of_a_server_that_says_nothing() {
    let scene = Scene::new(b"", &[]);
    for _ in 0..3 {
        scene.ask_and_leave(SHORT);
        scene.settles_at(0);
    }
    scene.recovers();
}

#[test]
fn nothing_is_left_of_scrapes_that_walk() {
    let scene = Scene::new(b"SCAN", &["--count-keys=*", "--sweep.with-scrape=1000000"]);
    for _ in 0..3 {
        scene.ask_and_leave(SHORT);
        scene.settles_at(0);
    }
    let page = scene.recovers();
    assert_eq!(page.value("redis_keys_count", &[("db", "db0"), ("key", "*")]), Some(1.0));
}

#[test]
fn those_who_leave_before_the_deadline_leave_one_run() {
    let scene = Scene::new(b"", &[]);
    for _ in 0..3 {
        scene.ask_and_leave("");
        scene.settles_at(1);
    }
}

#[test]
fn a_walk_that_hangs_costs_itself_and_ends_with_the_scrape() {
    let scene = Scene::new(b"SCAN", &["--count-keys=*", "--sweep.with-scrape=1000000"]);
    scene.fake.switch(Behaviour::HangAfter(0));
    let response = scene.daemon.get_with(&scene.path, &[("X-Prometheus-Scrape-Timeout-Seconds", "2")]);
    let page = Page::parse(&response.text()).expect("a page");
    others_are_well(&page);
    assert_eq!(page.samples_of("redis_keys_count").count(), 0);
}
