//! Runs the jobs of one scrape.

use std::mem;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::Scraper;
use super::batch::{Batch, Job, LateLayout};
use super::outcome::{CollectorOutcome, Outcome, Times};
use crate::config::target::Target;
use crate::metrics::{Family, Layout, Page, Sample};
use crate::plugin::{Cause, Failure, Refused, Report, Request, Usage};
use crate::servers::{self, Exchange, ServerKind};

/// What was read of a server.
struct Reading {
    kind: ServerKind,
    batch: Arc<Batch>,
    exchange: Exchange,
}

/// How one job ended.
struct Finished {
    /// Index into the batch's jobs.
    job: usize,
    result: Result<Report, Failure>,
    usage: Usage,
    duration: Duration,
}

impl Scraper {
    pub(super) async fn run(&self, target: &Target, deadline: Instant) -> Outcome {
        let start = Instant::now();
        let mut times = Times::default();
        match self.read(target, deadline, &mut times).await {
            Ok(reading) => {
                let labels = self.labels(&reading.exchange.role);
                let (page, collectors) = self.collect(target, reading, deadline).await;
                Outcome::up(page.labelled(labels), collectors, Times { whole: start.elapsed(), ..times })
            }
            Err(error) => {
                let name = &error.target;
                tracing::warn!(target = name, kind = error.cause.kind(), error = %error.cause, "target cannot be read");
                Outcome::down(&error, deadline, self.labels(""), Times { whole: start.elapsed(), ..times })
            }
        }
    }

    /// What all samples of a target carry.
    pub(super) fn labels(&self, role: &str) -> Vec<(&'static str, String)> {
        if self.settings.instance_role_label { vec![("instance_role", role.to_owned())] } else { Vec::new() }
    }

    /// One call for each collector.
    async fn collect(&self, target: &Target, reading: Reading, deadline: Instant) -> (Page, Vec<CollectorOutcome>) {
        let (name, reading) = (target.to_string(), Arc::new(reading));
        // Together, in one go on the guests' threads: changing threads for each collector would cost as much as a call.
        let calls = collect_all(reading.clone(), name.clone(), before(deadline));
        let mut finished = self.apart(calls).await.unwrap_or_else(|| {
            tracing::error!(target = name, "a fault in redwasp ended the collectors; please report it");
            Vec::new()
        });
        let late = layout_with_late(&reading.batch, &mut finished);
        let layout = late.as_ref().map_or(&reading.batch.layout, |late| &late.layout);
        for Finished { job, result, .. } in &mut finished {
            if let Ok(report) = result {
                report.mended.dropped += layout.keep_placed(*job, &mut report.samples);
            }
        }
        let collectors = self.note(&name, &reading.batch, &finished);
        (merge(layout, &reading.batch, finished), collectors)
    }

    /// One round trip: the prefetch of all collectors.
    async fn read(&self, target: &Target, deadline: Instant, times: &mut Times) -> Result<Reading, servers::Error> {
        let error = |cause| servers::Error { target: target.to_string(), cause };
        let place = timeout_at(deadline, self.places.acquire()).await;
        let _place = place.ok().and_then(Result::ok).ok_or_else(|| error(servers::Cause::Crowded))?;
        let start = Instant::now();
        let lease = self.pools.checkout(target, deadline).await;
        times.connect = if lease.is_err() { start.elapsed() } else { Duration::ZERO };
        let mut lease = lease?;
        if self.settings.ping_on_connect {
            times.ping = lease.ping(deadline).await?;
        }
        let kind = lease.facts.kind.clone();
        let batch = self.batch(&kind, deadline).await;
        let exchange = lease.exchange(&batch.commands, deadline).await?;
        times.connect = exchange.connect_time.unwrap_or_default();
        Ok(Reading { kind, batch, exchange })
    }

    /// Tells logs, metrics and the landing page how each collector did.
    fn note(&self, target: &str, batch: &Batch, finished: &[Finished]) -> Vec<CollectorOutcome> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcomes = Vec::with_capacity(finished.len() + batch.refused.len());
        for (name, refused) in &batch.refused {
            self.own.call(name, refused.kind(), Duration::ZERO, Duration::ZERO);
            states.insert(name.clone(), Err(refused.to_string()));
            let success = matches!(refused, Refused::NotApplicable(_));
            outcomes.push(CollectorOutcome { name: name.clone(), success, duration: Duration::ZERO });
        }
        for Finished { job, result, usage, duration } in finished {
            let name = &batch.jobs[*job].collector.name;
            let failure = result.as_ref().err().filter(|failure| !matches!(failure.cause, Cause::NotApplicable(_)));
            if let Some(failure) = failure {
                tracing::error!(target, collector = name, cause = failure.cause.kind(), error = %failure, "collector failed");
            }
            if let Ok(report) = result {
                for warning in &report.warnings {
                    tracing::warn!(target, collector = name, warning, "collector warns");
                }
                self.own.mended(name, report.mended.dropped, report.mended.cut);
            }
            let outcome = result.as_ref().err().map_or("success", |failure| failure.cause.kind());
            self.own.call(name, outcome, usage.cpu, usage.queue);
            states.insert(name.clone(), failure.map_or(Ok(()), |failure| Err(failure.to_string())));
            outcomes.push(CollectorOutcome { name: name.clone(), success: failure.is_none(), duration: *duration });
        }
        outcomes
    }
}

/// A deadline for guests that leaves some time to make a page of what there is.
fn before(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline - (left / 10).min(Duration::from_millis(200))
}

fn merge(layout: &Layout, batch: &Batch, finished: Vec<Finished>) -> Page {
    let mut parts: Vec<Vec<Sample>> = batch.jobs.iter().map(|_| Vec::new()).collect();
    for Finished { job, result, .. } in finished {
        parts[job] = result.map_or_else(|_| Vec::new(), |report| report.samples);
    }
    let (page, repeated) = layout.page(parts);
    if repeated > 0 {
        tracing::debug!(repeated, "series that an earlier collector has given are dropped");
    }
    page
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
        late[*job] = result.as_mut().map_or_else(|_| Vec::new(), |report| mem::take(&mut report.late));
    }
    Some(batch.with_late(late))
}

async fn collect_all(reading: Arc<Reading>, target: String, deadline: Instant) -> Vec<Finished> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let unix_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let (reading, target) = (&reading, target.as_str());
    let collect = |(index, job): (usize, &'_ Job)| {
        let replies = job.replies.iter().map(|&place| &reading.exchange.replies[place]).collect();
        let request = Request { target, server: &reading.kind, replies, unix_ms, deadline };
        let (collector, plan) = (job.collector.clone(), job.plan.clone());
        async move {
            let start = Instant::now();
            let (result, usage) = collector.collect(&plan, &request).await;
            Finished { job: index, result, usage, duration: start.elapsed() }
        }
    };
    join_all(reading.batch.jobs.iter().enumerate().map(collect)).await
}
