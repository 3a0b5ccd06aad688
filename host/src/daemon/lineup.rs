//! Settings × plugins → collectors. Each is tried out before it is believed; one that is refused is off, alone.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::config::{CollectorConfig, Config};
use crate::plugin::{Collector, Plugin, Problem, Stage};
use crate::servers::ServerKind;

/// The plugins that can be run, by name.
pub(super) type Plugins = BTreeMap<String, Arc<Plugin>>;

/// What came of the settings.
#[derive(Default)]
pub(super) struct Lineup {
    /// Those that run, in the order of their precedence.
    pub(super) collectors: Vec<Arc<Collector>>,
    /// Those that do not.
    pub(super) refused: Vec<Refused>,
}

/// A collector that does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) collector: String,
    pub(super) plugin: String,
    pub(super) problem: Problem,
}

impl Lineup {
    /// Builds the collectors that the settings want of these plugins. One that runs already with the same settings goes on
    /// as it is, with the plans that it has.
    pub(super) async fn build(
        config: &Config,
        plugins: &Plugins,
        running: &[Arc<Collector>],
        kinds: &[ServerKind],
    ) -> Lineup {
        let mut lineup = Lineup::default();
        for wanted in wanted(config, plugins) {
            let built = match plugins.get(&wanted.plugin) {
                None => Err(no_plugin(config, &wanted.plugin)),
                Some(plugin) => match running.iter().find(|collector| is_same(collector, &wanted, plugin, config)) {
                    Some(running) => Ok(running.clone()),
                    None => {
                        let collector = Collector::new(&wanted, plugin.clone(), &config.namespace);
                        Arc::new(collector).tried_out(kinds).await
                    }
                },
            };
            match built {
                Ok(collector) => lineup.collectors.push(collector),
                Err(problem) => {
                    lineup.refused.push(Refused { collector: wanted.name, plugin: wanted.plugin, problem });
                }
            }
        }
        lineup
    }

    /// A collector that ran until now and is refused with another component of its plugin.
    pub(super) fn lost<'a>(&'a self, plugin: &str, running: &[Arc<Collector>]) -> Option<&'a Refused> {
        let ran = |name: &str| running.iter().any(|collector| collector.name == name);
        self.refused.iter().find(|refused| refused.plugin == plugin && ran(&refused.collector))
    }
}

/// The settings of all collectors that shall run: those that are written down, and each plugin that none of them names.
fn wanted(config: &Config, plugins: &Plugins) -> Vec<CollectorConfig> {
    let named: HashSet<&str> = config.collectors.iter().map(|collector| collector.plugin.as_str()).collect();
    let names: HashSet<&str> = config.collectors.iter().map(|collector| collector.name.as_str()).collect();
    let written = config.collectors.iter().filter(|collector| collector.enabled).cloned();
    let unnamed = plugins.keys().filter(|name| !named.contains(name.as_str()) && !names.contains(name.as_str()));
    written.chain(unnamed.map(|name| CollectorConfig::of_plugin(name))).collect()
}

fn is_same(collector: &Collector, wanted: &CollectorConfig, plugin: &Arc<Plugin>, config: &Config) -> bool {
    collector.config == *wanted && Arc::ptr_eq(&collector.plugin, plugin) && collector.namespace() == config.namespace
}

fn no_plugin(config: &Config, name: &str) -> Problem {
    let problem = Problem::new(Stage::Find, format!("there is no plugin {name}"));
    match &config.plugins.dir {
        Some(dir) => problem.hint(format!("{name}.wasm in {} would be it", dir.display())),
        None => problem.hint("it is not built in, and there is no plugin folder: set --plugins.dir"),
    }
}
