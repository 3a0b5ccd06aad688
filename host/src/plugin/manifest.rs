//! `plugin.toml`: how the daemon runs a built-in when nothing else is configured.

use serde::Deserialize;

/// A built-in's manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Plugin name = folder name = default collector name.
    pub name: String,
    /// When it runs.
    pub schedule: Schedule,
    /// What it may ask of Redis.
    pub grants: Grants,
    /// Command line flags that feed its configuration.
    #[serde(default)]
    pub flags: Vec<Flag>,
}

/// When a collector runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// On every scrape.
    Scrape,
}

/// What a plugin may ask of Redis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    /// Names of commands, upper case.
    pub commands: Vec<String>,
}

/// A flag with two values.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// Long name.
    pub name: String,
    /// Environment variable.
    pub env: String,
    /// One line for the usage.
    pub help: String,
    /// Value when neither flag nor variable is given.
    pub default: bool,
    /// JSON Pointer of the key that it sets, one level deep.
    pub sets: String,
}
