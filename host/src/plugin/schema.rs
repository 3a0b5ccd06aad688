//! A collector's own configuration, against the JSON Schema that its plugin gives.
//!
//! The schema comes from a plugin and is not trusted: [`admit`] counts what checking would cost before anything of it is
//! compiled. There is no network and no file behind a reference, and patterns take time in proportion to a text.

mod admit;
mod walk;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::words;
use crate::config::explain::{self, Fault};

/// Bytes of a schema. Those of large configurations have a tenth.
const LIMIT: usize = 256 << 10;

/// Bytes that a compiled pattern may take, and the tables that it makes while it is used.
const PATTERN: (usize, usize) = (64 << 10, 1 << 20);

/// Checks a configuration. An empty schema allows only an empty one.
///
/// # Errors
/// Everything that is wrong: the JSON Pointer of a part of the configuration, and what to say of it. When the schema itself
/// cannot be used, that is the only fault, of the whole.
pub fn check(schema: &str, config: &Value) -> Result<(), Vec<Fault>> {
    if schema.trim().is_empty() {
        return nothing(config);
    }
    let unusable = |reason: String| vec![(String::new(), format!("the plugin's schema cannot be used: {reason}"))];
    let schema = parse(schema).map_err(unusable)?;
    admit::admit(&schema, config).map_err(unusable)?;
    let validator = compile(&schema).map_err(unusable)?;
    // Without the list of faults it takes half the time, and it is the usual case.
    if validator.is_valid(config) {
        return Ok(());
    }
    let faults = explain::faults(&validator, &schema, config);
    Err(faults.into_iter().map(|(place, message)| (place, words::tidy(&message))).collect())
}

fn nothing(config: &Value) -> Result<(), Vec<Fault>> {
    let keys = config.as_object().map(|keys| keys.keys().collect::<Vec<_>>()).unwrap_or_default();
    if keys.is_empty() {
        return Ok(());
    }
    let fault = |key: &String| (format!("/{}", explain::escaped(key)), "this plugin takes no configuration".to_owned());
    Err(keys.into_iter().map(fault).collect())
}

/// Whether a schema is small enough to be looked at.
///
/// # Errors
/// How large it is.
pub(super) fn fits(schema: &str) -> Result<(), String> {
    match schema.len() {
        length if length > LIMIT => Err(format!("it has {length} bytes, more than the {LIMIT} allowed")),
        _ => Ok(()),
    }
}

fn parse(schema: &str) -> Result<Value, String> {
    fits(schema)?;
    // serde_json goes 128 levels deep.
    serde_json::from_str(schema).map_err(|error| words::tidy(&format!("it is no JSON: {error}")))
}

fn compile(schema: &Value) -> Result<Validator, String> {
    let patterns = PatternOptions::regex().size_limit(PATTERN.0).dfa_size_limit(PATTERN.1);
    let validator = jsonschema::options().with_pattern_options(patterns).offline().build(schema);
    validator.map_err(|error| {
        let place = error.instance_path().as_str();
        match error.kind() {
            ValidationErrorKind::Format { format } if format == "regex" => words::tidy(&format!(
                "{place} is no regular expression, is too large, or looks around or back, which takes time without bound"
            )),
            _ => words::tidy(&format!("{place}: {error}")),
        }
    })
}

#[cfg(test)]
mod tests;
