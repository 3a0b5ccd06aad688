//! Which servers are asked for what, odd replies, bounds, and what is refused.

use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{CallError, Failure, Refusal, Server};
use redwasp_sentinel::Sentinel;

const INFO: &str = "# Server\r\nredis_mode:sentinel\r\n# Sentinel\r\nsentinel_masters:1\r\n";
const OK: &str = "+OK 3 usable Sentinels. Quorum and failover authorization can be reached\r\n";

fn sentinel(version: &str) -> Server {
    let role = "sentinel".to_owned();
    Server { mode: role.clone(), role, ..testing::server("redis", version) }
}

/// A sentinel that answers these commands.
fn bench(info: &str, replies: &[(&str, &str)]) -> Bench {
    replies
        .iter()
        .fold(Bench::new(sentinel("7.0.15")).reply("INFO ALL", testing::bulk(info)), |bench, (command, reply)| {
            bench.reply(command, reply.as_bytes().to_vec())
        })
}

fn page(bench: &Bench, config: &str) -> Page {
    bench.collect::<Sentinel>(config).unwrap()
}

fn map(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| format!("${}\r\n{name}\r\n${}\r\n{value}\r\n", name.len(), value.len());
    format!("%{}\r\n{}", fields.len(), fields.iter().map(field).collect::<String>())
}

fn array(elements: &[String]) -> String {
    format!("*{}\r\n{}", elements.len(), elements.concat())
}

/// What a sentinel says of a master.
fn master(name: &str) -> String {
    map(&[("name", name), ("ip", "10.0.0.1"), ("port", "6379"), ("quorum", "2"), ("last-ok-ping-reply", "1500")])
}

/// One master, m, whose health is told by these replies to CKQUORUM, SENTINELS and SLAVES.
fn health(quorum: &str, sentinels: &str, slaves: &str, config: &str) -> Page {
    let masters = array(&[master("m")]);
    let replies = [
        ("SENTINEL MASTERS", masters.as_str()),
        ("SENTINEL CKQUORUM m", quorum),
        ("SENTINEL SENTINELS m", sentinels),
        ("SENTINEL SLAVES m", slaves),
    ];
    page(&bench(INFO, &replies), config)
}

fn flags(each: &[&str]) -> String {
    array(&each.iter().map(|flags| map(&[("name", "x"), ("flags", flags)])).collect::<Vec<_>>())
}

const MASTER: [(&str, &str); 2] = [("master_name", "m"), ("master_address", "10.0.0.1:6379")];

/// Commands that are told to be missing.
fn missing(page: &Page) -> Vec<String> {
    let command = |warning: &String| warning.split(" cannot be had").next().map(str::to_owned);
    page.warnings().iter().filter_map(command).collect()
}

#[test]
fn servers_that_are_no_sentinels_are_not_asked() {
    for (mode, role) in [("standalone", "master"), ("standalone", "slave"), ("cluster", "master")] {
        let server = Server { mode: mode.to_owned(), role: role.to_owned(), ..testing::server("redis", "7.0.15") };
        let outcome = Bench::new(server).reply("INFO ALL", testing::bulk(INFO)).collect::<Sentinel>("{}");
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
}

#[test]
fn every_master_has_a_line_in_info() {
    let info = "# Sentinel\r\nsentinel_masters:3\r\nsentinel_tilt:1\r\nsentinel_running_scripts:x\r\n\
        master0:name=a,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3\r\n\
        master1:name=b,status=odown,address=::1:6380,slaves=0,sentinels=1\r\n\
        master2:name=c,status=ok,address=x,sentinels=1\r\n\
        masters:name=d,status=ok,address=x,slaves=0,sentinels=1\r\n\
        master3:status=s=t,slaves=1,sentinels=1\r\n\
        # Other\r\nmaster0:name=e,status=ok,address=x,slaves=0,sentinels=1\r\nsentinel_scripts_queue_length:7\r\n";
    let page = page(&bench(info, &[("SENTINEL MASTERS", "*0\r\n")]), "{}");
    assert_eq!(page.warnings(), [""; 0]);
    for (metric, value) in [("masters", 3.0), ("tilt", 1.0), ("running_scripts", 0.0)] {
        assert_eq!(page.value(&format!("sentinel_{metric}"), &[]), Some(value), "{metric}");
    }
    assert_eq!(page.value("sentinel_scripts_queue_length", &[]), None, "another section");
    let text = page.text("redis");
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("redis_sentinel_master_s")).collect();
    assert_eq!(
        lines,
        [
            "redis_sentinel_master_sentinels{master_address=\"10.0.0.1:6379\",master_name=\"a\"} 3",
            "redis_sentinel_master_sentinels{master_address=\"::1:6380\",master_name=\"b\"} 1",
            "redis_sentinel_master_sentinels{master_address=\"\",master_name=\"\"} 1",
            "redis_sentinel_master_slaves{master_address=\"10.0.0.1:6379\",master_name=\"a\"} 2",
            "redis_sentinel_master_slaves{master_address=\"::1:6380\",master_name=\"b\"} 0",
            "redis_sentinel_master_slaves{master_address=\"\",master_name=\"\"} 1",
            "redis_sentinel_master_status{master_address=\"10.0.0.1:6379\",master_name=\"a\",master_status=\"ok\"} 1",
            "redis_sentinel_master_status{master_address=\"::1:6380\",master_name=\"b\",master_status=\"odown\"} 0",
            "redis_sentinel_master_status{master_address=\"\",master_name=\"\",master_status=\"\"} 0",
        ]
    );
}

#[test]
fn settings_and_ages_of_masters() {
    let page = health(OK, "*0\r\n", "*0\r\n", "{}");
    for (metric, value) in [
        ("setting_ckquorum", 2.0),
        ("last_ok_ping_reply_seconds", 1.5),
        // What is not told is 0, as redis_exporter has it.
        ("setting_failover_timeout", 0.0),
        ("config_epoch", 0.0),
    ] {
        assert_eq!(page.value(&format!("sentinel_master_{metric}"), &MASTER), Some(value), "{metric}");
    }
    let message = ("message", OK.trim_start_matches('+').trim_end());
    assert_eq!(page.value("sentinel_master_ckquorum_status", &[MASTER[0], message]), Some(1.0));
    assert!(!page.is_partial());
}

#[test]
fn a_broken_quorum_is_an_answer() {
    let page = health("-NOQUORUM 1 usable Sentinels. Not enough\r\n", "*0\r\n", "*0\r\n", "{}");
    let message = ("message", "NOQUORUM 1 usable Sentinels. Not enough");
    assert_eq!(page.value("sentinel_master_ckquorum_status", &[MASTER[0], message]), Some(0.0));
    assert_eq!((page.warnings().len(), page.is_partial()), (0, false));
}

#[test]
fn who_is_down_is_not_counted() {
    let sentinels = flags(&["sentinel", "s_down,sentinel,disconnected", "sentinel,o_down"]);
    let no_flags = array(&[map(&[("name", "x")]), "+odd\r\n".to_owned(), map(&[("flags", "slave")])]);
    let page = health(OK, &sentinels, &no_flags, "{}");
    assert_eq!(page.value("sentinel_master_ok_sentinels", &MASTER), Some(2.0), "it counts itself");
    assert_eq!(page.value("sentinel_master_ok_slaves", &MASTER), Some(1.0));
    assert!(!page.text("redis").contains("peer_info"));
}

#[test]
fn peers_are_told_on_request() {
    let peer = map(&[("name", "id"), ("ip", "10.0.0.2"), ("port", "26379"), ("runid", "r"), ("flags", "sentinel")]);
    let page = health(OK, &array(&[peer, map(&[("name", "other")])]), "*0\r\n", r#"{"peers":true}"#);
    let labels = [("name", "id"), ("ip", "10.0.0.2"), ("port", "26379"), ("runid", "r"), ("flags", "sentinel")];
    assert_eq!(page.value("sentinel_peer_info", &[&MASTER[..], &labels].concat()), Some(1.0));
    let labels = [("name", "other"), ("ip", ""), ("port", ""), ("runid", ""), ("flags", "")];
    assert_eq!(page.value("sentinel_peer_info", &[&MASTER[..], &labels].concat()), Some(1.0));
}

#[test]
fn names_may_be_any_bytes() {
    let name = b"m\xff\"\n";
    let masters = [b"*1\r\n%3\r\n+name\r\n$4\r\n", &name[..], b"\r\n+ip\r\n+::1\r\n+port\r\n+1\r\n"].concat();
    let page = page(&bench(INFO, &[]).reply("SENTINEL MASTERS", masters), "{}");
    let labels = [("master_name", "m\\xff\"\n"), ("master_address", "::1:1")];
    assert_eq!(page.value("sentinel_master_config_epoch", &labels), Some(0.0));
}

#[test]
fn replies_of_resp2_say_the_same() {
    let masters = "*1\r\n*6\r\n+name\r\n+m\r\n+ip\r\n+10.0.0.1\r\n+port\r\n+6379\r\n";
    let replies = "*1\r\n*2\r\n+flags\r\n+slave\r\n";
    let page = page(&bench(INFO, &[("SENTINEL MASTERS", masters), ("SENTINEL SLAVES m", replies)]), "{}");
    assert_eq!(page.value("sentinel_master_ok_slaves", &MASTER), Some(1.0));
}

#[test]
fn what_is_refused_is_told_once_and_costs_only_itself() {
    let no = "-NOPERM this user has no permissions\r\n";
    let masters = array(&[master("m"), master("n")]);
    let refusing = |quorum: &'static str| {
        let each =
            [("SENTINEL MASTERS", masters.as_str()), ("SENTINEL CKQUORUM m", quorum), ("SENTINEL CKQUORUM n", no)];
        let others = ["SENTINELS", "SLAVES"].map(|question| {
            ["m", "n"]
                .map(|name| (format!("SENTINEL {question} {name}"), if question == "SLAVES" { no } else { "*0\r\n" }))
        });
        others
            .into_iter()
            .flatten()
            .fold(bench(INFO, &each), |bench, (command, reply)| bench.reply(&command, reply.as_bytes().to_vec()))
    };
    let first = page(&refusing(no), "{}");
    assert_eq!(missing(&first), ["SENTINEL CKQUORUM", "SENTINEL SLAVES"], "once for all masters");
    assert!(first.warnings()[0].contains("NOPERM this user has no permissions"));
    assert!(first.is_partial());
    let text = first.text("redis");
    assert!(!text.contains("ckquorum_status") && !text.contains("ok_slaves"), "{text}");
    assert_eq!(first.value("sentinel_master_ok_sentinels", &MASTER), Some(1.0));
    let second = page(&refusing(OK).after(&first), "{}");
    assert_eq!(second.warnings(), [""; 0]);
    assert!(second.text("redis").contains("ckquorum_status"));
}

#[test]
fn odd_replies_cost_only_themselves() {
    for odd in ["+OK\r\n", ":1\r\n", "-ERR unknown subcommand\r\n", "_\r\n"] {
        let page = page(&bench(INFO, &[("SENTINEL MASTERS", odd)]), "{}");
        assert_eq!(missing(&page), ["SENTINEL MASTERS"], "{odd:?}");
        assert_eq!(page.value("sentinel_masters", &[]), Some(1.0));
    }
    for odd in [
        "*1\r\n+m\r\n",
        "*1\r\n%1\r\n+name\r\n+m\r\n",
        "*1\r\n%1\r\n+name\r\n:1\r\n",
        "*1\r\n*1\r\n+x\r\n",
        "*1\r\n_\r\n",
    ] {
        let page = page(&bench(INFO, &[("SENTINEL MASTERS", odd)]), "{}");
        assert!(!page.text("redis").contains("setting"), "{odd:?}");
        assert_eq!(page.warnings(), [""; 0], "{odd:?}");
    }
    let page = health("*0\r\n", ":1\r\n", "+x\r\n", "{}");
    assert_eq!(missing(&page), ["SENTINEL CKQUORUM", "SENTINEL SENTINELS", "SENTINEL SLAVES"]);
    assert_eq!(page.value("sentinel_master_setting_ckquorum", &MASTER), Some(2.0));
}

#[test]
fn masters_and_peers_have_bounds() {
    let names: Vec<String> = (0..400).map(|number| format!("m{number}")).collect();
    let line = |name: &String| format!("master0:name={name},status=ok,address=x:1,slaves=1,sentinels=1\r\n");
    let info = format!("# Sentinel\r\n{}", names.iter().map(line).collect::<String>());
    let masters = array(&names.iter().map(|name| master(name)).collect::<Vec<_>>());
    let peer = |number: u32| map(&[("name", &format!("x{number}")), ("flags", "sentinel")]);
    let peers = array(&(0..30).map(peer).collect::<Vec<_>>());
    let mut bench = bench(&info, &[("SENTINEL MASTERS", &masters)]);
    for name in &names {
        bench = bench
            .reply(&format!("SENTINEL SENTINELS {name}"), peers.clone().into_bytes())
            .reply(&format!("SENTINEL SLAVES {name}"), b"*0\r\n".to_vec())
            .reply(&format!("SENTINEL CKQUORUM {name}"), OK.as_bytes().to_vec());
    }
    let page = page(&bench, r#"{"peers":true}"#);
    let text = page.text("redis");
    let count = |name: &str| text.matches(&format!("\nredis_{name}{{")).count();
    assert_eq!(count("sentinel_master_status"), 250);
    assert_eq!(count("sentinel_master_ok_sentinels"), 250);
    assert_eq!(count("sentinel_peer_info"), 5000);
    assert_eq!(
        page.warnings(),
        [
            "INFO tells of 400 masters: the first 250 are told (told once)",
            "400 masters are watched: the first 250 are told (told once)",
            "there are 7500 other sentinels: 5000 are told (told once)",
        ]
    );
    assert!(page.is_partial());
}

#[test]
fn settings_are_told_on_request_without_passwords() {
    let settings =
        map(&[("announce-port", "0"), ("sentinel-user", "me"), ("sentinel-pass", "…"), ("loglevel", "notice")]);
    let replies = [("SENTINEL MASTERS", "*0\r\n"), ("SENTINEL CONFIG GET *", settings.as_str())];
    let page = page(&bench(INFO, &replies), r#"{"settings":true}"#);
    for (key, value) in [("announce-port", "0"), ("sentinel-user", "me"), ("loglevel", "notice")] {
        assert_eq!(page.value("sentinel_config_key_value", &[("key", key), ("value", value)]), Some(1.0), "{key}");
    }
    assert_eq!(page.value("sentinel_config_value", &[("key", "announce-port")]), Some(0.0));
    let text = page.text("redis");
    assert!(!text.contains("sentinel-pass") && !text.contains('…'), "{text}");
    assert_eq!(text.matches("redis_sentinel_config_value{").count(), 1);
}

#[test]
fn settings_are_asked_of_sentinels_that_tell_them() {
    for (product, version, asked) in [
        ("redis", "5.0.14", false),
        ("redis", "6.0.20", false),
        ("redis", "6.2.0", true),
        ("redis", "10.0.0", true),
        ("redis", "", false),
        ("valkey", "7.2.4", true),
        ("valkey", "9.1.2", true),
    ] {
        for on in [true, false] {
            let server = Server { product: product.to_owned(), ..sentinel(version) };
            let bench =
                Bench::new(server).reply("INFO ALL", testing::bulk(INFO)).reply("SENTINEL MASTERS", b"*0\r\n".to_vec());
            let page = page(&bench, &format!("{{\"settings\":{on}}}"));
            let expected = if on && asked { vec!["SENTINEL CONFIG GET"] } else { vec![] };
            assert_eq!(missing(&page), expected, "{product} {version}");
        }
    }
}

#[test]
fn an_error_of_info_is_passed_on() {
    let bench = Bench::new(sentinel("7.0.15")).reply("INFO ALL", b"-NOPERM no\r\n".to_vec());
    match bench.collect::<Sentinel>("{}") {
        Err(NoPage::Failed(Failure::Redis(CallError::Server(error)))) => assert_eq!(error.code, "NOPERM"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_misspelt_key_is_refused_by_name() {
    match bench(INFO, &[]).collect::<Sentinel>(r#"{"peer":true}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            assert!(problems[0].message.contains("`peer`"), "{}", problems[0].message);
        }
        other => panic!("{other:?}"),
    }
}
