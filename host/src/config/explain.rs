//! What is wrong with a value by its JSON Schema, in words for the one who wrote it.
//!
//! No message repeats a value: it may be a secret that was put in the wrong place.

use std::borrow::Cow;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::nearest;

/// Problems that are told of one value.
const MANY: usize = 50;

/// What is wrong with a part of a value: its JSON Pointer and the message. A key that is not known is a part of its own.
pub type Fault = (String, String);

/// Everything that is wrong with a value. The schema is the validator's; its descriptions and examples become hints.
pub fn faults(validator: &Validator, schema: &Value, value: &Value) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for error in validator.iter_errors(value) {
        for fault in explained(schema, &error) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        if faults.len() >= MANY {
            faults.truncate(MANY);
            faults.push((String::new(), format!("there may be more: only the first {MANY} problems are told")));
            break;
        }
    }
    faults
}

fn explained(schema: &Value, error: &ValidationError<'_>) -> Vec<Fault> {
    let place = error.instance_path().as_str();
    let around = around(schema, error);
    if let Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } = error.kind() {
        let known = around.and_then(|schema| schema.get("properties")?.as_object());
        let known: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let help = around.and_then(|schema| schema.get("$comment")?.as_str());
        let fault = |key: &String| {
            let hint = nearest::hint(key, known.iter().copied());
            let hint = if hint.is_empty() { help.map_or(hint, |help| format!("; {help}")) } else { hint };
            (format!("{place}/{}", escaped(key)), format!("there is no such key{hint}"))
        };
        return unexpected.iter().map(fault).collect();
    }
    vec![(place.to_owned(), words(schema, around, error))]
}

/// The schema that has the keyword which was not fulfilled.
fn around<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Option<&'a Value> {
    let (around, _keyword) = error.schema_path().as_str().rsplit_once('/')?;
    schema.pointer(around)
}

fn words(schema: &Value, around: Option<&Value>, error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type { kind } => {
            format!("wants {}{}, and this is {}", types(kind), example(around), name_of(error.instance()))
        }
        Kind::Required { property } => format!("`{}` is missing", property.as_str().unwrap_or_default()),
        Kind::Enum { options } => format!("is none of {}", listed(options)),
        Kind::Constant { expected_value } => format!("can only be {expected_value}"),
        Kind::Minimum { .. } | Kind::Maximum { .. } if range(around).is_some() => range(around).unwrap_or_default(),
        Kind::Minimum { limit } => format!("is less than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("is not more than {limit}"),
        Kind::Maximum { limit } => format!("is more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("is not less than {limit}"),
        Kind::MinLength { limit: 1 } => "is empty".to_owned(),
        Kind::MinLength { limit } => format!("has fewer than {limit} characters"),
        Kind::MaxLength { limit } => format!("has more than {limit} characters"),
        Kind::MinItems { limit: 1 } => "is an empty list".to_owned(),
        Kind::MinItems { limit } => format!("has fewer than {limit} items"),
        Kind::MaxItems { limit } => format!("has more than {limit} items"),
        Kind::AdditionalItems { limit } => format!("has more than {limit} items"),
        Kind::MinProperties { limit } => format!("has fewer than {limit} keys"),
        Kind::MaxProperties { limit } => format!("has more than {limit} keys"),
        Kind::MultipleOf { multiple_of } => format!("is no multiple of {multiple_of}"),
        // What the schema says in words is better than what a machine reads.
        Kind::Pattern { .. } if comment(around).is_some() => comment(around).unwrap_or_default(),
        Kind::Pattern { pattern } => format!("does not fit the pattern {pattern}{}", example(around)),
        Kind::Format { format } => format!("is no {format}{}", example(around)),
        Kind::UniqueItems => "has an item twice".to_owned(),
        Kind::PropertyNames { error } => format!("has a key that {}", words(schema, None, error)),
        Kind::FalseSchema => "is not allowed here".to_owned(),
        Kind::Not { .. } => format!("is not allowed here{}", description(around)),
        Kind::OneOfMultipleValid { .. } => "fits more than one of the forms, of which it must be one".to_owned(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let first = |errors: &Vec<ValidationError<'static>>| {
                errors.first().map(|error| words(schema, self::around(schema, error), error))
            };
            let mut forms: Vec<String> = context.iter().filter_map(first).collect();
            forms.dedup();
            format!("fits none of the forms that it may have: {}", forms.join("; or "))
        }
        _ => error.masked().to_string(),
    }
}

/// The kinds of values that are wanted; that nothing may stand there goes without saying.
fn types(kind: &TypeKind) -> String {
    let names: Vec<&str> = match kind {
        TypeKind::Single(kind) => vec![name_of_type(kind.as_str())],
        TypeKind::Multiple(kinds) => {
            let kinds = kinds.iter().map(|kind| kind.as_str()).filter(|name| *name != "null");
            kinds.map(name_of_type).collect()
        }
    };
    names.join(" or ")
}

fn name_of_type(name: &str) -> &str {
    match name {
        "object" => "keys with values",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "null" => "nothing",
        other => other,
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Object(_) => "a block of keys",
        Value::Array(_) => "a list",
        Value::String(_) => "a text",
        Value::Number(number) if number.is_f64() => "a number with a fraction or exponent",
        Value::Number(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Null => "nothing",
    }
}

/// What the author of the schema says to whoever gets a text wrong.
fn comment(schema: Option<&Value>) -> Option<String> {
    Some(schema?.get("$comment")?.as_str()?.to_owned())
}

/// Both ends at once, for a number that is beyond one of them.
fn range(schema: Option<&Value>) -> Option<String> {
    let schema = schema?;
    Some(format!("is not from {} to {}", schema.get("minimum")?, schema.get("maximum")?))
}

/// An example of what is wanted, as it would be written.
fn example(schema: Option<&Value>) -> String {
    let example = schema.and_then(|schema| schema.pointer("/examples/0").or_else(|| schema.get("default")));
    match example {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.contains(": ") => format!(", such as {text:?}"),
        Some(Value::String(text)) => format!(", such as {text}"),
        Some(other) => format!(", such as {other}"),
    }
}

fn description(schema: Option<&Value>) -> String {
    let text = schema.and_then(|schema| schema.get("description")?.as_str());
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

fn listed(options: &Value) -> String {
    let option = |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
    options.as_array().into_iter().flatten().map(option).collect::<Vec<_>>().join(", ")
}

/// The escaped form of a key in a JSON Pointer (RFC 6901).
pub fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { key.replace('~', "~0").replace('/', "~1").into() } else { key.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(schema: Value, value: Value) -> Vec<String> {
        let validator = jsonschema::validator_for(&schema).unwrap();
        faults(&validator, &schema, &value).into_iter().map(|(place, words)| format!("{place} {words}")).collect()
    }

    #[test]
    fn each_keyword_has_its_words() {
        let cases = [
            (
                json!({"type": "string", "examples": ["30s"]}),
                json!(30),
                "wants a text, such as 30s, and this is a number",
            ),
            (
                json!({"type": ["integer", "string", "null"]}),
                json!([]),
                "wants a whole number or a text, and this is a list",
            ),
            (json!({"type": "object"}), json!("hunter2"), "wants keys with values, and this is a text"),
            (json!({"required": ["a"]}), json!({}), "`a` is missing"),
            (json!({"enum": ["a", 1]}), json!("hunter2"), "is none of a, 1"),
            (json!({"const": "a"}), json!("hunter2"), "can only be \"a\""),
            (json!({"minimum": 3}), json!(2), "is less than 3"),
            (json!({"minimum": 3, "maximum": 5}), json!(6), "is not from 3 to 5"),
            (json!({"exclusiveMaximum": 3}), json!(3), "is not less than 3"),
            (json!({"minLength": 1}), json!(""), "is empty"),
            (json!({"maxLength": 2}), json!("hunter2"), "has more than 2 characters"),
            (json!({"maxItems": 1}), json!([1, 2]), "has more than 1 items"),
            (json!({"pattern": "^a$"}), json!("hunter2"), "does not fit the pattern ^a$"),
            (json!({"uniqueItems": true}), json!([1, 1]), "has an item twice"),
            (json!({"multipleOf": 2}), json!(3), "is no multiple of 2"),
            (
                json!({"propertyNames": {"maxLength": 2}}),
                json!({"abc": 1}),
                "has a key that has more than 2 characters",
            ),
            (json!(false), json!("hunter2"), "is not allowed here"),
            (
                json!({"not": {}, "description": "Say it elsewhere"}),
                json!("hunter2"),
                "is not allowed here: Say it elsewhere",
            ),
            (
                json!({"oneOf": [{"type": "string"}, {"minLength": 1}]}),
                json!("hunter2"),
                "fits more than one of the forms",
            ),
            (
                json!({"anyOf": [{"type": "number"}, {"maxLength": 2}]}),
                json!("hunter2"),
                "wants a number, and this is a text; or has more than 2 characters",
            ),
            (json!({"dependentRequired": {"a": ["b"]}}), json!({"a": 1}), "`b` is missing"),
            (json!({"contains": {"type": "integer"}}), json!(["hunter2"]), "None of"),
        ];
        for (schema, value, words) in cases {
            let told = told(schema, value);
            assert!(
                told.len() == 1 && told[0].contains(words) && !told[0].contains("hunter2"),
                "{told:?}, not {words}"
            );
        }
    }

    #[test]
    fn keys_that_are_not_known_name_the_nearest() {
        let schema = json!({"properties": {"a": {
            "additionalProperties": false,
            "properties": {"schedule": {}, "grants": {}},
        }}});
        let expected = [
            "/a/foo there is no such key; known are grants, schedule",
            "/a/she~1dule there is no such key; did you mean `schedule`?",
        ];
        assert_eq!(told(schema, json!({"a": {"she/dule": 1, "foo": "hunter2"}})), expected);
        let known: serde_json::Map<_, _> = (0..30).map(|number| (format!("key-{number}"), json!({}))).collect();
        let schema = json!({"additionalProperties": false, "properties": known, "$comment": "see the list"});
        assert_eq!(told(schema, json!({"foo": 1})), ["/foo there is no such key; see the list"]);
    }

    #[test]
    fn not_more_is_told_than_anyone_reads() {
        let schema = json!({"items": {"type": "string"}});
        let told = told(schema, Value::Array(vec![json!(1); 1000]));
        assert_eq!(told.len(), MANY + 1);
        assert!(told[MANY].contains("only the first 50"), "{}", told[MANY]);
    }
}
