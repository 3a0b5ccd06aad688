//! Fields that are in no list: those that redis_exporter passes whatever they are, and those that the operator asks for.

use std::borrow::Cow;
use std::collections::HashSet;

use redwasp_sdk::info::{self, Field};
use redwasp_sdk::{Kind, Plan, Problem, Report};
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::instance::INSTANCE;

/// What begins so becomes a metric without being listed.
const PASSED: [&str; 3] = ["cluster_", "cmdstat_", "db"];

/// Stand for any characters, and for one.
const WILDCARDS: [char; 2] = ['*', '?'];

/// Fields that are told. With those of a plan, the host takes 500 families of a collector.
const MOST_FIELDS: usize = 150;

/// Names and patterns of fields that the operator asks for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Unlisted {
    wanted: Vec<String>,
    /// The names of series that the plan has, each on a line. One string, for a collect seldom looks into it.
    planned: String,
}

/// What a collect needs and notes.
pub(crate) struct Late<'a> {
    wanted: Vec<WildMatch>,
    /// Names that no further field may have. Empty before the first field.
    taken: HashSet<Cow<'a, str>>,
    /// Names of fields so far.
    fields: usize,
}

impl Unlisted {
    /// Reserves the names. The plan must be complete but for them.
    ///
    /// # Errors
    /// The places of patterns that no field can match.
    pub(crate) fn declare(wanted: Vec<String>, plan: &mut Plan) -> Result<Unlisted, Vec<Problem>> {
        let problem = |(index, pattern): (usize, &String)| Problem {
            pointer: format!("/fields/{index}"),
            message: format!("{pattern:?} is no field of INFO: write its name; * stands for any characters, ? for one"),
        };
        let is_wrong = |pattern: &str| pattern.is_empty() || pattern.contains(|c: char| c == ':' || c.is_whitespace());
        let problems: Vec<_> =
            wanted.iter().enumerate().filter(|(_, pattern)| is_wrong(pattern)).map(problem).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        PASSED.iter().for_each(|prefix| plan.late_prefix(prefix));
        for pattern in &wanted {
            let before = pattern.find(WILDCARDS).unwrap_or(pattern.len());
            plan.late_prefix(&metric(&pattern[..before]));
        }
        let planned = plan.series_names().chain([INSTANCE.0.to_owned()]).collect::<Vec<_>>().join("\n");
        Ok(Unlisted { wanted, planned })
    }

    pub(crate) fn late(&self) -> Late<'_> {
        let wanted = self.wanted.iter().map(|pattern| WildMatch::new(pattern)).collect();
        Late { wanted, taken: HashSet::new(), fields: 0 }
    }

    /// Sets the field's metric, if it has one. What is measured is not known: a gauge for what redis_exporter passes, as
    /// there, and no type for the rest. Of fields that give the same name, the first one counts.
    pub(crate) fn read<'a>(&'a self, field: &Field<'_>, late: &mut Late<'a>, report: &mut Report) {
        let passed = PASSED.iter().any(|prefix| field.name.starts_with(prefix));
        if !passed && !late.wanted.iter().any(|pattern| pattern.matches(field.name)) {
            return;
        }
        // Only what was asked for may be a percentage: 0.61%.
        let value = if passed { field.value } else { field.value.strip_suffix('%').unwrap_or(field.value) };
        let Some(value) = info::number(value) else { return };
        let name = metric(field.name);
        if is_possible(&name) && self.take(&name, late) && late.fields <= MOST_FIELDS {
            let kind = if passed { Kind::Gauge } else { Kind::Unknown };
            let family = report.late(kind, &name, &format!("The field {} of INFO.", field.name), []);
            report.set(family, [], value);
        }
    }

    /// Notes a name. False when it is taken already.
    fn take<'a>(&'a self, name: &str, late: &mut Late<'a>) -> bool {
        if late.taken.is_empty() {
            late.taken.extend(self.planned.lines().map(Cow::Borrowed));
        }
        let is_new = late.taken.insert(Cow::Owned(name.to_owned()));
        late.fields += usize::from(is_new);
        is_new
    }
}

impl Late<'_> {
    /// Says what was left out.
    pub(crate) fn report(&self, report: &mut Report) {
        if self.fields > MOST_FIELDS {
            report.partial();
            report
                .warn(format!("INFO has {} fields that are in no list: the first {MOST_FIELDS} are told", self.fields));
        }
    }
}

/// Whether the host takes a single value of that name, also without a namespace before it. What ends so belongs to a
/// histogram or a summary.
fn is_possible(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !["_bucket", "_sum"].iter().any(|suffix| name.ends_with(suffix))
}

/// The name of a field as the name of a metric.
fn metric(field: &str) -> String {
    field.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}
