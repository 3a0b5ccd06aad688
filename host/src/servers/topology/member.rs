//! What a cluster or a group consists of.

use crate::config::reach::{Reach, Shards};
use crate::config::target::{Address, Target};

/// A member of a cluster or a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// How it is asked. A node of a cluster is asked for its own slots.
    pub target: Target,
    /// What it does.
    pub role: Role,
    /// Id of the node of a cluster; "" elsewhere.
    pub id: String,
    /// Id of its shard where nodes tell that, else of the shard's primary; or the group's name.
    pub shard: String,
    /// What it announces to be called; "" for nothing.
    pub hostname: String,
    /// Other addresses that it has in what its cluster tells.
    pub others: Vec<Address>,
    /// Whether others find it failing.
    pub is_failing: bool,
}

impl Member {
    /// Whether it is reached at an address.
    pub fn is_at(&self, address: &Address) -> bool {
        self.target.address == *address || self.others.contains(address)
    }
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It takes writes.
    Primary,
    /// It follows a primary.
    Replica,
    /// It watches them.
    Sentinel,
}

impl Role {
    /// As servers call it.
    pub fn word(self) -> &'static str {
        match self {
            Role::Primary => "master",
            Role::Replica => "slave",
            Role::Sentinel => "sentinel",
        }
    }
}

/// Who has which slots.
pub fn shards(members: &[Member]) -> Shards {
    let plain = |member: &Member| Target { reach: Reach::Server, ..member.target.clone() };
    let owner = |member: &Member| match &member.target.reach {
        Reach::Node(slots) if slots.count() > 0 => Some((slots.as_ref().clone(), plain(member))),
        _ => None,
    };
    let all = members.iter().map(|member| (plain(member), member.others.clone()));
    Shards { owners: members.iter().filter_map(owner).collect(), members: all.collect() }
}
