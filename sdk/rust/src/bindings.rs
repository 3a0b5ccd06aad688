//! Generated from the contract in `wit/`. Authors use the names that the crate root re-exports.
#![allow(missing_docs, reason = "generated; the contract carries the documentation")]

// The imports of this world are only in components that use them.
wit_bindgen::generate!({
    path: "wit",
    world: "active-collector",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "redwasp_sdk::bindings",
    additional_derives: [PartialEq],
});

/// What plugins export besides that walk keys: together with the world above it is the contract's `sweeping-collector`.
pub mod sweeping {
    wit_bindgen::generate!({
        path: "wit",
        inline: "package redwasp:sdk; world sweeping { export redwasp:collector/sweeper@0.1.0; }",
        world: "redwasp:sdk/sweeping",
        with: {
            "redwasp:collector/types@0.1.0": crate::bindings::redwasp::collector::types,
            "redwasp:collector/metrics@0.1.0": crate::bindings::redwasp::collector::metrics,
            "redwasp:collector/calls@0.1.0": crate::bindings::redwasp::collector::calls,
        },
        pub_export_macro: true,
        export_macro_name: "export_sweeper_component",
        default_bindings_module: "redwasp_sdk::bindings::sweeping",
        additional_derives: [PartialEq],
    });
}
