//! Families of the entries: entries with one name are one family.

use std::collections::BTreeMap;

use redwasp_sdk::{AnyFamily, AnyHistogram, Kind, Report};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Type};

/// A family that entries have in common.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Declared {
    name: String,
    help: String,
    kind: Type,
    /// Sorted.
    labels: Vec<String>,
}

/// Families so far, and where each was first.
#[derive(Default)]
pub(crate) struct Families {
    pub(crate) declared: Vec<Declared>,
    /// Of each family, the pointer of its first entry.
    first: Vec<String>,
    entries: Vec<Placed>,
}

/// An entry that has its family.
struct Placed {
    family: usize,
    /// The fixed ones.
    labels: BTreeMap<String, String>,
    pointer: String,
}

impl Families {
    /// The family of an entry, by its place.
    ///
    /// # Errors
    /// The key of the entry that does not fit, and why.
    pub(crate) fn place(&mut self, entry: &Entry) -> Result<usize, (&'static str, String)> {
        let declared = Declared {
            name: entry.name.clone(),
            help: entry.help.clone(),
            kind: entry.kind,
            labels: entry.label_names(),
        };
        let place = match self.declared.iter().position(|known| known.name == entry.name) {
            Some(place) => {
                declared.fits(&self.declared[place], &self.first[place])?;
                place
            }
            None => {
                if let Some(place) = self.declared.iter().position(|known| known.owns_part_of(&declared)) {
                    let message = format!("it is a part of the histogram of {}", self.first[place]);
                    return Err(("name", message));
                }
                self.declared.push(declared);
                self.first.push(entry.pointer.clone());
                self.declared.len() - 1
            }
        };
        let is_same = |other: &&Placed| other.family == place && other.labels == entry.labels;
        if let Some(other) = self.entries.iter().find(is_same) {
            let other = &other.pointer;
            let message = format!("{other} has the same name and the same labels: one more label tells them apart");
            return Err(("labels", message));
        }
        let (labels, pointer) = (entry.labels.clone(), entry.pointer.clone());
        self.entries.push(Placed { family: place, labels, pointer });
        Ok(place)
    }
}

impl Declared {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn fits(&self, known: &Declared, first: &str) -> Result<(), (&'static str, String)> {
        if self.kind != known.kind {
            return Err(("type", format!("{} has another type at {first}", self.name)));
        }
        if self.labels != known.labels {
            let labels = known.labels.join(", ");
            return Err(("labels", format!("{} has other labels at {first}: {labels}", self.name)));
        }
        Ok(())
    }

    /// Whether one of the two is a histogram and the other has the name of one of its series.
    fn owns_part_of(&self, other: &Declared) -> bool {
        let owns = |histogram: &Declared, other: &Declared| {
            let part = other.name.strip_prefix(&histogram.name).unwrap_or_default();
            histogram.kind == Type::Histogram && ["_bucket", "_sum", "_count"].contains(&part)
        };
        owns(self, other) || owns(other, self)
    }

    /// The place of a label among those of a family.
    pub(crate) fn label(&self, name: &str) -> Option<usize> {
        self.labels.iter().position(|label| label == name)
    }

    /// Label values with the fixed ones of an entry in their places.
    pub(crate) fn fixed(&self, entry: &Entry) -> Vec<String> {
        self.labels.iter().map(|label| entry.labels.get(label).cloned().unwrap_or_default()).collect()
    }

    /// Declares it in a report: names that another collector has are found out there, and cost this family alone.
    pub(crate) fn single(&self, report: &mut Report) -> AnyFamily {
        let kind = if self.kind == Type::Counter { Kind::Counter } else { Kind::Gauge };
        report.late_any(kind, &self.name, &self.help, &self.label_names())
    }

    /// A histogram of what there is now: its counts can go down.
    pub(crate) fn histogram(&self, report: &mut Report) -> AnyHistogram {
        report.late_any_histogram(Kind::GaugeHistogram, &self.name, &self.help, &self.label_names())
    }

    fn label_names(&self) -> Vec<&str> {
        self.labels.iter().map(String::as_str).collect()
    }
}
