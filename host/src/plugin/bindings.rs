//! Generated from the contract in `wit/`, nothing else.
#![allow(missing_docs, reason = "generated; the contract carries the documentation")]

wasmtime::component::bindgen!({
    path: "../wit",
    // The collector's export is the same in every world; what a component imports decides how far it can reach.
    world: "active-collector",
    exports: { default: async },
    additional_derives: [PartialEq],
});

/// What plugins export besides that walk keys.
pub(super) mod sweeping {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "sweeping-collector",
        exports: { default: async },
        with: {
            "redwasp:collector/types": super::redwasp::collector::types,
            "redwasp:collector/metrics": super::redwasp::collector::metrics,
            "redwasp:collector/calls": super::redwasp::collector::calls,
            "redwasp:collector/redis": super::redwasp::collector::redis,
            "redwasp:collector/log": super::redwasp::collector::log,
        },
        additional_derives: [PartialEq],
    });
}

/// The contract's records, under one name.
pub mod contract {
    pub use super::exports::redwasp::collector::collector::{Ask, Description, KeyRead, Plan, Problem, Refusal, Sweep};
    pub use super::redwasp::collector::calls::{Failure, Report, Request, SavedState};
    pub use super::redwasp::collector::metrics::{Bucketed, Family, Kind, Quantiled, Sample};
    pub use super::redwasp::collector::types::{CallError, Command, Server, ServerError, Target};
    pub use super::sweeping::exports::redwasp::collector::sweeper::Swept;
}
