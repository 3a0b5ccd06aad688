//! Plugins that misbehave, built from `tests/guests`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs};

use crate::{cargo, tools};

const TARGET: &str = "wasm32-wasip2";

/// The component of a guest. `name` is that of its file in `tests/guests/examples`, with dashes.
///
/// # Panics
/// When it does not compile or there is none of this name.
pub fn guest(name: &str) -> Vec<u8> {
    let path = guest_file(name);
    fs::read(&path).unwrap_or_else(|error| panic!("no guest {name}: cannot read {}: {error}", path.display()))
}

/// Where the component of a guest is. `name` as in [`guest`].
///
/// # Panics
/// When the guests do not compile.
pub fn guest_file(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(compile).join(name.replace('-', "_")).with_extension("wasm")
}

/// The names of all guests, in order.
///
/// # Panics
/// When their sources cannot be read.
pub fn names() -> Vec<String> {
    let sources = package().join("examples");
    let entries = fs::read_dir(&sources).unwrap_or_else(|error| panic!("cannot read {}: {error}", sources.display()));
    let files = entries.map(|entry| entry.expect("the folder of the guests can be listed").file_name());
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.to_str()?.strip_suffix(".rs")?.to_owned())).collect();
    names.sort();
    names
}

/// The folder of the guests' package.
pub fn package() -> PathBuf {
    tools::repository().join("tests/guests")
}

/// Into a target folder of its own: nobody else builds there, so nobody waits for its lock.
fn compile() -> PathBuf {
    let target_dir = tools::repository().join("target/guests");
    let mut cargo = cargo::cargo();
    cargo.args(["build", "--locked", "--quiet", "--profile", "plugin", "--target", TARGET]);
    cargo.args(["--package", "redwasp-guests", "--examples", "--target-dir"]).arg(&target_dir);
    // What is meant for this machine's compiler must not reach another target's.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let of_outer = ["RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"];
        if of_outer.contains(&&*name) || name.ends_with("_WRAPPER") || name.starts_with("CARGO_PROFILE_") {
            cargo.env_remove(&*name);
        }
    }
    cargo::run(&mut cargo);
    target_dir.join(Path::new(TARGET)).join("plugin/examples")
}
