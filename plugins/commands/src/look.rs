//! One collect: replies that may be refused, and what is remembered for the next one.

use std::collections::BTreeSet;

use redwasp_sdk::told::{Told, why};
use redwasp_sdk::{Command, Failure, Plan, Prefetched, Reply, Report, Request};
use serde::{Deserialize, Serialize};

use crate::slow_log::Log;

/// What the next collect is given.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What the operator was told and is still so.
    pub(crate) told: BTreeSet<String>,
    pub(crate) slow_log: Option<Log>,
}

/// A command that some servers refuse.
#[derive(Serialize, Deserialize)]
pub(crate) struct Asked {
    words: String,
    reply: Prefetched,
}

impl Asked {
    /// Asks for a command before each collect.
    pub(crate) fn new(words: &str, plan: &mut Plan) -> Asked {
        let mut parts = words.split(' ');
        let name = Command::new(parts.next().unwrap_or_default());
        Asked { words: words.to_owned(), reply: plan.prefetch(parts.fold(name, Command::arg)) }
    }

    /// What is told once for all of them: a server that refuses one subcommand usually refuses the others too.
    fn family(&self) -> &str {
        self.words.split(' ').next().unwrap_or_default()
    }
}

/// A collect under way.
pub(crate) struct Look<'r, 'a> {
    pub(crate) request: &'r Request<'a>,
    pub(crate) report: &'r mut Report,
    told: Told,
}

impl<'r, 'a> Look<'r, 'a> {
    pub(crate) fn new(request: &'r Request<'a>, report: &'r mut Report, told: BTreeSet<String>) -> Look<'r, 'a> {
        Look { request, report, told: Told::since(told) }
    }

    /// Reads a reply. A command that is refused, or answered in a form that nobody knows, costs what it would have told;
    /// the rest of the report is right.
    pub(crate) fn read(&mut self, asked: &Asked, read: impl FnOnce(&Reply<'a>, &mut Report) -> Result<(), Failure>) {
        let outcome = self.request.reply(asked.reply).and_then(|reply| read(&reply, self.report));
        if let Err(failure) = outcome {
            let text = format!("{} cannot be had, and what it would tell is left out: {}", asked.words, why(&failure));
            self.tell(asked.family(), &text);
        }
    }

    /// Tells that something is left out: once, until it is otherwise.
    pub(crate) fn tell(&mut self, what: &str, text: &str) {
        self.told.tell(what, text, self.report);
    }

    /// What has not to be told again.
    pub(crate) fn told(self) -> BTreeSet<String> {
        self.told.kept()
    }
}
