//! What a collector may ask of Redis: what it asks for as far as the operator allows it.

use super::bindings::contract::Ask;
use crate::config::Grants;
use crate::servers::{Command, policy};

/// What a collector may do.
#[derive(Debug)]
pub(super) struct Permit {
    allowed: Grants,
}

/// A command that may be sent.
#[derive(Debug)]
pub(super) struct Granted {
    /// Whether it reads keys, so that the database matters.
    pub(super) reads_keys: bool,
}

/// A command that may not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Denied(String);

impl Denied {
    /// stub
    pub(super) fn is_final(&self) -> bool {
        self.0.contains("not for any grant")
    }
}

impl Permit {
    /// Nothing at all.
    pub(super) fn nothing() -> Permit {
        Permit::new(Vec::new(), Grants { statistics: false, ..Grants::default() })
    }

    /// stub
    pub(super) fn new(_asks: Vec<Ask>, allowed: Grants) -> Permit {
        Permit { allowed }
    }

    /// stub
    pub(super) fn prefetch(&self, command: &Command, _database: u32) -> Result<Granted, Denied> {
        let name = policy::name_of(command)
            .ok_or_else(|| Denied(format!("{command} is no read that redwasp sends: not for any grant")))?;
        let is_granted = |granted: &String| {
            let granted = granted.to_ascii_uppercase();
            name == granted || name.split_once(' ').is_some_and(|(command, _)| command == granted)
        };
        match self.allowed.commands.iter().any(is_granted) {
            true => Ok(Granted { reads_keys: false }),
            false => Err(Denied(format!("{name} is not granted"))),
        }
    }

    /// stub
    pub(super) fn pipeline(&self, command: &Command, database: u32) -> Result<Granted, Denied> {
        self.prefetch(command, database)
    }
}
