//! What the daemon asks of families: those of a plan, and the late ones of a report.

use std::collections::HashSet;

use super::rules;
use crate::Kind;
use crate::bindings::redwasp::collector::metrics;
use crate::family::series_names;

/// Families of a plan and a report together.
const MOST_FAMILIES: usize = 500;
/// Bytes of a name.
const LONGEST_NAME: usize = 256;

/// A name as it is on a page: the bench has the namespace that the daemon has unless it is told another.
pub(super) fn qualified(name: &str) -> String {
    format!("redis_{name}")
}

/// What is wrong with something of a family.
pub(super) fn of(family: &metrics::Family, fault: &str) -> String {
    format!("family {:?}: {fault}", qualified(&family.name))
}

/// Says the first thing that is wrong with families.
pub(super) fn check(families: &[&metrics::Family]) -> Result<(), String> {
    let count = families.len();
    if count > MOST_FAMILIES {
        return Err(format!("{count} families, more than the {MOST_FAMILIES} allowed (limits.families)"));
    }
    let mut taken = HashSet::new();
    for family in families {
        if let Some(series) = series_names(family).find(|series| !taken.insert(series.clone())) {
            return Err(of(family, &format!("{:?} is declared twice", qualified(&series))));
        }
        name(family).and_then(|()| labels(family)).map_err(|fault| of(family, &fault))?;
    }
    match families.iter().find(|family| rules::is_the_exporters(&family.name)) {
        Some(family) => Err(of(family, "the name is the exporter's own")),
        None => Ok(()),
    }
}

fn name(family: &metrics::Family) -> Result<(), String> {
    let name = qualified(&family.name);
    if let Some(long) = [&name].into_iter().chain(&family.label_names).find(|name| name.len() > LONGEST_NAME) {
        return Err(format!("a name of {} bytes, more than the {LONGEST_NAME} allowed", long.len()));
    }
    if !is_name(&name) {
        return Err("not a metric name: letters, digits and _ are, and no digit first".to_owned());
    }
    match ["_bucket", "_sum"].into_iter().find(|suffix| name.ends_with(suffix)) {
        Some(suffix) => Err(format!("only a histogram or a summary may own the suffix {suffix}")),
        None => Ok(()),
    }
}

fn labels(family: &metrics::Family) -> Result<(), String> {
    let of_the_type = match family.kind {
        Kind::Histogram | Kind::GaugeHistogram => "le",
        Kind::Summary => "quantile",
        _ => "",
    };
    let mut names = HashSet::new();
    for label in &family.label_names {
        if !is_name(label) || label.starts_with("__") {
            return Err(format!("{label:?} is not a label name"));
        }
        if label == of_the_type {
            return Err(format!("the label {label} belongs to the type"));
        }
        if !names.insert(label) {
            return Err(format!("label {label:?} twice"));
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
