//! A page of metrics in the text format 0.0.4, and whether it is one.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

mod line;
mod parse;

use std::collections::BTreeMap;

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// A page that is right in every line.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// In the order of the page.
    pub families: Vec<Family>,
    /// In the order of the page.
    pub samples: Vec<Sample>,
}

/// What the page says of a family.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// With the namespace.
    pub name: String,
    /// Unescaped; `None` when there is no HELP line.
    pub help: Option<String>,
    /// "counter", "gauge", "histogram", "summary" or "untyped"; `None` when there is no TYPE line.
    pub kind: Option<String>,
}

/// One line with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// As it is written, e.g. with `_bucket`.
    pub name: String,
    /// Values are unescaped.
    pub labels: Labels,
    /// May be NaN or infinite.
    pub value: f64,
    /// Milliseconds since 1970, UTC.
    pub timestamp: Option<i64>,
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// The first line that is wrong: what no scraper may be given, and also what the format only advises against,
    /// lines of a family that are not together, or HELP and TYPE after a sample.
    pub fn parse(text: &str) -> anyhow::Result<Page> {
        parse::page(text)
    }

    /// The value of the sample with exactly these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: Labels = labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        self.samples.iter().find(|sample| sample.name == name && sample.labels == labels).map(|sample| sample.value)
    }

    /// The labels of every sample of this name.
    pub fn labels_of(&self, name: &str) -> Vec<&Labels> {
        self.samples_of(name).map(|sample| &sample.labels).collect()
    }

    /// The samples of this name.
    pub fn samples_of(&self, name: &str) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    /// The family of this name.
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }

    /// The names of the families, in the order of the page.
    pub fn names(&self) -> Vec<&str> {
        self.families.iter().map(|family| family.name.as_str()).collect()
    }
}
