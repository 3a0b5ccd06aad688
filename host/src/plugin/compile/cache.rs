//! Compiled code in a folder of ours, for the next start.
//!
//! What is in there is executed. So the folder must be one that nobody else can write to, and what is read from it is
//! what was written, to the last bit: it is read into memory as a whole, never mapped, and its checksum has to fit.

mod file;
mod folder;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::config::digest::Digest;
use crate::plugin::inspect::Inspection;
use folder::Folder;

/// Bytes of all files together, and their number. Beyond them the ones that were used longest ago go.
const MOST_BYTES: u64 = 256 << 20;
const MOST_FILES: usize = 1_000;

/// Reasons that are remembered.
const MOST_TOLD: usize = 100;

/// Code for one version of this program and one setting of its engine; other versions' may be beside it.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    settings: u64,
    failures: AtomicU64,
    /// Reasons that were told already.
    told: Mutex<BTreeSet<String>>,
    most_bytes: u64,
    most_files: usize,
}

impl Cache {
    /// Looks at nothing yet.
    pub(super) fn new(path: &Path, settings: u64) -> Cache {
        // Without a slash at its end, behind which a link would be followed.
        let path = path.components().collect();
        let told = Mutex::new(BTreeSet::new());
        Cache { path, settings, failures: AtomicU64::new(0), told, most_bytes: MOST_BYTES, most_files: MOST_FILES }
    }

    /// Times that it failed.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Relaxed)
    }

    /// What is kept for a component. What is kept and cannot be used is removed.
    pub(super) fn load(&self, digest: &Digest) -> Option<(Inspection, Bytes)> {
        let folder = self.folder()?;
        let name = self.name(digest);
        let bytes = match folder.read(&name, self.most_bytes) {
            Ok(bytes) => bytes?,
            Err(error) => {
                self.spoiled(&folder, &name, &error.to_string());
                return None;
            }
        };
        match file::parse(bytes.into(), &name) {
            Ok(kept) => {
                folder.touch(&name);
                Some(kept)
            }
            Err(reason) => {
                self.spoiled(&folder, &name, reason);
                None
            }
        }
    }

    /// Keeps code. A file is there as a whole or not at all, and is never changed.
    pub(super) fn store(&self, digest: &Digest, inspection: &Inspection, code: &[u8]) {
        let Some(folder) = self.folder() else { return };
        let name = self.name(digest);
        let stored = file::begin(&name, inspection, code).map_err(io::Error::from).and_then(|begin| {
            if (begin.len() + code.len()) as u64 > self.most_bytes {
                return Err(io::Error::other("the code is larger than the whole cache may be"));
            }
            folder.write(&name, &[&begin, code])
        });
        if let Err(error) = stored.and_then(|()| folder.prune(self.most_bytes, self.most_files)) {
            self.failed(format!("cannot keep compiled code in {}: {error}", self.path.display()));
        }
    }

    /// Removes what turned out to be unusable.
    pub(super) fn discard(&self, digest: &Digest, reason: &str) {
        if let Some(folder) = self.folder() {
            self.spoiled(&folder, &self.name(digest), reason);
        }
    }

    /// None when there is no folder that can be trusted.
    fn folder(&self) -> Option<Folder> {
        match Folder::open(&self.path) {
            Ok(folder) => Some(folder),
            Err(reason) => {
                self.failed(format!("compiled code is not kept: {} {reason}", self.path.display()));
                None
            }
        }
    }

    fn spoiled(&self, folder: &Folder, name: &str, reason: &str) {
        let left = match folder.remove(name) {
            Ok(()) => "it was removed".to_owned(),
            Err(error) => format!("it cannot be removed: {error}"),
        };
        self.failed(format!("{} in {} is not used: {reason}; {left}", name, self.path.display()));
    }

    /// Counts, and tells each reason once.
    fn failed(&self, reason: String) {
        self.failures.fetch_add(1, Relaxed);
        if self.is_new(&reason) {
            tracing::warn!(reason, "the cache of compiled plugins failed, so they are compiled anew");
        }
    }

    fn is_new(&self, reason: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST_TOLD {
            told.clear();
        }
        told.insert(reason.to_owned())
    }

    fn name(&self, digest: &Digest) -> String {
        format!("{}-{:016x}{}", digest.hex(), self.settings, folder::SUFFIX)
    }
}

#[cfg(test)]
mod tests;
