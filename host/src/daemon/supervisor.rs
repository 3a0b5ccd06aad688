//! Keeps what runs in step with the plugin folder and the settings, while the daemon serves.
//!
//! Whatever changes, the new state is built whole beside the old one and then swapped; what cannot be built leaves the
//! old one as it is.

mod folder;
mod show;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::lineup::{Lineup, Plugins};
use super::shelf::Shelf;
use super::{Parts, Source};
use crate::config::Config;
use crate::config::digest::Digest;
use crate::plugin::{Changes, Folder, Loader, Plugin, Problem, watch};
use crate::scrape::Off;
use crate::web::Reload;

use folder::Loaded;

/// Does all that changes, one after the other.
pub(super) struct Supervisor {
    parts: Arc<Parts>,
    config: Config,
    source: Option<Source>,
    /// The configuration file.
    file: Option<PathBuf>,
    /// Of its bytes when it was read last.
    read: Option<Digest>,
    loader: Arc<ArcSwap<Loader>>,
    folder: Option<Folder>,
    shelves: BTreeMap<String, Shelf>,
    lineup: Lineup,
    /// What is wrong with the folder as a whole.
    folder_problem: Option<Problem>,
    loading: JoinSet<Loaded>,
    /// When to look at the folder without a change: at what could not be told yet.
    again: Option<Instant>,
}

impl Supervisor {
    /// Nothing is looked at yet.
    pub(super) fn new(
        parts: Arc<Parts>,
        config: Config,
        file: Option<PathBuf>,
        source: Option<Source>,
        loader: Arc<ArcSwap<Loader>>,
    ) -> Supervisor {
        let read = digest(&file);
        if file.is_some() {
            parts.own.reloaded(true);
        }
        let folder = folder(&config);
        Supervisor {
            parts,
            config,
            source,
            file,
            read,
            loader,
            folder,
            shelves: BTreeMap::new(),
            lineup: Lineup::default(),
            folder_problem: None,
            loading: JoinSet::new(),
            again: None,
        }
    }

    /// Puts a built-in on its shelf.
    pub(super) fn add_built_in(&mut self, plugin: Plugin) {
        self.shelves.insert(plugin.description.name.clone(), Shelf::built_in(plugin));
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

    /// Goes on until it is dropped.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Reload>) {
        let mut folder = self.watch_folder();
        let mut file = self.file.clone().map(|file| watch([file], self.config.plugins.rescan));
        loop {
            tokio::select! {
                () = next(&mut folder) => self.look().await,
                () = at(self.again) => {
                    self.again = None;
                    self.look().await;
                }
                () = next(&mut file) => {
                    if digest(&self.file) != self.read
                        && self.reload().await.is_ok()
                    {
                        folder = self.watch_folder();
                    }
                }
                Some(request) = requests.recv() => {
                    let result = self.reload().await;
                    if result.is_ok() {
                        folder = self.watch_folder();
                    }
                    // Whoever asked may be gone.
                    let _ = request.send(result);
                }
                Some(Ok(loaded)) = self.loading.join_next() => self.swap(loaded).await,
            }
        }
    }

    fn watch_folder(&self) -> Option<Changes> {
        let folder = self.folder.as_ref()?;
        Some(watch([folder.path().to_owned()], self.config.plugins.rescan))
    }

    /// Reads the settings anew. A fault leaves everything as it is.
    async fn reload(&mut self) -> Result<(), String> {
        let (Some(source), Some(_)) = (&self.source, &self.file) else {
            return Err("there is no configuration file: start with --config.file".to_owned());
        };
        self.read = digest(&self.file);
        let result = (source.read)();
        self.parts.own.reloaded(result.is_ok());
        let config = result.inspect_err(|error| tracing::error!(error, "the configuration stays as it was"))?;
        self.tell_what_waits(&config);
        let old = std::mem::replace(&mut self.config, config);
        if old.plugins != self.config.plugins {
            self.folder = folder(&self.config);
            let loader = self.loader.load().with(&self.config.plugins);
            self.loader.store(Arc::new(loader));
            if old.plugins.dir != self.config.plugins.dir {
                // What runs goes on until the other folder is read.
                self.folder_problem = None;
                self.shelves.values_mut().for_each(Shelf::forget_file);
            }
        }
        // Pins may have changed: what was refused for one is tried again.
        self.shelves.values_mut().for_each(Shelf::forget_refusal);
        for collector in &self.config.collectors {
            if !old.collectors.contains(collector) {
                self.parts.ledger.pardon(&collector.name);
            }
        }
        self.line_up().await;
        self.look().await;
        self.publish();
        tracing::info!(collectors = self.lineup.collectors.len(), "configuration is read again");
        Ok(())
    }

    /// What only a start can change.
    fn tell_what_waits(&self, new: &Config) {
        let changed = [
            ("web.listen-address", self.config.listen != new.listen),
            ("namespace", self.config.namespace != new.namespace),
            ("redis-only-metrics", self.config.redis_only_metrics != new.redis_only_metrics),
        ];
        for (setting, _) in changed.into_iter().filter(|(_, is_changed)| *is_changed) {
            tracing::warn!(setting, "this setting takes effect at the next start");
        }
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
        let is_new = |refused: &&super::lineup::Refused| !self.lineup.refused.contains(refused);
        for refused in lineup.refused.iter().filter(is_new) {
            let (collector, plugin) = (&refused.collector, &refused.plugin);
            tracing::error!(collector, plugin, error = %refused.problem, "collector is off");
            self.parts.own.load_failed(plugin, refused.problem.stage.word());
        }
        self.parts.own.set_collectors(lineup.collectors.iter().map(|collector| collector.name.clone()).collect());
        self.lineup = lineup;
        let off = self.lineup.refused.iter().map(|refused| Off {
            name: refused.collector.clone(),
            plugin: refused.plugin.clone(),
            reason: refused.problem.to_string(),
        });
        self.parts.swap(self.config.clone(), self.lineup.collectors.clone(), off.collect());
    }

    fn plugins(&self) -> Plugins {
        self.shelves.iter().filter_map(|(name, shelf)| Some((name.clone(), shelf.plugin()?))).collect()
    }

    fn plugins_with(&self, name: &str, plugin: &Arc<Plugin>) -> Plugins {
        let mut plugins = self.plugins();
        plugins.insert(name.to_owned(), plugin.clone());
        plugins
    }
}

/// Of the bytes of a file as they are now; none when there is no file or it cannot be read.
fn digest(file: &Option<PathBuf>) -> Option<Digest> {
    let bytes = std::fs::read(file.as_ref()?).ok()?;
    Some(Digest::of(&bytes))
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
