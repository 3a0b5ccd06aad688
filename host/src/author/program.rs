//! Looking for the programs of a toolchain.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::step::Failed;

/// A program that a toolchain is made of.
pub(super) struct Program {
    /// What it is called; the first of these that is there is taken.
    pub(super) names: &'static [&'static str],
    /// Folders of the project where it may be, before those of PATH.
    pub(super) folders: &'static [&'static str],
    /// What it is, for people.
    pub(super) what: &'static str,
    /// The line that gets it.
    pub(super) get: &'static str,
}

impl Program {
    /// Where it is.
    ///
    /// # Errors
    /// It is not there; the text says how to get it.
    pub(super) fn find(&self, root: &Path) -> Result<PathBuf, Failed> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> =
            self.folders.iter().map(|folder| root.join(folder)).chain(env::split_paths(&path)).collect();
        let files = self.names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let found = files.into_iter().find(|file| is_program(file)).map(absolute);
        found.ok_or_else(|| {
            Failed::new(format!("{} is missing: there is no {}", self.what, self.names.join(" or ")))
                .hint(format!("get it with: {}", self.get))
        })
    }
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// A step runs in the project's folder, not in the one where redwasp was started.
fn absolute(file: PathBuf) -> PathBuf {
    std::path::absolute(&file).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_the_line_that_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let program = Program {
            names: &["no-such-program-1", "no-such-program-2"],
            folders: &["bin"],
            what: "The compiler",
            get: "apt-get install compiler",
        };
        let failed = program.find(folder.path()).unwrap_err().to_string();
        let expected = "The compiler is missing: there is no no-such-program-1 or no-such-program-2\n\
                        hint: get it with: apt-get install compiler";
        assert_eq!(failed, expected);
        fs::create_dir(folder.path().join("bin")).unwrap();
        let file = folder.path().join("bin/no-such-program-2");
        fs::write(&file, "").unwrap();
        assert!(program.find(folder.path()).is_err(), "nobody may run it");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(program.find(folder.path()), Ok(file));
    }
}
