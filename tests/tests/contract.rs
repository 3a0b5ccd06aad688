//! The promise of the contract: what was released is there, unchanged. A component that was built against it runs on every
//! later host.
//!
//! `tests/testdata/contract/<version>/` has each released contract as it was, never to be edited, and components of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use redwasp_tests::tools::repository;
use wit_parser::{Handle, InterfaceId, PackageId, Resolve, Type, TypeDefKind, WorldItem, WorldKey};

/// A contract as facts, one line each: types, functions, and what worlds import and export.
struct Contract {
    /// What may become more.
    facts: BTreeSet<String>,
    /// What must stay as it is: interfaces that a plugin exports, and which ones those are.
    exported: BTreeSet<String>,
}

fn folder(version: &str) -> PathBuf {
    repository().join("tests/testdata/contract").join(version)
}

/// The versions that were released.
fn released() -> Vec<String> {
    let entries = fs::read_dir(folder("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut versions: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    versions.sort();
    assert!(versions.contains(&"0.1.0".to_owned()), "{versions:?}");
    versions
}

fn read(folder: &Path) -> Contract {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(folder).unwrap_or_else(|error| panic!("{}: {error:#}", folder.display()));
    contract(&resolve, package)
}

fn parse(text: &str) -> Contract {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("contract.wit", text).unwrap();
    contract(&resolve, package)
}

fn contract(resolve: &Resolve, package: PackageId) -> Contract {
    let package = &resolve.packages[package];
    let (mut facts, mut exported, mut of_exports) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (name, world) in &package.worlds {
        let world = &resolve.worlds[*world];
        let interfaces = |items: &indexmap::IndexMap<WorldKey, WorldItem>| -> Vec<InterfaceId> {
            let interface = |item: &WorldItem| match item {
                WorldItem::Interface { id, .. } => *id,
                other => panic!("{name}: {other:?}"),
            };
            items.values().map(interface).collect()
        };
        let of_world = |interface: InterfaceId| resolve.interfaces[interface].name.clone().unwrap();
        facts.extend(interfaces(&world.imports).into_iter().map(|id| format!("{name} imports {}", of_world(id))));
        exported.extend(interfaces(&world.exports).into_iter().map(|id| format!("{name} exports {}", of_world(id))));
        of_exports.extend(interfaces(&world.exports).into_iter().map(of_world));
    }
    for (name, interface) in &package.interfaces {
        let interface = &resolve.interfaces[*interface];
        let types = interface.types.iter().map(|(known, id)| {
            let kind = &resolve.types[*id].kind;
            format!("{name}.{known} = {}", kind_in_words(resolve, kind))
        });
        let functions = interface.functions.iter().map(|(known, function)| {
            let params =
                function.params.iter().map(|param| format!("{}: {}", param.name, in_words(resolve, &param.ty)));
            let params = params.collect::<Vec<_>>().join(", ");
            format!("{name}.{known}({params}) -> {}", optional(resolve, function.result.as_ref()))
        });
        let lines: Vec<String> = types.chain(functions).collect();
        if of_exports.contains(name) { exported.extend(lines) } else { facts.extend(lines) }
    }
    Contract { facts, exported }
}

fn optional(resolve: &Resolve, ty: Option<&Type>) -> String {
    ty.map_or_else(|| "_".to_owned(), |ty| in_words(resolve, ty))
}

/// A type by its name, if it has one; by what it is made of, if not.
fn in_words(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else { return format!("{ty:?}").to_lowercase() };
    let def = &resolve.types[*id];
    def.name.clone().unwrap_or_else(|| kind_in_words(resolve, &def.kind))
}

fn kind_in_words(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let word = |ty: &Type| in_words(resolve, ty);
    let joined = |parts: Vec<String>| parts.join(", ");
    match kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| format!("{}: {}", field.name, word(&field.ty)));
            format!("record {{{}}}", joined(fields.collect()))
        }
        TypeDefKind::Variant(variant) => {
            let cases =
                variant.cases.iter().map(|case| format!("{}({})", case.name, optional(resolve, case.ty.as_ref())));
            format!("variant {{{}}}", joined(cases.collect()))
        }
        TypeDefKind::Enum(cases) => {
            format!("enum {{{}}}", joined(cases.cases.iter().map(|case| case.name.clone()).collect()))
        }
        TypeDefKind::Flags(flags) => {
            format!("flags {{{}}}", joined(flags.flags.iter().map(|flag| flag.name.clone()).collect()))
        }
        TypeDefKind::Tuple(tuple) => format!("tuple<{}>", joined(tuple.types.iter().map(word).collect())),
        TypeDefKind::Option(ty) => format!("option<{}>", word(ty)),
        TypeDefKind::List(ty) => format!("list<{}>", word(ty)),
        TypeDefKind::Type(ty) => format!("type {}", word(ty)),
        TypeDefKind::Result(result) => {
            format!("result<{}, {}>", optional(resolve, result.ok.as_ref()), optional(resolve, result.err.as_ref()))
        }
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => word(&Type::Id(*id)),
        other => panic!("the contract has a {}, which this test does not know", other.as_str()),
    }
}

/// What of a released contract today's does not keep.
fn broken(released: &Contract, today: &Contract) -> Vec<String> {
    let lost = released.facts.difference(&today.facts).map(|fact| format!("gone or changed: {fact}"));
    let changed = released.exported.symmetric_difference(&today.exported);
    lost.chain(changed.map(|fact| format!("plugins export this, and it is no more what it was: {fact}"))).collect()
}

#[test]
fn nothing_that_was_released_has_changed() {
    let today = read(&repository().join("wit"));
    for version in released() {
        let broken = broken(&read(&folder(&version)), &today);
        assert!(broken.is_empty(), "the contract {version} is released: add a type or a function instead\n{broken:#?}");
    }
}

const SMALL: &str = "package a:b@0.1.0;
    interface asked { record point { x: u32 } enum side { left } put: func(at: point) -> result<side, string>; }
    interface told { use asked.{point}; tell: func() -> list<point>; }
    world plugin { import asked; export told; }";

#[test]
fn every_edit_of_a_released_type_is_seen() {
    let released = parse(SMALL);
    for (old, new) in [
        ("x: u32", "x: u64"),
        ("x: u32", "x: u32, y: u32"),
        ("left }", "left, right }"),
        ("put: func(at: point)", "put: func(to: point)"),
        ("result<side, string>", "result<side>"),
        ("list<point>", "option<point>"),
        ("tell: func() -> list<point>;", "tell: func() -> list<point>; more: func();"),
        ("export told;", "export told; export asked;"),
        ("put: func(at: point) -> result<side, string>;", ""),
    ] {
        assert!(SMALL.contains(old), "{old}");
        assert_ne!(broken(&released, &parse(&SMALL.replace(old, new))), [""; 0], "{old} → {new}");
    }
}

#[test]
fn what_is_added_for_plugins_to_ask_breaks_nothing() {
    let more = SMALL.replace("put: func", "record size { w: u32 } take: func(); put: func");
    let more = more.replace("world plugin {", "interface more { go: func(); } world plugin { import more;");
    assert_eq!(broken(&parse(SMALL), &parse(&more)), [""; 0]);
}
