//! Settings of real servers, beside redis_exporter, and who is told the passwords among them.

use std::collections::BTreeMap;

use redwasp::config::{CollectorConfig, Grants};
use redwasp_tests::daemon::Daemon;
use redwasp_tests::inside;
use redwasp_tests::page::{Labels, Page};
use redwasp_tests::proxy::RecordingProxy;
use redwasp_tests::server::{Program, Redis};
use redwasp_tests::told::{self, answers, granted, succeeded};
use redwasp_tests::tools;
use serde_json::json;

/// What servers are started with that must not be on a page. Only the first is asked of clients.
const PASSWORDS: [&str; 2] = ["first-secret", "second-secret"];

fn server(program: Program) -> Redis {
    let limits = ["--maxmemory", "123mb", "--maxclients", "77", "--repl-backlog-size", "2mb"];
    let buffers = ["--client-output-buffer-limit", "replica", "1mb", "2mb", "3"];
    let args = [&limits[..], &buffers, &["--masterauth", PASSWORDS[1]]].concat();
    Redis::options().program(program).password(PASSWORDS[0]).args(args).start()
}

fn args<'a>(address: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[address, "--redis.password", PASSWORDS[0]], more].concat()
}

/// The pages of both, with these flags.
fn pages(redis: &Redis, flags: &[&str]) -> (Page, Page) {
    let address = format!("--redis.addr=redis://127.0.0.1:{}", redis.port());
    let args = args(&address, flags);
    let ours = Daemon::start(&args);
    let theirs = Daemon::start_program(&tools::tool("redis_exporter"), &args, &[]);
    (ours.scrape("/metrics"), theirs.scrape("/metrics"))
}

type Samples = BTreeMap<(String, Labels), String>;

/// Samples of settings, with their families' types.
fn settings(page: &Page) -> Samples {
    let of_config = page.samples.iter().filter(|sample| sample.name.starts_with("redis_config_"));
    let kind = |name: &str| page.family(name).and_then(|family| family.kind.clone());
    let said = |name: &str, value: f64| format!("{:?} {value:?}", kind(name));
    of_config.map(|sample| ((sample.name.clone(), sample.labels.clone()), said(&sample.name, sample.value))).collect()
}

/// The settings of which a page has the text.
fn names(samples: &Samples) -> Vec<&str> {
    samples
        .keys()
        .filter(|(name, _)| name == "redis_config_key_value")
        .map(|(_, labels)| labels["key"].as_str())
        .collect()
}

#[test]
fn a_few_are_always_told() {
    for program in Program::ALL {
        let (ours, theirs) = pages(&server(program), &[]);
        let samples = settings(&ours);
        assert_eq!(samples, settings(&theirs), "{program:?}");
        assert_eq!(samples.len(), 13, "{program:?}");
        assert_eq!(ours.value("redis_config_maxmemory", &[]), Some(f64::from(123 << 20)));
        assert_eq!(ours.value("redis_config_maxclients", &[]), Some(77.0));
        assert_eq!(ours.value("redis_config_io_threads", &[]), Some(1.0));
        let of_replicas = |name: &str, limit| ours.value(name, &[("class", "slave"), ("limit", limit)]);
        let bytes = "redis_config_client_output_buffer_limit_bytes";
        assert_eq!((of_replicas(bytes, "hard"), of_replicas(bytes, "soft")), (Some(1048576.0), Some(2097152.0)));
        let seconds = "redis_config_client_output_buffer_limit_overcome_seconds";
        assert_eq!((of_replicas(seconds, "soft"), of_replicas(seconds, "hard")), (Some(3.0), None));
    }
}

#[test]
fn all_are_told_on_request_without_passwords() {
    for program in Program::ALL {
        let redis = server(program);
        let (ours, theirs) = pages(&redis, &["--include-config-metrics"]);
        let (samples, mut others) = (settings(&ours), settings(&theirs));
        others.retain(|(_, labels), _| labels.get("key").is_none_or(|key| key != "primaryauth"));
        assert_eq!(samples, others, "{program:?}");
        assert!(names(&samples).len() > 120, "{program:?}");
        assert_eq!(ours.value("redis_config_key_value", &[("key", "appendonly"), ("value", "no")]), Some(1.0));
        assert_eq!(ours.value("redis_config_value", &[("key", "maxclients")]), Some(77.0));
        let secret = |name: &&str| name.ends_with("auth") || name.ends_with("pass");
        assert_eq!(names(&samples).into_iter().filter(secret).count(), 0);
        assert!(!format!("{ours:?}").contains("-secret"), "{program:?}");
    }
}

#[test]
fn passwords_are_told_when_the_operator_says_so() {
    for program in Program::ALL {
        let redis = server(program);
        let (ours, theirs) = pages(&redis, &["--include-config-metrics", "--redact-config-metrics=false"]);
        let samples = settings(&ours);
        assert_eq!(samples, settings(&theirs), "{program:?}");
        for (name, password) in [("requirepass", PASSWORDS[0]), ("masterauth", PASSWORDS[1])] {
            let value = ours.value("redis_config_key_value", &[("key", name), ("value", password)]);
            assert_eq!(value, Some(1.0), "{program:?} {name}");
        }
        assert_eq!(names(&samples).contains(&"primaryauth"), program == Program::Valkey91);
    }
}

#[test]
fn no_plugin_of_the_folder_is_told_a_password() {
    let redis = Redis::options().args(["--masterauth", PASSWORDS[1]]).start();
    let proxy = RecordingProxy::start(redis.port());
    let commands = json!([{"args": ["CONFIG", "GET", "*"]}, {"args": ["CONFIG", "GET", "masterauth"]}]);
    let asks = json!([{"commands": ["CONFIG GET"], "keys": [], "databases": []}]);
    let reads = json!({"asks": asks, "prefetch": commands, "steps": [{"pipeline": commands}]});
    let mut foreign = granted("reads", reads, &["CONFIG GET"], &[]);
    foreign.secrets = true;
    let open = CollectorConfig {
        configuration: json!({"all": true, "redact": false}).to_string(),
        grants: Grants { commands: vec!["CONFIG GET".to_owned()], ..Grants::default() },
        secrets: true,
        ..CollectorConfig::of_plugin("config")
    };
    let built_ins = ["info", "keyspace"].map(|name| inside::built_in(name, name));
    let collectors = [&built_ins[..], &[open, foreign]].concat();
    let daemon = told::start(inside::config(&format!("redis://127.0.0.1:{}", proxy.port()), collectors));
    proxy.clear();
    let page = daemon.scrape("/metrics");
    told::others_are_well(&page);
    assert!(succeeded(&page, "config") && succeeded(&page, "reads"));
    let password = [("key", "masterauth"), ("value", PASSWORDS[1])];
    assert_eq!(page.value("redis_config_key_value", &password), Some(1.0), "the built-in is told");
    for step in ["prefetch", "0"] {
        let answers = answers(&page, "reads", step);
        assert_eq!(answers.len(), 2, "{step}");
        assert!(answers[1].ends_with(r"masterauth\r\n$3\r\n\xe2\x80\xa6\r\n"), "{step}: {}", answers[1]);
    }
    let labels = page.labels_of("redis_told");
    assert!(labels.iter().all(|labels| !labels["answer"].contains(PASSWORDS[1])), "{labels:?}");
    let asked = proxy.commands().iter().filter(|command| command[..] == ["CONFIG", "GET", "*"]).count();
    assert_eq!(asked, 3, "a reply with passwords is nobody else's: once for the built-in, twice for the plugin");
}

/// The commands of one scrape that begin with a word, and how many round trips the scrape took.
fn asked(redis: &Redis, flags: &[&str], word: &str) -> (Vec<String>, usize) {
    let proxy = RecordingProxy::start(redis.port());
    let address = format!("--redis.addr=redis://127.0.0.1:{}", proxy.port());
    let daemon = Daemon::start(&args(&address, flags));
    daemon.scrape("/metrics");
    proxy.clear();
    daemon.scrape("/metrics");
    assert!(!daemon.log().contains("collector=\"config\""), "{}", daemon.log());
    let commands = proxy.commands();
    let of_config = commands.iter().filter(|command| command[0] == word && !command[2].starts_with("commandlog"));
    (of_config.map(|command| command[1..].join(" ")).collect(), proxy.round_trips())
}

#[test]
fn what_is_needed_is_asked_in_the_scrapes_one_round_trip() {
    let names = ["maxmemory", "maxclients", "io-threads", "repl-backlog-size", "client-output-buffer-limit"];
    for program in Program::ALL {
        let redis = server(program);
        let expected = match program {
            Program::Redis62 => names.map(|name| format!("GET {name}")).to_vec(),
            _ => vec![format!("GET {}", names.join(" "))],
        };
        assert_eq!(asked(&redis, &[], "CONFIG"), (expected, 1), "{program:?}");
        assert_eq!(asked(&redis, &["--include-config-metrics"], "CONFIG"), (vec!["GET *".to_owned()], 1));
        assert_eq!(asked(&redis, &["--config-command=-"], "CONFIG"), (Vec::new(), 1));
        assert_eq!(redis.info_field("total_error_replies"), "0", "{program:?}");
    }
}

#[test]
fn config_goes_by_the_name_that_the_server_has_for_it() {
    let redis = Redis::options().password(PASSWORDS[0]).args(["--rename-command", "CONFIG", "xyz"]).start();
    let page = pages(&redis, &["--config-command=xyz", "--include-config-metrics"]).0;
    assert_eq!(page.value("redis_config_key_value", &[("key", "appendonly"), ("value", "no")]), Some(1.0));
    assert!(!format!("{page:?}").contains("-secret"), "whatever it is called, its passwords are hidden");
    let page = pages(&redis, &["--config-command=-", "--include-config-metrics"]).0;
    assert!(settings(&page).is_empty());
    assert!(succeeded(&page, "config"));
}

#[test]
fn a_user_who_may_not_ask_misses_only_the_settings_and_is_told_once() {
    let redis = Redis::start();
    redis.cli(&["ACL", "SETUSER", "exporter", "on", ">secret", "+@all", "-config"]);
    let address = format!("--redis.addr={}", redis.url());
    let daemon = Daemon::start(&[&address, "--redis.user=exporter", "--redis.password=secret"]);
    for _ in 0..3 {
        let page = daemon.scrape("/metrics");
        assert_eq!(page.value("redis_up", &[]), Some(1.0));
        assert!(settings(&page).is_empty() && succeeded(&page, "config"));
    }
    let lines = |log: String| log.lines().filter(|line| line.contains("CONFIG GET maxmemory")).count();
    assert_eq!(lines(daemon.log()), 1, "{}", daemon.log());
    redis.cli(&["ACL", "SETUSER", "exporter", "+config|get"]);
    assert_eq!(settings(&daemon.scrape("/metrics")).len(), 13);
}

#[test]
fn the_size_of_the_rdb_file_is_as_redis_exporter_tells_it() {
    let redis = server(Program::Redis);
    let flags = ["--include-rdb-file-size-metric"];
    let sizes = || {
        let (ours, theirs) = pages(&redis, &flags);
        [ours, theirs].map(|page| page.value("redis_rdb_current_size_bytes", &[]))
    };
    assert_eq!(sizes(), [Some(0.0); 2]);
    redis.cli(&["SET", "key", "value"]);
    redis.cli(&["SAVE"]);
    let [ours, theirs] = sizes();
    assert!(ours > Some(20.0) && ours == theirs, "{ours:?} {theirs:?}");
    let (ours, theirs) = pages(&redis, &[]);
    assert_eq!([ours, theirs].map(|page| page.family("redis_rdb_current_size_bytes").is_some()), [false; 2]);
    // Who may not ask for CONFIG misses only that.
    let hidden = pages(&redis, &[flags[0], "--config-command=-"]).0;
    assert_eq!(hidden.value("redis_up", &[]), Some(1.0));
    assert!(hidden.family("redis_rdb_current_size_bytes").is_none());
}
