//! Projects of plugins in all languages, built as their authors build them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::{env, fs};

use crate::daemon::{Finished, redwasp};
use crate::{lock, tools};

/// The languages that there is an SDK for.
pub const LANGUAGES: [&str; 5] = ["rust", "javascript", "python", "go", "c"];

/// What an author's command finds: redwasp, and the toolchains that `tests/tools.sh` brought. What cargo says to tests is not
/// for the cargo of an author.
pub fn environment(command: &mut Command) {
    let tools = tools::repository().join("target/tools/bin");
    let own = redwasp().parent().expect("the program is in a folder").to_owned();
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [own, tools].into_iter().chain(env::split_paths(&path));
    command.env("PATH", env::join_paths(folders).expect("folders can be joined"));
    for (name, _) in env::vars() {
        let is_of_test = ["CARGO_", "RUSTC", "RUSTFLAGS", "REDIS_", "REDWASP_"].iter().any(|of| name.starts_with(of));
        if is_of_test && name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    command.env_remove("LD_LIBRARY_PATH");
    // What one run has compiled the next need not compile again.
    command.env("CARGO_TARGET_DIR", tools::repository().join("target/authors"));
}

/// Runs a program in a folder, as an author would.
///
/// # Panics
/// When it cannot be started.
pub fn run(folder: &Path, program: &str, args: &[&str]) -> Finished {
    let mut command = Command::new(if program == "redwasp" { redwasp() } else { Path::new(program) });
    environment(&mut command);
    let output = command.current_dir(folder).args(args).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot start {program}: {error}"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Finished { code: output.status.code().unwrap_or(-1), stdout, stderr }
}

/// The component of a project of the repository (`examples/plugins/orders/go`), built once.
///
/// # Panics
/// When it cannot be built.
pub fn component(project: &str) -> PathBuf {
    type Built = Arc<OnceLock<PathBuf>>;
    static COMPONENTS: OnceLock<Mutex<HashMap<String, Built>>> = OnceLock::new();
    let built: Built = lock(COMPONENTS.get_or_init(Mutex::default)).entry(project.to_owned()).or_default().clone();
    built.get_or_init(|| build(&tools::repository().join(project))).clone()
}

fn build(project: &Path) -> PathBuf {
    prepare(project);
    let finished = run(project, "redwasp", &["plugin", "build"]);
    assert_eq!(finished.code, 0, "{}: {}", project.display(), finished.stderr);
    let manifest = fs::read_to_string(project.join("plugin.toml")).expect("a project has a manifest");
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).expect("a manifest has a name");
    project.join(name.trim_matches('"')).with_extension("wasm")
}

/// Brings the dependencies that a project names in its lock file, unless they are there.
///
/// # Panics
/// When they cannot be had.
pub fn prepare(project: &Path) {
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    let Ok(wanted) = fs::read(project.join("package-lock.json")) else { return };
    let _turn = lock(&ONE_BY_ONE);
    let stamp = project.join("node_modules/.as-in-the-lock-file");
    if fs::read(&stamp).is_ok_and(|brought| brought == wanted) {
        return;
    }
    let finished = run(project, "npm", &["ci", "--no-audit", "--no-fund"]);
    assert_eq!(finished.code, 0, "{}: {}", project.display(), finished.stderr);
    fs::write(&stamp, wanted).expect("what was brought can be noted");
}
