//! What checking a configuration against a schema would cost, found by walking the same ways and doing nothing else.
//!
//! A walk goes through every branch, as if all before it had failed, and stops when it has cost too much. So it takes no
//! longer than its own bound, and the validator not much more.

use serde_json::{Map, Value};

use super::admit::target;

/// Steps of a check, at most. One is a schema that is held against a value; the validator needs a microsecond or two for
/// it, and some hundred bytes when it is a fault.
const STEPS: u64 = 250_000;

/// How deep schemas and values may lie in each other, references included. The validator's stack goes as deep.
const DEPTH: usize = 512;

/// Steps for a byte that a pattern looks at: the pattern may be long.
const PATTERN_BYTE: u64 = 4;

/// Comparisons of an item with others when items shall be unique.
const UNIQUE: u64 = 15;

/// Branches are looked at once to see whether they fit, and once more to tell why not.
const BRANCH: u64 = 2;

/// How many values there are in a value, itself included.
pub(super) fn values(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(values).sum::<usize>(),
        _ => 1,
    }
}

/// A walk through a schema and a configuration.
pub(super) struct Walk<'a> {
    root: &'a Value,
    steps: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(root: &'a Value) -> Walk<'a> {
        Walk { root, steps: 0 }
    }

    /// Walks the whole way.
    ///
    /// # Errors
    /// That it is too long or too deep.
    pub(super) fn check(mut self, config: &Value) -> Result<(), String> {
        self.schema(self.root, config, 1, 0)
    }

    fn take(&mut self, steps: u64, weight: u64) -> Result<(), String> {
        self.steps = self.steps.saturating_add(steps.saturating_mul(weight));
        if self.steps > STEPS {
            return Err(format!(
                "checking this configuration would take more than {STEPS} steps: it branches or repeats too much, or the \
                configuration is too large for it"
            ));
        }
        Ok(())
    }

    fn schema(&mut self, schema: &Value, value: &Value, weight: u64, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Err("it refers to itself without end, or is too deep".to_owned());
        }
        self.take(1, weight)?;
        let Value::Object(keywords) = schema else { return Ok(()) };
        for (keyword, inner) in keywords {
            self.keyword(keyword, inner, value, weight, depth + 1)?;
        }
        Ok(())
    }

    fn keyword(
        &mut self,
        keyword: &str,
        inner: &Value,
        value: &Value,
        weight: u64,
        depth: usize,
    ) -> Result<(), String> {
        let branch = weight.saturating_mul(BRANCH);
        match (keyword, inner, value) {
            ("$ref", reference, _) => match target(self.root, reference) {
                Some(schema) => self.schema(schema, value, weight, depth),
                None => Ok(()),
            },
            ("allOf", Value::Array(schemas), _) => self.each(schemas, value, weight, depth),
            ("anyOf" | "oneOf", Value::Array(schemas), _) => self.each(schemas, value, branch, depth),
            ("not" | "if" | "then" | "else", schema, _) => self.schema(schema, value, branch, depth),
            ("dependentSchemas" | "dependencies", Value::Object(schemas), Value::Object(_)) => {
                schemas.values().try_for_each(|schema| self.schema(schema, value, branch, depth))
            }
            ("enum" | "const" | "required" | "dependentRequired", known, _) => self.take(values(known) as u64, weight),
            ("uniqueItems", _, Value::Array(_)) => self.take((values(value) as u64).saturating_mul(UNIQUE), weight),
            ("pattern", _, Value::String(text)) => self.take(text.len() as u64 * PATTERN_BYTE, weight),
            ("format", _, Value::String(text)) => self.take(text.len() as u64, weight),
            (_, inner, Value::Object(map)) => self.members(keyword, inner, map, weight, depth),
            (_, inner, Value::Array(items)) => self.items(keyword, inner, items, weight, depth),
            _ => Ok(()),
        }
    }

    fn each(&mut self, schemas: &[Value], value: &Value, weight: u64, depth: usize) -> Result<(), String> {
        schemas.iter().try_for_each(|schema| self.schema(schema, value, weight, depth))
    }

    fn members(
        &mut self,
        keyword: &str,
        inner: &Value,
        map: &Map<String, Value>,
        weight: u64,
        depth: usize,
    ) -> Result<(), String> {
        match (keyword, inner) {
            ("properties", Value::Object(schemas)) => {
                self.take(schemas.len() as u64, weight)?;
                let known = map.iter().filter_map(|(key, value)| Some((schemas.get(key)?, value)));
                known.into_iter().try_for_each(|(schema, value)| self.schema(schema, value, weight, depth))
            }
            ("patternProperties", Value::Object(schemas)) => {
                let bytes = map.keys().map(|key| key.len() as u64 * PATTERN_BYTE + 1).sum::<u64>();
                self.take(bytes.saturating_mul(schemas.len() as u64), weight)?;
                let pairs = schemas.values().flat_map(|schema| map.values().map(move |value| (schema, value)));
                pairs.into_iter().try_for_each(|(schema, value)| self.schema(schema, value, weight, depth))
            }
            ("additionalProperties", schema) => {
                map.values().try_for_each(|value| self.schema(schema, value, weight, depth))
            }
            ("propertyNames", schema) => map.keys().try_for_each(|key| {
                self.schema(schema, &Value::String(key.clone()), weight.saturating_mul(BRANCH), depth)
            }),
            _ => Ok(()),
        }
    }

    fn items(
        &mut self,
        keyword: &str,
        inner: &Value,
        items: &[Value],
        weight: u64,
        depth: usize,
    ) -> Result<(), String> {
        match (keyword, inner) {
            ("items" | "prefixItems", Value::Array(schemas)) => {
                let pairs = schemas.iter().zip(items);
                pairs.into_iter().try_for_each(|(schema, item)| self.schema(schema, item, weight, depth))
            }
            ("items" | "additionalItems", schema) => {
                items.iter().try_for_each(|item| self.schema(schema, item, weight, depth))
            }
            ("contains", schema) => {
                items.iter().try_for_each(|item| self.schema(schema, item, weight.saturating_mul(BRANCH), depth))
            }
            _ => Ok(()),
        }
    }
}
