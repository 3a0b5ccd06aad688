//! Generated from the contract in `wit/`, nothing else.
#![allow(missing_docs, reason = "generated; the contract carries the documentation")]

wasmtime::component::bindgen!({
    path: "../wit",
    // The collector's export is the same in every world; what a component imports decides how far it can reach.
    world: "active-collector",
    exports: { default: async },
    additional_derives: [PartialEq],
});

/// The contract's records, under one name.
pub mod contract {
    pub use super::exports::redwasp::collector::collector::{
        Ask, Description, Failure, Plan, Problem, Refusal, Report, Request, SavedState,
    };
    pub use super::redwasp::collector::metrics::{Bucketed, Family, Kind, Quantiled, Sample};
    pub use super::redwasp::collector::types::{CallError, Command, Server, ServerError, Target};
}
