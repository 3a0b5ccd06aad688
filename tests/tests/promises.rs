//! Every promise of the sandbox is shown by tests that exist.

use std::fs;

use redwasp_tests::tools;

fn read(path: &str) -> String {
    fs::read_to_string(tools::repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of all tables: promise, limit, metric, tests.
fn rows(text: &str) -> Vec<[String; 4]> {
    let cells = |line: &str| -> Vec<String> {
        let inner = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')).unwrap_or(line);
        inner.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let is_row = |line: &&str| line.starts_with('|') && !line.starts_with("| promise") && !line.starts_with("|---");
    let row = |line: &str| <[String; 4]>::try_from(cells(line)).unwrap_or_else(|_| panic!("not four columns: {line}"));
    text.lines().filter(is_row).map(row).collect()
}

/// Whether there is a test of that name, `file::function`.
fn is_test(name: &str) -> bool {
    let Some((file, function)) = name.split_once("::") else { return false };
    let text = read(&format!("tests/tests/{file}.rs"));
    let tests = text.split("#[test]").skip(1).chain(text.split("#[tokio::test]").skip(1));
    tests.map(str::trim_start).any(|test| {
        let test = test.strip_prefix("async ").unwrap_or(test);
        test.starts_with(&format!("fn {function}()"))
    })
}

#[test]
fn every_promise_names_tests_that_exist() {
    let rows = rows(&read("docs/plugins/sandbox.md"));
    assert!(rows.len() > 30, "only {} promises", rows.len());
    for [promise, _, _, tests] in rows {
        for test in tests.split("; ") {
            let name = test.trim_matches('`');
            assert!(is_test(name), "{promise}: there is no test {name:?}");
        }
    }
}

#[test]
fn metrics_that_are_named_are_the_daemons() {
    let names = redwasp::metrics::names::OWN;
    for [promise, _, metrics, _] in rows(&read("docs/plugins/sandbox.md")) {
        let quoted = metrics.split('`').skip(1).step_by(2).filter(|name| name.starts_with("redwasp_"));
        for name in quoted.map(|name| name.split('{').next().unwrap_or(name)) {
            assert!(names.contains(&name), "{promise}: there is no metric {name}");
        }
    }
}

#[test]
fn other_names_are_seen() {
    assert!(is_test("promises::other_names_are_seen"));
    for name in ["promises::nope", "promises", "promises::is_test"] {
        assert!(!is_test(name), "{name}");
    }
}
