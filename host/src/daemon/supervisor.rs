//! Keeps what runs in step with the plugin folder and the settings, while the daemon serves.
//!
//! Whatever changes, the new state is built whole beside the old one and then swapped; what cannot be built leaves the
//! old one as it is.

mod folder;
mod show;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lineup::{Lineup, Plugins, Refused};
use super::shelf::Shelf;
use super::{Parts, Source};
use crate::config::file::Version;
use crate::config::{CollectorConfig, Config};
use crate::plugin::{Changes, Folder, Loader, Plugin, Problem, watch};
use crate::scrape::Off;
use crate::web::Reload;

use folder::Loaded;

/// Files of the plugin folder that are in memory at once, from reading them to the compiled plugin.
const FILES: usize = 2;

/// Does all that changes, one after the other.
pub(super) struct Supervisor {
    parts: Arc<Parts>,
    config: Config,
    source: Option<Arc<Source>>,
    /// The configuration file.
    file: Option<PathBuf>,
    /// The version of it that was read last.
    read: Option<Version>,
    file_changes: Option<Changes>,
    loader: Arc<ArcSwap<Loader>>,
    folder: Option<Folder>,
    folder_changes: Option<Changes>,
    shelves: BTreeMap<String, Shelf>,
    lineup: Lineup,
    /// What is wrong with the folder as a whole.
    folder_problem: Option<Problem>,
    loading: JoinSet<Loaded>,
    /// Files that may be in memory at once.
    files: Arc<Semaphore>,
    /// When to look at the folder without a change: at what could not be told yet.
    again: Option<Instant>,
}

impl Supervisor {
    /// Nothing is looked at yet.
    pub(super) fn new(
        parts: Arc<Parts>,
        config: Config,
        file: Option<(PathBuf, Version)>,
        source: Option<Source>,
        loader: Arc<ArcSwap<Loader>>,
    ) -> Supervisor {
        let (file, read) = file.unzip();
        if file.is_some() {
            parts.own.reloaded(Ok(()));
        }
        let folder = folder(&config);
        Supervisor {
            parts,
            config,
            source: source.map(Arc::new),
            file,
            read,
            file_changes: None,
            loader,
            folder,
            folder_changes: None,
            shelves: BTreeMap::new(),
            lineup: Lineup::default(),
            folder_problem: None,
            loading: JoinSet::new(),
            files: Arc::new(Semaphore::new(FILES)),
            again: None,
        }
    }

    /// Puts a built-in on its shelf.
    pub(super) fn add_built_in(&mut self, plugin: Plugin) {
        self.shelves.insert(plugin.description.name.clone(), Shelf::built_in(plugin));
    }

    /// Watches the folder and the file from now on.
    pub(super) fn watch(&mut self) {
        let rescan = self.config.plugins.rescan;
        self.folder_changes = self.folder.as_ref().map(|folder| watch([folder.path().to_owned()], rescan));
        self.file_changes = self.file.clone().map(|file| watch([file], rescan));
    }

    /// Looks at the folder and waits until what was found is loaded or refused, but not longer than this.
    pub(super) async fn fill(&mut self, patience: Duration) {
        let enough = Instant::now() + patience;
        self.look().await;
        while let Ok(Some(loaded)) = timeout_at(enough, self.loading.join_next()).await {
            if let Ok(loaded) = loaded {
                self.put(loaded);
            }
        }
        self.line_up().await;
        self.publish();
    }

    /// Waits until files that may have been half written can be told; false when there are none.
    pub(super) async fn is_time_to_look_again(&mut self) -> bool {
        match self.again.take() {
            Some(again) => {
                sleep_until(again).await;
                true
            }
            None => false,
        }
    }

    /// Says what there is to serve with.
    pub(super) fn tell_start(&self) {
        let path = |path: Option<&PathBuf>| path.map_or("none".to_owned(), |path| path.display().to_string());
        let (file, folder) = (path(self.file.as_ref()), path(self.config.plugins.dir.as_ref()));
        let (collectors, off) = (self.lineup.collectors.len(), self.lineup.refused.len());
        tracing::info!(file, folder, collectors, off, "configuration and plugins are read");
    }

    /// Goes on until it is dropped.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Reload>) {
        loop {
            tokio::select! {
                () = next(&mut self.folder_changes) => self.look().await,
                () = at(self.again) => {
                    self.again = None;
                    self.look().await;
                }
                () = next(&mut self.file_changes) => {
                    if version(&self.file).await != self.read {
                        // What came of it is in the log.
                        let _ = self.reload().await;
                    }
                }
                Some(request) = requests.recv() => {
                    // Whoever asked may be gone.
                    let _ = request.send(self.reload().await);
                }
                Some(Ok(loaded)) = self.loading.join_next() => self.swap(loaded).await,
            }
        }
    }

    /// Reads the settings anew. A fault leaves everything as it is.
    async fn reload(&mut self) -> Result<(), String> {
        let (Some(source), Some(_)) = (self.source.clone(), &self.file) else {
            let error = "there is no configuration file: start with --config.file";
            tracing::warn!(error, "nothing is read again");
            return Err(error.to_owned());
        };
        let settings = self.new_settings(source).await;
        self.parts.own.reloaded(settings.as_ref().map(|_| ()).map_err(String::as_str));
        let (config, lineup) =
            settings.inspect_err(|error| tracing::error!(error, "the configuration stays as it was"))?;
        let old = std::mem::replace(&mut self.config, config);
        if old.plugins != self.config.plugins {
            self.adopt_settings(&old);
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
        self.read = version(&self.file).await;
        if self.read.is_some_and(Version::is_empty) {
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
        let lineup = Lineup::build(&config, &self.plugins(), &self.lineup.collectors, &kinds).await;
        let may_come = config.plugins.dir != self.config.plugins.dir;
        let lost: Vec<String> = lineup.lost_to_settings(&self.lineup.collectors, may_come).collect();
        if lost.is_empty() { Ok((config, lineup)) } else { Err(lost.join("\n")) }
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

    async fn line_up(&mut self) {
        let plugins = self.plugins();
        let lineup = self.build(&plugins).await;
        self.adopt(lineup);
    }

    async fn build(&self, plugins: &Plugins) -> Lineup {
        let kinds = self.parts.kinds();
        Lineup::build(&self.config, plugins, &self.lineup.collectors, &kinds).await
    }

    /// Swaps the collectors.
    fn adopt(&mut self, lineup: Lineup) {
        for refused in lineup.refused.iter().filter(|refused| !refused.is_known(&self.lineup.refused)) {
            self.tell_off(refused);
        }
        let names: HashSet<String> = lineup.collectors.iter().map(|collector| collector.name.clone()).collect();
        self.parts.ledger.forget_denials_but(&names);
        self.parts.own.set_collectors(names);
        self.lineup = lineup;
        let off = self.lineup.refused.iter().map(|refused| Off {
            name: refused.collector.clone(),
            plugin: refused.plugin.clone(),
            reason: refused.problem.to_string(),
            targets: refused.targets.clone(),
        });
        self.parts.swap(self.config.clone(), self.lineup.collectors.clone(), off.collect());
    }

    fn tell_off(&self, refused: &Refused) {
        let (collector, plugin) = (&refused.collector, &refused.plugin);
        tracing::error!(collector, plugin, error = %refused.problem, "collector is off");
        // A plugin that is not taken has been counted.
        if self.shelves.get(plugin).is_none_or(|shelf| shelf.plugin().is_some()) {
            self.parts.own.load_failed(plugin, refused.problem.stage.word());
        }
    }

    fn plugins(&self) -> Plugins {
        let mut plugins = Plugins::default();
        for (name, shelf) in &self.shelves {
            if let Some(plugin) = shelf.plugin() {
                plugins.ready.insert(name.clone(), plugin);
            } else if shelf.is_coming() {
                plugins.coming.insert(name.clone());
            } else if let Some(problem) = &shelf.problem {
                plugins.broken.insert(name.clone(), problem.clone());
            }
        }
        plugins
    }

    fn plugins_with(&self, name: &str, plugin: &Arc<Plugin>) -> Plugins {
        let mut plugins = self.plugins();
        plugins.ready.insert(name.to_owned(), plugin.clone());
        plugins
    }
}

/// Of a file as it is now; none when there is none or it cannot be looked at.
async fn version(file: &Option<PathBuf>) -> Option<Version> {
    let file = file.clone()?;
    let metadata = tokio::task::spawn_blocking(move || std::fs::metadata(file)).await;
    Some(Version::of(&metadata.ok()?.ok()?))
}

fn folder(config: &Config) -> Option<Folder> {
    let dir: &PathBuf = config.plugins.dir.as_ref()?;
    Some(Folder::new(dir, config.plugins.file_limit))
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn next(changes: &mut Option<Changes>) {
    match changes {
        Some(changes) => changes.next().await,
        None => std::future::pending().await,
    }
}
