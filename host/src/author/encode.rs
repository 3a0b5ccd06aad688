//! Core modules made components.

use std::path::Path;

use wasi_preview1_component_adapter_provider as adapters;
use wasmparser::{Parser, Payload};
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

/// What a core module imports, by module and name, and what it exports.
pub(super) struct Names {
    pub(super) imports: Vec<(String, String)>,
    pub(super) exports: Vec<String>,
}

/// The names of a core module.
///
/// # Errors
/// It is none.
pub(super) fn names(module: &[u8]) -> Result<Names, Failed> {
    let failed = |error: wasmparser::BinaryReaderError| Failed::new(format!("this is no core module: {error}"));
    let mut names = Names { imports: Vec::new(), exports: Vec::new() };
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(failed)? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(failed)?;
                    names.imports.push((import.module.to_owned(), import.name.to_owned()));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    names.exports.push(export.map_err(failed)?.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

/// Writes the contract into a folder, for a tool that reads it there.
///
/// # Errors
/// The folder cannot be written.
pub(super) fn write_contract(folder: &Path) -> Result<(), Failed> {
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    sdk::contract().iter().try_for_each(|(path, text)| std::fs::write(folder.join(path), text)).map_err(failed)
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
