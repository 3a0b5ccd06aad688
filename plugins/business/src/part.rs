//! Parts of the configuration, with what is wrong with them and where.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is wrong: JSON Pointer, message.
pub(crate) type Problems = Vec<(String, String)>;

/// A value and where it stands.
#[derive(Clone)]
pub(crate) struct At<'a> {
    pub(crate) pointer: String,
    pub(crate) value: &'a Value,
}

/// An object whose keys are taken one by one.
pub(crate) struct Object<'a> {
    pub(crate) pointer: String,
    left: BTreeMap<&'a str, &'a Value>,
    known: Vec<&'static str>,
}

impl<'a> At<'a> {
    pub(crate) fn object(&self, problems: &mut Problems) -> Option<Object<'a>> {
        let Value::Object(map) = self.value else {
            self.problem("keys and values are expected here", problems);
            return None;
        };
        let left = map.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.as_str(), value));
        Some(Object { pointer: self.pointer.clone(), left: left.collect(), known: Vec::new() })
    }

    pub(crate) fn list(&self, problems: &mut Problems) -> Vec<At<'a>> {
        let Value::Array(items) = self.value else {
            self.problem("a list is expected here", problems);
            return Vec::new();
        };
        let at = |(place, value)| At { pointer: format!("{}/{place}", self.pointer), value };
        items.iter().enumerate().map(at).collect()
    }

    pub(crate) fn text(&self, problems: &mut Problems) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.problem("a text is expected here", problems);
        }
        text
    }

    /// A text, also one that is written like a number or a switch.
    pub(crate) fn word(&self, problems: &mut Problems) -> Option<String> {
        match self.value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(self.value.to_string()),
            _ => {
                self.problem("a text or a number is expected here", problems);
                None
            }
        }
    }

    pub(crate) fn number(&self, problems: &mut Problems) -> Option<f64> {
        let number = self.value.as_f64();
        if number.is_none() {
            self.problem("a number is expected here", problems);
        }
        number
    }

    pub(crate) fn integer(&self, least: u64, most: u64, problems: &mut Problems) -> Option<u64> {
        let integer = self.value.as_u64().filter(|integer| (least..=most).contains(integer));
        if integer.is_none() {
            self.problem(format!("a whole number from {least} to {most} is expected here"), problems);
        }
        integer
    }

    /// One of some words, as what it stands for.
    pub(crate) fn choice<T: Clone>(&self, choices: &[(&str, T)], problems: &mut Problems) -> Option<T> {
        let text = self.text(problems)?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| choice.clone());
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.problem(format!("{text} is none of {}", words.join(", ")), problems);
        }
        chosen
    }

    pub(crate) fn problem(&self, message: impl Into<String>, problems: &mut Problems) {
        problems.push((self.pointer.clone(), message.into()));
    }
}

impl<'a> Object<'a> {
    /// The value of a key. A key without a value is as if it were not there.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<At<'a>> {
        self.known.push(key);
        let value = self.left.remove(key)?;
        Some(At { pointer: format!("{}/{key}", self.pointer), value })
    }

    /// What is left over is unknown.
    pub(crate) fn end(self, problems: &mut Problems) {
        for key in self.left.keys() {
            let pointer = format!("{}/{}", self.pointer, escaped(key));
            problems.push((pointer, format!("there is no such key here; there are {}", self.known.join(", "))));
        }
    }
}

/// A key in a JSON Pointer.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
