//! What a collector may ask of Redis: what its plugin asks for, as far as the operator allows it.

mod denied;
mod lines;
mod side;
#[cfg(test)]
mod tests;

pub use denied::Denied;

use std::borrow::Cow;

use self::lines::{Lines, literal};
use self::side::{Side, names};
use super::bindings::contract;
use super::words;
use crate::config::Grants;
use crate::servers::Command;
use crate::servers::policy::{self, Read, Row};

/// Asks of one plan that are taken, and commands and patterns in each. More is a problem: every command is compared with
/// all of them.
const ASKS: usize = 64;
const IN_ASK: usize = 256;

/// The permission of one collector: what its plugin asks for, and what the operator allows.
#[derive(Clone, Debug)]
pub struct Permit {
    asks: Vec<Side>,
    allowed: Side,
    /// Whether statistics need no grant by name.
    statistics: bool,
    problems: Vec<String>,
}

impl Permit {
    /// From the asks of a plan and the operator's grants.
    pub fn new(mut asks: Vec<contract::Ask>, allowed: Grants) -> Permit {
        let mut problems = Vec::new();
        let Grants { statistics, commands, keys, databases } = allowed;
        for name in &commands {
            if let Err(forbidden) = policy::reads_named(name) {
                problems.push(format!("grants.commands: {forbidden}"));
            }
        }
        let allowed = Side::new(&commands, &keys, databases, "grants.keys", &mut problems);
        if asks.len() > ASKS {
            problems.push(format!("asks: {} of them, and only the first {ASKS} are heard", asks.len()));
            asks.truncate(ASKS);
        }
        let asks = asks.into_iter().enumerate().map(|(place, ask)| asked(place, ask, &mut problems)).collect();
        problems.iter_mut().for_each(|problem| *problem = words::tidy(problem));
        problems.truncate(words::MANY);
        Permit { asks, allowed, statistics, problems }
    }

    /// Allows nothing.
    pub fn nothing() -> Permit {
        Permit::new(Vec::new(), Grants { statistics: false, ..Grants::default() })
    }

    /// What a command of a plan's prefetch reads, which is asked for by standing there.
    ///
    /// # Errors
    /// Why it is not sent.
    pub fn prefetch<'c>(&self, command: &'c Command, database: u32) -> Result<Read<'c>, Denied> {
        let read = policy::read(command)?;
        self.is_allowed(&read, database)?;
        Ok(read)
    }

    /// What a command of a pipeline reads, which a collect asks for while it runs. A statistic needs no ask.
    ///
    /// # Errors
    /// Why it is not sent.
    pub fn pipeline<'c>(&self, command: &'c Command, database: u32) -> Result<Read<'c>, Denied> {
        let read = policy::read(command)?;
        if !read.statistic && !self.is_asked(&read, database) {
            return Err(Denied::NotAsked { what: denied::what(&read, database) });
        }
        self.is_allowed(&read, database)?;
        Ok(read)
    }

    /// What is wrong with the asks and the grants themselves, in words, each with the place where it is.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// What the plugin asks for and the operator does not allow, as lines of YAML to paste; none when that is nothing.
    pub fn missing(&self) -> Option<String> {
        let mut lines = Lines::default();
        for ask in &self.asks {
            let mut reads_keys = false;
            for name in &ask.commands {
                let Ok(reads) = policy::reads_named(name) else { continue };
                reads_keys |= reads.iter().any(|row| needs_keys(row));
                if !reads.iter().all(|row| self.is_named(row)) {
                    lines.command(name);
                }
            }
            if !reads_keys {
                continue;
            }
            for (pattern, _) in ask.keys.iter().filter(|(_, glob)| !self.allowed.contains(glob)) {
                lines.key(pattern);
            }
            if !ask.databases.iter().all(|database| self.allowed.databases.contains(database)) {
                lines.databases(self.allowed.databases.iter().chain(&ask.databases));
            }
        }
        (!lines.is_empty()).then(|| lines.block())
    }

    fn is_asked(&self, read: &Read<'_>, database: u32) -> bool {
        let asks: Vec<&Side> = self.asks.iter().filter(|ask| ask.names(read.name)).collect();
        if has_no_keys(read) {
            return !asks.is_empty();
        }
        let of_database = || asks.iter().filter(|ask| ask.databases.contains(&database));
        read.keys.iter().all(|key| of_database().any(|ask| ask.matches(key)))
            && read.patterns.iter().all(|pattern| of_database().any(|ask| ask.covers(pattern)))
    }

    fn is_allowed(&self, read: &Read<'_>, database: u32) -> Result<(), Denied> {
        let mut lines = Lines::default();
        let is_named = self.allowed.names(read.name) || self.statistics && read.statistic;
        if !is_named {
            lines.command(read.name);
        }
        for key in read.keys.iter().filter(|key| !self.allowed.matches(key)) {
            lines.key(&self.asked_pattern(read.name, |ask| ask.pattern_of(key)).unwrap_or_else(|| literal(key).into()));
        }
        for pattern in read.patterns.iter().filter(|pattern| !self.allowed.covers(pattern)) {
            let found = self.asked_pattern(read.name, |ask| ask.pattern_over(pattern));
            lines.key(&found.unwrap_or_else(|| lines::pattern(pattern).into()));
        }
        if !has_no_keys(read) && !self.allowed.databases.contains(&database) {
            lines.databases(self.allowed.databases.iter().chain([&database]));
        }
        if lines.is_empty() {
            return Ok(());
        }
        Err(Denied::NotGranted { what: denied::what(read, database), grants: lines.flow() })
    }

    /// The pattern that the plugin itself has for a key of this command.
    fn asked_pattern<'a>(&'a self, name: &str, find: impl Fn(&'a Side) -> Option<&'a str>) -> Option<Cow<'a, str>> {
        self.asks.iter().filter(|ask| ask.names(name)).find_map(find).map(Cow::Borrowed)
    }

    fn is_named(&self, row: &Row) -> bool {
        let is_statistic = row.reading().is_some_and(|reading| reading.statistic);
        self.statistics && is_statistic || names(&self.allowed.commands, row.name)
    }
}

fn has_no_keys(read: &Read<'_>) -> bool {
    read.keys.is_empty() && read.patterns.is_empty()
}

fn needs_keys(row: &Row) -> bool {
    row.reading().is_some_and(|reading| reading.keys != policy::Keys::None)
}

/// One ask of a plan, and what is wrong with it.
fn asked(place: usize, mut ask: contract::Ask, problems: &mut Vec<String>) -> Side {
    let at = format!("asks[{place}]");
    for (what, list) in [("commands", &mut ask.commands), ("keys", &mut ask.keys)] {
        if list.len() > IN_ASK {
            problems.push(format!("{at}.{what}: {} of them, and only the first {IN_ASK} are heard", list.len()));
            list.truncate(IN_ASK);
        }
    }
    let mut reads_keys = false;
    for name in &ask.commands {
        match policy::reads_named(name) {
            Err(forbidden) => problems.push(format!("{at}.commands: {forbidden}")),
            Ok(reads) => {
                reads_keys |= reads.iter().any(|row| needs_keys(row));
                if ask.keys.is_empty() && reads.iter().all(|row| needs_keys(row)) {
                    problems.push(format!("{at}.keys: {name} reads keys, and no pattern says which"));
                }
            }
        }
    }
    if !ask.keys.is_empty() && !reads_keys {
        problems.push(format!("{at}.commands: none of them reads keys, and there are patterns of keys"));
    }
    if ask.databases.is_empty() {
        ask.databases.push(0);
    }
    Side::new(&ask.commands, &ask.keys, ask.databases, &format!("{at}.keys"), problems)
}
