//! Walks over keys, by themselves: one for each target, for all collectors whose plans have sweeps and that were asked for
//! lately. Scrapes are given what the last run found.

mod ground;
mod page;
mod runs;
mod walk;
mod walker;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::batch::{Batch, Job};
use super::calls::Finished;
use super::outcome::CollectorOutcome;
use super::{Scraper, Walked};
use crate::config::target::Target;
use crate::plugin::{Collector, Plan, Report, Usage};

pub(super) use runs::Sweeps;

/// What was found is served for so many intervals, or for so many times what its run took, and until a run ends that began
/// meanwhile; then it is too old to be told.
const STALE: u32 = 3;

/// Between two runs at least this part of what a run takes: the interval may be shorter than a run.
const REST: u32 = 10;

/// Before a run for somebody who came meanwhile the server is left alone for at least this time.
const PAUSE: Duration = Duration::from_secs(1);

/// What the last run was like, and what each collector found last.
#[derive(Clone)]
pub(super) struct Latest {
    pub(super) walked: Walked,
    parts: Vec<Part>,
    /// Names of collectors that could not take part in the last run. What they found before is kept.
    others: Vec<String>,
    /// When the run began that is under way.
    again: Option<Instant>,
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
    /// How long the run took that found it.
    took: Duration,
}

impl Latest {
    /// A run that never came to a walk.
    fn nothing(start: Instant) -> Latest {
        let (duration, ended) = (start.elapsed(), Instant::now());
        let walked = Walked { keys: 0, is_complete: false, success: false, duration, ended };
        Latest { walked, parts: Vec::new(), others: Vec::new(), again: None }
    }

    /// With what was found before and is not found anew.
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
        let took_part = |earlier: &Part| self.parts.iter().any(|part| Arc::ptr_eq(&earlier.collector, &part.collector));
        let kept =
            before.into_iter().filter(|earlier| !took_part(earlier) && self.others.contains(&earlier.collector.name));
        let kept: Vec<Part> = kept.collect();
        self.parts.extend(kept);
        self
    }

    /// Whether it is of all collectors that have something to walk. One that failed is of all of them.
    pub(super) fn is_for(&self, batch: &Batch) -> bool {
        let has = |collector: &Arc<Collector>| self.parts.iter().any(|part| Arc::ptr_eq(&part.collector, collector));
        let mut walking = batch.jobs.iter().filter(|job| job.plan.sweeps.iter().any(Result::is_ok));
        self.parts.is_empty() || walking.all(|job| has(&job.collector))
    }

    /// Adds how a collector's walk went to how its call went. `found` is what a scrape was given of it.
    pub(super) fn note(&self, batch: &Batch, found: &[Finished], outcome: &mut CollectorOutcome) {
        let is_of = |part: &&Part, name: &str| part.collector.name == name && batch.has(&part.collector);
        let Some(part) = self.parts.iter().find(|part| is_of(part, &outcome.name)) else { return };
        outcome.success &= part.success;
        if let Some(found) = found.iter().find(|found| batch.jobs[found.job].collector.name == outcome.name) {
            outcome.partial |= found.is_partial();
            outcome.age = outcome.age.max(found.age);
        }
    }
}

impl Part {
    /// What a scrape is given: what was found last, unless it is too old or was made for a plan with other families. It
    /// does not become too old while a run is under way, which may take longer than those before; when that began is
    /// `again`.
    fn finished(&self, job: usize, plan: &Plan, interval: Duration, again: Option<Instant>) -> Option<Finished> {
        let until = again.unwrap_or_else(Instant::now);
        let is_fresh = |found: &Found| {
            let fresh = interval.max(found.took).saturating_mul(STALE);
            until.saturating_duration_since(found.taken) <= fresh
        };
        let found = self.found.as_ref().filter(|found| self.plan.families == plan.families && is_fresh(found))?;
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
        // The keys of a node that has no slots are walked for the one that has.
        if wanted.is_empty() || !target.reach.has_keys() {
            return None;
        }
        wanted.retain(|database| *database < databases);
        // Walks are of servers: it does not matter in which database requests for a target begin.
        let (collectors, target) = (self.sweepers(target), &target.server());
        let config = self.settings.sweeps;
        // Where the server does not say how many keys there are, there may be many.
        let is_small = |keys: Option<u64>| keys.is_some_and(|keys| keys <= config.with_scrape);
        if config.with_scrape > 0 && is_small(self.keys(target, wanted, deadline).await) {
            self.lasting.sweeps.leave(target, &collectors);
            // Scrapes with other parameters may walk as well: one after the other.
            let turn = self.lasting.sweeps.turn(target);
            let start = Instant::now();
            let Ok(_turn) = timeout_at(deadline, turn.lock()).await else {
                tracing::warn!(%target, "keys are not walked with the scrape: another walk takes too long");
                return Some(Arc::new(Latest::nothing(start)));
            };
            let walk = self.sweep_once(target, &collectors, &config, Some(deadline));
            return match timeout_at(deadline, walk).await {
                Ok(found) => found.map(Arc::new),
                Err(_) => Some(Arc::new(Latest::nothing(start))),
            };
        }
        self.keep_swept(target, &collectors)
    }

    /// What each job of a scrape is given of a walk.
    pub(super) fn found(&self, batch: &Batch, latest: &Latest) -> Vec<Finished> {
        let found = |(index, job): (usize, &Job)| {
            let part = latest.parts.iter().find(|part| Arc::ptr_eq(&part.collector, &job.collector))?;
            part.finished(index, &job.plan, self.settings.sweeps.interval, latest.again)
        };
        batch.jobs.iter().enumerate().filter_map(found).collect()
    }

    /// Starts the walk over a target's keys, if there is anybody to walk for. A server is not asked for nothing: what its kind
    /// of server alone makes a collector walk begins with the first scrape.
    pub(super) fn prepare_sweep(&self, target: &Target) {
        let collectors = self.sweepers(target);
        if collectors.iter().any(|collector| collector.has_sweeps()) && self.settings.sweeps.with_scrape == 0 {
            self.keep_swept(&target.server(), &collectors);
        }
    }

    /// The collectors that may have something to walk on a target.
    fn sweepers(&self, target: &Target) -> Vec<Arc<Collector>> {
        let walks = |collector: &&Arc<Collector>| collector.plugin.is_sweeping() && collector.config.is_for(target);
        self.collectors.iter().filter(walks).cloned().collect()
    }

    fn keep_swept(&self, target: &Target, collectors: &[Arc<Collector>]) -> Option<Arc<Latest>> {
        let sweeps = &self.lasting.sweeps;
        let begin = |more| {
            let task = self.of(Vec::new()).keep_sweeping(target.clone(), more);
            tokio::spawn(task).abort_handle()
        };
        sweeps.ask(target, collectors, self.settings.sweeps.interval, begin)
    }

    /// Walks again and again, until nobody wants it. `more` tells that somebody came for whom nothing was walked yet.
    async fn keep_sweeping(self: Arc<Self>, target: Target, more: Arc<Notify>) {
        let config = self.settings.sweeps;
        while let Some((target, collectors)) = self.lasting.sweeps.wanted(&target, config.interval) {
            let start = Instant::now();
            let scraper = self.of(collectors.clone());
            if self.lasting.sweeps.begins(&target, start) {
                tracing::info!(%target, "keys are walked for the first time: what they tell is exported when the walk has ended");
            }
            let turn = self.lasting.sweeps.turn(&target);
            let turn = turn.lock().await;
            let found = scraper.sweep_once(&target, &collectors, &config, None).await;
            drop(turn);
            let Some(found) = found else {
                // Nothing to walk: a scrape that sees otherwise begins anew.
                self.lasting.sweeps.leave(&target, &collectors);
                continue;
            };
            self.lasting.sweeps.store(&target, found);
            let took = start.elapsed();
            let next = (start + config.interval).max(Instant::now() + took / REST);
            if timeout_at(next, more.notified()).await.is_ok() {
                // Whoever comes again and again with other lists shall not have the server walked without a pause.
                sleep_until(next.min(start + took + took.max(PAUSE))).await;
            }
        }
    }
}
