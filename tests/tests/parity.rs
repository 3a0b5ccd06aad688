//! The list of what redis_exporter has is true: each row names tests that there are, and none is open.

use std::fs;

use redwasp_tests::tools;

struct Row {
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
        let [_, what, verdict, tests, words @ ..] = &*columns else { panic!("too few columns: {line}") };
        Row {
            what: (*what).to_owned(),
            verdict: (*verdict).to_owned(),
            tests: tests.split(' ').map(str::to_owned).collect(),
            words: words.first().map(|words| (*words).to_owned()),
        }
    };
    read("tests/parity.tsv").lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

/// Whether there is a test of that name: `file::test` in `tests/tests`, `path/of/a/file.rs::test` elsewhere.
fn is_test(name: &str) -> bool {
    let Some((file, function)) = name.split_once("::") else { return false };
    let path = if file.ends_with(".rs") { file.to_owned() } else { format!("tests/tests/{file}.rs") };
    let text = read(&path);
    let tests: Vec<&str> = text.split("#[test]").skip(1).map(str::trim_start).collect();
    tests.iter().any(|test| test.starts_with(&format!("fn {function}()")))
}

#[test]
fn every_row_is_shown_by_tests() {
    let rows = rows();
    assert!(rows.len() >= 86, "there are only {} rows", rows.len());
    let differences = read("docs/differences.md");
    for Row { what, verdict, tests, words } in rows {
        assert!(["same", "differs"].contains(&verdict.as_str()), "{what} is {verdict}");
        for test in &tests {
            assert!(is_test(test), "{what}: there is no test {test}");
        }
        let explained = words.as_ref().is_some_and(|words| differences.contains(words));
        assert_eq!(explained, verdict == "differs", "{what}: {words:?} in docs/differences.md");
    }
}
