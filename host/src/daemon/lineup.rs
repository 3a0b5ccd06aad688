//! Settings × plugins → collectors. Each is tried out before it is believed; one that is refused is off, alone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use crate::config::digest::Digest;
use crate::config::pattern::Pattern;
use crate::config::{CollectorConfig, Config};
use crate::plugin::{Collector, Plugin, Problem, Stage};
use crate::scrape::{Clashing, known_clashes};
use crate::servers::ServerKind;

/// Collectors that are tried out at once: fewer than there are places for calls, so that nobody waits for one.
const AT_ONCE: usize = 4;

/// The plugins that there are, by name.
#[derive(Default)]
pub(super) struct Plugins {
    /// Those that can be run.
    pub(super) ready: BTreeMap<String, Arc<Plugin>>,
    /// Those whose file is on its way.
    pub(super) coming: BTreeSet<String>,
    /// Those that have a file which cannot be run, and why.
    pub(super) broken: BTreeMap<String, Problem>,
}

/// What came of the settings.
#[derive(Default)]
pub(super) struct Lineup {
    /// Those that run, in the order of their precedence.
    pub(super) collectors: Vec<Arc<Collector>>,
    /// Those that do not.
    pub(super) refused: Vec<Refused>,
    /// Whether there are collectors whose plugin is on its way.
    pub(super) waits: bool,
}

/// A collector that does not run.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) collector: String,
    pub(super) plugin: String,
    /// Of the component; none when there is none that can be run.
    pub(super) digest: Option<Digest>,
    pub(super) problem: Problem,
    /// Of which targets it would measure something; none for all.
    pub(super) targets: Option<Vec<Pattern>>,
}

impl Lineup {
    /// Builds the collectors that the settings want of these plugins. One that runs already with the same settings goes on
    /// as it is, with the plans that it has.
    /// `are_together` says that collectors meet wherever their own settings let them: [`are_together`].
    pub(super) async fn build(
        config: &Config,
        plugins: &Plugins,
        running: &[Arc<Collector>],
        kinds: &[ServerKind],
        are_together: bool,
    ) -> Lineup {
        let mut lineup = Lineup::default();
        let built = stream::iter(wanted(config, plugins)).map(async |wanted| {
            let collector = match plugins.ready.get(&wanted.plugin) {
                Some(plugin) => match running.iter().find(|collector| is_same(collector, &wanted, plugin, config)) {
                    Some(running) => Some(Ok(running.clone())),
                    None => {
                        let collector = Collector::new(&wanted, plugin.clone(), &config.namespace);
                        Some(Arc::new(collector).tried_out(kinds).await)
                    }
                },
                None if plugins.coming.contains(&wanted.plugin) => None,
                None => Some(Err(no_plugin(config, plugins, &wanted.plugin))),
            };
            (wanted, collector)
        });
        let built: Vec<_> = built.buffered(AT_ONCE).collect().await;
        for (wanted, collector) in built {
            match collector {
                Some(Ok(collector)) => lineup.collectors.push(collector),
                Some(Err(problem)) => lineup.refused.push(Refused::new(wanted, plugins, problem)),
                None => lineup.waits = true,
            }
        }
        if are_together {
            lineup.refuse_clashing(plugins, running, kinds);
        }
        lineup
    }

    /// Takes out who comes new, would be on the same pages as another, and declares a family otherwise. Who runs goes on: it
    /// may be well wherever it meets the other, which a scrape finds out.
    fn refuse_clashing(&mut self, plugins: &Plugins, running: &[Arc<Collector>], kinds: &[ServerKind]) {
        let runs = |collector: &Arc<Collector>| running.iter().any(|running| Arc::ptr_eq(running, collector));
        for kind in kinds {
            let mut everywhere: Vec<Arc<Collector>> =
                self.collectors.iter().filter(|collector| collector.config.targets.is_none()).cloned().collect();
            everywhere.sort_by_key(|collector| !runs(collector));
            let scope = |collector: &Collector| collector.known_plan(kind).map(|plan| plan.scope);
            for Clashing { part, other, text } in known_clashes(&everywhere, kind) {
                let new = &everywhere[part];
                if runs(new) || scope(new) != scope(&everywhere[other]) {
                    continue;
                }
                self.collectors.retain(|collector| !Arc::ptr_eq(collector, new));
                let problem = Problem::new(Stage::Configure, text).hint("give the family another name in the plugin");
                self.refused.push(Refused::new(new.config.clone(), plugins, problem));
            }
        }
    }

    /// A collector that ran until now and is refused with another component of its plugin.
    pub(super) fn lost<'a>(&'a self, plugin: &str, running: &[Arc<Collector>]) -> Option<&'a Refused> {
        let ran = |name: &str| running.iter().any(|collector| collector.name == name);
        self.refused.iter().find(|refused| refused.plugin == plugin && ran(&refused.collector))
    }
}

impl Lineup {
    /// The collectors that ran until now and are refused with new settings, with the reason. What a pin does not allow
    /// shall end; a plugin that is not there may be in a folder that is only read with the new settings.
    pub(super) fn lost_to_settings(&self, running: &[Arc<Collector>], may_come: bool) -> impl Iterator<Item = String> {
        let is_lost = move |refused: &&Refused| match refused.problem.stage {
            Stage::Check => false,
            Stage::Find if may_come => false,
            _ => running.iter().any(|collector| collector.name == refused.collector),
        };
        let lost = self.refused.iter().filter(is_lost);
        lost.map(|refused| format!("collector {} runs now, and would not: {}", refused.collector, refused.problem))
    }
}

impl Refused {
    fn new(wanted: CollectorConfig, plugins: &Plugins, problem: Problem) -> Refused {
        let digest = plugins.ready.get(&wanted.plugin).and_then(|plugin| plugin.digest);
        Refused { collector: wanted.name, plugin: wanted.plugin, digest, problem, targets: wanted.targets }
    }

    /// Whether this was told before. What a guest says of its failure may be different each time.
    pub(super) fn is_known(&self, before: &[Refused]) -> bool {
        let is_same = |other: &Refused| {
            (&other.collector, &other.plugin, other.digest, other.problem.stage)
                == (&self.collector, &self.plugin, self.digest, self.problem.stage)
        };
        before.iter().any(is_same)
    }
}

/// Whether no target chooses its collectors. Where one does, it takes a scrape to know which of them meet.
pub(super) fn are_together(config: &Config) -> bool {
    config.targets.iter().all(|listed| listed.target.about.collectors.is_none())
}

/// The settings of all collectors that shall run: those that are written down, and each plugin that none of them names.
fn wanted(config: &Config, plugins: &Plugins) -> Vec<CollectorConfig> {
    let named: HashSet<&str> = config.collectors.iter().map(|collector| collector.plugin.as_str()).collect();
    let names: HashSet<&str> = config.collectors.iter().map(|collector| collector.name.as_str()).collect();
    let written = config.collectors.iter().filter(|collector| collector.enabled).cloned();
    let unnamed = plugins.ready.keys().filter(|name| !named.contains(name.as_str()) && !names.contains(name.as_str()));
    written.chain(unnamed.map(|name| CollectorConfig::of_plugin(name))).collect()
}

fn is_same(collector: &Collector, wanted: &CollectorConfig, plugin: &Arc<Plugin>, config: &Config) -> bool {
    collector.config.is_same(wanted)
        && Arc::ptr_eq(&collector.plugin, plugin)
        && collector.namespace() == config.namespace
}

fn no_plugin(config: &Config, plugins: &Plugins, name: &str) -> Problem {
    if let Some(problem) = plugins.broken.get(name) {
        return problem.clone();
    }
    let problem = Problem::new(Stage::Find, format!("there is no plugin {name}"));
    match &config.plugins.dir {
        Some(dir) => problem.hint(format!("{name}.wasm in {} would be it", dir.display())),
        None => problem.hint("it is not built in, and there is no plugin folder: set --plugins.dir"),
    }
}
