//! What a plan may send to a server, for whoever grants it there.

use super::grants::Permit;
use super::plan::{Plan, Sweep};
use crate::servers::policy;

/// Stands for a key: no word of a command is written so.
const PROBE: &[u8] = b"\0key\0";

/// Reads that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// By name: `XINFO STREAM`, or `XINFO` for all its reads.
    pub commands: Vec<String>,
    /// Patterns of the keys that they read.
    pub keys: Vec<Vec<u8>>,
    /// The databases that these are in.
    pub databases: Vec<u32>,
    /// Whether the keys are walked for.
    pub is_walk: bool,
}

impl Plan {
    /// All that it may send: what is prefetched, what it asks for and what is read of keys that are walked.
    pub fn needs(&self) -> Vec<Need> {
        let prefetch = self.prefetch.iter().flatten().filter_map(|wanted| {
            let script = policy::script(&wanted.command).map(|(_, read)| read);
            let read = script.or_else(|| policy::read(&wanted.command).ok())?;
            let literal = read.keys.iter().map(|key| literal(key));
            let keys = literal.chain(read.patterns.iter().map(|pattern| pattern.to_vec())).collect();
            let databases = wanted.database.into_iter().collect();
            Some(Need { commands: vec![read.name.to_owned()], keys, databases, is_walk: false })
        });
        let sweeps = self.sweeps.iter().flatten().map(of_sweep);
        prefetch.chain(self.permit.asked()).chain(sweeps).collect()
    }
}

impl Permit {
    /// What the plugin asks for and the operator allows, ask by ask.
    fn asked(&self) -> impl Iterator<Item = Need> {
        self.granted().map(|(commands, keys, databases)| Need {
            commands: commands.into_iter().map(str::to_owned).collect(),
            keys: keys.into_iter().map(|key| key.as_bytes().to_vec()).collect(),
            databases,
            is_walk: false,
        })
    }
}

fn of_sweep(sweep: &Sweep) -> Need {
    let name = |command: crate::servers::Command| policy::read(&command).map(|read| read.name.to_owned()).ok();
    let mut commands: Vec<String> = sweep.reads.iter().filter_map(|read| name(read.of(PROBE))).collect();
    commands.push("SCAN".to_owned());
    if sweep.needs_types() {
        commands.push("TYPE".to_owned());
    }
    Need { commands, keys: vec![sweep.pattern.clone()], databases: vec![sweep.database], is_walk: true }
}

/// A pattern of this key alone.
fn literal(key: &[u8]) -> Vec<u8> {
    let is_special = |byte: &u8| br"*?[]\".contains(byte);
    key.iter().flat_map(|byte| is_special(byte).then_some(b'\\').into_iter().chain([*byte])).collect()
}
