//! Sentinels and what they watch, for fail-overs.

use std::time::Duration;

use super::{Options, Sentinel};
use crate::server::{Program, Redis};
use crate::wait;

/// Long enough for a fail-over on a busy machine; one that failed is tried again after twice that.
const FAILOVER_TIMEOUT: Duration = Duration::from_secs(5);

/// A fail-over, and a second try if the sentinels could not agree.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sentinels that have to agree, of three.
const QUORUM: usize = 2;

/// How a [`SentinelGroup`] is to be started.
#[derive(Clone, Default)]
pub struct GroupOptions {
    program: Program,
    password: Option<String>,
    sentinels: Options,
}

impl GroupOptions {
    /// Others than the machine's.
    pub fn program(self, program: Program) -> GroupOptions {
        GroupOptions { program, sentinels: self.sentinels.program(program), ..self }
    }

    /// The servers want this password, of one another too.
    pub fn password(self, password: &str) -> GroupOptions {
        GroupOptions { password: Some(password.to_owned()), ..self }
    }

    /// The sentinels want this password, of one another too.
    pub fn sentinel_password(self, password: &str) -> GroupOptions {
        GroupOptions { sentinels: self.sentinels.password(password), ..self }
    }

    /// Starts all and waits until the sentinels know of one another and of the replicas.
    ///
    /// # Panics
    /// When they do not come up.
    pub fn start(self) -> SentinelGroup {
        let mut server = Redis::options().program(self.program);
        if let Some(password) = &self.password {
            // The primary too: after a fail-over it is a replica.
            server = server.password(password).args(["--masterauth", password]);
        }
        let primary = server.clone().start();
        let replicas = [(); 2].map(|()| server.clone().replica_of(&primary).start());
        let sentinels = self.sentinels.failover_timeout(FAILOVER_TIMEOUT);
        let sentinels = [(); 3].map(|()| sentinels.clone().start(&[(SentinelGroup::NAME, &primary)], QUORUM));
        let group = SentinelGroup { servers: [primary].into_iter().chain(replicas).collect(), sentinels };
        wait::until("the sentinels to know of all", wait::PATIENCE, || {
            group.sentinels.iter().all(knows_all).then_some(())
        });
        group
    }
}

/// A primary, two replicas and three sentinels. The servers are told apart by their numbers; at first, 0 is the
/// primary.
pub struct SentinelGroup {
    servers: Vec<Redis>,
    sentinels: [Sentinel; 3],
}

impl SentinelGroup {
    /// What the sentinels call the primary.
    pub const NAME: &str = "orders";

    /// Starts one without passwords.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start() -> SentinelGroup {
        SentinelGroup::options().start()
    }

    /// Starts one otherwise.
    pub fn options() -> GroupOptions {
        GroupOptions::default()
    }

    /// The servers.
    pub fn servers(&self) -> &[Redis] {
        &self.servers
    }

    /// The sentinels.
    pub fn sentinels(&self) -> &[Sentinel] {
        &self.sentinels
    }

    /// A sentinel, to be paused.
    pub fn sentinel_mut(&mut self, number: usize) -> &mut Sentinel {
        &mut self.sentinels[number]
    }

    /// The number of the server that all sentinels hold to be the primary; `None` when they are of different opinions.
    ///
    /// # Panics
    /// When a sentinel does not answer.
    pub fn primary(&self) -> Option<usize> {
        let ports = self.sentinels.each_ref().map(|sentinel| sentinel.primary(SentinelGroup::NAME));
        let is_named = |redis: &Redis| ports.iter().all(|port| *port == redis.port());
        self.servers.iter().position(is_named)
    }

    /// Ends a server (SIGKILL).
    pub fn kill(&mut self, server: usize) {
        self.servers[server].stop();
    }

    /// Waits until the sentinels name another primary than this one, and it and its replicas know that; its number.
    ///
    /// # Panics
    /// When they do not in time.
    pub fn promoted(&self, instead_of: usize) -> usize {
        wait::until("the sentinels to name another primary", PATIENCE, || {
            let primary = self.primary().filter(|&primary| primary != instead_of)?;
            let (leader, port) = (&self.servers[primary], self.servers[primary].port());
            let mut others = self.servers.iter().filter(|redis| redis.is_running() && redis.port() != port);
            let agree = leader.info_field("role") == "master" && others.all(|redis| follows(redis, port));
            agree.then_some(primary)
        })
    }

    /// Starts a server again that was killed. It believes that it is a primary, empty, until the sentinels make it a
    /// replica; that takes them ten seconds and more.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self, server: usize) {
        self.servers[server].restart_as_primary();
    }
}

/// Whether a server is connected as a replica to the primary on this port.
fn follows(redis: &Redis, primary: u16) -> bool {
    let info = redis.info();
    let says = |name: &str, value: &str| info.get(name).is_some_and(|said| said == value);
    says("master_port", &primary.to_string()) && says("master_link_status", "up")
}

fn knows_all(sentinel: &Sentinel) -> bool {
    let line = sentinel.cli(&["INFO", "SENTINEL"]);
    let quorum = sentinel.cli(&["SENTINEL", "CKQUORUM", SentinelGroup::NAME]);
    line.contains("slaves=2,sentinels=3") && quorum.starts_with("OK 3")
}
