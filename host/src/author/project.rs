//! A plugin's project.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::language::Language;
use super::step::Failed;
use crate::plugin::World;

/// What a project says of itself.
const MANIFEST: &str = "plugin.toml";

/// A plugin's project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// The plugin's name.
    pub name: String,
    /// What it is written in.
    pub language: Language,
    /// What it may import and has to export; the default is what needs least.
    pub world: World,
    /// Where the language's SDK is.
    pub sdk: PathBuf,
}

/// The manifest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    language: Language,
    #[serde(default = "pure")]
    world: World,
    #[serde(default = "sdk")]
    sdk: PathBuf,
}

fn pure() -> World {
    World::Pure
}

fn sdk() -> PathBuf {
    PathBuf::from("sdk")
}

impl Project {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// There is none, or what is wrong with it.
    pub fn read(root: &Path) -> Result<Project, Failed> {
        let file = root.join(MANIFEST);
        let text = fs::read_to_string(&file).map_err(|error| {
            let failed = Failed::new(format!("{}: {error}", file.display()));
            failed.hint("name the folder of a plugin's project; `redwasp plugin new NAME --lang LANGUAGE` begins one")
        })?;
        let manifest: Manifest =
            toml::from_str(&text).map_err(|error| Failed::new(format!("{}: {error}", file.display())))?;
        let Manifest { name, language, world, sdk } = manifest;
        check_name(&name).map_err(|failed| Failed::new(format!("{}: {failed}", file.display())))?;
        Ok(Project { root: root.to_owned(), name, language, world, sdk })
    }

    /// The component that is built.
    pub fn component(&self) -> PathBuf {
        self.root.join(&self.name).with_extension("wasm")
    }

    /// A file or folder of it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Whether a plugin can have this name.
pub(super) fn check_name(name: &str) -> Result<(), Failed> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    match begins && name.len() <= 64 && name.split('-').all(is_word) {
        true => Ok(()),
        false => Err(Failed::new(format!("{name:?} cannot be the name of a plugin"))
            .hint("begin with a letter; lower case letters, digits and single dashes, at most 64")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_name_language_and_world() {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            fs::write(folder.path().join(MANIFEST), text).unwrap();
            Project::read(folder.path())
        };
        let project = read("name = \"hits\"\nlanguage = \"go\"\nworld = \"sweeping\"\n").unwrap();
        assert_eq!((project.language, project.world, project.sdk.clone()), (Language::Go, World::Sweeping, sdk()));
        assert_eq!(project.component(), folder.path().join("hits.wasm"));
        for wrong in
            ["name = \"hits\"\n", "name = \"Hits\"\nlanguage = \"c\"\n", "name = \"a\"\nlanguage = \"c\"\nx = 1\n"]
        {
            let failed = read(wrong).unwrap_err().to_string();
            assert!(failed.contains("plugin.toml"), "{failed}");
        }
    }

    #[test]
    fn names_are_those_that_a_file_of_the_folder_may_have() {
        for name in ["a", "active-users", "a1-2b"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "-a", "a-", "a--b", "A", "1a", "a_b", "a/b", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
