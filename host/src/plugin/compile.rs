//! stub
use std::path::PathBuf;

use wasmtime::component::Component;

use super::engine::Sandbox;
use super::problem::{Problem, Stage};
use crate::config::PluginsConfig;
use crate::config::digest::Digest;

/// stub
#[derive(Clone, Debug)]
pub enum How {
    /// stub
    Child(PathBuf),
    /// stub
    InProcess,
}

/// stub
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// stub
    pub compilations: u64,
    /// stub
    pub cache_hits: u64,
    /// stub
    pub cache_failures: u64,
}

impl From<Counts> for [u64; 3] {
    fn from(counts: Counts) -> [u64; 3] {
        [counts.compilations, counts.cache_hits, counts.cache_failures]
    }
}

pub(super) struct Compiled {
    pub(super) component: Component,
}

pub(super) struct Compiler(wasmtime::Engine);

impl Compiler {
    pub(super) fn new(sandbox: &Sandbox, _config: &PluginsConfig, _how: How) -> Compiler {
        Compiler(sandbox.engine.clone())
    }

    pub(super) fn with(&self, _config: &PluginsConfig) -> Compiler {
        Compiler(self.0.clone())
    }

    pub(super) fn counts(&self) -> Counts {
        Counts::default()
    }

    pub(super) async fn compile(&self, _digest: Digest, bytes: Vec<u8>) -> Result<Compiled, Problem> {
        let component =
            Component::new(&self.0, bytes).map_err(|error| Problem::new(Stage::Compile, format!("{error:#}")))?;
        Ok(Compiled { component })
    }
}
