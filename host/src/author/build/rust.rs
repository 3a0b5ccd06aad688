//! Rust: cargo makes the component.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Failed, Project, read, step};
use crate::author::program::Program;
use crate::author::step::{output, quietly, run_tests};

const TARGET: &str = "wasm32-wasip2";

const CARGO: Program = Program { names: &["cargo"], folders: &[], what: "Rust", get: "https://rustup.rs" };

const RUSTC: Program = Program { names: &["rustc"], folders: &[], what: "Rust", get: "https://rustup.rs" };

pub(super) fn build(project: &Project) -> Result<Vec<u8>, Failed> {
    let cargo = CARGO.find(&project.root)?;
    check_target(&project.root)?;
    let mut command = Command::new(cargo);
    command.current_dir(&project.root).args(["build", "--release", "--target", TARGET]);
    if project.path("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    command.args(["--message-format", "json-render-diagnostics"]).env("RUSTFLAGS", without_paths());
    let messages = step("cargo build", || output(&mut command))?;
    let component = component(&messages).ok_or_else(|| {
        Failed::new("cargo made no component").hint("Cargo.toml wants: [lib] crate-type = [\"cdylib\", \"rlib\"]")
    })?;
    read(&component)
}

pub(super) fn test(project: &Project) -> Result<(), Failed> {
    run_tests(Command::new(CARGO.find(&project.root)?).current_dir(&project.root).arg("test"))
}

/// The compiler's flags, with the paths of this machine left out of what panics tell: the same sources give the same bytes.
fn without_paths() -> String {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let home = env::var("CARGO_HOME").or_else(|_| env::var("HOME").map(|home| format!("{home}/.cargo")));
    match home {
        Ok(home) if !home.contains(' ') => format!("{flags} --remap-path-prefix={home}=/cargo").trim().to_owned(),
        _ => flags,
    }
}

fn check_target(root: &Path) -> Result<(), Failed> {
    let mut rustc = Command::new(RUSTC.find(root)?);
    rustc.current_dir(root).args(["--print", "target-libdir", "--target", TARGET]);
    let libdir = quietly(&mut rustc).map(|out| PathBuf::from(String::from_utf8_lossy(&out).trim()));
    match libdir {
        Ok(libdir) if libdir.is_dir() => Ok(()),
        _ => Err(Failed::new(format!("Rust cannot build for {TARGET}"))
            .hint(format!("get it with: rustup target add {TARGET}"))),
    }
}

/// The last one of cargo's messages that names a component: its dependencies come first.
fn component(messages: &[u8]) -> Option<PathBuf> {
    let messages = messages.split(|&byte| byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let mut files = messages.filter(|message| message["reason"] == "compiler-artifact").filter_map(|message| {
        let mut files = message["filenames"].as_array()?.iter().filter_map(|file| file.as_str());
        files.rfind(|file| file.ends_with(".wasm")).map(PathBuf::from)
    });
    files.next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_is_what_cargo_made_last() {
        let messages = br#"{"reason":"compiler-artifact","filenames":["/t/libdep.rlib"]}
{"reason":"compiler-artifact","filenames":["/t/libhits.rlib","/t/hits.wasm"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(component(messages), Some(PathBuf::from("/t/hits.wasm")));
        assert_eq!(component(b"no json\n"), None);
    }
}
