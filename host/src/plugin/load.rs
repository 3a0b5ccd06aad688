//! Loading: bytes → component → linked → described.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::{Component, Linker};

use super::access::Way;
use super::bindings::sweeping::SweepingCollectorPre;
use super::bindings::{ActiveCollectorPre, contract};
use super::call::{Describe, Order, call};
use super::compile::{Compiled, Compiler, Counts, How};
use super::embedded::Embedded;
use super::engine::{PAGE, Sandbox};
use super::failure::Cause;
use super::grants::Permit;
use super::imports;
use super::inspect::{Inspection, World};
use super::lent::CallState;
use super::linked::Linked;
use super::problem::{self, Problem, Stage};
use super::warm::Warm;
use super::{schema, words};
use crate::config::digest::Digest;
use crate::config::{Limits, PluginsConfig};

/// A plugin that can be called.
pub struct Plugin {
    /// What it says of itself.
    pub description: contract::Description,
    /// Whether it is part of this program.
    pub is_built_in: bool,
    /// SHA-256 of the component; none for a plugin that is compiled in.
    pub digest: Option<Digest>,
    /// What was seen of it before it was compiled; none for a plugin that is compiled in.
    pub inspection: Option<Inspection>,
    pub(super) code: Code,
    /// Bytes that an instance has from the start.
    memory: u64,
}

/// How a plugin is called.
pub(super) enum Code {
    /// In an instance.
    Component {
        sandbox: Arc<Sandbox>,
        pre: ActiveCollectorPre<CallState>,
        /// For those that walk keys.
        sweeping: Option<Box<SweepingCollectorPre<CallState>>>,
        /// For built-ins; all others get a fresh instance each time.
        warm: Option<Warm>,
    },
    /// Directly.
    Linked(Arc<dyn Linked>),
}

/// What to do about a component whose types do not fit.
const BUILD_AGAIN: &str = "it was built against other types than those of redwasp:collector@0.1.0: build it again";

/// Time for `describe`.
const DESCRIBE: Duration = Duration::from_secs(2);

/// Makes plugins of components.
pub struct Loader {
    sandbox: Arc<Sandbox>,
    how: How,
    compiler: Compiler,
    /// What was done before the settings changed.
    before: Counts,
}

impl Loader {
    /// A loader for one sandbox. `how` says where components are compiled.
    pub fn new(sandbox: Arc<Sandbox>, config: &PluginsConfig, how: How) -> Loader {
        let compiler = Compiler::new(&sandbox, config, how.clone());
        Loader { sandbox, how, compiler, before: Counts::default() }
    }

    /// The same with other settings.
    #[must_use]
    pub fn with(&self, config: &PluginsConfig) -> Loader {
        Loader { before: self.counts(), ..Loader::new(self.sandbox.clone(), config, self.how.clone()) }
    }

    /// How often it compiled, and how often it did not have to.
    pub fn counts(&self) -> Counts {
        let now = self.compiler.counts();
        Counts {
            compilations: self.before.compilations + now.compilations,
            cache_hits: self.before.cache_hits + now.cache_hits,
            cache_failures: self.before.cache_failures + now.cache_failures,
        }
    }

    /// Compiles a component of the folder, links it and asks it what it is.
    ///
    /// # Errors
    /// At which stage its way ended, and why.
    pub async fn load(&self, name: &str, bytes: Vec<u8>) -> Result<Plugin, Problem> {
        let digest = Digest::of(&bytes);
        let compiled = self.compiler.compile(name, &digest, bytes).await?;
        self.finish(name, digest, compiled, false).await
    }

    /// The same for a built-in, which is compiled only where the code that came with the program cannot be used.
    ///
    /// # Errors
    /// As [`Loader::load`].
    pub async fn load_built_in(&self, name: &str, embedded: &'static Embedded) -> Result<Plugin, Problem> {
        let digest = Digest::of(embedded.component);
        let compiled = match self.compiler.built_in(embedded).await? {
            Some(compiled) => compiled,
            None => self.compiler.compile(name, &digest, embedded.component).await?,
        };
        self.finish(name, digest, compiled, true).await
    }

    async fn finish(
        &self,
        name: &str,
        digest: Digest,
        compiled: Compiled,
        is_built_in: bool,
    ) -> Result<Plugin, Problem> {
        let (pre, sweeping) = link(&self.sandbox, &compiled.component, compiled.inspection.world)?;
        let description = describe(&self.sandbox, &pre).await?;
        let description = checked(name, description)?;
        let memory = initial_memory(&compiled.component);
        let (sandbox, warm) = (self.sandbox.clone(), is_built_in.then(Warm::default));
        let code = Code::Component { sandbox, pre, sweeping: sweeping.map(Box::new), warm };
        let (digest, inspection) = (Some(digest), Some(compiled.inspection));
        Ok(Plugin { description, is_built_in, digest, inspection, code, memory })
    }
}

impl Plugin {
    /// A plugin that is compiled into this program.
    pub fn linked(linked: Arc<dyn Linked>) -> Plugin {
        let (description, code) = (linked.describe(), Code::Linked(linked));
        Plugin { description, is_built_in: true, digest: None, inspection: None, code, memory: 0 }
    }

    /// Where its calls have to run; none for a plugin that is compiled in.
    pub fn sandbox(&self) -> Option<&Arc<Sandbox>> {
        match &self.code {
            Code::Component { sandbox, .. } => Some(sandbox),
            Code::Linked(_) => None,
        }
    }

    /// Whether it walks keys.
    pub fn is_sweeping(&self) -> bool {
        matches!(self.code, Code::Component { sweeping: Some(_), .. })
    }

    /// Name and version.
    pub fn title(&self) -> String {
        format!("{} {}", self.description.name, self.description.version)
    }

    /// Whether an instance fits into so much memory.
    ///
    /// # Errors
    /// How much it needs.
    pub(super) fn fits(&self, limits: &Limits) -> Result<(), Problem> {
        let limit = limits.memory as u64;
        if self.memory <= limit {
            return Ok(());
        }
        let (needed, allowed) = (problem::bytes(self.memory, limit), problem::bytes(limit, self.memory));
        let problem =
            Problem::new(Stage::Link, format!("needs {needed} of memory from the start, {allowed} are allowed"));
        Err(problem.hint("raise `limits: {memory: …}` of the collector"))
    }
}

/// What is called of a component: its collector, and for one that walks keys its sweeper.
pub(super) type Linkage = (ActiveCollectorPre<CallState>, Option<SweepingCollectorPre<CallState>>);

pub(super) fn link(sandbox: &Sandbox, component: &Component, world: World) -> Result<Linkage, Problem> {
    let failed = |error: wasmtime::Error| {
        let problem = Problem::new(Stage::Link, format!("{error:#}"));
        problem.hint(BUILD_AGAIN)
    };
    let mut linker = Linker::new(&sandbox.engine);
    imports::link(&mut linker).map_err(failed)?;
    let instance = linker.instantiate_pre(component).map_err(failed)?;
    let sweeping = (world == World::Sweeping).then(|| SweepingCollectorPre::new(instance.clone())).transpose();
    Ok((ActiveCollectorPre::new(instance).map_err(failed)?, sweeping.map_err(failed)?))
}

async fn describe(
    sandbox: &Arc<Sandbox>,
    pre: &ActiveCollectorPre<CallState>,
) -> Result<contract::Description, Problem> {
    let (of_call, pre_of_call) = (sandbox.clone(), pre.clone());
    let describe = async move {
        let deadline = Instant::now() + DESCRIBE;
        let (permit, way, warm) = (Arc::new(Permit::nothing()), Way::Nobody, None);
        // How much a collector may use is known when it has one.
        let limits = &Limits { memory: super::engine::LARGEST_MEMORY, ..Limits::default() };
        let (sandbox, pre, invocation) = (&of_call, &pre_of_call, Describe);
        call(Order { sandbox, pre, warm, limits, permit, way, deadline, invocation }).await.0
    };
    let result = sandbox.apart(describe).await.unwrap_or_else(|| Err(Cause::Host("no answer".to_owned()).into()));
    result.map_err(|ended| {
        if let Cause::Incompatible(fault) = &ended.cause {
            return Problem::new(Stage::Link, fault).hint(BUILD_AGAIN);
        }
        let place = if ended.place.is_empty() { String::new() } else { format!("; in {}", ended.place.join(" < ")) };
        let said =
            if ended.last_words.is_empty() { String::new() } else { format!("; last words: {}", ended.last_words) };
        Problem::new(Stage::Describe, format!("describe ended: {}{place}{said}", ended.cause.tidy()))
    })
}

fn checked(name: &str, description: contract::Description) -> Result<contract::Description, Problem> {
    if description.name != name {
        let problem = Problem::new(Stage::Describe, format!("it calls itself {:?}", words::tidy(&description.name)));
        return Err(
            problem.hint(format!("a plugin has the name of its file: rename one of them, {name}.wasm or the plugin"))
        );
    }
    // It is kept as long as the plugin: nothing in it may be large.
    let contract::Description { name, version, summary, config_schema, extra: _ } = description;
    schema::fits(&config_schema).map_err(|reason| Problem::new(Stage::Describe, format!("its schema: {reason}")))?;
    let (version, summary) = (words::tidy(&version), words::tidy(&summary));
    Ok(contract::Description { name, version, summary, config_schema, extra: Vec::new() })
}

/// What the memories and tables of an instance take before it has done anything.
fn initial_memory(component: &Component) -> u64 {
    let Some(required) = component.resources_required() else { return 0 };
    // The largest one, in pages; that all of them together fit is seen when one is instantiated.
    required.max_initial_memory_size.map_or(0, |pages| pages * PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_large_of_a_description_is_kept() {
        let described = |config_schema: String| {
            let [name, version] = ["big", "1"].map(str::to_owned);
            let (summary, extra) = ("x".repeat(1 << 20), vec![("x".repeat(1 << 20), String::new())]);
            checked("big", contract::Description { name, version, summary, config_schema, extra })
        };
        let kept = described("{}".to_owned()).unwrap();
        assert!(kept.summary.len() < 2 << 10 && kept.extra.is_empty());
        let problem = described("x".repeat((256 << 10) + 1)).unwrap_err();
        assert_eq!(problem.to_string(), "describe: its schema: it has 262145 bytes, more than the 262144 allowed");
    }
}
