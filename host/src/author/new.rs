//! A new project.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::language::Language;
use super::project::check_name;
use super::sdk::{self, File};
use super::step::Failed;

/// Where a project has its copy of the SDK.
const SDK: &str = "sdk";

/// A project to be begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProject {
    /// The plugin's name.
    pub name: String,
    /// What it is written in.
    pub language: Language,
    /// The folder, which must not be there yet.
    pub folder: PathBuf,
}

/// Writes a project that builds: a collector, its test, what is to be known of it, and the SDK.
///
/// # Errors
/// The name cannot be had, the folder is there, or cannot be written. What was written of it is then removed.
pub fn new(project: &NewProject) -> Result<(), Failed> {
    let NewProject { name, language, folder } = project;
    check_name(name)?;
    if language.has_taken(name) {
        let hint = format!("take another name, as {name}-metrics");
        return Err(Failed::new(format!("{name} means something else in {language}")).hint(hint));
    }
    let sdk =
        sdk::sdk(*language).ok_or_else(|| Failed::new(format!("there is no SDK for {language} in this build")))?;
    let failed = |path: &Path, error: std::io::Error| Failed::new(format!("{}: {error}", path.display()));
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| failed(parent, error))?;
    }
    let is_new = match fs::create_dir(folder) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists && is_empty(folder) => false,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failed::new(format!("{} is there already, and not empty", folder.display()))
                .hint("take another name, or another folder: redwasp plugin new NAME FOLDER --lang LANGUAGE"));
        }
        Err(error) => return Err(failed(folder, error)),
    };
    let written = fill(folder, name, sdk).map_err(|(path, error)| failed(&path, error));
    if written.is_err() && is_new {
        // What is left over would be in the way of the next attempt.
        let _ = fs::remove_dir_all(folder);
    }
    written
}

/// Whether there is nothing in a folder but what git keeps there.
fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|entries| entries.flatten().all(|entry| entry.file_name() == ".git"))
}

fn fill(folder: &Path, name: &str, sdk: &sdk::Sdk) -> Result<(), (PathBuf, std::io::Error)> {
    let place = |base: PathBuf| move |&(path, bytes): &File| (base.join(path), bytes.to_vec());
    let vendored = sdk.files.iter().map(place(folder.join(SDK)));
    let contract = sdk::contract().iter().map(place(folder.join(SDK).join("wit")));
    let filled = |(path, bytes): &File| (folder.join(named(path, name)), with_name(bytes, name));
    for (path, bytes) in vendored.chain(contract).chain(sdk.template.iter().map(filled)) {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| (parent.to_owned(), error))?;
        fs::write(&path, bytes).map_err(|error| (path, error))?;
    }
    Ok(())
}

/// A text with the plugin's name where the template leaves room for it; bytes that are no text are as they are.
fn with_name(bytes: &[u8], name: &str) -> Vec<u8> {
    str::from_utf8(bytes).map_or_else(|_| bytes.to_vec(), |text| named(text, name).into_bytes())
}

fn named(text: &str, name: &str) -> String {
    let pascal: String = name.split('-').map(capital).collect();
    text.replace("{{name}}", name).replace("{{name_snake}}", &name.replace('-', "_")).replace("{{Name}}", &pascal)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(folder: &Path, name: &str, language: Language) -> NewProject {
        NewProject { name: name.to_owned(), language, folder: folder.join(name) }
    }

    #[test]
    fn a_project_of_each_language_has_its_name_and_its_sdk() {
        for language in Language::ALL {
            let folder = tempfile::tempdir().unwrap();
            new(&project(folder.path(), "cache-hits", language)).unwrap();
            let root = folder.path().join("cache-hits");
            let manifest = super::super::project::Project::read(&root).unwrap();
            assert_eq!((manifest.name.as_str(), manifest.language), ("cache-hits", language));
            for file in ["README.md", ".gitignore", ".github/workflows/ci.yml", "sdk/README.md", "sdk/wit/worlds.wit"] {
                assert!(root.join(file).is_file(), "{language}: {file}");
            }
            let left: Vec<_> = files(&root).into_iter().filter(|file| is_open(file)).collect();
            assert!(left.is_empty(), "{language}: {left:?}");
        }
    }

    /// Whether there is room for a name left.
    fn is_open(file: &Path) -> bool {
        let text = String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned();
        let path = file.to_string_lossy().into_owned();
        ["{{name", "{{Name"].iter().any(|open| path.contains(open) || text.contains(open))
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hits")).unwrap();
        fs::write(folder.path().join("hits/mine"), "").unwrap();
        let failed = new(&project(folder.path(), "hits", Language::Rust)).unwrap_err().to_string();
        assert!(failed.contains("is there already"), "{failed}");
        assert!(new(&project(folder.path(), "Hits", Language::Rust)).is_err());
        assert!(!folder.path().join("Hits").exists());
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert_eq!(new(&project(folder.path(), "empty", Language::Rust)), Ok(()));
        assert!(new(&project(folder.path(), "match", Language::Rust)).is_err());
    }

    #[test]
    fn names_are_written_as_languages_write_them() {
        assert_eq!(named("{{name}} {{name_snake}} {{Name}}", "cache-hits"), "cache-hits cache_hits CacheHits");
    }
}
