//! The daemon's own flags.

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Alone it is true; a value follows `=`.
    Switch,
    /// As Go writes them: 15s, 1m30s.
    Duration,
}

/// A flag, with the environment variable that stands for it.
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) env: &'static str,
    pub(super) kind: Kind,
    pub(super) default: &'static str,
    pub(super) help: &'static str,
}

const fn text(name: &'static str, env: &'static str, default: &'static str, help: &'static str) -> Flag {
    Flag { name, env, kind: Kind::Text, default, help }
}

const fn switch(name: &'static str, env: &'static str, default: &'static str, help: &'static str) -> Flag {
    Flag { name, env, kind: Kind::Switch, default, help }
}

const fn duration(name: &'static str, env: &'static str, default: &'static str, help: &'static str) -> Flag {
    Flag { name, env, kind: Kind::Duration, default, help }
}

/// Names, variables and defaults of redis_exporter where it has the flag.
#[rustfmt::skip]
pub(super) static FLAGS: &[Flag] = &[
    text("redis.addr", "REDIS_ADDR", "redis://localhost:6379", "What /metrics scrapes: redis://[user:password@]host[:port][/database] or unix:///path; empty for nothing"),
    text("redis.user", "REDIS_USER", "", "ACL user for targets that name none"),
    text("redis.password", "REDIS_PASSWORD", "", "Password for targets that bring none; prefer the variable, other users of the machine can see flags"),
    text("scrape.allowed-targets", "REDWASP_SCRAPE_ALLOWED_TARGETS", "", "Which targets of /scrape get user and password besides redis.addr: patterns like redis://10.0.0.*:6379, comma-separated; * stands for anything but . : / @, alone for every address"),
    duration("scrape-timeout", "REDWASP_SCRAPE_TIMEOUT", "10s", "Deadline of a scrape whose request has no X-Prometheus-Scrape-Timeout-Seconds"),
    duration("connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", "15s", "How long connecting and logging in may take, and waiting for replies"),
    switch("set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", "true", "Be redwasp in CLIENT LIST"),
    text("namespace", "REDIS_EXPORTER_NAMESPACE", "redis", "First part of the metrics' names"),
    switch("redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", "false", "Leave out the metrics of the process"),
    text("web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", ":9121", "Where to serve HTTP: host:port, or :port for all addresses"),
    text("web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", "/metrics", "Path of the page of metrics"),
    text("log-level", "REDIS_EXPORTER_LOG_LEVEL", "INFO", "DEBUG, INFO, WARN or ERROR"),
    text("log-format", "REDIS_EXPORTER_LOG_FORMAT", "txt", "txt or json"),
    switch("debug", "REDIS_EXPORTER_DEBUG", "false", "The same as log-level DEBUG"),
];

/// Variables of redis_exporter whose features are not there yet. Passing over them in silence could leave a page open that
/// was meant to have a password.
#[rustfmt::skip]
pub(super) const NOT_YET: &[&str] = &[
    "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD", "REDIS_EXPORTER_BASIC_AUTH_USERNAME",
    "REDIS_EXPORTER_CHECK_KEYS", "REDIS_EXPORTER_CHECK_KEY_GROUPS", "REDIS_EXPORTER_CHECK_SINGLE_KEYS",
    "REDIS_EXPORTER_CHECK_SINGLE_STREAMS", "REDIS_EXPORTER_CHECK_STREAMS", "REDIS_EXPORTER_COUNT_KEYS",
    "REDIS_EXPORTER_SCRIPT", "REDIS_EXPORTER_TLS_CA_CERT_FILE", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE",
    "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE",
    "REDIS_EXPORTER_TLS_SERVER_KEY_FILE", "REDIS_PASSWORD_FILE",
];
