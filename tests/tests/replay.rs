//! Texts of INFO, recorded and made up: our page is redis_exporter's.

use redwasp_tests::captures::{self, Capture};
use redwasp_tests::daemon::Daemon;
use redwasp_tests::exporter::Exporter;
use redwasp_tests::page::Page;
use redwasp_tests::parity::{self, Difference, NEWER};
use redwasp_tests::replay::Replay;

/// A difference that is meant: the text, the beginning of the sample's name, a label, and why.
type OnPurpose = (&'static str, &'static str, (&'static str, &'static str), &'static str);

/// Lines of made-up texts that are read otherwise on purpose.
#[rustfmt::skip]
const ON_PURPOSE: [OnPurpose; 16] = [
    ("cluster-enabled", "redis_db_keys", ("db", "db0"), "a cluster has one database, also when CLUSTER INFO is refused"),
    ("ugly-bytes", "redis_commands_", ("cmd", r"get\xff"), "bytes that are no UTF-8 are written in hexadecimal, not dropped"),
    ("ugly-bytes", "redis_db_", ("db", r"db1\xff"), "bytes that are no UTF-8 are written in hexadecimal, not dropped"),
    ("ugly-bytes", "redis_errors_total", ("err", r"\xff\xfe"), "bytes that are no UTF-8 are written in hexadecimal, not dropped"),
    ("ugly-keyspace", "redis_db_keys", ("db", "db0_distrib_strings_sizes"), "parts have names: none of these is known"),
    ("ugly-keyspace", "redis_db_", ("db", "db10"), "parts have names: an unknown one cannot be wrong"),
    ("ugly-keyspace", "redis_db_keys", ("db", "db11"), "parts have names, and so no order"),
    ("ugly-keyspace", "redis_db_", ("db", "db20"), "parts have names: this one begins with a space"),
    ("ugly-keyspace", "redis_db_", ("db", "db22"), "parts have names: these begin with a space"),
    ("ugly-keyspace-lines", "redis_db_keys", ("db", "db26"), "parts have names: these have others"),
    ("ugly-keyspace-lines", "redis_db_", ("db", "db29"), "parts have names: an unknown one cannot be wrong"),
    ("ugly-keyspace-lines", "redis_db_", ("db", "db30"), "parts have names: an unknown one cannot be wrong"),
    ("ugly-keyspace-lines", "redis_db_keys_cached", ("db", "db33"), "parts have names: cached keys may be the fifth"),
    ("ugly-keyspace-lines", "redis_db_", ("db", "db43"), "parts have names: this one begins with a space"),
    ("ugly-keyspace-lines", "redis_db_", ("db", "db44"), "parts have names: this one begins with a space"),
    ("ugly-latencystats-lines", "redis_latency_percentiles_usec", ("cmd", "nan"), "NaN is no percentile"),
];

fn is_meant((text, name, (label, value), _): &OnPurpose, of: &str, difference: &Difference) -> bool {
    let has_label = difference.labels.get(*label).is_some_and(|found| found == value);
    *text == of && difference.name.starts_with(name) && has_label
}

#[test]
fn every_text_gives_redis_exporters_page() {
    let daemon = Daemon::start(&["--redis.addr=", "--include-system-metrics", "--config-command=-"]);
    let mut differences = Vec::new();
    let mut unused: Vec<_> = ON_PURPOSE.iter().collect();
    for capture in Capture::all() {
        let replay = Replay::start(capture.info());
        let ours = daemon.scrape(&format!("/scrape?target={}", replay.url()));
        let theirs = Page::parse(&capture.page()).unwrap();
        let name = capture.name();
        for difference in parity::differences(&ours, &theirs) {
            match ON_PURPOSE.iter().find(|known| is_meant(known, &name, &difference)) {
                Some(known) => unused.retain(|other| *other != known),
                None => differences.push(format!("{name}: {difference}")),
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(unused.is_empty(), "these do not differ: {unused:?}");
}

/// Only of the release that made them: another one may read odd texts otherwise, and says on stderr that it is here.
#[test]
fn the_kept_pages_are_still_redis_exporters() {
    if Exporter::here().is_reference().is_err() {
        return;
    }
    for capture in Capture::all() {
        let (kept, now) = (Page::parse(&capture.page()).unwrap(), captures::page_of(&capture.info()));
        let differences = parity::differences(&kept, &Page::parse(&now).unwrap());
        assert!(differences.is_empty(), "{}: {}", capture.name(), parity::listed(&differences));
    }
}

/// What redis_exporter has since 1.87, in a text where each field has another value.
const SINCE: &str = "# Server\r\nserver_mode:cluster\r\navailability_zone:zone-1\r\nvalkey_version:9.1.0\r\n\
    # TLS\r\ntls_server_cert_serial:01A2\r\ntls_server_cert_expires_in_seconds:47\r\ntls_client_cert_serial:none\r\n\
    tls_client_cert_expires_in_seconds:0\r\ntls_ca_cert_serial:03C4\r\ntls_ca_cert_expires_in_seconds:49\r\n\
    # Memory\r\nmem_replicas_repl_buffer:41\r\n\
    # Stats\r\nexpired_fields:42\r\nexpired_keys_with_volatile_items_stale_perc:12.5\r\nacl_access_denied_tls_cert:43\r\n\
    acl_access_denied_db:44\r\n\
    # Replication\r\nrole:slave\r\nreplicas_repl_buffer_size:45\r\nreplicas_repl_buffer_peak:46\r\nreplicas_waiting_psync:2\r\n\
    # CPU\r\nused_active_time_main_thread:1.25\r\nused_active_time_io_thread_1:2.5\r\n\
    # Scripting Engines\r\nengines_count:2\r\nengines_total_used_memory:50\r\nengines_total_memory_overhead:51\r\n\
    engine_0:name=LUA,module=lua,abi_version=4,used_memory=20,memory_overhead=21\r\n\
    # Keyspace\r\ndb0:keys=17,expires=5,avg_ttl=2500,keys_with_volatile_items=3\r\n\
    db1:keys=17,expires=5,avg_ttl=2500,subexpiry=4\r\n";

/// Name, type, labels and value of a sample.
type Expected<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], f64);

#[test]
fn what_is_newer_than_1_86_comes_from_its_fields() {
    let replay = Replay::start(SINCE);
    let page = Daemon::start(&[&format!("--redis.addr={}", replay.url())]).scrape("/metrics");
    let engine = [("engine", "LUA"), ("module", "lua"), ("abi_version", "4")];
    let expected: [Expected<'_>; 24] = [
        ("redis_acl_access_denied_db_total", "counter", &[], 44.0),
        ("redis_acl_access_denied_tls_cert_total", "counter", &[], 43.0),
        ("redis_active_time_io_thread_seconds_total", "counter", &[("thread", "1")], 2.5),
        ("redis_active_time_main_thread_seconds_total", "counter", &[], 1.25),
        ("redis_db_keys_with_expiring_items", "gauge", &[("db", "db0")], 3.0),
        ("redis_db_keys_with_expiring_items", "gauge", &[("db", "db1")], 4.0),
        ("redis_expired_fields_total", "counter", &[], 42.0),
        ("redis_expired_keys_with_volatile_items_stale_percentage", "gauge", &[], 12.5),
        ("redis_mem_replicas_repl_buffer_bytes", "gauge", &[], 41.0),
        ("redis_replicas_repl_buffer_peak_bytes", "gauge", &[], 46.0),
        ("redis_replicas_repl_buffer_size_bytes", "gauge", &[], 45.0),
        ("redis_replicas_waiting_psync", "gauge", &[], 2.0),
        ("redis_scripting_engine_info", "gauge", &engine, 1.0),
        ("redis_scripting_engine_memory_overhead_bytes", "gauge", &engine, 21.0),
        ("redis_scripting_engine_memory_used_bytes", "gauge", &engine, 20.0),
        ("redis_scripting_engines_count", "gauge", &[], 2.0),
        ("redis_scripting_engines_memory_overhead_bytes", "gauge", &[], 51.0),
        ("redis_scripting_engines_memory_used_bytes", "gauge", &[], 50.0),
        ("redis_tls_ca_cert_expires_in_seconds", "gauge", &[], 49.0),
        ("redis_tls_certificate_info", "gauge", &[("certificate", "server"), ("serial", "01A2")], 1.0),
        ("redis_tls_certificate_info", "gauge", &[("certificate", "client"), ("serial", "none")], 1.0),
        ("redis_tls_certificate_info", "gauge", &[("certificate", "ca"), ("serial", "03C4")], 1.0),
        ("redis_tls_client_cert_expires_in_seconds", "gauge", &[], 0.0),
        ("redis_tls_server_cert_expires_in_seconds", "gauge", &[], 47.0),
    ];
    for (name, kind, labels, value) in expected {
        assert_eq!(page.value(name, labels), Some(value), "{name}");
        assert_eq!(page.family(name).unwrap().kind.as_deref(), Some(kind), "{name}");
    }
    for name in NEWER {
        assert!(expected.iter().any(|(tested, ..)| *tested == name), "{name} is not tested");
    }
    assert!(page.family("redis_db_keys_cached").is_none());
    let instance = page.labels_of("redis_instance_info")[0];
    assert_eq!((instance["redis_mode"].as_str(), instance["availability_zone"].as_str()), ("cluster", "zone-1"));
}
