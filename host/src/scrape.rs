//! One scrape of one target: which jobs, under which deadline, merged how.
//!
//! Request → plans → one pipeline → one call for each collector → one page. One collector's failure stays its own.

mod batch;
mod outcome;
mod run;
mod share;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::config::target::Target;
use crate::own::Own;
use crate::plugin::Collector;
use crate::servers::{Pools, ServerKind};

use batch::Batch;
use share::Shared;

pub use outcome::{CollectorOutcome, Outcome};

/// Kinds of servers for which merged plans are kept.
const BATCHES: usize = 64;

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

/// A run ends by itself at its deadline, and then knows why: whoever waits for it waits a little longer.
const GRACE: Duration = Duration::from_millis(50);

/// Runs at once, of different targets; more wait in line until their deadline.
const RUNS: usize = 256;

/// What may be added to a scrape.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Put the server's role on every sample.
    pub instance_role_label: bool,
    /// Measure a PING first, at the price of a round trip.
    pub ping_on_connect: bool,
}

/// Scrapes targets with a fixed list of collectors.
pub struct Scraper {
    settings: Settings,
    pools: Pools,
    collectors: Vec<Arc<Collector>>,
    own: Arc<Own>,
    batches: Mutex<HashMap<ServerKind, Arc<Batch>>>,
    runs: Shared<Target, Arc<Outcome>>,
    /// Fair: whoever waits longest is next.
    places: Semaphore,
    /// How each collector's last call ended, for people.
    states: Mutex<HashMap<String, Result<(), String>>>,
}

impl Scraper {
    /// A scraper that has not learnt anything yet.
    pub fn new(settings: Settings, pools: Pools, collectors: Vec<Arc<Collector>>, own: Arc<Own>) -> Scraper {
        Scraper {
            settings,
            pools,
            collectors,
            own,
            batches: Mutex::default(),
            runs: Shared::default(),
            places: Semaphore::new(RUNS),
            states: Mutex::default(),
        }
    }

    /// Scrapes a target. Scrapes of the same target at the same time share one run; each waits for it until its own
    /// deadline.
    pub async fn scrape(self: &Arc<Self>, target: &Target, deadline: Instant) -> Arc<Outcome> {
        loop {
            let scraper = self.clone();
            let of_run = target.clone();
            let run = async move { Arc::new(scraper.run(&of_run, deadline).await) };
            match self.runs.join(target, run, deadline + GRACE).await {
                // Somebody with less patience started that run, and there is still time for another.
                Some(outcome) if outcome.ran_out_before(deadline) => continue,
                Some(outcome) => return outcome,
                None => {
                    tracing::warn!(%target, "scrape did not end before its deadline");
                    return Arc::new(Outcome::late(target, deadline, self.labels("")));
                }
            }
        }
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
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = |collector: &Arc<Collector>| State {
            name: collector.name.clone(),
            plugin: collector.plugin.title(),
            summary: collector.plugin.description.summary.clone(),
            last: states.get(&collector.name).cloned(),
        };
        self.collectors.iter().map(state).collect()
    }

    /// Connections that wait for their next use.
    pub fn idle_connections(&self) -> usize {
        self.pools.idle()
    }
}
