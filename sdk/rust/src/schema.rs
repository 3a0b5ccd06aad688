//! The JSON Schema of a configuration, derived from its type.
//!
//! ```
//! # use redwasp_sdk::{Collector, Description, Failure, Plan, Refusal, Report, Request, Server, schema};
//! # use serde::{Deserialize, Serialize};
//! #[derive(Deserialize, schemars::JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct Config {
//!     /// The channel to look at.
//!     channel: String,
//! }
//! # #[derive(Serialize, Deserialize)]
//! # struct Subscribers;
//!
//! impl Collector for Subscribers {
//!     type Config = Config;
//! #   const DESCRIPTION: Description =
//! #       Description { name: "subscribers", version: "1.0.0", summary: "", config_schema: "" };
//!
//!     fn config_schema() -> String {
//!         schema::of::<Config>()
//!     }
//! #   fn configure(_: Config, _: &Server, _: &mut Plan) -> Result<Self, Refusal> { Ok(Subscribers) }
//! #   fn collect(&self, _: &Request, _: &mut Report) -> Result<(), Failure> { Ok(()) }
//! }
//! # assert!(Subscribers::config_schema().contains(r#""additionalProperties":false"#));
//! ```
//!
//! Comments on the fields are their descriptions. The types of the configuration need `schemars` in the package's own
//! dependencies, in the version that the SDK has: 1.

use schemars::JsonSchema;

/// The schema of a type, as JSON. `serde(deny_unknown_fields)` makes it refuse other keys, `serde(default)` optional ones,
/// `schemars(range(min = 1))` says what the type cannot.
pub fn of<C: JsonSchema>() -> String {
    schemars::schema_for!(C).as_value().to_string()
}
