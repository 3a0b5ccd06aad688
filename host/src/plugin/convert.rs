//! The contract's records ↔ the model.

use super::access::{ARGUMENTS, OVERHEAD, size_of_command};
use super::bindings::contract::{self, CallError};
use super::grants::{Denied, Lines, Permit};
use super::limits::bounds;
use super::plan::{KeyRead, Plan, Sweep, Wanted};
use super::words;
use crate::config::Limits;
use crate::metrics::check::{self, Bounds, Malformed, Mended};
use crate::metrics::{Family, Kind, Sample, Value, qualified};
use crate::servers::policy::Read;
use crate::servers::{Cause, Command, Glob, Keys, Reply, ServerError, ServerKind, Steps};

/// A report that was checked.
#[derive(Clone, Debug)]
pub struct Report {
    /// Families known only now; their indices go on where the plan's end.
    pub late: Vec<Family>,
    /// Samples of the plan's and the late families.
    pub samples: Vec<Sample>,
    /// What was changed to make it fit.
    pub mended: Mended,
    /// What the collector wants the operator to know.
    pub warnings: Vec<String>,
    /// Whether not everything could be read.
    pub partial: bool,
    /// What it wants to be given back in its next call; none keeps what there is.
    pub state: Option<Vec<u8>>,
}

pub(super) fn server(kind: &ServerKind) -> contract::Server {
    contract::Server {
        product: kind.product.clone(),
        version: kind.version.clone(),
        mode: kind.mode.clone(),
        role: kind.role.clone(),
        databases: kind.databases,
        extra: extra(kind),
    }
}

fn extra(kind: &ServerKind) -> Vec<(String, String)> {
    let databases = (!kind.databases_told).then_some(("databases", "guessed"));
    let keys = match kind.keys {
        Keys::Server => None,
        Keys::Node => Some(("keys", "node")),
        Keys::Cluster => Some(("keys", "cluster")),
    };
    databases.into_iter().chain(keys).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A reply as a guest is told it.
///
/// # Errors
/// What the server said, or that it is nested deeper than allowed.
pub fn reply(reply: &Reply, nesting: u32) -> Result<Vec<u8>, CallError> {
    match reply {
        Ok(answer) if answer.depth > nesting => {
            Err(CallError::Limit(format!("a reply nested deeper than {nesting} (limits.nesting)")))
        }
        Ok(answer) => Ok(answer.bytes.clone()),
        Err(error) => Err(server_error(error)),
    }
}

fn server_error(error: &ServerError) -> CallError {
    let (code, message) = (error.code.clone(), error.message.clone());
    CallError::Server(contract::ServerError { code, message })
}

/// Why a whole pipeline has no replies.
pub fn no_reply(cause: &Cause) -> CallError {
    match cause {
        Cause::ReplyLimit(_) => CallError::Limit(format!("{cause} (limits.reply-bytes)")),
        cause if cause.is_lack_of_time() => CallError::Timeout,
        Cause::Server(error) => server_error(error),
        cause => CallError::Unreachable(cause.to_string()),
    }
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

/// The prefetch of a plan, with or without passwords in settings: what may be sent, and what is said of the rest.
///
/// # Errors
/// A command that nobody can allow, or more of them than one call may send.
pub(super) fn prefetch(
    commands: Vec<contract::Command>,
    permit: &Permit,
    secrets: bool,
    limits: &Limits,
    to_grant: &mut Lines,
) -> Result<Vec<Result<Wanted, String>>, Malformed> {
    let (count, limit) = (commands.len(), limits.commands);
    if count > limit as usize {
        return Err(Malformed(format!(
            "{count} commands to prefetch, more than the {limit} allowed (limits.commands)"
        )));
    }
    let size: usize = commands.iter().map(size_of_command).sum();
    if size > ARGUMENTS {
        return Err(Malformed(format!("{size} bytes of commands to prefetch, more than the {ARGUMENTS} allowed")));
    }
    let steps = Steps::default();
    let wanted = |contract::Command { database, args }| {
        let command = if secrets { Command::of(args).with_secrets() } else { Command::of(args) };
        match permit.prefetch(&command, database, &steps) {
            Ok(read) => {
                let database = read.is_of_database.then_some(database);
                let Read { is_unbounded, is_of_its_moment, .. } = read;
                Ok(Ok(Wanted { command, database, is_unbounded, is_of_its_moment }))
            }
            Err(denied) => told(&denied, to_grant).map(Err),
        }
    };
    commands.into_iter().map(wanted).collect()
}

/// Sweeps of a plan, and reads of a sweep, at most.
const SWEEPS: usize = 256;
const READS: usize = 16;

/// The sweeps of a plan: what may be walked and read, and what is said of the rest.
///
/// # Errors
/// What nobody can allow, or more than a plan may have.
pub(super) fn sweeps(
    sweeps: Vec<contract::Sweep>,
    permit: &Permit,
    to_grant: &mut Lines,
) -> Result<Vec<Result<Sweep, String>>, Malformed> {
    let count = sweeps.len();
    if count > SWEEPS {
        return Err(Malformed(format!("{count} sweeps, more than the {SWEEPS} allowed")));
    }
    let size: usize = sweeps.iter().map(size_of_sweep).sum();
    if size > ARGUMENTS {
        return Err(Malformed(format!("{size} bytes of sweeps, more than the {ARGUMENTS} allowed")));
    }
    let steps = Steps::default();
    sweeps.into_iter().map(|sweep| granted(sweep, permit, &steps, to_grant)).collect()
}

/// What is said of something that the operator can allow, whose lines are added to the others.
fn told(denied: &Denied, to_grant: &mut Lines) -> Result<String, Malformed> {
    match denied {
        Denied::NotGranted { grants, .. } => {
            to_grant.add(grants);
            Ok(words::tidy(&denied.to_string()))
        }
        _ => Err(Malformed(denied.to_string())),
    }
}

fn granted(
    sweep: contract::Sweep,
    permit: &Permit,
    steps: &Steps,
    to_grant: &mut Lines,
) -> Result<Result<Sweep, String>, Malformed> {
    let contract::Sweep { database, pattern, types, reads } = sweep;
    if reads.len() > READS {
        return Err(Malformed(format!("{} reads in a sweep, more than the {READS} allowed", reads.len())));
    }
    let glob = Glob::new(&pattern)
        .ok_or_else(|| Malformed(format!("a pattern of a sweep with {} bytes: 1024 are taken", pattern.len())))?;
    let lower = |types: Vec<String>| types.into_iter().map(|kind| kind.to_ascii_lowercase()).collect();
    let read = |contract::KeyRead { before, after, types }| KeyRead { before, after, types: lower(types) };
    let reads = reads.into_iter().map(read).collect();
    let sweep = Sweep { database, pattern, glob, types: lower(types), reads };
    match permit.sweep(&sweep, steps) {
        Ok(()) => Ok(Ok(sweep)),
        Err(denied) => told(&denied, to_grant).map(Err),
    }
}

/// Bytes of a sweep, as it is held.
fn size_of_sweep(sweep: &contract::Sweep) -> usize {
    let words = |words: &[Vec<u8>]| words.iter().map(|word| OVERHEAD + word.len()).sum::<usize>();
    let names = |names: &[String]| names.iter().map(|name| OVERHEAD + name.len()).sum::<usize>();
    let read = |read: &contract::KeyRead| words(&read.before) + words(&read.after) + names(&read.types);
    OVERHEAD + sweep.pattern.len() + names(&sweep.types) + sweep.reads.iter().map(read).sum::<usize>()
}

/// The beginnings of names that a plan reserves. Each late family is compared with all of them.
///
/// # Errors
/// More or longer ones than names can be.
pub(super) fn late_prefixes(prefixes: Vec<String>, bounds: &Bounds) -> Result<Vec<String>, Malformed> {
    let (count, longest) = (prefixes.len(), prefixes.iter().map(String::len).max().unwrap_or(0));
    if count > bounds.families {
        return Err(Malformed(format!("{count} late prefixes, more than the {} families allowed", bounds.families)));
    }
    if longest > bounds.name {
        return Err(Malformed(format!("a late prefix of {longest} bytes, more than the {} allowed", bounds.name)));
    }
    Ok(prefixes)
}

/// Checks a report against its plan.
pub(super) fn report(
    report: contract::Report,
    plan: &Plan,
    namespace: &str,
    limits: &Limits,
) -> Result<Report, Malformed> {
    let bounds = &bounds(limits);
    let declared = report.late.len();
    let late: Vec<_> = report.late.into_iter().take(bounds.families).collect();
    let reserved = &plan.late_prefixes;
    let unreserved = |family: &&contract::Family| !reserved.iter().any(|prefix| family.name.starts_with(prefix));
    if let Some(family) = late.iter().find(unreserved) {
        return Err(Malformed(format!("late family {:?} begins with no reserved prefix", family.name)));
    }
    if let Some(state) = report.state.as_ref().filter(|state| state.len() > limits.state) {
        let (size, limit) = (state.len(), limits.state);
        return Err(Malformed(format!("a state of {size} bytes, more than the {limit} allowed (limits.state)")));
    }
    let mut samples = samples(report.samples, report.histograms, report.summaries);
    let late = families(late, namespace, bounds);
    let too_many = plan.families.len() + late.len()..plan.families.len() + declared;
    let before = samples.len();
    samples.retain(|sample| !too_many.contains(&(sample.family as usize)));
    let dropped = before - samples.len();
    let mended = check::samples(&mut samples, &plan.families, &late, bounds)?;
    let mended = Mended { dropped: mended.dropped + dropped, families: too_many.len(), ..mended };
    let warnings = report.warnings.iter().take(words::MANY).map(|warning| words::tidy(warning)).collect();
    Ok(Report { late, samples, mended, warnings, partial: report.partial, state: report.state })
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

#[cfg(test)]
mod tests {
    use super::super::plan::Scope;
    use super::*;

    fn late(name: &str) -> contract::Family {
        let (name, kind) = (name.to_owned(), contract::Kind::Gauge);
        contract::Family { name, help: String::new(), unit: String::new(), kind, label_names: Vec::new() }
    }

    fn reported(late: Vec<contract::Family>) -> contract::Report {
        contract::Report {
            samples: Vec::new(),
            histograms: Vec::new(),
            summaries: Vec::new(),
            late,
            warnings: Vec::new(),
            partial: false,
            state: None,
            extra: Vec::new(),
        }
    }

    #[test]
    fn late_families_are_compared_with_few_prefixes() {
        let limits = Limits { families: 2, ..Limits::default() };
        let prefixes = |prefixes: &[&str]| {
            let prefixes = prefixes.iter().map(|&prefix| prefix.to_owned()).collect();
            late_prefixes(prefixes, &bounds(&limits)).map_err(|malformed| malformed.0)
        };
        assert_eq!(prefixes(&["a", "b", "c"]).unwrap_err(), "3 late prefixes, more than the 2 families allowed");
        let long = prefixes(&[&"x".repeat(257)]).unwrap_err();
        assert_eq!(long, "a late prefix of 257 bytes, more than the 256 allowed");
        let permit = Permit::nothing().into();
        let late_prefixes = prefixes(&["a_", "b_"]).unwrap();
        let plan = Plan {
            to_grant: Lines::default(),
            scope: Scope::Node,
            families: Vec::new(),
            prefetch: Vec::new(),
            sweeps: Vec::new(),
            permit,
            late_prefixes,
            problems: Vec::new(),
            prepared: Vec::new(),
        };
        let late = |names: &[&str]| {
            let late = names.iter().map(|&name| late(name)).collect();
            report(reported(late), &plan, "redis", &limits).map(|report| (report.late.len(), report.mended.families))
        };
        assert!(late(&["a_x", "c_x"]).is_err(), "it begins with no reserved prefix");
        assert_eq!(late(&["a_x", "b_x", "c_x"]).ok(), Some((2, 1)), "what is too much is not looked at");
    }
}
