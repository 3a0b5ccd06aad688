//! One metric of the configuration, checked.

use std::collections::BTreeMap;

use redwasp_sdk::label;
use serde::{Deserialize, Serialize};

use crate::commands::Known;
use crate::part::{At, Object, Problems, escaped};
use crate::path::Path;
use crate::pattern::Pattern;

/// Bytes of a name of a metric or a label. The host takes 256, with its namespace before it.
const LONGEST_NAME: usize = 200;

/// Fixed labels of an entry, and labels of groups.
const LABELS: usize = 12;

/// Bytes of a label value. The host cuts at 1 KiB, and two values that are cut may be one.
pub(crate) const LONGEST_VALUE: usize = 256;

/// Bounds of a histogram.
const BUCKETS: usize = 50;

/// Groups of an entry: without another word, and at most.
const GROUPS: (usize, u64) = (100, 1000);

/// The types of values whose length a command tells, with that command.
pub(crate) const LENGTHS: [(&str, &str); 6] =
    [("string", "STRLEN"), ("list", "LLEN"), ("set", "SCARD"), ("zset", "ZCARD"), ("hash", "HLEN"), ("stream", "XLEN")];

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

/// Keys, and what is made of them.
pub(crate) struct Keys {
    pub(crate) pattern: Pattern,
    /// Of these types; empty for every type.
    pub(crate) types: Vec<String>,
    /// What is looked at; none when keys are counted.
    pub(crate) value: Option<What>,
    pub(crate) aggregate: Aggregate,
    pub(crate) by: Vec<By>,
    pub(crate) groups: usize,
}

/// What of a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// The number in a string.
    Text,
    Field(String),
    Score(String),
    Length,
    /// Seconds until the key expires.
    Ttl,
    /// Bytes.
    Memory,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Aggregate {
    Count,
    Sum,
    Min,
    Max,
    /// Upper bounds.
    Histogram(Vec<f64>),
}

/// What a group has in common.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum By {
    /// The part of the key with this name, by its place among the names.
    Part(String, usize),
    Field {
        label: String,
        field: String,
    },
}

impl By {
    pub(crate) fn label(&self) -> &str {
        match self {
            By::Part(label, _) | By::Field { label, .. } => label,
        }
    }
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
        (None, Some(keys)) => self::keys(object, &keys, problems).map(Source::Keys),
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

fn keys(object: &mut Object<'_>, at: &At<'_>, problems: &mut Problems) -> Option<Keys> {
    let pattern = at.text(problems).and_then(|text| match Pattern::parse(text) {
        Ok(pattern) => Some(pattern),
        Err(message) => {
            at.problem(message, problems);
            None
        }
    });
    let types = object.take("types").map_or_else(Vec::new, |types| types_of(&types, problems));
    let value = object.take("value").map(|value| (what(&value, problems), value));
    let buckets = object.take("buckets").map(|buckets| (bounds(&buckets, problems), buckets));
    let aggregate = object.take("aggregate").map(|aggregate| {
        let words = ["count", "sum", "min", "max", "histogram"].map(|word| (word, word));
        (aggregate.choice(&words, problems), aggregate)
    });
    let names = pattern.as_ref().map_or(&[][..], |pattern| &pattern.names);
    let by = object.take("by").map_or_else(Vec::new, |by| groups_by(&by, names, problems));
    let groups = object.take("groups").and_then(|groups| groups.integer(1, GROUPS.1, problems));
    let aggregate = match (aggregate, &value) {
        (None, None) => "count",
        (Some((word, at)), value) => {
            let word = word?;
            if (word == "count") != value.is_none() {
                at.problem("`count` counts keys and has no `value`; the others need one", problems);
            }
            word
        }
        (None, Some((_, at))) => {
            at.problem("`aggregate` is missing: sum, min, max or histogram", problems);
            return None;
        }
    };
    let aggregate = match (aggregate, buckets) {
        ("histogram", Some((bounds, _))) => Aggregate::Histogram(bounds?),
        ("histogram", None) => {
            at.problem("a histogram needs `buckets`: a list of upper bounds", problems);
            return None;
        }
        (_, Some((_, at))) => {
            at.problem("`buckets` are of `aggregate: histogram`", problems);
            return None;
        }
        ("sum", None) => Aggregate::Sum,
        ("min", None) => Aggregate::Min,
        ("max", None) => Aggregate::Max,
        (_, None) => Aggregate::Count,
    };
    let value = match value {
        Some((what, _)) => Some(what?),
        None => None,
    };
    let groups = groups.map_or(GROUPS.0, |groups| groups as usize);
    Some(Keys { pattern: pattern?, types, value, aggregate, by, groups })
}

impl Keys {
    /// What can only be said of all parts together.
    fn check(&self, pointer: &str, has_path: bool, labels: &BTreeMap<String, String>, problems: &mut Problems) {
        let mut problem = |key: &str, message: String| problems.push((format!("{pointer}/{key}"), message));
        if has_path && !matches!(self.value, Some(What::Text | What::Field(_))) {
            problem("path", "a path goes into the text of a string or a field".to_owned());
        }
        if self.walked_types().is_none() {
            problem("types", "no key has all the types that this entry wants".to_owned());
        }
        for (place, by) in self.by.iter().enumerate() {
            let is_same = |other: &By| other.label() == by.label();
            if labels.contains_key(by.label()) || self.by[..place].iter().any(is_same) {
                problem(&format!("by/{place}"), format!("there are two labels {}", by.label()));
            }
        }
        if matches!(self.aggregate, Aggregate::Histogram(_)) && self.by.iter().any(|by| by.label() == "le") {
            problem("by", "the label le is the histogram's own".to_owned());
        }
    }

    /// The types of the keys that are walked: those that are written and that all reads fit; none when that is none. An
    /// empty list is every type.
    pub(crate) fn walked_types(&self) -> Option<Vec<String>> {
        let by_field = self.by.iter().any(|by| matches!(by, By::Field { .. }));
        let of_value: Option<Vec<&str>> = match &self.value {
            Some(What::Text) => Some(vec!["string"]),
            Some(What::Field(_)) => Some(vec!["hash"]),
            Some(What::Score(_)) => Some(vec!["zset"]),
            Some(What::Length) => Some(LENGTHS.map(|(kind, _)| kind).into()),
            Some(What::Ttl | What::Memory) | None => None,
        };
        let fits =
            |kind: &str| of_value.as_ref().is_none_or(|kinds| kinds.contains(&kind)) && (!by_field || kind == "hash");
        let written: Vec<&str> = match (&*self.types, &of_value) {
            ([], Some(kinds)) => kinds.clone(),
            ([], None) if by_field => vec!["hash"],
            ([], None) => return Some(Vec::new()),
            (types, _) => types.iter().map(String::as_str).collect(),
        };
        let walked: Vec<String> = written.into_iter().filter(|kind| fits(kind)).map(str::to_owned).collect();
        (!walked.is_empty()).then_some(walked)
    }
}

fn name(object: &mut Object<'_>, problems: &mut Problems) -> Option<String> {
    let Some(at) = object.take("name") else {
        problems.push((object.pointer.clone(), "`name` is missing".to_owned()));
        return None;
    };
    let name = at.text(problems)?;
    let of_exporter = ["exporter_", "redwasp_", "process_"].iter().any(|own| name.starts_with(own));
    if !is_name(name) {
        at.problem(format!("{name:?} is no name of a metric: letters, digits and _ are, and no digit first"), problems);
    } else if name.ends_with("_bucket") || name.ends_with("_sum") {
        at.problem("a name that ends so belongs to a histogram", problems);
    } else if of_exporter || ["up", "target_scrape_request_errors_total", "business_skipped_keys"].contains(&name) {
        at.problem(format!("{name} is a name of the exporter's own"), problems);
    }
    Some(name.to_owned())
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= LONGEST_NAME
        && bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// # Errors
/// Why it is no name of a label.
fn label_name(name: &str) -> Result<(), String> {
    if !is_name(name) || name.starts_with("__") || name == "le" || name == "quantile" {
        return Err(format!(
            "{name:?} is no name of a label here: letters, digits and _ are, no digit first, not two _"
        ));
    }
    Ok(())
}

fn fixed_labels(at: &At<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let Some(map) = at.value.as_object() else {
        at.problem("keys and values are expected here", problems);
        return BTreeMap::new();
    };
    if map.len() > LABELS {
        at.problem(format!("{} labels, more than {LABELS}", map.len()), problems);
    }
    let mut labels = BTreeMap::new();
    for (name, value) in map {
        let at = At { pointer: format!("{}/{}", at.pointer, escaped(name)), value };
        if let Err(message) = label_name(name) {
            at.problem(message, problems);
        }
        match at.word(problems) {
            Some(value) if value.len() > LONGEST_VALUE => {
                at.problem(format!("a value has at most {LONGEST_VALUE} bytes"), problems);
            }
            Some(value) => drop(labels.insert(name.clone(), value)),
            None => {}
        }
    }
    labels
}

fn types_of(at: &At<'_>, problems: &mut Problems) -> Vec<String> {
    let items = at.list(problems);
    if items.is_empty() || items.len() > 16 {
        at.problem("1 to 16 types, as TYPE names them: string, list, set, zset, hash, stream", problems);
    }
    items.iter().filter_map(|item| item.text(problems)).map(str::to_owned).collect()
}

fn what(at: &At<'_>, problems: &mut Problems) -> Option<What> {
    if at.value.is_string() {
        let words = [("string", What::Text), ("length", What::Length), ("ttl", What::Ttl), ("memory", What::Memory)];
        return at.choice(&words, problems);
    }
    let mut object = at.object(problems)?;
    let (field, score) = (object.take("field"), object.take("score"));
    object.end(problems);
    match (field, score) {
        (Some(field), None) => field.word(problems).map(What::Field),
        (None, Some(member)) => member.word(problems).map(What::Score),
        _ => {
            at.problem("one of string, length, ttl, memory, {field: name} or {score: member}", problems);
            None
        }
    }
}

fn bounds(at: &At<'_>, problems: &mut Problems) -> Option<Vec<f64>> {
    let bounds: Vec<f64> = at.list(problems).iter().filter_map(|bound| bound.number(problems)).collect();
    let is_ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]);
    if !is_ascending || bounds.is_empty() || bounds.len() > BUCKETS {
        at.problem(format!("1 to {BUCKETS} upper bounds, each larger than the one before"), problems);
        return None;
    }
    Some(bounds)
}

fn groups_by(at: &At<'_>, names: &[String], problems: &mut Problems) -> Vec<By> {
    let items = at.list(problems);
    if items.len() > LABELS {
        at.problem(format!("{} labels, more than {LABELS}", items.len()), problems);
    }
    items.iter().filter_map(|item| group_by(item, names, problems)).collect()
}

fn group_by(at: &At<'_>, names: &[String], problems: &mut Problems) -> Option<By> {
    let by = match at.value.as_str() {
        Some(name) => match names.iter().position(|known| known == name) {
            Some(place) => By::Part(name.to_owned(), place),
            None => {
                at.problem(
                    format!("`keys` has no {{{name}}}; a field of hashes is written {{field: {name}}}"),
                    problems,
                );
                return None;
            }
        },
        None => {
            let mut object = at.object(problems)?;
            let (field, label) = (object.take("field"), object.take("label"));
            object.end(problems);
            let Some(field) = field else {
                at.problem("a name in `keys`, or {field: name, label: name}", problems);
                return None;
            };
            let field = field.word(problems)?;
            let label = label.map_or_else(|| Some(field.clone()), |label| label.text(problems).map(str::to_owned))?;
            By::Field { label, field }
        }
    };
    match label_name(by.label()) {
        Ok(()) => Some(by),
        Err(message) => {
            at.problem(format!("{message}; choose another with `label`"), problems);
            None
        }
    }
}
