//! Whether a schema can be compiled and used without harm.
//!
//! Only keywords that are known here pass, so that nothing of the validator is reached that was not thought of. References
//! lead to the schema's root or to its definitions. Measured with jsonschema 0.60: compiling takes time in proportion to
//! the schema, with cycles too; checking takes time in proportion to the *paths* through it, and definitions that refer
//! twice to the next one have 2^n of them.

use serde_json::{Map, Value};

use super::walk;

/// Values in a schema, of all kinds.
const VALUES: usize = 20_000;

/// Patterns in a schema. Compiling one takes a millisecond at worst.
const PATTERNS: usize = 200;

/// Bytes of a pattern.
const PATTERN: usize = 1 << 10;

/// What a keyword's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// No schema.
    Plain,
    /// One schema, or a list of them where drafts differ.
    Schema,
    /// A list of schemas.
    Schemas,
    /// Schemas by name. Where drafts differ, a list of names in place of one.
    ByName,
}

/// The keywords that pass. (<https://json-schema.org/draft/2020-12>, and draft 7 as far as it is usual)
#[rustfmt::skip]
pub(super) const KEYWORDS: &[(&str, Shape)] = &[
    ("$comment", Shape::Plain), ("$defs", Shape::ByName), ("$ref", Shape::Plain), ("$schema", Shape::Plain),
    ("additionalItems", Shape::Schema), ("additionalProperties", Shape::Schema), ("allOf", Shape::Schemas),
    ("anyOf", Shape::Schemas), ("const", Shape::Plain), ("contains", Shape::Schema), ("default", Shape::Plain),
    ("definitions", Shape::ByName), ("dependencies", Shape::ByName), ("dependentRequired", Shape::Plain),
    ("dependentSchemas", Shape::ByName), ("deprecated", Shape::Plain), ("description", Shape::Plain),
    ("else", Shape::Schema), ("enum", Shape::Plain), ("examples", Shape::Plain), ("exclusiveMaximum", Shape::Plain),
    ("exclusiveMinimum", Shape::Plain), ("format", Shape::Plain), ("if", Shape::Schema), ("items", Shape::Schema),
    ("maxContains", Shape::Plain), ("maxItems", Shape::Plain), ("maxLength", Shape::Plain),
    ("maxProperties", Shape::Plain), ("maximum", Shape::Plain), ("minContains", Shape::Plain),
    ("minItems", Shape::Plain), ("minLength", Shape::Plain), ("minProperties", Shape::Plain),
    ("minimum", Shape::Plain), ("multipleOf", Shape::Plain), ("not", Shape::Schema), ("oneOf", Shape::Schemas),
    ("pattern", Shape::Plain), ("patternProperties", Shape::ByName), ("prefixItems", Shape::Schemas),
    ("properties", Shape::ByName), ("propertyNames", Shape::Schema), ("readOnly", Shape::Plain),
    ("required", Shape::Plain), ("then", Shape::Schema), ("title", Shape::Plain), ("type", Shape::Plain),
    ("uniqueItems", Shape::Plain), ("writeOnly", Shape::Plain),
];

/// The drafts that KEYWORDS are of.
const DRAFTS: &[&str] = &[
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
];

/// Whether a configuration can be checked against a schema within bounds.
///
/// # Errors
/// Why not.
pub(super) fn admit(schema: &Value, config: &Value) -> Result<(), String> {
    if !schema.is_object() {
        return Err("it is no object".to_owned());
    }
    if walk::values(schema) > VALUES {
        return Err(format!("it has more than {VALUES} values"));
    }
    if let Some(draft) = schema.get("$schema") {
        let known = draft.as_str().map(|draft| draft.trim_end_matches('#')).filter(|draft| DRAFTS.contains(draft));
        known.ok_or_else(|| format!("its $schema is none of {}", DRAFTS.join(", ")))?;
    }
    Admission { root: schema, patterns: 0 }.schema(schema)?;
    walk::Walk::new(schema).check(config)
}

struct Admission<'a> {
    root: &'a Value,
    patterns: usize,
}

impl Admission<'_> {
    fn schema(&mut self, schema: &Value) -> Result<(), String> {
        // What is neither object nor true or false is told by the compiler.
        let Value::Object(keywords) = schema else { return Ok(()) };
        for (keyword, value) in keywords {
            // Keywords of one's own begin so by custom, and mean nothing here.
            if keyword.starts_with("x-") {
                continue;
            }
            let Some((_, shape)) = KEYWORDS.iter().find(|(known, _)| known == keyword) else {
                return Err(format!("its keyword {keyword} is not allowed"));
            };
            self.keyword(keyword, *shape, value)?;
        }
        Ok(())
    }

    fn keyword(&mut self, keyword: &str, shape: Shape, value: &Value) -> Result<(), String> {
        match (keyword, value) {
            ("$ref", value) => {
                target(self.root, value)
                    .ok_or("it has a $ref that is not #, #/$defs/name or #/definitions/name of its own")?;
            }
            ("pattern", Value::String(pattern)) => self.pattern(pattern)?,
            ("patternProperties", Value::Object(schemas)) => {
                schemas.keys().try_for_each(|pattern| self.pattern(pattern))?;
            }
            _ => {}
        }
        match (shape, value) {
            (Shape::Schema, Value::Object(_)) => self.schema(value),
            (Shape::Schema | Shape::Schemas, Value::Array(schemas)) => {
                schemas.iter().try_for_each(|schema| self.schema(schema))
            }
            (Shape::ByName, Value::Object(schemas)) => schemas.values().try_for_each(|schema| self.schema(schema)),
            _ => Ok(()),
        }
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        self.patterns += 1;
        if self.patterns > PATTERNS {
            return Err(format!("it has more than {PATTERNS} patterns"));
        }
        if pattern.len() > PATTERN {
            return Err(format!("it has a pattern of {} bytes, more than the {PATTERN} allowed", pattern.len()));
        }
        Ok(())
    }
}

/// What a reference leads to: the root, or one of the root's definitions.
pub(super) fn target<'a>(root: &'a Value, reference: &Value) -> Option<&'a Value> {
    let reference = reference.as_str()?;
    if reference == "#" {
        return Some(root);
    }
    let (definitions, name) = reference.strip_prefix("#/")?.split_once('/')?;
    let is_plain = |c: char| !matches!(c, '/' | '~' | '%');
    if !["$defs", "definitions"].contains(&definitions) || !name.chars().all(is_plain) {
        return None;
    }
    let definitions: &Map<String, Value> = root.get(definitions)?.as_object()?;
    definitions.get(name)
}
