//! The built program.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::cargo;

/// The program `redwasp`, built as the tests are and beside them. What the tests depend on is the library: nobody has
/// built the program when they run.
///
/// # Panics
/// When it does not compile.
pub fn redwasp() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(build)
}

fn build() -> PathBuf {
    let folder = profile_folder();
    let (target_dir, profile) = match (folder.parent(), folder.file_name().and_then(|name| name.to_str())) {
        (Some(target_dir), Some(name)) => (target_dir, if name == "debug" { "dev" } else { name }),
        _ => panic!("{} is not a folder that cargo builds into", folder.display()),
    };
    let mut cargo = cargo::cargo();
    // With the features of the whole workspace, as the tests have them: with others wasmtime would be compiled again.
    cargo.args(["build", "--locked", "--quiet", "--workspace", "--bin", "redwasp", "--profile", profile]);
    cargo.arg("--target-dir").arg(target_dir);
    cargo::run(&mut cargo);
    folder.join("redwasp")
}

/// `target/debug`, or that of another profile. Tests are in its `deps`, programs in itself.
fn profile_folder() -> PathBuf {
    let program = env::current_exe().expect("a running program knows where it is");
    let folder = program.parent().expect("a program is in a folder");
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    folder.to_path_buf()
}
