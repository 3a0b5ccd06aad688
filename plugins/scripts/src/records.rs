//! Metrics with names and labels that a script chooses: JSON, a list of `{"metric": …, "value": …, "labels": {…}}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use redwasp_sdk::{Kind, Report, number};
use serde_json::Value;

use crate::MOST_SAMPLES;
use crate::script::Fault;
use crate::values::cut;

/// Metrics of all scripts. The host allows 500 families.
const MOST_METRICS: usize = 300;

/// Labels of a metric, and bytes of a name.
const MOST_LABELS: usize = 16;
const LONGEST_NAME: usize = 128;

const HELP: &str = "Value that a Lua script reported.";

/// Names and values of labels, sorted by name.
type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The metrics of all scripts in one collect.
pub(crate) struct Records<'a> {
    /// Names that are not for scripts.
    taken: &'a [String],
    /// The names of each metric's labels.
    metrics: BTreeMap<String, Vec<String>>,
}

impl<'a> Records<'a> {
    pub(crate) fn new(taken: &'a [String]) -> Records<'a> {
        Records { taken, metrics: BTreeMap::new() }
    }

    /// Sets the metrics in a text: how many records there are.
    ///
    /// # Errors
    /// What is wrong with the text, or with the first record that is left out. The others are set.
    pub(crate) fn read(&mut self, text: &[u8], report: &mut Report) -> Result<usize, Fault> {
        let value = serde_json::from_slice(text);
        let records = match value.map_err(|error| Fault(format!("it returned a text that is no JSON: {error}")))? {
            Value::Array(records) => records,
            // What cjson makes of an empty table.
            Value::Object(map) if map.is_empty() => Vec::new(),
            _ => return Err(Fault("the JSON that it returned is no list of records".to_owned())),
        };
        let (mut faults, mut left_out) = (None, 0);
        for (place, record) in records.iter().enumerate() {
            if let Err(fault) = self.set(record, report) {
                left_out += 1;
                faults = faults.or(Some((place + 1, fault)));
            }
        }
        match faults {
            Some((place, fault)) => {
                Err(Fault(format!("{left_out} of its records are left out; of the first, number {place}, {fault}")))
            }
            None => Ok(records.len()),
        }
    }

    fn set(&mut self, record: &Value, report: &mut Report) -> Result<(), String> {
        if report.series() >= MOST_SAMPLES {
            return Err("there is no room for it".to_owned());
        }
        let name = record.get("metric").and_then(Value::as_str).ok_or("`metric` is no text")?;
        // The host writes it.
        let name = name.strip_prefix("redis_").unwrap_or(name);
        let value = value(record.get("value"))?;
        let labels = labels(record.get("labels"))?;
        self.admit(name, &labels)?;
        let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (*name, &**value)).collect();
        report.late_sample(Kind::Gauge, name, HELP, &labels, value);
        Ok(())
    }

    /// Whether there can be a metric of this name with these labels.
    fn admit(&mut self, name: &str, labels: &Labels<'_>) -> Result<(), String> {
        let names = || labels.iter().map(|(name, _)| *name);
        if let Some(known) = self.metrics.get(name) {
            let is_same = known.iter().map(String::as_str).eq(names());
            return if is_same {
                Ok(())
            } else {
                Err(format!("{name} has other labels than before: {}", known.join(", ")))
            };
        }
        let is_reserved = ["_bucket", "_sum"].iter().any(|suffix| name.ends_with(suffix));
        if !is_name(name) || is_reserved || self.taken.iter().any(|taken| taken == name) {
            return Err(format!("{:?} cannot be the name of a metric", cut(name)));
        }
        if self.metrics.len() >= MOST_METRICS {
            return Err(format!("there are {MOST_METRICS} other metrics"));
        }
        self.metrics.insert(name.to_owned(), names().map(str::to_owned).collect());
        Ok(())
    }
}

fn value(value: Option<&Value>) -> Result<f64, String> {
    let found = match value {
        Some(Value::Number(number)) => number.as_f64(),
        // As Redis has numbers that are values of keys.
        Some(Value::String(text)) => number::float(text),
        _ => None,
    };
    found.ok_or_else(|| "`value` is no number".to_owned())
}

/// None are written as an empty list too: Lua has one table for both.
fn labels(labels: Option<&Value>) -> Result<Labels<'_>, String> {
    let map = match labels {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) if list.is_empty() => return Ok(Vec::new()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err("`labels` has no names".to_owned()),
    };
    if map.len() > MOST_LABELS {
        return Err(format!("there are {} labels, more than the {MOST_LABELS} allowed", map.len()));
    }
    let pairs = map.iter().map(|(name, value)| Ok((label(name)?, text(name, value)?)));
    let mut labels = pairs.collect::<Result<Labels<'_>, String>>()?;
    labels.sort();
    Ok(labels)
}

fn label(name: &str) -> Result<&str, String> {
    let is_label = is_name(name) && !name.starts_with("__");
    if is_label { Ok(name) } else { Err(format!("{:?} cannot be the name of a label", cut(name))) }
}

fn text<'a>(name: &str, value: &'a Value) -> Result<Cow<'a, str>, String> {
    match value {
        Value::String(text) => Ok(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Ok(Cow::Owned(value.to_string())),
        _ => Err(format!("the label {name} has no text")),
    }
}

/// <https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>, without colons.
fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.len() <= LONGEST_NAME && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
