//! All flags: the daemon's own, those that the built-in collectors declare, and those that are still to come.

use std::collections::HashSet;

use super::flag::{Flag, Owner};
use super::later::LATER;
use super::own::OWN;
use crate::plugin::Manifest;

/// All flags, each with its owner, which is the first of the collectors that share it. A collector may declare a flag that
/// was still to come.
///
/// # Errors
/// Which collector declares a flag or a variable that is there already as something else, or a setting twice: a mistake in
/// this build.
pub(super) fn known(built_ins: &[Manifest]) -> Result<Vec<(Owner<'_>, Flag<'_>)>, String> {
    let own = OWN.iter().flat_map(|(heading, flags)| flags.iter().map(|flag| (Owner::Daemon(heading), flag.clone())));
    let mut known: Vec<(Owner, Flag)> = own.collect();
    let mut sets = HashSet::new();
    for (place, manifest) in built_ins.iter().enumerate() {
        for declared in &manifest.flags {
            let flag = Flag::declared(declared);
            let mut others = built_ins[..place].iter().flat_map(|other| &other.flags);
            let is_shared = others.any(|other| declared.is_shared_with(other));
            let is_taken = known.iter().any(|(_, other)| other.name == flag.name || other.env == flag.env);
            if is_taken && !is_shared || !sets.insert((&manifest.name, &declared.sets)) {
                let (name, flag) = (&manifest.name, flag.name);
                return Err(format!(
                    "the collector {name} declares --{flag} or its variable otherwise than it is there already, or what it \
                    sets a second time"
                ));
            }
            if !is_shared {
                known.push((Owner::Collector(&manifest.name), flag));
            }
        }
    }
    let later: Vec<_> = LATER.iter().filter(|flag| known.iter().all(|(_, other)| other.name != flag.name)).collect();
    known.extend(later.into_iter().map(|flag| (Owner::Later, flag.clone())));
    Ok(known)
}
