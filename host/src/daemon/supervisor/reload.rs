//! The settings, read again while the daemon serves.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Supervisor, folder};
use crate::config::file::Version;
use crate::config::{CollectorConfig, Config};
use crate::daemon::Source;
use crate::daemon::lineup::{Lineup, are_together};
use crate::daemon::shelf::Shelf;
use crate::web::NotReloaded;

impl Supervisor {
    /// Reads the settings anew. A fault leaves everything as it is.
    pub(super) async fn reload(&mut self) -> Result<(), NotReloaded> {
        let Some(source) = self.source.clone().filter(|_| self.read_files().next().is_some()) else {
            tracing::warn!(error = %NotReloaded::Nothing, "nothing is read again");
            return Err(NotReloaded::Nothing);
        };
        let (settings, before) = (self.new_settings(source).await, self.parts.own.reload_fault());
        self.parts.own.reloaded(settings.as_ref().map(|_| ()).map_err(String::as_str));
        let is_new = |error: &String| before.as_ref() != Some(error);
        let (config, lineup) = settings
            .inspect_err(|error| match is_new(error) {
                true => tracing::error!(error, "the configuration stays as it was"),
                false => tracing::debug!(error, "the configuration still stays as it was"),
            })
            .map_err(NotReloaded::Faults)?;
        let old = std::mem::replace(&mut self.config, config);
        if old.plugins != self.config.plugins {
            self.adopt_settings(&old);
        }
        if old.files != self.config.files {
            self.watch();
            self.read = self.versions().await;
        }
        let ran = |collector: &CollectorConfig| old.collectors.iter().any(|old| old.is_same(collector));
        for collector in self.config.collectors.iter().filter(|collector| !ran(collector)) {
            self.parts.ledger.pardon(&collector.name);
        }
        // Whoever reads it again wants to know what is still wrong.
        self.lineup.refused.clear();
        if old.plugins.dir == self.config.plugins.dir {
            self.adopt(lineup);
        } else {
            self.read_folder().await;
            self.line_up().await;
        }
        self.publish();
        tracing::info!(collectors = self.lineup.collectors.len(), "configuration is read again");
        Ok(())
    }

    /// The settings as they are now, with the collectors that they lead to.
    ///
    /// # Errors
    /// What is wrong with them. A collector that runs and would not run any more is a fault as well.
    async fn new_settings(&mut self, source: Arc<Source>) -> Result<(Config, Lineup), String> {
        self.read = self.versions().await;
        if self.file.is_some() && self.read.first().is_some_and(|version| version.is_some_and(Version::is_empty)) {
            return Err("the configuration file is empty; for settings that are all as usual write {}".to_owned());
        }
        // A file system that hangs hangs a thread that is for such things.
        let config = tokio::task::spawn_blocking(move || (source.read)()).await;
        let config = config.unwrap_or_else(|_| Err("the configuration could not be read".to_owned()))?;
        let config = self.with_what_stays(config);
        // Pins may have changed, and files may have come with them.
        self.shelves.values_mut().for_each(Shelf::forget_refusal);
        self.read_folder().await;
        let kinds = self.parts.kinds();
        let lineup =
            Lineup::build(&config, &self.plugins(), &self.lineup.collectors, &kinds, are_together(&config)).await;
        let may_come = config.plugins.dir != self.config.plugins.dir;
        let lost: Vec<String> = lineup.lost_to_settings(&self.lineup.collectors, may_come).collect();
        if lost.is_empty() { Ok((config, lineup)) } else { Err(lost.join("\n")) }
    }

    /// The files that the settings come from, the configuration file first.
    pub(super) fn read_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.file.iter().chain(&self.config.files)
    }

    /// These files as they are now; none of one that is not there or cannot be looked at.
    pub(super) async fn versions(&self) -> Vec<Option<Version>> {
        let files: Vec<PathBuf> = self.read_files().cloned().collect();
        let versions = tokio::task::spawn_blocking(move || files.iter().map(version).collect());
        versions.await.unwrap_or_default()
    }

    /// Goes by other settings for plugins.
    fn adopt_settings(&mut self, old: &Config) {
        self.folder = folder(&self.config);
        let loader = self.loader.load().with(&self.config.plugins);
        self.loader.store(Arc::new(loader));
        let (old, new) = (&old.plugins, &self.config.plugins);
        let is_other = old.dir != new.dir;
        if is_other || old.rescan != new.rescan {
            self.watch();
        }
        if is_other {
            // What runs goes on until the other folder is read.
            self.folder_problem = None;
            self.shelves.values_mut().for_each(Shelf::forget_file);
        }
    }

    /// New settings, but for what only a start can change.
    fn with_what_stays(&self, new: Config) -> Config {
        let changed = [
            ("web.listen-address", self.config.listen != new.listen),
            ("namespace", self.config.namespace != new.namespace),
            ("redis-only-metrics", self.config.redis_only_metrics != new.redis_only_metrics),
        ];
        for (setting, _) in changed.into_iter().filter(|(_, is_changed)| *is_changed) {
            tracing::warn!(setting, "this setting takes effect at the next start");
        }
        let Config { listen, namespace, redis_only_metrics, .. } = self.config.clone();
        Config { listen, namespace, redis_only_metrics, ..new }
    }
}

/// Of a file as it is now; none when there is none or it cannot be looked at.
pub(super) fn version(file: &PathBuf) -> Option<Version> {
    std::fs::metadata(file).ok().map(|metadata| Version::of(&metadata))
}
