//! What a collector does for one configuration on one kind of server, kept between scrapes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::failure::Failure;
use crate::metrics::Family;
use crate::servers::{Command, ServerKind};

/// A plan that was checked.
#[derive(Debug)]
pub struct Plan {
    /// Families under the host's namespace.
    pub families: Vec<Family>,
    /// Commands to run before each collect.
    pub prefetch: Vec<Command>,
    pub(super) late_prefixes: Vec<String>,
    pub(super) prepared: Vec<u8>,
}

/// Why a collector has no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Nothing to measure on this kind of server.
    #[error("not applicable: {0}")]
    NotApplicable(String),
    /// The configuration is wrong: (JSON Pointer, message).
    #[error("invalid configuration: {}", .0.iter().map(|(place, what)| format!("{place}: {what}")).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<(String, String)>),
    /// The plan cannot be used.
    #[error("malformed plan: {0}")]
    Malformed(String),
    /// `configure` did not end well.
    #[error("{0}")]
    Failed(Box<Failure>),
}

impl Refused {
    /// A word for it, from a closed set, fit for a label.
    pub fn kind(&self) -> &'static str {
        match self {
            Refused::NotApplicable(_) => "not-applicable",
            Refused::Invalid(_) => "invalid",
            Refused::Malformed(_) => "malformed",
            Refused::Failed(failure) => failure.cause.kind(),
        }
    }
}

type Planned = Result<Arc<Plan>, Refused>;

/// Configuration (JSON) and kind of server.
type Key = (Arc<str>, ServerKind);

/// Plans of one collector. Bounded: when it is full, the one that was not used longest goes.
pub(super) struct Plans {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    plans: HashMap<Key, (u64, Planned)>,
    /// Counts uses, to know what was not used longest.
    uses: u64,
}

impl Plans {
    pub(super) fn new(capacity: usize) -> Plans {
        Plans { capacity, kept: Mutex::default() }
    }

    pub(super) fn get(&self, configuration: &Arc<str>, kind: &ServerKind) -> Option<Planned> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let (used, planned) = kept.plans.get_mut(&(configuration.clone(), kind.clone()))?;
        *used = now;
        Some(planned.clone())
    }

    pub(super) fn insert(&self, configuration: &Arc<str>, kind: &ServerKind, planned: Planned) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.plans.len() >= self.capacity {
            let oldest = kept.plans.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            oldest.map(|key| kept.plans.remove(&key));
        }
        kept.uses += 1;
        let used = kept.uses;
        kept.plans.insert((configuration.clone(), kind.clone()), (used, planned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(version: &str) -> ServerKind {
        ServerKind {
            product: "redis".to_owned(),
            version: version.to_owned(),
            mode: "standalone".to_owned(),
            role: "master".to_owned(),
            databases: 16,
        }
    }

    #[test]
    fn the_plan_unused_longest_goes() {
        let plans = Plans::new(2);
        let configuration: Arc<str> = "{}".into();
        let refused = || Err(Refused::NotApplicable(String::new()));
        plans.insert(&configuration, &kind("1"), refused());
        plans.insert(&configuration, &kind("2"), refused());
        assert!(plans.get(&configuration, &kind("1")).is_some());
        plans.insert(&configuration, &kind("3"), refused());
        assert!(plans.get(&configuration, &kind("1")).is_some());
        assert!(plans.get(&configuration, &kind("2")).is_none());
        assert!(plans.get(&"{\"a\":1}".into(), &kind("1")).is_none());
    }
}
