//! From a project to a component, with the toolchain of its language; and its tests.

mod c;
mod go;
mod javascript;
mod python;
mod rust;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::language::Language;
use super::project::Project;
use super::step::{Failed, step};

/// Folders of this name that may be left over.
const LEFT_OVER: u32 = 1000;

/// Makes the component of a project, and says where it is. Each step is told on stderr.
///
/// # Errors
/// What of the toolchain is missing, with the line that gets it; or what it says is wrong.
pub fn build(project: &Project) -> Result<PathBuf, Failed> {
    let bytes = match project.language {
        Language::Rust => rust::build(project),
        Language::JavaScript => javascript::build(project),
        Language::Python => python::build(project),
        Language::Go => go::build(project),
        Language::C => c::build(project),
    }?;
    let (file, new) = (project.component(), project.path(&format!(".{}.{}.new", project.name, std::process::id())));
    // Whole or not at all: somebody may be watching the folder.
    let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, &file));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map_err(|error| Failed::new(format!("{}: {error}", file.display())))?;
    Ok(file)
}

/// Runs the tests of a project; what they say goes to stderr.
///
/// # Errors
/// What of the toolchain is missing, or that they failed.
pub fn test(project: &Project) -> Result<(), Failed> {
    match project.language {
        Language::Rust => rust::test(project),
        Language::JavaScript => javascript::test(project),
        Language::Python => python::test(project),
        Language::Go => go::test(project),
        Language::C => c::test(project),
    }
}

/// Reads what a step has written.
fn read(file: &std::path::Path) -> Result<Vec<u8>, Failed> {
    fs::read(file).map_err(|error| Failed::new(format!("{}: {error}", file.display())))
}

/// A folder for what steps hand to each other, which is gone when it is dropped. One that somebody was interrupted in may be
/// there still.
fn scratch() -> Result<Scratch, Failed> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Relaxed);
        let folder = std::env::temp_dir().join(format!("redwasp-build-{}-{number}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(Scratch(folder)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < LEFT_OVER => {}
            Err(error) => return Err(Failed::new(format!("{}: {error}", folder.display()))),
        }
    }
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over is in the system's folder for that.
        let _ = fs::remove_dir_all(&self.0);
    }
}
