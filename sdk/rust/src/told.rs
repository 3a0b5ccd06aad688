//! What the operator is told once, and not on every scrape.

use std::collections::BTreeSet;

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
        let text = format!("{command} cannot be had, and what it would tell is left out: {}", why(failure));
        self.tell(what, &text, report);
    }

    /// What the next collect has to be given.
    pub fn kept(self) -> BTreeSet<String> {
        self.now
    }
}

/// A failure in words, for a sentence that says what it was about.
pub fn why(failure: &Failure) -> String {
    match failure {
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
