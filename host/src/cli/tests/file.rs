//! What wins over what: flags, variables, the file, defaults.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::config::{CollectorConfig, Grants, Schedule};

fn settings(text: &str, args: &[&str], environment: &[(&str, &str)]) -> Result<Settings, Stop> {
    let (_folder, path) = written(text);
    with(&[&[format!("--config.file={path}").as_str()], args].concat(), environment)
}

fn config(text: &str, args: &[&str], environment: &[(&str, &str)]) -> Config {
    settings(text, args, environment).unwrap().config
}

/// The lines that tell what is wrong, without the folder.
fn faults(text: &str) -> Vec<String> {
    let (folder, path) = written(text);
    let folder = format!("{}/", folder.path().display());
    match with(&[&format!("--config.file={path}")], &[]) {
        Err(Stop::Invalid(message)) => message.lines().map(|line| line.replace(&folder, "")).collect(),
        other => panic!("{text} gave {other:?}"),
    }
}

fn collector<'a>(config: &'a Config, name: &str) -> &'a CollectorConfig {
    config.collectors.iter().find(|collector| collector.name == name).unwrap()
}

fn configuration(config: &Config, name: &str) -> serde_json::Value {
    serde_json::from_str(&collector(config, name).configuration).unwrap()
}

#[test]
fn flag_over_variable_over_file_over_default() {
    let file = "settings: {namespace: file}";
    let variable = [("REDIS_EXPORTER_NAMESPACE", "variable")];
    assert_eq!(config(file, &[], &[]).namespace, "file");
    assert_eq!(config(file, &[], &variable).namespace, "variable");
    assert_eq!(config(file, &["--namespace=flag"], &variable).namespace, "flag");
    assert_eq!(config("settings: {namespace: }", &[], &[]).namespace, "redis");
    assert_eq!(config("settings: {namespace: ''}", &[], &[]).namespace, "");
    // A variable that cannot be used is as if it were not there.
    let settings =
        settings("settings: {ping-on-connect: true}", &[], &[("REDIS_EXPORTER_PING_ON_CONNECT", "x")]).unwrap();
    assert!(settings.config.ping_on_connect);
    let [Warning::UnusableVariable { default, .. }] = settings.warnings.as_slice() else { panic!() };
    assert_eq!(default, "true");
}

#[test]
fn the_file_is_named_by_flag_or_variable() {
    let (_folder, path) = written("settings: {namespace: file}");
    let by_variable = with(&[], &[("REDWASP_CONFIG_FILE", &path)]).unwrap();
    assert_eq!(
        (by_variable.config_file.as_deref(), by_variable.config.namespace.as_str()),
        (Some(path.as_ref()), "file")
    );
    let without = with(&["--config.file="], &[("REDWASP_CONFIG_FILE", &path)]).unwrap();
    assert_eq!((without.config_file, without.config.namespace.as_str()), (None, "redis"));
    let fault = fault(&["--config.file=/no/such/file.yaml"], &[]);
    assert!(fault.starts_with("/no/such/file.yaml: cannot open the configuration file"), "{fault}");
}

#[test]
fn the_file_is_read_anew_each_time() {
    let (_folder, path) = written("settings: {namespace: one}");
    let line = Line::read([format!("--config.file={path}")], |_| None, manifests()).ok().unwrap();
    assert_eq!(line.settings().unwrap().config.namespace, "one");
    std::fs::write(&path, "settings: {namespace: two}").unwrap();
    assert_eq!(line.settings().unwrap().config.namespace, "two");
    std::fs::write(&path, "settings: {namespace").unwrap();
    assert!(matches!(line.settings(), Err(Stop::Invalid(_))));
}

#[test]
fn each_kind_of_flag_can_be_in_the_file() {
    let text = "
settings:
  verbose: true
  redis-only-metrics: T
  redis.password: 0123
  connection-timeout: 3s
  include-info-fields: [a, b]
  check-keys-batch-size: 1000
  set-client-name: \"false\"
";
    let Settings { config, log_level, .. } = settings(text, &[], &[]).unwrap();
    assert_eq!((log_level, config.redis_only_metrics, config.client_name.as_deref()), (Level::DEBUG, true, None));
    assert_eq!(config.defaults.credentials.password, Some(Secret::new("0123")));
    assert_eq!(config.connect_timeout, Duration::from_secs(3));
    assert_eq!(configuration(&config, "info")["fields"], json!(["a", "b"]));
    let targets = |written: &str, args: &[&str]| {
        self::config(&format!("settings: {{scrape.allowed-targets: {written}}}"), args, &[]).allowed_targets
    };
    let both = [Pattern::new("redis://a:1"), Pattern::new("redis://b:*")];
    assert_eq!(targets("['redis://a:1', 'redis://b:*']", &[]), both);
    assert_eq!(targets("'redis://a:1, redis://b:*'", &[]), both);
    let again = ["--scrape.allowed-targets=redis://a:1", "--scrape.allowed-targets", "redis://b:*"];
    assert_eq!(targets("x", &again), both);
    let one = self::config("settings: {include-info-fields: 'a,b'}", &[], &[]);
    assert_eq!(configuration(&one, "info")["fields"], json!(["a", "b"]));
}

#[test]
fn what_is_wrong_in_the_file_is_told_at_once() {
    let text = "
settings:
  redis.addr: redis://:hunter2@h:port
  redis.pasword: hunter2
  ping-on-connect: maybe
  scrape-timeout: 0s
  include-info-fields: ['a,b']
  check-keys-batch-size: 1e30
  is-tile38: true
  config.file: other.yaml
  plugins.dir: /x
  version: true
plugins:
  rescan: 0s
collectors:
  info: {plugin: keyspace}
  orders: {limits: {calls: 0}}
";
    let faults = faults(text);
    for words in [
        "redwasp.yaml:3:3: settings.redis.addr: not a Redis address",
        "redwasp.yaml:4:3: settings.redis.pasword: there is no such key; did you mean `redis.password`?",
        "redwasp.yaml:5:3: settings.ping-on-connect: write true or false",
        "redwasp.yaml:6:3: settings.scrape-timeout: 0ns is not between",
        "redwasp.yaml:7:3: settings.include-info-fields: an item has a comma",
        "redwasp.yaml:8:3: settings.check-keys-batch-size: not an integer of 64 bits",
        "redwasp.yaml:9:3: settings.is-tile38 is set, and this version does not have",
        "redwasp.yaml:10:3: settings.config.file: is not allowed here: only the flag",
        "redwasp.yaml:11:3: settings.plugins.dir: is not allowed here: write it as `dir` under `plugins`",
        "redwasp.yaml:12:3: settings.version: is not allowed here: it is no setting",
        "redwasp.yaml:14:3: plugins.rescan: 0s is not from 1s",
        "redwasp.yaml:16:10: collectors.info.plugin: info is the name of a built-in",
        "redwasp.yaml:17:21: collectors.orders.limits.calls: is not from 1",
    ] {
        assert_eq!(faults.iter().filter(|fault| fault.starts_with(words)).count(), 1, "{words} in {faults:#?}");
    }
    assert_eq!(faults.len(), 13, "{faults:#?}");
    // In the order of the lines.
    let line = |fault: &String| fault.split("redwasp.yaml:").nth(1)?.split(':').next()?.parse::<usize>().ok();
    assert!(faults.is_sorted_by_key(line), "{faults:#?}");
    assert!(!faults.concat().contains("hunter2"), "{faults:#?}");
}

#[test]
fn what_is_no_address_to_listen_on_is_told_with_its_place() {
    for written in ["9121", "nowhere", ":99999"] {
        let faults = faults(&format!("settings:\n  web.listen-address: {written:?}\n"));
        let [fault] = faults.as_slice() else { panic!("{faults:#?}") };
        assert!(fault.starts_with("redwasp.yaml:2:3: settings.web.listen-address: no address to listen on"), "{fault}");
    }
    assert_eq!(config("settings: {web.listen-address: ':9122'}", &[], &[]).listen, ":9122");
}

#[test]
fn flags_over_config_over_settings() {
    let both = "settings: {include-info-fields: [s], include-system-metrics: true}\ncollectors: {info: {config: {fields: [c]}}}";
    assert_eq!(
        configuration(&config(both, &[], &[]), "info"),
        json!({"fields": ["c"], "modules": false, "system_metrics": true})
    );
    let flagged = config(both, &["--include-info-fields=f"], &[("REDIS_EXPORTER_INCL_SYSTEM_METRICS", "false")]);
    assert_eq!(configuration(&flagged, "info"), json!({"fields": ["f"], "modules": false, "system_metrics": false}));
    let more = config("collectors: {info: {config: {own: 1}}}", &[], &[]);
    assert_eq!(
        configuration(&more, "info"),
        json!({"fields": [], "modules": false, "system_metrics": false, "own": 1})
    );
}

#[test]
fn built_ins_keep_what_is_not_said() {
    let config = config("collectors: {info: {grants: {statistics: true}}, keyspace: {enabled: false}}", &[], &[]);
    let info = collector(&config, "info");
    assert_eq!(info.grants, Grants { statistics: true, commands: vec!["INFO".to_owned()], ..Grants::default() });
    assert_eq!((info.schedule, info.enabled), (Schedule::Scrape, true));
    assert!(!collector(&config, "keyspace").enabled);
}

#[test]
fn passwords_in_settings_are_for_built_ins_whose_operator_says_so() {
    let secrets = |text: &str, args: &[&str], name: &str| collector(&config(text, args, &[]), name).secrets;
    assert!(!secrets("{}", &[], "config"));
    assert!(secrets("{}", &["--redact-config-metrics=false"], "config"));
    assert!(secrets("settings: {redact-config-metrics: false}", &[], "config"));
    assert!(secrets("collectors: {config: {config: {redact: false}}}", &[], "config"));
    assert!(!secrets("collectors: {config: {config: {redact: false}}}", &["--redact-config-metrics"], "config"));
    let others = "collectors: {more: {plugin: config}, open: {plugin: config, config: {redact: false}}, \
        foreign: {config: {redact: false}}, info: {config: {redact: false}}}";
    for (name, told) in [("more", false), ("open", true), ("foreign", false), ("info", false), ("config", true)] {
        assert_eq!(secrets(others, &["--redact-config-metrics=false"], name), told, "{name}");
    }
}

#[test]
fn instances_stand_behind_the_built_ins() {
    let text = "
collectors:
  orders-eu: {plugin: orders, config: {pattern: x}}
  more-info: {plugin: info, config: {fields: [x]}, schedule: 60s}
  later: {}
  keyspace: {enabled: false}
";
    let config = config(text, &["--include-system-metrics"], &[]);
    let names: Vec<_> =
        config.collectors.iter().map(|collector| (collector.name.as_str(), collector.plugin.as_str())).collect();
    let (built_ins, others) = names.split_at(names.len() - 3);
    assert!(built_ins.contains(&("info", "info")) && built_ins.contains(&("keyspace", "keyspace")), "{names:?}");
    assert!(built_ins.iter().all(|(name, plugin)| name == plugin), "{names:?}");
    assert_eq!(others, [("orders-eu", "orders"), ("more-info", "info"), ("later", "later")]);
    // Flags are the built-in's own.
    assert_eq!(
        configuration(&config, "more-info"),
        json!({"fields": ["x"], "modules": false, "system_metrics": false})
    );
    assert_eq!(configuration(&config, "info")["system_metrics"], true);
    let more = collector(&config, "more-info");
    assert_eq!(more.schedule, Schedule::Every(Duration::from_secs(60)));
    assert_eq!(more.grants, collector(&config, "info").grants);
    let orders = collector(&config, "orders-eu");
    assert_eq!((orders.configuration.as_str(), &orders.grants), (r#"{"pattern":"x"}"#, &Grants::default()));
    assert_eq!(orders.places.of("/pattern").map(|place| (place.line, place.column)), Some((3, 40)));
}

#[test]
fn folders_of_plugins() {
    let home = [("HOME", "/home/me"), ("XDG_CACHE_HOME", "/cache")];
    let plugins = |text: &str, args: &[&str], environment: &[(&str, &str)]| config(text, args, environment).plugins;
    let cache = |args: &[&str], environment: &[(&str, &str)]| {
        with(args, environment).unwrap().config.plugins.cache_dir.map(|path| path.to_str().unwrap().to_owned())
    };
    assert_eq!(cache(&[], &home).as_deref(), Some("/cache/redwasp"));
    assert_eq!(cache(&[], &home[..1]).as_deref(), Some("/home/me/.cache/redwasp"));
    assert_eq!(cache(&[], &[("XDG_CACHE_HOME", "cache"), home[0]]).as_deref(), Some("/home/me/.cache/redwasp"));
    assert_eq!(cache(&[], &[("HOME", "")]), None);
    assert_eq!(cache(&["--plugins.cache-dir=-"], &home), None);
    assert_eq!(cache(&["--plugins.cache-dir="], &home).as_deref(), Some("/cache/redwasp"));
    assert_eq!(cache(&["--plugins.cache-dir=here"], &home).as_deref(), Some("here"));
    let file = "plugins: {dir: /file, cache-dir: /file-cache, rescan: 5s}";
    let found = plugins(file, &[], &home);
    assert_eq!((found.dir, found.cache_dir), (Some("/file".into()), Some("/file-cache".into())));
    let found =
        plugins(file, &["--plugins.dir=flag"], &[("REDWASP_PLUGINS_DIR", "x"), ("REDWASP_PLUGINS_CACHE_DIR", "-")]);
    assert_eq!((found.dir, found.cache_dir, found.rescan), (Some("flag".into()), None, Duration::from_secs(5)));
    assert_eq!(plugins(file, &["--plugins.dir="], &[]).dir, None);
    let (folder, path) = written("plugins: {dir: plugins}");
    let beside = with(&[&format!("--config.file={path}")], &[]).unwrap().config.plugins.dir;
    assert_eq!(beside, Some(folder.path().join("plugins")));
}

#[test]
fn commands_that_cannot_be_granted_are_told_with_their_place() {
    assert_eq!(
        faults(
            "collectors:\n  a:\n    grants:\n      commands: [HGET, hgte, XINFO]\n  info: {grants: {commands: [FLUSHALL]}}"
        ),
        [
            "redwasp.yaml:4:24: collectors.a.grants.commands.1: HGTE is not in redwasp's table of reads; did you mean `HGET`?",
            "redwasp.yaml:5:30: collectors.info.grants.commands.0: FLUSHALL writes",
        ]
    );
}
