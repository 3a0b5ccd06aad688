//! How many keys there are of each group, and how much memory they have.

use std::collections::HashMap;

use redwasp_sdk::sweep::Read;
use redwasp_sdk::{Family, KeyRead, Page, Plan, Report, Sweep, Swept, label};
use serde::{Deserialize, Serialize};

use crate::checks::db;
use crate::lua::{self, Malformed};

/// Of keys that no pattern matches.
const UNCLASSIFIED: &[u8] = b"unclassified";
/// Of groups beyond the number that is told.
const OVERFLOW: &str = "overflow";

/// Groups of one database that are told apart while keys are walked; keys of any more are counted as [`OVERFLOW`].
const MOST: usize = 100_000;

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
    /// What is wrong with a pattern, found on the way.
    pub(crate) fault: Option<Malformed>,
}

#[derive(Clone, Default)]
struct Database {
    groups: HashMap<Vec<u8>, Sum>,
    /// Of groups beyond [`MOST`].
    rest: Sum,
    /// How many groups there were beyond.
    others: usize,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    keys: u64,
    memory: f64,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.keys += other.keys;
        self.memory += other.memory;
    }
}

impl Groups {
    pub(crate) fn declare(patterns: Vec<Vec<u8>>, most: usize, databases: u32, plan: &mut Plan) -> Groups {
        let mut sweep = Sweep::new("*");
        let memory_of = sweep.read(KeyRead::new("MEMORY").before("USAGE"));
        let sweeps = (0..databases).map(|database| (database, plan.sweep(sweep.clone().database(database)))).collect();
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
        Sums { databases: vec![Database::default(); self.sweeps.len()], fault: None }
    }

    /// Takes a page, if it is one of groups.
    pub(crate) fn page(&self, sums: &mut Sums, page: &Page<'_>) {
        let Some(place) = self.sweeps.iter().position(|(_, sweep)| page.is(*sweep)) else { return };
        for key in page.keys() {
            let memory = key.reply(self.memory_of).ok().flatten().and_then(|memory| memory.number().ok());
            let sum = Sum { keys: 1, memory: memory.unwrap_or(0.0) };
            match self.group(key.name()) {
                Ok(group) => sums.databases[place].add(group, sum),
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
        for ((database, _), sum) in self.sweeps.iter().zip(sums.databases) {
            let db = db(*database);
            let distinct = sum.groups.len() + sum.others;
            let mut groups: Vec<(Vec<u8>, Sum)> = sum.groups.into_iter().collect();
            groups.sort_by(|(a, one), (b, other)| other.memory.total_cmp(&one.memory).then_with(|| a.cmp(b)));
            let mut rest = sum.rest;
            groups.drain(self.most.min(groups.len())..).for_each(|(_, sum)| rest.add(sum));
            let mut set = |group: &str, sum: Sum| {
                report.set(self.count, [&db, group], sum.keys as f64);
                report.set(self.memory, [&db, group], sum.memory);
            };
            groups.iter().for_each(|(group, sum)| set(&label::text(group), *sum));
            if rest.keys > 0 {
                set(OVERFLOW, rest);
            }
            report.set(self.distinct, [&db], distinct as f64);
        }
    }
}

impl Database {
    fn add(&mut self, group: Vec<u8>, sum: Sum) {
        if self.groups.len() < MOST || self.groups.contains_key(&group) {
            self.groups.entry(group).or_default().add(sum);
        } else {
            // Not one group for each key, but nobody can count them without keeping them.
            self.others = self.others.max(1);
            self.rest.add(sum);
        }
    }
}

/// Reads patterns as redis_exporter does: a line of comma-separated values, which may stand in quotes (RFC 4180).
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn patterns(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut patterns = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let pattern;
        (pattern, rest) = match rest.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted)?,
            None => match rest.split_once(',') {
                Some((pattern, rest)) => (pattern.to_owned(), rest),
                None => (rest.to_owned(), ""),
            },
        };
        if pattern.is_empty() {
            continue;
        }
        lua::check(pattern.as_bytes())
            .map_err(|Malformed(fault)| format!("{pattern:?} is no pattern of Lua: {fault}"))?;
        patterns.push(pattern.into_bytes());
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
    fn patterns_are_comma_separated_values() {
        let read = |text: &str| {
            patterns(text).map(|patterns| patterns.iter().map(|p| p.escape_ascii().to_string()).collect::<Vec<_>>())
        };
        assert_eq!(read("^(a)_[0-9]+$,(b),,c"), Ok(vec!["^(a)_[0-9]+$".into(), "(b)".into(), "c".into()]));
        assert_eq!(read(r#""a,b","c""d",e"#), Ok(vec!["a,b".into(), r#"c\"d"#.into(), "e".into()]));
        assert_eq!(read(""), Ok(vec![]));
        for wrong in ["(", "\"a", "\"a\"b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
