//! A collector compiled into the daemon's own program instead of a component.
//!
//! Built-ins are components. This is the other end of the comparison: what the sandbox costs is the difference between
//! a component and the same parser linked in.

use super::bindings::contract::{Description, Failure, Plan, Refusal, Report, Request, Server};

/// The contract's functions, called directly: no limits, no isolation.
pub trait Linked: Send + Sync {
    /// What the plugin says of itself.
    fn describe(&self) -> Description;

    /// Plans for one configuration on one kind of server.
    ///
    /// # Errors
    /// The collector's refusal.
    fn configure(&self, config: &str, server: &Server) -> Result<Plan, Refusal>;

    /// Turns replies into samples.
    ///
    /// # Errors
    /// The collector's failure.
    fn collect(&self, request: Request) -> Result<Report, Failure>;
}
