//! Building what a test run does not build by itself.

use std::env;
use std::process::Command;

use crate::tools;

/// The cargo that runs the tests, in the repository's folder.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(tools::repository());
    // What a test is told of its own package would be told to others' build scripts. Those that ask for it, as ring's
    // does, would have to run again, and with them all that is built on them.
    let is_of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_package)) {
        cargo.env_remove(name);
    }
    cargo
}

/// Runs it to its end.
///
/// # Panics
/// When it fails; with what it said.
pub(crate) fn run(cargo: &mut Command) {
    let output = cargo.output().unwrap_or_else(|error| panic!("cannot start cargo: {error}"));
    assert!(output.status.success(), "{cargo:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}
