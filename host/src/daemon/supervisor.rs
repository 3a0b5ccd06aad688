//! Keeps what runs in step with the plugin folder and the settings, while the daemon serves.
//!
//! Whatever changes, the new state is built whole beside the old one and then swapped; what cannot be built leaves the
//! old one as it is.

mod folder;
mod reload;
mod show;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lineup::{Lineup, Plugins, Refused, are_together};
use super::shelf::Shelf;
use super::{Parts, Source};
use crate::config::Config;
use crate::config::file::Version;
use crate::own;
use crate::plugin::{Changes, Collector, Folder, Loader, Plugin, Problem, watch};
use crate::scrape::Off;
use crate::web::Reload;

use folder::Loaded;
use reload::version;

/// Files of the plugin folder that are in memory at once, from reading them to the compiled plugin.
const FILES: usize = 2;

/// Does all that changes, one after the other.
pub(super) struct Supervisor {
    parts: Arc<Parts>,
    config: Config,
    source: Option<Arc<Source>>,
    /// The configuration file.
    file: Option<PathBuf>,
    /// The versions that were read last: of it, and of the other files that settings come from.
    read: Vec<Option<Version>>,
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
    /// Whether collectors meet on all targets, if that is not to be read from the settings: a look has none of their targets.
    are_together: Option<bool>,
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
        let (file, read): (Option<PathBuf>, Option<Version>) = file.unzip();
        let read = file.iter().map(|_| read).chain(config.files.iter().map(version)).collect();
        if file.is_some() || !config.files.is_empty() {
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
            are_together: None,
        }
    }

    /// Puts a built-in on its shelf.
    pub(super) fn add_built_in(&mut self, plugin: Plugin) {
        self.shelves.insert(plugin.description.name.clone(), Shelf::built_in(plugin));
    }

    /// For a look at settings whose targets are left out.
    pub(super) fn for_targets_of(&mut self, config: &Config) {
        self.are_together = Some(are_together(config));
    }

    /// Watches the folder and the file from now on.
    pub(super) fn watch(&mut self) {
        let rescan = self.config.plugins.rescan;
        self.folder_changes = self.folder.as_ref().map(|folder| watch([folder.path().to_owned()], rescan));
        let files: Vec<PathBuf> = self.read_files().cloned().collect();
        self.file_changes = (!files.is_empty()).then(|| watch(files, rescan));
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

    /// Those that run.
    pub(super) fn collectors(&self) -> &[Arc<Collector>] {
        &self.lineup.collectors
    }

    /// What is wrong with flags and variables that a built-in collector is configured with, all of it by them: as any other
    /// flag, they stop the start. What a file says of a collector costs that one alone.
    pub(super) fn fault_of_flags(&self) -> Option<String> {
        let is_of_flags = |refused: &&Refused| {
            let collectors = &self.config.collectors;
            let config = collectors.iter().find(|collector| collector.name == refused.collector);
            refused.problem.is_of_configuration()
                && self.shelves.get(&refused.collector).is_some_and(Shelf::is_built_in)
                && config.is_some_and(|config| config.places.is_empty())
        };
        let refused = self.lineup.refused.iter().find(is_of_flags)?;
        Some(format!("flags of the collector {}: {}", refused.collector, refused.problem))
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
                    // What is wrong may be a file that is not watched: it was not there.
                    if self.versions().await != self.read || self.parts.own.reload_fault().is_some() {
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

    async fn line_up(&mut self) {
        let plugins = self.plugins();
        let lineup = self.build(&plugins).await;
        self.adopt(lineup);
    }

    async fn build(&self, plugins: &Plugins) -> Lineup {
        let kinds = self.parts.kinds();
        let are_together = self.are_together.unwrap_or_else(|| are_together(&self.config));
        Lineup::build(&self.config, plugins, &self.lineup.collectors, &kinds, are_together).await
    }

    /// Swaps the collectors.
    fn adopt(&mut self, lineup: Lineup) {
        for refused in lineup.refused.iter().filter(|refused| !refused.is_known(&self.lineup.refused)) {
            self.tell_off(refused);
        }
        let names: HashSet<String> = lineup.collectors.iter().map(|collector| collector.name.clone()).collect();
        self.parts.ledger.forget_told_but(&names);
        self.parts.own.set_collectors(names);
        self.lineup = lineup;
        let off = self.lineup.refused.iter().map(|refused| Off {
            name: refused.collector.clone(),
            plugin: refused.plugin.clone(),
            reason: refused.problem.to_string(),
            targets: refused.targets.clone(),
        });
        self.parts.swap(self.config.clone(), self.lineup.collectors.clone(), off.collect());
        // Of collectors that are gone, and of how others were made.
        drop(tokio::task::spawn_blocking(own::give_back_memory));
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
