//! C: clang makes a core module, and redwasp a component of that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Failed, Project, read, scratch, step};
use crate::author::encode::{self, Needs, component};
use crate::author::program::Program;
use crate::author::step::{output, quietly, run_tests};
use crate::plugin::World;

/// The packages of Debian 12. Those of the tests: the sanitizers, and what finds the lines for their reports.
const GET: &str = "apt-get install --no-install-recommends clang-19 lld-19 llvm-19 libclang-rt-19-dev \
                   libclang-rt-19-dev-wasm32 wasi-libc";

const CLANG: Program = Program { names: &["clang-19", "clang"], folders: &[], what: "clang 19 or newer", get: GET };

const TARGET: &str = "--target=wasm32-wasi";

/// Faults that C leaves undefined end the call instead, each at its own place, so that the trap tells the line.
const CHECKED: [&str; 7] = [
    "-fsanitize=undefined",
    "-fno-sanitize=pointer-overflow",
    "-fsanitize-trap=undefined",
    "-mllvm",
    "-ubsan-unique-traps",
    "-mllvm",
    "-enable-tail-merge=0",
];

/// The stack lies below all data: one that grows too large ends the call instead of writing over them.
const LINKED: [&str; 4] = ["-lm", "-Wl,--stack-first", "-Wl,-z,stack-size=262144", "-Wl,--fatal-warnings"];

pub(super) fn build(project: &Project) -> Result<Vec<u8>, Failed> {
    let (clang, scratch) = (CLANG.find(&project.root)?, scratch()?);
    check_toolchain(&clang)?;
    let module = scratch.0.join("core.wasm");
    let mut command = Command::new(&clang);
    command.current_dir(&project.root).args([TARGET, "-mexec-model=reactor", "-std=c11", "-O2", "-gline-tables-only"]);
    command.args(["-Wall", "-Wextra", "-Werror=return-type", "-Werror=format", "-Werror=unused-result"]);
    command.args(CHECKED).arg("-fvisibility=hidden").arg(format!("-ffile-prefix-map={}=.", absolute(&project.root)));
    command.arg(include(project)).arg("-Isrc").args(of_author(project)?).args(of_sdk(project)?);
    command.args(LINKED).arg("-o").arg(&module);
    step("clang", || output(&mut command))?;
    let module = read(&module)?;
    check_module(project, &module)?;
    step("component", || component(module, project.world, Needs::Contract))
}

pub(super) fn test(project: &Project) -> Result<(), Failed> {
    let clang = CLANG.find(&project.root)?;
    // It stays: an author starts it in a debugger.
    let build = project.root.join("build");
    fs::create_dir_all(&build).map_err(|error| Failed::new(format!("{}: {error}", build.display())))?;
    let tests = std::path::absolute(build.join("tests")).unwrap_or_else(|_| build.join("tests"));
    let mut command = Command::new(&clang);
    command.current_dir(&project.root).args(["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-fno-omit-frame-pointer"]);
    if has_sanitizers(&clang) {
        command.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    command.arg(include(project)).arg("-Isrc").args(of_author(project)?);
    command.args(sources(&project.root.join("tests"))?).args(of_sdk(project)?);
    command.args(sources(&project.root.join(&project.sdk).join("src/testing"))?).arg("-lm").arg("-o").arg(&tests);
    step("clang", || output(&mut command))?;
    run_tests(Command::new(&tests).current_dir(&project.root))
}

fn include(project: &Project) -> String {
    format!("-I{}", project.sdk.join("include").display())
}

/// The author's sources, in folders too.
fn of_author(project: &Project) -> Result<Vec<PathBuf>, Failed> {
    let (mut folders, mut files) = (vec![project.root.join("src")], Vec::new());
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| Failed::new(format!("{}: {error}", folder.display())))?;
        let inside = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
        folders.extend(inside);
        files.extend(sources(&folder).or_else(|failed| if files.is_empty() { Err(failed) } else { Ok(Vec::new()) })?);
    }
    files.sort();
    Ok(files)
}

/// The sources of the SDK, but those of its bench.
fn of_sdk(project: &Project) -> Result<Vec<PathBuf>, Failed> {
    sources(&project.root.join(&project.sdk).join("src"))
}

/// The C files of a folder, in order: the same sources give the same bytes.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", folder.display()));
    let files = fs::read_dir(folder).map_err(failed)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<std::io::Result<Vec<PathBuf>>>().map_err(failed)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "c"));
    files.sort();
    match files.is_empty() {
        true => Err(Failed::new(format!("{}: there is no file of C", folder.display()))),
        false => Ok(files.into_iter().map(|file| std::path::absolute(&file).unwrap_or(file)).collect()),
    }
}

fn absolute(folder: &Path) -> String {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()).display().to_string()
}

/// clang names where its parts would be, also when they are not there.
fn check_toolchain(clang: &Path) -> Result<(), Failed> {
    let parts = [
        ("-print-prog-name=wasm-ld", "the linker wasm-ld"),
        ("-print-file-name=libc.a", "the C library for WebAssembly"),
        ("-print-libgcc-file-name", "clang's own library for WebAssembly"),
    ];
    for (question, what) in parts {
        let said = quietly(Command::new(clang).args([TARGET, question]))?;
        let path = PathBuf::from(String::from_utf8_lossy(&said).trim());
        if !path.is_absolute() || !path.is_file() {
            return Err(Failed::new(format!("{what} is missing: there is no {}", path.display()))
                .hint(format!("get it with: {GET}")));
        }
    }
    Ok(())
}

fn has_sanitizers(clang: &Path) -> bool {
    let said = quietly(Command::new(clang).arg("-print-file-name=libclang_rt.asan-x86_64.a"));
    let named = quietly(Command::new(clang).arg("-print-file-name=libclang_rt.asan.a"));
    [said, named].into_iter().flatten().any(|said| Path::new(String::from_utf8_lossy(&said).trim()).is_file())
}

/// What would be told badly, or not at all, when a component is made of it.
fn check_module(project: &Project, module: &[u8]) -> Result<(), Failed> {
    const SWEEPER: &str = "redwasp:collector/sweeper@0.1.0#begin";
    let names = encode::names(module)?;
    if let Some((_, function)) = names.imports.iter().find(|(module, _)| module.starts_with("wasi_")) {
        return Err(Failed::new(format!("it asks the system for `{function}` (printf, fopen, time and the like)"))
            .hint("a plugin has no system: say things with rw_log_info, and take the time from rw_request_unix_ms"));
    }
    let asks = names.imports.iter().find(|(module, _)| module.starts_with("redwasp:collector/"));
    if let Some((module, _)) = asks.filter(|_| project.world == World::Pure) {
        return Err(Failed::new(format!("it imports {module}, and plugin.toml says world = \"pure\""))
            .hint("write world = \"active\""));
    }
    match (names.exports.iter().any(|name| name == SWEEPER), project.world == World::Sweeping) {
        (true, false) => {
            Err(Failed::new("it exports a sweeper, and plugin.toml does not say so").hint("write world = \"sweeping\""))
        }
        (false, true) => Err(Failed::new("plugin.toml says world = \"sweeping\", and it exports no sweeper")
            .hint("export the collector with RW_EXPORT_SWEEPER")),
        _ => Ok(()),
    }
}
