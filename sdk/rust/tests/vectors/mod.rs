//! Looks at sdk/resp-vectors.json, which is the same for every SDK.

use redwasp_sdk::Reply;
use redwasp_sdk::resp::{Mismatch, decode};
use serde_json::{Value, json};

fn vectors(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../resp-vectors.json")).unwrap();
    let vectors = all[part].as_array().unwrap().clone();
    assert!(!vectors.is_empty());
    vectors
}

/// Bytes are written as the characters U+0000 to U+00FF.
fn bytes(value: &Value) -> Vec<u8> {
    value.as_str().unwrap().chars().map(|c| u8::try_from(c).unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn double(value: f64) -> String {
    if value.is_nan() { "nan".to_owned() } else { value.to_string() }
}

fn value(reply: &Reply<'_>) -> Value {
    match reply {
        Reply::Null => json!({"null": true}),
        Reply::Boolean(boolean) => json!({"boolean": boolean}),
        Reply::Integer(integer) => json!({"integer": integer.to_string()}),
        Reply::Double(value) => json!({"double": double(*value)}),
        Reply::BigNumber(digits) => json!({"big-number": text(digits)}),
        Reply::Simple(bytes) => json!({"simple": text(bytes)}),
        Reply::Bulk(bytes) => json!({"bulk": text(bytes)}),
        Reply::Verbatim { format, text: bytes } => json!({"verbatim": [text(format), text(bytes)]}),
        Reply::Error(error) => json!({"error": [error.code, error.message]}),
        Reply::Array(elements) => json!({"array": elements.iter().map(value).collect::<Value>()}),
        Reply::Set(elements) => json!({"set": elements.iter().map(value).collect::<Value>()}),
        Reply::Map(pairs) => {
            json!({"map": pairs.iter().map(|(key, of)| json!([value(key), value(of)])).collect::<Value>()})
        }
    }
}

/// So many arrays of one element around the integer 1.
fn nested(depth: u64) -> Value {
    (0..depth).fold(json!({"integer": "1"}), |inner, _| json!({"array": [inner]}))
}

/// Bytes that are replies.
pub(crate) fn values() {
    for vector in vectors("values") {
        let bytes = bytes(&vector["bytes"]);
        let expected = &vector["value"];
        let expected = expected["depth"].as_u64().map_or_else(|| expected.clone(), nested);
        assert_eq!(value(&decode(&bytes).unwrap()), expected, "{}", bytes.escape_ascii());
    }
}

/// Bytes that are none.
pub(crate) fn malformed() {
    for vector in vectors("malformed") {
        let bytes = bytes(&vector["bytes"]);
        let error = decode(&bytes).unwrap_err();
        assert_eq!(
            json!([error.offset, error.reason]),
            json!([vector["offset"], vector["reason"]]),
            "{}",
            bytes.escape_ascii()
        );
    }
}

fn given(reply: &Reply<'_>, vector: &Value) -> Result<Value, Mismatch> {
    Ok(match vector["accessor"].as_str().unwrap() {
        "is-null" => reply.is_null().into(),
        "bytes" => text(reply.bytes()?).into(),
        "text" => reply.text()?.into(),
        "integer" => reply.integer()?.to_string().into(),
        "number" => double(reply.number()?).into(),
        "elements" => reply.elements()?.iter().map(value).collect(),
        "entries" => reply.entries()?.into_iter().map(|(key, of)| json!([value(key), value(of)])).collect(),
        "get" => reply.get(bytes(&vector["key"])).map(value).into(),
        other => panic!("no accessor {other}"),
    })
}

/// What accessors give.
pub(crate) fn accessors() {
    for vector in vectors("accessors") {
        let bytes = bytes(&vector["bytes"]);
        let given = given(&decode(&bytes).unwrap(), &vector).map_err(|error| error.to_string());
        let expected = match vector["fails"].as_str() {
            Some(message) => Err(message.to_owned()),
            None if vector["accessor"] == "number" => {
                let expected: f64 = vector["gives"].as_str().unwrap().parse().unwrap();
                Ok(double(expected).into())
            }
            None => Ok(vector["gives"].clone()),
        };
        assert_eq!(given, expected, "{} of {}", vector["accessor"], bytes.escape_ascii());
    }
}
