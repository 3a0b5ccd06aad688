//! Write a redwasp collector in Rust.
//!
//! A collector is a function of replies: [`Collector::configure`] says once which commands it needs and which metric
//! families it fills, the host asks Redis (one round trip for all collectors together), and [`Collector::collect`]
//! turns the replies into samples. It runs in a fresh WebAssembly instance for every call, so it keeps nothing between
//! calls but what `configure` prepared: the collector value itself, which travels as bytes.
//!
//! ```
//! use redwasp_sdk::{Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request, Server};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Config {
//!     channel: String,
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! struct Subscribers {
//!     channel: String,
//!     subscribers: Family<1>,
//!     numsub: Prefetched,
//! }
//!
//! impl Collector for Subscribers {
//!     type Config = Config;
//!     const DESCRIPTION: Description = Description {
//!         name: "subscribers",
//!         version: "1.0.0",
//!         summary: "How many clients listen to a channel.",
//!         config_schema: r#"{"type":"object","properties":{"channel":{"type":"string"}},"required":["channel"]}"#,
//!     };
//!
//!     fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
//!         Ok(Subscribers {
//!             subscribers: plan.gauge("channel_subscribers", "Clients subscribed to the channel.", ["channel"]),
//!             numsub: plan.prefetch(Command::new("PUBSUB").arg("NUMSUB").arg(&config.channel)),
//!             channel: config.channel,
//!         })
//!     }
//!
//!     fn collect(&self, request: &Request, report: &mut Report) -> Result<(), Failure> {
//!         let reply = request.reply(self.numsub)?;
//!         if let Some(count) = reply.get(&self.channel) {
//!             report.set(self.subscribers, [&self.channel], count.integer()? as f64);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! redwasp_sdk::export!(Subscribers);
//! # fn main() {}
//! ```
//!
//! What depends on a reply can be asked for in `collect` itself: [`Request::pipeline`]. What depends on all keys is a
//! [`Sweeper`].
//!
//! Build with `cargo build --release --target wasm32-wasip2` as a `cdylib`; test natively with [`testing`].

pub mod bindings;
pub mod buckets;
pub mod component;
pub mod family;
mod host;
pub mod info;
pub mod keys;
pub mod label;
pub mod log;
pub mod names;
pub mod number;
pub mod plan;
pub mod report;
pub mod request;
pub mod resp;
#[cfg(feature = "schema")]
pub mod schema;
pub mod sweep;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod told;

use serde::{Serialize, de::DeserializeOwned};

/// A call allocates for every label, and lives too short to waste memory: what counts is a fast allocator.
#[cfg(all(target_family = "wasm", feature = "allocator"))]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

pub use bindings::exports::redwasp::collector::collector::{Failure, Problem, Refusal};
pub use bindings::redwasp::collector::metrics::Kind;
pub use bindings::redwasp::collector::redis::{Budget, Node, Route};
pub use bindings::redwasp::collector::types::{CallError, Server, ServerError, Target};
pub use buckets::Buckets;
pub use family::{AnyFamily, AnyHistogram, Family, Histogram, Summary};
pub use plan::{Command, Plan, Prefetched, Scope};
pub use report::Report;
pub use request::{Replies, Request};
pub use resp::Reply;
pub use sweep::{Key, KeyRead, Page, Sweep, Swept};

/// What a plugin says of itself.
pub struct Description {
    /// Lower case letters, digits and dashes; the same as the plugin's file and folder.
    pub name: &'static str,
    /// Semantic version.
    pub version: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// JSON Schema of [`Collector::Config`]; "" accepts only `{}`. [`Collector::config_schema`] can derive it instead.
    pub config_schema: &'static str,
}

/// A collector. The value is what `configure` prepared; it is serialized, kept by the host and given to every
/// `collect`, so it holds handles and parsed configuration.
pub trait Collector: Sized + Serialize + DeserializeOwned {
    /// The configuration, read from JSON. `serde(deny_unknown_fields)` turns a misspelt key into a problem with its
    /// place.
    type Config: DeserializeOwned;

    /// What the plugin says of itself.
    const DESCRIPTION: Description;

    /// JSON Schema of [`Collector::Config`]: that of the description, unless this is written anew. With the feature `schema`
    /// `schema::of` derives it from the type.
    fn config_schema() -> String {
        Self::DESCRIPTION.config_schema.to_owned()
    }

    /// Declares families and prefetch for one configuration on one kind of server. Never on the scrape path.
    ///
    /// # Errors
    /// [`Refusal::NotApplicable`] when there is nothing to measure on this kind of server; [`Refusal::Invalid`] with
    /// every problem of the configuration at once; [`Refusal::Other`] for anything else, a fault of the plugin's own.
    fn configure(config: Self::Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal>;

    /// Turns replies into samples. The same request must give the same report.
    ///
    /// # Errors
    /// [`Failure`], when there is nothing to report or something indispensable is missing. What was set before is
    /// then not used: for a part that is missing, prefer [`Report::partial`].
    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure>;
}

/// A collector that walks keys: its plan has sweeps ([`Plan::sweep`]). The host walks, by itself and not with scrapes, and
/// shows the keys page by page to one instance that lives for one run. What [`Sweeper::end`] reports is on every page of
/// metrics until the next run has ended, together with what [`Collector::collect`] reports. A component of it is made by
/// [`export_sweeper!`].
pub trait Sweeper: Collector {
    /// What a run keeps from page to page: sums, not keys.
    type Run;

    /// Begins a run. Nothing was prefetched for it.
    ///
    /// # Errors
    /// [`Failure`], when there is nothing to walk or something indispensable is missing.
    fn begin(&self, request: &Request<'_>) -> Result<Self::Run, Failure>;

    /// Takes some keys of one sweep. `request` is that of the beginning, to ask more.
    ///
    /// # Errors
    /// [`Failure`] ends the run without a report: for keys that cannot be read, prefer [`Report::partial`] at the end.
    fn page(&self, run: &mut Self::Run, request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure>;

    /// Reports what was seen. `complete` is false when the run's budget ended before the keys did: the host marks the
    /// report as partial. A walk keeps no state: [`Report::keep`] is for [`Collector::collect`], and an error here.
    ///
    /// # Errors
    /// [`Failure`], when there is nothing to report.
    fn end(&self, run: Self::Run, complete: bool, report: &mut Report) -> Result<(), Failure>;
}
