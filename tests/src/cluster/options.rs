//! How a cluster is started.

use super::Cluster;
use crate::server::{Program, Redis};
use crate::tls::Tls;

/// How a [`Cluster`] is to be started.
#[derive(Clone)]
pub struct Options {
    program: Program,
    primaries: usize,
    replicas: usize,
    password: Option<String>,
    tls: Option<Tls>,
    hostname: Option<String>,
    args: Vec<String>,
}

impl Default for Options {
    fn default() -> Options {
        let program = Program::default();
        Options { program, primaries: 3, replicas: 1, password: None, tls: None, hostname: None, args: Vec::new() }
    }
}

impl Options {
    /// Others than the machine's.
    pub fn program(self, program: Program) -> Options {
        Options { program, ..self }
    }

    /// So many primaries, at least three, with so many replicas each.
    pub fn nodes(self, primaries: usize, replicas: usize) -> Options {
        Options { primaries, replicas, ..self }
    }

    /// All nodes want this password, of one another too.
    pub fn password(self, password: &str) -> Options {
        Options { password: Some(password.to_owned()), ..self }
    }

    /// All nodes speak TLS and nothing else, with one another too (`tls-cluster`).
    pub fn tls(self, tls: Tls) -> Options {
        Options { tls: Some(tls), ..self }
    }

    /// What all nodes say they are called (`cluster-announce-hostname`); Redis 7.0 and later.
    pub fn announce_hostname(self, name: &str) -> Options {
        Options { hostname: Some(name.to_owned()), ..self }
    }

    /// More arguments for every node, which have the last word.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Options {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Starts the nodes, joins them and waits until all are well and the replicas are connected.
    ///
    /// # Panics
    /// When it does not become whole.
    pub fn start(self) -> Cluster {
        let count = self.primaries * (1 + self.replicas);
        let nodes = (0..count).map(|_| self.node()).collect();
        Cluster::join(nodes, self.replicas)
    }

    fn node(&self) -> Redis {
        let mut node = Redis::options().program(self.program).cluster();
        if let Some(password) = &self.password {
            node = node.password(password).args(["--masterauth", password]);
        }
        if let Some(tls) = &self.tls {
            node = node.tls(tls.clone());
        }
        if let Some(name) = &self.hostname {
            node = node.args(["--cluster-announce-hostname", name]);
        }
        node.args(self.args.iter().cloned()).start()
    }
}
