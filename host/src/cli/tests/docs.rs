//! The usage and the documentation tell of every flag and of every key of the file.

use std::{env, fs};

use serde_json::Value;

use super::*;
use crate::cli::flag::{Flag, Owner};
use crate::cli::{flags, settings};
use crate::config::file;

fn path(name: &str) -> String {
    format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// That a file is what it should be; UPDATE_GOLDEN=1 writes it anew.
fn golden(name: &str, expected: &str) {
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(path(name), expected).unwrap();
    } else {
        let found = fs::read_to_string(path(name)).unwrap_or_default();
        assert!(found == expected, "docs/{name} is not of this version: `make golden` writes it");
    }
}

/// That what stands between two marks of a file is a table.
fn golden_table(name: &str, mark: &str, table: &str) {
    let text = fs::read_to_string(path(name)).unwrap();
    let marks = [format!("<!-- {mark}: begin -->\n"), format!("<!-- {mark}: end -->\n")];
    let (before, rest) = text.split_once(&marks[0]).unwrap();
    let (_, after) = rest.split_once(&marks[1]).unwrap();
    golden(name, &[before, &marks[0], table, &marks[1], after].concat());
}

fn schema() -> Value {
    file::schema(&settings::schema(&flags::known(&manifests()).unwrap()))
}

fn row(owner: Owner<'_>, flag: &Flag<'_>) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!(" `{text}`") };
    let (env, default) = (code(flag.env), code(&flag.default));
    let (name, help) = (flag.name, flag.help.replace('\n', " "));
    match owner {
        Owner::Later => format!("| `--{name}` |{env} |{default} | *not yet:* {help} |\n"),
        _ => format!("| `--{name}` |{env} |{default} | {help} |\n"),
    }
}

#[test]
fn docs_have_a_row_for_each_flag() {
    let manifests = manifests();
    let rows = flags::known(&manifests).unwrap().into_iter().map(|(owner, flag)| row(owner, &flag));
    let head = "\n| Flag | Variable | Default | What it does |\n|---|---|---|---|\n";
    golden_table("flags.md", "flags", &format!("{head}{}\n", rows.collect::<String>()));
}

/// A row for each key below a key of the file.
fn keys(schema: &Value, around: &str, rows: &mut String) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let key = if around.is_empty() { name.clone() } else { format!("{around}.{name}") };
        let description = inner["description"].as_str().unwrap_or_default();
        assert!(!description.is_empty(), "{key} has no description");
        let code = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => format!(" `{text}`"),
            other => format!(" `{other}`"),
        };
        let kinds: Vec<&str> = match &inner["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        let example = match (kinds.as_slice(), &inner["examples"][0]) {
            (["object", ..], _) => " keys".to_owned(),
            (["boolean", ..], _) => " `true` or `false`".to_owned(),
            (["integer", "null"], _) => " a number".to_owned(),
            (["string", "integer", ..], _) => " a size".to_owned(),
            (["string", ..], example) if !example.is_null() && inner["default"] == *example => " a time".to_owned(),
            (_, Value::Null) => " a text".to_owned(),
            (_, example) => code(example),
        };
        *rows += &format!("| `{key}` |{example} |{} | {description} |\n", code(&inner["default"]));
        match name.as_str() {
            "settings" => {}
            "collectors" => keys(&inner["additionalProperties"], &format!("{key}.NAME"), rows),
            _ => keys(inner, &key, rows),
        }
    }
}

#[test]
fn docs_have_a_row_for_each_key_of_the_file() {
    let mut rows = "\n| Key | Written as | Default | What it means |\n|---|---|---|---|\n".to_owned();
    keys(&schema(), "", &mut rows);
    golden_table("configuration.md", "keys", &format!("{rows}\n"));
}

#[test]
fn editors_have_the_schema() {
    golden("config.schema.json", &format!("{:#}\n", schema()));
}

/// What is shown is what works: the example of the folder, and those of the page.
#[test]
fn the_examples_are_good() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/config/redwasp.yaml");
    let settings = with(&[&format!("--config.file={example}")], &[]).unwrap();
    assert_eq!(settings.warnings, []);
    let names: Vec<_> = settings.config.collectors.iter().map(|collector| collector.name.as_str()).collect();
    assert!(names.contains(&"info") && names.contains(&"orders-eu"), "{names:?}");
    let page = fs::read_to_string(path("configuration.md")).unwrap();
    let blocks: Vec<&str> = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let (_folder, path) = written(block);
        if let Err(Stop::Invalid(message)) = with(&[&format!("--config.file={path}")], &[]) {
            panic!("{message}\n{block}");
        }
    }
}

#[test]
fn the_usage_tells_of_each_flag() {
    let manifests = manifests();
    let (_, text) = usage(&["--help"]);
    for (owner, flag) in flags::known(&manifests).unwrap() {
        let begins = format!("\n      --{}", flag.name);
        let is_whole = |rest: &&str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "-.".contains(c));
        let is_described = text.split(&begins).skip(1).any(|rest| is_whole(&rest));
        assert_eq!(is_described, owner != Owner::Later, "{}", flag.name);
        let parts = [flag.env, flag.help.lines().next().unwrap()];
        assert!(!is_described || parts.iter().all(|part| text.contains(part)), "{}", flag.name);
        assert!(is_described || text.split_whitespace().any(|word| word == flag.name), "{}", flag.name);
    }
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(110), "{longest:?} columns");
}
