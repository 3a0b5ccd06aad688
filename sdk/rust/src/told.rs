//! What the operator is told once, and not on every scrape.

use std::collections::{BTreeMap, BTreeSet};

use crate::{CallError, Failure, Report};

/// What cannot be had of a server: the log says so once, until it is otherwise.
///
/// ```
/// # use std::collections::BTreeSet;
/// # use redwasp_sdk::{Failure, Report, Request, told::Told};
/// # fn collect(request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
/// let mut told = Told::since(request.saved().unwrap_or_default());
/// // What did not go well:
/// told.tell("room", "3 clients are left out", report);
/// report.keep(&told.kept())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Told {
    before: BTreeSet<String>,
    now: BTreeSet<String>,
}

impl Told {
    /// From what the collect before kept.
    pub fn since(before: BTreeSet<String>) -> Told {
        Told { before, now: BTreeSet::new() }
    }

    /// Says that something is left out of a report. `what` is a word for it: it is told again only when there was a collect
    /// in between that did not have to say it.
    pub fn tell(&mut self, what: &str, text: &str, report: &mut Report) {
        report.partial();
        if self.now.insert(what.to_owned()) && !self.before.contains(what) {
            report.warn(format!("{text} (told once)"));
        }
    }

    /// As [`Told::tell`], of a command that was not answered, or in a form that nobody knows.
    pub fn missing(&mut self, what: &str, command: &str, failure: &Failure, report: &mut Report) {
        self.tell(what, &missing(command, failure), report);
    }

    /// What the next collect has to be given.
    pub fn kept(self) -> BTreeSet<String> {
        self.now
    }
}

/// Reads of keys that were refused: of each command the first, however many keys there are.
#[derive(Debug, Default)]
pub struct Refused(BTreeMap<String, Failure>);

/// Errors that say something of the key and not of who asks: it is of another type by now, gone, broken or another node's.
const OF_THE_KEY: [&str; 6] = ["WRONGTYPE", "NOGROUP", "INVALIDOBJ", "MOVED", "ASK", "TRYAGAIN"];

impl Refused {
    /// What was read of a key. None when it was not; that is told, unless the error is about this key alone.
    pub fn read<T>(&mut self, command: &str, read: Result<T, Failure>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(failure) => {
                self.note(command, failure);
                None
            }
        }
    }

    /// Takes notice of why a key was not read. Whether that is about more than the key, and is told.
    pub fn note(&mut self, command: &str, failure: Failure) -> bool {
        let is_told = !is_of_the_key(&failure);
        if is_told && !self.0.contains_key(command) {
            self.0.insert(command.to_owned(), failure);
        }
        is_told
    }

    /// Tells it once: for a collect.
    pub fn tell(&self, told: &mut Told, report: &mut Report) {
        self.0.iter().for_each(|(command, failure)| told.tell(command, &refused(command, failure), report));
    }

    /// Tells it: for the end of a walk, after which nothing is kept.
    pub fn warn(&self, report: &mut Report) {
        for (command, failure) in &self.0 {
            report.partial();
            report.warn(refused(command, failure));
        }
    }
}

fn is_of_the_key(failure: &Failure) -> bool {
    match failure {
        Failure::Redis(CallError::Server(error)) => {
            OF_THE_KEY.contains(&error.code.as_str()) || error.message.contains("no such key")
        }
        _ => false,
    }
}

fn missing(command: &str, failure: &Failure) -> String {
    format!("{command} cannot be had, and what it would tell is left out: {}", why(failure))
}

/// The same of a read of keys, with what to grant.
fn refused(command: &str, failure: &Failure) -> String {
    let text = missing(command, failure);
    match failure {
        Failure::Redis(CallError::Server(error)) if error.code == "NOPERM" => {
            format!(
                "{text}; the user needs +{} and the right to read the keys",
                command.to_lowercase().replace(' ', "|")
            )
        }
        _ => text,
    }
}

/// A failure in words, for a sentence that says what it was about.
pub fn why(failure: &Failure) -> String {
    match failure {
        Failure::Redis(CallError::Server(error)) if error.message.is_empty() => error.code.clone(),
        Failure::Redis(CallError::Server(error)) => format!("{} {}", error.code, error.message),
        Failure::Redis(CallError::Timeout) => "no reply in time".to_owned(),
        Failure::Redis(
            CallError::Denied(text) | CallError::Limit(text) | CallError::Unreachable(text) | CallError::Other(text),
        )
        | Failure::NotApplicable(text)
        | Failure::Other(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of these a collect says, after one that kept `before`.
    fn said(whats: &[&str], before: BTreeSet<String>) -> (Vec<String>, bool, BTreeSet<String>) {
        let (mut told, mut report) = (Told::since(before), Report::new(0));
        whats.iter().for_each(|what| told.tell(what, &format!("no {what}"), &mut report));
        let report = report.finish();
        (report.warnings, report.partial, told.kept())
    }

    #[test]
    fn of_refused_reads_the_first_of_each_command_is_told_with_the_right_that_lacks() {
        let error = |code: &str, message: &str| {
            let (code, message) = (code.to_owned(), message.to_owned());
            Err::<(), _>(Failure::Redis(CallError::Server(crate::ServerError { code, message })))
        };
        let mut refused = Refused::default();
        assert_eq!(refused.read("PTTL", Ok(7)), Some(7));
        for (code, message) in [("WRONGTYPE", "no"), ("ERR", "no such key"), ("MOVED", "1 a:1")] {
            assert_eq!(refused.read("XINFO STREAM", error(code, message)), None);
        }
        for message in ["first", "second"] {
            assert_eq!(refused.read("MEMORY USAGE", error("NOPERM", message)), None);
        }
        let mut report = Report::new(0);
        refused.warn(&mut report);
        let report = report.finish();
        let text = "MEMORY USAGE cannot be had, and what it would tell is left out: NOPERM first; the user needs \
                    +memory|usage and the right to read the keys";
        assert_eq!((report.warnings, report.partial), (vec![text.to_owned()], true));
        let (mut told, mut report) = (Told::default(), Report::new(0));
        refused.tell(&mut told, &mut report);
        assert_eq!(report.finish().warnings, [format!("{text} (told once)")]);
        assert_eq!(told.kept(), BTreeSet::from(["MEMORY USAGE".to_owned()]));
    }

    #[test]
    fn an_error_of_the_server_is_told_as_it_was_sent() {
        let error = |message: &str| {
            let (code, message) = ("NOAUTH".to_owned(), message.to_owned());
            Failure::Redis(CallError::Server(crate::ServerError { code, message }))
        };
        assert_eq!([why(&error("no password")), why(&error(""))], ["NOAUTH no password", "NOAUTH"]);
    }

    #[test]
    fn what_stays_so_is_told_once() {
        let (warnings, partial, kept) = said(&["a", "a", "b"], BTreeSet::new());
        assert_eq!((warnings, partial), (vec!["no a (told once)".to_owned(), "no b (told once)".to_owned()], true));
        let (warnings, partial, kept) = said(&["a"], kept);
        assert_eq!((warnings, partial), (Vec::new(), true));
        let (warnings, ..) = said(&["a", "b"], kept);
        assert_eq!(warnings, ["no b (told once)"], "b could be had in between");
        assert!(!said(&[], BTreeSet::new()).1);
    }
}
