use serde_json::{Map, json};

use super::*;

fn told(schema: &Value, config: &Value) -> Vec<String> {
    let faults = check(&schema.to_string(), config).err().unwrap_or_default();
    faults.into_iter().map(|(place, message)| format!("{place} {message}")).collect()
}

/// Definitions as deep as they may be: the stack of a thread must be enough for the validator.
#[test]
fn what_is_as_deep_as_allowed_is_checked() {
    for (links, deep) in [(500, chain(500, |next| next)), (250, chain(250, |next| json!({"allOf": [next]})))] {
        assert_eq!(check(&deep.to_string(), &json!("x")), Ok(()), "{links}");
        assert_eq!(told(&deep, &json!(1)), [" wants a text, and this is a number"], "{links}");
    }
}

/// The only fault, which is of the schema.
fn refusal(schema: &Value, config: &Value) -> String {
    let told = told(schema, config);
    assert!(told.len() == 1 && told[0].starts_with(" the plugin's schema cannot be used: "), "{told:?}");
    told[0].clone()
}

fn nested(levels: usize, innermost: Value, around: impl Fn(Value) -> Value) -> Value {
    (0..levels).fold(innermost, |inner, _| around(inner))
}

/// Definitions, of which each is made from the reference to the next one.
fn chain(links: usize, link: impl Fn(Value) -> Value) -> Value {
    let reference = |number: usize| json!({"$ref": format!("#/$defs/d{number}")});
    let mut definitions: Map<String, Value> =
        (0..links).map(|number| (format!("d{number}"), link(reference(number + 1)))).collect();
    definitions.insert(format!("d{links}"), json!({"type": "string"}));
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[test]
fn no_schema_allows_nothing() {
    assert_eq!(check("", &json!({})), Ok(()));
    let expected = vec![("/a~1b".to_owned(), "this plugin takes no configuration".to_owned())];
    assert_eq!(check(" \n", &json!({"a/b": 1})), Err(expected));
}

#[test]
fn what_is_wrong_is_told_in_words() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "required": ["pattern"],
        "properties": {
            "pattern": {"type": "string", "examples": ["orders:*"]},
            "limits": {"$ref": "#/$defs/limits"},
        },
        "$defs": {"limits": {"items": {"type": "integer", "minimum": 1}}},
        "x-anything": {"$ref": "http://example.com"},
    });
    assert_eq!(told(&schema, &json!({"pattern": "x", "limits": [1, 2]})), Vec::<String>::new());
    let expected =
        ["/patern there is no such key; did you mean `pattern`?", " `pattern` is missing", "/limits/1 is less than 1"];
    let mut told = told(&schema, &json!({"patern": "hunter2", "limits": [1, 0]}));
    told.sort_by_key(|fault| expected.iter().position(|expected| expected == fault));
    assert_eq!(told, expected);
}

#[test]
fn the_built_ins_have_schemas_that_pass() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins")).unwrap() {
        let schema = std::fs::read_to_string(entry.unwrap().path().join("config.schema.json")).unwrap();
        assert_eq!(check(&schema, &json!({})), Ok(()), "{schema}");
        assert!(check(&schema, &json!({"no-such-key": 1})).is_err(), "{schema}");
    }
}

#[test]
fn schemas_that_recurse_into_values_are_allowed() {
    let tree = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"children": {"type": "array", "items": {"$ref": "#"}}},
    });
    let config = nested(30, json!({}), |inner| json!({"children": [inner, {}]}));
    assert_eq!(check(&tree.to_string(), &config), Ok(()));
    let config = nested(3, json!({"x": 1}), |inner| json!({"children": [inner]}));
    assert_eq!(told(&tree, &config), ["/children/0/children/0/children/0/x there is no such key; known are children"]);
}

#[test]
fn circles_that_go_nowhere_are_refused() {
    for schema in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"not": {"$ref": "#"}}),
        json!({"anyOf": [{"type": "object"}, {"$ref": "#"}]}),
        json!({"allOf": [{"$ref": "#"}, {"$ref": "#"}]}),
        json!({"if": {"$ref": "#"}}),
        json!({"propertyNames": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$ref": "#/$defs/a"}}}),
        json!({"$ref": "#/$defs/a", "$defs": {
            "a": {"allOf": [{"$ref": "#/$defs/b"}]},
            "b": {"anyOf": [{"$ref": "#/$defs/a"}]},
        }}),
        chain(600, |next| next),
    ] {
        let refusal = refusal(&schema, &json!({"a": 1}));
        assert!(refusal.contains("without end") || refusal.contains("steps"), "{schema}: {refusal}");
    }
}

#[test]
fn branches_that_multiply_are_refused() {
    let twice = |keyword: &'static str| move |next: Value| json!({keyword: [next, next]});
    for keyword in ["allOf", "anyOf", "oneOf"] {
        assert!(refusal(&chain(30, twice(keyword)), &json!({})).contains("steps"), "{keyword}");
    }
    let wide = chain(
        10,
        |next| json!({"properties": {"a": next}, "additionalProperties": next, "patternProperties": {"": next}}),
    );
    let deep = nested(10, json!(1), |inner| json!({"a": inner, "b": inner}));
    assert!(refusal(&wide, &deep).contains("steps"));
    let conditions = chain(20, |next| json!({"if": next, "then": next, "else": next}));
    assert!(refusal(&conditions, &json!({})).contains("steps"));
    // A few branches in each other are usual.
    let few = nested(4, json!({"type": "object"}), |inner| json!({"anyOf": [{"type": "string"}, inner]}));
    assert_eq!(check(&few.to_string(), &json!({})), Ok(()));
}

#[test]
fn configurations_are_weighed_with_the_schema() {
    let long = Value::Array((0..40_000).map(|number| json!({"a": [number]})).collect());
    for schema in [
        json!({"properties": {"a": {"uniqueItems": true}}}),
        json!({"properties": {"a": {"items": {"enum": (0..1000).collect::<Vec<_>>()}}}}),
        json!({"properties": {"a": {"items": {"properties": (0..100).map(|n| (n.to_string(), json!({}))).collect::<Map<_, _>>()}}}}),
    ] {
        assert!(refusal(&schema, &json!({"a": long})).contains("steps"), "{schema}");
    }
    let text = json!({"a": "x".repeat(100_000)});
    assert!(refusal(&json!({"properties": {"a": {"pattern": "(x|x)*y"}}}), &text).contains("steps"));
    let some = Value::Array((0..1000).map(|number| json!({"a": [number]})).collect());
    assert_eq!(check(r#"{"properties":{"a":{"uniqueItems":true}}}"#, &json!({"a": some})), Ok(()));
}

#[test]
fn numbers_of_all_sizes_are_compared() {
    let schema = json!({"properties": {"a": {"items": {"multipleOf": 1e-300}}, "b": {"multipleOf": 5e-324}}});
    let config = json!({"a": [1e300, 1, 0, -1e-300], "b": f64::MAX});
    assert!(told(&schema, &config).len() <= 5);
}

#[test]
fn patterns_are_bounded() {
    let pattern = |pattern: String| json!({"properties": {"a": {"pattern": pattern}}});
    for hostile in
        ["(a{1000}){1000}".to_owned(), "^(?=a)b".to_owned(), r"(a)\1".to_owned(), "(".repeat(500) + &")".repeat(500)]
    {
        let refusal = refusal(&pattern(hostile), &json!({"a": "aaa"}));
        assert!(refusal.contains("/properties/a/pattern is no regular expression"), "{refusal}");
    }
    assert!(refusal(&pattern("a".repeat(2000)), &json!({})).contains("a pattern of 2000 bytes"));
    let many: Map<String, Value> = (0..300).map(|number| (format!("^{number}$"), json!({}))).collect();
    assert!(refusal(&json!({"patternProperties": many}), &json!({})).contains("more than 200 patterns"));
    // What backtracks for ages elsewhere.
    let told = told(&pattern("^(a|a)*(a|a)*(a|a)*$".to_owned()), &json!({"a": "a".repeat(5000) + "b"}));
    assert_eq!(told, ["/a does not fit the pattern ^(a|a)*(a|a)*(a|a)*$"]);
}

#[test]
fn nothing_is_fetched() {
    for reference in [
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "other.json",
        "#anchor",
        "#/properties/a",
        "#/$defs/x",
        "#/$defs/a/not",
    ] {
        let schema = json!({"properties": {"a": {"$ref": reference}}, "$defs": {"a": {"not": {}}}});
        assert!(refusal(&schema, &json!({})).contains("it has a $ref that is not"), "{reference}");
    }
    let schema = json!({"$schema": "http://127.0.0.1:1/x"});
    assert!(refusal(&schema, &json!({})).contains("its $schema is none of"));
    for keyword in [
        "$id",
        "id",
        "$anchor",
        "$dynamicRef",
        "$recursiveRef",
        "$vocabulary",
        "unevaluatedProperties",
        "discriminator",
    ] {
        let schema = json!({"properties": {"a": {keyword: "x"}}});
        assert!(refusal(&schema, &json!({})).contains(&format!("its keyword {keyword} is not allowed")), "{keyword}");
    }
    // As names of properties they are like any other.
    assert_eq!(check(r##"{"properties":{"$id":{"const":1},"$ref":{}}}"##, &json!({"$id": 1})), Ok(()));
}

#[test]
fn schemas_are_bounded_in_size_and_depth() {
    assert!(refusal(&json!({"description": "x".repeat(LIMIT)}), &json!({})).contains("more than the 262144 allowed"));
    assert!(refusal(&json!({"examples": vec![1; 30_000]}), &json!({})).contains("more than 20000 values"));
    let tower = "{\"not\":".repeat(5000) + "{}" + &"}".repeat(5000);
    let faults = check(&tower, &json!({})).unwrap_err();
    assert!(faults[0].1.contains("it is no JSON: recursion limit"), "{faults:?}");
    let deep = nested(60, json!({}), |inner| json!({"properties": {"a": inner}}));
    assert_eq!(check(&deep.to_string(), &json!({"a": {"a": {}}})), Ok(()));
    for text in ["[]", "true", "{", "\"x\"", "{\"type\": 3}", "{\"properties\": []}", "{\"minLength\": \"x\"}"] {
        let faults = check(text, &json!({})).unwrap_err();
        assert!(faults[0].1.starts_with("the plugin's schema cannot be used: "), "{text}: {faults:?}");
    }
}

#[test]
fn words_of_the_schema_stay_in_their_line() {
    let schema = json!({"properties": {"a": {"enum": ["x\nforged line\u{1b}[31m", "y".repeat(5000)]}}});
    let told = told(&schema, &json!({"a": 1}));
    assert!(told.len() == 1 && told[0].len() < 1200 && !told[0].contains(['\n', '\u{1b}']), "{told:?}");
}
