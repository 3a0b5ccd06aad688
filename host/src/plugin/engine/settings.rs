//! What compiled code depends on. The build script compiles the built-ins with the same.

use std::num::NonZeroUsize;

use wasmtime::{Config, WasmBacktraceDetails, WasmFeatures};

/// What of WebAssembly a guest may use: what toolchains need, as what is off cannot be attacked. What is checked before
/// compiling is checked with the same.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM3
    .union(WasmFeatures::COMPONENT_MODEL)
    .difference(WasmFeatures::THREADS)
    .difference(WasmFeatures::MEMORY64)
    .difference(WasmFeatures::EXCEPTIONS)
    .difference(WasmFeatures::GC)
    .difference(WasmFeatures::GC_TYPES);

/// Everything that code depends on. How instances are allocated is not among it, but how much room each memory has.
pub(crate) fn engine_config(pooled: bool) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // The contract has no async functions.
        .concurrency_support(false)
        .wasm_features(WasmFeatures::all().difference(FEATURES), false)
        .wasm_features(FEATURES, true)
        .wasm_backtrace_max_frames(NonZeroUsize::new(32))
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        // wasmtime's defaults, written down because the stack limit is a promise.
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20);
    if !pooled {
        // Without a pool there may not be room for wasmtime's 4 GiB per memory either.
        config.memory_reservation(0).memory_reservation_for_growth(1 << 20).memory_guard_size(64 << 10);
    }
    config
}
