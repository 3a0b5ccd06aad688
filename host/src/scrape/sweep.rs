//! Walks over keys, by themselves: one for each target, for all collectors whose plans have sweeps. Scrapes are given what
//! the last run found.

mod page;
mod walk;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::batch::{Batch, Job};
use super::calls::Finished;
use super::outcome::CollectorOutcome;
use super::{Scraper, Walked};
use crate::config::target::Target;
use crate::plugin::{Collector, Plan, Report, Usage};

/// A target that nobody scrapes for so many intervals is left alone.
const FORGOTTEN: u32 = 5;

/// But not before this time.
const PATIENCE: Duration = Duration::from_secs(300);

/// What was found is served for so many intervals, or for so many times what a run takes; then it is too old to be told.
const STALE: u32 = 3;

/// Between two runs at least this part of what a run takes: the interval may be shorter than a run.
const REST: u32 = 10;

/// Targets with runs. When there are more, the one that was asked longest ago ends.
const RUNS: usize = 1024;

/// The runs of all targets.
pub(super) struct Sweeps {
    all: Mutex<All>,
}

struct All {
    /// Those that may run: a scrape that began before a swap shall not begin anything that has been ended.
    allowed: Vec<Arc<Collector>>,
    runs: HashMap<Target, Run>,
}

struct Run {
    /// Who would walk, if its plan has sweeps.
    collectors: Vec<Arc<Collector>>,
    /// When a scrape asked last.
    asked: Instant,
    latest: Option<Arc<Latest>>,
    /// Ends the task; none when it has ended.
    task: Option<AbortHandle>,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Run {
    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// What the last run was like, and what each collector found last.
#[derive(Clone)]
pub(super) struct Latest {
    pub(super) walked: Walked,
    pub(super) parts: Vec<Part>,
}

/// What one collector found.
#[derive(Clone)]
pub(super) struct Part {
    collector: Arc<Collector>,
    plan: Arc<Plan>,
    /// Whether its last run went well.
    success: bool,
    found: Option<Found>,
    /// How long its last run took.
    duration: Duration,
}

#[derive(Clone)]
struct Found {
    report: Arc<Report>,
    taken: Instant,
}

impl Sweeps {
    /// None runs yet; these may.
    pub(super) fn of(collectors: &[Arc<Collector>]) -> Sweeps {
        Sweeps { all: Mutex::new(All { allowed: collectors.to_vec(), runs: HashMap::new() }) }
    }

    /// Ends all runs that are not just of these collectors. What those that stay have found is kept.
    pub(super) fn keep(&self, collectors: &[Arc<Collector>]) {
        let mut all = self.lock();
        let stays = |one: &Arc<Collector>| collectors.iter().any(|other| Arc::ptr_eq(one, other));
        all.runs.retain(|_, run| run.collectors.iter().any(stays));
        for run in all.runs.values_mut() {
            if run.collectors.iter().all(stays) {
                continue;
            }
            run.stop();
            if let Some(latest) = &mut run.latest {
                Arc::make_mut(latest).parts.retain(|part| stays(&part.collector));
            }
        }
        all.allowed = collectors.to_vec();
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a run found; a collector that found nothing keeps what it found before.
    fn store(&self, target: &Target, new: Latest) {
        if let Some(run) = self.lock().runs.get_mut(target) {
            let before = run.latest.take().map_or_else(Vec::new, |latest| latest.parts.clone());
            run.latest = Some(Arc::new(new.after(before)));
        }
    }

    /// Whether the target was forgotten; then so is the run.
    fn is_over(&self, target: &Target, interval: Duration) -> bool {
        let runs = &mut self.lock().runs;
        let patience = PATIENCE.max(interval * FORGOTTEN);
        let is_over = runs.get(target).is_none_or(|run| run.asked.elapsed() > patience);
        if is_over {
            runs.remove(target);
        }
        is_over
    }

    fn end(&self, target: &Target) {
        self.lock().runs.remove(target);
    }
}

impl Latest {
    fn after(mut self, before: Vec<Part>) -> Latest {
        if self.parts.is_empty() && !self.walked.success {
            self.parts = before;
            return self;
        }
        for part in &mut self.parts {
            let earlier = before.iter().find(|earlier| Arc::ptr_eq(&earlier.collector, &part.collector));
            if let (None, Some(earlier)) = (&part.found, earlier) {
                (part.found, part.plan) = (earlier.found.clone(), earlier.plan.clone());
            }
        }
        self
    }

    /// Adds how a collector's walk went to how its call went. `found` is what a scrape was given of it.
    pub(super) fn note(&self, batch: &Batch, found: &[Finished], outcome: &mut CollectorOutcome) {
        let Some(part) = self.parts.iter().find(|part| part.collector.name == outcome.name) else { return };
        outcome.success &= part.success;
        if let Some(found) = found.iter().find(|found| batch.jobs[found.job].collector.name == outcome.name) {
            outcome.partial |= found.is_partial();
            outcome.age = outcome.age.max(found.age);
        }
    }
}

impl Part {
    /// What a scrape is given: what was found last, unless it is too old or was made for a plan with other families.
    fn finished(&self, job: usize, plan: &Plan, interval: Duration) -> Option<Finished> {
        let fresh = interval.max(self.duration).saturating_mul(STALE);
        let fits = |found: &&Found| self.plan.families == plan.families && found.taken.elapsed() <= fresh;
        let found = self.found.as_ref().filter(fits)?;
        Some(Finished {
            job,
            result: Ok(Report::clone(&found.report)),
            usage: Usage::default(),
            prefetch: Duration::ZERO,
            duration: self.duration,
            age: Some(found.taken.elapsed()),
        })
    }
}

impl Scraper {
    /// What the walk over a target's keys found last. Starts it if it does not run there yet; none before the first run
    /// has ended. With a small key space, and if that is wanted, walks now.
    /// `databases` is how many the server has.
    pub(super) async fn swept(
        &self,
        target: &Target,
        batch: &Batch,
        databases: u32,
        deadline: Instant,
    ) -> Option<Arc<Latest>> {
        let mut wanted = batch.swept_databases();
        if wanted.is_empty() {
            return None;
        }
        wanted.retain(|database| *database < databases);
        let collectors = self.sweepers(target);
        let config = self.settings.sweeps;
        if config.with_scrape > 0 && self.keys(target, wanted, deadline).await <= Some(config.with_scrape) {
            self.lasting.sweeps.end(target);
            return self.sweep_once(target, &collectors, &config, Some(deadline)).await.map(Arc::new);
        }
        self.keep_swept(target, collectors)
    }

    /// What each job of a scrape is given of a walk.
    pub(super) fn found(&self, batch: &Batch, latest: &Latest) -> Vec<Finished> {
        let found = |(index, job): (usize, &Job)| {
            let part = latest.parts.iter().find(|part| Arc::ptr_eq(&part.collector, &job.collector))?;
            part.finished(index, &job.plan, self.settings.sweeps.interval)
        };
        batch.jobs.iter().enumerate().filter_map(found).collect()
    }

    /// Starts the walk over a target's keys, if there is anybody to walk for. A server is not asked for nothing: what its kind
    /// of server alone makes a collector walk begins with the first scrape.
    pub(super) fn prepare_sweep(&self, target: &Target) {
        let collectors = self.sweepers(target);
        if collectors.iter().any(|collector| collector.has_sweeps()) && self.settings.sweeps.with_scrape == 0 {
            self.keep_swept(target, collectors);
        }
    }

    /// The collectors that may have something to walk on a target.
    fn sweepers(&self, target: &Target) -> Vec<Arc<Collector>> {
        let walks = |collector: &&Arc<Collector>| collector.plugin.is_sweeping() && collector.config.is_for(target);
        self.collectors.iter().filter(walks).cloned().collect()
    }

    fn keep_swept(&self, target: &Target, collectors: Vec<Arc<Collector>>) -> Option<Arc<Latest>> {
        let All { allowed, runs } = &mut *self.lasting.sweeps.lock();
        let is_same = |run: &Run| {
            let pairs = run.collectors.iter().zip(&collectors);
            run.collectors.len() == collectors.len() && pairs.into_iter().all(|(one, other)| Arc::ptr_eq(one, other))
        };
        let is_running = |run: &Run| run.task.as_ref().is_some_and(|task| !task.is_finished()) && is_same(run);
        if let Some(run) = runs.get_mut(target) {
            run.asked = Instant::now();
            if is_running(run) {
                return run.latest.clone();
            }
        }
        if !collectors.iter().all(|one| allowed.iter().any(|other| Arc::ptr_eq(one, other))) {
            return None;
        }
        if runs.len() >= RUNS
            && let Some(oldest) = runs.iter().min_by_key(|(_, run)| run.asked).map(|(target, _)| target.clone())
        {
            runs.remove(&oldest);
        }
        let latest = runs.remove(target).and_then(|mut run| run.latest.take());
        let scraper = self.of(collectors.clone());
        let task = tokio::spawn(scraper.keep_sweeping(target.clone()));
        let (asked, task) = (Instant::now(), Some(task.abort_handle()));
        runs.insert(target.clone(), Run { collectors, asked, latest: latest.clone(), task });
        latest
    }

    /// Walks again and again, until nobody wants it.
    async fn keep_sweeping(self: Arc<Self>, target: Target) {
        let config = self.settings.sweeps;
        loop {
            let start = Instant::now();
            let Some(found) = self.sweep_once(&target, &self.collectors, &config, None).await else {
                // Nothing to walk: a scrape that sees otherwise begins anew.
                self.lasting.sweeps.end(&target);
                return;
            };
            self.lasting.sweeps.store(&target, found);
            if self.lasting.sweeps.is_over(&target, config.interval) {
                return;
            }
            sleep_until((start + config.interval).max(Instant::now() + start.elapsed() / REST)).await;
        }
    }
}
