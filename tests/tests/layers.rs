//! The arrows of ARCHITECTURE.md, read from the `use` lines and paths of the source.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which layer of the host may name which. A layer may always name itself.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("main", &["build", "cli", "commands", "config", "daemon", "logging"]),
    ("commands", &["author", "config", "daemon", "exposition", "metrics", "own", "plugin", "scrape", "servers"]),
    ("cli", &["author", "build", "config", "logging", "plugin"]),
    ("daemon", &["config", "own", "plugin", "scrape", "servers", "web"]),
    ("author", &["plugin"]),
    ("web", &["build", "config", "exposition", "metrics", "own", "scrape"]),
    ("scrape", &["config", "metrics", "own", "plugin", "servers"]),
    ("plugin", &["config", "metrics", "servers"]),
    ("servers", &["build", "config", "own"]),
    ("exposition", &["metrics"]),
    ("own", &["build", "metrics"]),
    ("metrics", &[]),
    ("build", &[]),
    ("config", &[]),
    ("logging", &[]),
];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The layer that a file of the host belongs to; none for the crate's root.
fn layer(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(workspace().join("host/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib").then(|| name.to_owned())
}

/// The layers that a text names: what follows `crate::`, in `main` what follows `redwasp::`, also inside of braces.
fn named(text: &str, root: &str) -> Vec<String> {
    let text: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for (place, _) in text.match_indices(root) {
        let rest = &text[place + root.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(first_words_of_list(list)),
            None => names.extend(word(rest)),
        }
    }
    names
}

fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// The first word of each element, up to the brace that ends the list.
fn first_words_of_list(list: &str) -> Vec<String> {
    let mut depth = 1;
    let mut words = vec![word(list.trim_start())];
    for (place, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => words.push(word(list[place + 1..].trim_start())),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    words.into_iter().flatten().collect()
}

#[test]
fn no_arrow_of_the_host_turns() {
    let may_name: BTreeMap<_, _> = MAY_NAME.iter().copied().collect();
    let mut wrong = Vec::new();
    let files = sources(&workspace().join("host/src"));
    assert!(files.len() > MAY_NAME.len());
    for file in files {
        let Some(layer) = layer(&file) else { continue };
        let Some(allowed) = may_name.get(layer.as_str()) else {
            panic!("{} is in a layer that ARCHITECTURE.md does not know: {layer}", file.display())
        };
        let text = fs::read_to_string(&file).unwrap();
        let root = if layer == "main" { "redwasp::" } else { "crate::" };
        for other in named(&text, root) {
            if other != layer && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{}: {layer} names {other}", file.display()));
            }
        }
        // The other way to leave a layer: from its root file up, from a deeper one two up.
        let in_root_file = file.parent() == Some(&workspace().join("host/src"));
        let before_tests = text.split("#[cfg(test)]").next().unwrap();
        if before_tests.contains("super::super::") || in_root_file && before_tests.contains("super::") {
            wrong.push(format!("{}: a path that climbs out with super; write crate::", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn host_and_sdk_share_only_the_contract() {
    let manifest = |package: &str| fs::read_to_string(workspace().join(package).join("Cargo.toml")).unwrap();
    assert!(!manifest("host").contains("redwasp-"), "the host depends on an SDK or a plugin");
    assert!(!manifest("sdk/rust").contains("redwasp.workspace"), "the SDK depends on the host");
    for plugin in fs::read_dir(workspace().join("plugins")).unwrap() {
        let plugin = plugin.unwrap().file_name().into_string().unwrap();
        assert!(!manifest(&format!("plugins/{plugin}")).contains("redwasp.workspace"), "{plugin} depends on the host");
    }
}

#[test]
fn no_module_is_named_like_a_dependency() {
    let manifest = fs::read_to_string(workspace().join("host/Cargo.toml")).unwrap();
    let dependencies: Vec<_> = manifest.lines().filter_map(|line| line.strip_suffix(".workspace = true")).collect();
    assert!(dependencies.contains(&"wasmtime"));
    for file in sources(&workspace().join("host/src")) {
        let module = file.file_stem().unwrap().to_str().unwrap().replace('_', "-");
        assert!(!dependencies.contains(&module.as_str()), "{} is named like a crate", file.display());
    }
}

#[test]
fn turned_arrows_are_seen() {
    assert_eq!(named("use crate::web::App;", "crate::"), ["web"]);
    assert_eq!(named("use crate::{\n    config::{a, b},\n    web,\n};", "crate::"), ["config", "web"]);
    assert_eq!(named("let x = crate::scrape::run();", "crate::"), ["scrape"]);
    assert_eq!(named("    /// [`crate::web`]\n", "crate::"), Vec::<String>::new());
}
