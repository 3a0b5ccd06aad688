//! Which targets there are pools for, and which of them stay.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use super::one::Pool;
use crate::config::reach::Reach;
use crate::config::secret::Secret;
use crate::config::target::Target;
use crate::own::Closing;
use crate::servers::Settings;

#[derive(Default)]
pub(super) struct Known {
    /// Servers that the operator lists, with the passwords that count: who runs for long may have an older one.
    listed: HashMap<Target, Option<Secret>>,
    /// Passwords of members that are others than those of whoever is listed for them.
    logins: Vec<Option<Secret>>,
    pools: HashMap<Target, Arc<Pool>>,
}

/// What is no longer to be asked, or not as before.
#[derive(Debug, Default)]
pub struct Gone {
    /// Servers that are no longer listed.
    gone: HashSet<Target>,
    /// Those that are, if nothing else stays.
    stay: Option<HashSet<Target>>,
}

impl Gone {
    /// Whether a target is part of it.
    pub fn has(&self, target: &Target) -> bool {
        let server = Target { reach: Reach::Server, ..target.server() };
        self.gone.contains(&server) || self.stay.as_ref().is_some_and(|stay| !stay.contains(&server))
    }
}

impl Known {
    /// As [`super::Pools::list`].
    pub(super) fn list(&mut self, targets: impl IntoIterator<Item = Target>, logins: Vec<Option<Secret>>) -> Gone {
        let new: HashMap<Target, Option<Secret>> =
            targets.into_iter().map(|target| (target.server(), target.password)).collect();
        let old = std::mem::replace(&mut self.listed, new);
        let is_other_login = self.logins != logins;
        self.logins = logins;
        let Known { listed, pools, .. } = self;
        // Members of clusters and groups are asked with the passwords of whoever is listed for them.
        let is_other =
            |(target, password): (&Target, &Option<Secret>)| listed.get(target).is_some_and(|new| new != password);
        let is_changed = is_other_login || old.iter().any(is_other);
        let stay = is_changed.then(|| listed.keys().cloned().collect());
        let gone = old.into_keys().filter(|target| !listed.contains_key(target)).collect();
        let gone = Gone { gone, stay };
        pools.retain(|target, pool| {
            let stays = match listed.get(&target.server()) {
                Some(password) => pool.listed && pool.target.password == *password,
                None => !pool.listed && !gone.has(target),
            };
            if !stays {
                pool.leave(Closing::Left);
            }
            stays
        });
        gone
    }

    /// The pool of a target. A new one of a target that only a request named takes the place of the one that was asked for
    /// longest ago, when there are many.
    pub(super) fn pool(&mut self, target: &Target, settings: &Settings) -> Arc<Pool> {
        // However far it reaches, its connections are the same.
        let target = &Target { reach: Reach::Server, ..target.clone() };
        let Known { listed, pools, .. } = self;
        if let Some(pool) = pools.get(target) {
            pool.note_asked();
            return pool.clone();
        }
        let password = listed.get(&target.server());
        if target.stranger {
            let guests = pools.iter().filter(|(target, _)| target.stranger);
            if guests.clone().count() >= settings.guest_pools {
                let oldest = guests.min_by_key(|(_, pool)| pool.asked()).map(|(target, _)| target.clone());
                let oldest = oldest.and_then(|target| pools.remove(&target));
                oldest.inspect(|pool| pool.leave(Closing::MadeRoom));
            }
        }
        let current = Target { password: password.unwrap_or(&target.password).clone(), ..target.clone() };
        let pool = Arc::new(Pool::new(&current, password.is_some(), settings.per_target));
        pools.insert(target.clone(), pool.clone());
        pool
    }

    /// Forgets pools of targets that nobody lists and nobody has asked for since then, such as nodes that left a cluster.
    pub(super) fn forget(&mut self, since: Instant) {
        self.pools.retain(|_, pool| {
            let stays = pool.listed || pool.asked() >= since;
            if !stays {
                pool.leave(Closing::Idle);
            }
            stays
        });
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

    #[test]
    fn what_nobody_lists_or_asks_for_is_forgotten() {
        let settings = Settings::default();
        let [listed, member, stranger] = ["listed", "member", "stranger"].map(|name| Target::parse(name).unwrap());
        let stranger = Target { stranger: true, ..stranger };
        let mut known = Known::default();
        known.list([listed.clone()], Vec::new());
        let start = Instant::now();
        let pools = [&listed, &member, &stranger].map(|target| known.pool(target, &settings));
        known.forget(start);
        assert_eq!(known.pools().len(), 3);
        known.forget(Instant::now() + Duration::from_secs(1));
        let left = known.pools();
        assert!(left.len() == 1 && Arc::ptr_eq(&left[0], &pools[0]));
    }
}
