//! Who is asked for the members, and what each of them tells.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::member::{Member, Role};
use super::nodes::{self, Node};
use super::sentinels;
use crate::config::reach::Reach;
use crate::config::target::{About, Address, Target};
use crate::config::targets::{Group, Kind, Listed};
use crate::servers::Command;
use crate::servers::error::{Cause, Error};
use crate::servers::pool::Pools;
use crate::servers::reply::{self, Reply};

/// How long one of them may take to answer, before the next is asked.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// But it has at least this time.
const LEAST: Duration = Duration::from_millis(300);

/// Views of a cluster that are compared, when each sees much of it failing.
const VIEWS: usize = 3;

/// Asks one after the other. One that is cut off, or was taken out, has a view of its own: some views are compared then.
pub(super) async fn ask(
    pools: &Pools,
    listed: &Listed,
    before: &[Member],
    deadline: Instant,
) -> Result<Vec<Member>, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A view of so many members, of which the first ones are failing.
    fn view(members: usize, failing: usize) -> View {
        let member = |number: usize| Member {
            target: Target::parse(&format!("redis://node-{number}.example")).unwrap(),
            role: Role::Primary,
            id: String::new(),
            shard: String::new(),
            hostname: String::new(),
            others: Vec::new(),
            is_failing: number < failing,
        };
        View { members: (0..members).map(member).collect() }
    }

    #[test]
    fn one_that_is_cut_off_or_was_taken_out_is_not_believed_alone() {
        assert!(view(6, 0).is_good(6) && view(6, 2).is_good(6) && view(1, 0).is_good(0));
        assert!(!view(6, 5).is_good(6), "it is cut off");
        assert!(!view(1, 0).is_good(6), "it was taken out");
        assert!(view(6, 1).is_better(&view(6, 5)) && view(6, 1).is_better(&view(1, 0)));
        assert!(!view(1, 0).is_better(&view(6, 1)));
    }
}
