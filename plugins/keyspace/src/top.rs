//! The largest keys.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use redwasp_sdk::names::Name;
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Family, Page, Plan, Report, label};
use serde::{Deserialize, Serialize};

use crate::checks::{Reads, Seen, db};
use crate::walked::Patterns;

/// What is exported of the largest keys.
#[derive(Serialize, Deserialize)]
pub(crate) struct Top {
    most: usize,
    patterns: Patterns,
    memory: Family<2>,
    length: Family<2>,
}

/// The largest keys so far. A key that fits several patterns is read once, and is one entry.
#[derive(Default)]
pub(crate) struct Largest {
    by_memory: BTreeSet<Entry>,
    by_length: BTreeSet<Entry>,
}

/// A key, ordered by what it has, then by its name, so that the same keys give the same page.
struct Entry {
    value: f64,
    name: Name,
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        self.value.total_cmp(&other.value).then_with(|| other.name.cmp(&self.name))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl Top {
    pub(crate) fn declare(patterns: &[Name], most: usize, plan: &mut Plan) -> Top {
        Top {
            most,
            patterns: Patterns::plan(patterns, |sweep| Reads::new(None, false, sweep), plan),
            memory: plan.gauge(
                "top_key_memory_usage_bytes",
                "Memory of the keys that have most of it (MEMORY USAGE).",
                ["db", "key"],
            ),
            length: plan.gauge("top_key_size", "Elements of the keys that have most of them.", ["db", "key"]),
        }
    }

    /// Takes a page, if it is one of these patterns.
    pub(crate) fn page(&self, largest: &mut Largest, refused: &mut Refused, page: &Page<'_>) {
        let Some((database, reads)) = self.patterns.of(page) else { return };
        for key in page.keys() {
            let Seen { memory, length, .. } = reads.seen(&key, refused);
            self.add(&mut largest.by_memory, memory, database, key.name());
            self.add(&mut largest.by_length, length, database, key.name());
        }
    }

    /// Takes a key, if it is among the largest.
    fn add(&self, largest: &mut BTreeSet<Entry>, value: Option<f64>, database: u32, key: &[u8]) {
        let Some(value) = value else { return };
        if largest.len() < self.most || largest.first().is_some_and(|least| least.value <= value) {
            largest.insert(Entry { value, name: Name { database, key: key.to_vec() } });
        }
        if largest.len() > self.most {
            largest.pop_first();
        }
    }

    pub(crate) fn report(&self, largest: Largest, report: &mut Report) {
        for (family, entries) in [(self.memory, largest.by_memory), (self.length, largest.by_length)] {
            for Entry { value, name } in entries.into_iter().rev() {
                report.set(family, [&db(name.database), &label::text(&name.key)], value);
            }
        }
    }
}
