//! How many keys fit patterns.

use redwasp_sdk::names::Name;
use redwasp_sdk::{Family, Page, Plan, Report, Sweep, Swept, label};
use serde::{Deserialize, Serialize};

use crate::checks::db;

/// What is exported of patterns whose keys are counted.
#[derive(Serialize, Deserialize)]
pub(crate) struct Counts {
    family: Family<2>,
    patterns: Vec<(Name, Swept)>,
}

impl Counts {
    pub(crate) fn declare(patterns: Vec<Name>, plan: &mut Plan) -> Counts {
        let family = plan.gauge("keys_count", "Keys that fit the pattern.", ["db", "key"]);
        let sweep = |name: &Name| Sweep::new(&name.key).database(name.database);
        Counts { family, patterns: patterns.into_iter().map(|name| (name.clone(), plan.sweep(sweep(&name)))).collect() }
    }

    pub(crate) fn begin(&self) -> Vec<u64> {
        vec![0; self.patterns.len()]
    }

    /// Takes a page, if it is one of these patterns.
    pub(crate) fn page(&self, counts: &mut [u64], page: &Page<'_>) {
        if let Some(place) = self.patterns.iter().position(|(_, sweep)| page.is(*sweep)) {
            counts[place] += page.keys().len() as u64;
        }
    }

    pub(crate) fn report(&self, counts: &[u64], report: &mut Report) {
        for ((name, _), keys) in self.patterns.iter().zip(counts) {
            report.set(self.family, [&db(name.database), &label::text(&name.key)], *keys as f64);
        }
    }
}
