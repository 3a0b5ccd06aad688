//! JavaScript: the SDK's own build puts the code and an engine into a component.

use std::process::Command;

use super::{Failed, Project, read, step};
use crate::author::program::Program;
use crate::author::step::{output, run_tests};

const NODE: Program = Program {
    names: &["node", "nodejs"],
    folders: &[],
    what: "Node",
    get: "apt-get install --no-install-recommends nodejs npm, or https://nodejs.org",
};

const BUILD: Program = Program {
    names: &["redwasp-build"],
    folders: &["node_modules/.bin"],
    what: "What package.json asks for",
    get: "npm ci, in the project's folder",
};

const NPM: Program = Program { names: &["npm"], ..NODE };

pub(super) fn build(project: &Project) -> Result<Vec<u8>, Failed> {
    let (node, build) = (NODE.find(&project.root)?, BUILD.find(&project.root)?);
    let mut command = Command::new(node);
    command.current_dir(&project.root).arg(build);
    step("componentize-qjs", || output(&mut command))?;
    read(&project.component())
}

pub(super) fn test(project: &Project) -> Result<(), Failed> {
    BUILD.find(&project.root)?;
    run_tests(Command::new(NPM.find(&project.root)?).current_dir(&project.root).arg("test"))
}
