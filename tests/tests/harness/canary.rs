use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::panic::{self, AssertUnwindSafe};

use redwasp_tests::canary;
use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::inside::{self, Inside};
use redwasp_tests::server::Redis;
use redwasp_tests::{http, tools};

/// What a panic says.
fn panic_of(run: impl FnOnce()) -> String {
    let panic = panic::catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
    panic.downcast_ref::<String>().expect("it says why").clone()
}

/// A target whose name is the secret; redwasp tells on its pages and in its log that it cannot be found.
fn target(secret: &str) -> String {
    format!("--redis.addr=redis://{secret}.invalid:6379")
}

#[test]
fn each_password_is_one_of_its_own() {
    let [first, second] = [(); 2].map(|()| canary::password("own"));
    assert!(first != second && first.starts_with("canary-own-"), "{first} {second}");
    assert_eq!(canary::found_in(format!("redis://:{first}@host").as_bytes()), ["own"]);
    let (_, half) = first.split_at(first.len() - 16);
    assert_eq!(canary::found_in(half.as_bytes()), ["own"]);
    assert!(canary::found_in(b"canary-own-").is_empty());
}

#[test]
fn secrets_on_pages_and_in_the_log_are_found() {
    let daemon = Daemon::start(&[&target(&canary::password("page"))]);
    assert_eq!(daemon.get("/metrics").status, 200);
    let told = panic_of(|| drop(daemon));
    assert!(told.contains("the secret page is in the answer to GET /metrics\n"), "{told}");
    assert!(told.contains("the secret page is in its log"), "{told}");
}

#[test]
fn packed_pages_are_searched_too() {
    let daemon = Daemon::start(&[&target(&canary::password("packed"))]);
    let packed = http::get(daemon.port(), "/metrics", &[("accept-encoding", "gzip")]).expect("an answer");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let told = panic_of(|| drop(daemon));
    assert!(told.contains("the secret packed is in the packed answer to GET /metrics"), "{told}");
}

#[test]
fn what_a_daemon_writes_to_stdout_is_searched() {
    let folder = tempfile::tempdir().expect("a folder for a script");
    let script = folder.path().join("talks");
    let text = format!("#!/bin/sh\necho \"$SECRET\"\nexec '{}' \"$@\"\n", daemon::redwasp().display());
    fs::write(&script, text).expect("a script can be written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("a script can be made a program");
    let daemon = Daemon::start_program(&script, &[], &[("SECRET", &canary::password("stdout"))]);
    let told = panic_of(|| drop(daemon));
    assert!(told.ends_with("the secret stdout is in its stdout"), "{told}");
}

#[test]
fn a_daemon_inside_is_watched() {
    let secret = canary::password("inside");
    let daemon =
        Inside::start(inside::config(&format!("redis://{secret}.invalid:6379"), Vec::new())).expect("a daemon");
    daemon.get("/metrics");
    let told = panic_of(|| drop(daemon));
    assert!(told.contains("the secret inside is in the answer to GET /metrics"), "{told}");
}

#[test]
fn what_a_program_writes_to_its_end_is_searched() {
    let flag = format!("--{}", canary::password("flag"));
    let told = panic_of(|| drop(daemon::run(&[&flag], &[])));
    assert!(told.contains("the secret flag is in its stderr"), "{told}");
}

#[test]
fn a_test_that_fails_already_is_only_told() {
    let told = panic_of(|| {
        let daemon = Daemon::start(&[&target(&canary::password("second"))]);
        daemon.get("/metrics");
        panic!("{}", "the first panic".to_owned());
    });
    assert_eq!(told, "the first panic");
}

#[test]
fn other_exporters_may_say_what_they_like() {
    let address = target(&canary::password("other"));
    let exporter = Daemon::start_program(&tools::tool("redis_exporter"), &[&address], &[]);
    exporter.get("/metrics");
    assert_eq!(canary::found_in(exporter.log().as_bytes()), ["other"], "{}", exporter.log());
}

#[test]
fn redwasp_keeps_what_a_server_knows() {
    let [password, primary, passphrase, user] = ["password", "primary", "passphrase", "user"].map(canary::password);
    let redis = Redis::options().args(["--masterauth", &primary, "--tls-key-file-pass", &passphrase]);
    let redis = redis.password(&password).start();
    redis.user("somebody", &user, &["+@all", "~*"]);
    let addresses = [format!(":{password}@"), format!("somebody:{user}@"), format!("somebody:{password}@")];
    for (address, up) in addresses.into_iter().zip([1.0, 1.0, 0.0]) {
        let address = format!("--redis.addr=redis://{address}127.0.0.1:{}", redis.port());
        let daemon = Daemon::start(&[&address, "--include-config-metrics"]);
        assert_eq!(daemon.scrape("/metrics").value("redis_up", &[]), Some(up));
        daemon.get("/");
    }
}
