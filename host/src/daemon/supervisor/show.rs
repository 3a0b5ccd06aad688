//! What there is, for metrics, the landing page and `/plugins`.

use super::Supervisor;
use crate::daemon::shelf::Shelf;
use crate::daemon::trouble;
use crate::own::{CollectorStatus, PluginStatus};
use crate::plugin::Problem;

impl Supervisor {
    /// Shows everybody what there is.
    pub(super) fn publish(&self) {
        let status = |shelf: &Shelf| PluginStatus {
            name: shelf.name.clone(),
            source: match &self.folder {
                Some(folder) if !shelf.is_built_in() => shelf.path(folder.path()).display().to_string(),
                _ => "built-in".to_owned(),
            },
            running: shelf.running(),
            problem: shelf.problem.as_ref().or_else(|| self.refusal(&shelf.name)).map(trouble),
            collectors: self.of_plugin(&shelf.name),
        };
        let mut plugins: Vec<PluginStatus> = self.shelves.values().map(status).collect();
        plugins.extend(self.folder_problem.as_ref().map(|problem| PluginStatus {
            source: self.config.plugins.dir.as_deref().map_or(String::new(), |dir| dir.display().to_string()),
            problem: Some(trouble(problem)),
            ..PluginStatus::default()
        }));
        self.parts.own.set_plugins(plugins);
    }

    /// Why a collector of a plugin does not run.
    fn refusal(&self, plugin: &str) -> Option<&Problem> {
        self.lineup.refused.iter().find(|refused| refused.plugin == plugin).map(|refused| &refused.problem)
    }

    fn of_plugin(&self, name: &str) -> Vec<CollectorStatus> {
        let runs = self.lineup.collectors.iter().filter(|collector| collector.config.plugin == name);
        let runs = runs.map(|collector| CollectorStatus {
            name: collector.name.clone(),
            problem: None,
            problems: collector.problems(),
            lacks: collector.lacks(),
        });
        let refused = self.lineup.refused.iter().filter(|refused| refused.plugin == name);
        let refused = refused.map(|refused| CollectorStatus {
            name: refused.collector.clone(),
            problem: Some(refused.problem.to_string()),
            problems: Vec::new(),
            lacks: None,
        });
        runs.chain(refused).collect()
    }
}
