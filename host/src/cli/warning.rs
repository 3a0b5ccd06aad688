//! What is odd on the command line or in the environment, and no reason to stop.

use super::go::Unread;

/// Something to log once logging has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Arguments after the flags.
    UnreadArguments {
        /// How many. What they are is not kept: one may be an address with a password in it.
        count: usize,
        /// The switch right before them, which they were perhaps meant for.
        after: Option<String>,
    },
    /// A variable whose value its flag cannot take.
    UnusableVariable {
        /// Its name.
        variable: String,
        /// What it should be.
        wanted: &'static str,
        /// What is taken instead.
        default: String,
    },
}

impl From<Unread> for Warning {
    fn from(unread: Unread) -> Warning {
        Warning::UnreadArguments { count: unread.count, after: unread.switch.map(|name| format!("--{name}")) }
    }
}

impl Warning {
    /// Writes it to the log.
    pub fn log(&self) {
        match self {
            Warning::UnreadArguments { count, after: None } => {
                tracing::warn!(count, "arguments were not read: flags end at the first word that is none");
            }
            Warning::UnreadArguments { count, after: Some(after) } => {
                tracing::warn!(
                    count,
                    after,
                    "arguments were not read: a switch takes its value after =, as in --debug=false"
                );
            }
            Warning::UnusableVariable { variable, wanted, default } => {
                tracing::warn!(
                    variable,
                    wanted,
                    default,
                    "a variable has another value than its flag takes: it is passed over"
                );
            }
        }
    }
}
