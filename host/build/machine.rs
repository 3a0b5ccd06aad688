//! The built-ins as code of a machine, so that a start has nothing to compile.

#[path = "../src/plugin/engine/settings.rs"]
mod settings;

use std::{env, fs, thread};

use anyhow::{Context, Result, anyhow};
use wasmtime::Engine;

use crate::BuiltIn;

/// Where the settings are, from the workspace.
pub(super) const SETTINGS: &str = "host/src/plugin/engine/settings.rs";

/// Instructions that code may use: those of x86-64-v2, which servers have since 2009 or so. Where they are missing, the
/// built-ins are compiled when the daemon starts.
const INSTRUCTIONS: &str = "x86-64-v2";

/// Compiles all components for a sandbox with a pool; false when they are for another kind of machine than this one,
/// for which the compiler is not there.
pub(super) fn compile(built_ins: &[BuiltIn]) -> Result<bool> {
    let [host, target] = ["HOST", "TARGET"].map(|name| env::var(name).unwrap_or_default());
    let architecture = |triple: &str| triple.split('-').next().map(str::to_owned);
    if architecture(&host) != architecture(&target) {
        return Ok(false);
    }
    let engine = engine(&target).with_context(|| format!("no compiler for {target}"))?;
    thread::scope(|scope| {
        let threads: Vec<_> = built_ins.iter().map(|built_in| scope.spawn(|| write(&engine, built_in))).collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("it panicked"))));
        ended.collect::<Result<()>>()
    })?;
    Ok(true)
}

fn engine(target: &str) -> Result<Engine> {
    let mut config = settings::engine_config(true);
    // Named, so that it is not for this very machine.
    config.target(target).map_err(told)?;
    if target.starts_with("x86_64") {
        // SAFETY: these are instructions; a machine without them refuses the code.
        unsafe { config.cranelift_flag_enable(INSTRUCTIONS) };
    }
    Engine::new(&config).map_err(told)
}

/// With all that led to it.
fn told(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:#}")
}

fn write(engine: &Engine, built_in: &BuiltIn) -> Result<()> {
    let about = || format!("the built-in {}", built_in.name);
    let component = fs::read(&built_in.component).with_context(about)?;
    let code = engine.precompile_component(&component).map_err(told).with_context(about)?;
    fs::write(&built_in.code, code).with_context(about)
}
