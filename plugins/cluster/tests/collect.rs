//! Which servers are asked, what becomes of odd fields of CLUSTER INFO, and servers that refuse.

use redwasp_cluster::Cluster;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};
use redwasp_sdk::{Refusal, Server};

/// One that is asked for CLUSTER INFO and CLUSTER NODES, and a Valkey for INFO.
fn node(product: &str) -> Server {
    Server { mode: "cluster".to_owned(), ..testing::server(product, "7.2.4") }
}

fn page(lines: &[&str]) -> Page {
    let reply = testing::bulk(lines.join("\r\n"));
    Bench::new(node("redis")).reply("CLUSTER INFO", reply).collect::<Cluster>("{}").unwrap()
}

/// The lines of all samples, sorted.
fn samples(page: &Page) -> Vec<String> {
    let text = page.text("redis");
    let mut lines: Vec<String> = text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What is told of CLUSTER INFO. Most benches here have no reply to anything else.
fn told(page: &Page) -> Vec<&str> {
    page.warnings().iter().map(String::as_str).filter(|text| text.contains("CLUSTER INFO")).collect()
}

#[test]
fn only_nodes_of_clusters_are_asked() {
    for mode in ["standalone", "sentinel", ""] {
        let server = Server { mode: mode.to_owned(), ..testing::server("redis", "7.0.15") };
        let outcome = Bench::new(server).collect::<Cluster>("{}");
        assert!(matches!(outcome, Err(NoPage::Refused(Refusal::NotApplicable(_)))), "{outcome:?}");
    }
}

#[test]
fn the_state_is_a_number() {
    for (state, samples_of) in
        [("ok", &["redis_cluster_state 1"][..]), ("fail", &["redis_cluster_state 0"]), ("?", &[])]
    {
        assert_eq!(samples(&page(&[&format!("cluster_state:{state}")])), samples_of, "{state}");
    }
}

#[test]
fn messages_have_redis_exporters_names() {
    let page = page(&[
        "cluster_stats_messages_sent:7",
        "cluster_stats_messages_received:8",
        "cluster_stats_messages_ping_sent:5",
        "cluster_stats_messages_auth-req_received:2",
    ]);
    let expected = [
        "redis_cluster_messages_received_total 8",
        "redis_cluster_messages_sent_total 7",
        "redis_cluster_stats_messages_auth_req_received 2",
        "redis_cluster_stats_messages_ping_sent 5",
    ];
    assert_eq!(samples(&page), expected);
    assert!(!page.text("redis").contains(" counter"), "they are gauges there");
}

#[test]
fn links_that_were_cut_are_counted() {
    let text = page(&["total_cluster_links_buffer_limit_exceeded:3"]).text("redis");
    assert!(text.contains("\n# TYPE redis_cluster_links_buffer_limit_exceeded_total counter\n"), "{text}");
    assert!(text.ends_with("\nredis_cluster_links_buffer_limit_exceeded_total 3\n"), "{text}");
}

#[test]
fn fields_that_no_list_has_are_gauges() {
    let page = page(&[
        "cluster_slot_migration_active_tasks:1",
        "cluster_new-field:2",
        "cluster_new_field:3",
        "cluster_state:ok",
        "cluster_state:fail",
        "cluster_messages_sent_total:9",
        "cluster_x_sum:1",
        "cluster_x_bucket:1",
        "cluster_word:x",
        "cluster_two:1:2",
        "cluster_bytes\u{e9}:4",
        "other:1",
        "nonsense",
        ":5",
    ]);
    let expected = [
        "redis_cluster_bytes_ 4",
        "redis_cluster_new_field 2",
        "redis_cluster_slot_migration_active_tasks 1",
        "redis_cluster_state 1",
    ];
    assert_eq!(samples(&page), expected, "of those that give the same name, the first one counts");
}

#[test]
fn there_is_a_bound() {
    let lines: Vec<String> = (0..300).map(|number| format!("cluster_field_{number}:1")).collect();
    let page = page(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(samples(&page).len(), 100);
    assert_eq!(told(&page), ["200 fields of CLUSTER INFO are left out: of those in no list 100 are told (told once)"]);
}

const INFO: &str =
    "# Cluster\r\ncluster_enabled:1\r\n\r\n# Cluster Info\r\ncluster_state:ok\r\n\r\n# Keyspace\r\ncluster_size:9\r\n";

#[test]
fn what_valkey_says_twice_is_told_once() {
    let bench = Bench::new(node("valkey")).reply("INFO ALL", testing::bulk(INFO));
    let page = bench.reply("CLUSTER INFO", testing::bulk("cluster_state:fail\r\n")).collect::<Cluster>("{}").unwrap();
    assert_eq!(samples(&page), ["redis_cluster_state 0"]);
}

#[test]
fn the_section_of_info_stands_in_for_a_refused_command() {
    let refused = |info: &str| {
        let bench = Bench::new(node("valkey")).reply("INFO ALL", testing::bulk(info));
        bench.reply("CLUSTER INFO", b"-NOPERM no\r\n".to_vec())
    };
    let page = refused(INFO).collect::<Cluster>("{}").unwrap();
    assert_eq!((samples(&page), told(&page).len()), (vec!["redis_cluster_state 1".to_owned()], 0));
    let first = refused("# Cluster Info\r\n\r\n# Keyspace\r\n").collect::<Cluster>("{}").unwrap();
    let text = "CLUSTER INFO cannot be had, and what it would tell is left out: NOPERM no (told once)";
    assert_eq!((samples(&first).len(), told(&first)), (0, vec![text]));
    let second = refused("").after(&first).collect::<Cluster>("{}").unwrap();
    assert_eq!(told(&second), [""; 0]);
}

/// What a node answers to each command, and a metric that it makes.
const REPLIES: [(&str, &str, &str); 3] = [
    ("CLUSTER INFO", "$16\r\ncluster_state:ok\r\n", "redis_cluster_state "),
    ("CLUSTER NODES", "$34\r\na :1@2 myself,master - 0 0 1 c 0-9\r\n", "redis_cluster_node_slots "),
    (
        "CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 10 DESC",
        "*1\r\n*2\r\n:7\r\n%1\r\n$9\r\nkey-count\r\n:3\r\n",
        "redis_cluster_slot_keys{",
    ),
];

#[test]
fn what_is_refused_is_told_once_and_costs_only_itself() {
    for odd in ["-NOPERM no\r\n", "%0\r\n", ":1\r\n", "$-1\r\n"] {
        for (refused, _, _) in REPLIES {
            let server = Server { version: "8.2.0".to_owned(), ..node("redis") };
            let bench = || {
                REPLIES.iter().fold(Bench::new(server.clone()), |bench, (command, reply, _)| {
                    bench.reply(command, if *command == refused { odd } else { reply }.into())
                })
            };
            let first = bench().collect::<Cluster>("{}").unwrap();
            let named = refused.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let [warning] = first.warnings() else { panic!("{:?}", first.warnings()) };
            assert!(warning.starts_with(&format!("{named} cannot be had, and what it would tell is left out: ")));
            for (command, _, metric) in REPLIES {
                let is_there = first.text("redis").contains(&format!("\n{metric}"));
                assert_eq!(is_there, command != refused, "{refused} {metric}");
            }
            let second = bench().after(&first).collect::<Cluster>("{}").unwrap();
            assert_eq!((second.warnings().len(), second.is_partial()), (0, true), "{refused}");
        }
    }
}

fn problems(server: Server, config: &str) -> Vec<(String, String)> {
    match Bench::new(server).collect::<Cluster>(config) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            problems.into_iter().map(|problem| (problem.pointer, problem.message)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mistake_in_the_configuration_is_refused() {
    for server in [node("redis"), testing::server("redis", "7.0.15")] {
        let expected = ("/hot_slots".to_owned(), "is 101; 100 at most".to_owned());
        assert_eq!(problems(server.clone(), r#"{"hot_slots":101}"#), [expected]);
        assert!(problems(server.clone(), r#"{"hot_slots":-1}"#)[0].0 == "/hot_slots");
        assert!(problems(server, r#"{"hot_slot":1}"#)[0].1.contains("`hot_slot`"));
    }
}

#[test]
fn no_field_takes_the_name_of_another_metric() {
    let fields = "cluster_node_info:1\r\ncluster_node_slots:2\r\ncluster_nodes_seen:3\r\ncluster_node:4\r\n";
    let bench = Bench::new(node("redis")).reply("CLUSTER INFO", testing::bulk(fields));
    let (command, nodes, _) = REPLIES[1];
    let text = bench.reply(command, nodes.into()).collect::<Cluster>("{}").unwrap().text("redis");
    for line in ["redis_cluster_node_slots 10", "redis_cluster_node 4", "redis_cluster_nodes_seen{state=\"ok\"} 0"] {
        assert!(text.contains(&format!("\n{line}\n")), "{line}: {text}");
    }
}
