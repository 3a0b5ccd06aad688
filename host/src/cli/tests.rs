use super::*;

fn manifest() -> Manifest {
    toml::from_str(
        "name = \"sample\"\nschedule = \"scrape\"\n[grants]\ncommands = [\"INFO\"]\n\
        [[flags]]\nname = \"include-more\"\nenv = \"MORE\"\nhelp = \"More\"\ndefault = false\nsets = \"/more\"\n",
    )
    .unwrap()
}

fn with(args: &[&str], environment: &[(&str, &str)]) -> Result<Settings, Stop> {
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let environment: Vec<(String, String)> =
        environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let lookup = move |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    parse(args, lookup, &[manifest()])
}

fn config(args: &[&str], environment: &[(&str, &str)]) -> Config {
    with(args, environment).unwrap().config
}

#[test]
fn nothing_is_needed() {
    let Settings { config, log_format, log_level } = with(&[], &[]).unwrap();
    assert_eq!(config.target.unwrap().to_string(), "redis://localhost:6379");
    assert_eq!((config.listen.as_str(), config.telemetry_path.as_str()), (":9121", "/metrics"));
    assert_eq!(config.namespace, "redis");
    assert_eq!(config.client_name.as_deref(), Some("redwasp"));
    assert_eq!((log_format, log_level), (Format::Text, Level::INFO));
    assert_eq!(config.collectors[0].configuration, r#"{"more":false}"#);
}

#[test]
fn one_dash_or_two_with_or_without_equals() {
    for args in [["-namespace", "x"].as_slice(), &["--namespace", "x"], &["-namespace=x"], &["--namespace=x"]] {
        assert_eq!(config(args, &[]).namespace, "x", "{args:?}");
    }
}

#[test]
fn flag_over_variable_over_default() {
    assert_eq!(config(&[], &[("REDIS_EXPORTER_NAMESPACE", "a")]).namespace, "a");
    assert_eq!(config(&["--namespace=b"], &[("REDIS_EXPORTER_NAMESPACE", "a")]).namespace, "b");
}

#[test]
fn an_empty_address_is_no_target() {
    assert_eq!(config(&[], &[("REDIS_ADDR", "")]).target, None);
}

#[test]
fn credentials_fill_what_the_address_lacks() {
    let secrets = [("REDIS_PASSWORD", "p"), ("REDIS_USER", "u")];
    let target = config(&["--redis.addr=redis://h"], &secrets).target.unwrap();
    assert_eq!((target.user.as_deref(), target.password), (Some("u"), Some(Secret::new("p"))));
    let target = config(&["--redis.addr=redis://me:mine@h"], &secrets).target.unwrap();
    assert_eq!((target.user.as_deref(), target.password), (Some("me"), Some(Secret::new("mine"))));
}

#[test]
fn switches_take_values_only_after_equals() {
    assert!(config(&["--redis-only-metrics"], &[]).redis_only_metrics);
    assert!(config(&["-redis-only-metrics=T"], &[]).redis_only_metrics);
    assert!(!config(&["--redis-only-metrics=False"], &[]).redis_only_metrics);
    assert!(matches!(with(&["--redis-only-metrics", "false"], &[]), Err(Stop::Invalid(_))));
    assert!(matches!(with(&["--redis-only-metrics=maybe"], &[]), Err(Stop::Invalid(_))));
}

#[test]
fn flags_of_built_ins_configure_them() {
    assert_eq!(config(&["--include-more"], &[]).collectors[0].configuration, r#"{"more":true}"#);
    assert_eq!(config(&[], &[("MORE", "true")]).collectors[0].configuration, r#"{"more":true}"#);
    assert_eq!(config(&["--include-more=0"], &[("MORE", "true")]).collectors[0].configuration, r#"{"more":false}"#);
}

#[test]
fn wrong_values_name_their_flag_and_no_secret() {
    for args in [
        ["--redis.addr=redis://:hunter2@h:port"],
        ["--connection-timeout=5"],
        ["--scrape-timeout=0"],
        ["--scrape-timeout=5000000h"],
        ["--namespace=my-ns"],
        ["--web.telemetry-path=/health"],
        ["--web.telemetry-path=metrics"],
    ] {
        match with(&args, &[]) {
            Err(Stop::Invalid(message)) => {
                assert!(args[0].starts_with(message.split(':').next().unwrap()), "{message}");
                assert!(!message.contains("hunter2"), "{message}");
            }
            other => panic!("{args:?} gave {other:?}"),
        }
    }
}

#[test]
fn a_value_may_begin_with_a_dash() {
    let credentials = config(&["--redis.password", "-hunter2", "-namespace", "x"], &[]);
    assert_eq!(credentials.credentials.password, Some(Secret::new("-hunter2")));
    assert_eq!(credentials.namespace, "x");
}

#[test]
fn what_is_not_there_yet_is_not_passed_over() {
    for name in ["REDIS_EXPORTER_BASIC_AUTH_PASSWORD", "REDIS_PASSWORD_FILE"] {
        match with(&[], &[(name, "x")]) {
            Err(Stop::Invalid(message)) => assert!(message.starts_with(name), "{message}"),
            other => panic!("{other:?}"),
        }
        assert!(with(&[], &[(name, "")]).is_ok());
    }
}

#[test]
fn a_stray_argument_is_not_repeated() {
    match with(&["redis://u:hunter2@h:1"], &[]) {
        Err(Stop::Invalid(message)) => assert!(message.contains("--redis.addr") && !message.contains("hunter2")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    match with(&["--nope"], &[]) {
        Err(Stop::Usage(error)) => assert_eq!(error.exit_code(), 2),
        other => panic!("{other:?}"),
    }
}
