//! What a collector may ask of Redis: what its plugin asks for, as far as the operator allows it.

mod denied;
mod lines;
mod side;
#[cfg(test)]
mod tests;

pub use denied::Denied;
pub use lines::Lines;

use std::borrow::Cow;

use self::lines::literal;
use self::side::{Side, names};
use super::bindings::contract;
use super::plan::Sweep;
use super::words;
use crate::config::nearest::nearest;
use crate::config::{Databases, Grants};
use crate::servers::policy::{self, Read, Row};
use crate::servers::{Command, Glob, Steps};

/// Bytes of all asks of a plan. More is a problem: they are kept, and every command is compared with all of them.
const ASKS: usize = 16 << 10;

/// Stands for a key: no word of a command is written so.
const PROBE: &[u8] = b"\0key\0";

/// The permission of one collector: what its plugin asks for, and what the operator allows.
#[derive(Clone, Debug)]
pub struct Permit {
    asks: Vec<Side>,
    allowed: Side,
    /// Whether statistics need no grant by name.
    statistics: bool,
    /// Scripts that the operator named, word for word.
    scripts: Vec<String>,
    problems: Vec<String>,
}

impl Permit {
    /// From the asks of a plan and the operator's grants.
    pub fn new(mut asks: Vec<contract::Ask>, allowed: Grants) -> Permit {
        let mut problems = Vec::new();
        let Grants { statistics, commands, keys, databases, scripts } = allowed;
        for name in &commands {
            if let Err(forbidden) = policy::reads_named(name) {
                problems.push(format!("grants.commands: {forbidden}"));
            }
        }
        let allowed = Side::new(&commands, &keys, databases, "grants.keys", &mut problems);
        let size = asks.iter().map(size_of_ask).sum::<usize>();
        if size > ASKS {
            problems.push(format!("asks: {size} bytes of commands, keys and databases, more than the {ASKS} allowed"));
            asks.clear();
        }
        let asks = asks.into_iter().enumerate().map(|(place, ask)| asked(place, ask, &mut problems)).collect();
        problems.iter_mut().for_each(|problem| *problem = words::tidy(problem));
        problems.truncate(words::MANY);
        Permit { asks, allowed, statistics, scripts, problems }
    }

    /// Allows nothing.
    pub fn nothing() -> Permit {
        Permit::new(Vec::new(), Grants { statistics: false, ..Grants::default() })
    }

    /// What a command of a plan's prefetch reads, which is asked for by standing there. A script is only ever sent from
    /// there.
    ///
    /// # Errors
    /// Why it is not sent.
    pub fn prefetch<'c>(&self, command: &'c Command, database: u32, steps: &Steps) -> Result<Read<'c>, Denied> {
        let is_named = |text: &[u8]| self.scripts.iter().any(|named| named.as_bytes() == text);
        if let Some((_, read)) = policy::script(command).filter(|(text, _)| is_named(text)) {
            return Ok(read);
        }
        let read = policy::read(command)?;
        in_time(&read, database, steps, self.is_allowed(&read, database, steps))?;
        Ok(read)
    }

    /// What a command of a pipeline reads, which a collect asks for while it runs. A statistic needs no ask.
    ///
    /// # Errors
    /// Why it is not sent.
    pub fn pipeline<'c>(&self, command: &'c Command, database: u32, steps: &Steps) -> Result<Read<'c>, Denied> {
        let read = policy::read(command)?;
        let allowed = match read.statistic || self.is_asked(&read, database, steps) {
            true => self.is_allowed(&read, database, steps),
            false => Err(denied::not_asked(&read, database)),
        };
        in_time(&read, database, steps, allowed)?;
        Ok(read)
    }

    /// Whether keys may be walked, and of each what a sweep reads. Standing in the plan, it is asked for.
    ///
    /// # Errors
    /// Why they are not walked.
    pub fn sweep(&self, sweep: &Sweep, steps: &Steps) -> Result<(), Denied> {
        let mut lines = Lines::default();
        for read in &sweep.reads {
            let command = read.of(PROBE);
            let read = policy::read(&command)?;
            // The key has to be where the command has its only one.
            if read.keys != [PROBE] || !read.patterns.is_empty() {
                return Err(Denied::NotOfTheKey { what: read.name.to_owned() });
            }
            if !self.allowed.names(read.name) {
                lines.command(read.name);
            }
        }
        if !self.allowed.contains(&sweep.glob, steps) {
            lines.key(&lines::pattern(&sweep.pattern));
        }
        if !self.allowed.databases.contains(sweep.database) {
            lines.databases(self.allowed.databases.listed().iter().chain([&sweep.database]));
        }
        let what = denied::what_of_sweep(&sweep.pattern, sweep.database);
        match lines.is_empty() {
            _ if !steps.are_left() => Err(Denied::TooLong { what }),
            true => Ok(()),
            false => Err(Denied::NotGranted { what, grants: lines }),
        }
    }

    /// What is wrong with the asks and the grants themselves, in words, each with the place where it is.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// What the plugin asks for and the operator does not allow.
    pub(super) fn lacking(&self) -> Lines {
        let (mut lines, steps) = (Lines::default(), Steps::default());
        for ask in &self.asks {
            let (mut reads_keys, mut is_of_database) = (false, false);
            for name in &ask.commands {
                let Ok(reads) = policy::reads_named(name) else { continue };
                reads_keys |= reads.iter().any(|row| needs_keys(row));
                is_of_database |= reads.iter().any(|row| row.is_of_database());
                if !reads.iter().all(|row| self.is_named(row)) {
                    lines.command(name);
                }
            }
            let is_missing = |(_, glob): &&(String, Glob)| reads_keys && !self.allowed.contains(glob, &steps);
            for (pattern, _) in ask.keys.iter().filter(is_missing) {
                lines.key(pattern);
            }
            if is_of_database
                && !ask.databases.listed().iter().all(|&database| self.allowed.databases.contains(database))
            {
                lines.databases(self.allowed.databases.listed().iter().chain(ask.databases.listed()));
            }
        }
        lines
    }

    /// Commands, patterns of keys and databases that the plugin asks for, ask by ask, as far as the operator allows them.
    pub(super) fn granted(&self) -> impl Iterator<Item = (Vec<&str>, Vec<&str>, Vec<u32>)> {
        let is_named =
            |name: &&str| policy::reads_named(name).is_ok_and(|reads| reads.iter().any(|row| self.is_named(row)));
        self.asks.iter().map(move |ask| {
            let commands = ask.commands.iter().map(String::as_str).filter(&is_named).collect();
            let databases = ask.databases.listed().iter().copied();
            let databases = databases.filter(|&database| self.allowed.databases.contains(database)).collect();
            (commands, self.common_keys(ask), databases)
        })
    }

    /// The patterns of an ask that are allowed, and the allowed ones that are in a pattern of the ask.
    fn common_keys<'a>(&'a self, ask: &'a Side) -> Vec<&'a str> {
        let steps = Steps::default();
        let within = |inner: &'a Side, outer: &'a Side| -> Vec<&'a str> {
            let inside = inner.keys.iter().filter(|(_, glob)| outer.contains(glob, &steps));
            inside.map(|(pattern, _)| pattern.as_str()).collect()
        };
        let mut keys = within(ask, &self.allowed);
        keys.extend(within(&self.allowed, ask));
        keys
    }

    fn is_asked(&self, read: &Read<'_>, database: u32, steps: &Steps) -> bool {
        let is_about = |ask: &&Side| ask.names(read.name) && (has_no_keys(read) || ask.databases.contains(database));
        let asks: Vec<&Side> = self.asks.iter().filter(is_about).collect();
        let covers = |pattern: &Glob| asks.iter().any(|ask| ask.contains(pattern, steps));
        !asks.is_empty()
            && read.keys.iter().all(|key| asks.iter().any(|ask| ask.matches(key, steps)))
            && read.patterns.iter().all(|pattern| Glob::new(pattern).is_some_and(|pattern| covers(&pattern)))
    }

    fn is_allowed(&self, read: &Read<'_>, database: u32, steps: &Steps) -> Result<(), Denied> {
        let mut lines = Lines::default();
        let is_named = self.allowed.names(read.name) || self.statistics && read.statistic;
        if !is_named {
            lines.command(read.name);
        }
        for key in read.keys.iter().filter(|key| !self.allowed.matches(key, steps)).take(lines::MANY) {
            let found = self.asked_pattern(read.name, |ask| ask.pattern_of(key, steps));
            lines.key(&found.unwrap_or_else(|| literal(key).into()));
        }
        let covers = |pattern: &Glob| self.allowed.contains(pattern, steps);
        let patterns = read.patterns.iter().map(|pattern| (pattern, Glob::new(pattern)));
        let is_missing = |(_, glob): &(_, Option<Glob>)| !glob.as_ref().is_some_and(covers);
        for (pattern, glob) in patterns.filter(is_missing).take(lines::MANY) {
            let found = glob.and_then(|glob| self.asked_pattern(read.name, |ask| ask.pattern_over(&glob, steps)));
            lines.key(&found.unwrap_or_else(|| lines::pattern(pattern).into()));
        }
        if read.is_of_database && !self.allowed.databases.contains(database) {
            lines.databases(self.allowed.databases.listed().iter().chain([&database]));
        }
        if lines.is_empty() {
            return Ok(());
        }
        Err(Denied::NotGranted { what: denied::what(read, database), grants: lines })
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

/// What was found of a read, if there was time to find it.
fn in_time(read: &Read<'_>, database: u32, steps: &Steps, found: Result<(), Denied>) -> Result<(), Denied> {
    if steps.are_left() { found } else { Err(Denied::TooLong { what: denied::what(read, database) }) }
}

/// Whether a command can be granted by this name.
///
/// # Errors
/// Why not, in words, with the nearest name that can be.
pub fn grantable(name: &str) -> Result<(), String> {
    policy::reads_named(name).map(drop).map_err(|forbidden| {
        let reads = policy::rows().filter(|row| row.reading().is_some()).map(|row| row.name);
        match nearest(name, reads) {
            Some(near) => format!("{forbidden}; did you mean `{near}`?"),
            None => forbidden.to_string(),
        }
    })
}

/// Command and keys, escaped and cut, of a command that may be sent.
pub(super) fn shown(command: &Command, database: u32) -> Option<String> {
    policy::read(command).ok().map(|read| denied::what(&read, database))
}

fn has_no_keys(read: &Read<'_>) -> bool {
    read.keys.is_empty() && read.patterns.is_empty()
}

fn needs_keys(row: &Row) -> bool {
    row.reading().is_some_and(|reading| reading.keys != policy::Keys::None)
}

/// Bytes of an ask, as it is written with something between its parts.
fn size_of_ask(ask: &contract::Ask) -> usize {
    let texts = ask.commands.iter().chain(&ask.keys).map(|text| text.len() + 1);
    texts.sum::<usize>() + (ask.databases.len() + 1) * size_of::<u32>()
}

/// One ask of a plan, and what is wrong with it.
fn asked(place: usize, mut ask: contract::Ask, problems: &mut Vec<String>) -> Side {
    let at = format!("asks[{place}]");
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
    Side::new(&ask.commands, &ask.keys, Databases::Only(ask.databases), &format!("{at}.keys"), problems)
}
