use wasmtime::Engine;
use wasmtime::component::Component;

use super::*;
use crate::plugin::embedded::embedded;
use crate::plugin::engine::compiling_engine;

/// What makes a component a collector.
const COLLECTOR: &str = r#"(instance $c) (export "redwasp:collector/collector@0.1.0" (instance $c))"#;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// A collector with more in it.
fn collector(more: &str) -> Vec<u8> {
    wasm(&format!("(component {more} {COLLECTOR})"))
}

fn refused(bytes: &[u8]) -> Problem {
    let problem = inspect(bytes).unwrap_err();
    assert_eq!((problem.stage, problem.hint.is_some()), (Stage::Check, true), "{problem}");
    problem
}

#[track_caller]
fn says(bytes: &[u8], reason: &str, hint: &str) {
    let problem = refused(bytes);
    assert!(problem.reason.contains(reason), "{problem}");
    assert!(problem.hint.as_ref().unwrap().contains(hint), "{problem}");
}

#[test]
fn built_ins_import_nothing_but_a_way_to_redis_where_they_need_it() {
    let built_ins = embedded().unwrap();
    assert!(!built_ins.is_empty());
    for (manifest, embedded) in built_ins {
        let inspection = inspect(embedded.component).unwrap();
        let ours: Vec<_> = inspection.imports.iter().filter(|import| import.starts_with("redwasp:")).collect();
        let world = match inspection.exports.iter().any(|export| export.starts_with("redwasp:collector/sweeper@")) {
            true => World::Sweeping,
            false if ours.is_empty() => World::Pure,
            false => World::Active,
        };
        assert!(ours.iter().all(|import| *import == "redwasp:collector/redis@0.1.0"), "{}: {ours:?}", manifest.name);
        assert_eq!((inspection.world, inspection.contract.as_str()), (world, "0.1.0"), "{}", manifest.name);
        // Whoever reads replies of its plan alone imports nothing.
        assert!(manifest.name != "info" || world == World::Pure);
        assert!(inspection.exports.contains(&"redwasp:collector/collector@0.1.0".to_owned()));
        assert!(inspection.modules > 0 && inspection.custom_sections["name"] > 0);
    }
}

#[test]
fn worlds_are_told_by_imports_and_exports() {
    assert_eq!(inspect(&collector("")).unwrap().world, World::Pure);
    let asks = r#"(import "redwasp:collector/redis@0.1.0" (instance (export "nodes" (func))))"#;
    let inspection = inspect(&collector(asks)).unwrap();
    assert_eq!(inspection.world, World::Active);
    assert_eq!(inspection.imports, ["redwasp:collector/redis@0.1.0"]);
    let logs = r#"(import "redwasp:collector/log@0.1.3" (instance (export "write" (func))))"#;
    assert_eq!(inspect(&collector(logs)).unwrap().world, World::Active);
    let sweeps = r#"(instance $s) (export "redwasp:collector/sweeper@0.1.0" (instance $s))"#;
    assert_eq!(inspect(&collector(sweeps)).unwrap().world, World::Sweeping);
}

#[test]
fn files_that_are_something_else_are_told() {
    let native = compiling_engine(true).unwrap().precompile_component(&collector("")).unwrap();
    says(&native, "native code (.cwasm", "only portable components");
    says(&std::fs::read("/proc/self/exe").unwrap()[..4096], "native code (ELF)", "wasm32-wasip2");
    says(b"", "empty (0 bytes)", "again");
    says(b"\x1f\x8b\x08\0", "compressed (gzip)", "unpack");
    says(b"PK\x03\x04\0", "an archive (zip)", "unpack");
    says(b"\n  <!DOCTYPE html><html>", "an HTML page", "download");
    says(b"version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS", "git lfs pull");
    says(b"(component)", "WebAssembly as text", "wasm-tools parse");
    says("\u{feff};; ä\n(module)".as_bytes(), "WebAssembly as text", "wasm-tools parse");
    says(b"{\"error\":", "JSON", "download");
    says("ä".repeat(SAMPLE_AND_MORE).as_bytes(), "is text", "wasm32-wasip2");
    says(b"\x00\x01\x02\xff", "begins with 00 01 02 ff", "wasm32-wasip2");
}

/// Two bytes each, so that a sample of an even number of bytes is cut between characters and this one within.
const SAMPLE_AND_MORE: usize = 700;

#[test]
fn a_text_may_be_cut_within_a_character() {
    says(format!("x{}", "ä".repeat(SAMPLE_AND_MORE)).as_bytes(), "is text", "wasm32-wasip2");
}

#[test]
fn core_modules_are_told() {
    says(&wasm("(module (func (export \"run\")))"), "a core module", "wasm-tools component new");
    let mut other = collector("");
    other[4] = 10;
    says(&other, "has version 10", "toolchain");
}

#[test]
fn a_cut_component_is_never_taken() {
    let (_, embedded) = embedded().unwrap().swap_remove(0);
    let whole = embedded.component;
    let every = (0..64).chain((64..whole.len()).step_by(whole.len() / 500));
    for length in every {
        let problem = refused(&whole[..length]);
        let known = ["truncated", "empty", "no collector"].iter().any(|word| problem.reason.contains(word));
        assert!(known, "{length} bytes: {problem}");
    }
    says(&whole[..whole.len() - 1], "is truncated: it ends after", "complete");
    says(&whole[..6], "within its header", "complete");
}

#[test]
fn a_changed_component_never_panics() {
    let (_, embedded) = embedded().unwrap().swap_remove(0);
    let mut bytes = embedded.component.to_vec();
    for place in (8..bytes.len()).step_by(bytes.len() / 300) {
        let before = bytes[place];
        bytes[place] ^= 0xff;
        let _ = inspect(&bytes);
        bytes[place] = before;
    }
}

#[test]
fn what_is_invalid_is_told_with_its_place() {
    let mut broken = collector("(core module (func (result i32) i32.const 1))");
    let place = broken.windows(2).position(|bytes| bytes == [0x41, 1]).unwrap();
    // i32.const becomes i64.const.
    broken[place] = 0x42;
    says(&broken, "is no valid component: type mismatch", "again");
}

#[test]
fn the_async_abi_is_told() {
    let lifted = r#"
        (core module $m (func (export "f") (result i32) i32.const 0) (func (export "g") (param i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func (export "run") async (canon lift (core func $i "f") async (callback (core func $i "g"))))"#;
    says(&collector(lifted), "component-model async", "--sync");
    says(&collector("(import \"f\" (func async))"), "component-model async", "--sync");
    says(&collector("(type (stream u8))"), "component-model async", "--sync");
}

/// Components that need a proposal, and its name.
const PROPOSALS: &[(&str, &str)] = &[
    ("(core module (memory i64 1))", "memory64"),
    ("(core module (memory 1 1 shared))", "threads"),
    ("(core module (tag))", "exceptions"),
    ("(core module (type (struct)))", "gc"),
    ("(core module (func (param externref)))", "gc-types"),
    ("(core module (memory 1 (pagesize 1)))", "custom-page-sizes"),
    (
        "(core module (func (param i64 i64 i64 i64) (result i64 i64) (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3))))",
        "wide-arithmetic",
    ),
    ("(type (list u8 4))", "cm-fixed-length-lists"),
];

#[test]
fn proposals_that_are_off_are_told_by_name() {
    for (component, name) in PROPOSALS {
        says(&collector(component), &format!("uses what is off here: {name}"), "wasm32-wasip2");
    }
}

/// What is checked and what the engine has on are one: it takes what was accepted and refuses what was not.
#[test]
fn the_engine_has_the_same_features() {
    let engine = compiling_engine(true).unwrap();
    let compiles = |engine: &Engine, component: &str| Component::new(engine, collector(component)).is_ok();
    for (component, name) in PROPOSALS {
        assert!(!compiles(&engine, component), "{name}");
    }
    let on = [
        "(core module (func (param v128)))",
        "(core module (func (return_call 0)))",
        "(core module (memory 1) (memory 1))",
        "(core module (func (param f32) (drop (i32.trunc_sat_f32_s (local.get 0)))))",
        "(core module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))",
        "(core module (type $f (func)) (func (param (ref $f)) (call_ref $f (local.get 0))))",
        "(core module (global i32 (i32.add (i32.const 1) (i32.const 2))))",
    ];
    for component in on {
        assert!(inspect(&collector(component)).is_ok(), "{component}");
        assert!(compiles(&engine, component), "{component}");
    }
}

#[test]
fn a_memory_that_cannot_be_is_told_with_what_can() {
    let nested =
        |pages: u32| collector(&format!("(component (core module (memory 1)) (core module (memory {pages})))"));
    assert!(inspect(&nested(4096)).is_ok());
    says(&nested(5000), "needs 312.5 MiB of memory from the start, 256 MiB are possible", "less memory");
}

#[test]
fn other_contracts_are_told() {
    let exports = |name: &str| wasm(&format!("(component (instance $c) (export {name:?} (instance $c)))"));
    says(
        &exports("redwasp:collector/collector@0.2.0"),
        "exports redwasp:collector/collector@0.2.0, this redwasp speaks 0.1",
        "SDK",
    );
    assert_eq!(inspect(&exports("redwasp:collector/collector@0.1.9")).unwrap().contract, "0.1.9");
    says(&exports("redwasp:collector/collector@0.1.0-rc.1"), "this redwasp speaks 0.1", "SDK");
    says(&exports("wasi:cli/run@0.2.0"), "no collector: it exports wasi:cli/run@0.2.0", "cdylib");
    says(&exports("a:b/c"), "no collector: it exports a:b/c", "SDK");
    says(&wasm("(component)"), "no collector: it exports nothing", "SDK");
}

#[test]
fn an_export_of_another_kind_is_no_collector() {
    let function = r#"(core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "redwasp:collector/collector" (func $f))"#;
    says(&wasm(&format!("(component {function})")), "no collector", "SDK");
}

#[test]
fn imports_that_are_not_offered_are_listed_all() {
    let import = |name: &str| format!(r#"(import "{name}" (instance (export "f" (func))))"#);
    let both = import("wasi:sockets/tcp@0.2.3") + &import("wasi:http/types@0.2.3") + &import("wasi:io/poll@0.2.3");
    let problem = refused(&collector(&both));
    assert_eq!(problem.reason, "imports what is not offered: wasi:sockets/tcp@0.2.3, wasi:http/types@0.2.3");
    says(&collector(&both), "", "componentize-py --stub-wasi");
    says(&collector(&both), "", "--disable http");
    says(&collector(&import("wasi:cli/environment@0.3.0")), "wasi:cli/environment@0.3.0", "only WASI 0.2");
    says(&collector(&import("wasi:io/poll@0.2.0-rc-2023-11-10")), "rc-2023-11-10", "newer toolchain");
    says(&collector(&import("redwasp:collector/redis@0.2.0")), "redis@0.2.0", "SDK");
    says(&collector(&import("acme:db/query@1.0.0")), "acme:db/query@1.0.0", "may import");
    says(&collector(r#"(import "f" (func))"#), "not offered: f", "may import");
    says(&collector(r#"(import "acme:a/b" (instance (export "r" (type (sub resource)))))"#), "acme:a/b", "may import");
}

#[test]
fn interfaces_that_only_name_types_are_not_counted() {
    let types = r#"(import "acme:a/types@1.0.0" (instance (type $r (list string)) (export "names" (type (eq $r)))))
        (type $u u32) (import "t" (type (eq $u)))"#;
    assert_eq!(inspect(&collector(types)).unwrap().imports, Vec::<String>::new());
}

#[test]
fn names_of_the_file_are_bounded() {
    let many: String = (0..1000).map(|n| format!(r#"(import "acme:a/i{n}" (instance (export "f" (func))))"#)).collect();
    assert!(refused(&collector(&many)).to_string().len() < 3 << 10);
    let many: String = (0..400).map(|n| format!(r#"(instance $i{n}) (export "i{n}" (instance $i{n}))"#)).collect();
    assert_eq!(inspect(&wasm(&format!("(component {COLLECTOR} {many})"))).unwrap().exports.len(), 64);
}
