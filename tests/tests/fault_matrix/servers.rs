//! The servers of an estate.

use redwasp_tests::cluster::Cluster;
use redwasp_tests::server::Redis;

/// Real servers, numbered.
pub(crate) enum Servers {
    /// Each by itself.
    Alone(Vec<Redis>),
    /// Nodes of one cluster.
    Nodes(Cluster),
}

impl Servers {
    pub(crate) fn all(&self) -> &[Redis] {
        match self {
            Servers::Alone(servers) => servers,
            Servers::Nodes(cluster) => cluster.nodes(),
        }
    }

    pub(crate) fn of_number(&mut self, number: usize) -> &mut Redis {
        match self {
            Servers::Alone(servers) => &mut servers[number],
            Servers::Nodes(cluster) => cluster.node_mut(number),
        }
    }

    pub(crate) fn are_nodes(&self) -> bool {
        matches!(self, Servers::Nodes(_))
    }
}
