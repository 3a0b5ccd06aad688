//! A report as text, for golden files and assertions.

use std::fmt::Write;

use super::check;
use crate::Kind;
use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::metrics;
use crate::log::Line;

/// The families of a plan with the samples of one report.
#[derive(Debug)]
pub struct Page {
    families: Vec<metrics::Family>,
    problems: Vec<contract::Problem>,
    report: contract::Report,
    logs: Vec<Line>,
}

impl Page {
    pub(super) fn new(plan: contract::Plan, mut report: contract::Report, logs: Vec<Line>) -> Page {
        let contract::Plan { mut families, problems, .. } = plan;
        families.append(&mut report.late);
        Page { families, problems, report, logs }
    }

    /// The page in Prometheus' text format, families and labels sorted, as the daemon would serve it under a
    /// namespace. Families without samples are left out.
    pub fn text(&self, namespace: &str) -> String {
        let mut blocks: Vec<(String, String)> = self
            .families
            .iter()
            .enumerate()
            .filter_map(|(index, family)| {
                let name = format!("{namespace}_{}", family.name);
                let lines = self.lines(index, family, &name);
                let head = format!("# HELP {name} {}\n# TYPE {name} {}\n", family.help, kind(family.kind));
                (!lines.is_empty()).then(|| (name, head + &lines))
            })
            .collect();
        blocks.sort();
        blocks.into_iter().map(|(_, block)| block).collect()
    }

    /// The value of one sample; none when it is not there. `name` is without namespace.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let index = self.families.iter().position(|family| family.name == name)?;
        let names = &self.families[index].label_names;
        let wanted: Option<Vec<&str>> =
            names.iter().map(|name| labels.iter().find(|(label, _)| label == name).map(|&(_, value)| value)).collect();
        let wanted = wanted?;
        let sample = |sample: &&metrics::Sample| sample.family as usize == index && sample.label_values == wanted;
        self.report.samples.iter().find(sample).map(|sample| sample.value)
    }

    /// What of the configuration is not used: JSON Pointer and message.
    pub fn problems(&self) -> impl Iterator<Item = (&str, &str)> {
        self.problems.iter().map(|problem| (problem.pointer.as_str(), problem.message.as_str()))
    }

    /// What the collector warned of.
    pub fn warnings(&self) -> &[String] {
        &self.report.warnings
    }

    /// The lines that the collector wrote to the log, while it was configured too.
    pub fn logs(&self) -> &[Line] {
        &self.logs
    }

    /// What the collector saved for its next collect; none keeps what it has.
    pub fn state(&self) -> Option<&[u8]> {
        self.report.state.as_deref()
    }

    /// Whether the collector says that not everything could be read.
    pub fn is_partial(&self) -> bool {
        self.report.partial
    }

    fn lines(&self, index: usize, family: &metrics::Family, name: &str) -> String {
        let mut out = String::new();
        let mut line = |suffix: &str, values: &[String], more: Option<(&str, f64)>, value: String| {
            let labels = labels(&family.label_names, values, more);
            let _ = writeln!(out, "{name}{suffix}{labels} {value}");
        };
        let here = |family: u32| family as usize == index;
        for sample in self.report.samples.iter().filter(|sample| here(sample.family)) {
            line("", &sample.label_values, None, number(sample.value));
        }
        for histogram in self.report.histograms.iter().filter(|histogram| here(histogram.family)) {
            for &(bound, count) in check::finite(histogram) {
                line("_bucket", &histogram.label_values, Some(("le", bound)), count.to_string());
            }
            line("_bucket", &histogram.label_values, Some(("le", f64::INFINITY)), histogram.count.to_string());
            line("_sum", &histogram.label_values, None, number(histogram.sum));
            line("_count", &histogram.label_values, None, histogram.count.to_string());
        }
        for summary in self.report.summaries.iter().filter(|summary| here(summary.family)) {
            for &(quantile, value) in &summary.quantiles {
                line("", &summary.label_values, Some(("quantile", quantile)), number(value));
            }
            line("_sum", &summary.label_values, None, number(summary.sum));
            line("_count", &summary.label_values, None, summary.count.to_string());
        }
        out
    }
}

/// Labels as a page has them, sorted; nothing when there are none.
pub(super) fn labels(names: &[String], values: &[String], more: Option<(&str, f64)>) -> String {
    let mut pairs: Vec<String> =
        names.iter().zip(values).map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    pairs.sort();
    pairs.extend(more.map(|(name, value)| format!("{name}=\"{}\"", number(value))));
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => value.to_string(),
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('\n', r"\n").replace('"', "\\\"")
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge | Kind::Info | Kind::StateSet => "gauge",
        Kind::Histogram | Kind::GaugeHistogram => "histogram",
        Kind::Summary => "summary",
        Kind::Unknown => "untyped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plan, Report};

    #[test]
    fn a_histogram_has_one_bucket_of_all_values_reported_or_not() {
        let sizes = |buckets: &[(f64, u64)]| {
            let mut plan = Plan::default();
            let family = plan.histogram("sizes", "", []);
            let mut report = Report::new(plan.families());
            report.histogram(family, [], buckets.to_vec(), 5.0, 2);
            Page::new(plan.finish(Vec::new()), report.finish(), Vec::new()).text("redis")
        };
        let reported = sizes(&[(1.0, 1), (f64::INFINITY, 2)]);
        assert_eq!(reported, sizes(&[(1.0, 1)]));
        assert!(
            reported.contains("_bucket{le=\"1\"} 1\nredis_sizes_bucket{le=\"+Inf\"} 2\nredis_sizes_sum 5\n"),
            "{reported}"
        );
    }
}
