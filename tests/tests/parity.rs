//! The list of what redis_exporter has is true: each row names tests that there are, and none is open.

use std::collections::HashSet;
use std::fs;

use redwasp_tests::tools;

/// Rows of the list: each counts one thing that redis_exporter 1.86 has on its command line, over HTTP, of itself, of a
/// connection, of commands, from INFO or for its packages. Counted here too, so that a row cannot get lost.
const ROWS: usize = 192;

struct Row {
    /// Area, and what is there.
    what: String,
    verdict: String,
    tests: Vec<String>,
    /// Words of `docs/differences.md`.
    words: Option<String>,
}

fn read(path: &str) -> String {
    fs::read_to_string(tools::repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows() -> Vec<Row> {
    let row = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [area, what, verdict, tests, words @ ..] = &*columns else { panic!("too few columns: {line}") };
        Row {
            what: format!("{area}: {what}"),
            verdict: (*verdict).to_owned(),
            tests: tests.split("; ").map(str::to_owned).collect(),
            words: words.first().map(|words| (*words).to_owned()),
        }
    };
    read("tests/parity.tsv").lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

/// A file of `tests/tests`, or all files of a folder there.
fn text_of(name: &str) -> String {
    let folder = tools::repository().join("tests/tests").join(name);
    let Ok(files) = fs::read_dir(folder) else { return read(&format!("tests/tests/{name}.rs")) };
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// Whether there is a test of that name: `file::test` in `tests/tests`, `path/of/a/file.rs::test` elsewhere. The test of
/// a table is named with one of its cases, `file::cases/name of the case`, for they can be deleted one by one.
fn is_test(name: &str) -> bool {
    let Some((file, function)) = name.split_once("::") else { return false };
    let (function, case) = function.split_once('/').map_or((function, None), |(test, case)| (test, Some(case)));
    let text = if file.ends_with(".rs") { read(file) } else { text_of(file) };
    let tests: Vec<&str> = text.split("#[test]").skip(1).map(str::trim_start).collect();
    let is_case = |case: &str| text.lines().any(|line| line.trim_start().starts_with(&format!("case({case:?}, ")));
    tests.iter().any(|test| test.starts_with(&format!("fn {function}()")))
        && case.map_or(function != "cases", |case| function == "cases" && is_case(case))
}

#[test]
fn cases_have_to_be_there() {
    for name in ["black_box::cases/tcp://", "black_box::cases/a user with few rights", "parity::cases_have_to_be_there"]
    {
        assert!(is_test(name), "{name}");
    }
    for name in
        ["black_box::cases", "black_box::cases/", "black_box::cases/nope", "parity::cases_have_to_be_there/tcp://"]
    {
        assert!(!is_test(name), "{name}");
    }
}

#[test]
fn every_row_is_shown_by_tests() {
    let rows = rows();
    assert_eq!(rows.len(), ROWS);
    let mut listed = HashSet::new();
    let differences = read("docs/differences.md");
    for Row { what, verdict, tests, words } in rows {
        assert!(listed.insert(what.clone()), "{what} is there twice");
        assert!(["same", "differs"].contains(&verdict.as_str()), "{what} is {verdict}");
        for test in &tests {
            assert!(is_test(test), "{what}: there is no test {test}");
        }
        let explained = words.as_ref().is_some_and(|words| differences.contains(words));
        assert_eq!(explained, verdict == "differs", "{what}: {words:?} in docs/differences.md");
    }
}
