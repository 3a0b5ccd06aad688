//! The way to a number in a reply: `$.a.b[0]`, one language for replies of every shape and for JSON text in them.

use redwasp_sdk::{Reply, number};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Steps of a path. Replies and documents of people are not so deep.
const STEPS: usize = 16;

/// Bytes of one JSON text. What takes longer to read than a scrape may is no business number.
const LONGEST: usize = 256 << 10;

/// The JSON text that was read last: metrics of one document come one after the other, and it is read once for all of
/// them. Texts are told apart by where they are, so it is for replies that stay there: those of one call.
#[derive(Default)]
pub(crate) struct Document<'a>(Option<(&'a [u8], Option<Value>)>);

impl<'a> Document<'a> {
    fn read(&mut self, text: &'a [u8]) -> Result<&Value, Unfit> {
        if text.len() > LONGEST {
            return Err(Unfit::TooLong);
        }
        let known = self.0.take().filter(|(known, _)| std::ptr::eq(*known, text));
        let (_, value) = self.0.insert(known.unwrap_or_else(|| (text, serde_json::from_slice(text).ok())));
        value.as_ref().ok_or(NO_JSON)
    }
}

/// Steps from a reply to a number; without one, the reply itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Step {
    /// Of a map, of pairs, or of a JSON object.
    Member(String),
    /// Counted from 0; from the end, -1 is the last.
    Element(i64),
    /// How many there are.
    Length,
}

/// How the elements of a reply belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shape {
    Plain,
    /// A map, which RESP2 writes as a flat list.
    Map,
    /// A list of pairs, which RESP2 writes as a flat list.
    Pairs,
}

/// Why a reply has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Something else is there.
    NotANumber(&'static str),
    /// JSON text that is longer than is read.
    TooLong,
}

impl Unfit {
    /// In words.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Unfit::NotANumber(why) => why,
            Unfit::TooLong => "a JSON text of more than 256 KiB",
        }
    }
}

const NO_NUMBER: Unfit = Unfit::NotANumber("what is there is no number");
const NO_JSON: Unfit = Unfit::NotANumber("the path goes into a text that is no JSON");
const NO_MEMBERS: Unfit = Unfit::NotANumber("the path names a member of what has none");
const NO_ELEMENTS: Unfit = Unfit::NotANumber("the path names an element of what is no list");
const NO_LENGTH: Unfit = Unfit::NotANumber("the path asks for the length of what is neither a list nor a map");

type Found = Result<Option<f64>, Unfit>;

impl Path {
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Path, String> {
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        if rest.is_empty() {
            return Ok(Path::default());
        }
        while !rest.is_empty() {
            let (step, after) = step(rest, text.len() == rest.len()).ok_or_else(|| {
                format!("not a path from `{rest}` on; write for example $.a.b[0] or $.items.length()")
            })?;
            if steps.last() == Some(&Step::Length) {
                return Err("nothing can follow length()".to_owned());
            }
            steps.push(step);
            rest = after;
        }
        if steps.len() > STEPS { Err(format!("{} steps, more than {STEPS}", steps.len())) } else { Ok(Path(steps)) }
    }

    /// The number there; none when nothing is there.
    ///
    /// # Errors
    /// Why there is something else.
    pub(crate) fn number<'a>(&self, reply: &Reply<'a>, shape: Shape, document: &mut Document<'a>) -> Found {
        match (shape, reply) {
            (Shape::Map, Reply::Array(flat)) if flat.len() % 2 == 0 => {
                let pairs = flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
                of_reply(&self.0, &Reply::Map(pairs), document)
            }
            (Shape::Pairs, Reply::Array(flat)) if !matches!(flat.first(), Some(Reply::Array(_))) => {
                let pairs = flat.chunks(2).map(|pair| Reply::Array(pair.to_vec())).collect();
                of_reply(&self.0, &Reply::Array(pairs), document)
            }
            _ => of_reply(&self.0, reply, document),
        }
    }
}

/// The first step of a text and what follows. A name at the very beginning needs no dot.
fn step(text: &str, is_first: bool) -> Option<(Step, &str)> {
    if let Some(quoted) = text.strip_prefix("[\"") {
        let (name, rest) = quoted.split_once("\"]")?;
        return Some((Step::Member(name.to_owned()), rest));
    }
    if let Some(index) = text.strip_prefix('[') {
        let (index, rest) = index.split_once(']')?;
        return Some((Step::Element(index.parse().ok()?), rest));
    }
    let name = match text.strip_prefix('.') {
        Some(name) => name,
        None if is_first => text,
        None => return None,
    };
    if let Some(rest) = name.strip_prefix("length()") {
        return Some((Step::Length, rest));
    }
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    let is_name = !name.is_empty() && !name.contains(['(', ')', ']', '"', '$']);
    is_name.then(|| (Step::Member(name.to_owned()), rest))
}

fn of_reply<'a>(steps: &[Step], reply: &Reply<'a>, document: &mut Document<'a>) -> Found {
    let Some((step, rest)) = steps.split_first() else { return leaf(reply) };
    match (step, reply) {
        (_, Reply::Null) => Ok(None),
        (_, Reply::Simple(_) | Reply::Bulk(_) | Reply::Verbatim { .. }) => of_text(steps, reply, document),
        (Step::Length, Reply::Array(elements) | Reply::Set(elements)) => Ok(Some(elements.len() as f64)),
        (Step::Length, Reply::Map(pairs)) => Ok(Some(pairs.len() as f64)),
        (Step::Length, _) => Err(NO_LENGTH),
        (Step::Element(place), Reply::Array(elements) | Reply::Set(elements)) => match at(elements, *place) {
            Some(element) => of_reply(rest, element, document),
            None => Ok(None),
        },
        (Step::Element(_), _) => Err(NO_ELEMENTS),
        (Step::Member(name), Reply::Array(_) | Reply::Map(_)) => match member(reply, name) {
            Some(value) => of_reply(rest, value, document),
            None => Ok(None),
        },
        (Step::Member(_), _) => Err(NO_MEMBERS),
    }
}

/// A member of a map, of a flat list, or of a list of pairs.
fn member<'r, 'a>(reply: &'r Reply<'a>, name: &str) -> Option<&'r Reply<'a>> {
    match reply {
        Reply::Array(pairs) if matches!(pairs.first(), Some(Reply::Array(_))) => pairs.iter().find_map(|pair| {
            let Reply::Array(pair) = pair else { return None };
            let [key, value] = pair.as_slice() else { return None };
            (key.bytes() == Ok(name.as_bytes())).then_some(value)
        }),
        _ => reply.get(name),
    }
}

fn leaf(reply: &Reply<'_>) -> Found {
    let value = match reply {
        Reply::Null => return Ok(None),
        Reply::Integer(integer) => *integer as f64,
        Reply::Double(double) => *double,
        Reply::Boolean(boolean) => f64::from(u8::from(*boolean)),
        Reply::BigNumber(digits) => of_digits(digits)?,
        _ => of_digits(reply.bytes().map_err(|_| NO_NUMBER)?)?,
    };
    if value.is_nan() { Err(NO_NUMBER) } else { Ok(Some(value)) }
}

fn of_digits(bytes: &[u8]) -> Result<f64, Unfit> {
    str::from_utf8(bytes).ok().and_then(number::float).ok_or(NO_NUMBER)
}

fn of_text<'a>(steps: &[Step], reply: &Reply<'a>, document: &mut Document<'a>) -> Found {
    let text = reply.bytes().map_err(|_| NO_JSON)?;
    of_json(steps, document.read(text)?)
}

fn of_json(steps: &[Step], value: &Value) -> Found {
    let Some((step, rest)) = steps.split_first() else { return json_leaf(value) };
    let next = match (step, value) {
        (_, Value::Null) => None,
        (Step::Length, Value::Array(elements)) => return Ok(Some(elements.len() as f64)),
        (Step::Length, Value::Object(members)) => return Ok(Some(members.len() as f64)),
        (Step::Length, _) => return Err(NO_LENGTH),
        (Step::Element(place), Value::Array(elements)) => at(elements, *place),
        (Step::Element(_), _) => return Err(NO_ELEMENTS),
        (Step::Member(name), Value::Object(members)) => members.get(name),
        (Step::Member(_), _) => return Err(NO_MEMBERS),
    };
    next.map_or(Ok(None), |next| of_json(rest, next))
}

fn json_leaf(value: &Value) -> Found {
    match value {
        Value::Null => Ok(None),
        Value::Bool(is) => Ok(Some(f64::from(u8::from(*is)))),
        Value::Number(number) => number.as_f64().map(Some).ok_or(NO_NUMBER),
        Value::String(text) => leaf(&Reply::Bulk(text.as_bytes())),
        Value::Array(_) | Value::Object(_) => Err(NO_NUMBER),
    }
}

fn at<T>(elements: &[T], place: i64) -> Option<&T> {
    let distance = usize::try_from(place.unsigned_abs()).ok()?;
    let place = if place < 0 { elements.len().checked_sub(distance)? } else { distance };
    elements.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(reply: &Reply<'_>, path: &str, shape: Shape) -> Found {
        Path::parse(path).unwrap().number(reply, shape, &mut Document::default())
    }

    fn found(reply: &Reply<'_>, path: &str) -> Found {
        found_in(reply, path, Shape::Plain)
    }

    #[test]
    fn a_number_needs_no_path() {
        for (reply, value) in [
            (Reply::Integer(7), 7.0),
            (Reply::Double(f64::INFINITY), f64::INFINITY),
            (Reply::Boolean(true), 1.0),
            (Reply::Bulk(b"-1.5e3"), -1500.0),
            (Reply::BigNumber(b"36893488147419103232"), 36893488147419103232.0),
        ] {
            assert_eq!(found(&reply, "$"), Ok(Some(value)), "{reply:?}");
        }
        assert_eq!(found(&Reply::Null, ""), Ok(None));
        for reply in
            [Reply::Bulk(b"ten"), Reply::Bulk(b"nan"), Reply::Double(f64::NAN), Reply::Bulk(b"\xff"), Reply::Bulk(b"")]
        {
            assert_eq!(found(&reply, ""), Err(NO_NUMBER), "{reply:?}");
        }
        assert_eq!(found(&Reply::Array(vec![Reply::Integer(1)]), ""), Err(NO_NUMBER));
    }

    #[test]
    fn a_map_is_read_by_names_in_both_protocols() {
        let flat =
            Reply::Array(vec![Reply::Bulk(b"length"), Reply::Integer(3), Reply::Bulk(b"a b"), Reply::Bulk(b"4")]);
        let map =
            Reply::Map(vec![(Reply::Bulk(b"length"), Reply::Integer(3)), (Reply::Bulk(b"a b"), Reply::Integer(4))]);
        for reply in [flat, map] {
            let found = |path| found_in(&reply, path, Shape::Map);
            assert_eq!([found("length"), found("$.length")], [Ok(Some(3.0)); 2]);
            assert_eq!([found("a b"), found("$[\"a b\"]")], [Ok(Some(4.0)); 2]);
            assert_eq!([found("none"), found("length()")], [Ok(None), Ok(Some(2.0))]);
            assert_eq!(found("[0]"), Err(NO_ELEMENTS));
        }
    }

    #[test]
    fn members_with_scores_are_pairs_in_both_protocols() {
        let scores = [(b"ada", 3), (b"bob", 2), (b"cyn", 1)];
        let pair = |(name, score): (&'static [u8; 3], i64)| [Reply::Bulk(name), Reply::Integer(score)];
        let flat = Reply::Array(scores.into_iter().flat_map(pair).collect());
        let nested = Reply::Array(scores.into_iter().map(|each| Reply::Array(pair(each).into())).collect());
        for reply in [flat, nested] {
            let found = |path| found_in(&reply, path, Shape::Pairs);
            assert_eq!([found("[0][1]"), found("[-1][1]"), found("bob")], [3.0, 1.0, 2.0].map(|score| Ok(Some(score))));
            assert_eq!(
                [found("length()"), found("[3][1]"), found("[-4]"), found("dan")],
                [Ok(Some(3.0)), Ok(None), Ok(None), Ok(None)]
            );
        }
    }

    #[test]
    fn a_text_in_which_the_path_goes_on_is_json() {
        let text = br#"{"a": {"b": [1, 2.5, "3", true, null, {"c.d": 9}]}, "length": 4}"#;
        let reply = Reply::Array(vec![Reply::Bulk(text)]);
        for (path, value) in [
            ("[0].a.b[1]", Some(2.5)),
            ("$[0].a.b[2]", Some(3.0)),
            ("[0].a.b[3]", Some(1.0)),
            ("[0].a.b[4]", None),
            ("[0].a.b[4].x", None),
            ("[0].a.b[-1][\"c.d\"]", Some(9.0)),
            ("[0].a.b.length()", Some(6.0)),
            ("[0].length()", Some(2.0)),
            ("[0].length", Some(4.0)),
            ("[0].nothing.at.all", None),
        ] {
            assert_eq!(found(&reply, path), Ok(value), "{path}");
        }
        assert_eq!(found(&reply, "[0].a"), Err(NO_NUMBER));
        assert_eq!(found(&reply, "[0].a[0]"), Err(NO_ELEMENTS));
        assert_eq!(found(&reply, "[0].a.b.c"), Err(NO_MEMBERS));
        for odd in [&b"{"[..], b"\xff", b"", b"{\"a\":1e999}", &b"[".repeat(500)] {
            assert_eq!(found(&Reply::Bulk(odd), "a"), Err(NO_JSON));
        }
    }

    #[test]
    fn json_text_is_bounded() {
        let long = [b"[\"".as_slice(), &b"x".repeat(LONGEST), b"\"]"].concat();
        assert_eq!(found(&Reply::Bulk(&long), "[0]"), Err(Unfit::TooLong));
        let most = [b"[\"".as_slice(), &b"x".repeat(LONGEST - 4), b"\"]"].concat();
        assert_eq!(found(&Reply::Bulk(&most), "length()"), Ok(Some(1.0)));
    }

    #[test]
    fn a_text_is_read_once_and_is_not_taken_for_another() {
        let (texts, mut document) = ([b"[1, 2]", b"[3, 4]"], Document::default());
        for (text, path, value) in [(0, "[0]", 1.0), (0, "[1]", 2.0), (1, "[0]", 3.0), (0, "[1]", 2.0)] {
            let number = Path::parse(path).unwrap().number(&Reply::Bulk(texts[text]), Shape::Plain, &mut document);
            assert_eq!(number, Ok(Some(value)));
        }
        assert!(document.0.is_some_and(|(text, _)| std::ptr::eq(text, texts[0])));
    }

    #[test]
    fn what_is_no_path_is_refused_where_it_is_none() {
        for (text, rest) in [
            ("$a", "a"),
            ("a..b", "..b"),
            ("a[x]", "[x]"),
            ("a[1", "[1"),
            ("a(b)", "a(b)"),
            ("$.", "."),
            ("a[\"b]", "[\"b]"),
        ] {
            let error = Path::parse(text).unwrap_err();
            assert!(error.starts_with(&format!("not a path from `{rest}` on")), "{text}: {error}");
        }
        assert_eq!(Path::parse("length().a"), Err("nothing can follow length()".to_owned()));
        assert_eq!(Path::parse(&"[0]".repeat(17)), Err("17 steps, more than 16".to_owned()));
        assert_eq!(Path::parse("$"), Ok(Path::default()));
    }

    #[test]
    fn shapes_that_do_not_fit_are_told() {
        assert_eq!(found(&Reply::Integer(1), "a"), Err(NO_MEMBERS));
        assert_eq!(found(&Reply::Integer(1), "[0]"), Err(NO_ELEMENTS));
        assert_eq!(found(&Reply::Integer(1), "length()"), Err(NO_LENGTH));
        assert_eq!(found(&Reply::Null, "a"), Ok(None));
    }
}
