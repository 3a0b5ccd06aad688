//! Tests that run without a daemon: those of the SDKs, and those of the examples as their authors run them.

use redwasp_tests::authors::{LANGUAGES, prepare, run};
use redwasp_tests::tools::repository;

fn passes(folder: &str, program: &str, args: &[&str]) {
    let finished = run(&repository().join(folder), program, args);
    assert_eq!(finished.code, 0, "{folder}: {}{}", finished.stdout, finished.stderr);
}

#[test]
fn the_sdk_for_javascript() {
    passes("sdk/javascript", "npm", &["test"]);
}

#[test]
fn the_sdk_for_python() {
    passes("sdk/python", "python3", &["-m", "unittest", "discover", "-s", "tests"]);
}

#[test]
fn the_sdk_for_go() {
    passes("sdk/go", "go", &["test", "./..."]);
}

#[test]
fn the_sdk_for_c() {
    passes("sdk/c/tests", "make", &["test"]);
}

#[test]
fn the_examples() {
    for language in LANGUAGES {
        for example in ["active-users", "orders"] {
            let folder = format!("examples/plugins/{example}/{language}");
            prepare(&repository().join(&folder));
            passes(&folder, "redwasp", &["plugin", "test"]);
        }
    }
}
