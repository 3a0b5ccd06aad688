//! What the daemon asks of every report, so that a test sees it first.

use std::collections::HashSet;

use crate::Kind;
use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::metrics;
use crate::family::series_names;

/// Families of a plan and a report together.
const MOST_FAMILIES: usize = 500;
/// Series of a report, buckets and quantiles included, unless a manifest says otherwise.
pub(super) const MOST_SERIES: usize = 10_000;
/// Sweeps of a plan.
const MOST_SWEEPS: usize = 256;

/// Says the first thing that is wrong with a plan and its report.
pub(super) fn report(report: &contract::Report, plan: &contract::Plan, most_series: usize) -> Result<(), String> {
    let contract::Plan { families: planned, late_prefixes, sweeps, .. } = plan;
    if sweeps.len() > MOST_SWEEPS {
        return Err(format!("{} sweeps, more than {MOST_SWEEPS}", sweeps.len()));
    }
    let families = planned.len() + report.late.len();
    if families > MOST_FAMILIES {
        return Err(format!("{families} families, more than {MOST_FAMILIES}"));
    }
    let mut taken = HashSet::new();
    for family in planned.iter().chain(&report.late) {
        let name = &family.name;
        if !is_name(name) || name.ends_with("_bucket") || name.ends_with("_sum") {
            return Err(format!("{name:?} cannot be the name of a family"));
        }
        if let Some(series) = series_names(family).find(|series| !taken.insert(series.clone())) {
            return Err(format!("family {name:?}: {series:?} is declared twice"));
        }
    }
    let unreserved = |family: &&metrics::Family| !late_prefixes.iter().any(|prefix| family.name.starts_with(prefix));
    if let Some(family) = report.late.iter().find(unreserved) {
        return Err(format!("late family {:?} begins with no reserved prefix", family.name));
    }
    let series = series(report);
    if series > most_series {
        return Err(format!("{series} samples, more than {most_series}"));
    }
    let families: Vec<_> = planned.iter().chain(&report.late).collect();
    samples(report, &families)
}

/// Whether each sample fits the family that it is of.
fn samples(report: &contract::Report, families: &[&metrics::Family]) -> Result<(), String> {
    for metrics::Sample { family, label_values, .. } in &report.samples {
        let kind = family_of(families, *family, label_values)?.kind;
        if matches!(kind, Kind::Histogram | Kind::GaugeHistogram | Kind::Summary) {
            return Err(of(families, *family, "a single value for a histogram or a summary"));
        }
    }
    for metrics::Bucketed { family, label_values, buckets, count, .. } in &report.histograms {
        if !matches!(family_of(families, *family, label_values)?.kind, Kind::Histogram | Kind::GaugeHistogram) {
            return Err(of(families, *family, "a histogram for a family of another kind"));
        }
        let ascending = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        if !ascending || buckets.last().is_some_and(|(_, below)| below > count) {
            return Err(of(families, *family, "buckets are not ascending and cumulative"));
        }
    }
    for metrics::Quantiled { family, label_values, quantiles, .. } in &report.summaries {
        if family_of(families, *family, label_values)?.kind != Kind::Summary {
            return Err(of(families, *family, "a summary for a family of another kind"));
        }
        if !quantiles.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return Err(of(families, *family, "quantiles are not ascending"));
        }
    }
    Ok(())
}

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
        (values, names) => Err(of(families, index, &format!("{values} label values for {names} label names"))),
    }
}

fn of(families: &[&metrics::Family], index: u32, fault: &str) -> String {
    let name = families.get(index as usize).map_or("", |family| family.name.as_str());
    format!("family {name:?}: {fault}")
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn series(report: &contract::Report) -> usize {
    let histograms: usize = report.histograms.iter().map(|histogram| histogram.buckets.len() + 3).sum();
    let summaries: usize = report.summaries.iter().map(|summary| summary.quantiles.len() + 2).sum();
    report.samples.len() + histograms + summaries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AnyFamily, AnyHistogram, Plan, Report};

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
        assert_eq!(fault_of("latency_count"), "family \"latency_count\": \"latency_count\" is declared twice");
        for name in ["late_a-b", "late_sum", "late_bucket", "", "0late"] {
            assert_eq!(fault_of(name), format!("{name:?} cannot be the name of a family"));
        }
        assert_eq!(fault_of("other"), "late family \"other\" begins with no reserved prefix");
    }

    #[test]
    fn bounds_are_checked() {
        let families = |report: &mut Report| {
            for number in 0..500 {
                report.late(Kind::Gauge, &format!("late_{number}"), "", []);
            }
        };
        assert_eq!(fault(families), "501 families, more than 500");
        let samples = |report: &mut Report| (0..10_001).for_each(|_| report.facts("late_a", "", &[]));
        assert_eq!(fault(samples), "10001 samples, more than 10000");
    }

    #[test]
    fn samples_fit_their_families() {
        let any = |family: u32, values: &[&str]| {
            let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
            fault(|report| report.set_any(AnyFamily(family), values.clone(), 1.0))
        };
        assert_eq!(any(1, &[]), "a sample of family 1, of 1");
        assert_eq!(any(0, &["x"]), "family \"latency\": 1 label values for 0 label names");
        assert_eq!(any(0, &[]), "family \"latency\": a single value for a histogram or a summary");
        let histogram = |buckets: &[(f64, u64)]| {
            fault(|report| {
                let family = report.late_any_histogram(Kind::Histogram, "late_sizes", "", &[]);
                report.histogram_any(family, Vec::new(), buckets.to_vec(), 1.0, 2);
            })
        };
        assert_eq!(histogram(&[(1.0, 1), (2.0, 2)]), "");
        for buckets in [[(1.0, 1), (1.0, 2)], [(1.0, 2), (2.0, 1)], [(1.0, 1), (2.0, 3)]] {
            assert_eq!(histogram(&buckets), "family \"late_sizes\": buckets are not ascending and cumulative");
        }
        let other = fault(|report| report.histogram_any(AnyHistogram(0), Vec::new(), Vec::new(), 0.0, 0));
        assert_eq!(other, "family \"latency\": a histogram for a family of another kind");
    }
}
