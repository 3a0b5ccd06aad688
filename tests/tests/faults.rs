//! Targets that cannot be read: an answer before the deadline, the true cause, no secret, and recovery.

use std::io::Write;
use std::net::TcpStream;

use redwasp_tests::daemon::Daemon;
use redwasp_tests::fake::{Behaviour, Fake};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::{http, wait};

/// What Prometheus would send.
const TIMEOUT: (&str, &str) = ("X-Prometheus-Scrape-Timeout-Seconds", "2");

/// A daemon whose own time-outs are longer than this test's client waits: what is answered at all is answered because
/// of [`TIMEOUT`].
fn watching(address: &str) -> Daemon {
    Daemon::start(&[&format!("--redis.addr={address}"), "--scrape-timeout=10m", "--connection-timeout=10m"])
}

/// A scrape with the time-out: the page of an answer that is always 200.
fn scrape(daemon: &Daemon, path: &str) -> Page {
    let response = daemon.get_with(path, &[TIMEOUT]);
    assert_eq!(response.status, 200);
    Page::parse(&response.text()).unwrap()
}

/// The cause that a page of a target which is down tells.
fn cause(page: &Page) -> String {
    assert_eq!(page.value("redis_up", &[]), Some(0.0));
    let errors: Vec<_> = page.samples_of("redis_exporter_last_scrape_error").collect();
    assert_eq!((errors.len(), errors[0].value), (1, 1.0));
    errors[0].labels["err"].clone()
}

/// Whoever waited for a run with a later deadline, or on a busy machine, learns only that it did not end in time.
fn is_lack_of_time(cause: &str) -> bool {
    cause.contains("no reply before the deadline") || cause.contains("did not end before its deadline")
}

fn is_up(page: &Page) -> bool {
    page.value("redis_up", &[]) == Some(1.0) && page.value("redis_memory_used_bytes", &[]).is_some()
}

#[test]
fn refused_and_back() {
    let mut redis = Redis::start();
    let daemon = watching(&redis.url());
    assert!(is_up(&scrape(&daemon, "/metrics")));
    redis.stop();
    let expected = format!("{}: cannot connect: Connection refused", redis.url());
    assert_eq!(cause(&scrape(&daemon, "/metrics")), expected);
    assert!(daemon.get("/").text().contains(&format!("(down: {expected})")));
    redis.restart();
    assert!(is_up(&scrape(&daemon, "/metrics")), "{}", daemon.log());
    assert!(is_up(&scrape(&daemon, "/metrics")));
    let log = daemon.wait_for_log("target can be read again");
    assert_eq!(log.matches("target can be read again").count(), 1, "{log}");
}

#[test]
fn restarted_between_two_scrapes() {
    let mut redis = Redis::start();
    let daemon = watching(&redis.url());
    assert!(is_up(&scrape(&daemon, "/metrics")));
    redis.stop();
    redis.restart();
    assert!(is_up(&scrape(&daemon, "/metrics")), "{}", daemon.log());
}

#[test]
fn hung_and_back() {
    let mut redis = Redis::start();
    let daemon = watching(&redis.url());
    let hung = "no reply before the deadline: the server hangs or is too busy";
    redis.pause();
    assert!(cause(&scrape(&daemon, "/metrics")).ends_with(hung), "on a new connection");
    redis.resume();
    assert!(is_up(&scrape(&daemon, "/metrics")));
    redis.pause();
    assert!(cause(&scrape(&daemon, "/metrics")).ends_with(hung), "on a kept connection");
    redis.resume();
    assert!(is_up(&scrape(&daemon, "/metrics")), "{}", daemon.log());
}

#[test]
fn wrong_password_and_right_one() {
    let redis = Redis::options().password("richtig").start();
    let daemon = watching(&format!("redis://:falsch@127.0.0.1:{}", redis.port()));
    let error = cause(&scrape(&daemon, "/metrics"));
    assert!(error.contains("WRONGPASS") && !error.contains("falsch"), "{error}");
    redis.cli(&["CONFIG", "SET", "requirepass", "falsch"]);
    assert!(is_up(&scrape(&daemon, "/metrics")));
    assert!(!daemon.log().contains("falsch"), "{}", daemon.log());
    let without = watching(&format!("redis://127.0.0.1:{}", redis.port()));
    assert!(cause(&scrape(&without, "/metrics")).ends_with("NOAUTH Authentication required."));
}

#[test]
fn not_a_redis_and_its_kin() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Healthy);
    let daemon = watching(&format!("redis://127.0.0.1:{}", fake.port()));
    let cases = [
        (
            Behaviour::Garbage(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
            "does not speak the Redis protocol",
        ),
        (Behaviour::Garbage(b"\x15\x03\x01\x00\x02\x02\x16"), "does not speak the Redis protocol"),
        (Behaviour::DeepNesting, "does not speak the Redis protocol"),
        (Behaviour::CloseAfter(0), "closed the connection without a reply"),
        (Behaviour::CloseAfter(7), "closed the connection in the middle of a reply"),
        (Behaviour::CloseAfter(1000), "closed the connection in the middle of a reply"),
        (Behaviour::HangAfter(1000), "no reply before the deadline"),
        (Behaviour::HugeArray, "no reply before the deadline"),
        (Behaviour::Slow { bytes_per_second: 100 }, "no reply before the deadline"),
        (Behaviour::Endless, "the replies are longer than"),
    ];
    for (behaviour, words) in cases {
        fake.switch(behaviour);
        // The first scrape may still have a kept connection, which hears of the switch in the middle.
        scrape(&daemon, "/metrics");
        let error = cause(&scrape(&daemon, "/metrics"));
        assert!(error.contains(words), "{behaviour:?}: {error}");
        fake.switch(Behaviour::Healthy);
        assert!(is_up(&scrape(&daemon, "/metrics")), "after {behaviour:?}: {}", daemon.log());
    }
}

#[test]
fn a_reply_is_cut_in_the_middle_of_a_scrape() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Healthy);
    let daemon = watching(&format!("redis://127.0.0.1:{}", fake.port()));
    assert!(is_up(&scrape(&daemon, "/metrics")));
    fake.switch(Behaviour::CloseAfter(500));
    assert!(cause(&scrape(&daemon, "/metrics")).ends_with("closed the connection in the middle of a reply"));
    fake.switch(Behaviour::Healthy);
    assert!(is_up(&scrape(&daemon, "/metrics")));
}

#[test]
fn a_connection_that_closes_with_its_answer_is_not_used_again() {
    let redis = Redis::start();
    // HELLO, the facts, and the scrape's own pipeline.
    let fake = Fake::start(redis.port(), Behaviour::CloseWithAnswer(3));
    let daemon = watching(&format!("redis://127.0.0.1:{}", fake.port()));
    for _ in 0..50 {
        assert!(is_up(&scrape(&daemon, "/metrics")), "{}", daemon.log());
    }
}

#[test]
fn an_impatient_scrape_does_not_spoil_a_patient_one() {
    let mut redis = Redis::start();
    let daemon = watching(&redis.url());
    redis.pause();
    let port = daemon.port();
    let ask = move |timeout| http::get(port, "/metrics", &[("X-Prometheus-Scrape-Timeout-Seconds", timeout)]).unwrap();
    let impatient = std::thread::spawn(move || ask("0.5"));
    wait::until("the impatient scrape is under way", wait::PATIENCE, || {
        let tasks = daemon.scrape("/scrape?target=127.0.0.1:1").value("redis_up", &[]);
        (tasks == Some(0.0)).then_some(())
    });
    let patient = std::thread::spawn(move || ask("20"));
    let cause = cause(&Page::parse(&impatient.join().unwrap().text()).unwrap());
    assert!(is_lack_of_time(&cause), "{cause}");
    redis.resume();
    assert!(is_up(&Page::parse(&patient.join().unwrap().text()).unwrap()));
}

#[test]
fn a_password_that_the_server_repeats_is_not_told() {
    let redis = Redis::start();
    let answer = b"-ERR no such thing: HELLO 3 AUTH default s3cret\r\n-ERR no AUTH s3cret\r\n-ERR no\r\n";
    let fake = Fake::start(redis.port(), Behaviour::Garbage(answer));
    let daemon = watching(&format!("redis://:s3cret@127.0.0.1:{}", fake.port()));
    let error = cause(&scrape(&daemon, "/metrics"));
    assert!(error.contains("ERR") && !error.contains("s3cret"), "{error}");
    assert!(!daemon.log().contains("s3cret"), "{}", daemon.log());
}

#[test]
fn nobody_listens_on_a_socket() {
    let daemon = watching("unix:///tmp/doesnt.exist");
    let error = cause(&scrape(&daemon, "/metrics"));
    assert_eq!(error, "unix:///tmp/doesnt.exist: cannot connect: No such file or directory");
}

/// Resident bytes that the daemon may keep of three hundred scrapes of a hung target.
const KEPT: u64 = 8 << 20;

#[test]
fn a_hung_target_hurts_nobody_else() {
    let healthy = Redis::start();
    let mut hung = Redis::start();
    let daemon = watching("");
    let healthy_path = format!("/scrape?target={}", healthy.url());
    let hung_path = format!("/scrape?target={}", hung.url());
    assert!(is_up(&scrape(&daemon, &hung_path)));
    assert!(is_up(&scrape(&daemon, &healthy_path)));
    let before = daemon.process().resident_bytes();
    let connections = hung.info_field("total_connections_received").parse::<u64>().unwrap();
    hung.pause();
    let (mut most_tasks, mut good) = (0.0_f64, 0);
    let patient = ("X-Prometheus-Scrape-Timeout-Seconds", "30");
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..300).map(|_| scope.spawn(|| cause(&scrape(&daemon, &hung_path)))).collect();
        while !waiting.iter().all(|waiting| waiting.is_finished()) {
            let page = daemon.get_with(&healthy_path, &[patient]).text();
            assert!(is_up(&Page::parse(&page).unwrap()));
            good += 1;
            let tasks = daemon.scrape("/metrics").value("redwasp_tasks", &[("runtime", "main")]).unwrap();
            most_tasks = most_tasks.max(tasks);
        }
        for waiting in waiting {
            let cause = waiting.join().unwrap();
            assert!(is_lack_of_time(&cause), "{cause}");
        }
    });
    assert!(good >= 10, "only {good} scrapes of the healthy target got through");
    // A task for each HTTP connection, one for the shared run, some for the healthy target and this test.
    assert!(most_tasks <= 310.0, "{most_tasks} tasks");
    hung.resume();
    let opened = hung.info_field("total_connections_received").parse::<u64>().unwrap() - connections;
    assert!(opened <= 4, "{opened} connections to the hung target, one of them this test's");
    // After three of them it is left alone for a moment.
    wait::until("the target is up again", wait::PATIENCE, || is_up(&scrape(&daemon, &hung_path)).then_some(()));
    wait::until("the tasks are gone", wait::PATIENCE, || {
        let tasks = daemon.scrape("/metrics").value("redwasp_tasks", &[("runtime", "main")]).unwrap();
        (tasks <= 3.0).then_some(())
    });
    let after = daemon.process().resident_bytes();
    assert!(after < before + KEPT, "memory went from {before} to {after} bytes");
}

/// Connections that a daemon has for HTTP.
const CONNECTIONS: usize = 1024;

#[test]
fn connections_that_say_nothing_make_room_for_others() {
    let redis = Redis::start();
    let daemon = watching(&redis.url());
    let silent = |text: &[u8]| {
        let mut client = TcpStream::connect(("127.0.0.1", daemon.port())).expect("the kernel accepts for it");
        client.write_all(text).expect("a few bytes always fit");
        client
    };
    let _silent: Vec<TcpStream> = (0..CONNECTIONS + 50)
        .map(|number| silent(if number % 2 == 0 { b"" } else { b"GET /metrics HTTP/1.1\r\n" }))
        .collect();
    for _ in 0..3 {
        assert!(is_up(&scrape(&daemon, "/metrics")));
    }
    assert_eq!(daemon.wait_for_log("too many HTTP connections").matches("too many HTTP").count(), 1);
}

#[test]
fn a_greeting_of_many_values_is_not_read_to_the_end() {
    let greeting: &'static [u8] = format!("*330000\r\n{}", "*1\r\n+a\r\n".repeat(330_000)).into_bytes().leak();
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::Garbage(greeting));
    let daemon = watching("");
    let path = format!("/scrape?target=redis://127.0.0.1:{}", fake.port());
    let before = daemon.process().resident_bytes();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..20)
            .map(|number| {
                scope.spawn({
                    let path = format!("{path}/{number}");
                    let daemon = &daemon;
                    move || cause(&scrape(daemon, &path))
                })
            })
            .collect();
        for one in all {
            let cause = one.join().expect("an answer");
            assert!(cause.contains("longer than 65536 bytes"), "{cause}");
        }
    });
    let after = daemon.process().resident_bytes();
    assert!(after < before + KEPT, "memory went from {before} to {after} bytes");
}

#[test]
fn a_client_that_does_not_read_loses_its_connection() {
    let redis = Redis::start();
    let daemon = watching(&redis.url());
    let before = daemon.process().open_files();
    let mut client = TcpStream::connect(("127.0.0.1", daemon.port())).unwrap();
    // Many answers of thirty kilobytes: more than both sockets hold.
    client.write_all(&b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000)).unwrap();
    wait::until("the connection is there", wait::PATIENCE, || (daemon.process().open_files() > before).then_some(()));
    wait::until("the daemon has closed it", 2 * wait::PATIENCE, || {
        (daemon.process().open_files() <= before + 1).then_some(())
    });
}

#[test]
fn a_stop_lets_a_scrape_finish() {
    let redis = Redis::start();
    let fake = Fake::start(redis.port(), Behaviour::HangAfter(0));
    let mut daemon = watching(&format!("redis://127.0.0.1:{}", fake.port()));
    let port = daemon.port();
    let waiting = std::thread::spawn(move || http::get(port, "/metrics", &[TIMEOUT]).unwrap());
    wait::until("the scrape has reached the server", wait::PATIENCE, || {
        let clients = redis.client_list();
        clients.iter().any(|client| client["name"] == "redwasp").then_some(())
    });
    assert_eq!(daemon.terminate().code(), Some(0));
    let page = Page::parse(&waiting.join().unwrap().text()).unwrap();
    assert!(cause(&page).contains("no reply before the deadline"));
    assert!(http::get(port, "/health", &[]).is_err(), "the port is still open");
}
