//! `redwasp plugin watch`: built whenever it changes, with what that changes of the metrics.

mod difference;
mod sources;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{Said, run_plugin};
use crate::author::{self, Failed, Project};
use crate::config::Config;
use crate::config::target::Target;
use difference::difference;
use sources::Sources;

/// How often it is looked whether a file has changed.
const OFTEN: Duration = Duration::from_millis(300);

/// Builds a project, runs it against a server and prints its metrics; again whenever a file of it changes, and then what
/// has changed of them. With a plugin folder the component is put there too. It goes on until it is interrupted.
///
/// # Errors
/// There is no such project, or there are no threads. What is wrong with it is told, and waited for to be mended.
pub fn watch_plugin(config: &Config, folder: &Path, target: &Target) -> anyhow::Result<Said> {
    let project = match Project::read(folder) {
        Ok(project) => project,
        Err(failed) => return Ok(Said::failed(&failed)),
    };
    let mut shown: Option<String> = None;
    loop {
        let before = Sources::of(&project.root);
        match round(config, &project, target)? {
            Ok(page) => {
                let told = shown.as_ref().map_or_else(|| page.clone(), |shown| difference(shown, &page));
                println!("{told}");
                shown = Some(page);
            }
            Err(error) => eprintln!("{error}"),
        }
        eprintln!("watching {}; Ctrl-C ends it", project.root.display());
        while Sources::of(&project.root) == before {
            thread::sleep(OFTEN);
        }
    }
}

/// One time around: the page, or what is to be said of why there is none.
fn round(config: &Config, project: &Project, target: &Target) -> anyhow::Result<Result<String, String>> {
    let component = match author::build(project) {
        Ok(component) => component,
        Err(failed) => return Ok(Err(failed.to_string())),
    };
    let said = run_plugin(config, &component, target)?;
    if !said.is_good {
        return Ok(Err(said.err));
    }
    eprintln!("{}", said.err);
    let put = config.plugins.dir.as_deref().map_or(Ok(()), |folder| put(&component, folder, &project.name));
    Ok(put.map(|()| said.out).map_err(|failed| failed.to_string()))
}

/// Puts a component into a daemon's folder, whole or not at all.
fn put(component: &Path, folder: &Path, name: &str) -> Result<(), Failed> {
    let (file, new) = (folder.join(name).with_extension("wasm"), folder.join(format!(".{name}.new")));
    let put = fs::copy(component, &new).and_then(|_| fs::rename(&new, &file));
    put.map_err(|error| Failed::new(format!("{}: {error}", file.display())))
}
