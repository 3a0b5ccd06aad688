//! A collector: a plugin with a name, a configuration, a schedule, grants and limits.

use std::time::Duration;

use super::digest::Digest;
use super::pattern::Pattern;
use super::place::Places;
use super::target::Target;

/// A collector as it shall run.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectorConfig {
    /// Label value, and the name in every message.
    pub name: String,
    /// Name of the plugin that runs.
    pub plugin: String,
    /// Whether it runs at all.
    pub enabled: bool,
    /// JSON.
    pub configuration: String,
    /// Parameters of `/scrape` that stand in the place of parts of the configuration: name, and the key of a list.
    pub parameters: Vec<(String, String)>,
    /// Where the parts of the configuration are written.
    pub places: Places,
    /// When it runs.
    pub schedule: Schedule,
    /// What it may ask of Redis.
    pub grants: Grants,
    /// Whether the settings that it reads have the passwords in them. Only ever so for a built-in.
    pub secrets: bool,
    /// How far each call may go.
    pub limits: Limits,
    /// The only component that may run under this name; none allows any.
    pub digest: Option<Digest>,
    /// Of which targets it measures something; none for all.
    pub targets: Option<Vec<Pattern>>,
}

impl CollectorConfig {
    /// A plugin under its own name, with nothing configured.
    pub fn of_plugin(name: &str) -> CollectorConfig {
        CollectorConfig {
            name: name.to_owned(),
            plugin: name.to_owned(),
            enabled: true,
            configuration: "{}".to_owned(),
            parameters: Vec::new(),
            places: Places::default(),
            schedule: Schedule::Scrape,
            grants: Grants::default(),
            secrets: false,
            limits: Limits::default(),
            digest: None,
            targets: None,
        }
    }

    /// Whether everything is the same, wherever it is written.
    pub fn is_same(&self, other: &CollectorConfig) -> bool {
        *self == CollectorConfig { places: self.places.clone(), ..other.clone() }
    }

    /// Whether it measures something of this target.
    pub fn is_for(&self, target: &Target) -> bool {
        let wanted = &target.about.collectors;
        wanted.as_ref().is_none_or(|names| names.contains(&self.name))
            && self.targets.as_ref().is_none_or(|patterns| Pattern::any(patterns, target))
    }
}

/// When a collector runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// On every scrape.
    Scrape,
    /// By itself, so often; scrapes are given what it found last.
    Every(Duration),
}

/// What an operator allows a collector. What it may do is what it asks for as far as it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// Statistics without keys, as the policy table marks them.
    pub statistics: bool,
    /// Commands by name: `HGET`, `XINFO STREAM`, or `XINFO` for all its reads.
    pub commands: Vec<String>,
    /// Patterns of keys, as in SCAN MATCH. Without one no key is read.
    pub keys: Vec<String>,
    /// Databases in which keys are read.
    pub databases: Databases,
    /// Texts of scripts that the server may be told to run, word for word. Only ever for a built-in, and only those that the
    /// operator named: no grant of the file is one.
    pub scripts: Vec<String>,
}

impl Default for Grants {
    fn default() -> Grants {
        Grants {
            statistics: true,
            commands: Vec::new(),
            keys: Vec::new(),
            databases: Databases::only([0]),
            scripts: Vec::new(),
        }
    }
}

/// Which databases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Databases {
    /// Every one that the server has.
    All,
    /// These.
    Only(Vec<u32>),
}

impl Databases {
    /// These and no others.
    pub fn only(databases: impl IntoIterator<Item = u32>) -> Databases {
        Databases::Only(databases.into_iter().collect())
    }

    /// Whether it is one of them.
    pub fn contains(&self, database: u32) -> bool {
        match self {
            Databases::All => true,
            Databases::Only(databases) => databases.contains(&database),
        }
    }

    /// Those that are listed.
    pub fn listed(&self) -> &[u32] {
        match self {
            Databases::All => &[],
            Databases::Only(databases) => databases,
        }
    }
}

/// How far one call of a collector may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// CPU time of the guest.
    pub cpu: Duration,
    /// Wall time, waiting for Redis included; the scrape's deadline may shorten it.
    pub wall: Duration,
    /// Bytes of all memories and tables together.
    pub memory: usize,
    /// Bytes that one value which comes from the guest may have, as the host holds it.
    pub returned: usize,
    /// Calls of `redis.pipeline` and `redis.nodes`.
    pub calls: u32,
    /// Commands in all pipelines together.
    pub commands: u32,
    /// Bytes of the replies to all pipelines of a call together, and as much again for what is read before it.
    pub reply_bytes: u64,
    /// How deep arrays may be nested in a reply.
    pub nesting: u32,
    /// Samples in a report, buckets and quantiles included.
    pub samples: usize,
    /// Families in a plan, late ones included.
    pub families: usize,
    /// Label names of a family.
    pub labels: usize,
    /// Bytes of a label value; what is longer is cut.
    pub label_value: usize,
    /// Bytes of log lines; what is more is dropped.
    pub log: usize,
    /// Bytes of the state that is kept between calls.
    pub state: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            cpu: Duration::from_millis(50),
            wall: Duration::from_secs(2),
            memory: 64 << 20,
            returned: 32 << 20,
            calls: 64,
            commands: 1024,
            reply_bytes: 16 << 20,
            nesting: 32,
            samples: 10_000,
            families: 500,
            labels: 32,
            label_value: 1 << 10,
            log: 16 << 10,
            state: 64 << 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::super::place::Place;
    use super::*;

    #[test]
    fn a_collector_that_only_moved_in_its_file_is_the_same() {
        let at = |line| {
            let place = Place { file: Arc::new(PathBuf::from("f")), line, column: 1 };
            CollectorConfig {
                places: [(String::new(), place)].into_iter().collect(),
                ..CollectorConfig::of_plugin("a")
            }
        };
        assert!(at(1).is_same(&at(2)));
        assert!(!at(1).is_same(&CollectorConfig { enabled: false, ..at(1) }));
    }
}
