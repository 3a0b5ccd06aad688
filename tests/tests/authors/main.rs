//! What authors do, in five languages: from an empty folder to a metric, with the toolchains that everybody can have.

mod compatible;
mod examples;
mod failures;

mod natively;
mod tool;
mod tutorials;

use std::fs;
use std::path::Path;

use redwasp_tests::authors;
use redwasp_tests::daemon::Finished;
use redwasp_tests::server::Redis;
use serde_json::{Value, json};

/// Runs the component of a project once against a server, with these settings of its collector.
fn run(project: &str, redis: &Redis, settings: &Value) -> Finished {
    let component = authors::component(project);
    plugin("run", &component, &["--target", &redis.url()], settings)
}

/// A command of `redwasp plugin` about a component, with these settings of its collector.
fn plugin(word: &str, component: &Path, args: &[&str], settings: &Value) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("redwasp.yaml");
    let name = component.file_stem().unwrap().to_str().unwrap();
    fs::write(&file, json!({"collectors": {name: settings}}).to_string()).unwrap();
    let config = format!("--config.file={}", file.display());
    let words = ["plugin", word, component.to_str().unwrap()];
    authors::run(folder.path(), "redwasp", &[&words, args, &[config.as_str()]].concat())
}
