//! Python: componentize-py puts the code, the SDK and an interpreter into a component.

use std::process::Command;

use super::{Failed, Project, read, scratch, step};
use crate::author::encode;
use crate::author::program::Program;
use crate::author::step::{quietly, run_tests};

const COMPONENTIZE: Program = Program {
    names: &["componentize-py"],
    folders: &[".venv/bin"],
    what: "componentize-py",
    get: "python3 -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt",
};

const PYTHON: Program = Program {
    names: &["python3", "python"],
    folders: &[".venv/bin"],
    what: "Python",
    get: "apt-get install --no-install-recommends python3 python3-venv, or https://www.python.org",
};

pub(super) fn build(project: &Project) -> Result<Vec<u8>, Failed> {
    let (program, scratch) = (COMPONENTIZE.find(&project.root)?, scratch()?);
    let (contract, component) = (scratch.0.join("wit"), scratch.0.join("component.wasm"));
    encode::write_contract(&contract)?;
    let mut command = Command::new(program);
    // Only packages of the project's own environment; else those of the machine would be put in too.
    command.current_dir(&project.root).env("VIRTUAL_ENV", ".venv").env("RUST_BACKTRACE", "0");
    command.arg("-q").arg("-d").arg(&contract).arg("-w").arg(format!("{}-collector", project.world));
    // The system is left out: what of it a plugin has is in the SDK.
    command.args(["componentize", "redwasp_entry", "--stub-wasi", "-p", ".", "-p"]).arg(&project.sdk);
    command.arg("-o").arg(&component);
    step("componentize-py", || quietly(&mut command).map_err(|failed| told(&failed)))?;
    read(&component)
}

pub(super) fn test(project: &Project) -> Result<(), Failed> {
    let mut python = Command::new(PYTHON.find(&project.root)?);
    let path = project.sdk.display().to_string();
    run_tests(python.current_dir(&project.root).env("PYTHONPATH", path).args(["-m", "unittest"]))
}

/// What matters of a traceback through the toolchain: the last place in the project, and the reason.
fn told(failed: &Failed) -> Failed {
    let text = failed.to_string();
    let Some((_, reason)) = text.split_once("Caused by:") else { return failed.clone() };
    let place = text.lines().rfind(|line| line.trim_start().starts_with("File \"/0/"));
    let place = place.map(|line| line.trim().replace("/0/", "")).unwrap_or_default();
    Failed::new(format!("componentize-py: {}\n  {place}", reason.trim()).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_traceback_the_place_and_the_reason_are_told() {
        let text = "componentize-py: exit status: 1\nTraceback (most recent call last):\n  File \"/1/redwasp_entry.py\", \
                    line 3\n  File \"/0/hits.py\", line 7, in <module>\n\nCaused by:\n    NameError: name 'x' is not defined";
        let failed = told(&Failed::new(text));
        let expected = "componentize-py: NameError: name 'x' is not defined\n  File \"hits.py\", line 7, in <module>";
        assert_eq!(failed.to_string(), expected);
        assert_eq!(told(&Failed::new("no memory")), Failed::new("no memory"));
    }
}
