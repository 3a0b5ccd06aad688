//! Tells logs, metrics and the ledger how calls ended.

use std::sync::PoisonError;

use tokio::time::Instant;

use super::Scraper;
use super::batch::Batch;
use super::calls::Finished;
use super::outcome::CollectorOutcome;
use crate::own::Call;
use crate::plugin::{Cause, Collector, Ending, Failure, Level, Line, Refused, Report, State, Usage};

impl Scraper {
    /// Notes how each collector did.
    pub(super) fn note(&self, target: &str, batch: &Batch, finished: &[Finished]) -> Vec<CollectorOutcome> {
        let mut states = self.lasting.states.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcomes = Vec::with_capacity(finished.len() + batch.refused.len());
        for (name, refused) in &batch.refused {
            self.lasting.own.call(&Call { outcome: refused.kind(), ..Call::of(name) });
            states.insert(name.clone(), Err(refused.to_string()));
            let success = matches!(refused, Refused::NotApplicable(_));
            outcomes.push(CollectorOutcome { success, ..CollectorOutcome::off(name) });
        }
        for done in finished {
            let collector = &batch.jobs[done.job].collector;
            let failure =
                done.result.as_ref().err().filter(|failure| !matches!(failure.cause, Cause::NotApplicable(_)));
            self.count(&collector.name, done);
            self.tell(target, &collector.name, done);
            self.remember(target, collector, done);
            let name = collector.name.clone();
            states.insert(name.clone(), failure.map_or(Ok(()), |failure| Err(failure.to_string())));
            let (success, partial) = (failure.is_none(), done.is_partial());
            outcomes.push(CollectorOutcome { name, success, duration: done.duration, age: None, partial });
        }
        outcomes
    }

    /// Notes how a collector's walk over keys ended: whether that was well.
    pub(super) fn note_sweep(&self, target: &str, collector: &Collector, done: &Finished) -> bool {
        let failure = done.result.as_ref().err().filter(|failure| !matches!(failure.cause, Cause::NotApplicable(_)));
        self.count(&collector.name, done);
        self.tell(target, &collector.name, done);
        let mut failed = self.lasting.failed_sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(failure) => failed.insert(collector.name.clone(), failure.to_string()),
            None => failed.remove(&collector.name),
        };
        failure.is_none()
    }

    /// A collector that is not called, because it failed too often.
    pub(super) fn left_alone(&self, name: &str) -> CollectorOutcome {
        self.lasting.own.call(&Call { outcome: "quarantine", ..Call::of(name) });
        CollectorOutcome::off(name)
    }

    fn count(&self, name: &str, done: &Finished) {
        let Usage { queue, cpu, wall, memory, asked, dropped_lines, .. } = &done.usage;
        let report = done.result.as_ref().ok();
        let mended = report.map(|report| report.mended).unwrap_or_default();
        self.lasting.own.call(&Call {
            collector: name,
            outcome: done.result.as_ref().err().map_or("success", |failure| failure.cause.kind()),
            cpu: *cpu,
            queue: *queue,
            prefetch: done.prefetch,
            redis: asked.time,
            guest: wall.saturating_sub(asked.time),
            memory: *memory,
            commands: u64::from(asked.commands),
            reply_bytes: asked.bytes,
            denials: asked.denials,
            dropped_lines: *dropped_lines,
            samples: report.map(|report| report.samples.iter().map(|sample| sample.value.series()).sum()),
            dropped_samples: mended.dropped,
            cut_label_values: mended.cut,
        });
    }

    fn tell(&self, target: &str, name: &str, done: &Finished) {
        done.usage.lines.iter().for_each(|line| log(target, name, line));
        for denied in done.usage.asked.denied.iter().filter(|denied| self.lasting.ledger.is_new_denial(name, denied)) {
            tracing::warn!(target, collector = name, denied, "a command of a collector is not sent; this is told once");
        }
        match &done.result {
            Ok(Report { warnings, partial, .. }) => {
                for warning in warnings {
                    tracing::warn!(target, collector = name, warning, "collector warns");
                }
                if *partial {
                    tracing::debug!(target, collector = name, "collector could not read everything");
                }
            }
            Err(failure) if matches!(failure.cause, Cause::NotApplicable(_)) => {}
            Err(failure) => {
                let cause = failure.cause.kind();
                tracing::error!(target, collector = name, cause, error = %failure, "collector failed");
            }
        }
    }

    fn remember(&self, target: &str, collector: &Collector, done: &Finished) {
        let (ledger, name, account) = (&self.lasting.ledger, &collector.name, collector.account());
        let ending = match &done.result {
            Err(failure) if is_fault(failure, collector, done) => Ending::Fault,
            _ => Ending::Well,
        };
        if let Some(time) = ledger.ended(&account, target, &ending, Instant::now()) {
            let seconds = time.as_secs_f64();
            tracing::warn!(target, collector = name, seconds, "collector is left alone: it failed again and again");
        }
        if let Ok(Report { state: Some(bytes), .. }) = &done.result {
            ledger.save(&account, target, State { writer: collector.plugin.title(), bytes: bytes.clone() });
        }
    }
}

/// A call that waited for Redis most of its time, or had less time than it may take, is no fault of the plugin.
fn is_fault(failure: &Failure, collector: &Collector, done: &Finished) -> bool {
    let waited = done.usage.asked.time + done.prefetch;
    match failure.cause {
        Cause::Wall(time) if time < collector.config.limits.wall => false,
        Cause::Wall(_) => waited * 2 < done.usage.wall + done.prefetch,
        ref cause => cause.is_fault(),
    }
}

fn log(target: &str, collector: &str, Line { level, text }: &Line) {
    match level {
        Level::Trace => tracing::trace!(target, collector, text, "collector says"),
        Level::Debug => tracing::debug!(target, collector, text, "collector says"),
        Level::Info => tracing::info!(target, collector, text, "collector says"),
        Level::Warn => tracing::warn!(target, collector, text, "collector says"),
        Level::Error => tracing::error!(target, collector, text, "collector says"),
    }
}
