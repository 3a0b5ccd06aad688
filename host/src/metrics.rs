//! The model of what is served: families and samples. Pure: no I/O, no WebAssembly, nothing of Redis.

pub mod check;
pub mod layout;
pub mod names;

use std::borrow::Cow;
use std::sync::Arc;

pub use layout::{Layout, Repeated};

/// Type of a family, as OpenMetrics 1.0 names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only goes up, but for restarts.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Buckets of observations.
    Histogram,
    /// Buckets whose counts go up and down.
    GaugeHistogram,
    /// Quantiles of observations.
    Summary,
    /// Facts in labels, value 1.
    Info,
    /// One sample for each state, value 0 or 1.
    StateSet,
    /// Not known.
    Unknown,
}

/// What is said once of all samples of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Full name, with namespace, as samples of single values carry it.
    pub name: String,
    /// One sentence.
    pub help: String,
    /// Base unit in the plural, or "".
    pub unit: String,
    /// Type.
    pub kind: Kind,
    /// Label names in the order in which samples carry their values.
    pub label_names: Vec<String>,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Index into the families of the page or the plan that this sample belongs to.
    pub family: u32,
    /// As many as the family has label names.
    pub label_values: Vec<String>,
    /// What was measured.
    pub value: Value,
}

/// What a sample holds; the family's kind says which.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// For every kind but the next two.
    Single(f64),
    /// Histogram and gauge histogram: (upper bound, cumulative count), ascending, without +Inf.
    Histogram {
        /// Buckets.
        buckets: Vec<(f64, u64)>,
        /// Sum of all observations.
        sum: f64,
        /// Number of observations, which is the bucket of +Inf.
        count: u64,
    },
    /// Summary: (quantile, value).
    Summary {
        /// Quantiles.
        quantiles: Vec<(f64, f64)>,
        /// Sum of all observations.
        sum: f64,
        /// Number of observations.
        count: u64,
    },
}

impl Value {
    /// How many series it is written as.
    pub fn series(&self) -> usize {
        match self {
            Value::Single(_) => 1,
            Value::Histogram { buckets, .. } => buckets.len() + 3,
            Value::Summary { quantiles, .. } => quantiles.len() + 2,
        }
    }
}

/// Families sorted by name, and their samples, sorted by family.
#[derive(Clone, Debug)]
pub struct Page {
    /// Sorted by name, each name once. Shared, because it is the same from scrape to scrape.
    pub families: Arc<[Family]>,
    /// Sorted by [`Sample::family`].
    pub samples: Vec<Sample>,
    /// Labels of every sample. Where a family has a label of that name, its own becomes `exported_<name>`, as Prometheus
    /// has it with labels of targets.
    pub labels: Labels,
}

/// A label: name and value.
pub type Label = (Cow<'static, str>, String);

/// Labels of all that is said of one target.
pub type Labels = Vec<Label>;

impl Family {
    /// A gauge without labels.
    pub fn gauge(name: impl Into<String>, help: &str) -> Family {
        Family::new(Kind::Gauge, name, help, &[])
    }

    /// A family without unit.
    pub fn new(kind: Kind, name: impl Into<String>, help: &str, label_names: &[&str]) -> Family {
        Family {
            name: name.into(),
            help: help.to_owned(),
            unit: String::new(),
            kind,
            label_names: label_names.iter().map(|&name| name.to_owned()).collect(),
        }
    }
}

impl Family {
    /// The names of the series it is written as, and its own.
    pub fn series_names(&self) -> impl Iterator<Item = String> {
        let suffixes: &[&str] = match self.kind {
            Kind::Histogram | Kind::GaugeHistogram => &["", "_bucket", "_sum", "_count"],
            Kind::Summary => &["", "_sum", "_count"],
            _ => &[""],
        };
        suffixes.iter().map(|suffix| format!("{}{suffix}", self.name))
    }
}

/// `<namespace>_<name>`; an empty namespace adds nothing.
pub fn qualified(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}_{name}") }
}

/// A family with its samples: label values and value.
pub type Part = (Family, Vec<(Vec<String>, Value)>);

impl Page {
    /// The page with labels on every sample.
    pub fn labelled(self, labels: Labels) -> Page {
        Page { labels, ..self }
    }

    /// Builds a page from families in any order with their samples.
    pub fn build(mut parts: Vec<Part>) -> Page {
        parts.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        let mut families = Vec::with_capacity(parts.len());
        let mut samples = Vec::new();
        for (index, (family, values)) in parts.into_iter().enumerate() {
            families.push(family);
            let sample = |(label_values, value)| Sample { family: index as u32, label_values, value };
            samples.extend(values.into_iter().map(sample));
        }
        Page { families: families.into(), samples, labels: Vec::new() }
    }
}
