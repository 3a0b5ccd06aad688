//! From a component's bytes to code that can be linked: compiled in a process that may die of them, kept for next time.

mod cache;
mod child;
mod confine;
mod order;
mod worker;

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::hash::{Hash, Hasher};
use std::path::{self, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use tokio::sync::Mutex;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::embedded::Embedded;
use super::engine::Sandbox;
use super::inspect::{Inspection, inspect};
use super::problem::{self, Problem, Stage};
use crate::config::PluginsConfig;
use crate::config::digest::Digest;
use cache::Cache;
use worker::Worker;

pub use child::child_main;

/// The one argument that makes the program [`child_main`].
pub const CHILD_COMMAND: &str = "compile-component";

/// Where compiling happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// In a process of its own, bounded in CPU, memory and time: the program at this absolute path, which is this one,
    /// given [`CHILD_COMMAND`].
    Child(PathBuf),
    /// In this process and without bounds: for components that are trusted.
    InProcess,
}

impl How {
    /// In a process of the running program, also when its file has been replaced or removed meanwhile.
    pub fn child() -> How {
        let running = Path::new("/proc/self/exe");
        let program = || env::current_exe().ok().or_else(|| path::absolute(env::args_os().next()?).ok());
        How::Child(if running.exists() { running.to_owned() } else { program().unwrap_or_default() })
    }
}

/// Compiles components for one sandbox, one at a time, or takes them from the cache.
pub struct Compiler {
    engine: Engine,
    /// None compiles in this process.
    worker: Option<Worker>,
    cache: Option<Arc<Cache>>,
    turn: Mutex<()>,
    compilations: AtomicU64,
    hits: AtomicU64,
}

/// A component that can be linked.
#[derive(Clone)]
pub struct Compiled {
    /// Its code.
    pub component: Component,
    /// What is in it.
    pub inspection: Inspection,
    /// Whether it did not have to be compiled.
    pub from_cache: bool,
}

/// What a compiler has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Components that were compiled.
    pub compilations: u64,
    /// Components that came from the cache.
    pub cache_hits: u64,
    /// Times that the cache could not be read or written, or held something that could not be used.
    pub cache_failures: u64,
}

impl Compiler {
    /// A compiler. Without a folder for the cache every component is compiled anew.
    pub fn new(sandbox: &Sandbox, config: &PluginsConfig, how: How) -> Compiler {
        let engine = sandbox.engine.clone();
        let settings = settings(&engine);
        let worker = match how {
            How::Child(program) => Some(Worker {
                program,
                pooled: sandbox.is_pooled(),
                settings,
                cpu: config.compile_cpu,
                memory: config.compile_memory,
            }),
            How::InProcess => None,
        };
        let cache = config.cache_dir.as_deref().map(|folder| Arc::new(Cache::new(folder, settings)));
        let (compilations, hits) = (AtomicU64::new(0), AtomicU64::new(0));
        Compiler { engine, worker, cache, turn: Mutex::new(()), compilations, hits }
    }

    /// Compiles the component of a plugin, or finds it in the cache. `digest` is that of the bytes. Needs a runtime with I/O and time;
    /// the compiling process ends with the thread that polls this.
    ///
    /// # Errors
    /// With the stage `check` when the bytes are no component of this contract, with `compile` when they cannot be made
    /// code within the bounds. Trouble with the cache is no error: it is counted, and a warning says it once.
    pub async fn compile(&self, plugin: &str, digest: &Digest, bytes: impl Into<Bytes>) -> Result<Compiled, Problem> {
        let before = self.compilations.load(Relaxed);
        if let Some(compiled) = self.cached(digest).await {
            return Ok(compiled);
        }
        let _turn = self.turn.lock().await;
        // What was compiled meanwhile may have been the same.
        if self.compilations.load(Relaxed) != before
            && let Some(compiled) = self.cached(digest).await
        {
            return Ok(compiled);
        }
        let bytes = bytes.into();
        // Of a large one it takes seconds, in which nothing else is seen of the plugin.
        tracing::info!(plugin, %digest, bytes = bytes.len(), "compiling a component that is not in the cache");
        let (inspection, code) = self.make(bytes).await?;
        self.compilations.fetch_add(1, Relaxed);
        if let Some(cache) = self.cache.clone() {
            let (digest, inspection, code) = (*digest, inspection.clone(), code.clone());
            aside(move || cache.store(&digest, &inspection, &code)).await?;
        }
        let component = self.load(code).await?;
        Ok(Compiled { component, inspection, from_cache: false })
    }

    /// A built-in with the code that came with this program; none when that is not for this machine or not for this
    /// sandbox.
    ///
    /// # Errors
    /// With the stage `check`, when the built-in is no component of this contract.
    pub async fn built_in(&self, embedded: &'static Embedded) -> Result<Option<Compiled>, Problem> {
        let Some(code) = embedded.code else { return Ok(None) };
        match self.load(Bytes::from_static(code)).await {
            Ok(component) => {
                let inspection = aside(|| inspect(embedded.component)).await??;
                embedded.let_go();
                Ok(Some(Compiled { component, inspection, from_cache: false }))
            }
            Err(Problem { reason, .. }) => {
                tracing::debug!(reason, "a built-in is compiled anew");
                Ok(None)
            }
        }
    }

    /// What has been done so far.
    pub fn counts(&self) -> Counts {
        Counts {
            compilations: self.compilations.load(Relaxed),
            cache_hits: self.hits.load(Relaxed),
            cache_failures: self.cache.as_ref().map_or(0, |cache| cache.failures()),
        }
    }

    async fn cached(&self, digest: &Digest) -> Option<Compiled> {
        let (cache, digest) = (self.cache.clone()?, *digest);
        let of_thread = cache.clone();
        let (inspection, code) = aside(move || of_thread.load(&digest)).await.ok()??;
        match self.load(code).await {
            Ok(component) => {
                self.hits.fetch_add(1, Relaxed);
                Some(Compiled { component, inspection, from_cache: true })
            }
            Err(problem) => {
                // When the runtime ends there is nothing left to do.
                let _ = aside(move || cache.discard(&digest, &problem.reason)).await;
                None
            }
        }
    }

    async fn make(&self, bytes: Bytes) -> Result<(Inspection, Bytes), Problem> {
        match &self.worker {
            Some(worker) => worker.compile(bytes).await,
            None => {
                let engine = self.engine.clone();
                let (inspection, code) = aside(move || make(&engine, &bytes)).await??;
                Ok((inspection, code.into()))
            }
        }
    }

    async fn load(&self, code: Bytes) -> Result<Component, Problem> {
        let engine = self.engine.clone();
        // SAFETY: what is loaded is executed, so it must be what the compiler wrote. It is: it is part of this program, or
        // comes from a process of it, or from a file that one of this user wrote into a folder where nobody else may write, whose checksum and
        // name fit. It is read from memory that nobody changes. wasmtime checks version, target and settings itself.
        let load = move || unsafe { Component::deserialize(&engine, &code) };
        let component = aside(load).await?;
        component.map_err(|error| refuse(format!("the compiled code cannot be loaded: {error:#}")))
    }
}

/// Checks a component and compiles it, here and now.
fn make(engine: &Engine, bytes: &[u8]) -> Result<(Inspection, Vec<u8>), Problem> {
    let inspection = inspect(bytes)?;
    match engine.precompile_component(bytes) {
        Ok(code) => Ok((inspection, code)),
        Err(error) => Err(refuse(format!("cannot be compiled: {error:#}"))
            .hint("it may be larger or deeper than the compiler can do; else tell its author")),
    }
}

/// Whether these are the words of the system, the standard library or the compiler for having no memory left.
fn ran_out_of_memory(words: &str) -> bool {
    ["memory allocation of", "out of memory", "Cannot allocate memory"].iter().any(|known| words.contains(known))
}

fn too_little_memory(bytes: u64) -> Problem {
    refuse(format!("took more than {} of memory to compile", problem::bytes(bytes, bytes)))
        .hint(format!("raise plugins.compile-memory, {SMALLER}"))
}

/// What else can be done about a bound.
const SMALLER: &str = "or make the component smaller";

/// A number for everything that code depends on: version, target and settings of the compiler.
fn settings(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    hasher.finish()
}

/// Runs what computes or waits for a disk on a thread for such things.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| refuse(format!("was not finished: {error}")))
}

fn refuse(reason: impl AsRef<str>) -> Problem {
    Problem::new(Stage::Compile, reason)
}

#[cfg(test)]
mod tests;
