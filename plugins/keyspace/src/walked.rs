//! Keys that fit patterns, and are looked at by walking.

use std::collections::BTreeMap;

use redwasp_sdk::names::Name;
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Page, Plan, Report, Request, Sweep, Swept};
use serde::{Deserialize, Serialize};

use crate::checks::{Checks, Reads, Seen, count_hyperloglogs};

/// Keys that fit patterns and are exported one by one: with what comes besides, it fits into a report.
pub(crate) const MOST_KEYS: usize = 20_000;

/// Patterns whose keys are looked at.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Patterns(Vec<(u32, Swept, Reads)>);

impl Patterns {
    /// `reads` says what is read of the keys of each.
    pub(crate) fn plan(names: &[Name], reads: impl Fn(&mut Sweep) -> Reads, plan: &mut Plan) -> Patterns {
        let pattern = |name: &Name| {
            let mut sweep = Sweep::new(&name.key).database(name.database);
            let reads = reads(&mut sweep);
            (name.database, plan.sweep(sweep), reads)
        };
        Patterns(names.iter().map(pattern).collect())
    }

    /// The database of a page and what was read, if it is of one of them.
    pub(crate) fn of(&self, page: &Page<'_>) -> Option<(u32, &Reads)> {
        let (database, _, reads) = self.0.iter().find(|(_, sweep, _)| page.is(*sweep))?;
        Some((*database, reads))
    }
}

/// Keys that are exported one by one. A key that fits several patterns is one of them.
#[derive(Default)]
pub(crate) struct Walked {
    keys: BTreeMap<Name, Seen>,
    has_more: bool,
}

impl Walked {
    /// Takes a page, if it is one of these patterns.
    pub(crate) fn page(&mut self, patterns: &Patterns, request: &Request<'_>, refused: &mut Refused, page: &Page<'_>) {
        let Some((database, reads)) = patterns.of(page) else { return };
        let mut seen = Vec::new();
        for key in page.keys() {
            let name = Name { database, key: key.name().to_vec() };
            if self.keys.contains_key(&name) {
                continue;
            }
            if self.keys.len() + seen.len() >= MOST_KEYS {
                self.has_more = true;
                break;
            }
            seen.push((name, reads.seen(&key, refused)));
        }
        count_hyperloglogs(seen.iter_mut().map(|(name, seen)| (&*name, seen)), request, refused);
        self.keys.extend(seen);
    }

    pub(crate) fn report(&self, checks: &Checks, report: &mut Report) {
        self.keys.iter().for_each(|(name, seen)| checks.report(name, seen, report));
        if self.has_more {
            report.partial();
            report.warn(format!("more keys fit the patterns of check_keys than the {MOST_KEYS} that are exported"));
        }
    }
}
