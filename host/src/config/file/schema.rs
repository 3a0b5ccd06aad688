//! The JSON Schema of the file: what it is checked with, what editors read and what the documentation is made of.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::bounds::{self, Bound};
use super::written::Written;

/// The schema, with the schema of `settings` put in: only the command line knows which flags there are.
pub fn schema(settings: &Value) -> Value {
    let generator = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let mut schema = generator.into_root_schema_for::<Written>().to_value();
    tidy(&mut schema);
    if let Some(place) = schema.pointer_mut("/properties/settings") {
        merge(place, settings);
    }
    for (key, bound) in bounds::plugins() {
        tell_range(schema.pointer_mut(&format!("/properties/plugins/properties/{key}")), bound);
    }
    const COLLECTOR: &str = "/properties/collectors/additionalProperties/properties";
    for (key, bound) in bounds::limits() {
        tell_range(schema.pointer_mut(&format!("{COLLECTOR}/limits/properties/{key}")), bound);
    }
    for (key, usual) in [("enabled", true.into()), ("grants/properties/statistics", true.into())] {
        set(schema.pointer_mut(&format!("{COLLECTOR}/{key}")), "default", usual);
    }
    schema
}

/// Comments of the source have lines, and descriptions have none. That nothing is the default goes without saying.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            map.retain(|key, value| key != "default" || !value.is_null());
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn merge(schema: &mut Value, more: &Value) {
    if let (Value::Object(schema), Value::Object(more)) = (schema, more) {
        schema.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

fn tell_range(schema: Option<&mut Value>, bound: Bound) {
    let Some(schema) = schema else { return };
    let (least, most) = bound.range();
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description += &format!(" From {least} to {most}.");
    }
    match bound {
        Bound::Count(least, most, _) => {
            set(Some(schema), "minimum", least.into());
            set(Some(schema), "maximum", most.into());
        }
        // An example that is in the range.
        _ => set(Some(schema), "examples", vec![bound.usual()].into()),
    }
    set(Some(schema), "default", bound.usual());
}

fn set(schema: Option<&mut Value>, key: &str, value: Value) {
    if let Some(Value::Object(schema)) = schema {
        schema.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_number_tells_its_range_and_default() {
        let schema = schema(&json!({"properties": {"redis.addr": {"type": "string"}}}));
        assert_eq!(schema["properties"]["settings"]["properties"]["redis.addr"]["type"], "string");
        let collector = &schema["properties"]["collectors"]["additionalProperties"]["properties"];
        for (properties, bounds) in [
            (&schema["properties"]["plugins"]["properties"], bounds::plugins().as_slice()),
            (&collector["limits"]["properties"], &bounds::limits()),
        ] {
            for (key, bound) in bounds {
                let text = properties[key]["description"].as_str().unwrap();
                assert!(text.contains(&format!(" From {} to ", bound.range().0)), "{key}: {text}");
                assert_eq!(properties[key]["default"], bound.usual(), "{key}");
            }
        }
        let limits = collector["limits"]["properties"].as_object().unwrap();
        assert_eq!(limits.len(), bounds::limits().len(), "each limit has a range");
        assert_eq!(collector["enabled"]["default"], true);
    }

    #[test]
    fn the_schema_is_one() {
        let schema = schema(&json!({}));
        assert!(jsonschema::meta::is_valid(&schema));
        assert!(jsonschema::validator_for(&schema).is_ok());
        assert!(!schema.to_string().contains("$ref") && !schema.to_string().contains("\\n"));
    }
}
