//! The configuration file: found, read, checked.
//!
//! Text → JSON with places → checked against the schema → as written → as checked. All problems of a file are told at
//! once: a part that is wrong is taken out, and the rest is looked at as if it had not been there.

mod bounds;
mod check;
mod instances;
mod schema;
mod targets;
mod written;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::place::{Place, Places};
use super::{explain, text};
pub use instances::instances;
pub use schema::schema;
pub use targets::Surroundings;
use written::Written;

/// Bytes of a configuration file. One for hundreds of collectors has a tenth.
const LIMIT: u64 = 1 << 20;

/// What is wrong with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; none for the file as a whole.
    pub place: Option<Place>,
    /// What, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// What changes when a file is replaced or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Device and inode.
    file: (u64, u64),
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
}

impl Version {
    /// Of a file, as the system tells.
    pub fn of(metadata: &Metadata) -> Version {
        Version {
            file: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.size == 0
    }
}

/// A file that could be read, with the problems that were found in it.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    version: Option<Version>,
    written: Written,
    places: Places,
    texts: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl File {
    /// Reads a file. The schema is that of the flags under `settings`, by name.
    ///
    /// # Errors
    /// Why nothing of it can be told: it is not there, not readable, too large or no YAML.
    pub fn read(path: &Path, settings: &Value) -> Result<File, Problem> {
        let whole = |message: String| Problem { place: None, message: format!("{}: {message}", path.display()) };
        let (bytes, metadata) = text::bytes(path, "configuration file", LIMIT).map_err(whole)?;
        let text = text::utf8(bytes).map_err(whole)?;
        Ok(File { version: Some(Version::of(&metadata)), ..File::parse(path, &text, settings)? })
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// As for [`File::read`].
    pub fn parse(path: &Path, text: &str, settings: &Value) -> Result<File, Problem> {
        let (mut file, written) = File::validated(path, text, &schema(settings))?;
        file.written = written;
        Ok(file)
    }

    /// What is right of a text by a schema, and a file with what is wrong.
    fn validated<T: DeserializeOwned>(path: &Path, text: &str, schema: &Value) -> Result<(File, T), Problem> {
        let document = yaml::read(&Arc::new(path.to_owned()), text)?;
        let yaml::Document { value, places, texts } = document;
        let (path, written, problems) = (path.to_owned(), Written::default(), Vec::new());
        let mut file = File { path, version: None, written, places, texts, problems };
        let mut value = if value.is_null() { Value::Object(Default::default()) } else { value };
        file.validate(&mut value, schema)?;
        let written = serde_json::from_value(value).map_err(|error| file.unreadable(&error.to_string()))?;
        Ok((file, written))
    }

    /// Which version of the file was read; none of a text.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// Checks against the schema, and takes out what does not fit.
    fn validate(&mut self, value: &mut Value, schema: &Value) -> Result<(), Problem> {
        let validator = jsonschema::options().with_pattern_options(jsonschema::PatternOptions::regex());
        let validator = validator.build(schema).map_err(|error| self.unreadable(&error.to_string()))?;
        for (pointer, message) in explain::faults(&validator, schema, value) {
            self.refuse(&pointer, message);
            remove(value, &pointer);
        }
        Ok(())
    }

    /// A mistake of this program: what the schema lets through can be read.
    fn unreadable(&self, error: &str) -> Problem {
        Problem { place: None, message: format!("{}: cannot be checked: {error}", self.path.display()) }
    }

    /// Notes what is wrong with the part that a JSON Pointer names.
    pub fn refuse(&mut self, pointer: &str, message: impl Into<String>) {
        let keys: Vec<String> =
            pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        let name = keys.join(".");
        let message = message.into();
        let message = if name.is_empty() { message } else { format!("{name}: {message}") };
        self.problems.push(Problem { place: self.places.of(pointer).cloned(), message });
    }

    /// What is wrong with it, in the order of the lines.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.line, place.column)));
        problems
    }

    /// The value of a flag, and where it stands.
    pub fn setting(&self, flag: &str) -> Option<(&Value, Option<&Place>)> {
        let value = self.written.settings.as_ref()?.get(flag).filter(|value| !value.is_null())?;
        Some((value, self.places.of(&format!("/settings/{flag}"))))
    }

    /// How a number or a switch is written that is the value of a flag; `0123` may be meant as a text.
    pub fn text_of(&self, flag: &str) -> Option<&str> {
        self.texts.get(&format!("/settings/{flag}")).map(String::as_str)
    }
}

/// Takes a part out. Of a list it takes the whole: its other items would have other numbers.
fn remove(value: &mut Value, pointer: &str) {
    let mut pointer = pointer;
    while let Some((around, key)) = pointer.rsplit_once('/') {
        match value.pointer_mut(around) {
            Some(Value::Object(map)) => {
                map.remove(&key.replace("~1", "/").replace("~0", "~"));
                return;
            }
            // Already gone with what it was in.
            None => return,
            _ => pointer = around,
        }
    }
    *value = Value::Object(Default::default());
}

#[cfg(test)]
mod tests;
