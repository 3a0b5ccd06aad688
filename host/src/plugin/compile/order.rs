//! What the daemon and the compiling process say to each other: a line of JSON, then bytes, in each direction.

use serde::{Deserialize, Serialize};

use crate::plugin::inspect::Inspection;
use crate::plugin::problem::Problem;

/// Bytes of a line. The longest is an inspection with every name it may keep.
pub(super) const LONGEST_LINE: usize = 512 << 10;

/// Said first; the component follows.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// Seconds of CPU time to compile with.
    pub(super) cpu: u64,
    /// Bytes of address space to compile with.
    pub(super) memory: u64,
    /// Whether the code is for a sandbox with a pool.
    pub(super) pooled: bool,
    /// What the settings of the engine have to come to.
    pub(super) settings: u64,
    /// Bytes of the component.
    pub(super) size: usize,
}

/// Said at the end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    /// The code follows.
    Compiled {
        /// What is in the component.
        inspection: Inspection,
        /// Bytes of the code.
        size: usize,
    },
    /// There is none.
    Refused(Problem),
}

/// A line for the other side.
pub(super) fn line(said: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(line)
}
