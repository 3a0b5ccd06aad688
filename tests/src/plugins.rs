//! A plugin folder, and what a daemon says of the plugins in it.

use std::fs;
use std::path::{Path, PathBuf};

use redwasp::config::digest::Digest;
use redwasp::own::PluginStatus;
use tempfile::TempDir;

use crate::daemon::Daemon;
use crate::{tools, wait};

/// How many collectors the program has of its own.
///
/// # Panics
/// When one of them has a manifest that is none.
pub fn built_ins() -> usize {
    redwasp::plugin::embedded().expect("manifests of the built-ins").len()
}

/// A folder for plugins that goes with its value.
pub struct Folder {
    /// The folder is deeper inside, so that it can come and go.
    around: TempDir,
}

impl Default for Folder {
    fn default() -> Folder {
        Folder::new()
    }
}

impl Folder {
    /// An empty folder.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new() -> Folder {
        let folder = Folder::planned();
        fs::create_dir(folder.path()).expect("the plugin folder can be made");
        folder
    }

    /// A folder that is not there yet.
    ///
    /// # Panics
    /// When there is no place for it.
    pub fn planned() -> Folder {
        Folder { around: tempfile::tempdir().expect("a folder for the plugin folder can be made") }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.around.path().join("plugins")
    }

    /// Where a file of it is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name).with_extension("wasm")
    }

    /// Puts a plugin there, whole at once; one of this name is replaced.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let new = self.around.path().join(name);
        fs::write(&new, bytes).expect("a plugin can be written");
        fs::rename(&new, self.file(name)).expect("a plugin can be renamed");
    }

    /// Gives a plugin's file another name; one of that name is replaced.
    ///
    /// # Panics
    /// When there is none.
    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.file(from), self.file(to)).expect("a plugin can be renamed");
    }

    /// Starts a daemon that watches the folder, with more arguments. It shares a cache with others of its kind, as nothing
    /// else takes as long as compiling.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn serve(&self, args: &[&str]) -> Daemon {
        self.serve_with_cache(&cache().to_string_lossy(), args)
    }

    /// The same with another cache.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn serve_with_cache(&self, cache: &str, args: &[&str]) -> Daemon {
        let own = [format!("--plugins.dir={}", self.path().display()), format!("--plugins.cache-dir={cache}")];
        Daemon::start(&[&own.each_ref().map(String::as_str), args].concat())
    }
}

/// A cache for the daemons of all tests.
pub fn cache() -> PathBuf {
    tools::repository().join("target/compiled-by-tests")
}

/// What a daemon says of a plugin.
///
/// # Panics
/// When it does not answer.
pub fn status(daemon: &Daemon, name: &str) -> Option<PluginStatus> {
    all(daemon).into_iter().find(|plugin| plugin.name == name)
}

/// What a daemon says of all plugins.
///
/// # Panics
/// When it does not answer.
pub fn all(daemon: &Daemon) -> Vec<PluginStatus> {
    serde_json::from_slice(&daemon.get("/plugins").body).expect("/plugins is a list of plugins")
}

/// Waits until a daemon says something of a plugin.
///
/// # Panics
/// When it does not in time; with its log.
pub fn wait_for(daemon: &Daemon, name: &str, what: &str, is_so: impl Fn(&PluginStatus) -> bool) -> PluginStatus {
    let look = || status(daemon, name).filter(&is_so);
    wait::within(wait::PATIENCE, look).unwrap_or_else(|| {
        panic!("plugin {name} {what}: waited in vain; {:?}; the log:\n{}", status(daemon, name), daemon.log())
    })
}

/// Waits until a component of a plugin runs, and nothing is wrong.
///
/// # Panics
/// As [`wait_for`].
pub fn wait_until_runs(daemon: &Daemon, name: &str, component: &[u8]) -> PluginStatus {
    let digest = Digest::of(component).to_string();
    wait_for(daemon, name, "runs", |plugin| {
        plugin.problem.is_none() && plugin.running.as_ref().is_some_and(|running| running.digest == digest)
    })
}

/// Waits until a daemon says that something is wrong with a plugin: stage, reason and hint.
///
/// # Panics
/// As [`wait_for`].
pub fn wait_until_refused(daemon: &Daemon, name: &str) -> [String; 3] {
    let plugin = wait_for(daemon, name, "is refused", |plugin| plugin.problem.is_some());
    let problem = plugin.problem.unwrap_or_default();
    [problem.stage, problem.reason, problem.hint.unwrap_or_default()]
}

/// The same component in other bytes: with one more custom section, which changes nothing.
pub fn variant(component: &[u8], number: u32) -> Vec<u8> {
    let name = b"variant";
    let length = u8::try_from(name.len()).unwrap_or(0);
    // Section 0 of so many bytes: a name with its length, then anything.
    let section = [&[0, 1 + length + 4, length], name.as_slice(), &number.to_le_bytes()];
    [component, section.concat().as_slice()].concat()
}

/// Every file of a folder with its bytes, by name.
///
/// # Panics
/// When they cannot be read.
pub fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder).expect("the folder can be read").map(|file| file.expect("an entry").path());
    let mut files: Vec<_> = files.map(|file| (file.clone(), fs::read(file).expect("a file can be read"))).collect();
    files.sort();
    files
}
