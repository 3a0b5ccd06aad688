//! What is known of plugins: for metrics, for the landing page and for `redwasp plugin list`.

use serde::{Deserialize, Serialize};

use crate::metrics::{Family, Kind, Part, Value};

/// A plugin, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginStatus {
    /// Its name.
    pub name: String,
    /// `built-in`, or the file.
    pub source: String,
    /// What runs; none when nothing does.
    pub running: Option<Running>,
    /// What keeps its file from running: that of a newer file, if something runs.
    pub problem: Option<Trouble>,
    /// What it is run as.
    pub collectors: Vec<CollectorStatus>,
}

impl PluginStatus {
    /// What collectors that run do not use of their configuration.
    pub fn unused(&self) -> impl Iterator<Item = (&str, &str)> {
        self.collectors.iter().flat_map(|CollectorStatus { name, problems, .. }| {
            problems.iter().map(|problem| (name.as_str(), problem.as_str()))
        })
    }

    /// What collectors that run ask for and are not granted.
    pub fn lacking(&self) -> impl Iterator<Item = (&str, &str)> {
        self.collectors
            .iter()
            .filter_map(|CollectorStatus { name, lacks, .. }| Some((name.as_str(), lacks.as_deref()?)))
    }

    /// The collectors that are off for a reason that is not the plugin's problem, which is told already.
    pub fn off(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_told = |problem: &&str| self.problem.as_ref().is_some_and(|told| problem.contains(&told.reason));
        self.collectors.iter().filter_map(move |collector| {
            let problem = collector.problem.as_deref().filter(|problem| !is_told(problem))?;
            Some((collector.name.as_str(), problem))
        })
    }
}

/// A component that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The version that it tells.
    pub version: String,
    /// What it measures, in a sentence.
    pub summary: String,
    /// SHA-256 of the component, as `sha256:` and digits.
    pub digest: String,
    /// How many components have run under this name, this one included.
    pub generation: u64,
}

/// Where the way to a running plugin ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// A word: find, check, compile, link, describe or configure.
    pub stage: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A collector that a plugin is run as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectorStatus {
    /// Its name.
    pub name: String,
    /// Why it does not run; none when it does.
    pub problem: Option<String>,
    /// What of its configuration it does not use; the rest is.
    #[serde(default)]
    pub problems: Vec<String>,
    /// What it asks for and is not granted, as grants on one line; none when that is nothing.
    #[serde(default)]
    pub lacks: Option<String>,
}

/// The metrics of plugins.
pub(super) fn parts(plugins: &[PluginStatus]) -> Vec<Part> {
    let family = |name: &str, help: &str, labels: &[&str]| Family::new(Kind::Gauge, name, help, labels);
    let one = || Value::Single(1.0);
    let running = || plugins.iter().filter_map(|plugin| Some((plugin, plugin.running.as_ref()?)));
    let generation = |(plugin, running): (&PluginStatus, &Running)| {
        (vec![plugin.name.clone()], Value::Single(running.generation as f64))
    };
    let info = |(plugin, running): (&PluginStatus, &Running)| {
        let kind = if plugin.source == "built-in" { "built-in" } else { "folder" };
        let labels = [&plugin.name, kind, &running.version, &running.digest];
        (labels.map(str::to_owned).to_vec(), one())
    };
    let problem = |plugin: &PluginStatus| {
        let stage = plugin.problem.as_ref()?.stage.clone();
        Some((vec![plugin.name.clone(), stage], one()))
    };
    let parts = [
        (
            family("redwasp_plugin_generation", "How many components have run under this name.", &["plugin"]),
            running().map(generation).collect(),
        ),
        (
            family("redwasp_plugin_info", "The component that runs.", &["plugin", "source", "version", "digest"]),
            running().map(info).collect(),
        ),
        (
            family(
                "redwasp_plugin_problem",
                "1 for a plugin whose newest file does not run, with the stage at which its way ended.",
                &["plugin", "stage"],
            ),
            plugins.iter().filter_map(problem).collect::<Vec<_>>(),
        ),
    ];
    parts.into_iter().filter(|(_, samples)| !samples.is_empty()).collect()
}
