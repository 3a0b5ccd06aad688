//! What is said of one command.

use super::forms::Form;
use super::keys::Keys;

/// A command, with its subcommand if it has one.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// As it is granted: `GET`, `XINFO STREAM`.
    pub name: &'static str,
    /// Whether it may be sent.
    pub rule: Rule,
}

/// Whether a command may be sent.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Never, whoever grants it. The reason follows the name in a sentence: "writes".
    Refused(&'static str),
    /// As far as it is granted.
    Read(Reading),
}

/// How a read is written, and what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What follows the name, as the servers' documentation writes it: `key [field ...]`. What has to be there and no
    /// more is checked, so that a command which the server would refuse is not sent.
    pub args: &'static str,
    /// Where its keys are.
    pub keys: Keys,
    /// Whether it belongs to the grant that everybody has: no keys, nothing of users, answered at once.
    pub statistic: bool,
    /// What it must not go without or beyond.
    pub form: Form,
    /// What it tells, and what it costs where that grows with the data.
    pub what: &'static str,
}

impl Row {
    /// The read, if it is one.
    pub fn reading(&self) -> Option<&Reading> {
        match &self.rule {
            Rule::Read(reading) => Some(reading),
            Rule::Refused(_) => None,
        }
    }

    /// Whether the reply depends on the database of the connection.
    pub fn is_of_database(&self) -> bool {
        self.name == "DBSIZE" || self.reading().is_some_and(|reading| reading.keys != Keys::None)
    }

    /// Whether the reply grows with what goes on at the server, which nobody has set a bound.
    pub fn is_unbounded(&self) -> bool {
        ["CLIENT LIST", "PUBSUB CHANNELS", "PUBSUB SHARDCHANNELS"].contains(&self.name)
    }

    /// Whether the reply depends on when it is made: the same command is not the same a moment later.
    pub fn is_of_its_moment(&self) -> bool {
        self.name == "TIME"
    }

    /// How a read is written: name and arguments.
    pub fn usage(&self) -> String {
        let args = self.reading().map_or("", |reading| reading.args);
        format!("{} {args}", self.name).trim_end().to_owned()
    }

    /// With a bound to keep.
    pub(super) const fn form(self, form: Form) -> Row {
        match self.rule {
            Rule::Read(reading) => Row { rule: Rule::Read(Reading { form, ..reading }), ..self },
            Rule::Refused(_) => self,
        }
    }
}

impl Reading {
    /// How many arguments may follow the name: at least, and at most.
    pub fn arguments(&self) -> (usize, usize) {
        let (mut needed, mut optional, mut depth) = (0, 0, 0_usize);
        for word in self.args.split_whitespace() {
            depth += word.matches('[').count();
            *(if depth == 0 { &mut needed } else { &mut optional }) += 1;
            depth = depth.saturating_sub(word.matches(']').count());
        }
        let most = if self.args.contains("...") { usize::MAX } else { needed + optional };
        (needed, most)
    }
}

/// A command that is never sent.
pub(super) const fn refused(name: &'static str, reason: &'static str) -> Row {
    Row { name, rule: Rule::Refused(reason) }
}

/// A read of the given keys.
pub(super) const fn read(name: &'static str, args: &'static str, keys: Keys, what: &'static str) -> Row {
    Row { name, rule: Rule::Read(Reading { args, keys, statistic: false, form: Form::Any, what }) }
}

/// A read of one key, the first argument.
pub(super) const fn key(name: &'static str, args: &'static str, what: &'static str) -> Row {
    read(name, args, Keys::At(1), what)
}

/// A read of one key, the first argument after a subcommand.
pub(super) const fn subkey(name: &'static str, args: &'static str, what: &'static str) -> Row {
    read(name, args, Keys::At(2), what)
}

/// A read without keys that has to be granted by name.
pub(super) const fn keyless(name: &'static str, args: &'static str, what: &'static str) -> Row {
    read(name, args, Keys::None, what)
}

/// A read that everybody may have.
pub(super) const fn statistic(name: &'static str, args: &'static str, what: &'static str) -> Row {
    Row { name, rule: Rule::Read(Reading { args, keys: Keys::None, statistic: true, form: Form::Any, what }) }
}
