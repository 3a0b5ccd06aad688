//! Lines that become metrics with labels, or that are in no list.

use redwasp_info::InfoCollector;
use redwasp_sdk::Refusal;
use redwasp_sdk::testing::{self, Bench, NoPage, Page};

/// The page of some lines, separated by spaces, of one section.
fn page_with(config: &str, section: &str, lines: &str) -> Page {
    let text = format!("# {section}\r\n{}\r\n", lines.replace(' ', "\r\n").replace("#\r\n", "# "));
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(text));
    bench.collect::<InfoCollector>(config).unwrap()
}

fn page(section: &str, lines: &str) -> Page {
    page_with("{}", section, lines)
}

/// The lines of samples whose name begins so, without HELP and TYPE.
fn samples(page: &Page, name: &str) -> Vec<String> {
    let begin = format!("redis_{name}");
    page.text("redis").lines().filter(|line| line.starts_with(&begin)).map(str::to_owned).collect()
}

#[test]
fn commands_before_and_since_6_2() {
    let page = page(
        "Commandstats",
        "cmdstat_get:calls=21,usec=175,usec_per_call=8.33 \
        cmdstat_config|get:calls=2,usec=3,usec_per_call=1.5,rejected_calls=4,failed_calls=5",
    );
    let get = [("cmd", "get")];
    assert_eq!(page.value("commands_total", &get), Some(21.0));
    assert_eq!(page.value("commands_duration_seconds_total", &get), Some(0.000175));
    assert_eq!(page.value("commands_failed_calls_total", &get), None);
    let config = [("cmd", "config|get")];
    assert_eq!(page.value("commands_rejected_calls_total", &config), Some(4.0));
    assert_eq!(page.value("commands_failed_calls_total", &config), Some(5.0));
}

#[test]
fn a_line_of_statistics_that_cannot_be_read_gives_nothing() {
    for line in [
        "cmdstat_x:calls=1,usec=2",
        "cmdstat_x:calls=a,usec=2,usec_per_call=2",
        "cmdstat_x:calls=1,usec=2,usec_per_call=2,rejected_calls=a,failed_calls=0",
        "x:calls=1,usec=2,usec_per_call=2",
    ] {
        assert_eq!(samples(&page("Commandstats", line), "commands"), Vec::<String>::new(), "{line}");
    }
    for line in ["errorstat_ERR:count", "errorstat_ERR:count=x", "ERR:count=1"] {
        assert_eq!(samples(&page("Errorstats", line), "errors"), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn errors_by_their_code() {
    let page = page("Errorstats", "errorstat_WRONGTYPE:count=4");
    assert_eq!(page.value("errors_total", &[("err", "WRONGTYPE")]), Some(4.0));
}

#[test]
fn made_up_codes_of_errors_do_not_cost_the_rest() {
    let lines: Vec<_> = (0..20_000).map(|code| format!("errorstat_E{code}:count=1")).collect();
    let page = page("Errorstats", &lines.join(" "));
    assert_eq!(samples(&page, "errors_total").len(), 1000);
    assert_eq!(page.warnings(), ["the server has 20000 codes of errors: the first 1000 are told"]);
}

#[test]
fn percentiles_keep_their_spelling_and_are_sorted() {
    let lines = "latency_percentiles_usec_get:p99.9=3.007,p50=0.001,p100=4 \
        latency_percentiles_usec_set:p50=1 \
        # Commandstats cmdstat_get:calls=21,usec=175,usec_per_call=8.33";
    let text = format!(
        "# Latencystats\r\n{}\r\n",
        lines.replace(" # ", "\r\n# ").replace(" l", "\r\nl").replace(" c", "\r\nc")
    );
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(text));
    let page = bench.collect::<InfoCollector>("{}").unwrap();
    let expected = [
        "redis_latency_percentiles_usec{cmd=\"get\",quantile=\"50\"} 0.001",
        "redis_latency_percentiles_usec{cmd=\"get\",quantile=\"99.9\"} 3.007",
        "redis_latency_percentiles_usec{cmd=\"get\",quantile=\"100\"} 4",
        "redis_latency_percentiles_usec_sum{cmd=\"get\"} 175",
        "redis_latency_percentiles_usec_count{cmd=\"get\"} 21",
    ];
    assert_eq!(samples(&page, "latency_percentiles_usec"), expected, "and none of a command without counts");
}

#[test]
fn replicas_of_a_primary() {
    let page = page(
        "Replication",
        "role:master slave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=1,type=replica \
        slave1:ip=::1,port=6380,state=wait_bgsave,offset=0 slave2:ip=a,port=1,state=online,offset=x,lag=0 \
        slave3:ip=b,port=1,state=online,offset=1,lag=x",
    );
    let first = [("slave_ip", "10.0.0.2"), ("slave_port", "6379"), ("slave_state", "online")];
    assert_eq!(page.value("connected_slave_offset_bytes", &first), Some(42.0));
    assert_eq!(page.value("connected_slave_lag_seconds", &first), Some(1.0));
    let second = [("slave_ip", "::1"), ("slave_port", "6380"), ("slave_state", "wait_bgsave")];
    assert_eq!(page.value("connected_slave_offset_bytes", &second), Some(0.0));
    assert_eq!(page.value("connected_slave_lag_seconds", &second), None);
    assert_eq!(samples(&page, "connected_slave_").len(), 3, "and none of what cannot be read");
}

#[test]
fn primaries_of_a_replica() {
    let page = page(
        "Replication",
        "role:active-replica master_host:10.0.0.1 master_port:6379 master_link_status:up master_last_io_seconds_ago:1 \
        master_sync_in_progress:0 slave_repl_offset:7 master_1_host:10.0.0.2 master_1_port:6380 \
        master_1_link_status:down master_1_last_io_seconds_ago:-1 master_1_sync_in_progress:1",
    );
    let first = [("master_host", "10.0.0.1"), ("master_port", "6379")];
    let second = [("master_host", "10.0.0.2"), ("master_port", "6380")];
    for (metric, of_first, of_second) in [
        ("master_link_up", Some(1.0), Some(0.0)),
        ("master_last_io_seconds_ago", Some(1.0), Some(-1.0)),
        ("master_sync_in_progress", Some(0.0), Some(1.0)),
        ("slave_repl_offset", Some(7.0), None),
    ] {
        assert_eq!((page.value(metric, &first), page.value(metric, &second)), (of_first, of_second), "{metric}");
    }
}

#[test]
fn a_primary_may_be_named_in_any_section() {
    let page = page(
        "Other",
        "master_host:a master_port:1 # Replication master_link_status:up # More master_2_host:b master_2_port:2 \
        # Replication master_2_link_status:down",
    );
    assert_eq!(page.value("master_link_up", &[("master_host", "a"), ("master_port", "1")]), Some(1.0));
    assert_eq!(page.value("master_link_up", &[("master_host", "b"), ("master_port", "2")]), Some(0.0));
}

#[test]
fn integers_of_replication_have_64_bits() {
    for (text, expected) in [
        ("9223372036854775807", i64::MAX as f64),
        ("99999999999999999999", i64::MAX as f64),
        ("-99999999999999999999", i64::MIN as f64),
        ("+7", 7.0),
        ("7.0", 0.0),
        ("0x7", 0.0),
        ("", 0.0),
    ] {
        let page = page("Replication", &format!("slave_repl_offset:{text}"));
        let labels = [("master_host", ""), ("master_port", "")];
        assert_eq!(page.value("slave_repl_offset", &labels), Some(expected), "{text:?}");
    }
}

#[test]
fn a_replica_names_its_primary() {
    let lines = "role:slave master_host:10.0.0.1 master_port:6379 slave_read_only:1";
    let labels = [("master_host", "10.0.0.1"), ("master_port", "6379"), ("read_only", "1")];
    assert_eq!(page("Replication", lines).value("slave_info", &labels), Some(1.0));
    let lines = lines.replace("role:slave", "role:master");
    assert_eq!(samples(&page("Replication", &lines), "slave_info"), Vec::<String>::new());
}

#[test]
fn an_instance_has_the_labels_that_it_tells() {
    let of_redis = "os:Linux process_id:7 redis_build_id:b redis_mode:standalone redis_version:7.0.15 run_id:r tcp_port:6379 \
        maxmemory_policy:noeviction role:master master_replid:m";
    assert_eq!(
        samples(&page("Server", of_redis), "instance_info"),
        ["redis_instance_info{master_replid=\"m\",maxmemory_policy=\"noeviction\",os=\"Linux\",process_id=\"7\",\
        redis_build_id=\"b\",redis_mode=\"standalone\",redis_version=\"7.0.15\",role=\"master\",run_id=\"r\",\
        tcp_port=\"6379\"} 1"]
    );
    let of_valkey = "server_mode:cluster valkey_version:9.1.0 valkey_release_stage:ga availability_zone:z1";
    let line = &samples(&page("Server", of_valkey), "instance_info")[0];
    assert!(line.starts_with("redis_instance_info{availability_zone=\"z1\","), "{line}");
    assert!(line.contains("redis_mode=\"cluster\"") && line.contains("valkey_version=\"9.1.0\""), "{line}");
}

#[test]
fn the_start_is_now_without_the_uptime() {
    // The bench's clock stands at 0.
    assert_eq!(page("Server", "uptime_in_seconds:60").value("start_time_seconds", &[]), Some(-60.0));
}

#[test]
fn what_only_valkey_tells() {
    let page = page(
        "Scripting Engines",
        "used_active_time_io_thread_3:1.5 engines_count:1 \
        engine_0:name=LUA,module=lua,abi_version=4,used_memory=135168,memory_overhead=56 engine_1:name=JS",
    );
    assert_eq!(page.value("active_time_io_thread_seconds_total", &[("thread", "3")]), Some(1.5));
    let engine = [("engine", "LUA"), ("module", "lua"), ("abi_version", "4")];
    assert_eq!(page.value("scripting_engine_info", &engine), Some(1.0));
    assert_eq!(page.value("scripting_engine_memory_used_bytes", &engine), Some(135168.0));
    assert_eq!(page.value("scripting_engine_memory_overhead_bytes", &engine), Some(56.0));
    assert_eq!(page.value("scripting_engines_count", &[]), Some(1.0));
    assert_eq!(samples(&page, "scripting_engine_info").len(), 1, "and none of an engine that is cut off");
}

#[test]
fn certificates_stand_in_a_section_of_their_own() {
    let lines = "tls_server_cert_serial:01A2 tls_client_cert_serial:7 tls_ca_cert_serial:none tls_x_cert_serial:8";
    let page = page_with(r#"{"fields":["tls_*"]}"#, "TLS", lines);
    for (certificate, serial) in [("server", "01A2"), ("client", "7"), ("ca", "none")] {
        let labels = [("certificate", certificate), ("serial", serial)];
        assert_eq!(page.value("tls_certificate_info", &labels), Some(1.0), "{certificate}");
    }
    assert_eq!(samples(&page, "tls_").len(), 4, "and none with labels of a certificate that Valkey has not");
    assert_eq!(page.value("tls_x_cert_serial", &[]), Some(8.0));
    assert_eq!(samples(&self::page("Server", lines), "tls_certificate"), Vec::<String>::new(), "of another section");
}

#[test]
fn an_engine_that_cannot_be_read_is_an_engine() {
    let page = page_with(r#"{"fields":["engine_*"]}"#, "Scripting Engines", "engine_0:5 engine_1:name=JS");
    assert_eq!(samples(&page, "engine"), Vec::<String>::new());
    let page = page_with(r#"{"fields":["engine_*"]}"#, "Stats", "engine_0:5");
    assert_eq!(page.value("engine_0", &[]), Some(5.0), "in another section it is a field like others");
}

#[test]
fn some_beginnings_pass_whatever_follows() {
    let page = page("Stats", "cluster_state:ok cluster_size:3 cluster_state:fail db_x-y:4 cluster_word:x other:1");
    let expected = ["redis_cluster_size 3", "redis_cluster_state 1"];
    assert_eq!(samples(&page, "cluster"), expected, "one family for both states, and the first one counts");
    assert_eq!(page.value("db_x_y", &[]), Some(4.0));
    assert_eq!(samples(&page, "other"), Vec::<String>::new());
}

#[test]
fn what_valkey_says_of_a_cluster_is_not_told_here() {
    let lines = "cluster_state:ok cluster_stats_messages_sent:5 cluster_connections:1";
    assert_eq!(samples(&page("Cluster Info", lines), "cluster"), Vec::<String>::new());
    assert_eq!(samples(&page("Clients", lines), "cluster").len(), 3);
}

#[test]
fn fields_that_were_asked_for() {
    let config = r#"{"fields":["instantaneous_ops_per_sec","*_perc","used_memory"]}"#;
    let lines = "instantaneous_ops_per_sec:17 instantaneous_input_kbps:0.5 used_memory_peak_perc:0.61% used_memory:5 \
        allocator_perc:none";
    let page = page_with(config, "Stats", lines);
    assert_eq!(page.value("instantaneous_ops_per_sec", &[]), Some(17.0));
    assert_eq!(page.value("used_memory_peak_perc", &[]), Some(0.61));
    assert_eq!(page.value("memory_used_bytes", &[]), Some(5.0), "listed fields keep their names");
    for name in ["instantaneous_input_kbps", "used_memory ", "allocator_perc"] {
        assert_eq!(samples(&page, name), Vec::<String>::new(), "{name}");
    }
    assert!(page.text("redis").contains("# TYPE redis_instantaneous_ops_per_sec untyped\n"));
}

#[test]
fn a_pattern_that_fits_no_field_is_refused_with_its_place() {
    let bench = Bench::new(testing::server("redis", "7.0.15")).reply("INFO ALL", testing::bulk(""));
    match bench.collect::<InfoCollector>(r#"{"fields":["a","b c",""]}"#) {
        Err(NoPage::Refused(Refusal::Invalid(problems))) => {
            let places: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
            assert_eq!(places, ["/fields/1", "/fields/2"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn fields_of_modules_are_asked_for_on_request() {
    let server = testing::server("valkey", "9.1.2");
    let ask = |server: redwasp_sdk::Server, config: &str, info: &str| {
        let bench = Bench::new(server).reply("INFO ALL", testing::bulk(info)).reply(
            "INFO MODULES",
            testing::bulk(
                "# Modules\r\nmodule:name=search,ver=1,api=1,filters=0,usedby=[],using=[],options=[]\r\n\r\n\
                # search_index\r\nsearch_number_of_indexes:3\r\nsearch_total_cycles:x\r\nsearch_odd:7\r\nused_cpu:1\r\n",
            ),
        );
        bench.collect::<InfoCollector>(config).unwrap()
    };
    let wanted = r#"{"modules":true,"fields":["search_*","module"]}"#;
    let page = ask(server.clone(), wanted, "# Server\r\n");
    assert_eq!(samples(&page, "search_"), ["redis_search_number_of_indexes 3", "redis_search_odd 7"]);
    assert_eq!((samples(&page, "module"), page.is_partial()), (vec![], false));
    // What INFO ALL says already is not said again.
    let page = ask(server.clone(), wanted, "# X\r\nsearch_number_of_indexes:2\r\nsearch_odd:1\r\n");
    assert_eq!(samples(&page, "search_"), ["redis_search_number_of_indexes 2", "redis_search_odd 1"]);
    let without = [(server, "{}"), (testing::server("tile38", "1.0"), wanted)];
    for (server, config) in without {
        assert_eq!(samples(&ask(server, config, "# Server\r\n"), "search_"), [""; 0], "{config}");
    }
    let mut sentinel = testing::server("redis", "7.0.15");
    sentinel.mode = "sentinel".to_owned();
    assert_eq!(samples(&ask(sentinel, wanted, "# Server\r\n"), "search_"), [""; 0]);
}

#[test]
fn modules_that_cannot_be_read_cost_only_their_fields() {
    let bench = Bench::new(testing::server("redis", "7.0.15"))
        .reply("INFO ALL", testing::bulk("hz:10\r\nuptime_in_seconds:5\r\n"));
    let page = bench.collect::<InfoCollector>(r#"{"modules":true}"#).unwrap();
    assert_eq!(samples(&page, "uptime"), ["redis_uptime_in_seconds 5"]);
    assert!(page.is_partial());
}
