//! What a cluster, or a group that sentinels watch, consists of: asked of whichever member answers, kept for some seconds.

mod nodes;
mod sentinels;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::error::{Cause, Error};
use super::pool::Pools;
use super::reply::Reply;
use super::{Command, reply};
use crate::config::reach::{Reach, Shards};
use crate::config::target::{About, Address, Target};
use crate::config::targets::{Group, Kind, Listed};

use nodes::Node;

/// How long what is known is taken for true. A fail-over takes a cluster about as long (cluster-node-timeout, 15 s).
const FRESH: Duration = Duration::from_secs(10);

/// How long nobody is asked again after all were asked in vain.
const RETRY: Duration = Duration::from_secs(1);

/// How long one of them may take to answer, before the next is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// Views of a cluster that are compared, when each sees much of it failing.
const VIEWS: usize = 3;

/// Topologies that are kept. Requests may name clusters.
const KEPT: usize = 1024;

/// A member of a cluster or a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// How it is asked. A node of a cluster is asked for its own slots.
    pub target: Target,
    /// What it does.
    pub role: Role,
    /// Id of the node, or of the sentinel; "" where it is not known.
    pub id: String,
    /// Id of its shard's primary, or the group's name.
    pub shard: String,
    /// What it announces to be called; "" for nothing.
    pub hostname: String,
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

/// All topologies, by the entry that they are of.
#[derive(Default)]
pub struct Topologies(Mutex<HashMap<Target, Arc<Topology>>>);

#[derive(Default)]
struct Topology {
    known: Mutex<Known>,
    /// Whose turn it is to ask.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    members: Option<Arc<[Member]>>,
    /// Until when nobody is asked.
    until: Option<Instant>,
    /// Why nobody answered the last time.
    error: Option<Error>,
}

impl Topologies {
    /// The members of a listed cluster or group. Those that were known before are taken while nobody answers.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn members(&self, pools: &Pools, listed: &Listed, deadline: Instant) -> Result<Arc<[Member]>, Error> {
        let topology = self.of(&listed.target);
        if let Some(known) = topology.fresh() {
            return known;
        }
        let turn = timeout_at(deadline, topology.turn.lock()).await;
        let Ok(_turn) = turn else { return topology.last(&listed.target) };
        // Somebody else may have asked meanwhile.
        if let Some(known) = topology.fresh() {
            return known;
        }
        let before = topology.known().members.clone();
        // Boxed: it is large, and seldom done.
        let asked = Box::pin(ask(pools, listed, before.as_deref().unwrap_or_default(), deadline)).await;
        let now = Instant::now();
        let mut known = topology.known();
        match asked {
            Ok(members) => *known = Known { members: Some(members.into()), until: Some(now + FRESH), error: None },
            Err(error) => {
                let is_new = known.error.as_ref() != Some(&error);
                if before.is_some() && is_new {
                    tracing::warn!(target = %listed.target.name(), %error, "no member tells of the others: the last ones known are asked");
                }
                (known.until, known.error) = (Some(now + RETRY), Some(error));
            }
        }
        drop(known);
        topology.last(&listed.target)
    }

    /// Has members asked for anew: one of them was not what it was taken for.
    pub fn doubt(&self, entry: &Target) {
        let topology = self.of(entry);
        let mut known = topology.known();
        // But not for each of many scrapes.
        known.until = known.until.map(|until| until.min(Instant::now() + RETRY));
    }

    /// The member of one of these entries at an address, if it is known.
    pub fn member_at<'a>(&self, entries: impl IntoIterator<Item = &'a Target>, address: &Address) -> Option<Member> {
        let topologies = self.all();
        let known = entries.into_iter().filter_map(|entry| topologies.get(entry)?.known().members.clone());
        known.into_iter().find_map(|members| members.iter().find(|member| member.target.address == *address).cloned())
    }

    /// Forgets those that are of other entries.
    pub fn keep(&self, entries: &HashSet<&Target>) {
        self.all().retain(|entry, _| entries.contains(entry));
    }

    fn of(&self, entry: &Target) -> Arc<Topology> {
        let mut all = self.all();
        if all.len() >= KEPT && !all.contains_key(entry) {
            all.clear();
        }
        all.entry(entry.clone()).or_default().clone()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Target, Arc<Topology>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topology {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self) -> Option<Result<Arc<[Member]>, Error>> {
        let known = self.known();
        let is_fresh = known.until.is_some_and(|until| Instant::now() < until);
        let Known { members, error, .. } = &*known;
        match (members, error) {
            (Some(members), _) if is_fresh => Some(Ok(members.clone())),
            (None, Some(error)) if is_fresh => Some(Err(error.clone())),
            _ => None,
        }
    }

    fn last(&self, entry: &Target) -> Result<Arc<[Member]>, Error> {
        let Known { members, error, .. } = self.known().clone();
        let error = || error.unwrap_or_else(|| Error { target: entry.to_string(), cause: Cause::Late });
        members.ok_or_else(error)
    }
}

/// Asks one after the other, those first that were well the last time.
async fn ask(pools: &Pools, listed: &Listed, before: &[Member], deadline: Instant) -> Result<Vec<Member>, Error> {
    let (mut best, mut first_error): (Option<(usize, Vec<Member>)>, Option<Error>) = (None, None);
    let mut views = 0;
    for candidate in candidates(listed, before) {
        let patience = deadline.min(Instant::now() + PATIENCE);
        let asked = match &listed.kind {
            Kind::Sentinel(group) => of_sentinel(pools, &candidate, group, listed, patience).await,
            Kind::Server | Kind::Cluster | Kind::WholeCluster | Kind::KeysOfCluster => {
                of_node(pools, &candidate, listed, patience).await
            }
        };
        match asked {
            Ok((failing, members)) => {
                views += 1;
                if best.as_ref().is_none_or(|(fewest, _)| failing < *fewest) {
                    best = Some((failing, members));
                }
                // One that is cut off from the others sees most of them failing.
                if failing * 2 < best.as_ref().map_or(0, |(_, members)| members.len()) || views == VIEWS {
                    break;
                }
            }
            Err(error) => drop(first_error.get_or_insert(error)),
        }
        if Instant::now() >= deadline {
            break;
        }
    }
    let nobody = || Error { target: listed.target.to_string(), cause: Cause::Late };
    best.map(|(_, members)| members).ok_or_else(|| first_error.unwrap_or_else(nobody))
}

fn candidates(listed: &Listed, before: &[Member]) -> Vec<Target> {
    let is_asked = |member: &&Member| matches!(listed.kind, Kind::Sentinel(_)) == (member.role == Role::Sentinel);
    // Whom a stranger tells of is not asked with the credentials that the stranger was allowed.
    let known = before.iter().filter(|_| !listed.target.stranger).filter(is_asked);
    let known = known.map(|member| member.target.clone());
    let mut seen = HashSet::new();
    let about = &listed.target.about;
    let all = known.chain(listed.seeds());
    let all = all.map(|target| Target { reach: Reach::Server, about: about.clone(), ..target.server() });
    all.filter(|target| seen.insert(target.address.clone())).collect()
}

/// A node's view of its cluster, and how many nodes it sees failing.
async fn of_node(
    pools: &Pools,
    node: &Target,
    listed: &Listed,
    deadline: Instant,
) -> Result<(usize, Vec<Member>), Error> {
    let error = |cause| Error { target: node.to_string(), cause };
    let exchange = pools.ask(node, &[Command::new(["CLUSTER", "NODES"])], pools.reply_limit(), deadline).await?;
    let text = exchange.replies.first().ok_or_else(|| error(Cause::NotRedis))?;
    let text = reply::text(text).map_err(|refused| error(refused.map_or(Cause::NotRedis, Cause::Server)))?;
    let nodes = nodes::parse(&text);
    if nodes.is_empty() {
        return Err(error(Cause::NotRedis));
    }
    let failing = nodes.iter().filter(|node| node.is_failing).count();
    let members = nodes.iter().filter(|other| other.is_met).map(|other| member(other, node, listed)).collect();
    Ok((failing, members))
}

/// A node as a member. `asked` is the node that told of it.
fn member(node: &Node, asked: &Target, listed: &Listed) -> Member {
    // A certificate is for a name, if the nodes have any.
    let host = if listed.target.tls.is_some() && !node.hostname.is_empty() { &node.hostname } else { &node.host };
    let address = match (&asked.address, host.as_str()) {
        // A node that has met nobody does not know its own.
        (Address::Tcp { host, .. }, "") => Address::Tcp { host: host.clone(), port: node.port },
        (Address::Unix { .. }, "") => asked.address.clone(),
        (_, host) => Address::Tcp { host: host.to_owned(), port: node.port },
    };
    let reach = Reach::Node(Arc::new(node.slots.clone()));
    Member {
        target: of_entry(listed, Target { address, reach, ..listed.target.server() }),
        role: if node.primary.is_some() { Role::Replica } else { Role::Primary },
        id: node.id.clone(),
        shard: node.primary.clone().unwrap_or_else(|| node.id.clone()),
        hostname: node.hostname.clone(),
    }
}

/// A member with what the operator says of the whole, and a name of its own.
fn of_entry(listed: &Listed, member: Target) -> Target {
    let about = &listed.target.about;
    let name = about.name.as_ref().map(|name| format!("{name} at {}", member.address));
    Target { about: Arc::new(About { name, ..About::clone(about) }), ..member }
}

/// A sentinel's view of its group. What it finds failing is asked all the same.
async fn of_sentinel(
    pools: &Pools,
    sentinel: &Target,
    group: &Group,
    listed: &Listed,
    deadline: Instant,
) -> Result<(usize, Vec<Member>), Error> {
    let error = |cause| Error { target: sentinel.to_string(), cause };
    let questions = sentinels::questions(&group.name);
    let exchange = pools.ask(sentinel, &questions, pools.reply_limit(), deadline).await?;
    let told = |reply: &Reply| match (sentinels::parse(reply), reply) {
        (Some(instances), _) => Ok(instances),
        (None, Err(refused)) => Err(error(Cause::Server(refused.clone()))),
        (None, Ok(_)) => Err(error(Cause::NotRedis)),
    };
    let [primary, replicas, sentinels] = &exchange.replies[..] else { return Err(error(Cause::NotRedis)) };
    let (primary, replicas, sentinels) = (told(primary)?, told(replicas)?, told(sentinels)?);
    let at = |host: &str, port, template: &Target| {
        let address = Address::Tcp { host: host.to_owned(), port };
        of_entry(listed, Target { address, ..template.server() })
    };
    let member = |instance: &sentinels::Instance, role, template: &Target| Member {
        target: at(&instance.host, instance.port, template),
        role,
        id: instance.id.clone(),
        shard: group.name.clone(),
        hostname: String::new(),
    };
    let of_data = primary.iter().map(|one| (one, Role::Primary)).chain(replicas.iter().map(|one| (one, Role::Replica)));
    let mut members: Vec<Member> = of_data.map(|(one, role)| member(one, role, &group.login)).collect();
    members.push(Member {
        target: of_entry(listed, sentinel.clone()),
        role: Role::Sentinel,
        id: String::new(),
        shard: group.name.clone(),
        hostname: String::new(),
    });
    members.extend(sentinels.iter().map(|one| member(one, Role::Sentinel, &listed.target)));
    let mut seen = HashSet::new();
    members.retain(|member| seen.insert(member.target.address.clone()));
    Ok((0, members))
}

/// Who has which slots.
pub fn shards(members: &[Member]) -> Shards {
    let plain = |member: &Member| Target { reach: Reach::Server, ..member.target.clone() };
    let owner = |member: &Member| match &member.target.reach {
        Reach::Node(slots) if slots.count() > 0 => Some((slots.as_ref().clone(), plain(member))),
        _ => None,
    };
    Shards { owners: members.iter().filter_map(owner).collect(), members: members.iter().map(plain).collect() }
}
