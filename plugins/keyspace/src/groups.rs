//! How many keys there are of each group, and how much memory they have.

use std::collections::HashMap;

use redwasp_sdk::keys::sure_databases;
use redwasp_sdk::sweep::Read;
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Family, KeyRead, Page, Plan, Reply, Report, Server, Sweep, Swept, label};
use serde::{Deserialize, Serialize};

use crate::checks::db;
use crate::lua::{self, Malformed};

/// Of keys that no pattern matches.
const UNCLASSIFIED: &[u8] = b"unclassified";
/// Of groups beyond the number that is told.
const OVERFLOW: &str = "overflow";

/// Groups of all databases that are told apart while keys are walked; keys of any more are counted as [`OVERFLOW`].
const MOST: usize = 100_000;

/// Bytes of their names: they are kept in memory.
const MOST_BYTES: usize = 32 << 20;

/// Series of a report with which no further group is told by name. The manifest allows 100,000.
const MOST_SERIES: usize = 99_000;

/// What is exported of groups of keys.
#[derive(Serialize, Deserialize)]
pub(crate) struct Groups {
    patterns: Vec<Vec<u8>>,
    /// Groups that are told by name, for each database.
    most: usize,
    sweeps: Vec<(u32, Swept)>,
    memory_of: Read,
    count: Family<2>,
    memory: Family<2>,
    distinct: Family<1>,
}

/// The groups of all databases.
#[derive(Default)]
pub(crate) struct Sums {
    databases: Vec<Database>,
    room: Room,
    /// What is wrong with a pattern, found on the way.
    fault: Option<Malformed>,
}

/// How many groups can still begin, and how long their names may be together.
struct Room {
    groups: usize,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Room {
        Room { groups: MOST, bytes: MOST_BYTES }
    }
}

#[derive(Clone, Default)]
struct Database {
    groups: HashMap<Vec<u8>, Sum>,
    /// Of groups for which there was no room.
    rest: Sum,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    keys: u64,
    memory: f64,
    /// Whether nobody knows the memory of some of the keys.
    is_unknown: bool,
}

impl Sum {
    fn of_key(memory: Option<f64>) -> Sum {
        Sum { keys: 1, memory: memory.unwrap_or(0.0), is_unknown: memory.is_none() }
    }

    fn add(&mut self, other: Sum) {
        self.keys += other.keys;
        self.memory += other.memory;
        self.is_unknown |= other.is_unknown;
    }
}

impl Groups {
    pub(crate) fn declare(patterns: Vec<Vec<u8>>, most: usize, server: &Server, plan: &mut Plan) -> Groups {
        let mut sweep = Sweep::new("*");
        let memory_of = sweep.read(KeyRead::new("MEMORY").before("USAGE"));
        let databases = server.databases;
        let fitting = databases.min(u32::try_from(plan.room_for_sweeps()).unwrap_or(u32::MAX));
        if fitting < sure_databases(server) {
            let message = format!("of {databases} databases only the first {fitting} are looked at, each by a walk");
            plan.problem("/check_key_groups", message);
        }
        let sweeps = (0..fitting).map(|database| (database, plan.sweep(sweep.clone().database(database)))).collect();
        Groups {
            patterns,
            most,
            sweeps,
            memory_of,
            count: plan.gauge("key_group_count", "Keys of the group.", ["db", "key_group"]),
            memory: plan.gauge(
                "key_group_memory_usage_bytes",
                "Memory of the group's keys and their values (MEMORY USAGE).",
                ["db", "key_group"],
            ),
            distinct: plan.gauge("number_of_distinct_key_groups", "Groups of keys in the database.", ["db"]),
        }
    }

    pub(crate) fn begin(&self) -> Sums {
        Sums { databases: vec![Database::default(); self.sweeps.len()], ..Sums::default() }
    }

    /// Takes a page, if it is one of groups.
    pub(crate) fn page(&self, sums: &mut Sums, refused: &mut Refused, page: &Page<'_>) {
        let Some(place) = self.sweeps.iter().position(|(_, sweep)| page.is(*sweep)) else { return };
        for key in page.keys() {
            let memory = key.reply(self.memory_of).and_then(|reply| match reply {
                // The key is gone by now.
                None | Some(Reply::Null) => Ok(0.0),
                Some(reply) => Ok(reply.number()?),
            });
            let sum = Sum::of_key(refused.read("MEMORY USAGE", memory));
            match self.group(key.name()) {
                Ok(group) => sums.databases[place].add(group, sum, &mut sums.room),
                Err(fault) => sums.fault = Some(fault),
            }
        }
    }

    /// The captures of the first pattern that matches.
    fn group(&self, key: &[u8]) -> Result<Vec<u8>, Malformed> {
        for pattern in &self.patterns {
            if let Some(group) = lua::captured(pattern, key)? {
                return Ok(group);
            }
        }
        Ok(UNCLASSIFIED.to_vec())
    }

    /// The largest groups by memory; all others together.
    pub(crate) fn report(&self, sums: Sums, report: &mut Report) {
        if let Some(fault) = &sums.fault {
            report.partial();
            report.warn(format!("a pattern of check_key_groups: {}", fault.0));
        }
        if sums.databases.iter().any(|database| database.rest.keys > 0) {
            report.partial();
            report
                .warn(format!("more groups of keys than the {MOST} that are told apart: the others are in {OVERFLOW}"));
        }
        let mut has_room = true;
        for (place, ((database, _), sum)) in self.sweeps.iter().zip(sums.databases).enumerate() {
            // What each database has in any case: the two series of the rest, and the number of groups.
            let kept = 3 * (self.sweeps.len() - place);
            let room = MOST_SERIES.saturating_sub(report.series() + kept) / 2;
            has_room &= self.most.min(sum.groups.len()) <= room;
            self.database(*database, sum, self.most.min(room), report);
        }
        if !has_room {
            report.partial();
            report.warn(format!("there is room for {MOST_SERIES} series: the other groups of keys are in {OVERFLOW}"));
        }
    }

    fn database(&self, database: u32, sum: Database, most: usize, report: &mut Report) {
        let db = db(database);
        report.set(self.distinct, [&db], sum.groups.len() as f64);
        let mut groups: Vec<(Vec<u8>, Sum)> = sum.groups.into_iter().collect();
        groups.sort_by(|(a, one), (b, other)| {
            let by_size = other.memory.total_cmp(&one.memory).then_with(|| other.keys.cmp(&one.keys));
            by_size.then_with(|| a.cmp(b))
        });
        let mut rest = sum.rest;
        groups.drain(most.min(groups.len())..).for_each(|(_, sum)| rest.add(sum));
        groups.iter().for_each(|(group, sum)| self.set([&db, &label::text(group)], *sum, report));
        if rest.keys > 0 {
            self.set([&db, OVERFLOW], rest, report);
        }
    }

    fn set(&self, labels: [&str; 2], sum: Sum, report: &mut Report) {
        report.set(self.count, labels, sum.keys as f64);
        // A part of the sum would look like all of it.
        if sum.is_unknown {
            report.partial();
        } else {
            report.set(self.memory, labels, sum.memory);
        }
    }
}

impl Database {
    fn add(&mut self, group: Vec<u8>, sum: Sum, room: &mut Room) {
        if let Some(known) = self.groups.get_mut(&group) {
            known.add(sum);
        } else if room.groups > 0 && room.bytes >= group.len() {
            room.groups -= 1;
            room.bytes -= group.len();
            self.groups.insert(group, sum);
        } else {
            self.rest.add(sum);
        }
    }
}

/// Reads patterns as redis_exporter does: a line of comma-separated values, which may stand in quotes (RFC 4180). Blanks
/// around each are no part of it.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn patterns(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut patterns = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let pattern;
        (pattern, rest) = match rest.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted)?,
            None => match rest.split_once(',') {
                Some((pattern, rest)) => (pattern.to_owned(), rest),
                None => (rest.to_owned(), ""),
            },
        };
        let pattern = pattern.trim();
        if pattern.is_empty() {
            continue;
        }
        lua::check(pattern.as_bytes())
            .map_err(|Malformed(fault)| format!("{pattern:?} is no pattern of Lua: {fault}"))?;
        patterns.push(pattern.as_bytes().to_vec());
    }
    Ok(patterns)
}

/// What stands in quotes, where two of them are one, and what follows the comma behind.
fn in_quotes(text: &str) -> Result<(String, &str), String> {
    let mut pattern = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or("a quote is not closed")?;
        pattern.push_str(part);
        rest = match after.strip_prefix('"') {
            Some(after) => {
                pattern.push('"');
                after
            }
            None if after.is_empty() => return Ok((pattern, "")),
            None => {
                return Ok((
                    pattern,
                    after.strip_prefix(',').ok_or("after a quote there is something else than a comma")?,
                ));
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_databases_share_the_room_for_groups() {
        let (mut one, mut other) = (Database::default(), Database::default());
        let mut room = Room { groups: 2, bytes: 6 };
        let key = || Sum::of_key(Some(10.0));
        one.add("abc".into(), key(), &mut room);
        ["abc", "de"].into_iter().for_each(|group| other.add(group.into(), key(), &mut room));
        let mut short = Room { groups: 9, bytes: 1 };
        other.add("fg".into(), key(), &mut short);
        one.add("abc".into(), key(), &mut room);
        assert_eq!((one.groups.len(), one.groups[&b"abc"[..]].keys, one.rest.keys), (1, 2, 0));
        assert_eq!((other.groups.len(), other.rest.keys, other.rest.memory), (1, 2, 20.0));
    }

    #[test]
    fn patterns_are_comma_separated_values() {
        let read = |text: &str| {
            patterns(text).map(|patterns| patterns.iter().map(|p| p.escape_ascii().to_string()).collect::<Vec<_>>())
        };
        assert_eq!(read("^(a)_[0-9]+$,(b),,c"), Ok(vec!["^(a)_[0-9]+$".into(), "(b)".into(), "c".into()]));
        assert_eq!(read(r#""a,b","c""d",e"#), Ok(vec!["a,b".into(), r#"c\"d"#.into(), "e".into()]));
        assert_eq!(read(" (a) , b c\t,\" d,e \""), Ok(vec!["(a)".into(), "b c".into(), "d,e".into()]));
        for nothing in ["", "  ", " , ,"] {
            assert_eq!(read(nothing), Ok(vec![]));
        }
        for wrong in ["(", "\"a", "\"a\"b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
