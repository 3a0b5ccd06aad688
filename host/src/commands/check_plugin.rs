//! `redwasp plugin check FILE`: all that the loader would say.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::sample::Sample;
use super::table::table;
use super::{Said, to_the_end};
use crate::config::{CollectorConfig, Config, Grants};
use crate::metrics::{Family, Kind};
use crate::plugin::{Collector, Lines, Plan, Problem, Refused, Stage, Sweep};
use crate::servers::ServerKind;

/// Time for a plan.
const PLAN: Duration = Duration::from_secs(5);

/// Loads a file, gives it its configuration, and tells what it is, what it asks for and what to paste.
///
/// # Errors
/// When there are no threads to do it with. What is wrong with the file is no error.
pub fn check_plugin(config: &Config, file: &Path) -> anyhow::Result<Said> {
    Ok(match checked(config, file)? {
        Ok(out) => Said { out, err: String::new(), is_good: true },
        Err(problem) => Said::problem(file, &problem),
    })
}

/// What there is to tell of a file, or at which stage its way ended.
pub(super) fn checked(config: &Config, file: &Path) -> anyhow::Result<Result<String, Problem>> {
    to_the_end(async {
        let sample = Sample::load(config, file).await?;
        let kind = ServerKind::usual();
        let collector = Arc::new(Collector::new(&sample.settings, sample.plugin.clone(), &config.namespace));
        let collector = collector.tried_out(std::slice::from_ref(&kind)).await?;
        let planned = sample.sandbox.apart(async move { collector.plan(&kind, Instant::now() + PLAN).await }).await;
        let planned = planned.ok_or_else(|| Problem::new(Stage::Configure, "it did not end"))?;
        Ok(told(&sample, file, &planned, &config.namespace))
    })
}

fn told(sample: &Sample, file: &Path, planned: &Result<Arc<Plan>, Refused>, namespace: &str) -> String {
    let plugin = &sample.plugin;
    let mut lines = vec![
        format!("{}: {}", plugin.title(), plugin.description.summary),
        format!("file:     {}, {} bytes", file.display(), sample.size),
    ];
    lines.extend(plugin.digest.map(|digest| format!("digest:   {digest}")));
    if let Some(inspection) = &plugin.inspection {
        lines.push(format!("contract: {}, a collector that is {}", inspection.contract, inspection.world));
        lines.push(format!("imports:  {}", listed(&inspection.imports)));
    }
    match planned {
        Ok(plan) => {
            lines.push(format!("families: {} on a usual server", plan.families.len()));
            lines.extend(table(plan.families.iter().map(family).collect()).map(|line| format!("  {line}")));
            lines.extend(repeats_namespace(&plan.families, namespace));
            lines.extend(asks(sample, plan));
        }
        Err(refused) => lines.push(format!("families: none on a usual server: {refused}")),
    }
    lines.join("\n")
}

/// A name that the author gave the namespace, which the exporter gives it again.
fn repeats_namespace(families: &[Family], namespace: &str) -> Option<String> {
    let twice = format!("{namespace}_{namespace}_");
    let name = &families.iter().find(|family| !namespace.is_empty() && family.name.starts_with(&twice))?.name;
    Some(format!("  {name}: redwasp puts {namespace}_ before each name; leave it out in the plugin"))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn family(family: &Family) -> [String; 3] {
    let kind = match family.kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
        Kind::GaugeHistogram => "gauge histogram",
        Kind::Summary => "summary",
        Kind::Info => "info",
        Kind::StateSet => "state set",
        Kind::Unknown => "unknown",
    };
    [family.name.clone(), kind.to_owned(), family.label_names.join(" ")]
}

/// What it reads, and what of that has to be allowed first.
fn asks(sample: &Sample, plan: &Plan) -> Vec<String> {
    let reads = plan.prefetch.iter().map(|wanted| match wanted {
        Ok(wanted) => format!("  {}", wanted.command),
        Err(denied) => format!("  denied: {denied}"),
    });
    let mut lines = vec![match plan.prefetch.len() {
        0 => "reads nothing before a call".to_owned(),
        _ => "reads before each call:".to_owned(),
    }];
    lines.extend(reads);
    if !plan.sweeps.is_empty() {
        lines.push("walks keys:".to_owned());
        lines.extend(plan.sweeps.iter().map(|sweep| match sweep {
            Ok(sweep) => format!("  {}", walk(sweep)),
            Err(denied) => format!("  denied: {denied}"),
        }));
    }
    let to_grant = to_paste(&sample.settings, &plan.to_grant());
    lines.push(to_grant.unwrap_or_else(|| "asks for nothing that it is not granted".to_owned()));
    lines
}

/// What a collector lacks, as it stands in a configuration file; none when that is nothing.
pub(super) fn to_paste(settings: &CollectorConfig, lacks: &Lines) -> Option<String> {
    let how = if settings.grants == Grants::default() { "put this into" } else { "add this to its grants in" };
    let lines = lacks.block().lines().map(|line| format!("\n    {line}")).collect::<String>();
    let head = format!("asks for more than it is granted; to allow it, {how} the configuration file:");
    (!lacks.is_empty()).then(|| format!("{head}\ncollectors:\n  {}:{lines}", settings.name))
}

/// Which keys of which database, and what is read of each.
fn walk(sweep: &Sweep) -> String {
    let reads = sweep.reads.iter().map(|read| read.of(b"KEY").to_string());
    let reads = reads.collect::<Vec<_>>().join(", ");
    let reads = if reads.is_empty() { "nothing".to_owned() } else { reads };
    format!("{} in database {}, reading {reads}", sweep.pattern.escape_ascii(), sweep.database)
}
