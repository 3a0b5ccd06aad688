//! What a collect returns: samples for the families of the plan.

use crate::Kind;
use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::metrics;
use crate::family::{self, Family, Histogram, Summary};

/// Collects the samples of one collect.
pub struct Report {
    /// Index of the first late family.
    first_late: u32,
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
        Report { first_late, inner }
    }

    /// Sets one sample. For bytes that came from Redis, [`label::text`](crate::label::text) makes the label value.
    pub fn set<const N: usize>(&mut self, family: Family<N>, labels: [&str; N], value: f64) {
        self.inner.samples.push(metrics::Sample { family: family.0, label_values: owned(labels), value });
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
        let label_values = owned(labels);
        self.inner.histograms.push(metrics::Bucketed { family: family.0, label_values, buckets, sum, count });
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
        let label_values = owned(labels);
        self.inner.summaries.push(metrics::Quantiled { family: family.0, label_values, quantiles, sum, count });
    }

    /// Declares a family that only this collect knows. Its name begins with a prefix that the plan reserved
    /// ([`Plan::late_prefix`](crate::Plan::late_prefix)). The same family declared again is the same family.
    pub fn late<const N: usize>(&mut self, kind: Kind, name: &str, help: &str, labels: [&str; N]) -> Family<N> {
        Family(self.declare(family::record(kind, name, help, &labels)))
    }

    /// Sets the one sample of an info family whose labels only this collect knows: (name, value). The family's name begins
    /// with a prefix that the plan reserved.
    pub fn facts(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) {
        let (names, values): (Vec<&str>, Vec<String>) =
            labels.iter().map(|&(name, value)| (name, value.to_owned())).unzip();
        let family = self.declare(family::record(Kind::Info, name, help, &names));
        self.inner.samples.push(metrics::Sample { family, label_values: values, value: 1.0 });
    }

    /// Tells the operator something, in the host's log.
    pub fn warn(&mut self, message: impl Into<String>) {
        self.inner.warnings.push(message.into());
    }

    /// Says that not everything could be read.
    pub fn partial(&mut self) {
        self.inner.partial = true;
    }

    /// Bytes that the next collect gets back, if this one succeeds.
    pub fn save(&mut self, state: Vec<u8>) {
        self.inner.state = Some(state);
    }

    fn declare(&mut self, family: metrics::Family) -> u32 {
        let late = &mut self.inner.late;
        let place = late.iter().position(|known| *known == family).unwrap_or_else(|| {
            late.push(family);
            late.len() - 1
        });
        self.first_late.saturating_add(family::index(place))
    }

    pub(crate) fn finish(self) -> contract::Report {
        self.inner
    }
}

fn owned<const N: usize>(labels: [&str; N]) -> Vec<String> {
    labels.into_iter().map(str::to_owned).collect()
}
