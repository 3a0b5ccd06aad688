//! All flags: the daemon's own, those that the built-in collectors declare, and those that are still to come.

use std::collections::HashSet;

use super::flag::{Flag, Owner};
use super::later::LATER;
use super::own::OWN;
use crate::plugin::Manifest;

/// All flags, each with its owner. A collector may declare a flag that was still to come.
///
/// # Errors
/// Which collector declares a flag, a variable or a setting that is there already: a mistake in this build.
pub(super) fn known(built_ins: &[Manifest]) -> Result<Vec<(Owner<'_>, Flag<'_>)>, String> {
    let own = OWN.iter().flat_map(|(heading, flags)| flags.iter().map(|flag| (Owner::Daemon(heading), flag.clone())));
    let mut known: Vec<(Owner, Flag)> = own.collect();
    let mut sets = HashSet::new();
    for manifest in built_ins {
        for declared in &manifest.flags {
            let flag = Flag::declared(declared);
            let is_taken = known.iter().any(|(_, other)| other.name == flag.name || other.env == flag.env);
            if is_taken || !sets.insert((&manifest.name, &declared.sets)) {
                let (name, flag) = (&manifest.name, flag.name);
                return Err(format!(
                    "the collector {name} declares --{flag}, its variable or what it sets a second time"
                ));
            }
            known.push((Owner::Collector(&manifest.name), flag));
        }
    }
    let later: Vec<_> = LATER.iter().filter(|flag| known.iter().all(|(_, other)| other.name != flag.name)).collect();
    known.extend(later.into_iter().map(|flag| (Owner::Later, flag.clone())));
    Ok(known)
}
