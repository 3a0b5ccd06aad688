//! SLOWLOG: how long it is, its latest entry, and which commands were logged since the last look.

use std::collections::BTreeMap;

use redwasp_sdk::info::Info;
use redwasp_sdk::{Family, Plan, Reply, Report};
use serde::{Deserialize, Serialize};

use crate::look::{Asked, Look};

/// Entries that are asked for. Each may have 4 KiB of arguments, which cross the network although nobody sees them.
const ENTRIES: &str = "32";
/// Commands that are told apart; what else is logged is counted as [`OTHER`].
const MOST_COMMANDS: usize = 200;
/// No command is called so.
const OTHER: &str = "other";
/// Bytes of a command's name that are kept. With [`MOST_COMMANDS`] of them a state has a fourth of what it may have.
const LONGEST_NAME: usize = 64;

/// Servers count in microseconds.
const MICROSECONDS: f64 = 1e6;

/// Metrics of the slow log.
#[derive(Serialize, Deserialize)]
pub(crate) struct SlowLog {
    length_of: Asked,
    entries_of: Asked,
    length: Family<0>,
    last_id: Family<0>,
    last_duration: Family<0>,
    counts: Option<Counts>,
}

/// What can be told where entries are numbered one by one.
#[derive(Serialize, Deserialize)]
struct Counts {
    entries: Family<1>,
    missed: Family<0>,
    slowest: Family<0>,
}

/// What is known of the entries until now.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Log {
    /// Which process it was.
    run_id: String,
    /// When it was looked at, Unix time.
    unix_ms: u64,
    /// The number of the next entry; none when there never was one.
    next: Option<u64>,
    /// Entries by command.
    entries: BTreeMap<String, u64>,
    missed: u64,
}

/// Which entries are new.
enum Since {
    /// None: it is the first look, and they may be old.
    Now,
    /// Those from this number on.
    Number(u64),
    /// All that are there. How many there were before them is not known.
    Empty,
}

struct Entry {
    number: u64,
    microseconds: f64,
    command: String,
}

impl SlowLog {
    pub(crate) fn declare(has_consecutive_ids: bool, plan: &mut Plan) -> SlowLog {
        SlowLog {
            length_of: Asked::new("SLOWLOG LEN", plan),
            entries_of: Asked::new(&format!("SLOWLOG GET {ENTRIES}"), plan),
            length: plan.gauge("slowlog_length", "Entries in the slow log (SLOWLOG LEN).", []),
            last_id: plan.gauge("slowlog_last_id", "Number of the latest entry of the slow log; 0 without one.", []),
            last_duration: plan.gauge(
                "last_slow_execution_duration_seconds",
                "Seconds that the command of the latest entry of the slow log took; 0 without one.",
                [],
            ),
            counts: has_consecutive_ids.then(|| Counts::declare(plan)),
        }
    }

    /// Sets the metrics; what is to be remembered.
    pub(crate) fn read(&self, info: &Info<'_>, before: Option<Log>, look: &mut Look<'_, '_>) -> Option<Log> {
        look.read(&self.length_of, |reply, report| {
            report.set(self.length, [], reply.number()?);
            Ok(())
        });
        let mut entries = None;
        look.read(&self.entries_of, |reply, report| {
            let read: Vec<Entry> = reply.elements()?.iter().filter_map(Entry::read).collect();
            let latest = read.first();
            report.set(self.last_id, [], latest.map_or(0.0, |entry| entry.number as f64));
            report.set(self.last_duration, [], latest.map_or(0.0, |entry| entry.microseconds / MICROSECONDS));
            entries = Some(read);
            Ok(())
        });
        match (&self.counts, entries) {
            (Some(counts), Some(entries)) => Some(counts.read(&entries, info, before, look)),
            _ => before,
        }
    }
}

impl Counts {
    fn declare(plan: &mut Plan) -> Counts {
        Counts {
            entries: plan.counter(
                "slowlog_entries_total",
                "Entries that the slow log got since redwasp looked first, by command.",
                ["cmd"],
            ),
            missed: plan.counter(
                "slowlog_missed_entries_total",
                "Entries that the slow log got and that were gone, or too many, at the next look: nobody knows their command.",
                [],
            ),
            slowest: plan.gauge(
                "slowlog_slowest_seconds",
                "Seconds of the slowest entry that the slow log got since the last look; 0 without one.",
                [],
            ),
        }
    }

    fn read(&self, entries: &[Entry], info: &Info<'_>, before: Option<Log>, look: &mut Look<'_, '_>) -> Log {
        let now = look.request.unix_ms();
        let next = entries.iter().map(|entry| entry.number + 1).max();
        let since = before.as_ref().map_or(Since::Now, |log| log.since(info, now, next));
        let mut log = before.unwrap_or_default();
        let is_new = |entry: &&Entry| match since {
            Since::Now => false,
            Since::Number(number) => entry.number >= number,
            Since::Empty => true,
        };
        let new: Vec<&Entry> = entries.iter().filter(is_new).collect();
        if let (Since::Number(number), Some(next)) = (&since, next) {
            log.missed += next.saturating_sub(*number).saturating_sub(new.len() as u64);
        }
        // Zeros for what is old: a counter is seen to grow only if it was there before.
        entries.iter().for_each(|entry| log.count(&entry.command, 0));
        new.iter().for_each(|entry| log.count(&entry.command, 1));
        log.next = next.or(match since {
            Since::Number(number) => Some(number),
            Since::Now | Since::Empty => None,
        });
        (log.run_id, log.unix_ms) = (run_id(info), now);
        let slowest = new.iter().map(|entry| entry.microseconds).fold(0.0, f64::max);
        self.report(&log, slowest, look.report);
        log
    }

    fn report(&self, log: &Log, slowest: f64, report: &mut Report) {
        for (command, count) in &log.entries {
            report.set(self.entries, [command], *count as f64);
        }
        report.set(self.missed, [], log.missed as f64);
        report.set(self.slowest, [], slowest / MICROSECONDS);
    }
}

impl Log {
    /// Which entries are new. A process begins with number 0, and goes on counting when its log is emptied.
    fn since(&self, info: &Info<'_>, now: u64, next: Option<u64>) -> Since {
        if self.run_id != run_id(info) {
            // Another server behind the same address may have been there for long. Servers round their age, so that it
            // may be a second too much.
            let age = info.get("uptime_in_seconds").and_then(|seconds| seconds.parse::<u64>().ok());
            let age_ms = age.map(|seconds| seconds.saturating_sub(1).saturating_mul(1000));
            let is_younger = age_ms.is_some_and(|age| age <= now.saturating_sub(self.unix_ms));
            return if is_younger { Since::Number(0) } else { Since::Now };
        }
        match self.next {
            Some(known) if next.is_some_and(|next| next < known) => Since::Number(0),
            Some(known) => Since::Number(known),
            None => Since::Empty,
        }
    }

    fn count(&mut self, command: &str, more: u64) {
        let is_known = self.entries.contains_key(command);
        let command = if is_known || self.entries.len() < MOST_COMMANDS { command } else { OTHER };
        *self.entries.entry(command.to_owned()).or_default() += more;
    }
}

/// Which process of a server it is; "" when that is not told.
fn run_id(info: &Info<'_>) -> String {
    cut(info.get("run_id").unwrap_or_default().to_owned())
}

impl Entry {
    /// Number, time, microseconds, and the command as far as it is told: its name, with its subcommand if it has one.
    fn read(reply: &Reply<'_>) -> Option<Entry> {
        let [number, _, microseconds, command, ..] = reply.elements().ok()? else { return None };
        let words: Vec<_> = command.elements().ok()?.iter().take(2).filter_map(|word| word.text().ok()).collect();
        Some(Entry {
            number: u64::try_from(number.integer().ok()?).ok().filter(|number| *number < u64::MAX)?,
            microseconds: microseconds.number().ok()?,
            // As INFO writes it, so that it can be compared with other metrics.
            command: cut(words.join("|").to_ascii_lowercase()),
        })
    }
}

fn cut(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(LONGEST_NAME));
    name
}
