//! What a node says of the cluster.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::server::Redis;

/// What a node says of all others and itself, by their ids. Two that say the same are equal.
#[derive(Debug, PartialEq)]
pub(super) struct View {
    nodes: BTreeMap<String, Node>,
}

#[derive(Debug, PartialEq)]
struct Node {
    /// The id of its primary.
    primary: Option<String>,
    slots: Vec<RangeInclusive<u16>>,
}

impl View {
    /// # Panics
    /// When the node does not answer, or not with a list of nodes.
    pub(super) fn of(node: &Redis) -> View {
        let text = node.cli(&["CLUSTER", "NODES"]);
        let nodes = text.lines().map(|line| entry(line).unwrap_or_else(|| panic!("{line:?} tells of no node")));
        View { nodes: nodes.collect() }
    }

    /// The id of the node that has a slot.
    pub(super) fn owner(&self, slot: u16) -> Option<String> {
        let has_it = |node: &Node| node.slots.iter().any(|slots| slots.contains(&slot));
        self.nodes.iter().find(|(_, node)| has_it(node)).map(|(id, _)| id.clone())
    }

    /// The slots of a node.
    pub(super) fn slots(&self, id: &str) -> Vec<u16> {
        self.nodes.get(id).map_or_else(Vec::new, |node| node.slots.iter().cloned().flatten().collect())
    }

    /// The ids of a primary's replicas.
    pub(super) fn replicas(&self, primary: &str) -> Vec<String> {
        let follows = |node: &Node| node.primary.as_deref() == Some(primary);
        self.nodes.iter().filter(|(_, node)| follows(node)).map(|(id, _)| id.clone()).collect()
    }

    /// Whether these are all nodes.
    pub(super) fn knows(&self, ids: &[String]) -> bool {
        self.nodes.len() == ids.len() && ids.iter().all(|id| self.nodes.contains_key(id))
    }
}

/// `<id> <address> <flags> <primary or -> <ping> <pong> <epoch> <link> <slots>...`; a slot that is on its way, as
/// `[93->-<id>]`, is still its node's.
fn entry(line: &str) -> Option<(String, Node)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [id, _, _, primary, _, _, _, _, slots @ ..] = words.as_slice() else { return None };
    let range = |word: &&str| {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    let slots = slots.iter().filter(|word| !word.starts_with('[')).map(range).collect::<Option<_>>()?;
    let primary = (*primary != "-").then(|| (*primary).to_owned());
    Some(((*id).to_owned(), Node { primary, slots }))
}
