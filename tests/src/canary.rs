//! Secrets that tests plant, and whether a program gives them away.
//!
//! [`password`] makes one up. Whatever a daemon of the harness said until its end is searched for all of them: what it
//! wrote, and each answer that came from it over [`http`](crate::http). What it gave away makes the test fail that had
//! it.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::thread;

use crate::http::Response;
use crate::lock;

/// What to look for, and the name that it has in messages.
static SECRETS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Ports of the daemons that are watched, and what was found in their answers.
static WATCHED: Mutex<BTreeMap<u16, Vec<String>>> = Mutex::new(BTreeMap::new());

/// A password that nobody else has and that is the same in a URL, in JSON and on a command line. Half of it, at random,
/// is enough to be found. It is a good passphrase too.
///
/// # Panics
/// When its name is not made of ASCII letters, digits and dashes.
pub fn password(name: &str) -> String {
    let is_plain = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
    assert!(is_plain, "{name:?} has more than letters, digits and dashes");
    let halves = [(); 2].map(|()| format!("{:016x}", RandomState::new().hash_one(name)));
    for half in &halves {
        plant(name, half);
    }
    format!("canary-{name}-{}{}", halves[0], halves[1])
}

/// Looks for another text from now on. The name tells it apart in messages.
///
/// # Panics
/// When it is empty, which is found everywhere.
pub fn plant(name: &str, secret: &str) {
    assert!(!secret.is_empty(), "{name} is no secret");
    lock(&SECRETS).push((name.to_owned(), secret.to_owned()));
}

/// The names of the secrets that are in a text.
pub fn found_in(text: &[u8]) -> Vec<String> {
    let secrets = lock(&SECRETS);
    let is_there = |secret: &str| text.windows(secret.len()).any(|part| part == secret.as_bytes());
    let mut names: Vec<String> = Vec::new();
    for (name, secret) in secrets.iter() {
        if !names.contains(name) && is_there(secret) {
            names.push(name.clone());
        }
    }
    names
}

/// What is noted of a daemon's answers as long as it runs.
pub(crate) struct Watch {
    port: u16,
}

impl Watch {
    /// Of the daemon that listens on this port of 127.0.0.1.
    pub(crate) fn over(port: u16) -> Watch {
        lock(&WATCHED).insert(port, Vec::new());
        Watch { port }
    }

    /// That the daemon gave nothing away: in its answers, and in what it wrote, each text with what it is.
    ///
    /// # Panics
    /// When it did. A test that fails already is only told.
    pub(crate) fn end(&self, written: &[(&str, &str)]) {
        let mut found = lock(&WATCHED).get(&self.port).cloned().unwrap_or_default();
        found.extend(written.iter().flat_map(|(what, text)| findings(what, text.as_bytes())));
        tell(&found);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&WATCHED).remove(&self.port);
    }
}

/// Searches an answer, if it is of a daemon that is watched.
pub(crate) fn look_at(port: u16, request: &str, response: &Response) {
    if !lock(&WATCHED).contains_key(&port) {
        return;
    }
    let mut found = findings(&format!("the answer to {request}"), &response.body);
    for (name, value) in &response.headers {
        found.extend(findings(&format!("the header {name} of the answer to {request}"), value.as_bytes()));
    }
    if response.header("content-encoding") == Some("gzip") {
        found.extend(findings(&format!("the packed answer to {request}"), &response.gunzip()));
    }
    if let Some(noted) = lock(&WATCHED).get_mut(&port) {
        noted.extend(found);
    }
}

/// That a program which ran to its end gave nothing away in what it wrote.
///
/// # Panics
/// When it did.
pub(crate) fn check(written: &[(&str, &str)]) {
    tell(&written.iter().flat_map(|(what, text)| findings(what, text.as_bytes())).collect::<Vec<_>>());
}

fn findings(what: &str, text: &[u8]) -> Vec<String> {
    found_in(text).into_iter().map(|name| format!("the secret {name} is in {what}")).collect()
}

fn tell(found: &[String]) {
    if found.is_empty() {
        return;
    }
    let told = format!("a daemon gives secrets away:\n{}", found.join("\n"));
    // A second panic would end all tests of the process.
    assert!(thread::panicking(), "{told}");
    eprintln!("{told}");
}
