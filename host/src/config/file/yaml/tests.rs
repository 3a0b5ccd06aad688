use serde_json::json;

use super::*;

fn document(text: &str) -> Result<Document, String> {
    read(&Arc::new(PathBuf::from("f")), text).map_err(|problem| problem.to_string())
}

fn value(text: &str) -> Value {
    document(text).unwrap().value
}

#[test]
fn yaml_is_read_as_json() {
    let cases = [
        ("", Value::Null),
        ("# nothing\n", Value::Null),
        ("---\n", Value::Null),
        ("\u{feff}a: 1\r\nb: [x, 'y', \"z\\n\"]\r\n", json!({"a": 1, "b": ["x", "y", "z\n"]})),
        (
            "a: {b: yes, c: true, d: null, e: ~, f: }",
            json!({"a": {"b": "yes", "c": true, "d": null, "e": null, "f": null}}),
        ),
        ("[0x10, 010, 1.5, 3.0, '1', !!str 1, -3, 1e30]", json!([16, 10, 1.5, 3, "1", "1", -3, 1e30])),
        ("a: &x {b: [1]}\nc: *x\n", json!({"a": {"b": [1]}, "c": {"b": [1]}})),
        ("a: |\n  one\n  two\n", json!({"a": "one\ntwo\n"})),
        ("1: x\ntrue: y\n", json!({"1": "x", "true": "y"})),
        ("{\"a\": [1, {\"b\": false}]}", json!({"a": [1, {"b": false}]})),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn every_part_has_a_place() {
    let text = "a:\n  b: 1\n  c/d:\n    - x\n    - {e: 2}\nf: &x {g: 1}\nh: *x\n";
    let places = document(text).unwrap().places;
    let cases = [
        ("/a", "f:1:1"),
        ("/a/b", "f:2:3"),
        ("/a/c~1d", "f:3:3"),
        ("/a/c~1d/1", "f:5:7"),
        ("/a/c~1d/1/e", "f:5:8"),
        ("/h", "f:7:1"),
        ("/h/g", "f:6:8"),
    ];
    for (pointer, expected) in cases {
        assert_eq!(places.of(pointer).unwrap().to_string(), expected, "{pointer}");
    }
}

#[test]
fn numbers_keep_their_text() {
    let texts = document("a: 0123\nb: '0123'\nc: [1e5, on]\n").unwrap().texts;
    let expected = [("/a", "0123"), ("/c/0", "1e5")];
    assert_eq!(texts, expected.into_iter().map(|(key, text)| (key.to_owned(), text.to_owned())).collect());
}

#[test]
fn what_is_wrong_has_a_place() {
    let cases = [
        ("a: 1\nb: 2\na: 3\n", "f:3:1: `a` is there twice"),
        ("a: 1\n'a': 3\n", "f:2:1: `a` is there twice"),
        ("a:\n\tb: 1\n", "spaces"),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second document"),
        ("a: [1, 2\nb: 3\n", "this is no YAML"),
        ("a: b: c\n", "f:1:5: this is no YAML"),
        ("a\nb: 1\n", "`key: value`"),
        ("a: *x\n", "this is no YAML: "),
        ("a: &x [*x]\n", "f:1:8: this alias is inside of"),
        ("<<: {a: 1}\n", "f:1:1: merge keys"),
        ("? [a]\n: b\n", "a key is missing"),
        (": b\n", "a key is missing"),
        ("a: .inf\n", "f:1:4: infinite"),
        ("a: !secret x\n", "tags (!name)"),
        ("a: !x {b: 1}\n", "tags (!name)"),
        ("a: !!int x\n", "not of the kind"),
        ("\"a", "this is no YAML"),
        ("a: @b\n", "this is no YAML"),
    ];
    for (text, words) in cases {
        let error = document(text).unwrap_err();
        assert!(error.starts_with("f:") && error.contains(words), "{text:?}: {error}");
    }
}

#[test]
fn laughs_and_towers_are_refused() {
    let mut laughs = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        laughs += &format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1);
    }
    let error = document(&laughs).unwrap_err();
    assert!(error.contains("more than 50000 parts"), "{error}");
    let chain: String = (1..100).map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1)).collect();
    for tower in ["[".repeat(200), "- ".repeat(100_000), "{a: ".repeat(200), format!("a0: &a0 x\n{chain}")] {
        assert!(document(&tower).is_err());
    }
    let error = document(&format!("{}x{}", "[".repeat(100), "]".repeat(100))).unwrap_err();
    assert!(error.contains("more than 64 others"), "{error}");
    let error = document(&"- x\n".repeat(200_000)).unwrap_err();
    assert!(error.contains("more than 50000 parts"), "{error}");
    assert!(document(&format!("{}x{}", "[".repeat(60), "]".repeat(60))).is_ok());
}
