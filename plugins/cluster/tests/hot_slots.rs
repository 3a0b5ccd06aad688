//! Which slots are the hottest, and which servers are asked for them.

use redwasp_cluster::Cluster;
use redwasp_sdk::Server;
use redwasp_sdk::testing::{self, Bench, Page};

const BY_USE: &str = r#"{"hot_slots":2,"hot_slots_by_use":true}"#;
const ALL: &str = "CLUSTER SLOT-STATS SLOTSRANGE 0 16383";

/// Metrics of the statistics, as the server names them.
const METRICS: [(&str, &str); 5] = [
    ("key-count", "cluster_slot_keys"),
    ("cpu-usec", "cluster_slot_cpu_seconds_total"),
    ("network-bytes-in", "cluster_slot_net_input_bytes_total"),
    ("network-bytes-out", "cluster_slot_net_output_bytes_total"),
    ("memory-bytes", "cluster_slot_memory_bytes"),
];

fn node(product: &str, version: &str) -> Server {
    Server { mode: "cluster".to_owned(), ..testing::server(product, version) }
}

/// A reply to CLUSTER SLOT-STATS: of each slot its number and some counts. `map` begins a map of so many pairs.
fn reply(map: impl Fn(usize) -> String, slots: &[(i64, &[(&str, i64)])]) -> Vec<u8> {
    let count = |(name, count): &(&str, i64)| format!("${}\r\n{name}\r\n:{count}\r\n", name.len());
    let slot = |(slot, counts): &(i64, &[(&str, i64)])| {
        format!("*2\r\n:{slot}\r\n{}{}", map(counts.len()), counts.iter().map(count).collect::<String>())
    };
    format!("*{}\r\n{}", slots.len(), slots.iter().map(slot).collect::<String>()).into()
}

fn resp3(pairs: usize) -> String {
    format!("%{pairs}\r\n")
}

fn resp2(pairs: usize) -> String {
    format!("*{}\r\n", 2 * pairs)
}

fn page(command: &str, reply: Vec<u8>, config: &str) -> Page {
    Bench::new(node("valkey", "9.1.2")).reply(command, reply).collect::<Cluster>(config).unwrap()
}

/// Slots and values of a metric, in the page's order.
fn slots(page: &Page, metric: &str) -> Vec<(i64, f64)> {
    let told = |slot: i64| page.value(metric, &[("slot", &slot.to_string())]).map(|value| (slot, value));
    (0..16384).filter_map(told).collect()
}

/// Whether and how a server is asked.
fn asked(server: Server, config: &str) -> Option<String> {
    let page = Bench::new(server).collect::<Cluster>(config).unwrap();
    let refused = |text: &String| text.split_once("no reply to CLUSTER SLOT-STATS ").map(|(_, args)| args.to_owned());
    page.warnings().iter().find_map(refused).map(|args| args.replace(" (told once)", ""))
}

#[test]
fn only_servers_that_count_are_asked() {
    for (product, version, expected) in [
        ("redis", "7.4.0", false),
        ("redis", "8.0.2", false),
        ("redis", "8.2.0", true),
        ("redis", "10.0.1", true),
        ("redis", "", false),
        ("valkey", "7.2.4", false),
        ("valkey", "8.0.0", true),
        ("valkey", "9.1.2", true),
        ("keydb", "8.2.0", false),
        ("dragonfly", "df-v8.30.0", false),
    ] {
        assert_eq!(asked(node(product, version), "{}").is_some(), expected, "{product} {version}");
    }
    let replica = Server { role: "slave".to_owned(), ..node("valkey", "9.1.2") };
    assert_eq!(asked(replica, BY_USE), None, "its primary has the same keys");
}

#[test]
fn as_many_are_asked_for_as_are_wanted() {
    let asked = |config: &str| asked(node("valkey", "9.1.2"), config);
    assert_eq!(asked("{}").as_deref(), Some("ORDERBY KEY-COUNT LIMIT 10 DESC"));
    assert_eq!(asked(r#"{"hot_slots":100}"#).as_deref(), Some("ORDERBY KEY-COUNT LIMIT 100 DESC"));
    assert_eq!(asked(BY_USE).as_deref(), Some("SLOTSRANGE 0 16383"));
    for none in [r#"{"hot_slots":0}"#, r#"{"hot_slots":0,"hot_slots_by_use":true}"#] {
        assert_eq!(asked(none), None);
    }
}

#[test]
fn slots_with_the_most_keys_are_told() {
    let counts: &[(i64, &[(&str, i64)])] = &[(93, &[("key-count", 7), ("cpu-usec", 5)]), (16383, &[("key-count", 0)])];
    for map in [resp3, resp2] {
        let page = page("CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 10 DESC", reply(map, counts), "{}");
        assert_eq!(slots(&page, "cluster_slot_keys"), [(93, 7.0)], "one without keys is not hot");
        assert_eq!(slots(&page, "cluster_slot_cpu_seconds_total"), [], "it is one of those with the most keys");
    }
}

#[test]
fn each_statistic_has_its_own_slots() {
    // In each slot all counts are its number, but for one that is more than 2^31 larger.
    let of_slot = |slot: i64| {
        let count = |(place, (name, _)): (i64, (_, _))| (name, if place == slot { 3_000_000_000 } else { slot });
        (0..).zip(METRICS).map(count).collect()
    };
    let all: Vec<Vec<(&str, i64)>> = (0..5).map(of_slot).collect();
    let counts: Vec<(i64, &[(&str, i64)])> = (0..).zip(all.iter().map(Vec::as_slice)).collect();
    for map in [resp3, resp2] {
        let page = page(ALL, reply(map, &counts), BY_USE);
        for (place, (name, metric)) in (0..).zip(METRICS) {
            let unit = if name == "cpu-usec" { 1e6 } else { 1.0 };
            let second = if place == 4 { 3 } else { 4 };
            let mut expected = [(place, 3e9 / unit), (second, second as f64 / unit)];
            expected.sort_by_key(|(slot, _)| *slot);
            assert_eq!(slots(&page, metric), expected, "{name}");
        }
    }
}

#[test]
fn of_slots_with_the_same_the_lower_ones_are_told() {
    let one: &[(&str, i64)] = &[("key-count", 1)];
    let page = page(ALL, reply(resp3, &[(9, one), (2, one), (5, one), (700, one)]), BY_USE);
    assert_eq!(slots(&page, "cluster_slot_keys"), [(2, 1.0), (5, 1.0)]);
}

#[test]
fn what_is_switched_off_is_missing() {
    let page = page(ALL, reply(resp3, &[(9, &[("key-count", 1)])]), BY_USE);
    assert_eq!(page.text("redis").matches("# TYPE redis_cluster_slot_").count(), 1);
    assert!(!page.warnings().iter().any(|text| text.contains("SLOT-STATS")), "{:?}", page.warnings());
}

#[test]
fn a_node_without_slots_has_none_that_are_hot() {
    let page = page(ALL, b"*0\r\n".to_vec(), BY_USE);
    assert!(!page.text("redis").contains("cluster_slot_"));
}

#[test]
fn odd_replies_cost_only_these_metrics() {
    let page_of = |reply: &str| page(ALL, reply.into(), BY_USE);
    for odd in ["+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n+x\r\n%0\r\n", "*1\r\n*2\r\n:1\r\n:1\r\n"] {
        let page = page_of(odd);
        assert!(page.warnings().iter().any(|text| text.starts_with("CLUSTER SLOT-STATS cannot be had")), "{odd:?}");
        assert!(!page.text("redis").contains("cluster_slot_"), "{odd:?}");
    }
    let page =
        page_of("*2\r\n*1\r\n:1\r\n*3\r\n:2\r\n%3\r\n+new\r\n+x\r\n+key-count\r\n+7\r\n+cpu-usec\r\n:-1\r\n+more\r\n");
    assert_eq!(slots(&page, "cluster_slot_keys"), [(2, 7.0)], "what nobody knows is passed over");
    assert_eq!(slots(&page, "cluster_slot_cpu_seconds_total"), []);
}

#[test]
fn both_ways_tell_the_same_of_keys() {
    let recorded = include_bytes!("../testdata/valkey-9.1.txt");
    let page = |config: &str| Bench::recorded(recorded).collect::<Cluster>(config).unwrap();
    let ordered = slots(&page("{}"), "cluster_slot_keys");
    assert_eq!(ordered, [(3300, 3.0), (5061, 1.0), (12182, 7.0), (15495, 1.0)]);
    assert_eq!(slots(&page(r#"{"hot_slots_by_use":true}"#), "cluster_slot_keys"), ordered);
}
