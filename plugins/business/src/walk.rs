//! Metrics of many keys: one pass over the keys, some numbers for each group.

mod measure;
mod sums;

use std::collections::{BTreeMap, HashMap};

use redwasp_sdk::sweep::{Key, Read};
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Family, KeyRead, Page, Plan, Report, Sweep, Swept, label};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Type};
use crate::families::Declared;
use crate::keys::{Aggregate, By, Keys};
use crate::names::LONGEST_VALUE;
use crate::path::Path;
use crate::pattern::Parts;

use measure::{Measure, Skipped};
use sums::Sums;

/// The label value of what has no group of its own.
const OVERFLOW: &str = "overflow";

/// Groups of all entries together: about as many series as a report may have.
const MOST_GROUPS: usize = 9000;

/// Series of a report with which no further group is begun. The host takes 10,000.
const MOST_SERIES: usize = 9500;

/// A metric of the keys of one sweep.
#[derive(Serialize, Deserialize)]
pub(crate) struct Walk {
    family: usize,
    kind: Type,
    /// Label values, with empty ones in the places of `by`.
    labels: Vec<String>,
    swept: Swept,
    parts: Option<Parts>,
    measure: Measure,
    path: Path,
    default: Option<f64>,
    aggregate: Aggregate,
    by: Vec<Group>,
    groups: usize,
}

/// A label of groups: its place among the labels, and where its value comes from.
#[derive(Serialize, Deserialize)]
struct Group {
    label: usize,
    from: From,
}

#[derive(Serialize, Deserialize)]
enum From {
    Part(usize),
    Field(Read),
}

impl Walk {
    pub(crate) fn plan(entry: &Entry, keys: &Keys, (family, declared): (usize, &Declared), plan: &mut Plan) -> Walk {
        let types = keys.walked_types().unwrap_or_default();
        let mut sweep = Sweep::new(&keys.pattern.glob).database(entry.database).types(types.iter().cloned());
        let measure = Measure::plan(keys.value.as_ref(), &types, &mut sweep);
        let group = |by: &By| {
            let from = match by {
                By::Part(_, place) => From::Part(*place),
                By::Field { field, .. } => From::Field(sweep.read(KeyRead::new("HGET").after(field).only(["hash"]))),
            };
            Group { label: declared.label(by.label()).unwrap_or_default(), from }
        };
        let by = keys.by.iter().map(group).collect();
        Walk {
            family,
            kind: entry.kind,
            labels: declared.fixed(entry),
            swept: plan.sweep(sweep),
            parts: keys.pattern.parts.clone(),
            measure,
            path: entry.path.clone(),
            default: entry.default,
            aggregate: keys.aggregate.clone(),
            by,
            groups: keys.groups,
        }
    }
}

/// What is known so far of the keys of one entry.
#[derive(Default)]
struct Seen {
    /// By their label values, each with its length before it.
    groups: HashMap<Vec<u8>, Sums>,
    overflow: Sums,
    skipped: [u64; Skipped::ALL.len()],
}

/// A run over the keys of all entries: what is known of them so far.
#[derive(Default)]
pub struct Run {
    seen: Vec<Seen>,
    groups: usize,
    /// The group of the key that is looked at.
    group: Vec<u8>,
    refused: Refused,
}

impl Run {
    pub(crate) fn new(walks: &[Walk]) -> Run {
        Run { seen: walks.iter().map(|_| Seen::default()).collect(), ..Run::default() }
    }

    /// Takes a page of keys.
    pub(crate) fn page(&mut self, walks: &[Walk], page: &Page<'_>) {
        let Some((place, walk)) = walks.iter().enumerate().find(|(_, walk)| page.is(walk.swept)) else { return };
        let mut named = Vec::new();
        for key in page.keys() {
            if walk.parts.as_ref().is_none_or(|parts| parts.find(key.name(), &mut named)) {
                self.key(place, walk, key, &named);
            }
        }
    }

    fn key(&mut self, place: usize, walk: &Walk, key: Key<'_>, named: &[&[u8]]) {
        let Some(seen) = self.seen.get_mut(place) else { return };
        let number = match walk.measure.of(key, walk, &mut self.refused) {
            Ok(number) => number,
            Err(skipped) => {
                seen.skipped[skipped as usize] += 1;
                return;
            }
        };
        self.group.clear();
        for by in &walk.by {
            let value = match &by.from {
                From::Part(place) => named.get(*place).copied().unwrap_or_default(),
                From::Field(read) => match key.reply(*read) {
                    Ok(field) => field.and_then(|field| field.bytes().ok()).unwrap_or_default(),
                    Err(failure) => {
                        let why = Skipped::unread("HGET", failure, &mut self.refused);
                        seen.skipped[why as usize] += 1;
                        return;
                    }
                },
            };
            let value = label::begin(value, LONGEST_VALUE);
            self.group.extend_from_slice(&(value.len() as u16).to_le_bytes());
            self.group.extend_from_slice(value);
        }
        let has_room = seen.groups.len() < walk.groups && self.groups < MOST_GROUPS;
        let sums = match seen.groups.get_mut(&self.group) {
            Some(sums) => sums,
            None if has_room => {
                self.groups += 1;
                seen.groups.entry(self.group.clone()).or_default()
            }
            None => &mut seen.overflow,
        };
        sums.add(number, &walk.aggregate);
    }

    /// Reports what was seen.
    pub(crate) fn end(
        self,
        walks: &[Walk],
        families: &[Declared],
        skipped: Option<Family<2>>,
        complete: bool,
        report: &mut Report,
    ) {
        let mut left_out: BTreeMap<(&str, Skipped), u64> = BTreeMap::new();
        let mut has_room = true;
        for (walk, seen) in walks.iter().zip(&self.seen) {
            let Some(declared) = families.get(walk.family) else { continue };
            for (reason, count) in Skipped::ALL.into_iter().zip(seen.skipped).filter(|(_, count)| *count > 0) {
                *left_out.entry((declared.name(), reason)).or_default() += count;
            }
            // A part of a sum would look like a counter that began anew.
            let is_refused = seen.skipped[Skipped::Refused as usize] > 0;
            let is_nothing = is_refused && seen.groups.is_empty() && seen.overflow.count == 0;
            if !is_nothing && (walk.kind != Type::Counter || complete && !is_refused) {
                has_room &= walk.report(seen, declared, report);
            }
        }
        if let Some(family) = skipped {
            for ((metric, reason), count) in left_out {
                report.set(family, [metric, reason.word()], count as f64);
            }
        }
        self.refused.warn(report);
        if !has_room {
            report.partial();
            report.warn(format!("some groups are left out: there is room for {MOST_SERIES} series"));
        }
    }
}

impl Walk {
    /// Whether there was room for all groups.
    fn report(&self, seen: &Seen, declared: &Declared, report: &mut Report) -> bool {
        let groups = self.labelled(seen);
        match &self.aggregate {
            Aggregate::Histogram(bounds) => {
                let family = declared.histogram(report);
                for (labels, sums) in groups {
                    if report.series() + bounds.len() + 3 > MOST_SERIES {
                        return false;
                    }
                    report.histogram_any(family, labels, sums.cumulative(bounds), sums.sum, sums.count);
                }
            }
            aggregate => {
                let family = declared.single(report);
                for (labels, sums) in groups {
                    if report.series() >= MOST_SERIES {
                        return false;
                    }
                    let value = match aggregate {
                        Aggregate::Count => Some(sums.count as f64),
                        Aggregate::Min => sums.least,
                        Aggregate::Max => sums.most,
                        _ => Some(sums.sum),
                    };
                    if let Some(value) = value {
                        report.set_any(family, labels, value);
                    }
                }
            }
        }
        true
    }

    /// Groups by their labels, in order. Bytes that are written in the same way are one group.
    fn labelled(&self, seen: &Seen) -> BTreeMap<Vec<String>, Sums> {
        let mut groups: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
        if self.by.is_empty() {
            // No key is 0 keys, with a sum of 0; there is no smallest of them.
            groups.entry(self.labels.clone()).or_default();
        }
        for (group, sums) in &seen.groups {
            let mut labels = self.labels.clone();
            let mut rest = group.as_slice();
            for by in &self.by {
                let Some((length, after)) = rest.split_first_chunk() else { break };
                let (value, after) = after.split_at(usize::from(u16::from_le_bytes(*length)).min(after.len()));
                rest = after;
                if let Some(label) = labels.get_mut(by.label) {
                    *label = label::text(value).into_owned();
                }
            }
            groups.entry(labels).or_default().merge(sums);
        }
        if seen.overflow.count > 0 {
            let mut labels = self.labels.clone();
            for place in self.by.iter().map(|by| by.label) {
                if let Some(label) = labels.get_mut(place) {
                    *label = OVERFLOW.to_owned();
                }
            }
            groups.entry(labels).or_default().merge(&seen.overflow);
        }
        groups
    }
}
