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
    #[error("{what} is not among what the plugin asks for: its plan has to")]
    NotAsked {
        /// Command and keys.
        what: String,
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

impl Denied {
    /// Whether the operator can allow it.
    pub fn is_grantable(&self) -> bool {
        matches!(self, Denied::NotGranted { .. })
    }
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
