//! Which part of a cluster a target stands for.

use std::sync::Arc;

use super::target::{Address, Target};

/// How far reads of keys reach.
#[derive(Clone, Debug, Default)]
pub enum Reach {
    /// To whatever the server has.
    #[default]
    Server,
    /// To the slots of one node; the other nodes are asked for theirs.
    Node(Arc<Slots>),
    /// To the keys of the whole cluster, whichever node has them.
    Cluster(Arc<Shards>),
    /// The same, for what is measured of the cluster as one and not of its nodes.
    Whole(Arc<Shards>),
}

impl Reach {
    /// Who has which keys, if it reaches beyond one server.
    pub fn shards(&self) -> Option<&Arc<Shards>> {
        match self {
            Reach::Server | Reach::Node(_) => None,
            Reach::Cluster(shards) | Reach::Whole(shards) => Some(shards),
        }
    }

    /// Whether keys are to be looked at: a node without slots has other nodes' keys, or none.
    pub fn has_keys(&self) -> bool {
        !matches!(self, Reach::Node(slots) if slots.count() == 0)
    }
}

/// Slots of a cluster, as ranges: first and last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(pub Vec<(u16, u16)>);

/// Who has which slots.
#[derive(Clone, Debug, Default)]
pub struct Shards {
    /// Those that have some.
    pub owners: Vec<(Slots, Target)>,
    /// All nodes, each with other addresses that the cluster may call it by.
    pub members: Vec<(Target, Vec<Address>)>,
}

impl Slots {
    /// Whether it is one of them.
    pub fn contains(&self, slot: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&slot))
    }

    /// How many they are.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|(first, last)| u32::from(*last) - u32::from(*first) + 1).sum()
    }
}

impl Shards {
    /// Who has a slot; none while nobody does.
    pub fn owner(&self, slot: u16) -> Option<&Target> {
        self.owners.iter().find(|(slots, _)| slots.contains(slot)).map(|(_, owner)| owner)
    }

    /// The node at an address.
    pub fn member(&self, address: &Address) -> Option<&Target> {
        let is_at = |(member, others): &&(Target, Vec<Address>)| member.address == *address || others.contains(address);
        self.members.iter().find(is_at).map(|(member, _)| member)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_ranges() {
        let slots = Slots(vec![(0, 0), (10, 12)]);
        assert_eq!((slots.count(), Slots::default().count()), (4, 0));
        for (slot, expected) in [(0, true), (1, false), (10, true), (12, true), (13, false)] {
            assert_eq!(slots.contains(slot), expected, "{slot}");
        }
        assert_eq!(Slots(vec![(0, 16383)]).count(), 16384);
    }
}
