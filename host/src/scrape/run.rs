//! One run: read, call, merge.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use tokio::time::{Instant, timeout_at};

use super::batch::{Batch, LateLayout, Reason};
use super::calls::{Finished, Reading, before};
use super::outcome::{self, CollectorOutcome, Outcome, Times};
use super::timed::Snapshot;
use super::{Off, Scraper, Walked};
use crate::config::Schedule;
use crate::config::pattern::Pattern;
use crate::config::reach::Reach;
use crate::config::target::Target;
use crate::metrics::check::drop_duplicates;
use crate::metrics::{Family, Labels, Layout, Page, Sample};
use crate::plugin::Collector;
use crate::servers;

/// Whose collectors a run is for.
type Only<'a> = Option<&'a Arc<Collector>>;

impl Scraper {
    pub(super) async fn run(&self, target: &Target, deadline: Instant) -> Outcome {
        let start = Instant::now();
        let mut times = Times::default();
        match self.read(target, None, deadline, &mut times).await {
            Ok(reading) => {
                self.note_up(target);
                let role = reading.exchange.role.clone();
                let (labels, rdb_size) = (self.labels(target, &role), reading.rdb_size);
                let (page, collectors, walked) = self.collect(target, reading, deadline).await;
                let times = Times { whole: start.elapsed(), ..times };
                Outcome { role, walked, rdb_size, ..Outcome::up(page.labelled(labels), collectors, times).of(target) }
            }
            Err(error) => {
                // Of a node that is asked for its cluster as well, it is said once.
                if matches!(target.reach, Reach::Whole(_)) {
                    tracing::debug!(target = error.target, error = %error.cause, "a cluster as one cannot be read");
                } else {
                    self.note_down(target, &error, "target cannot be read");
                }
                let times = Times { whole: start.elapsed(), ..times };
                Outcome::down(&error, deadline, self.labels(target, ""), times).of(target)
            }
        }
    }

    /// Runs one collector that runs by itself: whether that went well, and what it found.
    pub(super) async fn run_alone(
        &self,
        target: &Target,
        collector: &Arc<Collector>,
        deadline: Instant,
    ) -> (bool, Option<Snapshot>) {
        let name = target.name();
        if self.lasting.ledger.quarantined(&collector.name, &name, Instant::now()).is_some() {
            self.left_alone(&collector.name);
            return (false, None);
        }
        let reading = match self.read(target, Some(collector), deadline, &mut Times::default()).await {
            Ok(reading) => reading,
            Err(error) => {
                let (target, collector) = (&error.target, &collector.name);
                tracing::debug!(target, collector, error = %error.cause, "target cannot be read for a collector");
                return (false, None);
            }
        };
        let batch = reading.batch.clone();
        let jobs = (0..batch.jobs.len()).collect();
        let mut finished = self.call_all(target, reading, jobs, deadline).await;
        let outcomes = self.note(&name, &batch, &finished);
        let success = outcomes.iter().all(|outcome| outcome.success);
        let report = finished.pop().and_then(|finished| finished.result.ok());
        let snapshot = report.zip(batch.jobs.first()).map(|(report, job)| Snapshot {
            plan: job.plan.clone(),
            report: Arc::new(report),
            taken: Instant::now(),
        });
        (success, snapshot)
    }

    /// What all samples of a target carry.
    pub(super) fn labels(&self, target: &Target, role: &str) -> Labels {
        let role = self.settings.instance_role_label.then(|| ("instance_role".into(), role.to_owned()));
        outcome::given(target).into_iter().chain(role).collect()
    }

    /// One call for each collector that runs on scrapes and is not left alone; of the others what they found last.
    async fn collect(
        &self,
        target: &Target,
        reading: Reading,
        deadline: Instant,
    ) -> (Page, Vec<CollectorOutcome>, Option<Walked>) {
        let (name, batch, databases) = (target.name(), reading.batch.clone(), reading.kind.databases);
        let is_wanted = |name: &String| target.about.collectors.as_ref().is_none_or(|names| names.contains(name));
        let is_for = |off: &&Off| {
            is_wanted(&off.name) && off.targets.as_ref().is_none_or(|targets| Pattern::any(targets, target))
        };
        let off = |off: &Off| CollectorOutcome::off(&off.name);
        let mut outcomes: Vec<CollectorOutcome> = self.off.iter().filter(is_for).map(off).collect();
        let (mut due, mut finished) = (Vec::with_capacity(batch.jobs.len()), Vec::new());
        for (index, job) in batch.jobs.iter().enumerate() {
            if let (true, Schedule::Every(interval)) = (job.is_timed, job.collector.config.schedule) {
                let Some(latest) = self.snapshot(target, &job.collector) else { continue };
                let done = latest.finished(index, &job.plan, interval);
                let age = done.as_ref().and_then(|done| done.age);
                let partial = done.as_ref().is_some_and(|done| done.is_partial());
                let (name, success, duration) = (job.collector.name.clone(), latest.success, latest.duration);
                outcomes.push(CollectorOutcome { name, success, duration, age, partial });
                finished.extend(done);
            } else if self.lasting.ledger.quarantined(&job.collector.account(), &name, Instant::now()).is_some() {
                outcomes.push(self.left_alone(&job.collector.name));
            } else {
                due.push(index);
            }
        }
        let (mut called, swept) = join(
            self.call_all(target, reading, due, deadline),
            self.swept(target, &batch, databases, before(deadline)),
        )
        .await;
        let counted = called.len();
        called.append(&mut finished);
        let of_sweeps = called.len();
        called.extend(swept.iter().flat_map(|latest| self.found(&batch, latest)));
        let late = layout_with_late(&batch, &mut called);
        let layout = late.as_ref().map_or(&batch.layout, |late| &late.layout);
        for Finished { job, result, .. } in &mut called {
            if let Ok(report) = result {
                report.mended.dropped += layout.keep_placed(*job, &mut report.samples);
            }
        }
        outcomes.extend(self.note(&name, &batch, &called[..counted]));
        if let Some(latest) = &swept {
            outcomes.iter_mut().for_each(|outcome| latest.note(&batch, &called[of_sweeps..], outcome));
        }
        let walked = swept.filter(|latest| latest.is_for(&batch)).map(|latest| latest.walked);
        (self.merge(&name, layout, &batch, called), outcomes, walked)
    }

    /// One round trip: what all collectors read, or only one.
    async fn read(
        &self,
        target: &Target,
        only: Only<'_>,
        deadline: Instant,
        times: &mut Times,
    ) -> Result<Reading, servers::Error> {
        let error = |cause| servers::Error { target: target.to_string(), cause };
        let start = Instant::now();
        let pools = &self.lasting.pools;
        let lease = pools.checkout(target, deadline).await;
        times.connect = if lease.is_err() { start.elapsed() } else { Duration::ZERO };
        let mut lease = lease?;
        // Not before: whoever tries in vain to connect shall not keep others from theirs.
        let place = timeout_at(deadline, self.lasting.places.acquire()).await;
        let _place = place.ok().and_then(Result::ok).ok_or_else(|| error(servers::Cause::Crowded))?;
        if self.settings.ping_on_connect {
            times.ping = lease.ping(deadline).await?;
        }
        let rdb_size = if self.settings.rdb_size && only.is_none() {
            self.rdb_size(target, &mut lease, deadline).await?
        } else {
            None
        };
        let kind = lease.facts.kind.with(&target.reach);
        let batch = match only {
            Some(collector) => {
                self.merged(vec![collector.clone()], &kind, &target.reach, Reason::Timer, deadline).await
            }
            None => self.batch(target, &kind, deadline).await,
        };
        let start = Instant::now();
        let exchange = Arc::new(lease.exchange(&batch.first, pools.reply_limit(), deadline).await?);
        times.connect = exchange.connect_time.unwrap_or_default();
        Ok(Reading { kind, batch, rdb_size, exchange, prefetch: start.elapsed() })
    }

    /// One page of all reports.
    fn merge(&self, target: &str, layout: &Layout, batch: &Batch, finished: Vec<Finished>) -> Page {
        let mut parts: Vec<Vec<Sample>> = batch.jobs.iter().map(|_| Vec::new()).collect();
        for Finished { job, result, .. } in finished {
            let part = &mut parts[job];
            let is_second = !part.is_empty();
            part.extend(result.map_or_else(|_| Vec::new(), |report| report.samples));
            if is_second {
                // A key may be looked at by name and fit a pattern.
                part.sort_by_key(|sample| sample.family);
                drop(drop_duplicates(part));
            }
        }
        self.count_series(batch, &parts);
        let (page, repeated) = layout.page(parts);
        self.note_repeated(target, batch, &page, &repeated);
        page
    }

    /// What each collector gave, on this scrape or before it.
    fn count_series(&self, batch: &Batch, parts: &[Vec<Sample>]) {
        let own = &self.lasting.own;
        batch.refused.iter().for_each(|(name, _)| own.served(name, 0));
        for (job, part) in batch.jobs.iter().zip(parts) {
            own.served(&job.collector.name, part.iter().map(|sample| sample.value.series()).sum());
        }
    }
}

/// The layout of a scrape in which collectors brought families that their plans did not know; none when there are no
/// such families.
fn layout_with_late(batch: &Batch, finished: &mut [Finished]) -> Option<Arc<LateLayout>> {
    let has_late = |done: &Finished| done.result.as_ref().is_ok_and(|report| !report.late.is_empty());
    if !finished.iter().any(has_late) {
        return None;
    }
    let mut late: Vec<Vec<Family>> = batch.jobs.iter().map(|_| Vec::new()).collect();
    for Finished { job, result, .. } in finished.iter_mut() {
        let Ok(report) = result else { continue };
        // A collector that walks keys has two reports: the late families of the second stand behind those of the first.
        let (planned, before) = (batch.jobs[*job].plan.families.len(), late[*job].len());
        report.samples.iter_mut().filter(|sample| sample.family as usize >= planned).for_each(|sample| {
            sample.family += before as u32;
        });
        late[*job].append(&mut report.late);
    }
    Some(batch.with_late(late))
}
