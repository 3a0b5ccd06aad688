//! Names and sizes in a component.

use std::collections::BTreeMap;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::Types;
use wasmparser::{Error, Parser, Payload};

use crate::plugin::engine::PAGE;

/// What the outermost component imports and exports, and what is inside.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    /// Only what has to be given to it: an interface that names types is there by itself.
    pub(super) imports: Vec<&'a str>,
    pub(super) exports: Vec<&'a str>,
    pub(super) modules: usize,
    /// Bytes that the largest memory has from the start.
    pub(super) memory: u64,
    pub(super) custom_sections: BTreeMap<&'a str, u64>,
}

/// Reads a component that was validated.
pub(super) fn read<'a>(bytes: &'a [u8], types: &Types) -> Result<Outline<'a>, Error> {
    let mut outline = Outline::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ModuleSection { .. } => outline.modules += 1,
            Payload::MemorySection(section) => {
                for memory in section {
                    outline.memory = outline.memory.max(memory?.initial.saturating_mul(PAGE));
                }
            }
            Payload::CustomSection(section) => {
                *outline.custom_sections.entry(section.name()).or_default() += section.data().len() as u64;
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let name = import?.name.name;
                    if is_needed(types, name) {
                        outline.imports.push(name);
                    }
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    outline.exports.push(export?.name.name);
                }
            }
            _ => {}
        }
    }
    Ok(outline)
}

fn is_needed(types: &Types, import: &str) -> bool {
    match types.component_item_for_import(import).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => types[id].exports.values().any(|item| is_more_than_a_type(item.ty)),
        Some(ty) => is_more_than_a_type(ty),
        None => true,
    }
}

/// A resource is a type too, but one that somebody has to bring.
fn is_more_than_a_type(ty: ComponentEntityType) -> bool {
    match ty {
        ComponentEntityType::Type { referenced, .. } => matches!(referenced, ComponentAnyTypeId::Resource(_)),
        _ => true,
    }
}
