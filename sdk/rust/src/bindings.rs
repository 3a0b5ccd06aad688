//! Generated from the contract in `wit/`. Authors use the names that the crate root re-exports.
#![allow(missing_docs, reason = "generated; the contract carries the documentation")]

wit_bindgen::generate!({
    path: "wit",
    world: "pure-collector",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "redwasp_sdk::bindings",
    additional_derives: [PartialEq],
});
