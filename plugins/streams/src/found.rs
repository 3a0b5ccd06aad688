//! What is known of one stream.

use redwasp_sdk::names::Name;
use redwasp_sdk::{Reply, label};

/// A stream with its groups.
pub(crate) struct Found {
    pub(crate) key: Name,
    pub(crate) stream: Stream,
    pub(crate) groups: Vec<Group>,
}

impl Found {
    pub(crate) fn read(key: Name, stream: &Reply<'_>, groups: Option<Reply<'_>>) -> Found {
        let groups = groups.map_or_else(Vec::new, |groups| Group::read_all(&groups));
        Found { key, stream: Stream::read(stream), groups }
    }

    /// How many series it is written as, at most.
    pub(crate) fn series(&self) -> usize {
        9 + self.groups.iter().map(|group| 6 + 2 * group.all.len()).sum::<usize>()
    }
}

/// A stream, as XINFO tells of it.
pub(crate) struct Stream {
    pub(crate) length: Option<f64>,
    pub(crate) groups: Option<f64>,
    pub(crate) radix_tree_keys: Option<f64>,
    pub(crate) radix_tree_nodes: Option<f64>,
    pub(crate) last_generated: Option<Id>,
    pub(crate) max_deleted: Option<Id>,
    pub(crate) first: Option<Id>,
    pub(crate) last: Option<Id>,
    pub(crate) added: Option<f64>,
}

/// A group of consumers.
pub(crate) struct Group {
    /// As the server has it.
    pub(crate) name: Vec<u8>,
    pub(crate) consumers: Option<f64>,
    pub(crate) pending: Option<f64>,
    pub(crate) last_delivered: Option<Id>,
    pub(crate) entries_read: Option<f64>,
    pub(crate) lag: Option<f64>,
    /// The oldest entry that was delivered and not acknowledged.
    pub(crate) oldest_pending: Option<Id>,
    pub(crate) all: Vec<Consumer>,
}

/// A consumer of a group.
pub(crate) struct Consumer {
    pub(crate) name: String,
    pub(crate) pending: Option<f64>,
    pub(crate) idle_ms: Option<f64>,
}

/// The first part of an entry's id: milliseconds, as a rule of Unix time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Id(pub(crate) f64);

/// Ids below it were given by somebody who does not count milliseconds: it would be 1973.
const EARLIEST: f64 = 1e11;

impl Id {
    fn read(reply: Option<&Reply<'_>>) -> Option<Id> {
        let text = reply?.text().ok()?;
        text.split('-').next()?.parse::<u64>().ok().map(|ms| Id(ms as f64))
    }

    /// Seconds from the time that it tells to this; none when it tells no time.
    pub(crate) fn age(self, unix_ms: u64) -> Option<f64> {
        (self.0 >= EARLIEST).then(|| ((unix_ms as f64 - self.0) / 1000.0).max(0.0))
    }
}

fn number(reply: &Reply<'_>, name: &str) -> Option<f64> {
    reply.get(name).and_then(|value| value.number().ok())
}

impl Stream {
    /// The reply to XINFO STREAM.
    pub(crate) fn read(reply: &Reply<'_>) -> Stream {
        // An entry is its id and its fields.
        let entry = |name: &str| Id::read(reply.get(name)?.elements().ok()?.first());
        Stream {
            length: number(reply, "length"),
            groups: number(reply, "groups"),
            radix_tree_keys: number(reply, "radix-tree-keys"),
            radix_tree_nodes: number(reply, "radix-tree-nodes"),
            last_generated: Id::read(reply.get("last-generated-id")),
            max_deleted: Id::read(reply.get("max-deleted-entry-id")),
            first: entry("first-entry"),
            last: entry("last-entry"),
            added: number(reply, "entries-added"),
        }
    }
}

impl Group {
    /// The reply to XINFO GROUPS.
    pub(crate) fn read_all(reply: &Reply<'_>) -> Vec<Group> {
        reply.elements().unwrap_or_default().iter().filter_map(Group::read).collect()
    }

    fn read(reply: &Reply<'_>) -> Option<Group> {
        Some(Group {
            name: reply.get("name")?.bytes().ok()?.to_vec(),
            consumers: number(reply, "consumers"),
            pending: number(reply, "pending"),
            last_delivered: Id::read(reply.get("last-delivered-id")),
            entries_read: number(reply, "entries-read"),
            lag: number(reply, "lag"),
            oldest_pending: None,
            all: Vec::new(),
        })
    }

    /// Takes the reply to XPENDING for one entry: its id, its consumer, for how long, how often.
    pub(crate) fn take_oldest(&mut self, reply: &Reply<'_>) {
        let oldest = reply.elements().ok().and_then(|entries| entries.first()?.elements().ok()?.first());
        self.oldest_pending = Id::read(oldest);
    }

    /// Takes the reply to XINFO CONSUMERS.
    pub(crate) fn take_consumers(&mut self, reply: &Reply<'_>) {
        let consumer = |reply: &Reply<'_>| {
            let name = label::text(reply.get("name")?.bytes().ok()?).into_owned();
            Some(Consumer { name, pending: number(reply, "pending"), idle_ms: number(reply, "idle") })
        };
        self.all = reply.elements().unwrap_or_default().iter().filter_map(consumer).collect();
    }
}
