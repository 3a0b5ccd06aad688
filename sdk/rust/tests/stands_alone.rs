//! The package refers to no workspace, because it is copied into projects; so it repeats what the workspace has.

use std::fs;

fn lines(path: &str) -> Vec<String> {
    let folder = env!("CARGO_MANIFEST_DIR");
    fs::read_to_string(format!("{folder}/{path}")).unwrap().lines().map(str::to_owned).collect()
}

fn after<'a>(lines: &'a [String], title: &str) -> impl Iterator<Item = &'a String> {
    let title = title.to_owned();
    lines.iter().skip_while(move |line| **line != title).skip(1).take_while(|line| !line.starts_with('['))
}

/// Name and value, without what is only said of it here.
fn setting(line: &str) -> Option<(&str, String)> {
    let (name, value) = line.split_once(" = ")?;
    let value = value.replace(", optional = true", "");
    let alone = value.strip_prefix("{ version = ").and_then(|rest| rest.strip_suffix(" }"));
    let version = alone.filter(|version| !version.contains(',')).map(str::to_owned);
    Some((name, version.unwrap_or(value)))
}

#[test]
fn its_versions_are_those_of_the_workspace() {
    let (own, workspace) = (lines("Cargo.toml"), lines("../../Cargo.toml"));
    let mut compared = 0;
    for (here, there) in [
        ("[dependencies]", "[workspace.dependencies]"),
        ("[target.'cfg(target_family = \"wasm\")'.dependencies]", "[workspace.dependencies]"),
        ("[lints.rust]", "[workspace.lints.rust]"),
    ] {
        for line in after(&own, here).filter_map(|line| setting(line)) {
            assert!(after(&workspace, there).filter_map(|line| setting(line)).any(|other| other == line), "{line:?}");
            compared += 1;
        }
    }
    for (name, value) in after(&workspace, "[workspace.package]").filter_map(|line| setting(line)) {
        let of_the_package = after(&own, "[package]").filter_map(|line| setting(line));
        assert!(of_the_package.into_iter().any(|own| own == (name, value.clone())), "{name} = {value}");
        compared += 1;
    }
    assert!(compared >= 15, "{compared}");
}

#[test]
fn it_refers_to_no_workspace() {
    assert!(!lines("Cargo.toml").iter().any(|line| line.contains("workspace = true")));
}
