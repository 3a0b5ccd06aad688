//! Lines for the host's log.
//!
//! The host cuts a message that is longer than 1 KiB, and drops what is more than 16 KiB in one call. Writing never fails. A
//! component that logs needs the world `active` or `sweeping`; one that never does imports nothing.
//!
//! What an operator should see on the page as well is a [`Report::warn`](crate::Report::warn).

pub use crate::bindings::redwasp::collector::log::Level;

/// A line of the log: what native tests see of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// The text.
    pub message: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// Writes a line that is of use only while looking for a fault in the collector.
pub fn trace(message: &str, fields: &[(&str, &str)]) {
    write(Level::Trace, message, fields);
}

/// Writes a line that is of use while looking for a fault.
pub fn debug(message: &str, fields: &[(&str, &str)]) {
    write(Level::Debug, message, fields);
}

/// Writes a line that an operator may want to know.
pub fn info(message: &str, fields: &[(&str, &str)]) {
    write(Level::Info, message, fields);
}

/// Writes a line of something odd.
pub fn warn(message: &str, fields: &[(&str, &str)]) {
    write(Level::Warn, message, fields);
}

/// Writes a line of something wrong.
pub fn error(message: &str, fields: &[(&str, &str)]) {
    write(Level::Error, message, fields);
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(target_family = "wasm")]
fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    crate::bindings::redwasp::collector::log::write(level, message, &owned(fields));
}

#[cfg(not(target_family = "wasm"))]
thread_local! {
    /// What was written on this thread: a bench runs its collector on the test's.
    static LINES: std::cell::RefCell<Vec<Line>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[cfg(not(target_family = "wasm"))]
fn write(level: Level, message: &str, fields: &[(&str, &str)]) {
    let line = Line { level, message: message.to_owned(), fields: owned(fields) };
    LINES.with_borrow_mut(|lines| lines.push(line));
}

/// What was written since this was asked last.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn written() -> Vec<Line> {
    LINES.take()
}
