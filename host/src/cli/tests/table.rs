//! All of redis_exporter's flags.

use super::*;
use crate::cli::flag::{Kind, Owner};
use crate::cli::flags;

/// Name, variable, kind and default of each flag of redis_exporter 1.86 and the one that came after it.
#[rustfmt::skip]
const REDIS_EXPORTER: [(&str, &str, Kind, &str); 59] = [
    ("append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL", Kind::Switch, "false"),
    ("basic-auth-hash-password", "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD", Kind::Text, ""),
    ("basic-auth-password", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD", Kind::Text, ""),
    ("basic-auth-username", "REDIS_EXPORTER_BASIC_AUTH_USERNAME", Kind::Text, ""),
    ("check-key-groups", "REDIS_EXPORTER_CHECK_KEY_GROUPS", Kind::Text, ""),
    ("check-keys", "REDIS_EXPORTER_CHECK_KEYS", Kind::List, ""),
    ("check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", Kind::Integer, "1000"),
    ("check-search-indexes", "REDIS_EXPORTER_CHECK_SEARCH_INDEXES", Kind::Text, ".*"),
    ("check-single-keys", "REDIS_EXPORTER_CHECK_SINGLE_KEYS", Kind::List, ""),
    ("check-single-streams", "REDIS_EXPORTER_CHECK_SINGLE_STREAMS", Kind::List, ""),
    ("check-streams", "REDIS_EXPORTER_CHECK_STREAMS", Kind::List, ""),
    ("cluster-discover-hostnames", "REDIS_EXPORTER_CLUSTER_DISCOVER_HOSTNAMES", Kind::Switch, "false"),
    ("config-command", "REDIS_EXPORTER_CONFIG_COMMAND", Kind::Text, "CONFIG"),
    ("connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", Kind::Duration, "15s"),
    ("count-keys", "REDIS_EXPORTER_COUNT_KEYS", Kind::List, ""),
    ("debug", "REDIS_EXPORTER_DEBUG", Kind::Switch, "false"),
    ("disable-exporting-key-values", "REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES", Kind::Switch, "false"),
    ("disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT", Kind::Switch, "false"),
    ("exclude-latency-histogram-metrics", "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS", Kind::Switch, "false"),
    ("export-client-list", "REDIS_EXPORTER_EXPORT_CLIENT_LIST", Kind::Switch, "false"),
    ("export-client-port", "REDIS_EXPORTER_EXPORT_CLIENT_PORT", Kind::Switch, "false"),
    ("include-config-metrics", "REDIS_EXPORTER_INCL_CONFIG_METRICS", Kind::Switch, "false"),
    ("include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS", Kind::Switch, "false"),
    ("include-metrics-for-empty-databases", "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES", Kind::Switch, "true"),
    ("include-modules-metrics", "REDIS_EXPORTER_INCL_MODULES_METRICS", Kind::Switch, "false"),
    ("include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC", Kind::Switch, "false"),
    ("include-search-indexes-metrics", "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS", Kind::Switch, "false"),
    ("include-sentinel-peer-info", "REDIS_EXPORTER_INCL_SENTINEL_PEER_INFO", Kind::Switch, "false"),
    ("include-system-metrics", "REDIS_EXPORTER_INCL_SYSTEM_METRICS", Kind::Switch, "false"),
    ("is-cluster", "REDIS_EXPORTER_IS_CLUSTER", Kind::Switch, "false"),
    ("is-tile38", "REDIS_EXPORTER_IS_TILE38", Kind::Switch, "false"),
    ("log-format", "REDIS_EXPORTER_LOG_FORMAT", Kind::Text, "txt"),
    ("log-level", "REDIS_EXPORTER_LOG_LEVEL", Kind::Text, "INFO"),
    ("lua-script-read-only", "REDIS_EXPORTER_LUA_SCRIPT_READ_ONLY", Kind::Switch, "false"),
    ("max-distinct-key-groups", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS", Kind::Integer, "100"),
    ("namespace", "REDIS_EXPORTER_NAMESPACE", Kind::Text, "redis"),
    ("ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT", Kind::Switch, "false"),
    ("redact-config-metrics", "REDIS_EXPORTER_REDACT_CONFIG_METRICS", Kind::Switch, "true"),
    ("redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", Kind::Switch, "false"),
    ("redis.addr", "REDIS_ADDR", Kind::Text, "redis://localhost:6379"),
    ("redis.password", "REDIS_PASSWORD", Kind::Text, ""),
    ("redis.password-file", "REDIS_PASSWORD_FILE", Kind::Text, ""),
    ("redis.user", "REDIS_USER", Kind::Text, ""),
    ("script", "REDIS_EXPORTER_SCRIPT", Kind::List, ""),
    ("set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", Kind::Switch, "true"),
    ("skip-checkkeys-for-role-master", "REDIS_EXPORTER_SKIP_CHECKKEYS_FOR_ROLE_MASTER", Kind::Switch, "false"),
    ("skip-tls-verification", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", Kind::Switch, "false"),
    ("streams-exclude-consumer-metrics", "REDIS_EXPORTER_STREAMS_EXCLUDE_CONSUMER_METRICS", Kind::Switch, "false"),
    ("tls-ca-cert-file", "REDIS_EXPORTER_TLS_CA_CERT_FILE", Kind::Text, ""),
    ("tls-client-cert-file", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE", Kind::Text, ""),
    ("tls-client-key-file", "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE", Kind::Text, ""),
    ("tls-server-ca-cert-file", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE", Kind::Text, ""),
    ("tls-server-cert-file", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE", Kind::Text, ""),
    ("tls-server-key-file", "REDIS_EXPORTER_TLS_SERVER_KEY_FILE", Kind::Text, ""),
    ("tls-server-min-version", "REDIS_EXPORTER_TLS_SERVER_MIN_VERSION", Kind::Text, "TLS1.2"),
    ("tls-server-name", "REDIS_EXPORTER_TLS_SERVER_NAME", Kind::Text, ""),
    ("version", "", Kind::Switch, "false"),
    ("web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", Kind::Text, ":9121"),
    ("web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", Kind::Text, "/metrics"),
];

/// A value of this kind that is not the default.
fn other(kind: Kind, default: &str) -> &'static str {
    match (kind, default) {
        (Kind::Switch, "true") => "false",
        (Kind::Switch, _) => "true",
        (Kind::Integer, _) => "7",
        _ => "something",
    }
}

#[test]
fn each_is_known_and_takes_its_default() {
    let manifests = manifests();
    let known = flags::known(&manifests).unwrap();
    for (name, env, kind, default) in REDIS_EXPORTER {
        let (_, flag) = known.iter().find(|(_, flag)| flag.name == name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!((flag.env, flag.kind, flag.default.as_ref()), (env, kind, default), "{name}");
        let argument = format!("--{name}={default}");
        assert!(with(&[&argument], &[]).is_ok(), "{argument}");
        let settings = with(&[], &[(env, default)]).unwrap();
        assert_eq!(settings.warnings, [], "{env}={default}");
    }
}

#[test]
fn each_of_a_later_version_stops_the_start_away_from_its_default() {
    let manifests = manifests();
    let known = flags::known(&manifests).unwrap();
    let later: Vec<_> = known.iter().filter(|(owner, _)| *owner == Owner::Later).map(|(_, flag)| flag).collect();
    assert!(later.iter().any(|flag| flag.name == "tls-server-cert-file"));
    for flag in later {
        let value = other(flag.kind, &flag.default);
        let by_flag = fault(&[&format!("--{}={value}", flag.name)], &[]);
        assert!(by_flag.starts_with(&format!("--{} is set, and this version does not have ", flag.name)), "{by_flag}");
        assert!(by_flag.ends_with("; leave it out") && !by_flag.contains(value), "{by_flag}");
        let by_variable = fault(&[], &[(flag.env, value)]);
        assert!(by_variable.starts_with(&format!("{} is set, ", flag.env)), "{by_variable}");
        assert!(by_variable.ends_with("; unset it"), "{by_variable}");
        // The flag wins over the variable, here too.
        let argument = format!("--{}={}", flag.name, flag.default);
        assert!(with(&[&argument], &[(flag.env, value)]).is_ok(), "{argument}");
    }
}

#[test]
fn defaults_in_other_words() {
    let args = [
        "--is-cluster=F",
        "--check-keys=",
        "--check-keys=",
        "--redact-config-metrics",
        "--check-keys-batch-size=0x3e8",
        "--check-keys-batch-size",
        "1_000",
    ];
    assert!(with(&args, &[]).is_ok());
    assert!(
        with(
            &[],
            &[
                ("REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS", "0100"),
                ("REDIS_EXPORTER_IS_TILE38", "f"),
                ("REDIS_EXPORTER_TLS_SERVER_MIN_VERSION", "")
            ]
        )
        .is_ok()
    );
    // To redis_exporter variables are decimal, and what they cannot be is passed over.
    let settings = with(&[], &[("REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "0x10")]).unwrap();
    let [Warning::UnusableVariable { variable, wanted, default }] = settings.warnings.as_slice() else { panic!() };
    let expected = ("REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "an integer", "1000");
    assert_eq!((variable.as_str(), *wanted, default.as_str()), expected);
}
