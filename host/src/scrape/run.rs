//! Runs the jobs of one scrape.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use tokio::time::Instant;

use super::Scraper;
use super::batch::{Batch, Job};
use super::outcome::{CollectorOutcome, Outcome};
use crate::config::target::Target;
use crate::metrics::{Family, Layout, Page, Sample};
use crate::plugin::{Cause, Failure, Refused, Report, Request, Usage};
use crate::servers::{self, Exchange, ServerKind};

/// What was read of a server.
struct Reading {
    kind: ServerKind,
    batch: std::sync::Arc<Batch>,
    exchange: Exchange,
    connect_time: Duration,
}

/// How one job ended.
struct Finished<'a> {
    job: &'a Job,
    result: Result<Report, Failure>,
    usage: Usage,
    duration: Duration,
}

impl Scraper {
    pub(super) async fn run(&self, target: &Target, deadline: Instant) -> Outcome {
        let start = Instant::now();
        let name = target.to_string();
        let reading = match self.read(target, deadline).await {
            Ok(reading) => reading,
            Err(error) => {
                tracing::warn!(target = name, kind = error.cause.kind(), error = %error.cause, "target cannot be read");
                return Outcome::down(error.to_string(), start.elapsed());
            }
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let jobs = reading.batch.jobs.iter().map(|job| collect(job, &name, &reading, unix_ms, deadline));
        let finished = join_all(jobs).await;
        let collectors = self.note(&name, &reading.batch, &finished);
        let page = self.merge(&reading.batch, finished);
        Outcome { page, error: None, connect_time: reading.connect_time, duration: start.elapsed(), collectors }
    }

    /// One round trip: the prefetch of all collectors.
    async fn read(&self, target: &Target, deadline: Instant) -> Result<Reading, servers::Error> {
        let lease = self.pools.checkout(target, deadline).await?;
        let kind = lease.facts.kind.clone();
        let connect_time = lease.connect_time.unwrap_or_default();
        let batch = self.batch(&kind).await;
        let exchange = lease.exchange(&batch.commands, deadline).await?;
        Ok(Reading { kind, batch, exchange, connect_time })
    }

    /// What the scrape in time could not wait for.
    pub(super) fn late(&self, target: &Target) -> Outcome {
        let error = servers::Error { target: target.to_string(), cause: servers::Cause::Hung };
        Outcome::down(error.to_string(), Duration::ZERO)
    }

    /// Tells logs, metrics and the landing page how each collector did.
    fn note(&self, target: &str, batch: &Batch, finished: &[Finished<'_>]) -> Vec<CollectorOutcome> {
        let mut states = self.states.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut outcomes = Vec::with_capacity(finished.len() + batch.refused.len());
        for (name, refused) in &batch.refused {
            self.own.call(name, refused.kind(), Duration::ZERO, Duration::ZERO);
            states.insert(name.clone(), Err(refused.to_string()));
            let success = matches!(refused, Refused::NotApplicable(_));
            outcomes.push(CollectorOutcome { name: name.clone(), success, duration: Duration::ZERO });
        }
        for Finished { job, result, usage, duration } in finished {
            let name = &job.collector.name;
            let failure = result.as_ref().err().filter(|failure| !matches!(failure.cause, Cause::NotApplicable(_)));
            if let Some(failure) = failure {
                tracing::error!(target, collector = name, cause = failure.cause.kind(), error = %failure, "collector failed");
            }
            if let Ok(report) = result {
                for warning in &report.warnings {
                    tracing::warn!(target, collector = name, warning, "collector warns");
                }
                self.own.mended(name, report.mended.duplicates, report.mended.cut);
            }
            let outcome = result.as_ref().err().map_or("success", |failure| failure.cause.kind());
            self.own.call(name, outcome, usage.cpu, usage.queue);
            states.insert(name.clone(), failure.map_or(Ok(()), |failure| Err(failure.to_string())));
            outcomes.push(CollectorOutcome { name: name.clone(), success: failure.is_none(), duration: *duration });
        }
        outcomes
    }

    fn merge(&self, batch: &Batch, finished: Vec<Finished<'_>>) -> Page {
        let late = finished.iter().any(|done| done.result.as_ref().is_ok_and(|report| !report.late.is_empty()));
        let layout = late.then(|| layout_with_late(&finished));
        let names: Vec<&str> = finished.iter().map(|done| done.job.collector.name.as_str()).collect();
        let names = names.join(", ");
        let samples = |done: Finished<'_>| done.result.map_or_else(|_| Vec::new(), |report| report.samples);
        let parts: Vec<Vec<Sample>> = finished.into_iter().map(samples).collect();
        let (page, repeated) = layout.as_ref().unwrap_or(&batch.layout).page(parts);
        if repeated > 0 {
            tracing::debug!(collectors = names, repeated, "series that an earlier collector has given are dropped");
        }
        page
    }
}

/// The layout of a scrape in which collectors brought families that their plans did not know. A collector whose late
/// families clash with another's is left out.
fn layout_with_late(finished: &[Finished<'_>]) -> Layout {
    let families = |done: &Finished<'_>| -> Vec<Family> {
        let late = done.result.as_ref().map_or(&[][..], |report| &report.late);
        [&done.job.plan.families, late].concat()
    };
    let parts: Vec<Vec<Family>> = finished.iter().map(families).collect();
    let (layout, clashes) = Layout::new(parts.iter().map(Vec::as_slice));
    for (part, clash) in clashes {
        let collector = &finished[part].job.collector.name;
        tracing::error!(collector, error = %clash, "a late family clashes; the collector's samples are dropped");
    }
    layout
}

async fn collect<'a>(job: &'a Job, target: &str, reading: &Reading, unix_ms: u64, deadline: Instant) -> Finished<'a> {
    let start = Instant::now();
    let replies = job.replies.iter().map(|&place| &reading.exchange.replies[place]).collect();
    let request = Request { target, server: &reading.kind, replies, unix_ms, deadline };
    let (result, usage) = job.collector.collect(&job.plan, &request).await;
    Finished { job, result, usage, duration: start.elapsed() }
}
