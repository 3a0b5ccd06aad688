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
    if let Err(failed) = Project::read(folder).and_then(|_| plugin_folder(config)) {
        return Ok(Said::failed(&failed));
    }
    let mut shown: Option<String> = None;
    loop {
        let before = Sources::of(folder);
        match round(config, folder, target)? {
            Ok(page) => {
                let told = shown.as_ref().map_or_else(|| page.clone(), |shown| difference(shown, &page));
                println!("{told}");
                shown = Some(page);
            }
            Err(error) => eprintln!("{error}"),
        }
        eprintln!("watching {}; Ctrl-C ends it", folder.display());
        while Sources::of(folder) == before {
            thread::sleep(OFTEN);
        }
    }
}

/// Whether there is the folder that components shall be put into.
fn plugin_folder(config: &Config) -> Result<(), Failed> {
    match config.plugins.dir.as_deref().filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(Failed::new(format!("--plugins.dir: {} is no folder", folder.display()))),
        None => Ok(()),
    }
}

/// One time around: the page, or what is to be said of why there is none.
fn round(config: &Config, folder: &Path, target: &Target) -> anyhow::Result<Result<String, String>> {
    // Read each time: the world may have changed.
    let built = Project::read(folder).and_then(|project| Ok((author::build(&project)?, project)));
    let (component, project) = match built {
        Ok(built) => built,
        Err(failed) => return Ok(Err(failed.to_string())),
    };
    let said = run_plugin(config, &component, target)?;
    if !said.is_good {
        return Ok(Err(said.err));
    }
    eprintln!("{}", said.err);
    let put = config.plugins.dir.as_deref().map_or(Ok(()), |folder| put(&component, folder, &project.name));
    if let Err(failed) = put {
        eprintln!("{failed}");
    }
    Ok(Ok(said.out))
}

/// Puts a component into a daemon's folder, whole or not at all.
fn put(component: &Path, folder: &Path, name: &str) -> Result<(), Failed> {
    let (file, new) = (folder.join(name).with_extension("wasm"), folder.join(format!(".{name}.new")));
    let put = fs::copy(component, &new).and_then(|_| fs::rename(&new, &file));
    put.map_err(|error| Failed::new(format!("{}: {error}", file.display())))
}
