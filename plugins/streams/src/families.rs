//! What is exported of streams.

use redwasp_sdk::names::Name;
use redwasp_sdk::{Family, Plan, Report, label};
use serde::{Deserialize, Serialize};

use crate::found::{Group, Stream};

/// Series of a report at most: with one more stream it would be too many for the host.
const MOST_SERIES: usize = 90_000;

/// The families.
#[derive(Serialize, Deserialize)]
pub(crate) struct Families {
    length: Family<2>,
    groups: Family<2>,
    radix_tree_keys: Family<2>,
    radix_tree_nodes: Family<2>,
    last_generated: Family<2>,
    max_deleted: Family<2>,
    first: Family<2>,
    last: Family<2>,
    added: Family<2>,
    group_consumers: Family<3>,
    group_pending: Family<3>,
    group_last_delivered: Family<3>,
    group_entries_read: Family<3>,
    group_lag: Family<3>,
    group_oldest_pending: Family<3>,
    consumers: Option<Consumers>,
    /// Whether a lag that the server does not know is 0.
    zero_unknown_lag: bool,
}

#[derive(Serialize, Deserialize)]
struct Consumers {
    pending: Family<4>,
    idle: Family<4>,
}

/// What is told of a stream.
pub(crate) struct Told {
    pub(crate) key: Name,
    pub(crate) stream: Stream,
    pub(crate) groups: Vec<Group>,
}

impl Families {
    pub(crate) fn declare(with_consumers: bool, zero_unknown_lag: bool, plan: &mut Plan) -> Families {
        let stream = ["db", "stream"];
        let group = ["db", "stream", "group"];
        let consumer = ["db", "stream", "group", "consumer"];
        Families {
            length: plan.gauge("stream_length", "Entries of the stream.", stream),
            groups: plan.gauge("stream_groups", "Groups of consumers of the stream.", stream),
            radix_tree_keys: plan.gauge("stream_radix_tree_keys", "Keys of the radix tree under the stream.", stream),
            radix_tree_nodes: plan.gauge(
                "stream_radix_tree_nodes",
                "Nodes of the radix tree under the stream.",
                stream,
            ),
            last_generated: plan.gauge(
                "stream_last_generated_id",
                "Time of the id that was given out last, as a rule Unix time in milliseconds.",
                stream,
            ),
            max_deleted: plan.gauge(
                "stream_max_deleted_entry_id",
                "Time of the greatest id that was deleted, as a rule Unix time in milliseconds.",
                stream,
            ),
            first: plan.gauge(
                "stream_first_entry_id",
                "Time of the first entry's id, as a rule Unix time in milliseconds.",
                stream,
            ),
            last: plan.gauge(
                "stream_last_entry_id",
                "Time of the last entry's id, as a rule Unix time in milliseconds.",
                stream,
            ),
            added: plan.counter("stream_entries_added_total", "Entries that were ever added to the stream.", stream),
            group_consumers: plan.gauge("stream_group_consumers", "Consumers of the group.", group),
            group_pending: plan.gauge(
                "stream_group_messages_pending",
                "Entries that were delivered to the group and not acknowledged.",
                group,
            ),
            group_last_delivered: plan.gauge(
                "stream_group_last_delivered_id",
                "Time of the id that was delivered to the group last, as a rule Unix time in milliseconds.",
                group,
            ),
            group_entries_read: plan.gauge("stream_group_entries_read", "Entries that the group has read.", group),
            group_lag: plan.gauge(
                "stream_group_lag",
                "Entries that are still to be delivered to the group; nothing where the server does not know.",
                group,
            ),
            group_oldest_pending: plan.gauge(
                "stream_group_oldest_pending_age_seconds",
                "Time since the oldest entry was added that was delivered to the group and not acknowledged.",
                group,
            ),
            consumers: with_consumers.then(|| Consumers {
                pending: plan.gauge(
                    "stream_group_consumer_messages_pending",
                    "Entries that were delivered to the consumer and not acknowledged.",
                    consumer,
                ),
                idle: plan.gauge(
                    "stream_group_consumer_idle_seconds",
                    "Time since the consumer was last seen by the server.",
                    consumer,
                ),
            }),
            zero_unknown_lag,
        }
    }

    /// Whether consumers are told.
    pub(crate) fn has_consumers(&self) -> bool {
        self.consumers.is_some()
    }

    /// Sets the metrics of a stream, if there is room for them.
    pub(crate) fn report(&self, told: &Told, unix_ms: u64, report: &mut Report) {
        let series: usize = told.groups.iter().map(|group| 6 + 2 * group.all.len()).sum();
        if report.series() + 9 + series > MOST_SERIES {
            report.partial();
            return;
        }
        let (db, name) = (format!("db{}", told.key.database), label::text(&told.key.key));
        self.stream(told, [&db, &name], report);
        told.groups.iter().for_each(|group| self.group(group, [&db, &name], unix_ms, report));
    }

    fn stream(&self, told: &Told, [db, name]: [&str; 2], report: &mut Report) {
        let (stream, labels) = (&told.stream, [db, name]);
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

    fn group(&self, group: &Group, [db, stream]: [&str; 2], unix_ms: u64, report: &mut Report) {
        let name = label::text(&group.name);
        let labels = [db, stream, &name];
        let mut set = |family, value: Option<f64>| {
            if let Some(value) = value {
                report.set(family, labels, value);
            }
        };
        set(self.group_consumers, group.consumers);
        set(self.group_pending, group.pending);
        set(self.group_last_delivered, group.last_delivered.map(|id| id.0));
        // What the server does not know is 0 to redis_exporter.
        set(self.group_entries_read, Some(group.entries_read.unwrap_or(0.0)));
        let unknown = self.zero_unknown_lag.then_some(0.0);
        set(self.group_lag, group.lag.or(unknown));
        set(self.group_oldest_pending, group.oldest_pending.and_then(|id| id.age(unix_ms)));
        let Some(families) = &self.consumers else { return };
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
