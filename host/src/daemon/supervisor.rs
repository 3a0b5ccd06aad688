//! Keeps what runs in step with the plugin folder and the settings, while the daemon serves.
//!
//! Whatever changes, the new state is built whole beside the old one and then swapped; what cannot be built leaves the
//! old one as it is.

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
use crate::own::{CollectorStatus, PluginStatus};
use crate::plugin::{Changes, Entry, FRESH, Folder, Loader, Plugin, Problem, Stage, Stamp, watch};
use crate::scrape::Off;
use crate::web::Reload;

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

/// How the way of a file ended.
struct Loaded {
    name: String,
    stamp: Stamp,
    /// None when the file has the bytes of what runs.
    result: Result<Option<Plugin>, Problem>,
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

    /// Reads the folder: what is new or changed is loaded, what is gone is taken off.
    async fn look(&mut self) {
        let entries = match self.scan().await {
            Ok(entries) => entries,
            Err(problem) => return self.blame_folder(problem),
        };
        if self.folder_problem.take().is_some() {
            tracing::info!(folder = ?self.config.plugins.dir, "the plugin folder can be read again");
        }
        let mut is_changed = false;
        let is_of = |entry: &Entry, shelf: &Shelf| entry.name == shelf.name || shadow(&entry.name) == shelf.name;
        let gone = |shelf: &Shelf| !shelf.is_built_in() && !entries.iter().any(|entry| is_of(entry, shelf));
        for name in
            self.shelves.values().filter(|shelf| gone(shelf)).map(|shelf| shelf.name.clone()).collect::<Vec<_>>()
        {
            tracing::info!(plugin = name, "plugin is gone from the folder");
            self.shelves.remove(&name);
            self.parts.own.forget_plugin(&name);
            is_changed = true;
        }
        entries.into_iter().for_each(|entry| self.see(entry));
        // What was refused for a reason that has passed is tried again.
        if is_changed || !self.lineup.refused.is_empty() {
            self.line_up().await;
        }
        self.publish();
    }

    /// What is in the folder. Nothing without one.
    async fn scan(&self) -> Result<Vec<Entry>, Problem> {
        let Some(folder) = self.folder.clone() else { return Ok(Vec::new()) };
        let scan = tokio::task::spawn_blocking(move || folder.scan()).await;
        scan.unwrap_or_else(|_| Err(Problem::new(Stage::Find, "the folder could not be read")))
    }

    /// Loads a file that is new or has changed.
    fn see(&mut self, entry: Entry) {
        let name = entry.name.clone();
        if self.shelves.get(&name).is_some_and(Shelf::is_built_in) {
            let problem = Problem::new(Stage::Find, format!("there is a built-in plugin {name}"));
            let problem = problem.hint("give the file and the plugin another name");
            return self.blame(&shadow(&name), None, problem);
        }
        let stamp = match &entry.stamp {
            Ok(stamp) => *stamp,
            Err(problem) => return self.blame(&name, None, problem.clone()),
        };
        let shelf = self.shelves.entry(name.clone()).or_insert_with(|| Shelf::of_file(&name));
        if !shelf.is_to_be_loaded(stamp) {
            return;
        }
        let Some(folder) = self.folder.clone() else { return };
        let (loader, running, pins) = (self.loader.load_full(), shelf.digest(), self.pins(&name));
        self.loading.spawn(async move {
            let result = load(&loader, folder, entry, running, &pins).await;
            Loaded { name, stamp, result }
        });
    }

    /// The digests that collectors of a plugin want it to have.
    fn pins(&self, name: &str) -> Vec<Digest> {
        let of_plugin = self.config.collectors.iter().filter(|collector| collector.plugin == name && collector.enabled);
        of_plugin.filter_map(|collector| collector.digest).collect()
    }

    /// At the start: nothing runs yet.
    fn put(&mut self, loaded: Loaded) {
        let Loaded { name, stamp, result } = loaded;
        let Some(shelf) = self.shelves.get_mut(&name).filter(|shelf| shelf.is_loading(stamp)) else { return };
        shelf.ended(stamp);
        match result {
            Ok(Some(plugin)) => shelf.run(Arc::new(plugin)),
            Ok(None) => shelf.problem = None,
            Err(problem) => self.refuse(&name, stamp, problem),
        }
    }

    /// Takes a new component into use, if none of the collectors that run is lost by that.
    async fn swap(&mut self, loaded: Loaded) {
        let Loaded { name, stamp, result } = loaded;
        // The file may be gone, or may have changed again: then it is loaded again.
        let Some(shelf) = self.shelves.get_mut(&name).filter(|shelf| shelf.is_loading(stamp)) else { return };
        shelf.ended(stamp);
        match result {
            Err(problem) => self.refuse(&name, stamp, problem),
            Ok(None) => shelf.problem = None,
            Ok(Some(plugin)) => {
                let plugin = Arc::new(plugin);
                let plugins = self.plugins_with(&name, &plugin);
                let lineup = self.build(&plugins).await;
                if let Some(lost) = lineup.lost(&name, &self.lineup.collectors) {
                    let problem = lost.problem.clone();
                    self.blame(&name, Some(stamp), problem);
                } else if let Some(shelf) = self.shelves.get_mut(&name) {
                    shelf.run(plugin);
                    self.tell_swap(&name);
                    self.adopt(lineup);
                }
            }
        }
        self.publish();
        // What changed while it was loading.
        self.look_again(&name).await;
    }

    async fn look_again(&mut self, name: &str) {
        if self.shelves.get(name).is_some_and(|shelf| shelf.has_newer()) {
            self.look().await;
        }
    }

    fn tell_swap(&self, name: &str) {
        if let Some(running) = self.shelves.get(name).and_then(Shelf::running) {
            let (version, digest, generation) = (&running.version, &running.digest, running.generation);
            tracing::info!(plugin = name, version, digest, generation, "plugin runs");
        }
        for collector in self.config.collectors.iter().filter(|collector| collector.plugin == name) {
            self.parts.ledger.pardon(&collector.name);
        }
        self.parts.ledger.pardon(name);
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

    /// A file that was written to a moment ago may not be whole yet: it is looked at again before anybody is alarmed.
    fn refuse(&mut self, name: &str, stamp: Stamp, problem: Problem) {
        if problem.stage > Stage::Check || !stamp.is_fresh() {
            return self.blame(name, Some(stamp), problem);
        }
        if let Some(shelf) = self.shelves.get_mut(name) {
            shelf.forget_file();
        }
        self.again = Some(Instant::now() + FRESH);
    }

    /// Keeps what runs, and says what is wrong with the file: once for each version of it.
    fn blame(&mut self, name: &str, stamp: Option<Stamp>, problem: Problem) {
        let shelf = self.shelves.entry(name.to_owned()).or_insert_with(|| Shelf::of_file(name));
        let is_told = shelf.problem.as_ref() == Some(&problem) && shelf.is_refused(stamp);
        shelf.refuse(stamp, problem.clone());
        if !is_told {
            let (stage, runs) = (problem.stage.word(), shelf.plugin().is_some());
            let (error, hint) = (&problem.reason, problem.hint.as_deref().unwrap_or(""));
            tracing::error!(plugin = name, stage, error, hint, runs, "plugin is not taken; what runs goes on");
            self.parts.own.load_failed(name, stage);
        }
    }

    fn blame_folder(&mut self, problem: Problem) {
        if self.folder_problem.as_ref() != Some(&problem) {
            tracing::error!(folder = ?self.config.plugins.dir, error = %problem, "plugin folder cannot be read; what runs goes on");
            self.parts.own.load_failed("", problem.stage.word());
        }
        self.folder_problem = Some(problem);
        self.publish();
    }

    /// Shows everybody what there is.
    fn publish(&self) {
        let status = |shelf: &Shelf| PluginStatus {
            name: shelf.name.clone(),
            source: match &self.folder {
                Some(folder) if !shelf.is_built_in() => shelf.path(folder.path()).display().to_string(),
                _ => "built-in".to_owned(),
            },
            running: shelf.running(),
            problem: shelf.problem.as_ref().or_else(|| self.refusal(&shelf.name)).map(super::trouble),
            collectors: self.of_plugin(&shelf.name),
        };
        let mut plugins: Vec<PluginStatus> = self.shelves.values().map(status).collect();
        plugins.extend(self.folder_problem.as_ref().map(|problem| PluginStatus {
            source: self.config.plugins.dir.as_deref().map_or(String::new(), |dir| dir.display().to_string()),
            problem: Some(super::trouble(problem)),
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
        let runs = runs.map(|collector| CollectorStatus { name: collector.name.clone(), problem: None });
        let refused = self.lineup.refused.iter().filter(|refused| refused.plugin == name);
        let refused = refused.map(|refused| CollectorStatus {
            name: refused.collector.clone(),
            problem: Some(refused.problem.to_string()),
        });
        runs.chain(refused).collect()
    }
}

/// Of the bytes of a file as they are now; none when there is no file or it cannot be read.
fn digest(file: &Option<PathBuf>) -> Option<Digest> {
    let bytes = std::fs::read(file.as_ref()?).ok()?;
    Some(Digest::of(&bytes))
}

/// A file that has the name of a built-in stands beside it.
fn shadow(name: &str) -> String {
    format!("{name}.wasm")
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

async fn load(
    loader: &Loader,
    folder: Folder,
    entry: Entry,
    running: Option<Digest>,
    pins: &[Digest],
) -> Result<Option<Plugin>, Problem> {
    let name = entry.name.clone();
    let read = tokio::task::spawn_blocking(move || folder.read(&entry)).await;
    let bytes = read.unwrap_or_else(|_| Err(Problem::new(Stage::Find, "the file could not be read")))?;
    let digest = Digest::of(&bytes);
    if running == Some(digest) {
        return Ok(None);
    }
    if let Some(pin) = pins.iter().find(|pin| **pin != digest) {
        let problem = Problem::new(Stage::Check, format!("it has {digest}, and its collector is pinned to {pin}"));
        return Err(problem.hint("put the pinned file back, or change `digest` in the configuration"));
    }
    loader.load(&name, bytes, false).await.map(Some)
}
