//! What a cluster, or a group that sentinels watch, consists of: asked of whichever member answers, kept for some seconds.

mod ask;
mod member;
mod nodes;
mod sentinels;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::error::{Cause, Error};
use super::pool::Pools;
use crate::config::target::{Address, Target};
use crate::config::targets::{Kind, Listed};

use ask::{PATIENCE, ask};

pub use member::{Member, Role, shards};

/// How long what is known is taken for true. A fail-over takes a cluster about as long (cluster-node-timeout, 15 s).
const FRESH: Duration = Duration::from_secs(10);

/// How long nobody is asked again when a member was found to be otherwise.
const RETRY: Duration = Duration::from_secs(1);

/// How long nobody is asked again after all were asked in vain: each attempt may take as long as a hung server does.
const DOWN: Duration = Duration::from_secs(5);

/// How long somebody who looks for the member at an address waits for a cluster that may have it by now; for one of which
/// nothing is known, as long as for one candidate.
const LOOKING: Duration = Duration::from_secs(1);

/// Topologies that are kept. Requests may name clusters.
const KEPT: usize = 1024;

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
