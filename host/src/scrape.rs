//! One scrape of one target: which jobs, under which deadline, merged how.
//!
//! Request → plans → pipelines → one call for each collector → one page. One collector's failure stays its own.

mod batch;
mod calls;
mod clash;
mod estate;
mod note;
mod outcome;
mod rdb;
mod run;
mod share;
mod sweep;
mod timed;
mod variants;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::config::SweepConfig;
use crate::config::pattern::Pattern;
use crate::config::target::Target;
use crate::config::targets::{Defaults, Kind, Listed};
use crate::own::{Connected, Own};
use crate::plugin::{Collector, Ledger};
use crate::servers::{Error, Pools, ServerKind, Topologies};

use batch::{Batch, Kind as BatchKind};
use share::Shared;
use sweep::Sweeps;
use timed::Timed;
use variants::Variants;

pub use clash::{Clashing, known_clashes};
pub use estate::{Scraped, described};
pub use outcome::{CollectorOutcome, Outcome, Walked};
pub use variants::Parameters;

/// Targets that are remembered as down.
const DOWN: usize = 4096;

/// How long it is not told again why a target cannot be read.
const AGAIN: Duration = Duration::from_secs(300);

/// Kinds of servers for which merged plans are kept.
const BATCHES: usize = 64;

/// The same for each variant: there may be many variants.
const BATCHES_OF_VARIANT: usize = 4;

/// A collector, for people.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Plugin and version.
    pub plugin: String,
    /// What the plugin measures, in a sentence.
    pub summary: String,
    /// How its last call ended; none when there was none yet.
    pub last: Option<Result<(), String>>,
}

/// A collector that shall run and does not.
#[derive(Clone, Debug)]
pub struct Off {
    /// Its name.
    pub name: String,
    /// Its plugin's name.
    pub plugin: String,
    /// Why it does not run.
    pub reason: String,
    /// Of which targets it would measure something; none for all.
    pub targets: Option<Vec<Pattern>>,
}

/// A run ends by itself at its deadline, and then knows why: whoever waits for it waits a little longer.
const GRACE: Duration = Duration::from_millis(50);

/// Runs at once, of different targets; more wait in line until their deadline.
const RUNS: usize = 256;

/// What may be added to a scrape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Put the server's role on every sample.
    pub instance_role_label: bool,
    /// Measure a PING first, at the price of a round trip.
    pub ping_on_connect: bool,
    /// Look at the size of the server's RDB file, at the price of a round trip.
    pub rdb_size: bool,
    /// How keys are walked.
    pub sweeps: SweepConfig,
    /// Which servers may be asked with credentials, of those that the operator does not list.
    pub allowed: Vec<Pattern>,
}

/// Scrapes targets with a list of collectors. Another list is another scraper, which goes on where this one was.
pub struct Scraper {
    settings: Settings,
    collectors: Vec<Arc<Collector>>,
    off: Vec<Off>,
    batches: Mutex<HashMap<BatchKind, Arc<Batch>>>,
    /// 0 if this is no variant.
    variant: u64,
    variants: Variants,
    lasting: Arc<Lasting>,
}

/// What outlives a list of collectors.
struct Lasting {
    pools: Arc<Pools>,
    own: Arc<Own>,
    ledger: Arc<Ledger>,
    /// By target and variant.
    runs: Shared<(Target, u64), Arc<Outcome>>,
    timed: Timed,
    sweeps: Sweeps,
    topologies: Topologies,
    /// Fair: whoever waits longest is next.
    places: Semaphore,
    /// Kinds of servers that were scraped, the latest first.
    kinds: Mutex<VecDeque<ServerKind>>,
    /// Targets that could not be read the last time: why, and when that was told.
    down: Mutex<HashMap<Target, (String, Instant)>>,
    /// Targets whose RDB file could not be looked at the last time.
    without_rdb: Mutex<HashSet<Target>>,
    /// How each collector's last call ended, for people.
    states: Mutex<HashMap<String, Result<(), String>>>,
    /// Why each collector's last walk over a target's keys failed, for people: by collector and target.
    failed_sweeps: Mutex<BTreeMap<(String, String), String>>,
    /// The number of the next variant.
    variants: AtomicU64,
}

impl Scraper {
    /// A scraper that has not learnt anything yet.
    pub fn new(
        settings: Settings,
        pools: Arc<Pools>,
        collectors: Vec<Arc<Collector>>,
        own: Arc<Own>,
        ledger: Arc<Ledger>,
    ) -> Scraper {
        let lasting = Lasting {
            pools,
            own,
            ledger,
            runs: Shared::default(),
            timed: Timed::of(&collectors),
            sweeps: Sweeps::of(&collectors),
            topologies: Topologies::default(),
            places: Semaphore::new(RUNS),
            kinds: Mutex::default(),
            down: Mutex::default(),
            without_rdb: Mutex::default(),
            states: Mutex::default(),
            failed_sweeps: Mutex::default(),
            variants: variants::numbers(),
        };
        Scraper::beside(&Arc::new(lasting), settings, collectors)
    }

    fn beside(lasting: &Arc<Lasting>, settings: Settings, collectors: Vec<Arc<Collector>>) -> Scraper {
        let (off, batches, variants) = (Vec::new(), Mutex::default(), Variants::default());
        Scraper { settings, collectors, off, batches, variant: 0, variants, lasting: lasting.clone() }
    }

    /// The same with variants of some of its collectors.
    fn variant(&self, number: u64, collectors: Vec<Arc<Collector>>) -> Scraper {
        let scraper = Scraper::beside(&self.lasting, self.settings.clone(), collectors);
        Scraper { off: self.off.clone(), variant: number, ..scraper }
    }

    /// Leaves targets alone that are no longer listed, and asks those that are as the operator says now.
    pub fn watch(&self, listed: &[Listed], defaults: &Defaults) {
        let Lasting { pools, topologies, timed, sweeps, .. } = &*self.lasting;
        let members = topologies.keep(listed);
        let gone = pools.list(listed.iter().flat_map(Listed::seeds), defaults).and(members);
        pools.leave(&gone);
        timed.leave(&gone);
        sweeps.forget(&gone);
    }

    /// The same with other collectors. What runs goes on with the old ones; timed runs of collectors that are no longer
    /// there end.
    pub fn with(&self, settings: Settings, collectors: Vec<Arc<Collector>>, off: Vec<Off>) -> Scraper {
        self.lasting.timed.keep(&collectors);
        self.lasting.sweeps.keep(&collectors, settings.sweeps != self.settings.sweeps);
        let names: HashSet<&str> = collectors.iter().map(|collector| collector.name.as_str()).collect();
        let mut states = self.lasting.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|name, _| names.contains(name.as_str()));
        drop(states);
        let mut failed = self.lasting.failed_sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|(name, _), _| names.contains(name.as_str()));
        drop(failed);
        Scraper { off, ..Scraper::beside(&self.lasting, settings, collectors) }
    }

    /// Scrapes a target. Scrapes of the same target with the same parameters at the same time share one run; each waits for
    /// it until its own deadline.
    pub async fn scrape(self: &Arc<Self>, target: &Target, deadline: Instant) -> Arc<Outcome> {
        let key = (target.clone(), self.variant);
        loop {
            let (scraper, of_run) = (self.clone(), target.clone());
            let begin = move || async move { Arc::new(scraper.run(&of_run, deadline).await) };
            match self.lasting.runs.join(&key, begin, deadline + GRACE).await {
                // Somebody with less patience started that run, and there is still time for another.
                Some(outcome) if outcome.ran_out_before(deadline) => continue,
                Some(outcome) => return outcome,
                None => {
                    tracing::warn!(%target, "scrape did not end before its deadline");
                    return Arc::new(Outcome::late(target, deadline, self.labels(target, "")).of(target));
                }
            }
        }
    }

    /// Starts what runs by itself on a target, so that the first scrape finds something.
    pub fn prepare(self: &Arc<Self>, listed: &Listed) {
        // Of what others consist of is only known when they are asked.
        let (Kind::Server, target) = (&listed.kind, &listed.target) else { return };
        for collector in self.collectors.iter().filter(|collector| collector.config.is_for(target)) {
            self.snapshot(target, collector);
        }
        self.prepare_sweep(target);
    }

    /// Runs work of collectors where it has to run: on the guests' threads, unless all of them are compiled in.
    async fn apart<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        match self.collectors.iter().find_map(|collector| collector.plugin.sandbox()) {
            Some(sandbox) => sandbox.apart(work).await,
            None => Some(work.await),
        }
    }

    /// The collectors in their order, with how they are doing.
    pub fn states(&self) -> Vec<State> {
        let states = self.lasting.states.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = self.lasting.failed_sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        let failure = |name: &String| failed.iter().find(|((collector, _), _)| collector == name);
        let last = |name: &String| match (states.get(name), failure(name)) {
            (Some(Ok(())) | None, Some((_, failure))) => Some(Err(failure.clone())),
            (last, _) => last.cloned(),
        };
        let state = |collector: &Arc<Collector>| State {
            name: collector.name.clone(),
            plugin: collector.plugin.title(),
            summary: collector.plugin.description.summary.clone(),
            last: last(&collector.name),
        };
        let off = |off: &Off| State {
            name: off.name.clone(),
            plugin: off.plugin.clone(),
            summary: String::new(),
            last: Some(Err(format!("off: {}", off.reason))),
        };
        self.collectors.iter().map(state).chain(self.off.iter().map(off)).collect()
    }

    /// The collector of this name, if there is one.
    pub fn collector(&self, name: &str) -> Option<&Arc<Collector>> {
        self.collectors.iter().find(|known| known.name == name)
    }

    /// The connections that there are.
    pub fn connected(&self) -> Connected {
        self.lasting.pools.connected()
    }

    /// How many targets each collector is left alone on.
    pub fn quarantined(&self) -> Vec<(String, usize)> {
        let now = Instant::now();
        let count = |collector: &Arc<Collector>| self.lasting.ledger.quarantines(&collector.name, now);
        self.collectors.iter().map(|collector| (collector.name.clone(), count(collector))).collect()
    }

    /// The kinds of servers that were scraped, with these collectors or earlier ones.
    pub fn kinds(&self) -> Vec<ServerKind> {
        self.lasting.kinds.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Notes that a target could be read, and tells it if that was not so.
    fn note_up(&self, target: &Target) {
        let down = self.lasting.down.lock().unwrap_or_else(PoisonError::into_inner).remove(target);
        if down.is_some() {
            tracing::info!(target = target.name(), "target can be read again");
        }
    }

    /// Notes why a target could not be read, and tells it: what has not changed once in a while.
    fn note_down(&self, target: &Target, error: &Error, what: &str) {
        let (name, address, kind, cause) = (target.name(), &error.target, error.cause.kind(), error.cause.to_string());
        let mut down = self.lasting.down.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = down.get(target).is_some_and(|(told, at)| *told == cause && at.elapsed() < AGAIN);
        if is_told {
            tracing::debug!(target = name, address, kind, error = cause, "{what}");
            return;
        }
        tracing::warn!(target = name, address, kind, error = cause, "{what}");
        if down.len() >= DOWN {
            down.retain(|_, (_, at)| at.elapsed() < AGAIN);
        }
        if down.len() < DOWN || down.contains_key(target) {
            down.insert(target.clone(), (cause, Instant::now()));
        }
    }

    fn has_seen(&self, kind: &ServerKind) {
        let mut kinds = self.lasting.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.front() != Some(kind) {
            kinds.retain(|other| other != kind);
            kinds.push_front(kind.clone());
            kinds.truncate(BATCHES);
        }
    }
}
