//! The plugin folder: what is new or changed in it is loaded, what is gone is taken off.

use std::sync::Arc;

use tokio::time::Instant;

use super::Supervisor;
use crate::config::digest::Digest;
use crate::daemon::shelf::Shelf;
use crate::plugin::{Entry, FRESH, Folder, Loader, Plugin, Problem, Stage, Stamp};

/// How the way of a file ended.
pub(super) struct Loaded {
    name: String,
    stamp: Stamp,
    /// Which digests it could have when that was begun.
    pins: Vec<Digest>,
    /// None when the file has the bytes of what runs.
    result: Result<Option<Plugin>, Problem>,
}

impl Supervisor {
    /// Reads the folder: what is new or changed is loaded, what is gone is taken off.
    pub(super) async fn look(&mut self) {
        let is_changed = self.read_folder().await;
        // What was refused for a reason that has passed is tried again.
        if is_changed || self.lineup.waits || !self.lineup.refused.is_empty() {
            self.line_up().await;
        }
        self.publish();
    }

    /// The same, but for what it means for collectors: whether a plugin has gone.
    pub(super) async fn read_folder(&mut self) -> bool {
        let entries = match self.scan().await {
            Ok(entries) => entries,
            Err(problem) => {
                self.blame_folder(problem);
                return false;
            }
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
        if is_changed {
            self.shelves.values_mut().for_each(Shelf::forget_refusal);
        }
        entries.into_iter().for_each(|entry| self.see(entry));
        is_changed
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
        let files = self.files.clone();
        self.loading.spawn(async move {
            // It is never closed.
            let _place = files.acquire_owned().await.ok();
            let result = load(&loader, folder, entry, running, &pins).await;
            Loaded { name, stamp, pins, result }
        });
    }

    /// The digests that collectors of a plugin want it to have; none when one of them takes any.
    fn pins(&self, name: &str) -> Vec<Digest> {
        let of_plugin = self.config.collectors.iter().filter(|collector| collector.plugin == name && collector.enabled);
        let pins: Option<Vec<Digest>> = of_plugin.map(|collector| collector.digest).collect();
        pins.unwrap_or_default()
    }

    /// At the start: nothing runs yet.
    pub(super) fn put(&mut self, loaded: Loaded) {
        let Loaded { name, stamp, result, .. } = loaded;
        let Some(shelf) = self.shelves.get_mut(&name).filter(|shelf| shelf.is_loading(stamp)) else { return };
        shelf.ended(stamp);
        match result {
            Ok(Some(plugin)) => shelf.run(Arc::new(plugin)),
            Ok(None) => shelf.problem = None,
            Err(problem) => self.refuse(&name, stamp, problem),
        }
    }

    /// Takes a new component into use, if none of the collectors that run is lost by that.
    pub(super) async fn swap(&mut self, loaded: Loaded) {
        let Loaded { name, stamp, pins, result } = loaded;
        let is_outdated = pins != self.pins(&name);
        // The file may be gone, or may have changed again: then it is loaded again.
        let Some(shelf) = self.shelves.get_mut(&name).filter(|shelf| shelf.is_loading(stamp)) else { return };
        if is_outdated {
            shelf.forget_file();
            return self.look().await;
        }
        shelf.ended(stamp);
        match result {
            Err(problem) => {
                let has_none = shelf.plugin().is_none();
                self.refuse(&name, stamp, problem);
                if has_none {
                    self.line_up().await;
                }
            }
            Ok(None) => {
                if shelf.problem.take().is_some() {
                    tracing::info!(plugin = name, "the file is again the one that runs");
                }
            }
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
                    self.try_refused_again().await;
                }
            }
        }
        self.publish();
        // What changed while it was loading.
        self.look_again(&name).await;
    }

    /// Files that were refused because of what ran then.
    async fn try_refused_again(&mut self) {
        let is_of_others =
            |shelf: &&mut Shelf| shelf.problem.as_ref().is_some_and(|problem| problem.stage == Stage::Configure);
        let mut refused: Vec<&mut Shelf> = self.shelves.values_mut().filter(is_of_others).collect();
        refused.iter_mut().for_each(|shelf| shelf.forget_refusal());
        if !refused.is_empty() {
            self.read_folder().await;
        }
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
    }
}

/// A file that has the name of a built-in stands beside it.
fn shadow(name: &str) -> String {
    format!("{name}.wasm")
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
    if let Some(pin) = pins.first().filter(|_| !pins.contains(&digest)) {
        let problem = Problem::new(Stage::Check, format!("it has {digest}, and its collector is pinned to {pin}"));
        return Err(problem.hint("put the pinned file back, or change `digest` in the configuration"));
    }
    loader.load(&name, bytes).await.map(Some)
}
