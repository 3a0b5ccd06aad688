//! The value of every flag: from the command line, else from its variable, else its default.

use std::collections::HashMap;
use std::fmt;

use clap::ArgMatches;

use super::flag::{Flag, Kind, Owner};
use super::go;
use super::warning::Warning;

/// The values, by flag.
pub(super) struct Values(HashMap<String, Value>);

/// A value. It may be a secret.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) source: Source,
}

/// What an error about a value names: `--flag` or `VARIABLE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Flag(String),
    Variable(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Flag(name) => write!(f, "--{name}"),
            Source::Variable(name) => f.write_str(name),
        }
    }
}

impl Values {
    /// Looks all flags up. A switch or an integer whose variable is neither keeps its default, with a warning.
    ///
    /// # Errors
    /// A flag of a later version that is set to something.
    pub(super) fn find(
        flags: &[(Owner<'_>, Flag<'_>)],
        matches: &ArgMatches,
        environment: impl Fn(&str) -> Option<String>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Values, String> {
        let mut values = HashMap::with_capacity(flags.len());
        for (owner, flag) in flags {
            let value = given(flag, matches).or_else(|| variable(flag, &environment, warnings)).unwrap_or_else(|| {
                Value { text: flag.default.to_string(), source: Source::Flag(flag.name.to_owned()) }
            });
            if *owner == Owner::Later && !is_unset(flag, &value.text) {
                return Err(too_early(flag, &value.source));
            }
            values.insert(flag.name.to_owned(), value);
        }
        Ok(Values(values))
    }

    /// The value of a flag that is known.
    pub(super) fn get(&self, name: &str) -> &Value {
        static NONE: Value = Value { text: String::new(), source: Source::Flag(String::new()) };
        self.0.get(name).unwrap_or(&NONE)
    }

    /// A flag's text.
    pub(super) fn text(&self, name: &str) -> &str {
        &self.get(name).text
    }

    /// A switch's position.
    pub(super) fn switch(&self, name: &str) -> bool {
        go::boolean(self.text(name)) == Some(true)
    }
}

fn given(flag: &Flag<'_>, matches: &ArgMatches) -> Option<Value> {
    let all = matches.get_many::<String>(flag.name)?.map(String::as_str);
    let all: Vec<&str> = all.filter(|text| !text.is_empty()).collect();
    Some(Value { text: all.join(","), source: Source::Flag(flag.name.to_owned()) })
}

fn variable(
    flag: &Flag<'_>,
    environment: impl Fn(&str) -> Option<String>,
    warnings: &mut Vec<Warning>,
) -> Option<Value> {
    let text = Some(flag.env).filter(|env| !env.is_empty()).and_then(environment)?;
    let is_valid = match flag.kind {
        Kind::Switch => go::boolean(&text).is_some(),
        // Unlike a flag's: variables are decimal to redis_exporter.
        Kind::Integer => text.parse::<i64>().is_ok(),
        Kind::Text | Kind::List | Kind::Duration => true,
    };
    if !is_valid {
        let wanted = if flag.kind == Kind::Switch { "true or false" } else { "an integer" };
        let default = flag.default.to_string();
        warnings.push(Warning::UnusableVariable { variable: flag.env.to_owned(), wanted, default });
        return None;
    }
    // What follows reads integers as flags have them.
    let text = if flag.kind == Kind::Integer { text.parse::<i64>().ok()?.to_string() } else { text };
    Some(Value { text, source: Source::Variable(flag.env.to_owned()) })
}

/// Whether a value is what is taken when none is given, or an empty text, as templates leave them.
fn is_unset(flag: &Flag<'_>, value: &str) -> bool {
    match flag.kind {
        Kind::Switch => go::boolean(value) == go::boolean(&flag.default),
        Kind::Integer => go::integer(value) == go::integer(&flag.default),
        Kind::Text | Kind::List | Kind::Duration => value.is_empty() || value == flag.default,
    }
}

fn too_early(flag: &Flag<'_>, source: &Source) -> String {
    let undo = match source {
        Source::Flag(_) => "leave it out",
        Source::Variable(_) => "unset it",
    };
    format!("{source} is set, and this version does not have {}; {undo}", flag.help)
}

/// The parts of a comma-separated list.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}
