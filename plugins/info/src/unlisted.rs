//! Fields that are in no list: those that redis_exporter passes whatever they are, and those that the operator asks for.

use redwasp_sdk::info::{self, Field};
use redwasp_sdk::{Kind, Plan, Problem, Report};
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::fields;

/// What begins so becomes a metric without being listed.
const PASSED: [&str; 3] = ["cluster_", "cmdstat_", "db"];

/// Stand for any characters, and for one.
const WILDCARDS: [char; 2] = ['*', '?'];

/// Names and patterns of fields that the operator asks for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Unlisted {
    wanted: Vec<String>,
}

impl Unlisted {
    /// Reserves the names.
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
        Ok(Unlisted { wanted })
    }

    /// Sets the field's metric, if it has one. What is measured is not known: a gauge for what redis_exporter passes, as
    /// there, and no type for the rest.
    pub(crate) fn read(&self, field: &Field<'_>, report: &mut Report) {
        let passed = PASSED.iter().any(|prefix| field.name.starts_with(prefix));
        if !passed && !self.wanted.iter().any(|pattern| WildMatch::new(pattern).matches(field.name)) {
            return;
        }
        // Only what was asked for may be a percentage: 0.61%.
        let value = if passed { field.value } else { field.value.strip_suffix('%').unwrap_or(field.value) };
        let name = metric(field.name);
        if let Some(value) = info::number(value).filter(|_| !fields::has_metric(&name)) {
            let kind = if passed { Kind::Gauge } else { Kind::Unknown };
            let family = report.late(kind, &name, &format!("The field {} of INFO.", field.name), []);
            report.set(family, [], value);
        }
    }
}

/// The name of a field as the name of a metric.
fn metric(field: &str) -> String {
    field.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_")
}
