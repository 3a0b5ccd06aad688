//! Core modules made components.

use std::path::Path;

use wasi_preview1_component_adapter_provider as adapters;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

use super::sdk;
use super::step::Failed;
use crate::plugin::World;

/// What a core module of a toolchain needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing but the contract.
    Contract,
    /// WASI of preview 1: the adapter to what a component may import.
    Preview1,
}

/// Makes a component of a core module whose imports and exports have the contract's names.
///
/// # Errors
/// It lacks an export of its world, or imports what there is not.
pub(super) fn component(module: Vec<u8>, world: World, needs: Needs) -> Result<Vec<u8>, Failed> {
    encode(module, world, needs).map_err(|error| Failed::new(format!("cannot make a component of it: {error:#}")))
}

fn encode(mut module: Vec<u8>, world: World, needs: Needs) -> anyhow::Result<Vec<u8>> {
    let mut sources = SourceMap::default();
    for (path, text) in sdk::contract() {
        sources.push(Path::new(path), str::from_utf8(text)?);
    }
    let mut resolve = Resolve::default();
    let contract = sources.parse().map_err(|(_, error)| error)?;
    let package = resolve.push_group(contract)?;
    let world = resolve.select_world(&[package], Some(&format!("{world}-collector")))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let mut encoder = ComponentEncoder::default().validate(true).module(&module)?;
    if needs == Needs::Preview1 {
        let adapter = adapters::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
        encoder = encoder.adapter(adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter)?;
    }
    encoder.encode()
}
