//! Where keys are walked: the target or a replica of it, and which databases hold any.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::config::SweepConfig;
use crate::config::target::{Address, Target};
use crate::scrape::Scraper;
use crate::servers::{Cause, Command, Error, ServerError, ServerKind, databases_with_keys};

/// How long it may take to connect to a replica, before another one is tried.
const REPLICA: Duration = Duration::from_secs(2);

/// What is walked.
pub(super) struct Ground {
    /// Of which target the keys are.
    pub(super) target: Target,
    /// What kind of server the target is now.
    pub(super) kind: ServerKind,
    /// Where keys are: the target, or a replica of it; of a cluster, each shard.
    pub(super) fields: Vec<Field>,
    /// Whether there are shards that nobody can be asked for.
    pub(super) is_cut: bool,
}

/// One server whose keys are walked.
pub(super) struct Field {
    pub(super) target: Target,
    /// Databases that hold keys; none when the server does not say.
    pub(super) filled: Option<BTreeSet<u32>>,
}

impl Scraper {
    /// How many keys there are in these databases; none when the server does not say, or there are several servers.
    pub(super) async fn keys(&self, target: &Target, databases: BTreeSet<u32>, deadline: Instant) -> Option<u64> {
        if target.reach.shards().is_some() {
            return None;
        }
        let mut keys = 0_u64;
        for database in databases {
            let target = Target { database, ..target.clone() };
            let pools = &self.lasting.pools;
            let exchange = pools.ask(&target, &[Command::new(["DBSIZE"])], pools.reply_limit(), deadline).await.ok()?;
            let answer = exchange.replies.into_iter().next()?.ok()?;
            let text = String::from_utf8(answer.bytes).ok()?;
            keys = keys.saturating_add(text.strip_prefix(':')?.trim_end().parse().ok()?);
        }
        Some(keys)
    }

    /// Where to walk, and what kind of server the target is now.
    pub(super) async fn ground(
        &self,
        target: &Target,
        config: &SweepConfig,
        deadline: Instant,
    ) -> Result<Ground, Error> {
        if target.reach.shards().is_none() {
            let (kind, field) = self.field(target, config, deadline).await?;
            let (kind, target) = (kind.with(&target.reach), target.clone());
            return Ok(Ground { target, kind, fields: vec![field], is_cut: false });
        }
        // Slots may have moved since the run began.
        let target = self.in_its_cluster(target, deadline).await?;
        let owners = target.reach.shards().map_or(&[][..], |shards| &shards.owners);
        let fields = join_all(owners.iter().map(|(_, owner)| self.field(owner, config, deadline))).await;
        let (mut found, mut lost) = (Vec::new(), None);
        for field in fields {
            match field {
                Ok(field) => found.push(field),
                Err(error) => {
                    tracing::warn!(target = error.target, error = %error.cause, "keys of a shard cannot be walked");
                    lost = Some(error);
                }
            }
        }
        let is_cut = lost.is_some();
        let nobody = || Error { target: target.to_string(), cause: Cause::Server(no_slots()) };
        let Some((kind, _)) = found.first() else { return Err(lost.unwrap_or_else(nobody)) };
        let kind = kind.with(&target.reach);
        Ok(Ground { kind, fields: found.into_iter().map(|(_, field)| field).collect(), is_cut, target })
    }

    /// One server's keys, and what kind of server it is.
    async fn field(
        &self,
        target: &Target,
        config: &SweepConfig,
        deadline: Instant,
    ) -> Result<(ServerKind, Field), Error> {
        let pools = &self.lasting.pools;
        let mut lease = pools.checkout(target, deadline).await?;
        let info = lease.exchange(&[Command::new(["INFO", "ALL"])], pools.reply_limit(), deadline).await?;
        let kind = lease.latest_facts().kind.clone();
        drop(lease);
        let text = info.replies.first().and_then(|reply| reply.as_ref().ok());
        let text = text.map(|answer| String::from_utf8_lossy(&answer.bytes)).unwrap_or_default();
        if is_loading(&text) {
            return Err(Error { target: target.to_string(), cause: Cause::Server(loading()) });
        }
        let filled = databases_with_keys(&text);
        let replicas = if config.prefer_replica { replicas(&text) } else { Vec::new() };
        for (host, port) in replicas {
            let replica = self.told(target, Target { address: Address::Tcp { host, port }, ..target.clone() });
            match self.is_ready(&replica, deadline.min(Instant::now() + REPLICA)).await {
                Ok(()) => return Ok((kind, Field { target: replica, filled })),
                Err(Error { target, cause }) => {
                    tracing::debug!(target, error = %cause, "replica cannot be walked");
                }
            }
        }
        Ok((kind, Field { target: target.clone(), filled }))
    }

    /// Whether a replica has read its keys: for its primary it is online before.
    async fn is_ready(&self, replica: &Target, deadline: Instant) -> Result<(), Error> {
        let pools = &self.lasting.pools;
        let info = pools.ask(replica, &[Command::new(["INFO", "ALL"])], pools.reply_limit(), deadline).await?;
        let text = info.replies.first().and_then(|reply| reply.as_ref().ok());
        let is_loading = text.is_some_and(|answer| is_loading(&String::from_utf8_lossy(&answer.bytes)));
        let error = || Error { target: replica.to_string(), cause: Cause::Server(loading()) };
        if is_loading { Err(error()) } else { Ok(()) }
    }
}

fn is_loading(info: &str) -> bool {
    info.contains("\nloading:1")
}

/// A cluster of which nobody has any slots.
fn no_slots() -> ServerError {
    ServerError { code: "CLUSTERDOWN".to_owned(), message: "no node has any slots".to_owned() }
}

/// What is not read yet would be told as not there.
fn loading() -> ServerError {
    ServerError { code: "LOADING".to_owned(), message: "its keys are being read".to_owned() }
}

/// Addresses of the replicas that a primary tells in INFO and that have what it has.
fn replicas(info: &str) -> Vec<(String, u16)> {
    let replica = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let number = name.strip_prefix("slave")?;
        let part = |name: &str| value.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let is_replica = number.bytes().all(|byte| byte.is_ascii_digit()) && part("state") == Some("online");
        Some((part("ip").filter(|_| is_replica)?.to_owned(), part("port")?.parse().ok()?))
    };
    info.lines().filter_map(replica).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_tells_replicas_that_are_online_and_databases_with_keys() {
        let info = "# Replication\r\nrole:master\r\nconnected_slaves:3\r\n\
            slave0:ip=10.0.0.2,port=6380,state=online,offset=1,lag=0\r\n\
            slave1:ip=10.0.0.3,port=6380,state=wait_bgsave,offset=0,lag=0\r\n\
            slave2:ip=::1,port=6381,state=online,offset=1,lag=0\r\n\
            slave_read_only:1\r\nslavex:ip=a,port=1,state=online\r\nslave3:ip=a,port=x,state=online\r\n";
        assert_eq!(databases_with_keys(info), None);
        let info_with_keys = format!("{info}# Keyspace\r\ndb0:keys=1,expires=0\r\ndb11:keys=2\r\n# Other\r\ndb3:x\r\n");
        assert_eq!(databases_with_keys(&info_with_keys), Some([0, 11].into()));
        let expected = [("10.0.0.2", 6380), ("::1", 6381)].map(|(host, port)| (host.to_owned(), port));
        assert_eq!(replicas(info), expected);
    }
}
