//! What a cluster, or a group that sentinels watch, consists of: asked of whichever member answers, kept for some seconds.

mod nodes;
mod sentinels;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
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

/// How long nobody is asked again when a member was found to be otherwise.
const RETRY: Duration = Duration::from_secs(1);

/// How long nobody is asked again after all were asked in vain: each attempt may take as long as a hung server does.
const DOWN: Duration = Duration::from_secs(5);

/// How long somebody who looks for the member at an address waits for a cluster that may have it by now; for one of which
/// nothing is known, as long as for one candidate.
const LOOKING: Duration = Duration::from_secs(1);

/// How long one of them may take to answer, before the next is asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// But it has at least this time.
const LEAST: Duration = Duration::from_millis(300);

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

/// All topologies, by the entry that they are of.
#[derive(Default)]
pub struct Topologies(Mutex<HashMap<Target, Arc<Topology>>>);

struct Topology {
    /// What it is the topology of.
    listed: Listed,
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
        let topology = self.of(listed);
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
        let had_time = deadline.saturating_duration_since(Instant::now()) >= PATIENCE;
        // Boxed: it is large, and seldom done.
        let asked = Box::pin(ask(pools, listed, before.as_deref().unwrap_or_default(), deadline)).await;
        let now = Instant::now();
        let is_latest = self.all().get(&key(listed)).is_some_and(|latest| Arc::ptr_eq(latest, &topology));
        let mut known = topology.known();
        match asked {
            Ok(members) => {
                // Who asked before others were set has old passwords.
                if is_latest {
                    pools.note_members(&with_the_whole(&members, listed));
                }
                *known = Known { members: Some(members.into()), until: Some(now + FRESH), error: None };
            }
            // Who had little time says nothing of them.
            Err(error) if !had_time && error.cause.is_lack_of_time() => {
                return known.members.clone().ok_or(error);
            }
            Err(error) => {
                let is_new = known.error.as_ref() != Some(&error);
                if before.is_some() && is_new {
                    tracing::warn!(target = %listed.target.name(), %error, "no member tells of the others: the last ones known are asked");
                }
                (known.until, known.error) = (Some(now + DOWN), Some(error));
            }
        }
        drop(known);
        topology.last(&listed.target)
    }

    /// Has members asked for anew: the one at this address was not what it was taken for.
    pub fn doubt(&self, address: &Address) {
        let topologies: Vec<Arc<Topology>> = self.all().values().cloned().collect();
        for topology in topologies.into_iter().filter(|topology| topology.has(address)) {
            let mut known = topology.known();
            // But not for each of many scrapes, nor when nobody answered a moment ago.
            if known.error.is_none() {
                known.until = known.until.map(|until| until.min(Instant::now() + RETRY));
            }
        }
    }

    /// What the operator lists that a target is a part of, if it was asked for its members.
    pub fn listed_of(&self, target: &Target) -> Option<Listed> {
        let topologies: Vec<Arc<Topology>> = self.all().values().cloned().collect();
        let is_of = |topology: &&Arc<Topology>| {
            let own = &topology.listed.target;
            own.about.name == target.about.name && own.stranger == target.stranger && topology.has(&target.address)
        };
        topologies.iter().find(is_of).map(|topology| topology.listed.clone())
    }

    /// The member at an address of one of these, and whose member it is. Where it is not known, all are asked whose members
    /// may be others by now; one that hangs holds nobody up for long.
    pub async fn member_at<'a>(
        &self,
        pools: &Pools,
        listed: impl Iterator<Item = &'a Listed> + Clone,
        address: &Address,
        deadline: Instant,
    ) -> Option<(&'a Listed, Member)> {
        let find = |members: &[Member]| members.iter().find(|member| member.is_at(address)).cloned();
        let known = |listed: &Listed| {
            let topology = self.all().get(&key(listed)).cloned()?;
            topology.known().members.clone()
        };
        let asked = async |listed: &'a Listed| {
            let patience = if known(listed).is_some() { LOOKING } else { PATIENCE };
            let deadline = deadline.min(Instant::now() + patience);
            let members = self.members(pools, listed, deadline).await.ok()?;
            Some((listed, find(&members)?))
        };
        for listed in listed.clone().filter(|listed| known(listed).is_some_and(|members| find(&members).is_some())) {
            if let Some(found) = asked(listed).await {
                return Some(found);
            }
        }
        join_all(listed.map(asked)).await.into_iter().flatten().next()
    }

    /// Forgets those that are not of these entries as they are now; members that are none any more.
    pub fn keep(&self, entries: &[Listed]) -> Vec<Target> {
        let mut all = self.all();
        let members = |topology: &Arc<Topology>| {
            let members = topology.known().members.clone().unwrap_or_default();
            with_the_whole(&members, &topology.listed)
        };
        let is_listed = |topology: &Topology| entries.iter().any(|entry| key(entry) == key(&topology.listed));
        // With another password they are still members.
        let (stay, gone): (Vec<_>, Vec<_>) = all.values().cloned().partition(|topology| is_listed(topology));
        let stay: HashSet<Target> = stay.iter().flat_map(members).collect();
        let gone = gone.iter().flat_map(members).filter(|member| !stay.contains(member)).collect();
        all.retain(|_, topology| entries.iter().any(|entry| is_as_it_was(entry, &topology.listed)));
        gone
    }

    fn of(&self, listed: &Listed) -> Arc<Topology> {
        let mut all = self.all();
        let key = key(listed);
        if let Some(topology) = all.get(&key).filter(|topology| is_as_it_was(listed, &topology.listed)) {
            return topology.clone();
        }
        if all.len() >= KEPT {
            // Those of requests: the operator's are wanted again.
            all.retain(|entry, _| !entry.stranger && !entry.guest);
        }
        let topology = Arc::new(Topology { listed: listed.clone(), known: Mutex::default(), turn: Default::default() });
        all.insert(key, topology.clone());
        topology
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Target, Arc<Topology>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By what a topology is kept: the database does not matter.
fn key(listed: &Listed) -> Target {
    listed.target.server()
}

/// Members, each also as who is asked for what there is of all as one.
fn with_the_whole(members: &[Member], listed: &Listed) -> Vec<Target> {
    let itself = members.iter().map(|member| member.target.clone());
    let whole = |member: &Member| Target { about: listed.target.about.clone(), ..member.target.clone() };
    itself.chain(members.iter().map(whole)).collect()
}

/// Whether the same members are asked in the same way. Two targets are the same with other passwords and labels; their
/// members have a copy of them.
fn is_as_it_was(one: &Listed, other: &Listed) -> bool {
    let login = |listed: &Listed| match &listed.kind {
        Kind::Sentinel(group) => Some((group.login.password.clone(), group.login.about.clone())),
        _ => None,
    };
    let has_same = |one: &Target, other: &Target| one.password == other.password && one.about == other.about;
    // How a request wants to see it does not matter.
    let is_same_kind = match (&one.kind, &other.kind) {
        (Kind::Sentinel(one), Kind::Sentinel(other)) => one == other,
        (Kind::Sentinel(_), _) | (_, Kind::Sentinel(_)) => false,
        _ => true,
    };
    key(one) == key(other)
        && has_same(&one.target, &other.target)
        && one.others == other.others
        && is_same_kind
        && login(one) == login(other)
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

    /// Whether one of its members or of those who are asked for them is at an address.
    fn has(&self, address: &Address) -> bool {
        let members = self.known().members.clone().unwrap_or_default();
        members.iter().any(|member| member.is_at(address)) || self.listed.seeds().any(|seed| seed.address == *address)
    }

    fn last(&self, entry: &Target) -> Result<Arc<[Member]>, Error> {
        let Known { members, error, .. } = self.known().clone();
        let error = || error.unwrap_or_else(|| Error { target: entry.to_string(), cause: Cause::Late });
        members.ok_or_else(error)
    }
}

/// Asks one after the other. One that is cut off, or was taken out, has a view of its own: some views are compared then.
async fn ask(pools: &Pools, listed: &Listed, before: &[Member], deadline: Instant) -> Result<Vec<Member>, Error> {
    let (mut best, mut first_error): (Option<View>, Option<Error>) = (None, None);
    let mut views = 0;
    let candidates = candidates(pools, listed, before);
    let all = candidates.len();
    for (number, candidate) in candidates.into_iter().enumerate() {
        // Each has its part of the time: the first that hang shall not keep it from those that answer.
        let part = deadline.saturating_duration_since(Instant::now()) / u32::try_from(all - number).unwrap_or(u32::MAX);
        let patience = deadline.min(Instant::now() + part.clamp(LEAST, PATIENCE));
        let asked = match &listed.kind {
            Kind::Sentinel(group) => of_sentinel(pools, &candidate, group, listed, patience).await,
            Kind::Server | Kind::Cluster | Kind::WholeCluster | Kind::KeysOfCluster => {
                of_node(pools, &candidate, listed, patience).await
            }
        };
        match asked {
            Ok(view) => {
                views += 1;
                let is_good = view.is_good(before.len());
                if best.as_ref().is_none_or(|best| view.is_better(best)) {
                    best = Some(view);
                }
                if is_good || views == VIEWS {
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
    best.map(|best| best.members).ok_or_else(|| first_error.unwrap_or_else(nobody))
}

/// What one of the members tells.
struct View {
    members: Vec<Member>,
}

impl View {
    fn failing(&self) -> usize {
        self.members.iter().filter(|member| member.is_failing).count()
    }

    /// Whether nobody else needs to be asked, when there were so many members before: most of them are there, and well.
    fn is_good(&self, before: usize) -> bool {
        self.failing() * 2 < self.members.len() && self.members.len() * 2 > before
    }

    fn is_better(&self, other: &View) -> bool {
        let well = |view: &View| view.members.len() - view.failing();
        well(self) > well(other)
    }
}

/// Members that are known, then seeds; last those that are down, as far as that is known: each may take its time.
fn candidates(pools: &Pools, listed: &Listed, before: &[Member]) -> Vec<Target> {
    let is_asked = |member: &&Member| matches!(listed.kind, Kind::Sentinel(_)) == (member.role == Role::Sentinel);
    // Whom a stranger tells of is not asked with the credentials that the stranger was allowed.
    let known = before.iter().filter(|_| !listed.target.stranger).filter(is_asked);
    let (failing, well): (Vec<&Member>, Vec<&Member>) = known.partition(|member| member.is_failing);
    let [failing, well] = [failing, well].map(|members| members.into_iter().map(|member| member.target.clone()));
    let mut seen = HashSet::new();
    let about = &listed.target.about;
    let all = well.chain(listed.seeds()).chain(failing);
    let all = all.map(|target| Target { reach: Reach::Server, about: about.clone(), ..target.server() });
    let mut all: Vec<Target> = all.filter(|target| seen.insert(target.address.clone())).collect();
    all.sort_by_cached_key(|target| pools.is_left_alone(target));
    all
}

/// A node's view of its cluster.
async fn of_node(pools: &Pools, node: &Target, listed: &Listed, deadline: Instant) -> Result<View, Error> {
    let error = |cause| Error { target: node.to_string(), cause };
    let exchange = pools.ask(node, &[Command::new(["CLUSTER", "NODES"])], pools.reply_limit(), deadline).await?;
    let text = exchange.replies.first().ok_or_else(|| error(Cause::NotRedis))?;
    let text = reply::text(text).map_err(|refused| error(refused.map_or(Cause::NotRedis, Cause::Server)))?;
    let nodes = nodes::parse(&text);
    if nodes.is_empty() {
        return Err(error(Cause::NotRedis));
    }
    let met = nodes.iter().filter(|other| other.is_met);
    Ok(View { members: met.map(|other| member(pools, other, node, listed)).collect() })
}

/// A node as a member. `asked` is the node that told of it.
fn member(pools: &Pools, node: &Node, asked: &Target, listed: &Listed) -> Member {
    let by_host = match (&asked.address, node.host.as_str()) {
        // A node that has met nobody does not know its own.
        (Address::Tcp { host, .. }, "") => Address::Tcp { host: host.clone(), port: node.port },
        (Address::Unix { .. }, "") => asked.address.clone(),
        (_, host) => Address::Tcp { host: host.to_owned(), port: node.port },
    };
    let by_name = Address::Tcp { host: node.hostname.clone(), port: node.port };
    // A certificate is for a name, if the nodes have any.
    let (address, others) = match (node.hostname.as_str(), &listed.target.tls) {
        ("", _) => (by_host, Vec::new()),
        (_, Some(_)) => (by_name, vec![by_host]),
        (_, None) => (by_host, vec![by_name]),
    };
    let reach = Reach::Node(Arc::new(node.slots.clone()));
    Member {
        target: of_entry(pools, listed, Target { address, reach, ..listed.target.server() }),
        role: if node.primary.is_some() { Role::Replica } else { Role::Primary },
        id: node.id.clone(),
        shard: node.shard.clone().or_else(|| node.primary.clone()).unwrap_or_else(|| node.id.clone()),
        hostname: node.hostname.clone(),
        others,
        is_failing: node.is_failing,
    }
}

/// A member with what the operator says of the whole, and a name of its own. An address that only its cluster tells may lead
/// anywhere.
fn of_entry(pools: &Pools, listed: &Listed, member: Target) -> Target {
    let about = &listed.target.about;
    let name = about.name.as_ref().map(|name| format!("{name} at {}", member.address));
    let unlisted = member.unlisted || !listed.seeds().any(|seed| seed.address == member.address);
    // The members that a stranger tells of get nothing that is not theirs.
    let own = if member.stranger { None } else { pools.password_of(&member) };
    let password = own.or(member.password);
    Target { about: Arc::new(About { name, ..About::clone(about) }), unlisted, password, ..member }
}

/// A sentinel's view of its group. What it finds failing is asked all the same.
async fn of_sentinel(
    pools: &Pools,
    sentinel: &Target,
    group: &Group,
    listed: &Listed,
    deadline: Instant,
) -> Result<View, Error> {
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
        of_entry(pools, listed, Target { address, ..template.server() })
    };
    let member = |instance: &sentinels::Instance, role, template: &Target| Member {
        target: at(&instance.host, instance.port, template),
        role,
        // A run id is another after each start, and sentinels do not tell their own: a label of it would come and go.
        id: String::new(),
        shard: group.name.clone(),
        hostname: String::new(),
        others: Vec::new(),
        is_failing: instance.is_failing,
    };
    let of_data = primary.iter().map(|one| (one, Role::Primary)).chain(replicas.iter().map(|one| (one, Role::Replica)));
    let mut members: Vec<Member> = of_data.map(|(one, role)| member(one, role, &group.login)).collect();
    members.push(Member {
        target: of_entry(pools, listed, sentinel.clone()),
        role: Role::Sentinel,
        id: String::new(),
        shard: group.name.clone(),
        hostname: String::new(),
        others: Vec::new(),
        is_failing: false,
    });
    members.extend(sentinels.iter().map(|one| member(one, Role::Sentinel, &listed.target)));
    let mut seen = HashSet::new();
    members.retain(|member| seen.insert(member.target.address.clone()));
    Ok(View { members })
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
