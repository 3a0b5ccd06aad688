//! The value of every flag: from the command line, else from its variable, else from the file, else its default.

use std::collections::HashMap;
use std::fmt;

use clap::ArgMatches;
use serde_json::Value as Json;

use super::flag::{Flag, Kind, Owner};
use super::go;
use super::own::ALIASES;
use super::warning::Warning;
use crate::config::file::File;

/// The values, by flag.
pub(super) struct Values(HashMap<String, Value>);

/// A value. It may be a secret.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) source: Source,
}

/// What an error about a value names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Nothing was said.
    Default(String),
    Flag(String),
    Variable(String),
    /// A flag under `settings` of the file, with its place.
    File(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Flag(name) | Source::Default(name) => write!(f, "--{name}"),
            Source::Variable(text) | Source::File(text) => f.write_str(text),
        }
    }
}

impl Source {
    /// Whether somebody who started the program said so, on the command line or in a variable.
    pub(super) fn is_of_the_line(&self) -> bool {
        matches!(self, Source::Flag(_) | Source::Variable(_))
    }
}

/// Where values come from, besides their defaults.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) matches: &'a ArgMatches,
    pub(super) environment: &'a HashMap<String, String>,
    pub(super) file: Option<&'a File>,
}

impl Values {
    /// Looks all flags up. A switch or an integer whose variable is neither is as if the variable were not set, with a
    /// warning. A flag of a later version that is set to something is a fault, and so is a value of the file that its flag
    /// cannot take.
    pub(super) fn find(
        flags: &[(Owner<'_>, Flag<'_>)],
        sources: Sources<'_>,
        warnings: &mut Vec<Warning>,
        faults: &mut Vec<String>,
    ) -> Values {
        let mut values = HashMap::with_capacity(flags.len());
        for (owner, flag) in flags {
            let value = sources.value(flag, warnings, faults);
            if *owner == Owner::Later && !is_unset(flag, &value.text) {
                faults.push(too_early(flag, &value.source));
            }
            values.insert(flag.name.to_owned(), value);
        }
        Values(values)
    }

    /// The value of a flag that is known.
    pub(super) fn get(&self, name: &str) -> &Value {
        static NONE: Value = Value { text: String::new(), source: Source::Default(String::new()) };
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

impl Sources<'_> {
    fn value(self, flag: &Flag<'_>, warnings: &mut Vec<Warning>, faults: &mut Vec<String>) -> Value {
        if let Some(value) = given(flag, self.matches) {
            return value;
        }
        let wanted = match variable(flag, self.environment) {
            Some(Ok(value)) => return value,
            Some(Err(wanted)) => Some(wanted),
            None => None,
        };
        let in_file = self.file.and_then(|file| in_file(flag, file, faults));
        let value = in_file
            .unwrap_or_else(|| Value { text: flag.default.to_string(), source: Source::Default(flag.name.to_owned()) });
        if let Some(wanted) = wanted {
            let (variable, default) = (flag.env.to_owned(), value.text.clone());
            warnings.push(Warning::UnusableVariable { variable, wanted, default });
        }
        value
    }
}

/// What the command line says.
pub(super) fn given(flag: &Flag<'_>, matches: &ArgMatches) -> Option<Value> {
    let all = matches.get_many::<String>(flag.name)?.map(String::as_str);
    let all: Vec<&str> = all.filter(|text| !text.is_empty()).collect();
    Some(Value { text: all.join(","), source: Source::Flag(flag.name.to_owned()) })
}

/// What the variable says, or what its flag wants instead.
pub(super) fn variable(flag: &Flag<'_>, environment: &HashMap<String, String>) -> Option<Result<Value, &'static str>> {
    let text = environment.get(flag.env).filter(|_| !flag.env.is_empty())?;
    let text = match flag.kind {
        Kind::Switch if go::boolean(text).is_none() => return Some(Err("true or false")),
        // Unlike a flag's: variables are decimal to redis_exporter. What follows reads integers as flags have them.
        Kind::Integer => match text.parse::<i64>() {
            Ok(number) => number.to_string(),
            Err(_) => return Some(Err("an integer")),
        },
        _ => text.clone(),
    };
    Some(Ok(Value { text, source: Source::Variable(flag.env.to_owned()) }))
}

/// What the file says under the flag's name, or under another spelling of it.
fn in_file(flag: &Flag<'_>, file: &File, faults: &mut Vec<String>) -> Option<Value> {
    let aliases = ALIASES.iter().filter(|(_, name)| *name == flag.name).map(|(alias, _)| *alias);
    let (name, (value, place)) =
        std::iter::once(flag.name).chain(aliases).find_map(|name| Some((name, file.setting(name)?)))?;
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    let source = Source::File(format!("{place}settings.{name}"));
    match text(flag.kind, value, file.text_of(name)) {
        Ok(text) => Some(Value { text, source }),
        Err(wanted) => {
            faults.push(format!("{source}: {wanted}"));
            None
        }
    }
}

/// A value of the file as it would be written after the flag.
fn text(kind: Kind, value: &Json, written: Option<&str>) -> Result<String, &'static str> {
    let scalar = |value: &Json, written: Option<&str>| match value {
        Json::String(text) => text.clone(),
        other => written.map_or_else(|| other.to_string(), str::to_owned),
    };
    match (kind, value) {
        (Kind::Switch, Json::Bool(on)) => Ok(on.to_string()),
        (Kind::Switch, Json::String(text)) if go::boolean(text).is_some() => Ok(text.clone()),
        (Kind::Switch, _) => Err("write true or false"),
        (Kind::Integer, Json::Number(number)) if number.is_i64() => Ok(number.to_string()),
        (Kind::Integer, Json::String(text)) if go::integer(text).is_some() => Ok(text.clone()),
        (Kind::Integer, _) => Err("not an integer of 64 bits"),
        (Kind::List, Json::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| scalar(item, None)).collect();
            match items.iter().any(|item| item.contains(',')) {
                true => Err("an item has a comma, which is between items; write two items"),
                false => Ok(items.join(",")),
            }
        }
        (_, value) => Ok(scalar(value, written)),
    }
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
        Source::Variable(_) => "unset it",
        _ => "leave it out",
    };
    format!("{source} is set, and this version does not have {}; {undo}", flag.help)
}

/// The parts of a comma-separated list.
pub(super) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}
