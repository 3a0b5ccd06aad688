//! A real cluster of Redis or Valkey.

mod options;
mod view;

use std::time::Duration;

pub use options::Options;

use crate::daemon;
use crate::server::Redis;
use crate::{tools, wait};
use view::View;

/// A fail-over, and a second try if the first vote came to nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long nodes may take to hand over one key, in milliseconds.
const MIGRATE_MS: &str = "5000";

/// Nodes that share the slots, made with the real `redis-cli`. They are told apart by their numbers, which stay the
/// same when their roles change; at first the primaries come before the replicas.
pub struct Cluster {
    nodes: Vec<Redis>,
    /// What the nodes call one another.
    ids: Vec<String>,
}

impl Cluster {
    /// Starts three primaries with a replica each.
    ///
    /// # Panics
    /// When it does not become whole.
    pub fn start() -> Cluster {
        Cluster::options().start()
    }

    /// Starts one otherwise.
    pub fn options() -> Options {
        Options::default()
    }

    /// All nodes.
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// A node, to be paused.
    pub fn node_mut(&mut self, number: usize) -> &mut Redis {
        &mut self.nodes[number]
    }

    /// The slot of a key.
    ///
    /// # Panics
    /// When no node answers.
    pub fn slot_of(&self, key: &str) -> u16 {
        let slot = self.running().cli(&["CLUSTER", "KEYSLOT", key]);
        slot.parse().unwrap_or_else(|_| panic!("{slot} is no slot"))
    }

    /// The number of the primary that has a slot, as the first node says that runs.
    ///
    /// # Panics
    /// When nobody has it.
    pub fn node_of(&self, slot: u16) -> usize {
        let owner = View::of(self.running()).owner(slot);
        let owner = owner.unwrap_or_else(|| panic!("nobody has slot {slot}"));
        self.number(&owner)
    }

    /// As [`Cluster::node_of`], of the slot of a key.
    ///
    /// # Panics
    /// When nobody has it.
    pub fn node_of_key(&self, key: &str) -> usize {
        self.node_of(self.slot_of(key))
    }

    /// The slots that a node has.
    ///
    /// # Panics
    /// When no node answers.
    pub fn slots_of(&self, node: usize) -> Vec<u16> {
        View::of(self.running()).slots(&self.ids[node])
    }

    /// The numbers of a primary's replicas.
    ///
    /// # Panics
    /// When no node answers.
    pub fn replicas_of(&self, primary: usize) -> Vec<usize> {
        let replicas = View::of(self.running()).replicas(&self.ids[primary]);
        replicas.iter().map(|id| self.number(id)).collect()
    }

    /// Ends a node (SIGKILL).
    pub fn kill(&mut self, node: usize) {
        self.nodes[node].stop();
    }

    /// Waits until all that run say that a slot has another node than this one, and that the cluster is well; the
    /// other's number.
    ///
    /// # Panics
    /// When they do not in time.
    pub fn promoted(&self, slot: u16, instead_of: usize) -> usize {
        let old = self.ids[instead_of].as_str();
        wait::until("another node to be promoted", PATIENCE, || {
            let has_another = |view: &View| view.owner(slot).is_some_and(|owner| owner != old);
            (self.is_well() && self.views().iter().all(has_another)).then(|| self.node_of(slot))
        })
    }

    /// Starts a node again that was killed, empty but for what it knows of the cluster; waits until the cluster is
    /// whole, so a node whose replica has taken over is now its replica.
    ///
    /// # Panics
    /// When that is not so in time.
    pub fn restart(&mut self, node: usize) {
        self.nodes[node].restart();
        self.wait_until_whole();
    }

    /// Moves so many slots from one primary to another with the real `redis-cli`, with their keys.
    ///
    /// # Panics
    /// When it fails.
    pub fn reshard(&self, slots: u16, from: usize, to: usize) {
        let [from, to] = [from, to].map(|node| self.ids[node].as_str());
        let slots = slots.to_string();
        let address = address(self.running());
        let flags = ["--cluster-from", from, "--cluster-to", to, "--cluster-slots", &slots, "--cluster-yes"];
        self.cli(&[&["reshard", address.as_str()], &flags[..]].concat());
        self.wait_until_whole();
    }

    /// Begins to move a slot to another primary: its node has it as migrating, the other one as importing. Its keys
    /// stay where they are, so that ASK is the answer to who asks for one that is not there.
    ///
    /// # Panics
    /// When the nodes refuse.
    pub fn begin_move(&self, slot: u16, to: usize) {
        let (from, number) = (self.node_of(slot), slot.to_string());
        self.nodes[to].cli(&["CLUSTER", "SETSLOT", &number, "IMPORTING", &self.ids[from]]);
        self.nodes[from].cli(&["CLUSTER", "SETSLOT", &number, "MIGRATING", &self.ids[to]]);
    }

    /// Ends what [`Cluster::begin_move`] began: hands over the keys that are left, and the slot.
    ///
    /// # Panics
    /// When the nodes refuse.
    pub fn finish_move(&self, slot: u16, to: usize) {
        let (from, number) = (self.node_of(slot), slot.to_string());
        let keys = self.nodes[from].cli(&["CLUSTER", "GETKEYSINSLOT", &number, "10000"]);
        for key in keys.lines() {
            self.hand_over(key, from, to);
        }
        for node in [to, from] {
            self.nodes[node].cli(&["CLUSTER", "SETSLOT", &number, "NODE", &self.ids[to]]);
        }
        self.wait_until_whole();
    }

    fn hand_over(&self, key: &str, from: usize, to: usize) {
        let port = self.nodes[to].port().to_string();
        let mut command = vec!["MIGRATE", "127.0.0.1", &port, "", "0", MIGRATE_MS];
        if let Some(password) = self.nodes[to].password() {
            command.extend(["AUTH", password]);
        }
        command.extend(["KEYS", key]);
        self.nodes[from].cli(&command);
    }

    /// Joins nodes that know nothing of one another; each primary gets so many replicas.
    fn join(nodes: Vec<Redis>, replicas: usize) -> Cluster {
        let ids = nodes.iter().map(|node| node.cli(&["CLUSTER", "MYID"])).collect();
        let cluster = Cluster { nodes, ids };
        let addresses: Vec<String> = cluster.nodes.iter().map(address).collect();
        let mut args = vec!["create"];
        args.extend(addresses.iter().map(String::as_str));
        let replicas = replicas.to_string();
        args.extend(["--cluster-replicas", &replicas, "--cluster-yes"]);
        cluster.cli(&args);
        cluster.wait_until_whole();
        cluster
    }

    /// Runs `redis-cli --cluster`.
    fn cli(&self, args: &[&str]) {
        let node = self.running();
        let tls = node.try_tls().map(|tls| tls.client_args()).unwrap_or_default();
        let args: Vec<&str> = tls.iter().map(String::as_str).chain(["--cluster"]).chain(args.iter().copied()).collect();
        let password: Vec<_> = node.password().map(|password| ("REDISCLI_AUTH", password)).into_iter().collect();
        let done = daemon::run_program(&tools::tool("redis-cli"), &args, &password);
        assert_eq!(done.code, 0, "redis-cli {}: {}{}", args.join(" "), done.stdout, done.stderr);
    }

    /// Waits until every node that runs is well, of one opinion with the others, and linked to its primary if it has
    /// one.
    fn wait_until_whole(&self) {
        wait::until("the cluster to be whole", PATIENCE, || {
            let views = self.views();
            let agree = views.windows(2).all(|pair| pair[0] == pair[1]);
            let knows_all = views.iter().all(|view| view.knows(&self.ids));
            let linked = |node: &Redis| node.info().get("master_link_status").is_none_or(|status| status == "up");
            (agree && knows_all && self.is_well() && self.all_running().all(linked)).then_some(())
        });
    }

    /// Whether all slots are served, as all say that run.
    fn is_well(&self) -> bool {
        self.all_running().all(|node| {
            let info = node.cli(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains("cluster_slots_ok:16384")
        })
    }

    fn views(&self) -> Vec<View> {
        self.all_running().map(View::of).collect()
    }

    fn all_running(&self) -> impl Iterator<Item = &Redis> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    fn running(&self) -> &Redis {
        self.all_running().next().expect("a node of the cluster runs")
    }

    fn number(&self, id: &str) -> usize {
        let number = self.ids.iter().position(|known| known == id);
        number.unwrap_or_else(|| panic!("{id} is no node of ours"))
    }
}

fn address(node: &Redis) -> String {
    format!("127.0.0.1:{}", node.port())
}
