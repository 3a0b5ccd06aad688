//! What is odd on the command line or in the environment, and no reason to stop.

use std::fmt;

use super::go::Unread;

/// Something to log once logging has started, or to print where nothing is logged.
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
    /// Entries of a file of passwords that are for no address.
    UnusablePasswords {
        /// The flag or the variable that names the file, or the key of the configuration file with its place.
        setting: String,
        /// How many.
        count: usize,
    },
    /// A text that is none of those that its flag knows.
    UnknownText {
        /// The flag or the variable, or the key of the file with its place.
        setting: String,
        /// What it should be.
        wanted: &'static str,
        /// What is taken instead.
        default: &'static str,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::UnreadArguments { count, after: None } => {
                write!(f, "{count} arguments were not read: flags end at the first word that is none")
            }
            Warning::UnreadArguments { count, after: Some(after) } => {
                write!(f, "{count} arguments were not read: {after} takes its value after =, as in --debug=false")
            }
            Warning::UnusableVariable { variable, wanted, default } => {
                write!(f, "{variable} wants {wanted}: it is passed over for {default:?}")
            }
            Warning::UnusablePasswords { setting, count } => {
                write!(f, "{setting}: {count} entries are for no address: their keys are not like redis://host:port")
            }
            Warning::UnknownText { setting, wanted, default } => {
                write!(f, "{setting} wants {wanted}: it is passed over for {default}")
            }
        }
    }
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
            Warning::UnusablePasswords { setting, count } => {
                tracing::warn!(
                    setting,
                    count,
                    "entries of a password file are for no address: their keys are not like redis://host:port"
                );
            }
            Warning::UnknownText { setting, wanted, default } => {
                tracing::warn!(setting, wanted, default, "a setting has a text that is not known: it is passed over");
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
