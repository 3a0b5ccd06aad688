//! Scrapes of what consists of several servers: clusters, and groups that sentinels watch.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use tokio::time::Instant;

use super::{Outcome, Scraper};
use crate::config::pattern::Pattern;
use crate::config::reach::{Reach, Shards, Slots};
use crate::config::target::{Address, Target};
use crate::config::targets::{Kind, Listed};
use crate::metrics::Labels;
use crate::servers::{Error, Member, shards};

/// Of the time that a scrape has, the part that finding out whom to ask may take.
const FINDING: u32 = 2;

/// What came of the scrape of a part of a target.
#[derive(Clone, Debug)]
pub struct Scraped {
    /// Which part.
    pub target: Target,
    /// What tells it from the other parts: where it is and what it does.
    pub place: Labels,
    /// What came of it.
    pub outcome: Arc<Outcome>,
    /// Whether there may be others: its labels are there also when there are none.
    pub is_part: bool,
}

impl Scraped {
    /// Whether it is what there is of a cluster as one: then it says nothing of a server.
    pub fn is_whole(&self) -> bool {
        matches!(self.target.reach, Reach::Whole(_))
    }
}

impl Scraper {
    /// Scrapes all parts of a listed target, at once.
    pub fn scrape_all<'a>(self: &'a Arc<Self>, listed: &'a Listed, deadline: Instant) -> BoxFuture<'a, Vec<Scraped>> {
        // Boxed, for the compiler: what is in it is deep.
        Box::pin(self.scrape_parts(listed, deadline))
    }

    async fn scrape_parts(self: &Arc<Self>, listed: &Listed, deadline: Instant) -> Vec<Scraped> {
        let parts = match &listed.kind {
            Kind::Server => vec![(listed.target.clone(), address_and_name(&listed.target))],
            Kind::KeysOfCluster => {
                let target = self.with_its_cluster(listed, deadline).await;
                vec![(target, address_and_name(&listed.target))]
            }
            Kind::Cluster | Kind::WholeCluster | Kind::Sentinel(_) => match self.parts(listed, deadline).await {
                Ok(parts) => {
                    self.note_up(&listed.target);
                    parts
                }
                Err(error) => return vec![self.lost(listed, &error, deadline)],
            },
        };
        let is_part = matches!(listed.kind, Kind::Cluster | Kind::Sentinel(_));
        let scrapes = parts.into_iter().map(async |(target, place)| {
            let outcome = self.scrape(&target, deadline).await;
            Scraped { target, place, outcome, is_part }
        });
        let all = join_all(scrapes).await;
        if all.iter().any(|scraped| scraped.is_odd()) {
            all.iter().filter(|scraped| scraped.is_odd()).for_each(|scraped| {
                self.lasting.topologies.doubt(&scraped.target.address);
            });
        }
        all
    }

    /// The members of a listed cluster or group.
    ///
    /// # Errors
    /// Why they are not known.
    pub async fn members(&self, listed: &Listed, deadline: Instant) -> Result<Arc<[Member]>, Error> {
        let deadline = deadline - deadline.saturating_duration_since(Instant::now()) / FINDING;
        self.lasting.topologies.members(&self.lasting.pools, listed, deadline).await
    }

    /// The member of a listed cluster or group at an address, and what it is a member of.
    pub async fn member_at<'a>(
        &self,
        all: &'a [Listed],
        address: &Address,
        deadline: Instant,
    ) -> Option<(&'a Listed, Member)> {
        let several = all.iter().filter(|listed| !matches!(listed.kind, Kind::Server));
        self.lasting.topologies.member_at(&self.lasting.pools, several, address, deadline).await
    }

    /// The members of a cluster or a group, and the cluster as one.
    async fn parts(&self, listed: &Listed, deadline: Instant) -> Result<Vec<(Target, Labels)>, Error> {
        let members = self.members(listed, deadline).await?;
        let are_wanted = listed.kind != Kind::WholeCluster;
        let nodes = members.iter().filter(|_| are_wanted);
        let mut parts: Vec<(Target, Labels)> =
            nodes.map(|member| (member.target.clone(), place(listed, member))).collect();
        let shards = shards(&members);
        // Any of them that is well will do; the same one as long as it is.
        let is_failing =
            |owner: &Target| members.iter().any(|one| one.is_failing && one.target.address == owner.address);
        let order = |(slots, owner): &&(Slots, Target)| (is_failing(owner), slots.0.first().copied());
        if let Some((_, owner)) = shards.owners.iter().min_by_key(order) {
            let about = listed.target.about.clone();
            let whole = Target { reach: Reach::Whole(Arc::new(shards.clone())), about, ..owner.clone() };
            let name = listed.target.about.name.as_ref().map(|name| (Cow::Borrowed("alias"), name.clone()));
            parts.push((whole, name.into_iter().collect()));
        }
        Ok(parts)
    }

    /// A server with the keys of its cluster, or with its own when it is in none.
    async fn with_its_cluster(&self, listed: &Listed, deadline: Instant) -> Target {
        match self.members(listed, deadline).await {
            Ok(members) => {
                let shards = self.told_of(&listed.target, shards(&members));
                Target { reach: Reach::Cluster(Arc::new(shards)), ..listed.target.clone() }
            }
            Err(error) => {
                tracing::debug!(target = error.target, error = %error.cause, "a server does not tell of its cluster");
                listed.target.clone()
            }
        }
    }

    /// A target that reaches over a cluster, with the shards as they are now.
    ///
    /// # Errors
    /// Why that is not known.
    pub(super) async fn in_its_cluster(&self, target: &Target, deadline: Instant) -> Result<Target, Error> {
        let itself = || {
            let node = Target { reach: Reach::Server, ..target.clone() };
            Listed { kind: Kind::KeysOfCluster, ..Listed::server(node, false) }
        };
        let listed = self.lasting.topologies.listed_of(target).unwrap_or_else(itself);
        let members = self.members(&listed, deadline).await?;
        let shards = Arc::new(self.told_of(target, shards(&members)));
        let reach = match &target.reach {
            Reach::Whole(_) => Reach::Whole(shards),
            _ => Reach::Cluster(shards),
        };
        Ok(Target { reach, ..target.clone() })
    }

    /// The nodes of a cluster, as one of them may have them asked.
    fn told_of(&self, teller: &Target, shards: Shards) -> Shards {
        let Shards { owners, members } = shards;
        let owners = owners.into_iter().map(|(slots, owner)| (slots, self.told(teller, owner))).collect();
        let members = members.into_iter().map(|(member, others)| (self.told(teller, member), others));
        Shards { owners, members: members.collect() }
    }

    /// A server that another one tells of. One that only a request named does not decide who gets the credentials that it
    /// was allowed.
    pub(super) fn told(&self, teller: &Target, told: Target) -> Target {
        let told = Target { unlisted: told.unlisted || told.address != teller.address, ..told };
        if !teller.stranger || Pattern::any(&self.settings.allowed, &told) {
            return told;
        }
        let tls = told.tls.map(|tls| Arc::new(tls.anonymous()));
        Target { user: None, password: None, tls, withheld: true, unlisted: true, ..told }
    }

    /// A target of which nobody can be asked for the members.
    fn lost(&self, listed: &Listed, error: &Error, deadline: Instant) -> Scraped {
        let target = listed.target.clone();
        self.note_down(&target, error, "nobody tells of the members of a target");
        let times = super::outcome::Times { connect: Duration::ZERO, ..Default::default() };
        let outcome = Outcome::down(error, deadline, self.labels(&target, ""), times).of(&target);
        Scraped { place: address_and_name(&target), target, outcome: Arc::new(outcome), is_part: true }
    }
}

impl Scraped {
    /// Whether it is not what it was taken for.
    fn is_odd(&self) -> bool {
        let taken_for = self.place.iter().find(|(name, _)| name == "role");
        let role = &self.outcome.role;
        self.outcome.error.is_some() || taken_for.is_some_and(|(_, taken)| !role.is_empty() && taken != role)
    }
}

fn address_and_name(target: &Target) -> Labels {
    let address = Target { user: None, ..target.clone() }.to_string();
    let name = target.about.name.clone().unwrap_or_else(|| address.clone());
    vec![("addr".into(), address), ("alias".into(), name)]
}

/// Where a member is and what it does.
fn place(listed: &Listed, member: &Member) -> Labels {
    let mut labels = address_and_name(&Target { about: Arc::default(), ..member.target.server() });
    if let Some(name) = &listed.target.about.name {
        labels[1].1.clone_from(name);
    }
    let of_member = [("node", &member.id), ("role", &member.role.word().to_owned()), ("shard", &member.shard)]
        .map(|(name, value)| (Cow::Borrowed(name), value.clone()));
    labels.extend(of_member.into_iter().filter(|(_, value)| !value.is_empty()));
    labels
}

/// Where a member is, and labels that tell what it does, for whoever discovers targets.
pub fn described(listed: &Listed, member: &Member) -> (String, Labels) {
    let address = Target { user: None, ..member.target.server() }.to_string();
    let name = listed.target.about.name.clone().map(|name| (Cow::Borrowed("name"), name));
    let hostname = Some(member.hostname.clone()).filter(|name| !name.is_empty());
    let hostname = hostname.map(|hostname| (Cow::Borrowed("hostname"), hostname));
    let rest = place(listed, member).into_iter().filter(|(name, _)| !["addr", "alias"].contains(&name.as_ref()));
    (address, name.into_iter().chain(rest).chain(hostname).collect())
}
