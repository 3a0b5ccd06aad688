//! The system's watches on what leads to each path.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// Begins the names of what Kubernetes swaps when a mounted ConfigMap changes: the file itself is a link through it and
/// stays as it is.
const SWAPPED: &[u8] = b"..";

/// Watches that follow what is there.
pub(super) struct Watches {
    paths: Vec<PathBuf>,
    events: mpsc::Sender<()>,
    /// None while the system gives none.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    warned: bool,
}

impl Watches {
    /// Nothing is watched before [`Watches::renew`].
    pub(super) fn new(paths: Vec<PathBuf>, events: mpsc::Sender<()>) -> Watches {
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        let paths = paths.into_iter().map(absolute).collect();
        Watches { paths, events, watcher: None, watched: BTreeSet::new(), warned: false }
    }

    /// Watches what there is now. A folder that was replaced has the same path and needs another watch, so that all are
    /// made anew.
    pub(super) fn renew(&mut self) {
        if let Err(error) = self.try_renew() {
            self.warn(&error);
        }
    }

    fn try_renew(&mut self) -> notify::Result<()> {
        if self.watcher.is_none() {
            self.watcher = Some(self.start()?);
        }
        let Some(watcher) = &mut self.watcher else { return Ok(()) };
        for folder in std::mem::take(&mut self.watched) {
            // Watches of folders that were removed have ended by themselves.
            let _ = watcher.unwatch(&folder);
        }
        for folder in self.paths.iter().flat_map(|path| folders(path)).collect::<BTreeSet<_>>() {
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(folder)),
                // It went in this moment; the watch on the folder around it tells.
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn start(&self) -> notify::Result<RecommendedWatcher> {
        let (paths, events) = (self.paths.clone(), self.events.clone());
        notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Events that could not be read may have been about anything.
            if event.map_or(true, |event| matters(&event, &paths)) {
                // Full: there is one that nobody has taken yet.
                let _ = events.try_send(());
            }
        })
    }

    fn warn(&mut self, error: &notify::Error) {
        if !std::mem::replace(&mut self.warned, true) {
            tracing::warn!(
                %error,
                "cannot watch for changes of files, going on with looking every so often; raise the system's limits \
                 fs.inotify.max_user_watches and fs.inotify.max_user_instances, or the folder cannot be entered"
            );
        }
    }
}

/// The folders whose events tell of a change of what is at a path.
fn folders(path: &Path) -> Vec<PathBuf> {
    let around = path.ancestors().skip(1).find(|folder| folder.is_dir());
    let mut folders: Vec<PathBuf> = around.map(Path::to_path_buf).into_iter().collect();
    // A link to elsewhere is watched at its end too.
    match path.canonicalize() {
        Ok(end) if end.is_dir() => folders.push(path.to_path_buf()),
        Ok(end) => folders.extend(end.parent().map(Path::to_path_buf)),
        Err(_) => {}
    }
    folders
}

/// Whether an event may have changed one of the paths.
fn matters(event: &Event, paths: &[PathBuf]) -> bool {
    event.need_rescan() || changes(event) && event.paths.iter().any(|at| paths.iter().any(|path| touches(at, path)))
}

/// Whether something is different now. Half a file is nothing to look at: it is news when whoever writes it closes it.
fn changes(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Modify(ModifyKind::Data(_)) => false,
        EventKind::Create(CreateKind::File) => !event.paths.iter().all(|path| is_being_written(path)),
        _ => true,
    }
}

/// A new file under its only name. Links are there all at once, and nobody closes them.
fn is_being_written(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.nlink() == 1)
}

/// Whether what happened at a place is about a path: the path itself, what is in that folder, what leads there.
fn touches(at: &Path, path: &Path) -> bool {
    let swapped = |name: &OsStr| name.as_encoded_bytes().starts_with(SWAPPED);
    path.starts_with(at)
        || at.parent() == Some(path)
        || at.parent() == path.parent() && at.file_name().is_some_and(swapped)
        || path.canonicalize().is_ok_and(|end| end == at)
}
