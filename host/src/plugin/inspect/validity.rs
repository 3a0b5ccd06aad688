//! Validation, and what it is that does not validate.

use wasmparser::types::Types;
use wasmparser::{Error, Validator, WasmFeatures};

use super::{Problem, refuse};
use crate::plugin::engine::FEATURES;

/// Everything that belongs to the component model's asynchronous ABI.
const ASYNC: WasmFeatures = WasmFeatures::CM_ASYNC
    .union(WasmFeatures::CM_ASYNC_STACKFUL)
    .union(WasmFeatures::CM_MORE_ASYNC_BUILTINS)
    .union(WasmFeatures::CM_THREADING)
    .union(WasmFeatures::CM_ERROR_CONTEXT);

/// Validates the whole binary, function bodies included, with what the engine has on.
pub(super) fn validate(bytes: &[u8]) -> Result<Types, Problem> {
    validate_with(FEATURES, bytes).map_err(|error| explain(bytes, &error))
}

fn validate_with(features: WasmFeatures, bytes: &[u8]) -> Result<Types, Error> {
    Validator::new_with_features(features).validate_all(bytes)
}

fn explain(bytes: &[u8], error: &Error) -> Problem {
    let missing = missing(bytes, error);
    if missing.intersects(ASYNC) {
        return refuse("is built for component-model async, which is off here")
            .hint("rebuild it without async functions, for example with componentize-qjs --sync");
    }
    if missing.is_empty() {
        return refuse(format!("is no valid component: {error}")).hint("build or copy it again; else tell its author");
    }
    let names: Vec<String> = missing.iter_names().map(|(name, _)| name.to_lowercase().replace('_', "-")).collect();
    refuse(format!("uses what is off here: {} ({error})", names.join(", ")))
        .hint("build it for plain wasm32-wasip2, without these proposals of WebAssembly")
}

/// What has to be on for the binary to be valid, or to come as far as it can; empty when nothing helps.
fn missing(bytes: &[u8], error: &Error) -> WasmFeatures {
    let mut on = FEATURES;
    let mut next = error.missing_wasm_feature();
    // Each round turns something on that was off.
    while let Some(feature) = next.filter(|feature| !on.contains(*feature)) {
        on |= feature;
        next = validate_with(on, bytes).err().and_then(|error| error.missing_wasm_feature());
    }
    if on != FEATURES || validate_with(WasmFeatures::all(), bytes).is_err() {
        return on.difference(FEATURES);
    }
    // Not every error tells what it misses.
    let all = WasmFeatures::all().difference(FEATURES);
    let helps = |feature: &WasmFeatures| validate_with(FEATURES | *feature, bytes).is_ok();
    all.iter().find(helps).unwrap_or(all)
}
