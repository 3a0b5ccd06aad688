//! `redwasp plugin new`, `build` and `test`: what is done with a plugin's project.

use std::path::Path;

use super::check_plugin::checked;
use super::{Said, quoted};
use crate::author::{self, NewProject, Project};
use crate::config::Config;

/// Begins a project, and says what to do next.
pub fn new_plugin(project: &NewProject) -> Said {
    let NewProject { name, language, folder } = project;
    match author::new(project) {
        Ok(()) => {
            let folder = quoted(folder);
            let first = language.first_step().map(|step| format!("  {step}\n")).unwrap_or_default();
            let out = format!(
                "{folder}: a plugin in {language}\n\nnext:\n  cd {folder}\n{first}  redwasp plugin test     # its tests\n  \
                 redwasp plugin build    # {name}.wasm\nREADME.md says what else there is to know"
            );
            Said { out, err: String::new(), is_good: true }
        }
        Err(failed) => Said::failed(&failed),
    }
}

/// Makes a component of a project, and says what the loader would say of it.
///
/// # Errors
/// When there are no threads to look at it with. What is wrong with the project is no error.
pub fn build_plugin(config: &Config, folder: &Path) -> anyhow::Result<Said> {
    match Project::read(folder).and_then(|project| author::build(&project)) {
        Ok(component) => Ok(match checked(config, &component)? {
            Ok(out) => Said { out, err: String::new(), is_good: true },
            // It is built. What it lacks is a configuration, which is the operator's.
            Err(problem) if problem.is_of_configuration() => {
                let out = format!("{}: built; without a configuration it does not run", component.display());
                Said { out, is_good: true, ..Said::problem(&component, &problem) }
            }
            Err(problem) => Said::problem(&component, &problem),
        }),
        Err(failed) => Ok(Said::failed(&failed)),
    }
}

/// Runs a project's own tests; they speak for themselves.
pub fn test_plugin(folder: &Path) -> Said {
    match Project::read(folder).and_then(|project| author::test(&project)) {
        Ok(()) => Said { is_good: true, ..Said::default() },
        Err(failed) => Said::failed(&failed),
    }
}
