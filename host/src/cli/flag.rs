//! What a flag is.

use std::borrow::Cow;

use crate::plugin::DefaultValue;

/// The heading of what only one command has.
pub(super) const OF_COMMAND: &str = "This command's own";

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Alone it is true; a value follows `=`.
    Switch,
    Integer,
    /// Comma-separated; given several times, the flag adds to it.
    List,
    /// As Go writes them: 15s, 1m30s.
    Duration,
}

/// Whose flag it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner<'a> {
    /// The daemon's own, under a heading of the usage.
    Daemon(&'a str),
    /// A built-in collector's, by name.
    Collector(&'a str),
    /// Of a feature that this version does not have.
    Later,
}

/// A flag, with the environment variable that stands for it.
#[derive(Clone, Debug)]
pub(super) struct Flag<'a> {
    pub(super) name: &'a str,
    /// Empty for none.
    pub(super) env: &'a str,
    pub(super) kind: Kind,
    pub(super) default: Cow<'a, str>,
    pub(super) help: &'a str,
}

pub(super) const fn text(
    name: &'static str,
    env: &'static str,
    default: &'static str,
    help: &'static str,
) -> Flag<'static> {
    Flag { name, env, kind: Kind::Text, default: Cow::Borrowed(default), help }
}

pub(super) const fn switch(name: &'static str, env: &'static str, default: bool, help: &'static str) -> Flag<'static> {
    let default = if default { "true" } else { "false" };
    Flag { name, env, kind: Kind::Switch, default: Cow::Borrowed(default), help }
}

pub(super) const fn integer(
    name: &'static str,
    env: &'static str,
    default: &'static str,
    help: &'static str,
) -> Flag<'static> {
    Flag { name, env, kind: Kind::Integer, default: Cow::Borrowed(default), help }
}

pub(super) const fn list(
    name: &'static str,
    env: &'static str,
    default: &'static str,
    help: &'static str,
) -> Flag<'static> {
    Flag { name, env, kind: Kind::List, default: Cow::Borrowed(default), help }
}

pub(super) const fn duration(
    name: &'static str,
    env: &'static str,
    default: &'static str,
    help: &'static str,
) -> Flag<'static> {
    Flag { name, env, kind: Kind::Duration, default: Cow::Borrowed(default), help }
}

impl Flag<'_> {
    pub(super) fn declared(flag: &crate::plugin::Flag) -> Flag<'_> {
        let (kind, default) = match &flag.default {
            DefaultValue::Switch(on) => (Kind::Switch, Cow::Owned(on.to_string())),
            DefaultValue::Text(text) => (Kind::Text, Cow::Borrowed(text.as_str())),
            DefaultValue::List(items) => (Kind::List, Cow::Owned(items.join(","))),
            DefaultValue::Integer(number) => (Kind::Integer, Cow::Owned(number.to_string())),
            DefaultValue::Files => (Kind::List, Cow::Borrowed("")),
        };
        Flag { name: &flag.name, env: &flag.env, kind, default, help: &flag.help }
    }
}
