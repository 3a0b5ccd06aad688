mod actions;
mod collectors;
mod docs;
mod file;
mod files;
mod table;

use std::collections::HashMap;
use std::time::Duration;

use super::*;
use crate::config::pattern::Pattern;
use crate::config::secret::Secret;
use crate::config::targets::{Kind, Listed};
use crate::config::{ConnectionsConfig, PluginsConfig, SweepConfig};
use crate::plugin;

fn manifests() -> Vec<Manifest> {
    plugin::embedded().unwrap().into_iter().map(|(manifest, _)| manifest).collect()
}

fn with(args: &[&str], environment: &[(&str, &str)]) -> Result<Settings, Stop> {
    with_collectors(args, environment, &manifests())
}

fn with_collectors(args: &[&str], environment: &[(&str, &str)], built_ins: &[Manifest]) -> Result<Settings, Stop> {
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let environment: HashMap<String, String> =
        environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    parse(args, move |name: &str| environment.get(name).cloned(), built_ins)
}

/// A configuration file in a folder of its own.
fn written(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("redwasp.yaml");
    std::fs::write(&path, text).unwrap();
    (folder, path.to_str().unwrap().to_owned())
}

fn config(args: &[&str], environment: &[(&str, &str)]) -> Config {
    with(args, environment).unwrap().config
}

fn addresses_of(config: &Config) -> Vec<String> {
    config.targets.iter().map(|listed| listed.target.to_string()).collect()
}

/// What is printed when a value stops the start.
fn fault(args: &[&str], environment: &[(&str, &str)]) -> String {
    match with(args, environment) {
        Err(Stop::Invalid(message)) => message,
        other => panic!("{args:?} {environment:?} gave {other:?}"),
    }
}

/// What is printed when the usage is asked for or a flag is wrong, and the exit code.
fn usage(args: &[&str]) -> (i32, String) {
    match with(args, &[]) {
        Err(Stop::Usage(error)) => (error.exit_code(), error.to_string()),
        other => panic!("{args:?} gave {other:?}"),
    }
}

#[test]
fn nothing_is_needed() {
    let Settings { config, log_format, log_level, warnings, config_file, .. } = with(&[], &[]).unwrap();
    assert_eq!(addresses_of(&config), ["redis://localhost:6379"]);
    assert_eq!((config_file, config.plugins), (None, PluginsConfig::default()));
    assert_eq!((config.listen.as_str(), config.telemetry_path.as_str()), (":9121", "/metrics"));
    assert_eq!((config.namespace.as_str(), config.redis_only_metrics), ("redis", false));
    assert_eq!(config.client_name.as_deref(), Some("redwasp"));
    assert_eq!(config.config_command.as_deref(), Some("CONFIG"));
    assert_eq!((config.scrape_timeout.as_secs(), config.connect_timeout.as_secs()), (10, 15));
    assert!(config.scrape_endpoint && !config.ping_on_connect && !config.instance_role_label);
    assert_eq!((log_format, log_level), (Format::Text, Level::INFO));
    assert_eq!(warnings, []);
}

#[test]
fn every_flag_reaches_its_setting() {
    let config = config(
        &[
            "--append-instance-role-label",
            "--ping-on-connect",
            "--disable-scrape-endpoint",
            "--config-command=renamed",
            "--connection-timeout=500ms",
            "--scrape-timeout=3s",
            "--client-name=me",
            "--redis-metrics-only",
            "--scrape.allowed-targets=a, b,",
            "--web.listen-address=h:1",
            "--web.telemetry-path=/scrape",
        ],
        &[],
    );
    assert!(
        config.instance_role_label && config.ping_on_connect && !config.scrape_endpoint && config.redis_only_metrics
    );
    assert_eq!(config.config_command.as_deref(), Some("renamed"));
    assert_eq!((config.connect_timeout.as_millis(), config.scrape_timeout.as_secs()), (500, 3));
    assert_eq!(config.client_name.as_deref(), Some("me"));
    assert_eq!(config.allowed_targets, [Pattern::new("a"), Pattern::new("b")]);
    assert_eq!((config.listen.as_str(), config.telemetry_path.as_str()), ("h:1", "/scrape"));
}

#[test]
fn flag_over_variable_over_default() {
    assert_eq!(config(&[], &[("REDIS_EXPORTER_NAMESPACE", "a")]).namespace, "a");
    assert_eq!(config(&["--namespace=b"], &[("REDIS_EXPORTER_NAMESPACE", "a")]).namespace, "b");
    assert_eq!(config(&["--namespace="], &[("REDIS_EXPORTER_NAMESPACE", "a")]).namespace, "");
    assert_eq!(config(&[], &[("REDIS_EXPORTER_NAMESPACE", "")]).namespace, "");
}

#[test]
fn the_last_of_two_wins() {
    assert_eq!(config(&["--namespace=a", "-namespace", "b"], &[]).namespace, "b");
    assert!(config(&["--ping-on-connect=F", "--ping-on-connect"], &[]).ping_on_connect);
    assert!(!config(&["--ping-on-connect", "--ping-on-connect=F"], &[]).ping_on_connect);
}

#[test]
fn variables_that_are_no_switch_fall_back() {
    for (value, expected) in [("0", false), ("False", false), ("1", true), ("no", true), ("", true), (" false", true)] {
        let settings = with(&[], &[("REDIS_EXPORTER_SET_CLIENT_NAME", value)]).unwrap();
        assert_eq!(settings.config.client_name.is_some(), expected, "{value:?}");
        let warning = Warning::UnusableVariable {
            variable: "REDIS_EXPORTER_SET_CLIENT_NAME".to_owned(),
            wanted: "true or false",
            default: "true".to_owned(),
        };
        let is_switch = go::boolean(value).is_some();
        assert_eq!(settings.warnings, if is_switch { Vec::new() } else { vec![warning] }, "{value:?}");
    }
}

#[test]
fn what_follows_a_word_is_not_read() {
    let settings = with(&["--debug", "false", "--namespace=x"], &[]).unwrap();
    assert_eq!((settings.log_level, settings.config.namespace.as_str()), (Level::DEBUG, "redis"));
    assert_eq!(settings.warnings, [Warning::UnreadArguments { count: 2, after: Some("--debug".to_owned()) }]);
    let settings = with(&["--", "redis://u:hunter2@h:1"], &[]).unwrap();
    assert_eq!(settings.warnings, [Warning::UnreadArguments { count: 1, after: None }]);
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn log_levels_and_formats() {
    let cases = [("debug", Level::DEBUG), ("Warn", Level::WARN), ("WARNING", Level::WARN), ("error", Level::ERROR)];
    for (text, level) in cases.into_iter().chain([("nonsense", Level::INFO), ("", Level::INFO)]) {
        assert_eq!(with(&["--log-level", text], &[]).unwrap().log_level, level, "{text}");
    }
    assert_eq!(with(&["--log-level=ERROR", "--verbose"], &[]).unwrap().log_level, Level::DEBUG);
    assert_eq!(with(&["--log-format=json"], &[]).unwrap().log_format, Format::Json);
    let Settings { log_format, warnings, .. } =
        with(&["--log-format=xml"], &[("REDIS_EXPORTER_LOG_LEVEL", "LOUD")]).unwrap();
    assert_eq!(log_format, Format::Text);
    assert_eq!(
        warnings.iter().map(Warning::to_string).collect::<Vec<_>>(),
        [
            "--log-format wants txt or json: it is passed over for txt",
            "REDIS_EXPORTER_LOG_LEVEL wants DEBUG, INFO, WARN or ERROR: it is passed over for INFO",
        ]
    );
    for args in [["--log-level=", "--log-format="], ["--log-level=warning", "--log-format=txt"]] {
        assert_eq!(with(&args, &[]).unwrap().warnings, [], "{args:?}");
    }
}

#[test]
fn addresses() {
    let shown = |address: &str| addresses_of(&config(&["--redis.addr", address], &[]));
    assert_eq!(addresses_of(&config(&[], &[("REDIS_ADDR", "")])), [""; 0]);
    assert_eq!(shown("h:1, "), ["redis://h:1"]);
    assert_eq!(shown("redis://:a,b@h:1"), ["redis://h:1"]);
    assert_eq!(shown("redis://:p@h1,rediss://h2/3,unix:///s"), ["redis://h1:6379", "rediss://h2:6379/3", "unix:///s"]);
    let groups =
        config(&["--redis.addr=sentinel://s/one,sentinel://s:26379/two"], &[("REDIS_PASSWORD", "a,b")]).targets;
    let login = |listed: &Listed| match &listed.kind {
        Kind::Sentinel(group) => group.login.password.as_ref().map(|password| password.expose().to_owned()),
        _ => None,
    };
    assert_eq!(groups.iter().map(login).collect::<Vec<_>>(), [Some("a".to_owned()), Some("b".to_owned())]);
    assert!(groups.iter().all(|listed| listed.target.password.is_none()), "that is not for sentinels");
    for twice in ["h,redis://h:6379", "redis://:hunter2@h, redis://:other@h", "redis://h,redis://:p@h,"] {
        let fault = fault(&[], &[("REDIS_ADDR", twice)]);
        assert!(fault.starts_with("redis://h:6379 is listed twice; leave one out"), "{fault}");
    }
    let fault = fault(&[], &[("REDIS_ADDR", "h1,redis://:hunter2@h:x")]);
    assert!(fault.starts_with("REDIS_ADDR: not a Redis address: ") && !fault.contains("hunter2"), "{fault}");
}

#[test]
fn credentials_fill_what_the_address_lacks() {
    let secrets = [("REDIS_PASSWORD", "p,q"), ("REDIS_USER", "u")];
    let logins = |address: &str, environment: &[(&str, &str)]| -> Vec<(Option<String>, Option<Secret>)> {
        let targets = config(&[&format!("--redis.addr={address}")], environment).targets;
        targets.into_iter().map(|listed| (listed.target.user, listed.target.password)).collect()
    };
    let login = |user: &str, password: &str| (Some(user.to_owned()), Some(Secret::new(password)));
    assert_eq!(logins("redis://h", &secrets), [login("u", "p,q")]);
    assert_eq!(logins("redis://me:mine@h", &secrets), [login("me", "mine")]);
    assert_eq!(logins("redis://h1,redis://h2", &secrets), [login("u", "p"), login("u", "q")]);
    assert_eq!(logins("h1,h2", &[("REDIS_PASSWORD", "p"), ("REDIS_USER", "u")]), [login("u", "p"), login("u", "p")]);
    assert_eq!(logins("h1", &[("REDIS_USER", "u")]), [(None, None)]);
    let fault = fault(&["--redis.addr=a,b,c"], &secrets);
    assert!(fault.starts_with("--redis.password: 2 passwords for 3 addresses; write one"), "{fault}");
    let password = |args: &[&str]| config(args, &secrets).defaults.credentials.password;
    assert_eq!(password(&["--redis.password", "-hunter2", "-namespace", "x"]), Some(Secret::new("-hunter2")));
    assert_eq!(password(&["--redis.password="]), None);
    assert_eq!(password(&["--redis.addr=a,b"]), None, "each is for its own");
}

#[test]
fn names_that_are_not_sent() {
    let nameless =
        [["--client-name="].as_slice(), &["--set-client-name=false"], &["--set-client-name=0", "--client-name=x"]];
    for args in nameless {
        assert_eq!(config(args, &[]).client_name, None, "{args:?}");
    }
    assert_eq!(config(&["--config-command=-"], &[]).config_command, None);
    assert_eq!(config(&[], &[("REDIS_EXPORTER_CONFIG_COMMAND", "")]).config_command, None);
}

#[test]
fn wrong_values_name_their_flag_and_no_secret() {
    for args in [
        ["--redis.addr=redis://:hunter2@h:port"],
        ["--redis.addr=redis://:hunter2@h:port,h2"],
        ["--connection-timeout=5"],
        ["--connection-timeout="],
        ["--scrape-timeout=0"],
        ["--scrape-timeout=5000000h"],
        ["--client-name=my name"],
        ["--web.telemetry-path=/"],
        ["--web.telemetry-path=/scrape"],
        ["--web.telemetry-path=/health"],
        ["--web.telemetry-path=/-/reload"],
        ["--web.telemetry-path=metrics"],
        ["--web.telemetry-path="],
    ] {
        let message = fault(&args, &[]);
        assert_eq!(message.split(": ").next(), args[0].split('=').next(), "{message}");
        assert!(!message.contains("hunter2") && !message.contains('\n'), "{message}");
    }
    let message = fault(&[], &[("REDIS_EXPORTER_CONNECTION_TIMEOUT", "5")]);
    assert!(message.starts_with("REDIS_EXPORTER_CONNECTION_TIMEOUT: "), "{message}");
}

#[test]
fn wrong_flags_are_usage_errors_without_their_values() {
    for args in [
        ["--nope=hunter2"].as_slice(),
        &["---redis.password=hunter2"],
        &["--=hunter2"],
        &["--redis.pasword", "hunter2"],
        &["--redis.addr"],
        &["--debug=maybe"],
        &["--debug="],
        &["--version=2"],
        &["--check-keys-batch-size=1e3"],
        &["--check-keys-batch-size="],
    ] {
        let (code, text) = usage(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(text.starts_with("error: ") && !text.contains("hunter2"), "{text}");
    }
}

#[test]
fn help_and_version() {
    for help in ["-h", "-help", "--help", "--help=false"] {
        let (code, text) = usage(&["--debug", help, "--nope"]);
        assert!(code == 0 && text.contains("Usage: redwasp"), "{text}");
    }
    // Whatever else is wrong, as in redis_exporter.
    for args in [["-version"].as_slice(), &["--version=T", "--is-cluster", "--redis.addr=ftp://x"]] {
        assert!(matches!(with(args, &[("REDIS_FILE", "x")]), Err(Stop::Version(_))), "{args:?}");
    }
    assert!(with(&["--version=false"], &[]).is_ok());
    assert!(matches!(with(&["--nope", "-version"], &[]), Err(Stop::Usage(_))));
}

#[test]
fn connections_are_bounded_by_flags() {
    assert_eq!(config(&[], &[]).connections, ConnectionsConfig::default());
    let flags = ["--connections.max=7", "--connections.per-target=0x2", "--connections.idle-timeout=1m"];
    let expected = ConnectionsConfig { max: 7, per_target: 2, idle_timeout: Duration::from_secs(60) };
    assert_eq!(config(&flags, &[]).connections, expected);
    for (flag, words) in [
        ("--connections.max=0", "is no number from 1 to 1000000"),
        ("--connections.per-target=1001", "is no number from 1 to 1000"),
        ("--connections.idle-timeout=0s", "is not between 0 and a day"),
    ] {
        let fault = fault(&[flag], &[]);
        assert!(fault.contains(words), "{flag}: {fault}");
    }
}

#[test]
fn walks_are_set_by_flags() {
    assert_eq!(config(&[], &[]).sweeps, SweepConfig::default());
    let flags = [
        "--sweep.interval=5m",
        "--check-keys-batch-size=0x10",
        "--sweep.max-keys=7",
        "--sweep.max-duration=1m",
        "--sweep.max-bytes=2MiB",
        "--sweep.prefer-replica",
        "--sweep.with-scrape=9",
    ];
    let expected = SweepConfig {
        interval: Duration::from_secs(300),
        count: 16,
        max_keys: 7,
        max_duration: Duration::from_secs(60),
        max_bytes: 2 << 20,
        prefer_replica: true,
        with_scrape: 9,
    };
    assert_eq!(config(&flags, &[]).sweeps, expected);
    for (flag, words) in [
        ("--check-keys-batch-size=0", "is no number from 1 to 1000000"),
        ("--sweep.max-keys=-1", "is no number from 1 on"),
        ("--sweep.max-bytes=0", "write for example 1GiB"),
        ("--sweep.max-bytes=much", "is no number of bytes"),
        ("--sweep.interval=0s", "is not between 0 and a day"),
    ] {
        let fault = fault(&[flag], &[]);
        assert!(fault.contains(words), "{flag}: {fault}");
    }
}
