//! What a plan asks for, and which commands of a pipeline that covers.

use super::glob;
use super::rules::{self, Read, Reads};
use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::types;

/// Bytes of a pattern that is taken.
pub(super) const LONGEST_PATTERN: usize = 1 << 10;
/// Bytes of a key that a text repeats.
const LONG: usize = 64;
/// Problems that are told.
const MANY: usize = 16;

/// Says what is wrong with the asks of a plan.
pub(super) fn check(asks: &[contract::Ask]) -> Result<(), String> {
    let mut problems: Vec<String> =
        asks.iter().enumerate().flat_map(|(place, ask)| problems(&format!("asks[{place}]"), ask)).collect();
    problems.truncate(MANY);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

fn problems(at: &str, ask: &contract::Ask) -> Vec<String> {
    let reads_keys = |read: &Read| read.reads == Reads::Keys;
    let (mut problems, mut any_reads_keys) = (Vec::new(), false);
    for name in &ask.commands {
        match rules::reads_named(name) {
            Err(fault) => problems.push(format!("{at}.commands: {fault}")),
            Ok(reads) => {
                any_reads_keys |= reads.iter().any(reads_keys);
                if ask.keys.is_empty() && reads.iter().all(reads_keys) {
                    problems.push(format!("{at}.keys: {name} reads keys, and no pattern says which"));
                }
            }
        }
    }
    if !ask.keys.is_empty() && !any_reads_keys {
        problems.push(format!("{at}.commands: none of them reads keys, and there are patterns of keys"));
    }
    let long = ask.keys.iter().map(String::len).filter(|&bytes| bytes > LONGEST_PATTERN);
    problems.extend(
        long.map(|bytes| format!("{at}.keys: a pattern of {bytes} bytes matches nothing: {LONGEST_PATTERN} are taken")),
    );
    problems
}

/// Why a command of a pipeline is not sent, whatever the operator grants; none when it may be. Of a command's keys the first
/// is looked at, if it is at a fixed place.
pub(super) fn denied(command: &types::Command, asks: &[contract::Ask]) -> Option<String> {
    let read = match rules::read(&command.args) {
        Ok(read) => read,
        Err(text) => return Some(text),
    };
    let key = read.key.and_then(|place| command.args.get(place)).map(Vec::as_slice);
    let is_asked = |ask| is_asked(ask, &read, key, command.database);
    if read.reads == Reads::Statistics || asks.iter().any(is_asked) {
        return None;
    }
    let name = read.name;
    let key = key.map(|key| format!(" {}", shown(key))).unwrap_or_default();
    let database = if command.database == 0 { String::new() } else { format!(" in database {}", command.database) };
    let patterns = if read.reads == Reads::Keys { ", with patterns that its keys fit" } else { "" };
    Some(format!("{name}{key}{database} is not among what the plugin asks for: let its plan ask for {name}{patterns}"))
}

fn is_asked(ask: &contract::Ask, read: &Read, key: Option<&[u8]>, database: u32) -> bool {
    let container = read.name.split(' ').next();
    let is_named = |name: &String| {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
        name == read.name || Some(&*name) == container
    };
    let is_of_database = match &*ask.databases {
        _ if read.reads != Reads::Keys => true,
        [] => database == 0,
        databases => databases.contains(&database),
    };
    let fits = |key| ask.keys.iter().any(|pattern| glob::matches(pattern.as_bytes(), key));
    ask.commands.iter().any(is_named) && is_of_database && key.is_none_or(fits)
}

/// A key, escaped and cut.
fn shown(key: &[u8]) -> String {
    let cut = &key[..key.len().min(LONG)];
    let end = if cut.len() < key.len() { "…" } else { "" };
    format!("{}{end}", cut.escape_ascii())
}
