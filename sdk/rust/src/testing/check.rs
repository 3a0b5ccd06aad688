//! What the daemon asks of every report, so that a test sees it first.

use std::collections::HashSet;

use super::{families, page};
use crate::Kind;
use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::metrics;

/// Series of a report, buckets and quantiles included, unless a manifest says otherwise.
pub(super) const MOST_SERIES: usize = 10_000;
/// Bytes of a state.
const MOST_STATE: usize = 64 << 10;

/// Says the first thing that is wrong with a report on a plan that was checked.
pub(super) fn report(report: &contract::Report, plan: &contract::Plan, most_series: usize) -> Result<(), String> {
    let contract::Plan { families: planned, late_prefixes, .. } = plan;
    let families: Vec<_> = planned.iter().chain(&report.late).collect();
    families::check(&families)?;
    let unreserved = |family: &&metrics::Family| !late_prefixes.iter().any(|prefix| family.name.starts_with(prefix));
    if let Some(family) = report.late.iter().find(unreserved) {
        return Err(format!("late family {:?} begins with no reserved prefix", family.name));
    }
    if let Some(size) = report.state.as_ref().map(Vec::len).filter(|&size| size > MOST_STATE) {
        return Err(format!("a state of {size} bytes, more than the {MOST_STATE} allowed (limits.state)"));
    }
    let series = series(report);
    if series > most_series {
        return Err(format!("{series} samples, more than the {most_series} allowed (limits.samples)"));
    }
    samples(report, &families)?;
    no_series_twice(report, &families)
}

/// Whether each sample fits the family that it is of.
fn samples(report: &contract::Report, families: &[&metrics::Family]) -> Result<(), String> {
    for metrics::Sample { family, label_values, .. } in &report.samples {
        let family = family_of(families, *family, label_values)?;
        if matches!(family.kind, Kind::Histogram | Kind::GaugeHistogram | Kind::Summary) {
            return Err(families::of(family, "a single value for a histogram or a summary"));
        }
    }
    for histogram in &report.histograms {
        let family = family_of(families, histogram.family, &histogram.label_values)?;
        if !matches!(family.kind, Kind::Histogram | Kind::GaugeHistogram) {
            return Err(families::of(family, OF_SINGLE_VALUES));
        }
        if !is_cumulative(histogram) {
            return Err(families::of(family, "buckets are not ascending and cumulative"));
        }
    }
    for metrics::Quantiled { family, label_values, quantiles, .. } in &report.summaries {
        let family = family_of(families, *family, label_values)?;
        if family.kind != Kind::Summary {
            return Err(families::of(family, OF_SINGLE_VALUES));
        }
        if !quantiles.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(families::of(family, "quantiles are not ascending"));
        }
    }
    Ok(())
}

/// The buckets of a histogram without that of +Inf, which a page has whether it was reported or not. Where it is not the
/// count it stays, and is wrong.
pub(super) fn finite(histogram: &metrics::Bucketed) -> &[(f64, u64)] {
    match &*histogram.buckets {
        [finite @ .., (f64::INFINITY, below)] if *below == histogram.count => finite,
        all => all,
    }
}

fn is_cumulative(histogram: &metrics::Bucketed) -> bool {
    let buckets = finite(histogram);
    let fits = |&(bound, below): &(f64, u64)| bound < f64::INFINITY && below <= histogram.count;
    buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1) && buckets.last().is_none_or(fits)
}

const OF_SINGLE_VALUES: &str = "a histogram or a summary for a family of single values";

fn family_of<'a>(
    families: &[&'a metrics::Family],
    index: u32,
    values: &[String],
) -> Result<&'a metrics::Family, String> {
    let Some(family) = families.get(index as usize) else {
        return Err(format!("a sample of family {index}, of {}", families.len()));
    };
    match (values.len(), family.label_names.len()) {
        (values, names) if values == names => Ok(family),
        (values, names) => Err(families::of(family, &format!("{values} label values for {names} label names"))),
    }
}

/// The daemon drops what it was given already and counts that. In a test it is a mistake. The samples fit their families.
fn no_series_twice(report: &contract::Report, families: &[&metrics::Family]) -> Result<(), String> {
    let singles = report.samples.iter().map(|sample| (sample.family, &sample.label_values));
    let histograms = report.histograms.iter().map(|histogram| (histogram.family, &histogram.label_values));
    let summaries = report.summaries.iter().map(|summary| (summary.family, &summary.label_values));
    let mut seen = HashSet::new();
    match singles.chain(histograms).chain(summaries).find(|&series| !seen.insert(series)) {
        None => Ok(()),
        Some((family, values)) => {
            let family = families[family as usize];
            let labels = match page::labels(&family.label_names, values, None) {
                labels if labels.is_empty() => labels,
                labels => format!("{labels} "),
            };
            Err(families::of(family, &format!("the series {labels}is given twice; the daemon keeps the first")))
        }
    }
}

fn series(report: &contract::Report) -> usize {
    let histograms: usize = report.histograms.iter().map(|histogram| finite(histogram).len() + 3).sum();
    let summaries: usize = report.summaries.iter().map(|summary| summary.quantiles.len() + 2).sum();
    report.samples.len() + histograms + summaries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyFamily, AnyHistogram, Plan, Report, Summary};

    /// What is wrong with a report on a plan with the summary `latency` and the late prefixes `late_` and `latency`.
    fn fault(fill: impl Fn(&mut Report)) -> String {
        let mut plan = Plan::default();
        plan.summary("latency", "", []);
        let mut filled = Report::new(plan.families());
        fill(&mut filled);
        let reserved = ["late_", "latency"];
        reserved.into_iter().for_each(|prefix| plan.late_prefix(prefix));
        report(&filled.finish(), &plan.finish(Vec::new()), MOST_SERIES).err().unwrap_or_default()
    }

    fn fault_of(name: &str) -> String {
        fault(|report| {
            report.late(Kind::Gauge, name, "", []);
        })
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(fault_of("late_a"), "");
        assert_eq!(
            fault_of("latency_count"),
            "family \"redis_latency_count\": \"redis_latency_count\" is declared twice"
        );
        let name = "not a metric name: letters, digits and _ are, and no digit first";
        assert_eq!(fault_of("late_a-b"), format!("family \"redis_late_a-b\": {name}"));
        for suffix in ["_sum", "_bucket"] {
            let fault = format!("only a histogram or a summary may own the suffix {suffix}");
            assert_eq!(fault_of(&format!("late{suffix}")), format!("family \"redis_late{suffix}\": {fault}"));
        }
        assert_eq!(fault_of("other"), "late family \"other\" begins with no reserved prefix");
        let long = fault_of(&format!("late_{}", "x".repeat(250)));
        assert!(long.ends_with(": a name of 261 bytes, more than the 256 allowed"), "{long}");
    }

    #[test]
    fn bounds_are_checked() {
        let families = |report: &mut Report| {
            for number in 0..500 {
                report.late(Kind::Gauge, &format!("late_{number}"), "", []);
            }
        };
        assert_eq!(fault(families), "501 families, more than the 500 allowed (limits.families)");
        let labels: Vec<String> = (0..33).map(|number| format!("l{number}")).collect();
        let labels: Vec<(&str, &str)> = labels.iter().map(|name| (name.as_str(), "")).collect();
        let labels = fault(|report| report.facts("late_a", "", &labels));
        assert_eq!(labels, "", "the operator says how many there may be");
        let samples = |report: &mut Report| (0..10_001).for_each(|_| report.facts("late_a", "", &[]));
        assert_eq!(fault(samples), "10001 samples, more than the 10000 allowed (limits.samples)");
        let histograms = |of: usize| {
            fault(|report| {
                let family = report.late_any_histogram(Kind::Histogram, "late_sizes", "", &["of"]);
                for number in 0..of {
                    report.histogram_any(family, vec![number.to_string()], vec![(1.0, 1), (f64::INFINITY, 2)], 1.0, 2);
                }
            })
        };
        assert_eq!(histograms(2500), "", "+Inf is one bucket, reported or not");
        assert_eq!(histograms(2501), "10004 samples, more than the 10000 allowed (limits.samples)");
        let state = |bytes: usize| fault(|report| report.save(vec![0; bytes]));
        assert_eq!(state(65_536), "");
        assert_eq!(state(65_537), "a state of 65537 bytes, more than the 65536 allowed (limits.state)");
    }

    #[test]
    fn samples_fit_their_families() {
        let any = |family: u32, values: &[&str]| {
            let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
            fault(|report| report.set_any(AnyFamily(family), values.clone(), 1.0))
        };
        assert_eq!(any(1, &[]), "a sample of family 1, of 1");
        assert_eq!(any(0, &["x"]), "family \"redis_latency\": 1 label values for 0 label names");
        assert_eq!(any(0, &[]), "family \"redis_latency\": a single value for a histogram or a summary");
        let histogram = |buckets: &[(f64, u64)]| {
            fault(|report| {
                let family = report.late_any_histogram(Kind::Histogram, "late_sizes", "", &[]);
                report.histogram_any(family, Vec::new(), buckets.to_vec(), 1.0, 2);
            })
        };
        let taken: [&[_]; 4] = [&[], &[(1.0, 1), (2.0, 2)], &[(1.0, 1), (f64::INFINITY, 2)], &[(f64::INFINITY, 2)]];
        for buckets in taken {
            assert_eq!(histogram(buckets), "", "{buckets:?}");
        }
        let refused: [&[_]; 9] = [
            &[(1.0, 1), (1.0, 2)],
            &[(1.0, 2), (2.0, 1)],
            &[(1.0, 3)],
            &[(1.0, 3), (f64::INFINITY, 2)],
            &[(1.0, 1), (f64::INFINITY, 1)],
            &[(1.0, 1), (f64::INFINITY, 3)],
            &[(f64::INFINITY, 2), (f64::INFINITY, 2)],
            &[(f64::NAN, 1)],
            &[(1.0, 1), (f64::NAN, 2)],
        ];
        for buckets in refused {
            let fault = "family \"redis_late_sizes\": buckets are not ascending and cumulative";
            assert_eq!(histogram(buckets), fault, "{buckets:?}");
        }
        let other = fault(|report| report.histogram_any(AnyHistogram(0), Vec::new(), Vec::new(), 0.0, 0));
        assert_eq!(other, "family \"redis_latency\": a histogram or a summary for a family of single values");
    }

    #[test]
    fn no_series_is_given_twice() {
        let orders = |values: [[&str; 2]; 2]| {
            fault(|report| {
                let family = report.late(Kind::Gauge, "late_orders", "", ["status", "by"]);
                values.into_iter().for_each(|values| report.set(family, values, 1.0));
            })
        };
        assert_eq!(orders([["new", "a"], ["new", "b"]]), "");
        let twice = "the series {by=\"a\",status=\"new\"} is given twice; the daemon keeps the first";
        assert_eq!(orders([["new", "a"], ["new", "a"]]), format!("family \"redis_late_orders\": {twice}"));
        let latency = |report: &mut Report| report.summary(Summary::<0>(0), [], Vec::new(), 1.0, 1);
        let twice = "the series is given twice; the daemon keeps the first";
        let summary = fault(|report| [(), ()].into_iter().for_each(|()| latency(report)));
        assert_eq!(summary, format!("family \"redis_latency\": {twice}"));
        let histogram = fault(|report| {
            let family = report.late_any_histogram(Kind::Histogram, "late_sizes", "", &[]);
            [(), ()].into_iter().for_each(|()| report.histogram_any(family, Vec::new(), Vec::new(), 1.0, 1));
        });
        assert_eq!(histogram, format!("family \"redis_late_sizes\": {twice}"));
        assert_eq!(fault(|report| latency(report)), "");
    }
}
