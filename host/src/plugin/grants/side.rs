//! What one side says: one ask of a plugin, or the operator.

use crate::config::Databases;
use crate::servers::{Glob, Steps};

/// Commands, keys and databases that belong together.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// Upper case, with single spaces.
    pub(super) commands: Vec<String>,
    /// As they are written, and as they are compared.
    pub(super) keys: Vec<(String, Glob)>,
    pub(super) databases: Databases,
}

/// Whether one of these names, upper case, grants a command: XINFO grants all reads under XINFO.
pub(super) fn names(granted: &[String], name: &str) -> bool {
    let container = name.split_once(' ').map(|(container, _)| container);
    granted.iter().any(|granted| granted == name || container == Some(granted))
}

impl Side {
    /// Patterns that are too long match nothing and are a problem at `place`.
    pub(super) fn new(
        commands: &[String],
        keys: &[String],
        databases: Databases,
        place: &str,
        problems: &mut Vec<String>,
    ) -> Side {
        let upper = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
        let mut patterns = Vec::with_capacity(keys.len());
        for key in keys {
            match Glob::new(key.as_bytes()) {
                Some(glob) => patterns.push((key.clone(), glob)),
                None => {
                    problems.push(format!("{place}: a pattern of {} bytes matches nothing: 1024 are taken", key.len()))
                }
            }
        }
        Side { commands: commands.iter().map(upper).collect(), keys: patterns, databases }
    }

    pub(super) fn names(&self, name: &str) -> bool {
        names(&self.commands, name)
    }

    /// Whether a key is among its keys.
    pub(super) fn matches(&self, key: &[u8], steps: &Steps) -> bool {
        self.pattern_of(key, steps).is_some()
    }

    /// The pattern that a key fits.
    pub(super) fn pattern_of(&self, key: &[u8], steps: &Steps) -> Option<&str> {
        self.keys.iter().find(|(_, glob)| glob.matches(key, steps)).map(|(pattern, _)| pattern.as_str())
    }

    /// Whether a pattern is inside of one of its own.
    pub(super) fn contains(&self, inner: &Glob, steps: &Steps) -> bool {
        self.pattern_over(inner, steps).is_some()
    }

    /// The pattern that another is inside of.
    pub(super) fn pattern_over(&self, inner: &Glob, steps: &Steps) -> Option<&str> {
        self.keys.iter().find(|(_, glob)| glob.contains(inner, steps)).map(|(pattern, _)| pattern.as_str())
    }
}
