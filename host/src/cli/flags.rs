//! The flags: the daemon's own, those that the built-in collectors declare, and those that are still to come.

use std::borrow::Cow;
use std::collections::HashSet;

use super::go;
use super::later::LATER;
use crate::plugin::{DefaultValue, Manifest};

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Alone it is true; a value follows `=`.
    Switch,
    Integer,
    /// Comma-separated; given several times, the flag adds to it.
    List,
    /// As Go writes them: 15s, 1m30s.
    Duration,
}

/// Whose flag it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// The daemon's own, under a heading of the usage.
    Daemon(&'a str),
    /// A built-in collector's, by name.
    Collector(&'a str),
    /// Of a feature that this version does not have.
    Later,
}

/// A flag, with the environment variable that stands for it.
#[derive(Clone, Debug)]
pub(super) struct Flag<'a> {
    pub(super) name: &'a str,
    /// Empty for none.
    pub(super) env: &'a str,
    pub(super) kind: Kind,
    pub(super) default: Cow<'a, str>,
    pub(super) help: &'a str,
}

pub(super) const fn text(
    name: &'static str,
    env: &'static str,
    default: &'static str,
    help: &'static str,
) -> Flag<'static> {
    Flag { name, env, kind: Kind::Text, default: Cow::Borrowed(default), help }
}

pub(super) const fn switch(name: &'static str, env: &'static str, default: bool, help: &'static str) -> Flag<'static> {
    let default = if default { "true" } else { "false" };
    Flag { name, env, kind: Kind::Switch, default: Cow::Borrowed(default), help }
}

const fn duration(name: &'static str, env: &'static str, default: &'static str, help: &'static str) -> Flag<'static> {
    Flag { name, env, kind: Kind::Duration, default: Cow::Borrowed(default), help }
}

/// Other spellings of flags, and theirs.
pub(super) const ALIASES: &[(&str, &str)] = &[("redis-metrics-only", "redis-only-metrics"), ("verbose", "debug")];

/// The daemon's own, by heading. Names, variables and defaults of redis_exporter where it has the flag.
#[rustfmt::skip]
pub(super) static OWN: &[(&str, &[Flag])] = &[
    ("Which server", &[
        text("redis.addr", "REDIS_ADDR", "redis://localhost:6379", "What /metrics scrapes: redis://[user:password@]host[:port][/database]\nor unix:///path/to/socket; empty for nothing"),
        text("redis.user", "REDIS_USER", "", "ACL user for targets that name none"),
        text("redis.password", "REDIS_PASSWORD", "", "Password for targets that bring none; prefer the variable: other users of the machine can\nsee flags"),
        text("scrape.allowed-targets", "REDWASP_SCRAPE_ALLOWED_TARGETS", "", "Which targets of /scrape get user and password besides redis.addr: patterns like\nredis://10.0.0.*:6379, comma-separated; * stands for anything but . : / @, alone for every\naddress"),
    ]),
    ("How it is asked", &[
        duration("scrape-timeout", "REDWASP_SCRAPE_TIMEOUT", "10s", "Deadline of a scrape whose request has no X-Prometheus-Scrape-Timeout-Seconds"),
        duration("connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", "15s", "How long connecting and logging in may take, and waiting for replies"),
        text("client-name", "REDWASP_CLIENT_NAME", "redwasp", "What CLIENT LIST shows; empty for nothing"),
        switch("set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", true, "Whether CLIENT LIST shows a name at all"),
        text("config-command", "REDIS_EXPORTER_CONFIG_COMMAND", "CONFIG", "What the server calls CONFIG; - to never send it"),
        switch("ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT", false, "Send PING before each scrape and tell how long the answer took, at the price of a round trip"),
    ]),
    ("Metrics", &[
        text("namespace", "REDIS_EXPORTER_NAMESPACE", "redis", "First part of the metrics' names; empty for none"),
        switch("append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL", false, "Put the label instance_role on what is measured of a server"),
        switch("redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", false, "Leave out the metrics of the process and the build; also --redis-metrics-only"),
        switch("include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS", false, "Does nothing: there is no Go runtime"),
    ]),
    ("HTTP", &[
        text("web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", ":9121", "Where to serve: host:port, or :port for all addresses"),
        text("web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", "/metrics", "Path of the page of metrics"),
        switch("disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT", false, "Answer 404 on /scrape"),
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

/// All flags, each with its owner. A collector may declare a flag that was still to come.
///
/// # Errors
/// Which collector declares a flag, a variable or a setting that is there already: a mistake in this build.
pub(super) fn known(built_ins: &[Manifest]) -> Result<Vec<(Owner<'_>, Flag<'_>)>, String> {
    let own = OWN.iter().flat_map(|(heading, flags)| flags.iter().map(|flag| (Owner::Daemon(heading), flag.clone())));
    let mut known: Vec<(Owner, Flag)> = own.collect();
    let mut sets = HashSet::new();
    for manifest in built_ins {
        for declared in &manifest.flags {
            let flag = Flag::declared(declared);
            let is_taken = known.iter().any(|(_, other)| other.name == flag.name || other.env == flag.env);
            if is_taken || !sets.insert((&manifest.name, &declared.sets)) {
                let (name, flag) = (&manifest.name, flag.name);
                return Err(format!(
                    "the collector {name} declares --{flag}, its variable or what it sets a second time"
                ));
            }
            known.push((Owner::Collector(&manifest.name), flag));
        }
    }
    let later: Vec<_> = LATER.iter().filter(|flag| known.iter().all(|(_, other)| other.name != flag.name)).collect();
    known.extend(later.into_iter().map(|flag| (Owner::Later, flag.clone())));
    Ok(known)
}

impl Flag<'_> {
    fn declared(flag: &crate::plugin::Flag) -> Flag<'_> {
        let (kind, default) = match &flag.default {
            DefaultValue::Switch(on) => (Kind::Switch, Cow::Owned(on.to_string())),
            DefaultValue::Text(text) => (Kind::Text, Cow::Borrowed(text.as_str())),
            DefaultValue::List(items) => (Kind::List, Cow::Owned(items.join(","))),
            DefaultValue::Integer(number) => (Kind::Integer, Cow::Owned(number.to_string())),
        };
        Flag { name: &flag.name, env: &flag.env, kind, default, help: &flag.help }
    }

    /// Whether a value is what is taken when none is given, or an empty text, as templates leave them.
    pub(super) fn is_unset_by(&self, value: &str) -> bool {
        match self.kind {
            Kind::Switch => go::boolean(value) == go::boolean(&self.default),
            Kind::Integer => go::integer(value) == go::integer(&self.default),
            Kind::Text | Kind::List | Kind::Duration => value.is_empty() || value == self.default,
        }
    }
}
