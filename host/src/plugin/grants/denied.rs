//! Why a command is not sent, and what would change that.

use super::lines::Lines;
use crate::servers::policy::{Forbidden, Read};

/// Bytes of a key that a text repeats, and how many keys.
const LONG: usize = 64;
const MANY: usize = 3;

/// Why a command is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nobody may send it.
    #[error("{0}; no grant allows it")]
    Forbidden(#[from] Forbidden),
    /// The plan asks for no such thing, so that nobody could have looked at it and granted it.
    #[error("{what} is not among what the plugin asks for: let its plan ask for {name}{}", of_keys(*.reads_keys))]
    NotAsked {
        /// Command and keys.
        what: String,
        /// The command, as a plan asks for it.
        name: &'static str,
        /// Whether the ask has to say of which keys.
        reads_keys: bool,
    },
    /// The operator may allow it.
    #[error("{what} is not granted; allow it with grants: {}", .grants.flow())]
    NotGranted {
        /// Command and keys.
        what: String,
        /// What to add to the grants.
        grants: Lines,
    },
    /// A read of a sweep has the key elsewhere, or reads others.
    #[error("{what} as a read of a sweep has to read the key that it is about, and no other")]
    NotOfTheKey {
        /// The command.
        what: String,
    },
    /// Whether it is allowed cannot be told in the time that there is for it.
    #[error(
        "{what}: its keys take too long to compare with the patterns that are asked for and granted: write these simpler, or send less at once"
    )]
    TooLong {
        /// Command and keys.
        what: String,
    },
}

fn of_keys(reads_keys: bool) -> &'static str {
    if reads_keys { ", with patterns that its keys fit" } else { "" }
}

/// A read that a collect asks for and its plan does not.
pub(super) fn not_asked(read: &Read<'_>, database: u32) -> Denied {
    let reads_keys = !read.keys.is_empty() || !read.patterns.is_empty();
    Denied::NotAsked { what: what(read, database), name: read.name, reads_keys }
}

/// A sweep: its pattern, escaped and cut, and the database if it is not the first.
pub(super) fn what_of_sweep(pattern: &[u8], database: u32) -> String {
    let cut = &pattern[..pattern.len().min(LONG)];
    let end = if cut.len() < pattern.len() { "…" } else { "" };
    let of = if database == 0 { String::new() } else { format!(" in database {database}") };
    format!("walking {}{end}{of}", cut.escape_ascii())
}

/// Command and keys, escaped and cut, and the database if it is not the first.
pub(super) fn what(read: &Read<'_>, database: u32) -> String {
    let mut what = read.name.to_owned();
    let keys = read.keys.iter().chain(&read.patterns);
    for key in keys.clone().take(MANY) {
        let cut = &key[..key.len().min(LONG)];
        let end = if cut.len() < key.len() { "…" } else { "" };
        what.push_str(&format!(" {}{end}", cut.escape_ascii()));
    }
    if keys.count() > MANY {
        what.push_str(" …");
    }
    if database != 0 {
        what.push_str(&format!(" in database {database}"));
    }
    what
}
