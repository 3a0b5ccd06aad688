//! The Redis and Valkey servers that are read: target → pool → connection → replies.
//!
//! A connection is checked out for one pipeline and belongs to it until the last reply is read or it is closed. It is
//! never shared while in use, so a reply that is cut off, too long or too late costs one connection and no neighbour.
//! All connections together have a bound, and a target that is down is left alone for a while.

mod connection;
mod error;
mod facts;
mod glob;
mod handshake;
mod meter;
pub mod policy;
mod pool;
mod reach;
mod redact;
mod reply;
mod route;
mod slot;
mod tls;
mod topology;
mod walk;

pub use error::{Cause, Error};
pub use facts::{Facts, Keys, ServerKind, databases_with_keys};
pub use glob::{Glob, Steps};
pub use pool::{Exchange, Gone, Lease, Pools};
pub use reply::{Answer, Reply, ServerError};
pub use tls::check as check_tls;
pub use topology::{Member, Role, Topologies, shards};
pub use walk::{Allowance, Filter, Walk};

use std::time::Duration;

use crate::config::ConnectionsConfig;

/// Settings of all pools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Connections at most, of all targets together, idle ones included.
    pub connections: usize,
    /// Connections to one target at most.
    pub per_target: usize,
    /// How long a connection is kept that nobody uses.
    pub idle_timeout: Duration,
    /// How long a connection may wait without a word from the server until it is sent a PING.
    pub keep_alive: Duration,
    /// How long the answer to that may take.
    pub ping_timeout: Duration,
    /// When a target that cannot be connected to is left alone.
    pub backoff: Backoff,
    /// How long one attempt to connect and log in may take, and waiting for the replies of one pipeline.
    pub connect_timeout: Duration,
    /// What CLIENT LIST shows; none leaves it empty.
    pub client_name: Option<String>,
    /// What the servers call CONFIG; none, and it is never sent.
    pub config_command: Option<String>,
    /// Bytes that the replies of one pipeline may have.
    pub reply_limit: u64,
    /// Pools of targets that only a request named: at most so many are kept.
    pub guest_pools: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        let ConnectionsConfig { max, per_target, idle_timeout } = ConnectionsConfig::default();
        Settings {
            connections: max,
            per_target,
            idle_timeout,
            // Twice the usual interval of scrapes, which therefore need none, and less than what firewalls forget after.
            keep_alive: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(2),
            backoff: Backoff::default(),
            connect_timeout: Duration::from_secs(15),
            client_name: Some("redwasp".to_owned()),
            config_command: Some("CONFIG".to_owned()),
            reply_limit: 16 << 20,
            guest_pools: 256,
        }
    }
}

/// When a target that cannot be connected to is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Failures in a row that lead there.
    pub after: u32,
    /// How long the first time. Each failure after it doubles the time.
    pub first: Duration,
    /// How long at most. Each pause is up to a fifth shorter or longer than these times say.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { after: 3, first: Duration::from_millis(500), longest: Duration::from_secs(5) }
    }
}

/// Name and arguments of a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    /// The first is the command's name. Binary safe.
    pub args: Vec<Vec<u8>>,
    /// Whether its reply has the passwords among the settings that it tells. The same command with and without them is
    /// sent twice: whoever shall not see them never shares a reply that has them.
    pub secrets: bool,
}

impl Command {
    /// A command from words.
    pub fn new<const N: usize>(words: [&str; N]) -> Command {
        Command::of(words.into_iter().map(|word| word.as_bytes().to_vec()).collect())
    }

    /// A command of which no secrets are told.
    pub fn of(args: Vec<Vec<u8>>) -> Command {
        Command { args, secrets: false }
    }

    /// The same, told with its secrets if it reads settings.
    pub fn with_secrets(self) -> Command {
        Command { secrets: self.is_config(), ..self }
    }

    /// INFO ALL: what the facts of a server come from.
    fn is_info_all(&self) -> bool {
        let is = |arg: &Vec<u8>, word: &[u8]| arg.eq_ignore_ascii_case(word);
        matches!(&*self.args, [name, section] if is(name, b"INFO") && is(section, b"ALL"))
    }

    /// CONFIG, which some servers call otherwise.
    fn is_config(&self) -> bool {
        self.args.first().is_some_and(|name| name.eq_ignore_ascii_case(b"CONFIG"))
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, arg) in self.args.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { " " }, arg.escape_ascii())?;
        }
        Ok(())
    }
}
