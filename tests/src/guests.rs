//! Plugins that misbehave, built from `tests/guests`, and those of `examples/plugins`.

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
    folder().join(name).with_extension("wasm")
}

/// A folder with the components of all guests, each under its own name.
///
/// # Panics
/// When the guests do not compile.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| named(&compile()))
}

/// Cargo writes underscores for dashes; a plugin's file has the plugin's name.
fn named(built: &Path) -> PathBuf {
    let folder = tools::repository().join("target/guests/named");
    fs::create_dir_all(&folder).expect("the folder of guests can be made");
    for name in names() {
        let file = built.join(name.replace('-', "_")).with_extension("wasm");
        // By rename, because other tests read the folder at the same time.
        let new = folder.join(format!("{name}.{}", std::process::id()));
        fs::copy(&file, &new).unwrap_or_else(|error| panic!("cannot copy {}: {error}", file.display()));
        fs::rename(&new, folder.join(&name).with_extension("wasm")).expect("a guest can be renamed");
    }
    folder
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

/// The component of a plugin of `examples/plugins`, built as its README tells: it is no part of the workspace.
///
/// # Panics
/// When it does not compile or there is none of this name.
pub fn outside(name: &str) -> Vec<u8> {
    let package = tools::repository().join("examples/plugins").join(name);
    let built = build(&["--release", "--manifest-path", &package.join("Cargo.toml").to_string_lossy()], "outside");
    let path = built.join("release").join(name.replace('-', "_")).with_extension("wasm");
    fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

fn compile() -> PathBuf {
    build(&["--profile", "plugin", "--package", "redwasp-guests", "--examples"], "guests").join("plugin/examples")
}

/// Into a target folder of its own: nobody else builds there, so nobody waits for its lock. The folder of the target.
fn build(what: &[&str], folder: &str) -> PathBuf {
    let target_dir = tools::repository().join("target").join(folder);
    let mut cargo = cargo::cargo();
    cargo.args(["build", "--locked", "--quiet", "--target", TARGET, "--target-dir"]).arg(&target_dir).args(what);
    // What is meant for this machine's compiler must not reach another target's.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let of_outer = ["RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"];
        if of_outer.contains(&&*name) || name.ends_with("_WRAPPER") || name.starts_with("CARGO_PROFILE_") {
            cargo.env_remove(&*name);
        }
    }
    cargo::run(&mut cargo);
    target_dir.join(TARGET)
}
