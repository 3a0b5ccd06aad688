//! What the program does besides serving: `acl`, `check-config`, and `plugin` with its words.
//!
//! Each says what the daemon would say, by the daemon's own means.

mod acl;
mod ask;
mod bench;
mod check_config;
mod check_plugin;
mod list;
mod once;
mod project;
mod record;
mod run_plugin;
mod sample;
mod table;
mod watch;

use std::future::Future;
use std::path::Path;

use anyhow::Context;

use crate::author::Failed;
use crate::plugin::{Problem, Stage};

pub use acl::{acl, kind_named};
pub use bench::{bench_plugins, bench_plugins_against};
pub use check_config::check_config;
pub use check_plugin::check_plugin;
pub use list::list_plugins;
pub use project::{build_plugin, new_plugin, test_plugin};
pub use record::{record_plugin, replay_plugin};
pub use run_plugin::run_plugin;
pub use watch::watch_plugin;

/// What a command has to say.
#[derive(Debug, Default)]
pub struct Said {
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub err: String,
    /// Whether all is well.
    pub is_good: bool,
}

impl Said {
    /// Only a problem with a file.
    fn problem(file: &Path, problem: &Problem) -> Said {
        let hint = problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
        let err = format!("{}: {}: {}{hint}", file.display(), problem.stage, problem.reason);
        Said { out: String::new(), err, is_good: false }
    }

    /// With more for people behind the rest.
    fn followed_by(self, more: Option<String>) -> Said {
        let lines = Some(self.err).filter(|err| !err.is_empty()).into_iter().chain(more);
        Said { err: lines.collect::<Vec<_>>().join("\n"), ..self }
    }

    /// Only why something could not be done.
    fn failed(failed: &Failed) -> Said {
        Said { out: String::new(), err: failed.to_string(), is_good: false }
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%~".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Runs to the end what a command does.
fn to_the_end<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    Ok(runtime.context("cannot start threads")?.block_on(work))
}

/// The name that a plugin has because of its file.
fn plugin_name(file: &Path) -> Result<String, Problem> {
    let is_wasm = file.extension().is_some_and(|extension| extension == "wasm");
    match file.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_wasm) {
        Some(name) => Ok(name.to_owned()),
        None => Err(Problem::new(Stage::Find, "a plugin's file is called NAME.wasm").hint("rename it")),
    }
}
