//! Families: what a sample belongs to.

use serde::{Deserialize, Serialize};

use crate::Kind;
use crate::bindings::redwasp::collector::metrics;

/// A family of gauges, counters or other single values with `N` labels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Family<const N: usize>(pub(crate) u32);

/// A family of histograms with `N` labels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Histogram<const N: usize>(pub(crate) u32);

/// A family of summaries with `N` labels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Summary<const N: usize>(pub(crate) u32);

/// A family of single values whose labels only the configuration knows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AnyFamily(pub(crate) u32);

/// A family of histograms whose labels only the configuration knows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AnyHistogram(pub(crate) u32);

/// A family as the contract carries it.
pub(crate) fn record(kind: Kind, name: &str, help: &str, labels: &[&str]) -> metrics::Family {
    metrics::Family {
        name: name.to_owned(),
        help: help.to_owned(),
        unit: unit(name).to_owned(),
        kind,
        label_names: labels.iter().map(|&label| label.to_owned()).collect(),
    }
}

/// The names of the series that a family is written as, and its own.
pub(crate) fn series_names(family: &metrics::Family) -> impl Iterator<Item = String> {
    let suffixes: &[&str] = match family.kind {
        Kind::Histogram | Kind::GaugeHistogram => &["", "_bucket", "_sum", "_count"],
        Kind::Summary => &["", "_sum", "_count"],
        _ => &[""],
    };
    suffixes.iter().map(|suffix| format!("{}{suffix}", family.name))
}

/// The unit is the name's suffix (<https://prometheus.io/docs/practices/naming/#base-units>).
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    ["seconds", "bytes", "ratio", "celsius"]
        .into_iter()
        .find(|unit| name.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')))
        .unwrap_or("")
}

/// The contract counts in u32. A guest's memory cannot hold as many families as would overflow it.
pub(crate) fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::unit;

    #[test]
    fn unit_is_the_suffix() {
        assert_eq!(unit("memory_used_bytes"), "bytes");
        assert_eq!(unit("cpu_sys_seconds_total"), "seconds");
        assert_eq!(unit("megabytes"), "");
        assert_eq!(unit("connected_clients"), "");
    }
}
