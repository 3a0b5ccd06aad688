//! What can be said of a plugin's bytes without compiling them.

mod contract;
mod kind;
mod outline;
mod validity;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::engine::LARGEST_MEMORY;
use super::problem::{self, Problem, Stage};

/// A component of this contract. Names are made fit for a log, and of each kind only the first 64 are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// How far it reaches.
    pub world: World,
    /// Version of the contract that it was built against.
    pub contract: String,
    /// The interfaces that it cannot do without, in its order. Those that only name types are not among them.
    pub imports: Vec<String>,
    /// What it exports, in its order.
    pub exports: Vec<String>,
    /// Core modules inside, at any depth.
    pub modules: usize,
    /// Bytes of the custom sections of each name, at any depth: names of functions, the toolchain, debug information.
    pub custom_sections: BTreeMap<String, u64>,
}

/// The three kinds of collectors, as `wit/worlds.wit` has them. What of WASI a toolchain imports does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// Only transforms replies.
    Pure,
    /// Asks Redis more questions, or writes to the log.
    Active,
    /// Walks keys.
    Sweeping,
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            World::Pure => "pure",
            World::Active => "active",
            World::Sweeping => "sweeping",
        })
    }
}

/// Reads and validates a whole component, and checks that it is one of this contract.
///
/// # Errors
/// With the stage `check`, when it is none that could be compiled and linked.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Problem> {
    kind::check(bytes)?;
    let types = validity::validate(bytes)?;
    let outline = outline::read(bytes, &types).map_err(|error| refuse(format!("cannot be read: {error}")))?;
    let (memory, limit) = (outline.memory, LARGEST_MEMORY as u64);
    if memory > limit {
        let (needed, possible) = (problem::bytes(memory, limit), problem::bytes(limit, memory));
        let problem = refuse(format!("needs {needed} of memory from the start, {possible} are possible"));
        return Err(problem.hint("build it with less memory from the start: no limit allows that much"));
    }
    contract::check(outline)
}

fn refuse(reason: impl AsRef<str>) -> Problem {
    Problem::new(Stage::Check, reason)
}

#[cfg(test)]
mod tests;
