//! The daemon's own flags.

use super::flag::{Flag, duration, integer, list, switch, text};

/// Other spellings of flags, and theirs.
pub(super) const ALIASES: &[(&str, &str)] = &[("redis-metrics-only", "redis-only-metrics"), ("verbose", "debug")];

/// The daemon's own, by heading. Names, variables and defaults of redis_exporter where it has the flag.
#[rustfmt::skip]
pub(super) static OWN: &[(&str, &[Flag])] = &[
    ("Which server", &[
        text("redis.addr", "REDIS_ADDR", "redis://localhost:6379", "What /metrics scrapes: redis://[user:password@]host[:port][/database], rediss:// for TLS,\nor unix:///path/to/socket; several with commas, told apart by the labels addr and alias;\nempty for nothing"),
        text("redis.user", "REDIS_USER", "", "ACL user for targets that name none"),
        text("redis.password", "REDIS_PASSWORD", "", "Password for targets that bring none; for several addresses also as many passwords, with\ncommas. Prefer the variable: other users of the machine can see flags"),
        text("redis.password-file", "REDIS_PASSWORD_FILE", "", "JSON file with passwords by address, {\"redis://[user@]host:port\": \"password\"}, which win over\nredis.password. It is read again when it changes"),
        text("redis-file", "REDIS_FILE", "", "YAML file with more targets for /metrics: under redis_instances a list of name, addr, user,\npassword and labels; ${VARIABLE} stands for a variable of the environment"),
        switch("is-cluster", "REDIS_EXPORTER_IS_CLUSTER", false, "Look at keys and streams in the whole cluster that a server is a node of, whichever node has\nthem, and answer on /discover-cluster-nodes"),
        switch("cluster-discover-hostnames", "REDIS_EXPORTER_CLUSTER_DISCOVER_HOSTNAMES", false, "Have /discover-cluster-nodes tell the names that nodes announce"),
        switch("metrics.all-targets", "REDWASP_METRICS_ALL_TARGETS", false, "Have the targets of the configuration file on /metrics, too, told apart by labels"),
        list("scrape.allowed-targets", "REDWASP_SCRAPE_ALLOWED_TARGETS", "", "Which targets of /scrape get user and password besides redis.addr: patterns like\nredis://10.0.0.*:6379, comma-separated or the flag again; * stands for anything but . : / @,\nalone for every address"),
        text("scrape.unlisted-targets", "REDWASP_SCRAPE_UNLISTED_TARGETS", "ask", "What becomes of a target of /scrape that is neither listed nor allowed: ask, without\ncredentials, or refuse"),
    ]),
    ("TLS to servers", &[
        text("tls-ca-cert-file", "REDIS_EXPORTER_TLS_CA_CERT_FILE", "", "PEM file of the authorities that are believed; empty for those of the system"),
        text("tls-client-cert-file", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE", "", "PEM file of the certificate that is shown to servers"),
        text("tls-client-key-file", "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE", "", "PEM file of its private key"),
        text("tls-server-name", "REDIS_EXPORTER_TLS_SERVER_NAME", "", "Name that servers' certificates must have; empty for the host of the address"),
        switch("skip-tls-verification", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", false, "Believe every certificate of a server: whoever is on the way can read and answer everything"),
    ]),
    ("How it is asked", &[
        duration("scrape-timeout", "REDWASP_SCRAPE_TIMEOUT", "10s", "How long a scrape may take whose request has no X-Prometheus-Scrape-Timeout-Seconds.\nOf both 500 ms are kept for the way back, or a quarter when that is less"),
        duration("connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", "15s", "How long connecting and logging in may take, and waiting for replies"),
        integer("connections.max", "REDWASP_CONNECTIONS_MAX", "4096", "Connections to all servers together at most. When there are so many, the one that was idle longest\nis closed for a new one; the limit of open files may allow less"),
        integer("connections.per-target", "REDWASP_CONNECTIONS_PER_TARGET", "4", "Connections to one target at most, which is a database of a server"),
        duration("connections.idle-timeout", "REDWASP_CONNECTIONS_IDLE_TIMEOUT", "5m", "How long a connection is kept that nobody uses"),
        text("client-name", "REDWASP_CLIENT_NAME", "redwasp", "What CLIENT LIST shows; empty for nothing"),
        switch("set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", true, "Whether CLIENT LIST shows a name at all"),
        text("config-command", "REDIS_EXPORTER_CONFIG_COMMAND", "CONFIG", "What the server calls CONFIG; - to never send it"),
        switch("ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT", false, "Send PING before each scrape and tell how long the answer took, at the price of a round trip"),
        switch("include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC", false, "Tell the size of the RDB file of a server on this machine, at the price of a round trip"),
    ]),
    ("Metrics", &[
        text("namespace", "REDIS_EXPORTER_NAMESPACE", "redis", "First part of the metrics' names; empty for none"),
        switch("append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL", false, "Put the label instance_role on what is measured of a server"),
        switch("redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", false, "Leave out the metrics of the process and the build; also --redis-metrics-only"),
        switch("include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS", false, "Does nothing: there is no Go runtime"),
    ]),
    ("Walks over keys", &[
        duration("sweep.interval", "REDWASP_SWEEP_INTERVAL", "60s", "How often the keys of a server are walked for collectors that look at many, from the beginning\nof one walk to that of the next. Scrapes are given what the last walk found"),
        integer("check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "1000", "COUNT of SCAN at most. A walk begins with 100 and asks for more while the server answers\nwithin a millisecond"),
        integer("sweep.max-keys", "REDWASP_SWEEP_MAX_KEYS", "10000000", "Keys of one walk at most. With each of these three bounds a walk ends early, and is said to\nbe partial"),
        duration("sweep.max-duration", "REDWASP_SWEEP_MAX_DURATION", "5m", "How long one walk may take"),
        text("sweep.max-bytes", "REDWASP_SWEEP_MAX_BYTES", "1GiB", "Bytes of the replies of one walk at most"),
        switch("sweep.prefer-replica", "REDWASP_SWEEP_PREFER_REPLICA", false, "Walk a replica of the server, if it has one that answers; it is asked with the same user and\npassword"),
        integer("sweep.with-scrape", "REDWASP_SWEEP_WITH_SCRAPE", "0", "Walk with each scrape instead, while the databases to be walked hold together at most so\nmany keys: as redis_exporter does it, however many there are"),
    ]),
    ("HTTP", &[
        text("web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", ":9121", "Where to serve: host:port, or :port for all addresses"),
        text("web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", "/metrics", "Path of the page of metrics"),
        switch("disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT", false, "Answer 404 on /scrape"),
    ]),
    ("Configuration and plugins", &[
        text("config.file", "REDWASP_CONFIG_FILE", "", "YAML file with settings, collectors and grants; docs/configuration.md tells its keys"),
        text("plugins.dir", "REDWASP_PLUGINS_DIR", "", "Folder with plugins, each a file name.wasm; empty for the built-in ones alone"),
        text("plugins.cache-dir", "REDWASP_PLUGINS_CACHE_DIR", "", "Private folder for compiled plugins, - for none; empty for redwasp in $XDG_CACHE_HOME or\n~/.cache"),
    ]),
    ("Log", &[
        text("log-level", "REDIS_EXPORTER_LOG_LEVEL", "INFO", "DEBUG, INFO, WARN or ERROR; anything else is INFO"),
        text("log-format", "REDIS_EXPORTER_LOG_FORMAT", "txt", "txt or json; anything else is txt"),
        switch("debug", "REDIS_EXPORTER_DEBUG", false, "The same as log-level DEBUG; also --verbose"),
    ]),
    ("Other", &[
        switch("version", "", false, "Print version, date and commit of the build"),
    ]),
];
