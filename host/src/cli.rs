//! The command line, the environment and the configuration file, as they are written, to checked settings.
//!
//! A flag wins over its environment variable, the variable over the file, the file over the default. Flags are read by
//! Go's rules, for scripts that were written for redis_exporter. Besides the daemon's own flags there are those of the
//! built-in collectors: their manifests declare them.

mod action;
mod bounds;
mod check;
mod collectors;
mod flag;
mod flags;
mod go;
mod later;
mod line;
mod own;
mod plugins;
mod settings;
mod targets;
mod usage;
mod values;
mod warning;

use std::path::PathBuf;

use tracing::Level;

use crate::config::Config;
use crate::config::file::Version;
use crate::logging::Format;
use crate::plugin::Manifest;

pub use action::Action;
pub use line::Line;
pub use plugins::{Measure, PluginAction};
pub use warning::Warning;

/// How the program shall run.
#[derive(Debug)]
pub struct Settings {
    /// How log lines look.
    pub log_format: Format,
    /// Which log lines there are.
    pub log_level: Level,
    /// What to log first.
    pub warnings: Vec<Warning>,
    /// The file that was read; none was named.
    pub config_file: Option<PathBuf>,
    /// Which version of it.
    pub config_version: Option<Version>,
    /// The daemon's settings.
    pub config: Config,
}

/// Why there are no settings.
#[derive(Debug)]
pub enum Stop {
    /// Usage was asked for, or a flag is wrong: clap's text and exit code.
    Usage(clap::Error),
    /// The version was asked for: a line for stdout.
    Version(String),
    /// Values are wrong: a line for each.
    Invalid(String),
}

/// Reads arguments (without the program's name), environment and file, once.
///
/// # Errors
/// What is wrong, or that only a text was asked for.
pub fn parse(
    args: impl IntoIterator<Item = String>,
    environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    built_ins: &[Manifest],
) -> Result<Settings, Stop> {
    Line::read(args, environment, built_ins.to_vec())?.settings()
}

#[cfg(test)]
mod tests;
