//! Loading: component → compiled → linked → described.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::{Component, Linker};

use super::bindings::{ActiveCollectorPre, contract};
use super::call::{Describe, Order, call};
use super::engine::Sandbox;
use super::failure::Cause;
use super::grants::Permit;
use super::imports::{self, CallState};
use super::linked::Linked;
use crate::config::Limits;
use crate::config::digest::Digest;

/// A plugin that can be called.
pub struct Plugin {
    /// What it says of itself.
    pub description: contract::Description,
    /// Whether it is part of this program.
    pub is_built_in: bool,
    /// SHA-256 of the component; none for a plugin that is compiled in.
    pub digest: Option<Digest>,
    pub(super) code: Code,
}

/// How a plugin is called.
pub(super) enum Code {
    /// In a fresh instance each time.
    Component { sandbox: Arc<Sandbox>, pre: ActiveCollectorPre<CallState> },
    /// Directly.
    Linked(Arc<dyn Linked>),
}

/// Why a component is no plugin.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No component.
    #[error("cannot compile: {0}")]
    Compile(String),
    /// A component, but none of this contract.
    #[error(
        "cannot link: {0}; a collector exports redwasp:collector/collector@0.1.0 and imports nothing but this contract and WASI 0.2 without sockets and HTTP"
    )]
    Link(String),
    /// It does not say what it is.
    #[error("describe ended: {0}")]
    Describe(Cause),
}

impl LoadError {
    fn compile(error: wasmtime::Error) -> LoadError {
        LoadError::Compile(format!("{error:#}"))
    }

    fn link(error: wasmtime::Error) -> LoadError {
        LoadError::Link(format!("{error:#}"))
    }
}

/// Time for `describe`.
const DESCRIBE: Duration = Duration::from_secs(2);

impl Plugin {
    /// Compiles a component and asks it what it is.
    ///
    /// # Errors
    /// When it is no component of this contract, or `describe` fails.
    pub async fn load(sandbox: &Arc<Sandbox>, bytes: &[u8], is_built_in: bool) -> Result<Plugin, LoadError> {
        let pre = prepare(sandbox, bytes)?;
        let (of_call, pre_of_call) = (sandbox.clone(), pre.clone());
        let describe = async move {
            let deadline = Instant::now() + DESCRIBE;
            let (permit, access) = (Arc::new(Permit::nothing()), None);
            let (sandbox, pre, limits, invocation) = (&of_call, &pre_of_call, &Limits::default(), Describe);
            call(Order { sandbox, pre, limits, permit, access, deadline, invocation }).await.0
        };
        let result = sandbox.apart(describe).await.unwrap_or_else(|| Err(Cause::Host("no answer".to_owned()).into()));
        let description = result.map_err(|ended| LoadError::Describe(ended.cause))?;
        Ok(Plugin {
            description,
            is_built_in,
            digest: Some(Digest::of(bytes)),
            code: Code::Component { sandbox: sandbox.clone(), pre },
        })
    }

    /// A plugin that is compiled into this program.
    pub fn linked(linked: Arc<dyn Linked>) -> Plugin {
        Plugin { description: linked.describe(), is_built_in: true, digest: None, code: Code::Linked(linked) }
    }

    /// Where its calls have to run; none for a plugin that is compiled in.
    pub fn sandbox(&self) -> Option<&Arc<Sandbox>> {
        match &self.code {
            Code::Component { sandbox, .. } => Some(sandbox),
            Code::Linked(_) => None,
        }
    }

    /// Name and version.
    pub fn title(&self) -> String {
        format!("{} {}", self.description.name, self.description.version)
    }
}

fn prepare(sandbox: &Sandbox, bytes: &[u8]) -> Result<ActiveCollectorPre<CallState>, LoadError> {
    let component = Component::new(&sandbox.engine, bytes).map_err(LoadError::compile)?;
    let mut linker = Linker::new(&sandbox.engine);
    imports::link(&mut linker).map_err(LoadError::link)?;
    let instance = linker.instantiate_pre(&component).map_err(LoadError::link)?;
    ActiveCollectorPre::new(instance).map_err(LoadError::link)
}
