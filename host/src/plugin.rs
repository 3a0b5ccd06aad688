//! Plugins: component → compiled → planned → called.
//!
//! Every call gets a fresh instance, runs on the guests' own threads and is bounded in CPU, time and memory. What it
//! returns is checked before anyone believes it.

mod bindings;
mod budget;
mod call;
mod collector;
mod convert;
mod embedded;
mod engine;
mod failure;
mod imports;
mod last_words;
mod limits;
mod linked;
mod load;
mod manifest;
mod plan;
mod ticker;
mod words;

pub use bindings::contract;
pub use call::Usage;
pub use collector::{Collector, Request};
pub use convert::Report;
pub use embedded::{BadManifest, Embedded, embedded};
pub use engine::{NoSandbox, Sandbox, Threads};
pub use failure::{Cause, Failure, Step};
pub use linked::Linked;
pub use load::{LoadError, Plugin};
pub use manifest::{DefaultValue, Flag, Granted, Manifest};
pub use plan::{Plan, Refused};
