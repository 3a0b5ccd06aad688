//! The files that a project is made of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What toolchains write, and what is no source.
const OUTPUTS: [&str; 7] = ["target", "node_modules", "__pycache__", "build", "dist", "venv", "wit_world"];

/// Files that are looked at, at most: a folder with more is no project.
const MOST: usize = 20_000;

/// The files of a project, as they are now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sources(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

impl Sources {
    /// Those of a folder. What cannot be read is left out: it may be there the next time.
    pub(super) fn of(root: &Path) -> Sources {
        let mut sources = Sources(BTreeMap::new());
        sources.add(root);
        sources
    }

    fn add(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_output =
                OUTPUTS.contains(&name.as_str()) || name.ends_with(".wasm") || name.ends_with(".recording.json");
            if is_output || name.starts_with('.') || self.0.len() >= MOST {
                continue;
            }
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                self.add(&path);
            } else {
                self.0.insert(path, (about.len(), about.modified().ok()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/a.rs", "1");
        let before = Sources::of(folder.path());
        for output in ["target/a.o", "hits.wasm", ".git/index", "src/__pycache__/a.pyc"] {
            write(output, "1");
        }
        assert_eq!(Sources::of(folder.path()), before);
        write("src/a.rs", "12");
        let changed = Sources::of(folder.path());
        assert_ne!(changed, before);
        write("src/b.rs", "");
        assert_ne!(Sources::of(folder.path()), changed);
    }
}
