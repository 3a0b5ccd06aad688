//! The page of each language, from an empty folder to a metric in Prometheus.

use redwasp_tests::tutorial::follow;

#[test]
fn rust() {
    follow("plugins/rust.md");
}

#[test]
fn javascript() {
    follow("plugins/javascript.md");
}

#[test]
fn python() {
    follow("plugins/python.md");
}

#[test]
fn go() {
    follow("plugins/go.md");
}

#[test]
fn c() {
    follow("plugins/c.md");
}
