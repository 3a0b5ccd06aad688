use redwasp_tests::daemon::{Daemon, run_program};
use redwasp_tests::page::Page;
use redwasp_tests::process::code;
use redwasp_tests::server::Redis;
use redwasp_tests::tools::tool;

/// Another exporter with the same flags: what is proved here does not depend on `redwasp`.
#[test]
fn runs_a_program_until_it_is_told_to_end() {
    let redis = Redis::start();
    let address = format!("--redis.addr={}", redis.url());
    let mut exporter = Daemon::start_program(&tool("redis_exporter"), &[&address], &[]);
    assert_eq!(exporter.scrape("/metrics").value("redis_up", &[]), Some(1.0));
    assert!(exporter.process().resident_bytes() > 1 << 20 && exporter.process().open_files() > 3);

    let plain = exporter.get("/metrics");
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    let packed = exporter.get_with("/metrics", &[("accept-encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let page = String::from_utf8(packed.gunzip()).expect("the page is UTF-8");
    assert!(Page::parse(&page).expect("the page is good").family("redis_up").is_some());
    assert_eq!(exporter.get("/no-such-page").status, 404);

    exporter.wait_for_log("Providing metrics");
    let status = exporter.terminate();
    assert!([0, -libc::SIGTERM].contains(&code(status)), "{status}");
}

#[test]
fn keeps_the_developers_settings_away() {
    let redis = Redis::start();
    let exporter = Daemon::start_program(&tool("redis_exporter"), &[], &[("REDIS_ADDR", &redis.url())]);
    assert_eq!(exporter.scrape("/metrics").value("redis_up", &[]), Some(1.0));
}

#[test]
fn runs_a_program_to_its_end() {
    let finished = run_program("/bin/sh".as_ref(), &["-c", "echo out; echo bad >&2; exit 3"], &[]);
    assert_eq!((finished.code, finished.stdout.as_str(), finished.stderr.as_str()), (3, "out\n", "bad\n"));
    assert_eq!(run_program("/bin/sh".as_ref(), &["-c", "kill -9 $$"], &[]).code, -9);
}

#[test]
#[should_panic(expected = "--nope ended as soon as it was started:\nerror: ")]
fn says_why_a_program_does_not_start() {
    Daemon::start(&["--nope"]);
}
