//! What a node has of the cluster and how it sees the other nodes: CLUSTER NODES.

use redwasp_sdk::{Command, Failure, Family, Plan, Prefetched, Report, Request};
use serde::{Deserialize, Serialize};

use crate::node::{Node, STATES, Slots};

/// Facts about the node itself. It has a hostname only where one was set.
pub(crate) const INFO: (&str, &str) =
    ("cluster_node_info", "The node itself; always 1. shard is the id of its shard's primary (CLUSTER NODES).");

const LINKS: [(&str, bool); 2] = [("connected", true), ("disconnected", false)];

/// The metrics of the node, and of all others together: however many there are, the series are as many.
#[derive(Serialize, Deserialize)]
pub(crate) struct Nodes {
    reply: Prefetched,
    slots: Family<0>,
    migrating: Family<0>,
    importing: Family<0>,
    epoch: Family<0>,
    replicas: Family<0>,
    seen: Family<1>,
    links: Family<1>,
}

impl Nodes {
    pub(crate) fn declare(plan: &mut Plan) -> Nodes {
        let mut gauge = |name: &str, help: &str| plan.gauge(name, &format!("{help} (CLUSTER NODES)."), []);
        Nodes {
            slots: gauge("cluster_node_slots", "Slots that the node itself has"),
            migrating: gauge("cluster_node_migrating_slots", "Slots that go from the node to another one"),
            importing: gauge("cluster_node_importing_slots", "Slots that come to the node from another one"),
            epoch: gauge("cluster_node_config_epoch", "The epoch of the configuration of the node's shard"),
            replicas: gauge(
                "cluster_node_replicas",
                "Replicas of the node that are connected and have not failed, if it is a primary",
            ),
            seen: plan.gauge(
                "cluster_nodes_seen",
                "Other nodes by what the node takes them for; each is in one state (CLUSTER NODES).",
                ["state"],
            ),
            links: plan.gauge(
                "cluster_node_links",
                "Other nodes by whether the node is connected to them (CLUSTER NODES).",
                ["state"],
            ),
            reply: plan.prefetch(Command::new("CLUSTER").arg("NODES")),
        }
    }

    /// Sets the metrics.
    ///
    /// # Errors
    /// There is no reply, or the node itself is not in it: then nothing is set.
    pub(crate) fn read(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let text = request.reply(self.reply)?.text()?;
        let (own, others): (Vec<_>, Vec<_>) = text.lines().filter_map(Node::read).partition(Node::is_myself);
        let own = own.first().ok_or_else(|| Failure::Other("no line is of the node itself".to_owned()))?;
        self.report_own(own, &others, report);
        self.report_others(&others, report);
        Ok(())
    }

    fn report_own(&self, own: &Node<'_>, others: &[Node<'_>], report: &mut Report) {
        let role = own.role().unwrap_or_default();
        let is_primary = role == "master";
        // Replicas of Valkey know which of their primary's slots move; counted there too they would be twice as many.
        let slots = if is_primary { own.slots() } else { Slots::default() };
        let shard = if is_primary { own.id } else { own.primary.unwrap_or_default() };
        let mut facts = vec![("node_id", own.id), ("role", role), ("shard", shard)];
        facts.extend(own.hostname.map(|hostname| ("hostname", hostname)));
        report.facts(INFO.0, INFO.1, &facts);
        for (family, slots) in
            [(self.slots, slots.owned), (self.migrating, slots.migrating), (self.importing, slots.importing)]
        {
            report.set(family, [], f64::from(slots));
        }
        own.epoch.into_iter().for_each(|epoch| report.set(self.epoch, [], epoch as f64));
        if is_primary {
            let replicas = others.iter().filter(|node| node.primary == Some(own.id) && node.is_well()).count();
            report.set(self.replicas, [], replicas as f64);
        }
    }

    /// What there are none of is 0.
    fn report_others(&self, others: &[Node<'_>], report: &mut Report) {
        for state in STATES {
            let seen = others.iter().filter(|node| node.state() == state).count();
            report.set(self.seen, [state], seen as f64);
        }
        for (state, is_connected) in LINKS {
            let links = others.iter().filter(|node| node.is_connected == is_connected).count();
            report.set(self.links, [state], links as f64);
        }
    }
}
