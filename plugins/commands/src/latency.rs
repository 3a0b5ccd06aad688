//! LATENCY HISTOGRAM and LATENCY LATEST.

use std::collections::HashMap;

use redwasp_sdk::info::{self, Info};
use redwasp_sdk::{Failure, Family, Histogram, Plan, Reply, Report, number};
use serde::{Deserialize, Serialize};

use crate::look::{Asked, Look};

/// Events that are told, in two series each. Servers know some 20; modules may name more.
const MOST_EVENTS: usize = 100;

/// Series of a report with which no further histogram is begun. The host takes 10,000; one histogram has some 25.
const MOST_SERIES: usize = 9500;
/// Buckets of a histogram that are told: servers double the bound, and stop at a second.
const MOST_BUCKETS: usize = 64;

/// The latest spike of each event.
#[derive(Serialize, Deserialize)]
pub(crate) struct Spikes {
    latest: Asked,
    last: Family<1>,
    duration: Family<1>,
}

impl Spikes {
    pub(crate) fn declare(plan: &mut Plan) -> Spikes {
        Spikes {
            latest: Asked::new("LATENCY LATEST", plan),
            last: plan.gauge(
                "latency_spike_last",
                "When the event last took longer than latency-monitor-threshold, Unix time (LATENCY LATEST).",
                ["event_name"],
            ),
            duration: plan.gauge(
                "latency_spike_duration_seconds",
                "Seconds that the event took then (LATENCY LATEST).",
                ["event_name"],
            ),
        }
    }

    pub(crate) fn read(&self, look: &mut Look<'_, '_>) {
        look.read(&self.latest, |reply, report| {
            for event in reply.elements()?.iter().take(MOST_EVENTS) {
                let [name, time, milliseconds, ..] = event.elements()? else { continue };
                let name = name.text()?;
                report.set(self.last, [&name], time.number()?);
                report.set(self.duration, [&name], milliseconds.number()? / 1000.0);
            }
            Ok(())
        });
    }
}

/// How often a command took how long.
#[derive(Serialize, Deserialize)]
pub(crate) struct Histograms {
    histogram: Asked,
    latencies: Histogram<1>,
}

impl Histograms {
    pub(crate) fn declare(plan: &mut Plan) -> Histograms {
        Histograms {
            histogram: Asked::new("LATENCY HISTOGRAM", plan),
            latencies: plan.histogram(
                "commands_latencies_usec",
                "Microseconds that calls of the command took (LATENCY HISTOGRAM; the sum is of cmdstat_<cmd>: usec).",
                ["cmd"],
            ),
        }
    }

    pub(crate) fn read(&self, info: &Info<'_>, look: &mut Look<'_, '_>) {
        let mut left_out = 0;
        look.read(&self.histogram, |reply, report| {
            let sums = sums(info);
            for (command, details) in reply.entries()? {
                if report.series() > MOST_SERIES - MOST_BUCKETS {
                    left_out += 1;
                    continue;
                }
                self.command(command, details, &sums, report)?;
            }
            Ok(())
        });
        if left_out > 0 {
            let text =
                format!("latencies of {left_out} commands are left out: there is room for {MOST_SERIES} samples");
            look.tell("room", &text);
        }
    }

    /// `calls` and `histogram_usec`, a map of upper bounds and cumulative counts.
    fn command(
        &self,
        command: &Reply<'_>,
        details: &Reply<'_>,
        sums: &HashMap<String, f64>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let name = command.text()?;
        let odd = || Failure::Other(format!("the histogram of {name} is none"));
        let calls = count(details.get("calls").ok_or_else(odd)?).ok_or_else(odd)?;
        let buckets = buckets(details.get("histogram_usec").ok_or_else(odd)?, calls).ok_or_else(odd)?;
        // A command that was first called between the two replies is in the next INFO.
        let sum = sums.get(&as_in_info(&name)).copied().unwrap_or_default();
        report.histogram(self.latencies, [&name], buckets, sum, calls);
        Ok(())
    }
}

/// Microseconds by command, of all its calls.
fn sums(info: &Info<'_>) -> HashMap<String, f64> {
    let of_command = |field: info::Field<'_>| {
        let command = field.name.strip_prefix("cmdstat_")?;
        let (_, usec) = info::parts(field.value).find(|(name, _)| *name == "usec")?;
        Some((command.to_owned(), number::float(usec)?))
    };
    info.section("Commandstats").filter_map(of_command).collect()
}

/// A command's name as INFO writes it: characters that mean something in its text are `_` there.
fn as_in_info(name: &str) -> String {
    name.replace(['#', ':', '\n', '\r'], "_")
}

/// None when they are not cumulative: then they cannot be buckets, and a report with them would be refused whole.
fn buckets(reply: &Reply<'_>, calls: u64) -> Option<Vec<(f64, u64)>> {
    let entries = reply.entries().ok()?;
    let bucket = |(bound, below): (&Reply<'_>, &Reply<'_>)| Some((bound.number().ok()?, count(below)?));
    let mut buckets = entries.into_iter().take(MOST_BUCKETS).map(bucket).collect::<Option<Vec<_>>>()?;
    buckets.retain(|(bound, _)| bound.is_finite());
    buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let is_cumulative = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
    let is_below = buckets.last().is_none_or(|&(_, below)| below <= calls);
    (is_cumulative && is_below).then_some(buckets)
}

fn count(reply: &Reply<'_>) -> Option<u64> {
    u64::try_from(reply.integer().ok()?).ok()
}
