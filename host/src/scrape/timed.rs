//! Collectors that run by themselves: each on its own interval, for each target that is scraped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::calls::Finished;
use super::{Scraper, Settings};
use crate::config::Schedule;
use crate::config::target::Target;
use crate::plugin::{Collector, Plan, Report, Usage};
use crate::servers::Gone;

/// A target that nobody scrapes for so many intervals is left alone.
const FORGOTTEN: u32 = 5;

/// But not before this time.
const PATIENCE: Duration = Duration::from_secs(300);

/// A report is served for so many intervals; then it is too old to be told.
const STALE: u32 = 3;

/// Runs at once. When there are more, one that was not asked for lately ends.
const RUNS: usize = 16_384;

/// What collectors that run by themselves found last.
pub(super) struct Timed {
    all: Mutex<All>,
}

struct All {
    /// Those that may run: a scrape that began before a swap shall not begin anything that has been ended.
    allowed: Vec<Arc<Collector>>,
    runs: HashMap<Key, Run>,
}

/// Target and collector.
type Key = (Target, String);

struct Run {
    /// As it was scraped last: how far it reaches changes.
    target: Target,
    collector: Arc<Collector>,
    /// When a scrape asked last.
    asked: Instant,
    latest: Option<Arc<Latest>>,
    /// Ends the task.
    task: AbortHandle,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The last run of a collector, and what the last good one found.
pub(super) struct Latest {
    pub(super) success: bool,
    pub(super) duration: Duration,
    pub(super) snapshot: Option<Snapshot>,
}

/// A report with what it refers to.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) plan: Arc<Plan>,
    pub(super) report: Arc<Report>,
    pub(super) taken: Instant,
}

impl Timed {
    /// None runs yet; these may.
    pub(super) fn of(collectors: &[Arc<Collector>]) -> Timed {
        Timed { all: Mutex::new(All { allowed: collectors.to_vec(), runs: HashMap::new() }) }
    }

    /// Ends the runs of all but these collectors.
    pub(super) fn keep(&self, collectors: &[Arc<Collector>]) {
        let mut all = self.lock();
        all.runs.retain(|_, run| collectors.iter().any(|collector| Arc::ptr_eq(collector, &run.collector)));
        all.allowed = collectors.to_vec();
    }

    /// Ends the runs on what is gone.
    pub(super) fn leave(&self, gone: &Gone) {
        self.lock().runs.retain(|(target, _), _| !gone.has(target));
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a run found; a run without a report keeps that of an earlier one.
    fn store(&self, key: &Key, success: bool, duration: Duration, snapshot: Option<Snapshot>) {
        if let Some(run) = self.lock().runs.get_mut(key) {
            let earlier = || run.latest.as_ref().and_then(|latest| latest.snapshot.clone());
            let snapshot = snapshot.or_else(earlier);
            run.latest = Some(Arc::new(Latest { success, duration, snapshot }));
        }
    }

    /// The target of a run, as it was scraped last.
    fn target(&self, key: &Key) -> Target {
        self.lock().runs.get(key).map_or_else(|| key.0.clone(), |run| run.target.clone())
    }

    /// Whether the target was forgotten; then so is the run.
    fn is_over(&self, key: &Key, interval: Duration) -> bool {
        let runs = &mut self.lock().runs;
        let patience = PATIENCE.max(interval * FORGOTTEN);
        let is_over = runs.get(key).is_none_or(|run| run.asked.elapsed() > patience);
        if is_over {
            runs.remove(key);
        }
        is_over
    }
}

impl Scraper {
    /// What a collector that runs by itself found last on a target; starts it if it does not run there yet. None for a
    /// collector that runs on every scrape, and before the first run has ended.
    pub(super) fn snapshot(&self, target: &Target, collector: &Arc<Collector>) -> Option<Arc<Latest>> {
        let Schedule::Every(interval) = collector.config.schedule else { return None };
        let key = (target.clone(), collector.name.clone());
        let All { allowed, runs } = &mut *self.lasting.timed.lock();
        if let Some(run) = runs.get_mut(&key).filter(|run| Arc::ptr_eq(&run.collector, collector)) {
            (run.asked, run.target) = (Instant::now(), target.clone());
            return run.latest.clone();
        }
        if !allowed.iter().any(|allowed| Arc::ptr_eq(allowed, collector)) {
            return None;
        }
        if runs.len() >= RUNS && !runs.contains_key(&key) {
            // Not one that is asked for: all would begin again and again, and none would be told.
            let oldest = runs.iter().min_by_key(|(_, run)| run.asked).filter(|(_, run)| run.asked.elapsed() > PATIENCE);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                let (name, collector, most) = (target.name(), &collector.name, RUNS);
                tracing::warn!(
                    target = name,
                    collector,
                    most,
                    "too many targets: a collector that runs by itself does not run there"
                );
                return None;
            };
            runs.remove(&oldest);
        }
        let task =
            tokio::spawn(self.of(vec![collector.clone()]).keep_running(key.clone(), collector.clone(), interval));
        let (asked, task) = (Instant::now(), task.abort_handle());
        runs.insert(key, Run { target: target.clone(), collector: collector.clone(), asked, latest: None, task });
        None
    }

    /// A scraper of some of the collectors: a run that goes on for long shall not keep all others in memory.
    pub(super) fn of(&self, collectors: Vec<Arc<Collector>>) -> Arc<Scraper> {
        let settings =
            Settings { sweeps: self.settings.sweeps, allowed: self.settings.allowed.clone(), ..Settings::default() };
        Arc::new(Scraper::beside(&self.lasting, settings, collectors))
    }

    async fn keep_running(self: Arc<Self>, key: Key, collector: Arc<Collector>, interval: Duration) {
        loop {
            let start = Instant::now();
            // A run may take as long as its call may, and as connecting before it may.
            let deadline = start + collector.config.limits.wall + interval.min(PATIENCE);
            let target = self.lasting.timed.target(&key);
            let (success, snapshot) = self.run_alone(&target, &collector, deadline).await;
            self.lasting.timed.store(&key, success, start.elapsed(), snapshot);
            if self.lasting.timed.is_over(&key, interval) {
                return;
            }
            sleep_until(start + interval).await;
        }
    }
}

impl Latest {
    /// What a scrape is given: the last good report, unless it is too old or was made for a plan with other families.
    pub(super) fn finished(&self, job: usize, plan: &Arc<Plan>, interval: Duration) -> Option<Finished> {
        let fits = |snapshot: &&Snapshot| {
            snapshot.plan.families == plan.families && snapshot.taken.elapsed() <= interval.saturating_mul(STALE)
        };
        let snapshot = self.snapshot.as_ref().filter(fits)?;
        Some(Finished {
            job,
            result: Ok(Report::clone(&snapshot.report)),
            usage: Usage::default(),
            prefetch: Duration::ZERO,
            duration: self.duration,
            age: Some(snapshot.taken.elapsed()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CollectorConfig;
    use crate::own::Own;
    use crate::plugin::contract::{Description, Failure, Plan, Refusal, Report, Request, Server};
    use crate::plugin::{Ledger, Linked, Plugin};
    use crate::servers::{self, Pools};

    /// Does nothing.
    struct Idle;

    impl Linked for Idle {
        fn describe(&self) -> Description {
            let [name, version, summary, config_schema] = ["idle", "1", "Nothing.", ""].map(str::to_owned);
            Description { name, version, summary, config_schema, extra: Vec::new() }
        }

        fn configure(&self, _: &str, _: &Server) -> Result<Plan, Refusal> {
            Err(Refusal::NotApplicable("idle".to_owned()))
        }

        fn collect(&self, _: Request) -> Result<Report, Failure> {
            Err(Failure::NotApplicable("idle".to_owned()))
        }
    }

    fn hourly() -> Arc<Collector> {
        let config = CollectorConfig {
            schedule: Schedule::Every(Duration::from_secs(3600)),
            ..CollectorConfig::of_plugin("idle")
        };
        Arc::new(Collector::new(&config, Arc::new(Plugin::linked(Arc::new(Idle))), "redis"))
    }

    fn scraper(collectors: Vec<Arc<Collector>>) -> Scraper {
        let own = Arc::new(Own::new("redis", true, false).unwrap());
        let pools = Arc::new(Pools::new(servers::Settings::default(), own.clone()));
        Scraper::new(Settings::default(), pools, collectors, own, Arc::new(Ledger::new(Default::default())))
    }

    fn target(port: usize) -> Target {
        Target::parse(&format!("redis://127.0.0.1:{port}")).unwrap()
    }

    #[tokio::test]
    async fn what_was_ended_is_not_begun_again_by_a_scrape_that_is_under_way() {
        let collector = hourly();
        let old = scraper(vec![collector.clone()]);
        let runs = || old.lasting.timed.lock().runs.len();
        old.snapshot(&target(1), &collector);
        assert_eq!(runs(), 1);
        let new = old.with(Settings::default(), Vec::new(), Vec::new());
        old.snapshot(&target(1), &collector);
        assert_eq!(runs(), 0);
        new.with(Settings::default(), vec![collector.clone()], Vec::new()).snapshot(&target(1), &collector);
        assert_eq!(runs(), 1);
    }

    #[tokio::test]
    async fn a_run_that_nobody_asks_for_makes_room() {
        let collector = hourly();
        let scraper = scraper(vec![collector.clone()]);
        (1..=RUNS + 1).for_each(|port| drop(scraper.snapshot(&target(port), &collector)));
        let key = |port| (target(port), "idle".to_owned());
        let has = |port| scraper.lasting.timed.lock().runs.contains_key(&key(port));
        assert_eq!([has(1), has(2), has(RUNS + 1)], [true, true, false], "all others are asked for");
        let long_ago = Instant::now().checked_sub(2 * PATIENCE).unwrap();
        scraper.lasting.timed.lock().runs.get_mut(&key(2)).unwrap().asked = long_ago;
        scraper.snapshot(&target(RUNS + 1), &collector);
        assert_eq!([has(1), has(2), has(RUNS + 1)], [true, false, true]);
    }

    #[test]
    fn kinds_of_servers_are_known_after_a_swap() {
        let scraper = scraper(Vec::new());
        let [primary, replica] = ["master", "slave"]
            .map(|role| servers::ServerKind { role: role.to_owned(), ..servers::ServerKind::usual() });
        [&primary, &replica, &primary].into_iter().for_each(|kind| scraper.has_seen(kind));
        assert_eq!(scraper.with(Settings::default(), Vec::new(), Vec::new()).kinds(), [primary, replica]);
    }
}
