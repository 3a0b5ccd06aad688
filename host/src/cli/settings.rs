//! The JSON Schema of `settings` in the configuration file: every flag by its name.

use serde_json::{Map, Value, json};

use super::flag::{Flag, Kind, Owner};
use super::own::ALIASES;

/// Flags that are not settings, or stand elsewhere in the file; what to do instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("config.file", "only the flag or its variable can name the file"),
    ("plugins.dir", "write it as `dir` under `plugins`"),
    ("plugins.cache-dir", "write it as `cache-dir` under `plugins`"),
    ("version", "it is no setting"),
];

/// The schema, with other spellings of flags.
pub(super) fn schema(flags: &[(Owner<'_>, Flag<'_>)]) -> Value {
    let mut properties: Map<String, Value> =
        flags.iter().map(|(owner, flag)| (flag.name.to_owned(), property(*owner, flag))).collect();
    for (alias, name) in ALIASES {
        if let Some(property) = properties.get(*name).cloned() {
            properties.insert((*alias).to_owned(), property);
        }
    }
    json!({"additionalProperties": false, "properties": properties, "$comment": "`redwasp --help` lists the flags"})
}

fn property(owner: Owner<'_>, flag: &Flag<'_>) -> Value {
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(name, _)| *name == flag.name) {
        return json!({"not": {}, "description": instead});
    }
    let help = flag.help.replace('\n', " ");
    let description = if owner == Owner::Later { format!("Not yet: {help}") } else { help };
    let mut property = match flag.kind {
        Kind::Switch => json!({"type": ["boolean", "string", "null"]}),
        Kind::Integer => json!({"type": ["integer", "string", "null"]}),
        Kind::List => json!({
            "type": ["array", "string", "number", "null"],
            "items": {"type": ["string", "number", "boolean"]},
        }),
        Kind::Text | Kind::Duration => json!({"type": ["string", "number", "boolean", "null"]}),
    };
    property["description"] = description.into();
    if !flag.default.is_empty() {
        property["default"] = match flag.kind {
            Kind::Switch => (flag.default == "true").into(),
            Kind::Integer => flag.default.parse::<i64>().map_or(Value::Null, Value::from),
            _ => flag.default.as_ref().into(),
        };
    }
    property
}
