//! Metrics of many keys: which keys, what of them, and what is made of it.

use std::collections::BTreeMap;

use redwasp_sdk::keys::LENGTHS;
use serde::{Deserialize, Serialize};

use crate::names::{LABELS, label_name};
use crate::part::{At, Object, Problems};
use crate::pattern::Pattern;

/// Bounds of a histogram.
const BUCKETS: usize = 50;

/// Groups of an entry: without another word, and at most.
const GROUPS: (usize, u64) = (100, 1000);

/// The words of `aggregate`.
const WORDS: [&str; 5] = ["count", "sum", "min", "max", "histogram"];

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

impl Keys {
    /// Reads what belongs to `keys`; none if anything of it cannot be read, and then that is told.
    pub(crate) fn read(object: &mut Object<'_>, at: &At<'_>, problems: &mut Problems) -> Option<Keys> {
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
        let word = object.take("aggregate").map(|word| (word.choice(&WORDS.map(|word| (word, word)), problems), word));
        let names = pattern.as_ref().map_or(&[][..], |pattern| &pattern.names);
        let by = object.take("by").map_or_else(Vec::new, |by| groups_by(&by, names, problems));
        let groups = object.take("groups").and_then(|groups| groups.integer(1, GROUPS.1, problems));
        let word = aggregate_word(word, value.as_ref().map(|(_, at)| at), problems)?;
        let aggregate = aggregate(word, buckets, at, problems)?;
        let value = match value {
            Some((what, _)) => Some(what?),
            None => None,
        };
        let groups = groups.map_or(GROUPS.0, |groups| groups as usize);
        Some(Keys { pattern: pattern?, types, value, aggregate, by, groups })
    }

    /// What can only be said of all parts together.
    pub(crate) fn check(
        &self,
        pointer: &str,
        has_path: bool,
        labels: &BTreeMap<String, String>,
        problems: &mut Problems,
    ) {
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

/// The word of `aggregate`, or the usual one.
fn aggregate_word(
    written: Option<(Option<&'static str>, At<'_>)>,
    value: Option<&At<'_>>,
    problems: &mut Problems,
) -> Option<&'static str> {
    match (written, value) {
        (None, None) => Some("count"),
        (Some((word, at)), value) => {
            let word = word?;
            if (word == "count") != value.is_none() {
                at.problem("`count` counts keys and has no `value`; the others need one", problems);
            }
            Some(word)
        }
        (None, Some(at)) => {
            at.problem("`aggregate` is missing: sum, min, max or histogram", problems);
            None
        }
    }
}

fn aggregate(
    word: &str,
    buckets: Option<(Option<Vec<f64>>, At<'_>)>,
    keys: &At<'_>,
    problems: &mut Problems,
) -> Option<Aggregate> {
    match (word, buckets) {
        ("histogram", Some((bounds, _))) => Some(Aggregate::Histogram(bounds?)),
        ("histogram", None) => {
            keys.problem("a histogram needs `buckets`: a list of upper bounds", problems);
            None
        }
        (_, Some((_, at))) => {
            at.problem("`buckets` are of `aggregate: histogram`", problems);
            None
        }
        ("sum", None) => Some(Aggregate::Sum),
        ("min", None) => Some(Aggregate::Min),
        ("max", None) => Some(Aggregate::Max),
        (_, None) => Some(Aggregate::Count),
    }
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
