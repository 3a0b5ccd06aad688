//! The programs besides the daemon: the quickstart and the benchmark.

use std::process::{Command, Stdio};
use std::time::Duration;

use redwasp_tests::page::Page;
use redwasp_tests::process::Process;
use redwasp_tests::{http, ports, tools, wait};

#[test]
fn the_quickstart_serves_a_server_with_data() {
    let port = ports::free();
    let mut command = Command::new(tools::repository().join("examples/quickstart/run.sh"));
    command.env("LISTEN", format!("127.0.0.1:{port}")).stdout(Stdio::null());
    let mut quickstart = Process::start(&mut command);
    let page = wait::until("the quickstart serves", Duration::from_secs(600), || {
        assert!(quickstart.ended().is_none(), "the quickstart ended");
        let response = http::get(port, "/metrics", &[]).ok()?;
        Page::parse(&response.text()).ok()
    });
    assert_eq!(page.value("redis_up", &[]), Some(1.0));
    assert!(page.value("redis_memory_used_bytes", &[]).is_some());
    let status = quickstart.terminate(wait::PATIENCE);
    assert!(status.success(), "{status}");
}

#[test]
fn the_benchmark_measures_every_part() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench")).arg("--smoke").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "redwasp / redis_exporter, plain",
        "redwasp / floor, plain",
        "wasm / native, scrape with 8 copies of info",
        "wasm / native, scrape with all built-ins",
        "redwasp, empty cache",
        "beside one that spins, in another scrape / alone",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}
