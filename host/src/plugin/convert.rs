//! The contract's records ↔ the model.

use super::bindings::contract;
use super::plan::Plan;
use super::words;
use crate::config::Grants;
use crate::metrics::check::{self, Bounds, Malformed, Mended};
use crate::metrics::{Family, Kind, Sample, Value, qualified};
use crate::servers::{Command, Reply, ServerKind, policy};

/// A report that was checked.
#[derive(Debug)]
pub struct Report {
    /// Families known only now; their indices go on where the plan's end.
    pub late: Vec<Family>,
    /// Samples of the plan's and the late families.
    pub samples: Vec<Sample>,
    /// What was changed to make it fit.
    pub mended: Mended,
    /// What the collector wants the operator to know.
    pub warnings: Vec<String>,
}

pub(super) fn server(kind: &ServerKind) -> contract::Server {
    contract::Server {
        product: kind.product.clone(),
        version: kind.version.clone(),
        mode: kind.mode.clone(),
        role: kind.role.clone(),
        databases: kind.databases,
        extra: Vec::new(),
    }
}

pub(super) fn reply(reply: &Reply) -> Result<Vec<u8>, contract::CallError> {
    reply.clone().map_err(|error| {
        contract::CallError::Server(contract::ServerError { code: error.code, message: error.message })
    })
}

/// The families under the host's namespace. What is too long is cut: a help text to its bound, a name or a list of labels
/// so that it is still seen to be too long, but nobody has to keep it.
pub(super) fn families(families: Vec<contract::Family>, namespace: &str, bounds: &Bounds) -> Vec<Family> {
    let cut = |mut text: String, bound: usize| {
        text.truncate(text.floor_char_boundary(bound));
        text
    };
    let family = |family: contract::Family| Family {
        name: cut(qualified(namespace, &family.name), bounds.name + 4),
        help: cut(family.help, bounds.help),
        unit: cut(family.unit, bounds.name),
        kind: kind(family.kind),
        label_names: family
            .label_names
            .into_iter()
            .take(bounds.labels + 1)
            .map(|name| cut(name, bounds.name + 4))
            .collect(),
    };
    families.into_iter().map(family).collect()
}

fn kind(kind: contract::Kind) -> Kind {
    match kind {
        contract::Kind::Counter => Kind::Counter,
        contract::Kind::Gauge => Kind::Gauge,
        contract::Kind::Histogram => Kind::Histogram,
        contract::Kind::GaugeHistogram => Kind::GaugeHistogram,
        contract::Kind::Summary => Kind::Summary,
        contract::Kind::Info => Kind::Info,
        contract::Kind::StateSet => Kind::StateSet,
        contract::Kind::Unknown => Kind::Unknown,
    }
}

/// The commands of a plan, if the collector may run them.
pub(super) fn commands(commands: Vec<contract::Command>, grants: &Grants) -> Result<Vec<Command>, Malformed> {
    commands.into_iter().map(|command| granted(Command { args: command.args }, grants)).collect()
}

fn granted(command: Command, grants: &Grants) -> Result<Command, Malformed> {
    let Some(name) = policy::name_of(&command) else {
        return Err(Malformed(format!("{command} is no read that redwasp sends: not for any grant")));
    };
    // A grant of CLUSTER is one of all its reads.
    let is_granted = |granted: &String| {
        let granted = granted.to_ascii_uppercase();
        name == granted || name.split_once(' ').is_some_and(|(command, _)| command == granted)
    };
    if grants.commands.iter().any(is_granted) {
        Ok(command)
    } else {
        Err(Malformed(format!("{name} is not among the granted commands ({})", grants.commands.join(", "))))
    }
}

/// Checks a report against its plan.
pub(super) fn report(
    report: contract::Report,
    plan: &Plan,
    namespace: &str,
    bounds: &Bounds,
) -> Result<Report, Malformed> {
    let reserved = &plan.late_prefixes;
    let unreserved = |family: &&contract::Family| !reserved.iter().any(|prefix| family.name.starts_with(prefix));
    if let Some(family) = report.late.iter().find(unreserved) {
        return Err(Malformed(format!("late family {:?} begins with no reserved prefix", family.name)));
    }
    if report.state.is_some() {
        return Err(Malformed("a saved state is not available in this version".to_owned()));
    }
    let mut samples = samples(report.samples, report.histograms, report.summaries);
    let declared = report.late.len();
    let late: Vec<_> = report.late.into_iter().take(bounds.families).collect();
    let late = families(late, namespace, bounds);
    let too_many = plan.families.len() + late.len()..plan.families.len() + declared;
    let before = samples.len();
    samples.retain(|sample| !too_many.contains(&(sample.family as usize)));
    let dropped = before - samples.len();
    let mended = check::samples(&mut samples, &plan.families, &late, bounds)?;
    let mended = Mended { dropped: mended.dropped + dropped, ..mended };
    let warnings = report.warnings.iter().take(words::MANY).map(|warning| words::tidy(warning)).collect();
    Ok(Report { late, samples, mended, warnings })
}

fn samples(
    singles: Vec<contract::Sample>,
    histograms: Vec<contract::Bucketed>,
    summaries: Vec<contract::Quantiled>,
) -> Vec<Sample> {
    let single = |sample: contract::Sample| Sample {
        family: sample.family,
        label_values: sample.label_values,
        value: Value::Single(sample.value),
    };
    let histogram = |sample: contract::Bucketed| {
        let mut buckets = sample.buckets;
        // The last bucket is the count, whether the guest wrote it or not.
        buckets.pop_if(|&mut (bound, below)| bound == f64::INFINITY && below == sample.count);
        let value = Value::Histogram { buckets, sum: sample.sum, count: sample.count };
        Sample { family: sample.family, label_values: sample.label_values, value }
    };
    let summary = |sample: contract::Quantiled| {
        let value = Value::Summary { quantiles: sample.quantiles, sum: sample.sum, count: sample.count };
        Sample { family: sample.family, label_values: sample.label_values, value }
    };
    let mut samples: Vec<Sample> = singles.into_iter().map(single).collect();
    samples.extend(histograms.into_iter().map(histogram));
    samples.extend(summaries.into_iter().map(summary));
    samples
}
