//! What the bench answers, in the place of the host.

use std::cell::Cell;

use super::{Bench, Key, asks, glob};
use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::types;
use crate::bindings::sweeping::exports::redwasp::collector::sweeper;
use crate::host::{Answer, Answered};
use crate::{Budget, CallError, Node};

/// Pipelines of a collect, and of a page.
const PIPELINES: u32 = 64;
/// Commands of all of them.
const COMMANDS: u32 = 1024;
/// Bytes of their replies.
const BYTES: u64 = 16 << 20;
/// What a call may take.
const MILLISECONDS: u32 = 2000;

/// What of its budgets the call that is under way has used.
#[derive(Default)]
pub(super) struct Used {
    pipelines: Cell<u32>,
    commands: Cell<u32>,
    bytes: Cell<u64>,
}

impl Used {
    /// Another call begins.
    pub(super) fn begin(&self) {
        self.pipelines.set(0);
        self.commands.set(0);
        self.bytes.set(0);
    }

    fn admit(&self, commands: usize) -> Result<(), CallError> {
        self.pipelines.set(self.pipelines.get() + 1);
        if self.pipelines.get() > PIPELINES {
            return Err(CallError::Limit(format!("more than {PIPELINES} calls (limits.calls)")));
        }
        let commands = self.commands.get().saturating_add(crate::family::index(commands));
        if commands > COMMANDS {
            return Err(CallError::Limit(format!("more than {COMMANDS} commands in one collect (limits.commands)")));
        }
        self.commands.set(commands);
        Ok(())
    }
}

impl Bench {
    /// A key with what the sweep at this place of the plan reads of it; none if it is not one of its keys.
    pub(super) fn found(&self, key: &Key, place: u32, sweep: &contract::Sweep) -> Option<sweeper::Swept> {
        match key {
            Key::Known { database, name, kind } => self.known(*database, name, kind, sweep),
            Key::Recorded { sweep: of, key } if *of == place => Some(recorded(key, sweep)),
            Key::Recorded { .. } => None,
        }
    }

    fn known(&self, database: u32, name: &[u8], kind: &str, sweep: &contract::Sweep) -> Option<sweeper::Swept> {
        let is_of = |types: &[String]| types.is_empty() || types.iter().any(|of| of.eq_ignore_ascii_case(kind));
        if database != sweep.database || !is_of(&sweep.types) || !glob::matches(&sweep.pattern, name) {
            return None;
        }
        let read = |read: &contract::KeyRead| {
            let args = [read.before.as_slice(), &[name.to_vec()], &read.after].concat();
            is_of(&read.types).then(|| self.answer(&types::Command { database, args }, 0))
        };
        let names_types = !sweep.types.is_empty() || sweep.reads.iter().any(|read| !read.types.is_empty());
        let kind = if names_types { kind.to_owned() } else { String::new() };
        Some(sweeper::Swept { key: name.to_vec(), kind, reads: sweep.reads.iter().map(read).collect() })
    }

    /// The answer to a command that has been answered so many times.
    pub(super) fn answer(&self, command: &types::Command, before: usize) -> Answered {
        let words = words(&command.args);
        let answers = || self.replies.iter().filter(|(known, _)| *known == words);
        match answers().nth(before).or_else(|| answers().next_back()) {
            Some((_, answer)) => answer.clone(),
            None => Err(CallError::Denied(format!("the bench has no reply to {words}"))),
        }
    }
}

/// A command as a bench knows it.
pub(super) fn words(args: &[Vec<u8>]) -> String {
    args.iter().map(|arg| String::from_utf8_lossy(arg)).collect::<Vec<_>>().join(" ")
}

/// What was recorded of a key, with as many reads as the sweep has now.
fn recorded(key: &sweeper::Swept, sweep: &contract::Sweep) -> sweeper::Swept {
    let nothing = || Some(Err(CallError::Denied("the recording has no such read".to_owned())));
    let read = |place: usize| key.reads.get(place).cloned().unwrap_or_else(nothing);
    sweeper::Swept { reads: (0..sweep.reads.len()).map(read).collect(), ..key.clone() }
}

/// What answers the calls of a collector: the bench, as far as a plan asks for what is asked.
pub(super) struct Answers<'a> {
    pub(super) bench: &'a Bench,
    pub(super) asks: &'a [contract::Ask],
}

impl Answers<'_> {
    fn answer(&self, command: &types::Command) -> Answered {
        match asks::denied(command, self.asks) {
            Some(text) => Err(CallError::Denied(text)),
            None => self.bench.answer(command, 0),
        }
    }
}

impl Answer for Answers<'_> {
    fn pipeline(&self, commands: &[types::Command]) -> Result<Vec<Answered>, CallError> {
        let used = &self.bench.used;
        used.admit(commands.len())?;
        let answers: Vec<Answered> = commands.iter().map(|command| self.answer(command)).collect();
        let bytes: usize = answers.iter().flatten().map(Vec::len).sum();
        used.bytes.update(|before| before + bytes as u64);
        Ok(answers)
    }

    fn nodes(&self) -> Result<Vec<Node>, CallError> {
        self.bench.used.admit(0)?;
        Ok(self.bench.nodes.clone())
    }

    fn remaining(&self) -> Budget {
        let used = &self.bench.used;
        Budget {
            milliseconds: MILLISECONDS,
            calls: PIPELINES.saturating_sub(used.pipelines.get()),
            commands: COMMANDS - used.commands.get(),
            bytes: BYTES.saturating_sub(used.bytes.get()),
        }
    }
}
