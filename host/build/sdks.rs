//! Lists the SDKs, their templates and the contract for `author/sdk.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// What is no part of an SDK as authors have it: its tests, and what tools leave behind.
const LEFT_OUT: [&str; 8] = ["tests", "test", "target", "node_modules", "__pycache__", "build", "dist", "template"];

/// The contract: every project has it beside the SDK, so that it is listed once.
const CONTRACT: &str = "wit";

/// The source of the list.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn list(workspace: &Path) -> std::io::Result<String> {
    let mut sdks = String::new();
    for folder in entries(&workspace.join("sdk"))?.into_iter().filter(|path| path.is_dir()) {
        let language = name(&folder);
        let is_test = |name: &str| LEFT_OUT.contains(&name) || name.ends_with("_test.go");
        let keep = |name: &str| !is_test(name) && name != CONTRACT && !is_hidden(name);
        let files = files(&folder, &|name| keep(name))?;
        let template = folder.join("template");
        let template = if template.is_dir() { files_of_template(&template)? } else { String::new() };
        sdks += &format!("Sdk {{ language: {language:?}, files: &[{files}], template: &[{template}] }},");
    }
    let contract = files(&workspace.join(CONTRACT), &|name| name.ends_with(".wit"))?;
    Ok(format!("static SDKS: &[Sdk] = &[{sdks}];\nstatic CONTRACT: &[File] = &[{contract}];\n"))
}

/// Hidden files are part of a template: what its repository shall not keep, and its CI.
fn files_of_template(template: &Path) -> std::io::Result<String> {
    files(template, &|name| {
        !["target", "node_modules", "__pycache__", ".venv", "sdk"].contains(&name) && !name.ends_with(".wasm")
    })
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".egg-info")
}

fn files(folder: &Path, keep: &dyn Fn(&str) -> bool) -> std::io::Result<String> {
    let mut found = Vec::new();
    walk(folder, keep, &mut found)?;
    let listed = found.iter().map(|file| {
        let path = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
        format!("({path:?}, include_bytes!({:?})),", file.display().to_string())
    });
    Ok(listed.collect())
}

fn walk(folder: &Path, keep: &dyn Fn(&str) -> bool, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for path in entries(folder)?.into_iter().filter(|path| keep(&name(path))) {
        if path.is_dir() {
            walk(&path, keep, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// In the order of their names, so that the same sources make the same program.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<std::io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    Ok(entries)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
