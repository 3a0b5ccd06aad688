//! Metrics of every client, under redis_exporter's names.

use redwasp_sdk::{Family, Plan, Report, label};
use serde::{Deserialize, Serialize};

use crate::client::{Client, Numbers};

/// Clients that are told, those that were connected first. Each has up to 13 samples, of the 10,000 that a report may have;
/// aggregates need some 330.
pub(crate) const MOST_LISTED: usize = 720;

/// Facts about a client. Which labels it has depends on the server.
const INFO: (&str, &str) = ("connected_client_info", "A client that is connected; always 1 (CLIENT LIST).");

/// Metric, number, help.
type Gauge = (&'static str, fn(&Numbers) -> Option<i64>, &'static str);

/// What servers do not tell of a client is 0, as in redis_exporter.
const ALWAYS: [Gauge; 8] = [
    (
        "connected_client_output_buffer_memory_usage_bytes",
        |numbers| numbers.omem,
        "Bytes of the client's output that waits in a list (omem).",
    ),
    (
        "connected_client_total_memory_consumed_bytes",
        |numbers| numbers.tot_mem,
        "Bytes that the client takes, with all its buffers (tot-mem).",
    ),
    (
        "connected_client_channel_subscriptions_count",
        |numbers| numbers.sub,
        "Channels that the client listens to (sub).",
    ),
    (
        "connected_client_pattern_matching_subscriptions_count",
        |numbers| numbers.psub,
        "Patterns of channels that the client listens to (psub).",
    ),
    (
        "connected_client_query_buffer_length_bytes",
        |numbers| numbers.qbuf,
        "Bytes of the client's unread query (qbuf).",
    ),
    (
        "connected_client_query_buffer_free_space_bytes",
        |numbers| numbers.qbuf_free,
        "Bytes that are free in the client's query buffer (qbuf-free).",
    ),
    (
        "connected_client_output_buffer_length_bytes",
        |numbers| numbers.obl,
        "Bytes that wait in the client's fixed output buffer (obl).",
    ),
    (
        "connected_client_output_list_length",
        |numbers| numbers.oll,
        "Replies that wait in the client's list of output (oll).",
    ),
];

/// What newer servers tell.
const SOMETIMES: [Gauge; 2] = [
    (
        "connected_client_shard_channel_subscriptions_count",
        |numbers| numbers.ssub,
        "Channels of its shard that the client listens to (ssub).",
    ),
    (
        "connected_client_shard_channel_watched_keys",
        |numbers| numbers.watch,
        "Keys that the client watches (watch). Shards and channels have nothing to do with it.",
    ),
];

/// The families of single clients.
#[derive(Serialize, Deserialize)]
pub(crate) struct List {
    port: bool,
    created: Family<2>,
    idle_since: Family<2>,
    always: Vec<Family<2>>,
    sometimes: Vec<Family<2>>,
}

impl List {
    pub(crate) fn declare(port: bool, plan: &mut Plan) -> List {
        let labels = ["id", "name"];
        plan.late_prefix(INFO.0);
        List {
            port,
            created: plan.gauge(
                "connected_client_created_at_timestamp",
                "When the client connected, Unix time (age).",
                labels,
            ),
            idle_since: plan.gauge(
                "connected_client_idle_since_timestamp",
                "When the client last sent a command, Unix time (idle).",
                labels,
            ),
            always: ALWAYS.map(|(name, _, help)| plan.gauge(name, help, labels)).into(),
            sometimes: SOMETIMES.map(|(name, _, help)| plan.gauge(name, help, labels)).into(),
        }
    }

    /// Sets the metrics of clients.
    pub(crate) fn report(&self, clients: &[Client<'_>], unix_ms: u64, report: &mut Report) {
        let has = |text: fn(&Client<'_>) -> bool| clients.iter().any(text);
        let has_user = has(|client| client.user.is_some_and(|user| !user.is_empty()));
        let has_resp = has(|client| client.resp.is_some_and(|resp| !resp.is_empty()));
        for client in clients {
            self.facts(client, has_user, has_resp, report);
            self.numbers(client, unix_ms, report);
        }
    }

    /// A family has the same labels for all clients.
    fn facts(&self, client: &Client<'_>, has_user: bool, has_resp: bool, report: &mut Report) {
        let mut labels = vec![
            ("id", label::text(client.id)),
            ("name", label::text(client.name)),
            ("flags", label::text(client.flags)),
            ("db", label::text(client.db)),
            ("host", label::text(client.host)),
        ];
        if self.port {
            labels.push(("port", label::text(client.port)));
        }
        if has_user {
            labels.push(("user", label::text(client.user.unwrap_or_default())));
        }
        if has_resp {
            labels.push(("resp", label::text(client.resp.unwrap_or_default())));
        }
        let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (*name, &**value)).collect();
        report.facts(INFO.0, INFO.1, &labels);
    }

    fn numbers(&self, client: &Client<'_>, unix_ms: u64, report: &mut Report) {
        let (id, name) = (label::text(client.id), label::text(client.name));
        let labels: [&str; 2] = [&id, &name];
        let ago = |seconds: i64| (unix_ms / 1000) as f64 - seconds as f64;
        for (family, seconds) in [(self.created, client.age), (self.idle_since, client.idle)] {
            seconds.into_iter().for_each(|seconds| report.set(family, labels, ago(seconds)));
        }
        for ((_, number, _), family) in ALWAYS.iter().zip(&self.always) {
            report.set(*family, labels, number(&client.numbers).unwrap_or_default() as f64);
        }
        for ((_, number, _), family) in SOMETIMES.iter().zip(&self.sometimes) {
            number(&client.numbers).into_iter().for_each(|number| report.set(*family, labels, number as f64));
        }
    }
}
