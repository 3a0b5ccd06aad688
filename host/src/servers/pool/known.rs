//! Which targets there are pools for, and which of them stay.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use super::one::Pool;
use crate::config::reach::Reach;
use crate::config::secret::Secret;
use crate::config::target::{Address, Target};
use crate::config::targets::Defaults;
use crate::own::Closing;
use crate::servers::Settings;

#[derive(Default)]
pub(super) struct Known {
    /// Servers that the operator lists, with the passwords that count: who runs for long may have an older one.
    listed: HashMap<Target, Option<Secret>>,
    /// The same for members of what is listed.
    members: HashMap<Target, Option<Secret>>,
    /// What others get.
    defaults: Defaults,
    pools: HashMap<Target, Arc<Pool>>,
}

/// What is no longer to be asked, or not as before.
#[derive(Debug, Default)]
pub struct Gone {
    targets: HashSet<Target>,
    /// Whether all that requests chose are.
    guests: bool,
}

impl Gone {
    /// Whether a target is part of it.
    pub fn has(&self, target: &Target) -> bool {
        (self.guests && (target.guest || target.stranger)) || self.targets.contains(&as_server(target))
    }

    /// More that is gone: members of what is no longer listed.
    pub fn and(mut self, members: impl IntoIterator<Item = Target>) -> Gone {
        self.targets.extend(members.into_iter().map(|member| as_server(&member)));
        self
    }
}

/// However far it reaches and in whichever database it begins, it is the same server.
fn as_server(target: &Target) -> Target {
    Target { reach: Reach::Server, ..target.server() }
}

impl Known {
    /// As [`super::Pools::list`].
    pub(super) fn list(&mut self, targets: impl IntoIterator<Item = Target>, defaults: &Defaults) -> Gone {
        let new: HashMap<Target, Option<Secret>> =
            targets.into_iter().map(|target| (target.server(), target.password)).collect();
        let old = std::mem::replace(&mut self.listed, new);
        let guests = self.defaults != *defaults;
        self.defaults = defaults.clone();
        let targets = old.into_keys().filter(|target| !self.listed.contains_key(target)).collect();
        let gone = Gone { targets, guests };
        self.leave(&gone);
        gone
    }

    /// Leaves what is gone, and connections that were made with another password.
    pub(super) fn leave(&mut self, gone: &Gone) {
        let Known { listed, members, pools, .. } = self;
        members.retain(|member, _| !gone.has(member));
        pools.retain(|target, pool| {
            let password = listed.get(&target.server()).or_else(|| members.get(&target.server()));
            let stays = !gone.has(target) && password.is_none_or(|password| pool.target.password == *password);
            if !stays {
                pool.leave(Closing::Left);
            }
            stays
        });
    }

    /// Notes with which passwords members of what is listed are asked from now on.
    pub(super) fn note_members<'a>(&mut self, members: impl IntoIterator<Item = &'a Target>) {
        let members = members.into_iter().filter(|member| !member.stranger && !member.withheld);
        self.members.extend(members.map(|member| (as_server(member), member.password.clone())));
    }

    /// The password that the operator has for an address, whatever else there is.
    pub(super) fn password_of(&self, target: &Target) -> Option<Secret> {
        self.defaults.passwords.of(target).cloned()
    }

    /// Whether an address is one that the operator lists.
    pub(super) fn lists(&self, address: &Address) -> bool {
        self.listed.keys().any(|target| target.address == *address)
    }

    /// The pool of a target, if there is one already.
    pub(super) fn get(&self, target: &Target) -> Option<&Arc<Pool>> {
        self.pools.get(&Target { reach: Reach::Server, ..target.clone() })
    }

    /// The pool of a target. A new one of a target that a request chose takes the place of the one that was asked for
    /// longest ago, when there are many.
    pub(super) fn pool(&mut self, target: &Target, settings: &Settings) -> Arc<Pool> {
        // However far it reaches, its connections are the same.
        let target = &Target { reach: Reach::Server, ..target.clone() };
        let Known { listed, members, pools, .. } = self;
        let server = target.server();
        let password = listed.get(&server).or_else(|| members.get(&server)).unwrap_or(&target.password);
        if let Some(pool) = pools.get(target) {
            if pool.target.password == *password {
                pool.note_asked();
                return pool.clone();
            }
            pool.leave(Closing::Left);
        }
        let is_guest = |target: &Target| target.guest || target.stranger;
        if is_guest(target) {
            let guests = pools.iter().filter(|(target, _)| is_guest(target));
            if guests.clone().count() >= settings.guest_pools {
                let oldest = guests.min_by_key(|(_, pool)| pool.asked()).map(|(target, _)| target.clone());
                let oldest = oldest.and_then(|target| pools.remove(&target));
                oldest.inspect(|pool| pool.leave(Closing::MadeRoom));
            }
        }
        let current = Target { password: password.clone(), ..target.clone() };
        let pool = Arc::new(Pool::new(&current, settings.per_target));
        pools.insert(target.clone(), pool.clone());
        pool
    }

    /// Forgets pools of targets that nobody has asked for since then, such as nodes that left a cluster.
    pub(super) fn forget(&mut self, since: Instant) {
        let Known { members, pools, .. } = self;
        pools.retain(|_, pool| {
            let stays = pool.asked() >= since;
            if !stays {
                pool.leave(Closing::Idle);
            }
            stays
        });
        let asked: HashSet<Target> = pools.keys().map(Target::server).collect();
        members.retain(|member, _| asked.contains(member));
    }

    /// All pools that there are.
    pub(super) fn pools(&self) -> Vec<Arc<Pool>> {
        self.pools.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Credentials;

    fn target(name: &str) -> Target {
        Target::parse(name).unwrap()
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let mut known = Known::default();
        known.list([target("listed")], &Defaults::default());
        let start = Instant::now();
        ["listed", "member"].iter().for_each(|name| drop(known.pool(&target(name), &Settings::default())));
        known.forget(start);
        assert_eq!(known.pools().len(), 2);
        known.forget(Instant::now() + Duration::from_secs(1));
        assert_eq!(known.pools().len(), 0);
    }

    #[test]
    fn the_password_that_counts_is_the_latest() {
        let settings = Settings::default();
        let password = |pool: &Arc<Pool>| pool.target.password.as_ref().map(|secret| secret.expose().to_owned());
        let mut known = Known::default();
        for name in ["redis://:old@listed", "redis://:old@member"] {
            assert_eq!(password(&known.pool(&target(name), &settings)).as_deref(), Some("old"));
        }
        known.list([target("redis://:new@listed")], &Defaults::default());
        known.note_members([&target("redis://:new@member")]);
        // Whoever began before has the old ones.
        let new = ["redis://:old@listed", "redis://:old@member"].map(|name| known.pool(&target(name), &settings));
        for (pool, name) in new.iter().zip(["redis://:new@listed", "redis://:new@member"]) {
            assert_eq!(password(pool).as_deref(), Some("new"), "{name}");
            assert!(Arc::ptr_eq(pool, &known.pool(&target(name), &settings)));
        }
    }

    #[test]
    fn what_requests_choose_is_bounded() {
        let settings = Settings { guest_pools: 3, ..Settings::default() };
        let mut known = Known::default();
        known.list([target("listed")], &Defaults::default());
        known.pool(&target("listed"), &settings);
        for database in 1..20 {
            known.pool(&Target { guest: true, ..target(&format!("listed/{database}")) }, &settings);
        }
        assert_eq!(known.pools().len(), 4);
        assert!(
            known.list([target("listed")], &Defaults { tls: Arc::default(), ..Defaults::default() }).targets.is_empty()
        );
        let credentials = Credentials { user: None, password: Some(Secret::new("x")) };
        known.list([target("listed")], &Defaults { credentials, ..Defaults::default() });
        assert_eq!(known.pools().len(), 1, "guests may have other passwords now");
    }
}
