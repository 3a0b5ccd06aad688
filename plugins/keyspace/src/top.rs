//! The largest keys.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use redwasp_sdk::names::Name;
use redwasp_sdk::{Family, Plan, Report, label};
use serde::{Deserialize, Serialize};

use crate::checks::{Seen, db};

/// What is exported of the largest keys.
#[derive(Serialize, Deserialize)]
pub(crate) struct Top {
    most: usize,
    memory: Family<2>,
    length: Family<2>,
}

/// The largest keys so far.
#[derive(Default)]
pub(crate) struct Largest {
    by_memory: BinaryHeap<Reverse<Entry>>,
    by_length: BinaryHeap<Reverse<Entry>>,
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
    pub(crate) fn declare(most: usize, plan: &mut Plan) -> Top {
        Top {
            most,
            memory: plan.gauge(
                "top_key_memory_usage_bytes",
                "Memory of the keys that have most of it (MEMORY USAGE).",
                ["db", "key"],
            ),
            length: plan.gauge("top_key_size", "Elements of the keys that have most of them.", ["db", "key"]),
        }
    }

    /// Takes a key, if it is among the largest.
    pub(crate) fn add(&self, largest: &mut Largest, database: u32, key: &[u8], seen: &Seen) {
        let add = |heap: &mut BinaryHeap<Reverse<Entry>>, value: Option<f64>| {
            let Some(value) = value else { return };
            let is_large = heap.len() < self.most || heap.peek().is_some_and(|Reverse(least)| least.value <= value);
            if is_large {
                heap.push(Reverse(Entry { value, name: Name { database, key: key.to_vec() } }));
            }
            if heap.len() > self.most {
                heap.pop();
            }
        };
        add(&mut largest.by_memory, seen.memory);
        add(&mut largest.by_length, seen.length);
    }

    pub(crate) fn report(&self, largest: Largest, report: &mut Report) {
        for (family, heap) in [(self.memory, largest.by_memory), (self.length, largest.by_length)] {
            for Reverse(Entry { value, name }) in heap.into_sorted_vec() {
                report.set(family, [&db(name.database), &label::text(&name.key)], value);
            }
        }
    }
}
