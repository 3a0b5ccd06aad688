//! Which targets are walked, and for whom.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::{Latest, Part};
use crate::config::target::{Address, Target};
use crate::plugin::Collector;
use crate::servers::Gone;

/// A target or a variant that nobody asks for so many intervals is left alone.
const FORGOTTEN: u32 = 5;

/// But not before this time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Targets with runs. When there are more, one that was not asked for lately ends.
const RUNS: usize = 4096;

/// Collectors that walk a target together, at which no variant joins them any more: all of a run need room at once.
const TOGETHER: usize = 24;

/// The runs of all targets.
pub(in crate::scrape) struct Sweeps {
    all: Mutex<All>,
}

struct All {
    /// Those that may run, with their variants: a scrape that began before a swap shall not begin anything that has been
    /// ended.
    allowed: Vec<Arc<Collector>>,
    runs: HashMap<Target, Run>,
    /// Whose turn it is to walk a server: targets may be the same server as other users.
    turns: HashMap<Address, Weak<tokio::sync::Mutex<()>>>,
}

struct Run {
    /// As it was scraped last: how far it reaches changes.
    target: Target,
    /// Who walks, if its plan has sweeps, and when a scrape asked for it last.
    wanted: Vec<(Arc<Collector>, Instant)>,
    latest: Option<Arc<Latest>>,
    /// Whether variants were turned away; this is told once.
    is_full: bool,
    /// Tells the task that there is somebody new.
    more: Arc<Notify>,
    /// Ends the task; none when it has ended.
    task: Option<AbortHandle>,
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Run {
    fn new(target: &Target) -> Run {
        Run {
            target: target.clone(),
            wanted: Vec::new(),
            latest: None,
            is_full: false,
            more: Arc::default(),
            task: None,
        }
    }

    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        if let Some(latest) = &mut self.latest {
            Arc::make_mut(latest).again = None;
        }
    }

    /// When a scrape asked for any of its collectors.
    fn asked(&self) -> Option<Instant> {
        self.wanted.iter().map(|(_, asked)| *asked).max()
    }

    /// Notes that a scrape asks for a collector. Among many variants, a new one takes the place of one that nobody asked for
    /// within an interval, if there is such.
    fn want(&mut self, collector: &Arc<Collector>, interval: Duration) {
        let now = Instant::now();
        if let Some((_, asked)) = self.wanted.iter_mut().find(|(other, _)| Arc::ptr_eq(other, collector)) {
            *asked = now;
            return;
        }
        if collector.is_variant() && self.wanted.len() >= TOGETHER {
            let variants = self.wanted.iter().enumerate().filter(|(_, (other, _))| other.is_variant());
            let oldest = variants.min_by_key(|(_, (_, asked))| *asked);
            let Some((place, _)) = oldest.filter(|(_, (_, asked))| asked.elapsed() > interval) else {
                if !self.is_full {
                    let (collector, most) = (&collector.name, TOGETHER);
                    tracing::warn!(
                        collector,
                        most,
                        "too many lists of requests at once: patterns of some are not walked"
                    );
                }
                self.is_full = true;
                return;
            };
            self.wanted.swap_remove(place);
        }
        self.wanted.push((collector.clone(), now));
        if self.is_running() {
            self.more.notify_one();
        }
    }

    fn is_running(&self) -> bool {
        self.task.as_ref().is_some_and(|task| !task.is_finished())
    }
}

impl Sweeps {
    /// None runs yet; these may.
    pub(in crate::scrape) fn of(collectors: &[Arc<Collector>]) -> Sweeps {
        let all = All { allowed: collectors.to_vec(), runs: HashMap::new(), turns: HashMap::new() };
        Sweeps { all: Mutex::new(all) }
    }

    /// Ends all runs that are not just of these collectors. What those that stay have found is kept. Variants do not stay:
    /// the next request makes new ones. With `anew` those that stay begin anew, by other settings.
    pub(in crate::scrape) fn keep(&self, collectors: &[Arc<Collector>], anew: bool) {
        let mut all = self.lock();
        let stays = |one: &Arc<Collector>| collectors.iter().any(|other| Arc::ptr_eq(one, other));
        all.runs.retain(|_, run| run.wanted.iter().any(|(collector, _)| stays(collector)));
        for run in all.runs.values_mut() {
            let stay = run.wanted.iter().all(|(collector, _)| stays(collector));
            if !stay || anew {
                run.stop();
            }
            if stay {
                continue;
            }
            run.wanted.retain(|(collector, _)| stays(collector));
            if let Some(latest) = &mut run.latest {
                Arc::make_mut(latest).parts.retain(|part: &Part| stays(&part.collector));
            }
        }
        all.allowed = collectors.to_vec();
    }

    /// Ends the runs on what is gone.
    pub(in crate::scrape) fn forget(&self, gone: &Gone) {
        self.lock().runs.retain(|target, _| !gone.has(target));
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a run begins. Whether it is the first.
    pub(super) fn begins(&self, target: &Target, start: Instant) -> bool {
        let latest = &mut self.lock().runs;
        let latest = latest.get_mut(target).and_then(|run| run.latest.as_mut());
        let is_first = latest.is_none();
        if let Some(latest) = latest {
            Arc::make_mut(latest).again = Some(start);
        }
        is_first
    }

    /// Keeps what a run found; a collector that found nothing keeps what it found before.
    pub(super) fn store(&self, target: &Target, new: Latest) {
        if let Some(run) = self.lock().runs.get_mut(target) {
            let before = run.latest.take().map_or_else(Vec::new, |latest| latest.parts.clone());
            run.latest = Some(Arc::new(new.after(before)));
        }
    }

    /// What was found last. These collectors are walked for from now on, by what `begin` spawns if nothing runs there yet.
    pub(super) fn ask(
        &self,
        target: &Target,
        collectors: &[Arc<Collector>],
        interval: Duration,
        begin: impl FnOnce(Arc<Notify>) -> AbortHandle,
    ) -> Option<Arc<Latest>> {
        let All { allowed, runs, .. } = &mut *self.lock();
        if !collectors.iter().all(|one| allowed.iter().any(|other| Arc::ptr_eq(one.original(), other))) {
            return None;
        }
        if runs.len() >= RUNS && !runs.contains_key(target) {
            // Not one that is asked for: all would begin again and again, and none would be told.
            let is_left = |run: &Run| run.asked().is_none_or(|asked| asked.elapsed() > PATIENCE);
            let oldest = runs.iter().min_by_key(|(_, run)| run.asked()).filter(|(_, run)| is_left(run));
            let Some(oldest) = oldest.map(|(target, _)| target.clone()) else {
                tracing::warn!(%target, most = RUNS, "too many targets: keys are not walked there");
                return None;
            };
            runs.remove(&oldest);
        }
        let run = runs.entry(target.clone()).or_insert_with(|| Run::new(target));
        run.target = target.clone();
        collectors.iter().for_each(|collector| run.want(collector, interval));
        if !run.is_running() {
            run.task = Some(begin(run.more.clone()));
        }
        run.latest.clone()
    }

    /// Whom to walk a target for, as it was scraped last: those that were asked for lately. None when there are none, and the
    /// run is over.
    pub(super) fn wanted(&self, target: &Target, interval: Duration) -> Option<(Target, Vec<Arc<Collector>>)> {
        let runs = &mut self.lock().runs;
        let patience = PATIENCE.max(interval.saturating_mul(FORGOTTEN));
        let run = runs.get_mut(target)?;
        run.wanted.retain(|(_, asked)| asked.elapsed() <= patience);
        if run.wanted.is_empty() {
            runs.remove(target);
            return None;
        }
        Some((run.target.clone(), run.wanted.iter().map(|(collector, _)| collector.clone()).collect()))
    }

    /// Walks for others than these from now on; if there are no others, the run ends.
    pub(super) fn leave(&self, target: &Target, collectors: &[Arc<Collector>]) {
        let runs = &mut self.lock().runs;
        let Some(run) = runs.get_mut(target) else { return };
        run.wanted.retain(|(one, _)| !collectors.iter().any(|other| Arc::ptr_eq(one, other)));
        if run.wanted.is_empty() {
            runs.remove(target);
        }
    }

    /// What to lock while walking.
    pub(super) fn turn(&self, target: &Target) -> Arc<tokio::sync::Mutex<()>> {
        let turns = &mut self.lock().turns;
        if let Some(turn) = turns.get(&target.address).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(target.address.clone(), Arc::downgrade(&turn));
        turn
    }
}
