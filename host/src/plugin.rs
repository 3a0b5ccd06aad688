//! Plugins: component → compiled → planned → called.
//!
//! Every call gets a fresh instance, but for those of built-ins, runs on the guests' own threads and is bounded in CPU, time and memory. What it
//! returns is checked before anyone believes it.

mod access;
mod bindings;
mod budget;
mod call;
mod capabilities;
mod collecting;
mod collector;
mod compile;
mod convert;
mod embedded;
mod engine;
mod failure;
mod folder;
mod grants;
mod imports;
mod inspect;
mod journal;
mod last_words;
mod ledger;
mod lent;
mod limits;
mod linked;
mod load;
mod manifest;
mod measure;
mod needs;
mod plan;
mod player;
mod problem;
mod recording;
mod replay;
pub mod schema;
mod still;
mod sweeping;
mod tape;
mod ticker;
#[cfg(test)]
mod unprivileged;
#[cfg(test)]
mod vectors;
mod warm;
mod watch;
mod words;

pub use access::{Access, Asked};
pub use bindings::contract;
pub use bindings::contract::CallError;
pub use call::Usage;
pub use collecting::Request;
pub use collector::Collector;
pub use compile::{CHILD_COMMAND, Compiled, Compiler, Counts, How, child_main};
pub use convert::{Report, no_reply, reply as told};
pub use embedded::{BadManifest, Embedded, embedded};
pub use engine::{NoSandbox, Sandbox, Threads};
pub use failure::{Cause, Failure, Step};
pub use folder::{Entry, FRESH, Folder, Stamp};
pub use grants::{Denied, Lines, Permit, grantable};
pub use inspect::{Inspection, World, inspect};
pub use journal::{Level, Line};
pub use ledger::{Ending, Ledger, State};
pub use linked::Linked;
pub use load::{Loader, Plugin};
pub use manifest::{DefaultValue, Flag, Granted, Manifest};
pub use measure::{Measured, NotMeasured, measure};
pub use needs::Need;
pub use plan::{KeyRead, Plan, Refused, Sweep, Wanted};
pub use problem::{Problem, Stage};
pub use recording::{NoRecording, Recording};
pub use replay::{NotReplayed, Replayed, patient, replay};
pub use sweeping::{About, Sweeping, Swept};
pub use tape::Tape;
pub use watch::{Changes, watch};
