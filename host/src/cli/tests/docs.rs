//! The usage and docs/flags.md tell of every flag.

use std::{env, fs};

use super::*;
use crate::cli::flag::{Flag, Owner};
use crate::cli::flags;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/flags.md");
const MARKS: [&str; 2] = ["<!-- flags: begin -->\n", "<!-- flags: end -->\n"];

fn row(owner: Owner<'_>, flag: &Flag<'_>) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!(" `{text}`") };
    let (env, default) = (code(flag.env), code(&flag.default));
    let (name, help) = (flag.name, flag.help.replace('\n', " "));
    match owner {
        Owner::Later => format!("| `--{name}` |{env} |{default} | *not yet:* {help} |\n"),
        _ => format!("| `--{name}` |{env} |{default} | {help} |\n"),
    }
}

/// UPDATE_GOLDEN=1 writes the table anew.
#[test]
fn docs_have_a_row_for_each_flag() {
    let manifests = manifests();
    let rows = flags::known(&manifests).unwrap().into_iter().map(|(owner, flag)| row(owner, &flag));
    let head = "\n| Flag | Variable | Default | What it does |\n|---|---|---|---|\n";
    let table = format!("{head}{}\n", rows.collect::<String>());
    let text = fs::read_to_string(DOCS).unwrap();
    let (before, rest) = text.split_once(MARKS[0]).unwrap();
    let (found, after) = rest.split_once(MARKS[1]).unwrap();
    if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        fs::write(DOCS, [before, MARKS[0], &table, MARKS[1], after].concat()).unwrap();
    } else {
        assert!(found == table, "docs/flags.md is not of this version: `make golden` writes it");
    }
}

#[test]
fn the_usage_tells_of_each_flag() {
    let manifests = manifests();
    let (_, text) = usage(&["--help"]);
    for (owner, flag) in flags::known(&manifests).unwrap() {
        let is_described = text.matches(&format!("\n      --{}", flag.name)).count() > 0;
        assert_eq!(is_described, owner != Owner::Later, "{}", flag.name);
        let parts = [flag.env, flag.help.lines().next().unwrap()];
        assert!(!is_described || parts.iter().all(|part| text.contains(part)), "{}", flag.name);
        assert!(is_described || text.split_whitespace().any(|word| word == flag.name), "{}", flag.name);
    }
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(110), "{longest:?} columns");
}
