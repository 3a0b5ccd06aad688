//! What a collector does for one configuration on one kind of server, kept between scrapes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use super::bindings::contract;
use super::failure::Failure;
use super::grants::{Lines, Permit};
use super::words;
use crate::config::reach::Reach;
use crate::metrics::Family;
use crate::servers::{Command, Glob, ServerKind};

/// A plan that was checked.
#[derive(Debug)]
pub struct Plan {
    /// Families under the host's namespace.
    pub families: Vec<Family>,
    /// What to run before each collect; in place of a command that may not be sent, what is said of it.
    pub prefetch: Vec<Result<Wanted, String>>,
    /// Which keys to walk; in place of a sweep that is not granted, what is said of it.
    pub sweeps: Vec<Result<Sweep, String>>,
    /// Of which nodes of a cluster it measures something.
    pub scope: Scope,
    /// What it may ask for in a collect.
    pub(super) permit: Arc<Permit>,
    /// What of the prefetch and the sweeps the operator would have to grant.
    pub(super) to_grant: Lines,
    pub(super) late_prefixes: Vec<String>,
    /// What of the configuration is not used.
    pub(super) problems: Vec<Fault>,
    pub(super) prepared: Vec<u8>,
}

/// What is wrong with a part of the configuration: JSON Pointer, message.
pub(super) type Fault = (String, String);

/// A fault with its place, unless it is about the whole.
pub(super) fn at(pointer: &str, message: &str) -> String {
    if pointer.is_empty() { message.to_owned() } else { format!("{pointer}: {message}") }
}

impl Plan {
    /// The databases that its sweeps are on.
    pub fn swept_databases(&self) -> impl Iterator<Item = u32> {
        self.sweeps.iter().flatten().map(|sweep| sweep.database)
    }

    /// What the operator would have to grant for all that it wants: before each call, while it walks, and what it asks for.
    pub fn to_grant(&self) -> Lines {
        let mut lines = self.permit.lacking();
        lines.add(&self.to_grant);
        lines
    }
}

/// Of which nodes of a cluster a collector measures something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of every node.
    Node,
    /// Of those that own slots.
    Primary,
    /// Of the cluster as one.
    Once,
}

impl Scope {
    /// By the contract's word.
    pub(super) fn named(word: &str) -> Option<Scope> {
        match word {
            "node" => Some(Scope::Node),
            "primary" => Some(Scope::Primary),
            "once" => Some(Scope::Once),
            _ => None,
        }
    }

    /// Whether it measures something of a target that reaches so far.
    pub fn is_for(self, reach: &Reach) -> bool {
        match reach {
            Reach::Server | Reach::Cluster(_) => true,
            Reach::Node(_) => self == Scope::Node || self == Scope::Primary && reach.has_keys(),
            Reach::Whole(_) => self == Scope::Once,
        }
    }
}

/// Keys to walk, and what to read of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The database.
    pub database: u32,
    /// Which keys, as it is sent and as it is compared.
    pub pattern: Vec<u8>,
    /// The same, to compare keys with.
    pub glob: Glob,
    /// Which types, as TYPE names them; empty for every one.
    pub types: Vec<String>,
    /// What to read of each.
    pub reads: Vec<KeyRead>,
}

/// A read around a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRead {
    /// The words before the key.
    pub before: Vec<Vec<u8>>,
    /// The words after it.
    pub after: Vec<Vec<u8>>,
    /// Made of keys of these types; empty for every one.
    pub types: Vec<String>,
}

impl Sweep {
    /// Whether it can only be told with the type of a key what to do with it.
    pub fn needs_types(&self) -> bool {
        !self.types.is_empty() || self.reads.iter().any(|read| !read.types.is_empty())
    }
}

impl KeyRead {
    /// The command for one key.
    pub fn of(&self, key: &[u8]) -> Command {
        let mut args = self.before.clone();
        args.push(key.to_vec());
        args.extend_from_slice(&self.after);
        Command::of(args)
    }
}

/// A command of a prefetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The command.
    pub command: Command,
    /// The database whose keys it reads; none for a command that reads no keys.
    pub database: Option<u32>,
    /// Whether its reply may be of any length.
    pub is_unbounded: bool,
    /// Whether its reply depends on when it is made: it keeps its place among what is asked, and is nobody else's.
    pub is_of_its_moment: bool,
}

/// Why a collector has no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Nothing to measure on this kind of server.
    #[error("not applicable: {0}")]
    NotApplicable(String),
    /// The configuration is wrong: (JSON Pointer, message).
    #[error("invalid configuration: {}", .0.iter().map(|(place, what)| at(place, what)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Fault>),
    /// The plugin says what else is wrong.
    #[error("{0}")]
    Other(String),
    /// The plan cannot be used.
    #[error("malformed plan: {0}")]
    Malformed(String),
    /// Another collector has a family of that name otherwise.
    #[error("malformed plan: {0}")]
    Clashes(String),
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
            Refused::Other(_) => "plugin",
            Refused::Malformed(_) | Refused::Clashes(_) => "malformed",
            Refused::Failed(failure) => failure.cause.kind(),
        }
    }
}

impl From<contract::Refusal> for Refused {
    fn from(refusal: contract::Refusal) -> Refused {
        match refusal {
            contract::Refusal::NotApplicable(reason) => Refused::NotApplicable(words::tidy(&reason)),
            contract::Refusal::Invalid(problems) => Refused::Invalid(faults(&problems)),
            contract::Refusal::Other(reason) => Refused::Other(words::tidy(&reason)),
        }
    }
}

/// Problems of one configuration that are told.
pub(super) const PROBLEMS: usize = 64;

/// The problems of a plan or a refusal, as many as are told; of those beyond, that there are some.
pub(super) fn faults(problems: &[contract::Problem]) -> Vec<Fault> {
    let fault = |problem: &contract::Problem| (words::tidy(&problem.pointer), words::tidy(&problem.message));
    let mut faults: Vec<Fault> = problems.iter().take(PROBLEMS).map(fault).collect();
    if problems.len() > faults.len() {
        faults.push((String::new(), format!("{} more problems", problems.len() - faults.len())));
    }
    faults
}

type Planned = Result<Arc<Plan>, Refused>;

/// Plans of one collector. Bounded: when it is full, the one that was not used longest goes.
pub(super) struct Plans {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    plans: HashMap<ServerKind, Entry>,
    /// Counts uses, to know what was not used longest.
    uses: u64,
}

struct Entry {
    planned: Planned,
    used: u64,
    /// When to ask again.
    until: Option<Instant>,
}

impl Plans {
    pub(super) fn new(capacity: usize) -> Plans {
        Plans { capacity, kept: Mutex::default() }
    }

    pub(super) fn get(&self, kind: &ServerKind, now: Instant) -> Option<Planned> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let used = kept.uses;
        let entry = kept.plans.get_mut(kind).filter(|entry| entry.until.is_none_or(|until| now < until))?;
        entry.used = used;
        Some(entry.planned.clone())
    }

    /// Whether one of them has keys to walk.
    pub(super) fn have_sweeps(&self) -> bool {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.plans.values().any(|entry| entry.planned.as_ref().is_ok_and(|plan| !plan.sweeps.is_empty()))
    }

    /// Keeps a plan, or why there is none, until a time or for good.
    pub(super) fn insert(&self, kind: &ServerKind, planned: Planned, until: Option<Instant>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.plans.len() >= self.capacity {
            let oldest = kept.plans.iter().min_by_key(|(_, entry)| entry.used).map(|(kind, _)| kind.clone());
            oldest.map(|kind| kept.plans.remove(&kind));
        }
        kept.uses += 1;
        let used = kept.uses;
        kept.plans.insert(kind.clone(), Entry { planned, used, until });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn kind(version: &str) -> ServerKind {
        ServerKind { version: version.to_owned(), ..ServerKind::usual() }
    }

    fn refused() -> Planned {
        Err(Refused::NotApplicable(String::new()))
    }

    #[test]
    fn many_problems_are_told_as_some_and_a_number() {
        let problem = |number| contract::Problem { pointer: format!("/{number}"), message: "is\nwrong".to_owned() };
        let problems: Vec<_> = (0..PROBLEMS + 24).map(problem).collect();
        let told = faults(&problems);
        assert_eq!(told[PROBLEMS - 1], ("/63".to_owned(), "is wrong".to_owned()));
        assert_eq!(told[PROBLEMS..], [(String::new(), "24 more problems".to_owned())]);
        assert_eq!(faults(&problems[..PROBLEMS]).len(), PROBLEMS);
    }

    #[test]
    fn the_plan_unused_longest_goes() {
        let (plans, now) = (Plans::new(2), Instant::now());
        plans.insert(&kind("1"), refused(), None);
        plans.insert(&kind("2"), refused(), None);
        assert!(plans.get(&kind("1"), now).is_some());
        plans.insert(&kind("3"), refused(), None);
        assert!(plans.get(&kind("1"), now).is_some());
        assert!(plans.get(&kind("2"), now).is_none());
    }

    #[test]
    fn a_plan_is_asked_for_again_after_its_time() {
        let (plans, now) = (Plans::new(2), Instant::now());
        plans.insert(&kind("1"), refused(), Some(now + Duration::from_secs(30)));
        assert!(plans.get(&kind("1"), now + Duration::from_secs(29)).is_some());
        assert!(plans.get(&kind("1"), now + Duration::from_secs(30)).is_none());
    }
}
