//! Harness of the tests that run against real programs.
//!
//! Everything that is started listens on 127.0.0.1, keeps its files in a folder of its own and ends when its value is
//! dropped. What does not come to pass in time panics with what was waited for.
//!
//! - [`server`]: a real Redis or Valkey. [`cluster`]: several that share slots. [`sentinel`]: real sentinels, and what
//!   they watch. [`nutcracker`]: a proxy in front of servers. [`tls`]: certificates. [`fill`]: data and statistics for
//!   a server. [`resp`]: a client. [`proxy`]: what was said to a server. [`fake`]: servers that misbehave.
//! - [`replay`]: a server that says what it is given to say. [`captures`]: texts for it, and what redis_exporter makes
//!   of them.
//! - [`canary`]: secrets that nobody may give away.
//! - [`daemon`]: the program `redwasp`, as a process; [`inside`]: as a library. [`guests`]: plugins that misbehave.
//!   [`told`]: one that does as it is told.
//! - [`pooled`]: connections as a library, with times that no flag sets.
//! - [`plugins`]: a plugin folder, and what a daemon says of it.
//! - [`wat_guests`]: more of them, written as text. [`alone`]: a collector without HTTP and Redis.
//! - [`authors`]: projects of plugins in all languages. [`tutorial`]: the commands of a page of the documentation.
//! - [`http`], [`page`]: an answer of the program, and what is on it. [`prometheus`]: what a real Prometheus makes of it.
//! - [`parity`]: whether two pages say the same. [`exporter`]: the redis_exporter that is here.
//! - [`tools`]: where the real programs are. [`ports`], [`process`], [`wait`]: what all of the above stand on.

mod acceptor;
pub mod alone;
pub mod authors;
pub mod canary;
pub mod captures;
mod cargo;
pub mod cluster;
pub mod daemon;
pub mod exporter;
pub mod fake;
pub mod fill;
pub mod guests;
pub mod http;
pub mod inside;
pub mod nutcracker;
pub mod page;
pub mod parity;
pub mod plugins;
pub mod pooled;
pub mod ports;
pub mod process;
pub mod prometheus;
pub mod proxy;
mod relay;
pub mod replay;
pub mod resp;
pub mod sentinel;
pub mod server;
pub mod tls;
pub mod told;
pub mod tools;
pub mod tutorial;
pub mod wait;
pub mod wat_guests;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A test that panics while it holds a lock shall not make others fail with a message about the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
