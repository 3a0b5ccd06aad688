//! Tells logs, metrics and the ledger how calls ended.

use std::sync::PoisonError;

use tokio::time::Instant;

use super::Scraper;
use super::batch::Batch;
use super::calls::Finished;
use super::outcome::CollectorOutcome;
use crate::metrics::check::Mended;
use crate::metrics::{Page, Repeated};
use crate::own::Call;
use crate::plugin::{Cause, Collector, Ending, Failure, Level, Line, Refused, Report, State, Usage};

/// Failed walks that are remembered.
const FAILED: usize = 1024;

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
            self.tell(target, collector, &collector.account(), done);
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
        let account = collector.account_of_walks();
        self.count(&collector.name, done);
        self.tell(target, collector, &account, done);
        self.judge(&account, target, collector, done);
        let mut failed = self.lasting.failed_sweeps.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (collector.name.clone(), target.to_owned());
        match failure {
            Some(failure) if failed.len() < FAILED || failed.contains_key(&place) => {
                failed.insert(place, failure.to_string())
            }
            Some(_) => None,
            None => failed.remove(&place),
        };
        failure.is_none()
    }

    /// Notes what a collector used in a walk that the server ended.
    pub(super) fn note_abandoned(&self, target: &str, collector: &Collector, usage: &Usage) {
        self.lasting.own.call(&Call { outcome: "abandoned", ..used(&collector.name, usage) });
        self.tell_usage(target, &collector.name, usage);
    }

    /// Notes series that were left out because they were there already.
    pub(super) fn note_repeated(&self, target: &str, batch: &Batch, page: &Page, repeated: &[Repeated]) {
        let is_of_one = |one: &Repeated, next: &Repeated| (one.part, one.family) == (next.part, next.family);
        for of_one in repeated.chunk_by(is_of_one) {
            let (Some(Repeated { part, first, family, .. }), series) = (of_one.first(), of_one.len()) else { continue };
            let [name, first] = [part, first].map(|part| &batch.jobs[*part].collector.name);
            self.lasting.own.dropped(name, series);
            let family = page.families.get(*family as usize).map_or("", |family| family.name.as_str());
            if self.lasting.ledger.is_news(name, &format!("left out: {family}")) {
                let why = "series of a collector are left out: they are there already; this is told once";
                tracing::warn!(target, collector = name, family, series, first, "{why}");
            }
        }
    }

    /// A collector that is not called, because it failed too often.
    pub(super) fn left_alone(&self, name: &str) -> CollectorOutcome {
        self.lasting.own.call(&Call { outcome: "quarantine", ..Call::of(name) });
        CollectorOutcome::off(name)
    }

    fn count(&self, name: &str, done: &Finished) {
        let mended = done.result.as_ref().ok().map(|report| &report.mended);
        self.lasting.own.call(&Call {
            outcome: done.result.as_ref().err().map_or("success", |failure| failure.cause.kind()),
            prefetch: done.prefetch,
            dropped_samples: mended.map_or(0, |mended| mended.dropped),
            cut_label_values: mended.map_or(0, |mended| mended.cut),
            ..used(name, &done.usage)
        });
    }

    /// Tells what a call said, and what it may not ask.
    fn tell_usage(&self, target: &str, name: &str, usage: &Usage) {
        usage.lines.iter().for_each(|line| log(target, name, line));
        for denied in usage.asked.denied.iter().filter(|denied| self.lasting.ledger.is_news(name, denied)) {
            tracing::warn!(target, collector = name, denied, "a command of a collector is not sent; this is told once");
        }
    }

    fn tell(&self, target: &str, collector: &Collector, account: &str, done: &Finished) {
        let (name, ledger) = (&collector.name, &self.lasting.ledger);
        self.tell_usage(target, name, &done.usage);
        match &done.result {
            Ok(Report { warnings, partial, mended, .. }) => {
                self.tell_mended(target, name, mended);
                for warning in ledger.new_warnings(account, target, warnings) {
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

    /// Tells what was left out of a report, with what its author can look for.
    fn tell_mended(&self, target: &str, name: &str, mended: &Mended) {
        let is_news = |what: &str| self.lasting.ledger.is_news(name, what);
        if let Some(family) = mended.twice.as_ref().filter(|family| is_news(&format!("twice: {family}"))) {
            let why = "series of a report are left out: it has them twice; this is told once";
            tracing::warn!(target, collector = name, family, "{why}");
        }
        if mended.families > 0 && is_news("late families") {
            let why = "late families of a report are left out: it has more than limits.families; this is told once";
            tracing::warn!(target, collector = name, families = mended.families, "{why}");
        }
    }

    /// Leaves a collector alone that failed too often, by this account of it.
    fn judge(&self, account: &str, target: &str, collector: &Collector, done: &Finished) {
        let ending = match &done.result {
            Err(failure) if is_fault(failure, collector, done) => Ending::Fault,
            _ => Ending::Well,
        };
        if let Some(time) = self.lasting.ledger.ended(account, target, &ending, Instant::now()) {
            let (collector, seconds) = (&collector.name, time.as_secs_f64());
            tracing::warn!(target, collector, seconds, "collector is left alone: it failed again and again");
        }
    }

    fn remember(&self, target: &str, collector: &Collector, done: &Finished) {
        let (ledger, account) = (&self.lasting.ledger, collector.account());
        self.judge(&account, target, collector, done);
        if let Ok(Report { state: Some(bytes), .. }) = &done.result {
            ledger.save(&account, target, State { writer: collector.plugin.title(), bytes: bytes.clone() });
        }
    }
}

/// A call that used this.
fn used<'a>(collector: &'a str, usage: &Usage) -> Call<'a> {
    let Usage { queue, cpu, wall, memory, asked, dropped_lines, .. } = usage;
    Call {
        cpu: *cpu,
        queue: *queue,
        redis: asked.time,
        guest: wall.saturating_sub(asked.time),
        memory: *memory,
        commands: u64::from(asked.commands),
        reply_bytes: asked.bytes,
        denials: asked.denials,
        dropped_lines: *dropped_lines,
        ..Call::of(collector)
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
