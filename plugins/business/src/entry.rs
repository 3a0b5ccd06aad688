//! One metric of the configuration, checked.

use std::collections::BTreeMap;

use redwasp_sdk::label;
use serde::{Deserialize, Serialize};

use crate::commands::Known;
use crate::keys::{Aggregate, Keys};
use crate::names::{fixed_labels, name};
use crate::part::{At, Object, Problems};
use crate::path::Path;

/// What a family is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Type {
    Gauge,
    Counter,
    Histogram,
}

/// One metric.
pub(crate) struct Entry {
    pub(crate) pointer: String,
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) kind: Type,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) database: u32,
    pub(crate) path: Path,
    /// In place of nothing.
    pub(crate) default: Option<f64>,
    pub(crate) source: Source,
}

/// Where its value comes from.
pub(crate) enum Source {
    Command(Known),
    Keys(Keys),
}

impl Entry {
    /// Reads an entry; none if anything is wrong with it, and then that is told.
    pub(crate) fn read(at: &At<'_>, problems: &mut Problems) -> Option<Entry> {
        let before = problems.len();
        let entry = Entry::parts(at, problems);
        entry.filter(|_| problems.len() == before)
    }

    fn parts(at: &At<'_>, problems: &mut Problems) -> Option<Entry> {
        let mut object = at.object(problems)?;
        let name = name(&mut object, problems);
        let help = object.take("help").and_then(|help| help.text(problems)).map(str::to_owned);
        let kind = object.take("type");
        let kinds = [("gauge", Type::Gauge), ("counter", Type::Counter), ("histogram", Type::Histogram)];
        let kind = kind.and_then(|kind| Some((kind.choice(&kinds, problems)?, kind)));
        let labels = object.take("labels").map_or_else(BTreeMap::new, |labels| fixed_labels(&labels, problems));
        let database = object.take("database").and_then(|database| database.integer(0, u64::from(u32::MAX), problems));
        let path = object.take("path").and_then(|at| match Path::parse(at.text(problems)?) {
            Ok(path) => Some(path),
            Err(message) => {
                at.problem(message, problems);
                None
            }
        });
        let default = object.take("default").and_then(|default| default.number(problems));
        let source = source(&mut object, problems);
        object.end(problems);
        let (name, source) = (name?, source?);
        let kind = source.kind(kind, problems);
        if let Source::Keys(keys) = &source {
            keys.check(&at.pointer, path.is_some(), &labels, problems);
        }
        Some(Entry {
            pointer: at.pointer.clone(),
            help: help.unwrap_or_else(|| source.told()),
            name,
            kind,
            labels,
            database: database.map_or(0, |database| database as u32),
            path: path.unwrap_or_default(),
            default,
            source,
        })
    }

    /// Names of the labels of its family.
    pub(crate) fn label_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.labels.keys().cloned().collect();
        if let Source::Keys(keys) = &self.source {
            names.extend(keys.by.iter().map(|by| by.label().to_owned()));
        }
        names.sort();
        names
    }
}

impl Source {
    /// The type that is written, or the usual one.
    fn kind(&self, written: Option<(Type, At<'_>)>, problems: &mut Problems) -> Type {
        let is_histogram = matches!(self, Source::Keys(Keys { aggregate: Aggregate::Histogram(_), .. }));
        match written {
            None if is_histogram => Type::Histogram,
            None => Type::Gauge,
            Some((kind, at)) => {
                if is_histogram != (kind == Type::Histogram) {
                    at.problem("`aggregate: histogram` gives a histogram, and nothing else does", problems);
                }
                kind
            }
        }
    }

    /// A help text for who wrote none.
    fn told(&self) -> String {
        match self {
            Source::Command(known) => format!("{}.", known.words.join(" ")),
            Source::Keys(keys) => {
                let aggregate = match &keys.aggregate {
                    Aggregate::Count => "Number",
                    Aggregate::Sum => "Sum",
                    Aggregate::Min => "Minimum",
                    Aggregate::Max => "Maximum",
                    Aggregate::Histogram(_) => "Distribution",
                };
                format!("{aggregate} over keys {}.", label::text(&keys.pattern.glob))
            }
        }
    }
}

fn source(object: &mut Object<'_>, problems: &mut Problems) -> Option<Source> {
    let (command, keys) = (object.take("command"), object.take("keys"));
    match (command, keys) {
        (Some(command), None) => {
            for key in ["types", "value", "aggregate", "by", "groups", "buckets"]
                .into_iter()
                .filter_map(|key| object.take(key))
            {
                key.problem("this is of `keys`, and this entry has a `command`", problems);
            }
            let words = words(&command, problems)?;
            match Known::find(&words) {
                Ok(known) => Some(Source::Command(known)),
                Err(message) => {
                    command.problem(message, problems);
                    None
                }
            }
        }
        (None, Some(keys)) => Keys::read(object, &keys, problems).map(Source::Keys),
        (_, _) => {
            problems.push((
                object.pointer.clone(),
                "either `command` or `keys` says where the value comes from".to_owned(),
            ));
            for key in ["types", "value", "aggregate", "by", "groups", "buckets"] {
                object.take(key);
            }
            None
        }
    }
}

/// A command as a list of words, or as one text with spaces between them.
fn words(command: &At<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    match command.value.as_str() {
        Some(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
        None => command.list(problems).iter().map(|word| word.word(problems)).collect(),
    }
}
