//! What is exported of streams.

use redwasp_sdk::{Family, Plan, Report, label};
use serde::{Deserialize, Serialize};

use crate::found::{Found, Group, Stream};

/// Series of a report at most. The manifest allows 100,000.
pub(crate) const MOST_SERIES: usize = 90_000;

/// The families.
#[derive(Serialize, Deserialize)]
pub(crate) struct Families {
    stream: OfStream,
    group: OfGroup,
    consumer: Option<OfConsumer>,
    /// Whether a lag that the server does not know is 0.
    zero_unknown_lag: bool,
}

#[derive(Serialize, Deserialize)]
struct OfStream {
    length: Family<2>,
    groups: Family<2>,
    radix_tree_keys: Family<2>,
    radix_tree_nodes: Family<2>,
    last_generated: Family<2>,
    max_deleted: Family<2>,
    first: Family<2>,
    last: Family<2>,
    added: Family<2>,
}

#[derive(Serialize, Deserialize)]
struct OfGroup {
    consumers: Family<3>,
    pending: Family<3>,
    last_delivered: Family<3>,
    entries_read: Family<3>,
    lag: Family<3>,
    oldest_pending: Family<3>,
}

#[derive(Serialize, Deserialize)]
struct OfConsumer {
    pending: Family<4>,
    idle: Family<4>,
}

impl OfStream {
    fn declare(plan: &mut Plan) -> OfStream {
        let labels = ["db", "stream"];
        let mut gauge = |name, help| plan.gauge(name, help, labels);
        OfStream {
            length: gauge("stream_length", "Entries of the stream."),
            groups: gauge("stream_groups", "Groups of consumers of the stream."),
            radix_tree_keys: gauge("stream_radix_tree_keys", "Keys of the radix tree under the stream."),
            radix_tree_nodes: gauge("stream_radix_tree_nodes", "Nodes of the radix tree under the stream."),
            last_generated: gauge(
                "stream_last_generated_id",
                "Time of the id that was given out last, as a rule Unix time in milliseconds.",
            ),
            max_deleted: gauge(
                "stream_max_deleted_entry_id",
                "Time of the greatest id that was deleted, as a rule Unix time in milliseconds.",
            ),
            first: gauge("stream_first_entry_id", "Time of the first entry's id, as a rule Unix time in milliseconds."),
            last: gauge("stream_last_entry_id", "Time of the last entry's id, as a rule Unix time in milliseconds."),
            added: plan.counter("stream_entries_added_total", "Entries that were ever added to the stream.", labels),
        }
    }
}

impl OfGroup {
    fn declare(plan: &mut Plan) -> OfGroup {
        let mut gauge = |name, help| plan.gauge(name, help, ["db", "stream", "group"]);
        OfGroup {
            consumers: gauge("stream_group_consumers", "Consumers of the group."),
            pending: gauge(
                "stream_group_messages_pending",
                "Entries that were delivered to the group and not acknowledged.",
            ),
            last_delivered: gauge(
                "stream_group_last_delivered_id",
                "Time of the id that was delivered to the group last, as a rule Unix time in milliseconds.",
            ),
            entries_read: gauge("stream_group_entries_read", "Entries that the group has read."),
            lag: gauge(
                "stream_group_lag",
                "Entries that are still to be delivered to the group; nothing where the server does not know.",
            ),
            oldest_pending: gauge(
                "stream_group_oldest_pending_age_seconds",
                "Time since the oldest entry was added that was delivered to the group and not acknowledged.",
            ),
        }
    }
}

impl OfConsumer {
    fn declare(plan: &mut Plan) -> OfConsumer {
        let mut gauge = |name, help| plan.gauge(name, help, ["db", "stream", "group", "consumer"]);
        OfConsumer {
            pending: gauge(
                "stream_group_consumer_messages_pending",
                "Entries that were delivered to the consumer and not acknowledged.",
            ),
            idle: gauge("stream_group_consumer_idle_seconds", "Time since the consumer was last seen by the server."),
        }
    }
}

impl Families {
    pub(crate) fn declare(with_consumers: bool, zero_unknown_lag: bool, plan: &mut Plan) -> Families {
        Families {
            stream: OfStream::declare(plan),
            group: OfGroup::declare(plan),
            consumer: with_consumers.then(|| OfConsumer::declare(plan)),
            zero_unknown_lag,
        }
    }

    /// Whether consumers are told.
    pub(crate) fn has_consumers(&self) -> bool {
        self.consumer.is_some()
    }

    /// Sets the metrics of a stream, if there is room for them.
    pub(crate) fn report(&self, found: &Found, unix_ms: u64, report: &mut Report) {
        if report.series() + found.series() > MOST_SERIES {
            report.partial();
            return;
        }
        let (db, name) = (format!("db{}", found.key.database), label::text(&found.key.key));
        self.stream.report(&found.stream, [&db, &name], report);
        found.groups.iter().for_each(|group| self.group(group, [&db, &name], unix_ms, report));
    }

    fn group(&self, group: &Group, [db, stream]: [&str; 2], unix_ms: u64, report: &mut Report) {
        let (families, name) = (&self.group, label::text(&group.name));
        let labels = [db, stream, &name];
        let mut set = |family, value: Option<f64>| {
            if let Some(value) = value {
                report.set(family, labels, value);
            }
        };
        set(families.consumers, group.consumers);
        set(families.pending, group.pending);
        set(families.last_delivered, group.last_delivered.map(|id| id.0));
        // What the server does not know is 0 to redis_exporter.
        set(families.entries_read, Some(group.entries_read.unwrap_or(0.0)));
        let unknown = self.zero_unknown_lag.then_some(0.0);
        set(families.lag, group.lag.or(unknown));
        set(families.oldest_pending, group.oldest_pending.and_then(|id| id.age(unix_ms)));
        let Some(families) = &self.consumer else { return };
        for consumer in &group.all {
            let labels = [db, stream, &name, &consumer.name];
            if let Some(pending) = consumer.pending {
                report.set(families.pending, labels, pending);
            }
            if let Some(idle) = consumer.idle_ms {
                report.set(families.idle, labels, idle / 1000.0);
            }
        }
    }
}

impl OfStream {
    fn report(&self, stream: &Stream, labels: [&str; 2], report: &mut Report) {
        let mut set = |family, value: Option<f64>| {
            if let Some(value) = value {
                report.set(family, labels, value);
            }
        };
        set(self.length, stream.length);
        set(self.groups, stream.groups);
        set(self.radix_tree_keys, stream.radix_tree_keys);
        set(self.radix_tree_nodes, stream.radix_tree_nodes);
        set(self.last_generated, stream.last_generated.map(|id| id.0));
        // An id that there is not is 0 to redis_exporter, also where the server knows of none, before 7.0.
        set(self.max_deleted, Some(stream.max_deleted.map_or(0.0, |id| id.0)));
        set(self.first, Some(stream.first.map_or(0.0, |id| id.0)));
        set(self.last, Some(stream.last.map_or(0.0, |id| id.0)));
        set(self.added, stream.added);
    }
}
