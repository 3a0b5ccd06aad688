//! Building what a test run does not build by itself.

use std::env;
use std::process::Command;

use crate::tools;

/// The cargo that runs the tests, in the repository's folder.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(tools::repository());
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
