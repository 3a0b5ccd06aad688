//! What a collect returns: samples for the families of the plan.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::metrics;
use crate::family::{self, AnyFamily, AnyHistogram, Family, Histogram, Summary};
use crate::{Buckets, Failure, Kind};

/// Collects the samples of one collect.
pub struct Report {
    /// Index of the first late family.
    first_late: u32,
    /// Where the late families stand, by name.
    late: BTreeMap<String, usize>,
    /// How many series the histograms and summaries are written as.
    bucketed: usize,
    /// Whether a walk ends with it.
    is_of_a_walk: bool,
    inner: contract::Report,
}

impl Report {
    pub(crate) fn new(first_late: u32) -> Report {
        let inner = contract::Report {
            samples: Vec::with_capacity(first_late as usize),
            histograms: Vec::new(),
            summaries: Vec::new(),
            late: Vec::new(),
            warnings: Vec::new(),
            partial: false,
            state: None,
            extra: Vec::new(),
        };
        Report { first_late, late: BTreeMap::new(), bucketed: 0, is_of_a_walk: false, inner }
    }

    /// What a walk ends with.
    pub(crate) fn of_a_walk(first_late: u32) -> Report {
        Report { is_of_a_walk: true, ..Report::new(first_late) }
    }

    /// Sets one sample. For bytes that came from Redis, [`label::text`](crate::label::text) makes the label value.
    pub fn set<const N: usize>(&mut self, family: Family<N>, labels: [&str; N], value: f64) {
        self.set_any(AnyFamily(family.0), owned(labels), value);
    }

    /// Sets one histogram. `buckets` are (upper bound, cumulative count), ascending; +Inf may be left out.
    pub fn histogram<const N: usize>(
        &mut self,
        family: Histogram<N>,
        labels: [&str; N],
        buckets: Vec<(f64, u64)>,
        sum: f64,
        count: u64,
    ) {
        self.histogram_any(AnyHistogram(family.0), owned(labels), buckets, sum, count);
    }

    /// Sets one histogram to what was counted.
    pub fn buckets<const N: usize>(&mut self, family: Histogram<N>, labels: [&str; N], buckets: &Buckets) {
        self.histogram(family, labels, buckets.cumulative(), buckets.sum(), buckets.count());
    }

    /// Sets one summary. `quantiles` are (quantile as it is written in the label, value).
    pub fn summary<const N: usize>(
        &mut self,
        family: Summary<N>,
        labels: [&str; N],
        quantiles: Vec<(f64, f64)>,
        sum: f64,
        count: u64,
    ) {
        self.bucketed += quantiles.len() + 2;
        let label_values = owned(labels);
        self.inner.summaries.push(metrics::Quantiled { family: family.0, label_values, quantiles, sum, count });
    }

    /// Declares a family that only this collect knows. Its name begins with a prefix that the plan reserved
    /// ([`Plan::late_prefix`](crate::Plan::late_prefix)), and is not one that the plan declared
    /// ([`Plan::series_names`](crate::Plan::series_names)). A name declared again with the same kind and labels is the same
    /// family, with the first one's help.
    pub fn late<const N: usize>(&mut self, kind: Kind, name: &str, help: &str, labels: [&str; N]) -> Family<N> {
        Family(self.declare(family::record(kind, name, help, &labels)))
    }

    /// Sets the one sample of an info family whose labels only this collect knows: (name, value). The family's name begins
    /// with a prefix that the plan reserved.
    pub fn facts(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) {
        self.late_sample(Kind::Info, name, help, labels, 1.0);
    }

    /// Sets a sample of a family of single values that only this collect knows, with labels that only this collect knows:
    /// (name, value). Samples of one name have the same label names in the same order: the host leaves others out. The
    /// family's name begins with a prefix that the plan reserved.
    pub fn late_sample(&mut self, kind: Kind, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        let (names, label_values): (Vec<&str>, Vec<String>) =
            labels.iter().map(|&(name, value)| (name, value.to_owned())).unzip();
        let family = self.declare(family::record(kind, name, help, &names));
        self.inner.samples.push(metrics::Sample { family, label_values, value });
    }

    /// As [`Report::late`], for labels that only the configuration knows.
    pub fn late_any(&mut self, kind: Kind, name: &str, help: &str, labels: &[&str]) -> AnyFamily {
        AnyFamily(self.declare(family::record(kind, name, help, labels)))
    }

    /// As [`Report::late_any`], for a histogram: of events that happened (`Kind::Histogram`), or of what there is now, whose
    /// counts can go down (`Kind::GaugeHistogram`).
    pub fn late_any_histogram(&mut self, kind: Kind, name: &str, help: &str, labels: &[&str]) -> AnyHistogram {
        AnyHistogram(self.declare(family::record(kind, name, help, labels)))
    }

    /// Sets one sample, with as many label values as the family has labels.
    pub fn set_any(&mut self, family: AnyFamily, label_values: Vec<String>, value: f64) {
        self.inner.samples.push(metrics::Sample { family: family.0, label_values, value });
    }

    /// Sets one histogram, as [`Report::histogram`] does, with as many label values as the family has labels.
    pub fn histogram_any(
        &mut self,
        family: AnyHistogram,
        label_values: Vec<String>,
        buckets: Vec<(f64, u64)>,
        sum: f64,
        count: u64,
    ) {
        self.bucketed += buckets.len() + 3;
        self.inner.histograms.push(metrics::Bucketed { family: family.0, label_values, buckets, sum, count });
    }

    /// How many series the report is written as so far, buckets and quantiles included. The host refuses a report of more
    /// than 10,000: a collector that cannot know how many there will be stops before.
    pub fn series(&self) -> usize {
        self.inner.samples.len() + self.bucketed
    }

    /// Tells the operator something, in the host's log: once, as long as each report has it.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.inner.warnings.push(message.into());
    }

    /// Says that not everything could be read.
    pub fn partial(&mut self) {
        self.inner.partial = true;
    }

    /// Bytes that the next collect gets back, if this one succeeds. A walk keeps no state: with bytes in its report
    /// [`Sweeper::end`](crate::Sweeper::end) fails.
    pub fn save(&mut self, state: Vec<u8>) {
        self.inner.state = Some(state);
    }

    /// As [`Report::save`], for a value: [`Request::saved`](crate::Request::saved) of the next collect gives it back. The host
    /// refuses a report whose state is longer than 64 KiB, so what is kept has a bound.
    ///
    /// # Errors
    /// [`Failure::Other`] when the value cannot be serialized, and in the report of a walk, which keeps no state.
    pub fn keep(&mut self, state: &impl Serialize) -> Result<(), Failure> {
        if self.is_of_a_walk {
            return Err(no_state("keep"));
        }
        let bytes = postcard::to_stdvec(state);
        self.save(bytes.map_err(|error| Failure::Other(format!("the state cannot be kept: {error}")))?);
        Ok(())
    }

    fn declare(&mut self, family: metrics::Family) -> u32 {
        let families = &mut self.inner.late;
        let fits = |known: &metrics::Family| known.kind == family.kind && known.label_names == family.label_names;
        let place = match self.late.get(&family.name) {
            Some(&place) if families.get(place).is_some_and(fits) => place,
            _ => {
                self.late.insert(family.name.clone(), families.len());
                families.push(family);
                families.len() - 1
            }
        };
        self.first_late.saturating_add(family::index(place))
    }

    pub(crate) fn finish(self) -> contract::Report {
        self.inner
    }

    /// The report of a walk, if no state is in it.
    pub(crate) fn finish_walk(self) -> Result<contract::Report, Failure> {
        if self.inner.state.is_some() { Err(no_state("save")) } else { Ok(self.inner) }
    }
}

fn no_state(function: &str) -> Failure {
    Failure::Other(format!("a walk keeps no state: `{function}` is for `collect`"))
}

fn owned<const N: usize>(labels: [&str; N]) -> Vec<String> {
    labels.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_name_is_one_family_with_the_first_help() {
        let mut report = Report::new(7);
        let first = report.late(Kind::Gauge, "a", "One.", []);
        let other = report.late(Kind::Gauge, "b", "", []);
        let again = report.late(Kind::Gauge, "a", "Two.", []);
        assert_eq!((first.0, other.0, again.0), (7, 8, 7));
        report.facts("c", "", &[("x", "1")]);
        report.facts("c", "", &[("x", "2")]);
        let late: Vec<_> = report.finish().late.into_iter().map(|family| (family.name, family.help)).collect();
        assert_eq!(late, [("a", "One."), ("b", ""), ("c", "")].map(|(name, help)| (name.to_owned(), help.to_owned())));
    }

    #[test]
    fn a_late_name_of_another_kind_or_with_other_labels_is_another_family() {
        let mut report = Report::new(0);
        let places = [
            report.late(Kind::Gauge, "a", "", []).0,
            report.late(Kind::Counter, "a", "", []).0,
            report.late(Kind::Counter, "a", "", ["x"]).0,
        ];
        assert_eq!(places, [0, 1, 2], "the host refuses them: no sample may be given to a family that it does not fit");
    }

    #[test]
    fn labels_that_the_configuration_knows_are_those_of_the_family() {
        let mut report = Report::new(1);
        let labels = ["b", "a"];
        let gauge = report.late_any(Kind::Gauge, "a", "", &labels);
        let sizes = report.late_any_histogram(Kind::GaugeHistogram, "sizes", "", &[]);
        report.set_any(gauge, labels.map(str::to_owned).into(), 1.0);
        report.histogram_any(sizes, Vec::new(), vec![(0.5, 1)], 3.0, 2);
        assert_eq!(report.series(), 5);
        let report = report.finish();
        assert_eq!((report.samples[0].family, &report.samples[0].label_values), (1, &report.late[0].label_names));
        assert_eq!((report.histograms[0].family, report.late[1].kind), (2, Kind::GaugeHistogram));
    }

    #[test]
    fn series_count_buckets_and_quantiles() {
        let mut report = Report::new(0);
        report.set(Family::<0>(0), [], 1.0);
        assert_eq!(report.series(), 1);
        report.summary(Summary::<0>(1), [], vec![(0.5, 1.0), (0.9, 2.0)], 3.0, 2);
        assert_eq!(report.series(), 5, "two quantiles, _sum and _count");
        report.histogram(Histogram::<0>(2), [], vec![(0.5, 1)], 3.0, 2);
        assert_eq!(report.series(), 9, "a bucket, +Inf, _sum and _count");
        report.facts("a", "", &[]);
        assert_eq!(report.series(), 10);
    }
}
