//! Metrics of what collectors do.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::LabelPair;
use prometheus::{CounterVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// A call of a collector that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The collector's name.
    pub collector: &'a str,
    /// "success", the cause of the failure, or "abandoned" for a walk that the server ended.
    pub outcome: &'a str,
    /// CPU time of the guest.
    pub cpu: Duration,
    /// Waiting for a place.
    pub queue: Duration,
    /// Waiting for the pipelines that run before the call.
    pub prefetch: Duration,
    /// In the guest.
    pub guest: Duration,
    /// Waiting for what the guest asked of Redis.
    pub redis: Duration,
    /// Bytes of memories and tables.
    pub memory: usize,
    /// Commands that the guest had sent.
    pub commands: u64,
    /// Bytes of the replies to them.
    pub reply_bytes: u64,
    /// Commands that were not sent because nobody allows them.
    pub denials: u64,
    /// Lines for the log that were not kept.
    pub dropped_lines: u64,
    /// Samples of the report that were dropped.
    pub dropped_samples: usize,
    /// Label values of the report that were cut.
    pub cut_label_values: usize,
}

impl Call<'_> {
    /// A collector that was not called.
    pub fn of(collector: &str) -> Call<'_> {
        Call {
            collector,
            outcome: "success",
            cpu: Duration::ZERO,
            queue: Duration::ZERO,
            prefetch: Duration::ZERO,
            guest: Duration::ZERO,
            redis: Duration::ZERO,
            memory: 0,
            commands: 0,
            reply_bytes: 0,
            denials: 0,
            dropped_lines: 0,
            dropped_samples: 0,
            cut_label_values: 0,
        }
    }
}

pub(super) struct Collectors {
    calls: IntCounterVec,
    cpu: CounterVec,
    phases: CounterVec,
    memory: IntGaugeVec,
    commands: IntCounterVec,
    reply_bytes: IntCounterVec,
    denials: IntCounterVec,
    dropped_lines: IntCounterVec,
    samples: IntGaugeVec,
    dropped_samples: IntCounterVec,
    cut_label_values: IntCounterVec,
}

const COLLECTOR: &[&str] = &["collector"];

impl Collectors {
    pub(super) fn new(registry: &Registry) -> prometheus::Result<Collectors> {
        let counter = |name: &str, help: &str| counters(registry, name, help, COLLECTOR);
        let gauge = |name: &str, help: &str| gauges(registry, name, help, COLLECTOR);
        Ok(Collectors {
            calls: counters(
                registry,
                "redwasp_collector_calls_total",
                "Calls of the collector by how they ended: success or the cause of the failure.",
                &["collector", "outcome"],
            )?,
            cpu: seconds(registry, "redwasp_collector_cpu_seconds_total", "CPU time of calls.", COLLECTOR)?,
            phases: seconds(
                registry,
                "redwasp_collector_phase_seconds_total",
                "Time that calls took: prefetch reads what the plan names, queue waits for a place, guest computes, redis \
                waits for what the guest asked.",
                &["collector", "phase"],
            )?,
            memory: gauge("redwasp_collector_peak_memory_bytes", "The most memory that a call used so far.")?,
            commands: counter("redwasp_collector_commands_total", "Commands that calls had sent to Redis.")?,
            reply_bytes: counter("redwasp_collector_reply_bytes_total", "Bytes of the replies to these commands.")?,
            denials: counter(
                "redwasp_collector_denied_commands_total",
                "Commands that were not sent because no grant allows them.",
            )?,
            dropped_lines: counter(
                "redwasp_collector_dropped_log_lines_total",
                "Lines for the log that were dropped because a call wrote too much.",
            )?,
            samples: gauge(
                "redwasp_collector_samples",
                "Series that the collector gave to the last scrape that reached a server, those of walks and of runs by \
                 themselves included.",
            )?,
            dropped_samples: counter(
                "redwasp_collector_dropped_samples_total",
                "Samples dropped because their series was there already, in the report or of another collector, or their \
                 family could not be had.",
            )?,
            cut_label_values: counter(
                "redwasp_collector_cut_label_values_total",
                "Label values cut because they were too long.",
            )?,
        })
    }

    pub(super) fn dropped(&self, collector: &str, samples: usize) {
        self.dropped_samples.with_label_values(&[collector]).inc_by(samples as u64);
    }

    pub(super) fn served(&self, collector: &str, series: usize) {
        self.samples.with_label_values(&[collector]).set(series as i64);
    }

    pub(super) fn add(&self, call: &Call<'_>) {
        let name = &[call.collector];
        self.calls.with_label_values(&[call.collector, call.outcome]).inc();
        self.cpu.with_label_values(name).inc_by(call.cpu.as_secs_f64());
        let phases = [("queue", call.queue), ("prefetch", call.prefetch), ("guest", call.guest), ("redis", call.redis)];
        for (phase, time) in phases {
            self.phases.with_label_values(&[call.collector, phase]).inc_by(time.as_secs_f64());
        }
        let peak = self.memory.with_label_values(name);
        peak.set(peak.get().max(call.memory as i64));
        self.commands.with_label_values(name).inc_by(call.commands);
        self.reply_bytes.with_label_values(name).inc_by(call.reply_bytes);
        self.denials.with_label_values(name).inc_by(call.denials);
        self.dropped_lines.with_label_values(name).inc_by(call.dropped_lines);
        self.dropped(call.collector, call.dropped_samples);
        self.cut_label_values.with_label_values(name).inc_by(call.cut_label_values as u64);
    }

    /// Ends the series of a collector that is no longer there.
    pub(super) fn forget(&self, collector: &str) {
        for outcome in self.outcomes(collector) {
            let _ = self.calls.remove_label_values(&[collector, &outcome]);
        }
        for phase in ["queue", "prefetch", "guest", "redis"] {
            let _ = self.phases.remove_label_values(&[collector, phase]);
        }
        let _ = self.cpu.remove_label_values(&[collector]);
        for gauges in [&self.memory, &self.samples] {
            let _ = gauges.remove_label_values(&[collector]);
        }
        let counters = [
            &self.commands,
            &self.reply_bytes,
            &self.denials,
            &self.dropped_lines,
            &self.dropped_samples,
            &self.cut_label_values,
        ];
        for counters in counters {
            let _ = counters.remove_label_values(&[collector]);
        }
    }

    /// How calls of a collector have ended so far.
    fn outcomes(&self, collector: &str) -> Vec<String> {
        let families = self.calls.collect();
        let labels = families.iter().flat_map(|family| family.get_metric()).map(|metric| metric.get_label());
        let value = |labels: &[LabelPair], name: &str| {
            labels.iter().find(|label| label.name() == name).map(|label| label.value().to_owned())
        };
        let of_collector = labels.filter(|labels| value(labels, "collector").as_deref() == Some(collector));
        of_collector.filter_map(|labels| value(labels, "outcome")).collect()
    }
}

pub(super) fn counters(
    registry: &Registry,
    name: &str,
    help: &str,
    labels: &[&str],
) -> prometheus::Result<IntCounterVec> {
    let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(counters.clone()))?;
    Ok(counters)
}

pub(super) fn gauges(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
    let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(gauges.clone()))?;
    Ok(gauges)
}

fn seconds(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<CounterVec> {
    let counters = CounterVec::new(Opts::new(name, help), labels)?;
    registry.register(Box::new(counters.clone()))?;
    Ok(counters)
}
