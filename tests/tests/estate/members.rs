//! Members that nobody lists: which password each is given, and which are not asked at all.

use std::collections::BTreeMap;
use std::fs;

use redwasp_tests::sentinel::{Sentinel, SentinelGroup};
use redwasp_tests::server::Program;
use redwasp_tests::wait;

use super::{address, value_at, with_file};

#[test]
fn a_password_file_tells_sentinels_and_their_servers_apart() {
    let group = SentinelGroup::options().password("of-data").sentinel_password("of-sentinels").start();
    let sentinels: Vec<String> =
        group.sentinels().iter().map(|sentinel| format!("redis://127.0.0.1:{}", sentinel.port())).collect();
    let servers: Vec<String> = group.servers().iter().map(address).collect();
    let of_sentinels = sentinels.iter().map(|address| (address, "of-sentinels"));
    let passwords: BTreeMap<_, _> = of_sentinels.chain(servers.iter().map(|address| (address, "of-data"))).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords.json");
    fs::write(&file, serde_json::to_string(&passwords).unwrap()).unwrap();
    let text = format!(
        "settings: {{metrics.all-targets: true, redis.password-file: {}}}\n\
         targets: {{orders: {{address: \"sentinel://127.0.0.1:{}/{}\"}}}}\n",
        file.display(),
        group.sentinels()[0].port(),
        SentinelGroup::NAME,
    );
    let (daemon, _folder) = with_file(&text, &[], &[]);
    let page = daemon.scrape("/metrics");
    for member in sentinels.iter().chain(&servers) {
        assert_eq!(value_at(&page, "redis_up", member, &[]), Some(1.0), "{member}: {}", daemon.log());
    }
}

#[test]
fn an_address_of_the_machine_itself_is_not_asked_because_a_sentinel_tells_it() {
    let sentinel = Sentinel::start(Program::default(), &[], 1);
    assert_eq!(sentinel.cli(&["SENTINEL", "MONITOR", "orders", "169.254.169.254", "80", "1"]), "OK");
    let entry = format!("sentinel://127.0.0.1:{}/orders", sentinel.port());
    let text = format!("settings: {{metrics.all-targets: true}}\ntargets: {{orders: {{address: \"{entry}\"}}}}\n");
    let (daemon, _folder) = with_file(&text, &[], &[]);
    let told = "redis://169.254.169.254:80";
    let page = wait::until("the member to be known", wait::PATIENCE, || {
        Some(daemon.scrape("/metrics")).filter(|page| value_at(page, "redis_up", told, &[]).is_some())
    });
    assert_eq!(value_at(&page, "redis_up", told, &[]), Some(0.0));
    let log = daemon.wait_for_log("not asked: link-local");
    assert!(log.lines().any(|line| line.contains(told) && line.contains("not asked: link-local")), "{log}");
    let own = format!("redis://127.0.0.1:{}", sentinel.port());
    assert_eq!(value_at(&page, "redis_up", &own, &[]), Some(1.0));
}
