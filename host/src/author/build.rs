//! From a project to a component, with the toolchain of its language; and its tests.

mod c;
mod go;
mod javascript;
mod python;
mod rust;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::language::Language;
use super::project::Project;
use super::step::{Failed, step};

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
    let (file, new) = (project.component(), project.path(&format!(".{}.new", project.name)));
    // Whole or not at all: somebody may be watching the folder.
    let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, &file));
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

/// A folder for what steps hand to each other, which is gone when it is dropped.
fn scratch() -> Result<Scratch, Failed> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    let folder = std::env::temp_dir().join(format!("redwasp-build-{}-{number}", std::process::id()));
    // It must not be there: nobody else shall have made it.
    fs::create_dir(&folder).map_err(|error| Failed::new(format!("{}: {error}", folder.display())))?;
    Ok(Scratch(folder))
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over is in the system's folder for that.
        let _ = fs::remove_dir_all(&self.0);
    }
}
