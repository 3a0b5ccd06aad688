//! The fields of CLUSTER INFO that become metrics, under redis_exporter's names.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use redwasp_sdk::info::{self, Field};
use redwasp_sdk::told::Told;
use redwasp_sdk::{Family, Kind, Plan, Report};
use serde::{Deserialize, Serialize};

use crate::nodes;

/// Fields that begin so become gauges whether they are listed or not, as in redis_exporter.
const PASSED: &str = "cluster_";

/// Fields that no list has and that are told. Servers have a few for each kind of message.
const MOST_UNLISTED: usize = 100;

/// Field, metric, help.
const GAUGES: [(&str, &str, &str); 21] = [
    ("cluster_state", "cluster_state", "1 when the node can serve all slots that it has to, else 0 (cluster_state)."),
    ("cluster_slots_assigned", "cluster_slots_assigned", "Slots that a node has; of 16384 (cluster_slots_assigned)."),
    ("cluster_slots_ok", "cluster_slots_ok", "Slots whose node is well (cluster_slots_ok)."),
    ("cluster_slots_pfail", "cluster_slots_pfail", "Slots whose node this node cannot reach (cluster_slots_pfail)."),
    ("cluster_slots_fail", "cluster_slots_fail", "Slots whose node has failed, as most agree (cluster_slots_fail)."),
    ("cluster_nodes_pfail", "cluster_nodes_pfail", "Nodes that this node cannot reach (cluster_nodes_pfail)."),
    ("cluster_nodes_fail", "cluster_nodes_fail", "Nodes that have failed, as most agree (cluster_nodes_fail)."),
    (
        "cluster_voting_nodes_pfail",
        "cluster_voting_nodes_pfail",
        "Primaries with slots that this node cannot reach (cluster_voting_nodes_pfail).",
    ),
    (
        "cluster_voting_nodes_fail",
        "cluster_voting_nodes_fail",
        "Primaries with slots that have failed, as most agree (cluster_voting_nodes_fail).",
    ),
    (
        "cluster_known_nodes",
        "cluster_known_nodes",
        "Nodes that this node knows, itself included (cluster_known_nodes).",
    ),
    ("cluster_size", "cluster_size", "Primaries that have slots (cluster_size)."),
    (
        "cluster_current_epoch",
        "cluster_current_epoch",
        "The epoch of the cluster, as the node knows it (cluster_current_epoch).",
    ),
    ("cluster_my_epoch", "cluster_my_epoch", "The epoch of the node's own configuration (cluster_my_epoch)."),
    (
        "cluster_stats_messages_sent",
        "cluster_messages_sent_total",
        "Messages sent to other nodes over the cluster bus, since the start (cluster_stats_messages_sent).",
    ),
    (
        "cluster_stats_messages_received",
        "cluster_messages_received_total",
        "Messages received from other nodes over the cluster bus, since the start (cluster_stats_messages_received).",
    ),
    (
        "cluster_stats_bytes_sent",
        "cluster_stats_bytes_sent",
        "Bytes sent over the cluster bus (cluster_stats_bytes_sent).",
    ),
    (
        "cluster_stats_bytes_received",
        "cluster_stats_bytes_received",
        "Bytes received over the cluster bus (cluster_stats_bytes_received).",
    ),
    (
        "cluster_stats_pubsub_bytes_sent",
        "cluster_stats_pubsub_bytes_sent",
        "Bytes of published messages sent over the cluster bus (cluster_stats_pubsub_bytes_sent).",
    ),
    (
        "cluster_stats_pubsub_bytes_received",
        "cluster_stats_pubsub_bytes_received",
        "Bytes of published messages received over the cluster bus (cluster_stats_pubsub_bytes_received).",
    ),
    (
        "cluster_stats_module_bytes_sent",
        "cluster_stats_module_bytes_sent",
        "Bytes of modules' messages sent over the cluster bus (cluster_stats_module_bytes_sent).",
    ),
    (
        "cluster_stats_module_bytes_received",
        "cluster_stats_module_bytes_received",
        "Bytes of modules' messages received over the cluster bus (cluster_stats_module_bytes_received).",
    ),
];

/// Kinds of messages between nodes, as fields spell them: `cluster_stats_messages_ping_sent`.
const MESSAGES: [&str; 11] =
    ["ping", "pong", "meet", "fail", "publish", "auth-req", "auth-ack", "update", "mfstart", "module", "publishshard"];

/// Not among redis_exporter's.
const LINKS: (&str, &str, &str) = (
    "total_cluster_links_buffer_limit_exceeded",
    "cluster_links_buffer_limit_exceeded_total",
    "Links to other nodes that were cut because too much waited for them (total_cluster_links_buffer_limit_exceeded).",
);

/// The metrics of the fields.
#[derive(Serialize, Deserialize)]
pub(crate) struct Fields {
    /// By field.
    listed: BTreeMap<String, Family<0>>,
    /// Names that no further field may have.
    names: BTreeSet<String>,
}

impl Fields {
    pub(crate) fn declare(plan: &mut Plan) -> Fields {
        let mut listed = BTreeMap::new();
        for (field, name, help) in GAUGES {
            listed.insert(field.to_owned(), plan.gauge(name, help, []));
        }
        for (message, direction) in MESSAGES.iter().flat_map(|message| [(message, "sent"), (message, "received")]) {
            let field = format!("cluster_stats_messages_{message}_{direction}");
            let help = format!("Messages of the kind {message} that were {direction}, since the start ({field}).");
            let family = plan.gauge(&metric(&field), &help, []);
            listed.insert(field, family);
        }
        let (field, name, help) = LINKS;
        listed.insert(field.to_owned(), plan.counter(name, help, []));
        plan.late_prefix(PASSED);
        let names = plan.series_names().chain([nodes::INFO.0.to_owned()]).collect();
        Fields { listed, names }
    }

    /// Sets the metrics of fields, each once.
    pub(crate) fn read<'a>(&self, fields: impl Iterator<Item = Field<'a>>, told: &mut Told, report: &mut Report) {
        let (mut seen, mut unlisted) = (HashSet::new(), HashSet::new());
        for field in fields {
            let Some(value) = info::number(field.value).filter(|_| seen.insert(field.name)) else { continue };
            if let Some(family) = self.listed.get(field.name) {
                report.set(*family, [], value);
                continue;
            }
            let Some(name) = self.unlisted(field.name).filter(|name| unlisted.insert(name.clone())) else { continue };
            if unlisted.len() <= MOST_UNLISTED {
                let help = format!("The field {} of CLUSTER INFO.", field.name);
                let family = report.late(Kind::Gauge, &name, &help, []);
                report.set(family, [], value);
            }
        }
        if let left_out @ 1.. = unlisted.len().saturating_sub(MOST_UNLISTED) {
            let text =
                format!("{left_out} fields of CLUSTER INFO are left out: of those in no list {MOST_UNLISTED} are told");
            told.tell("room", &text, report);
        }
    }

    /// The name of a field that is in no list; none when it is none of the cluster's, or cannot have one.
    fn unlisted(&self, field: &str) -> Option<String> {
        let name = field.starts_with(PASSED).then(|| metric(field))?;
        // What ends so belongs to a histogram or a summary.
        let is_possible = !["_bucket", "_sum"].iter().any(|suffix| name.ends_with(suffix));
        (is_possible && !self.names.contains(&name)).then_some(name)
    }
}

/// The name of a field as the name of a metric.
fn metric(field: &str) -> String {
    field.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}
