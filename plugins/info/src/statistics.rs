//! Statistics by command and by error.

use std::collections::{BTreeMap, HashMap};

use redwasp_sdk::info::{self, Field};
use redwasp_sdk::{Family, Plan, Report, Summary, number};
use serde::{Deserialize, Serialize};

/// INFO counts time in microseconds.
const MICROSECONDS: f64 = 1e6;

/// Metrics of the sections Commandstats, Latencystats and Errorstats.
#[derive(Serialize, Deserialize)]
pub(crate) struct Statistics {
    calls: Family<1>,
    duration: Family<1>,
    rejected: Family<1>,
    failed: Family<1>,
    latencies: Summary<1>,
    errors: Family<1>,
}

/// Commands that are told, in four series each. A server with all of Redis's modules has some 600.
const MOST_COMMANDS: usize = 1000;
/// Percentiles of a command that are told.
const MOST_PERCENTILES: usize = 20;
/// Series of the summaries of all commands: each has its percentiles, a sum and a count. They do for 760 commands with
/// the three percentiles that a server tells unless it is configured otherwise.
const MOST_OF_SUMMARIES: usize = 3800;
/// Codes of errors that are told. Up to Redis 7.0, and on KeyDB, a script that makes up codes makes a line of each.
const MOST_ERRORS: usize = 1000;

/// Series that all this makes at most.
pub(crate) const MOST_SERIES: usize = 4 * MOST_COMMANDS + MOST_OF_SUMMARIES + MOST_ERRORS;

/// What the lines so far have told. Percentiles stand in another section than the counts that belong to them.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    /// Calls and microseconds by command.
    counts: HashMap<&'a str, (f64, f64)>,
    /// (percentile, microseconds), ascending, by command.
    percentiles: BTreeMap<&'a str, Vec<(f64, f64)>>,
    commands: usize,
    errors: usize,
    /// Lines with more percentiles than are told.
    long: usize,
}

impl Statistics {
    pub(crate) fn declare(plan: &mut Plan) -> Statistics {
        Statistics {
            calls: plan.counter("commands_total", "Calls of the command (cmdstat_<cmd>: calls).", ["cmd"]),
            duration: plan.counter(
                "commands_duration_seconds_total",
                "Seconds of CPU time that the command took (cmdstat_<cmd>: usec).",
                ["cmd"],
            ),
            rejected: plan.counter(
                "commands_rejected_calls_total",
                "Calls refused before they ran, e.g. for a wrong number of arguments (cmdstat_<cmd>: rejected_calls).",
                ["cmd"],
            ),
            failed: plan.counter(
                "commands_failed_calls_total",
                "Calls that failed while they ran (cmdstat_<cmd>: failed_calls).",
                ["cmd"],
            ),
            latencies: plan.summary(
                "latency_percentiles_usec",
                "Microseconds that the command took; quantiles are percentiles: 50, 99, 99.9 (latency_percentiles_usec_<cmd>).",
                ["cmd"],
            ),
            errors: plan.counter("errors_total", "Error replies by their code (errorstat_<err>: count).", ["err"]),
        }
    }

    /// `cmdstat_get:calls=21,usec=175,usec_per_call=8.33`, from Redis 6.2 on with `,rejected_calls=0,failed_calls=0`.
    pub(crate) fn command<'a>(&self, field: &Field<'a>, seen: &mut Seen<'a>, report: &mut Report) {
        let Some(command) = field.name.strip_prefix("cmdstat_") else { return };
        seen.commands += 1;
        if seen.commands <= MOST_COMMANDS {
            let counts = self.counts(command, field.value, report);
            seen.counts.insert(command, counts.unwrap_or_default());
        }
    }

    /// Calls and microseconds.
    fn counts(&self, command: &str, value: &str, report: &mut Report) -> Option<(f64, f64)> {
        let number = |part: &str| info::whole_parts(part)?.first().and_then(|(_, value)| number::float(value));
        let parts: Vec<_> = value.split(',').collect();
        let [calls, usec, _, outcomes @ ..] = &*parts else { return None };
        let (calls, usec) = (number(calls)?, number(usec)?);
        if let [rejected, failed, ..] = outcomes {
            let (rejected, failed) = (number(rejected)?, number(failed)?);
            report.set(self.rejected, [command], rejected);
            report.set(self.failed, [command], failed);
        }
        report.set(self.calls, [command], calls);
        report.set(self.duration, [command], usec / MICROSECONDS);
        Some((calls, usec))
    }

    /// `errorstat_ERR:count=4`.
    pub(crate) fn error(&self, field: &Field<'_>, seen: &mut Seen<'_>, report: &mut Report) -> Option<()> {
        let error = field.name.strip_prefix("errorstat_")?;
        let [(_, count)] = info::whole_parts(field.value)?[..] else { return None };
        let count = number::float(count)?;
        seen.errors += 1;
        if seen.errors <= MOST_ERRORS {
            report.set(self.errors, [error], count);
        }
        Some(())
    }

    /// Summaries of the commands of which there are percentiles and counts, and what was left out.
    pub(crate) fn report(&self, seen: Seen<'_>, report: &mut Report) {
        let (mut series, mut without) = (0, 0);
        for (command, percentiles) in seen.percentiles {
            if let Some(&(calls, usec)) = seen.counts.get(command) {
                series += percentiles.len() + 2;
                if series <= MOST_OF_SUMMARIES {
                    report.summary(self.latencies, [command], percentiles, usec, calls as u64);
                } else {
                    without += 1;
                }
            }
        }
        let mut left_out = |is: bool, what: String| {
            if is {
                report.partial();
                report.warn(what);
            }
        };
        let Seen { commands, errors, long, .. } = seen;
        let first = |most: usize| format!("the first {most} are told");
        left_out(commands > MOST_COMMANDS, format!("the server has {commands} commands: {}", first(MOST_COMMANDS)));
        left_out(errors > MOST_ERRORS, format!("the server has {errors} codes of errors: {}", first(MOST_ERRORS)));
        left_out(long > 0, format!("{long} commands have many percentiles: {} of each", first(MOST_PERCENTILES)));
        left_out(
            without > 0,
            format!("percentiles of {without} commands are left out: {MOST_OF_SUMMARIES} samples are told"),
        );
    }
}

impl<'a> Seen<'a> {
    /// `latency_percentiles_usec_get:p50=0.001,p99=1.003,p99.9=3.007`.
    pub(crate) fn percentiles(&mut self, field: &Field<'a>) -> Option<()> {
        let command = field.name.strip_prefix("latency_percentiles_usec_")?;
        let parts = || field.value.split(',');
        let mut percentiles = parts().take(MOST_PERCENTILES).map(percentile).collect::<Option<Vec<_>>>()?;
        self.long += usize::from(parts().nth(MOST_PERCENTILES).is_some());
        // Of two equal ones the last counts.
        percentiles.reverse();
        percentiles.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        percentiles.dedup_by_key(|(percentile, _)| *percentile);
        self.percentiles.insert(command, percentiles);
        Some(())
    }
}

/// `p99.9=3.007`. A server that is configured to tell no percentiles has an empty part there; redis_exporter makes a
/// percentile 0 of it, and of everything else without one `=`.
fn percentile(part: &str) -> Option<(f64, f64)> {
    let Some((name, value)) = part.split_once('=').filter(|(_, value)| !value.contains('=')) else {
        return Some((0.0, 0.0));
    };
    let percentile = number::float(name.get(1..)?)?;
    Some((percentile, number::float(value)?)).filter(|_| !percentile.is_nan())
}
