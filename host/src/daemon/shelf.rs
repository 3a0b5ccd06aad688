//! The place of one plugin: what runs under its name, and what is wrong with what should.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::digest::Digest;
use crate::own::Running;
use crate::plugin::{Plugin, Problem, Stamp};

pub(super) struct Shelf {
    pub(super) name: String,
    is_built_in: bool,
    plugin: Option<Arc<Plugin>>,
    generation: u64,
    /// What is wrong with the newest file.
    pub(super) problem: Option<Problem>,
    /// The version of the file that runs or was refused.
    seen: Option<Stamp>,
    loading: Option<Stamp>,
    /// A version that came while another was loading.
    newer: Option<Stamp>,
}

impl Shelf {
    pub(super) fn built_in(plugin: Plugin) -> Shelf {
        let mut shelf = Shelf::of_file(&plugin.description.name);
        shelf.is_built_in = true;
        shelf.run(Arc::new(plugin));
        shelf
    }

    /// A shelf for a file, empty.
    pub(super) fn of_file(name: &str) -> Shelf {
        Shelf {
            name: name.to_owned(),
            is_built_in: false,
            plugin: None,
            generation: 0,
            problem: None,
            seen: None,
            loading: None,
            newer: None,
        }
    }

    pub(super) fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// Whether this version of the file has to be loaded now; then it is taken to be loading.
    pub(super) fn is_to_be_loaded(&mut self, stamp: Stamp) -> bool {
        if self.loading.is_some() {
            self.newer = Some(stamp).filter(|_| self.loading != Some(stamp));
            return false;
        }
        let is_new = self.seen != Some(stamp);
        self.loading = is_new.then_some(stamp);
        is_new
    }

    /// Whether this version is being loaded. What was begun before the file went or came from elsewhere is not.
    pub(super) fn is_loading(&self, stamp: Stamp) -> bool {
        self.loading == Some(stamp)
    }

    /// A version has been loaded, or was refused.
    pub(super) fn ended(&mut self, stamp: Stamp) {
        (self.loading, self.seen) = (None, Some(stamp));
    }

    /// Whether a version came while another was loading.
    pub(super) fn has_newer(&self) -> bool {
        self.newer.is_some_and(|newer| self.seen != Some(newer))
    }

    /// Whether there is a file of which nothing can be told yet.
    pub(super) fn is_coming(&self) -> bool {
        self.plugin.is_none() && (self.loading.is_some() || self.problem.is_none())
    }

    /// Takes a component into use.
    pub(super) fn run(&mut self, plugin: Arc<Plugin>) {
        self.generation += 1;
        (self.plugin, self.problem) = (Some(plugin), None);
    }

    /// Keeps what runs, and what is wrong with the newest file.
    pub(super) fn refuse(&mut self, stamp: Option<Stamp>, problem: Problem) {
        (self.seen, self.problem) = (stamp, Some(problem));
    }

    /// Whether this version of the file was refused.
    pub(super) fn is_refused(&self, stamp: Option<Stamp>) -> bool {
        self.problem.is_some() && self.seen == stamp
    }

    /// Has the file loaded, whatever is known of it.
    pub(super) fn forget_file(&mut self) {
        (self.seen, self.loading, self.newer) = (None, None, None);
    }

    /// Has a version that was refused loaded once more.
    pub(super) fn forget_refusal(&mut self) {
        if self.problem.is_some() {
            self.seen = None;
        }
    }

    pub(super) fn plugin(&self) -> Option<Arc<Plugin>> {
        self.plugin.clone()
    }

    pub(super) fn digest(&self) -> Option<Digest> {
        self.plugin.as_ref().and_then(|plugin| plugin.digest)
    }

    /// What runs, for people.
    pub(super) fn running(&self) -> Option<Running> {
        let plugin = self.plugin.as_ref()?;
        Some(Running {
            version: plugin.description.version.clone(),
            summary: plugin.description.summary.clone(),
            digest: plugin.digest.map(|digest| digest.to_string()).unwrap_or_default(),
            generation: self.generation,
        })
    }

    /// The file in its folder.
    pub(super) fn path(&self, folder: &Path) -> PathBuf {
        let file = if self.name.ends_with(".wasm") { self.name.clone() } else { format!("{}.wasm", self.name) };
        folder.join(file)
    }
}
