//! YAML to JSON, with the place of each part.
//!
//! The parser tells of one event after the other, so that depth and size are bounded before anything is built from them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, Span, Tag};
use serde_json::{Map, Number, Value};

use super::Problem;
use crate::config::explain::escaped;
use crate::config::place::{Place, Places};

/// Parts that a file may have, those that an alias repeats counted each time: a few lines of aliases could make billions.
const NODES: usize = 50_000;

/// How deep parts may be inside each other: what reads them afterwards goes as deep on the stack.
const DEPTH: usize = 64;

/// A file's only document.
#[derive(Debug)]
pub(super) struct Document {
    /// What it says; an empty one is null.
    pub(super) value: Value,
    /// Where each part is: a key's part where the key is.
    pub(super) places: Places,
    /// Numbers and switches as they are written, by JSON Pointer: `0123` is 123, and may have been a password.
    pub(super) texts: BTreeMap<String, String>,
}

/// Reads the text of a file.
///
/// # Errors
/// Where it is no YAML, or YAML that is no JSON, is too large or has more than one document.
pub(super) fn read(file: &Arc<PathBuf>, text: &str) -> Result<Document, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        file,
        events: events(file, text)?,
        next: 0,
        anchors: HashMap::new(),
        nodes: 0,
        places: BTreeMap::new(),
        texts: BTreeMap::new(),
    };
    let value = if reader.events.is_empty() { Value::Null } else { reader.node("", 0)? };
    Ok(Document { value, places: reader.places.into_iter().collect(), texts: reader.texts })
}

/// The events of the document, without those around it.
fn events<'a>(file: &Arc<PathBuf>, text: &'a str) -> Result<Vec<(Event<'a>, Span)>, Problem> {
    let mut parser = Parser::new_from_str(text);
    let mut events = Vec::new();
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| broken(file, error.marker(), error.info()))?;
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) if documents > 0 => {
                return Err(at(file, &span.start, "a second document begins here; the file may have one"));
            }
            Event::DocumentStart(_) => documents += 1,
            // Beginnings and ends: twice the nodes.
            _ if events.len() == 2 * NODES => return Err(too_many(file, &span.start)),
            event => events.push((event, span)),
        }
    }
    Ok(events)
}

fn at(file: &Arc<PathBuf>, mark: &Marker, message: impl Into<String>) -> Problem {
    let place = Place { file: file.clone(), line: mark.line().max(1), column: mark.col() + 1 };
    Problem { place: Some(place), message: message.into() }
}

fn broken(file: &Arc<PathBuf>, mark: &Marker, info: &str) -> Problem {
    let hint = match info {
        info if info.contains("tab") => "; indent with spaces",
        info if info.contains("simple key") || info.contains("mapping values") => {
            "; a key and its value are `key: value`, with a space after the colon, and texts with `: ` or ` #` want quotes"
        }
        _ => "",
    };
    at(file, mark, format!("this is no YAML: {info}{hint}"))
}

fn too_many(file: &Arc<PathBuf>, mark: &Marker) -> Problem {
    at(file, mark, format!("the file has more than {NODES} parts, those that aliases repeat included; make it smaller"))
}

struct Reader<'a> {
    file: &'a Arc<PathBuf>,
    events: Vec<(Event<'a>, Span)>,
    next: usize,
    /// Where the event is with which a node begins that has a name. Only nodes that have ended are in it.
    anchors: HashMap<usize, usize>,
    nodes: usize,
    places: BTreeMap<String, Place>,
    texts: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    fn take(&mut self) -> Result<(Event<'a>, Span), Problem> {
        let event = self.events.get(self.next).cloned();
        self.next += 1;
        event.ok_or_else(|| at(self.file, &Marker::default(), "this is no YAML: it ends too early"))
    }

    fn ends_here(&mut self, end: &Event<'a>) -> bool {
        let ends = self.events.get(self.next).is_none_or(|(event, _)| event == end);
        self.next += usize::from(ends);
        ends
    }

    fn node(&mut self, pointer: &str, depth: usize) -> Result<Value, Problem> {
        let begin = self.next;
        let (event, span) = self.take()?;
        let mark = span.start;
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(too_many(self.file, &mark));
        }
        if depth > DEPTH {
            return Err(at(self.file, &mark, format!("this is inside of more than {DEPTH} others; make it flatter")));
        }
        self.places.entry(pointer.to_owned()).or_insert_with(|| Place {
            file: self.file.clone(),
            line: mark.line().max(1),
            column: mark.col() + 1,
        });
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar::parse_from_cow_and_metadata(text.clone(), style, tag.as_ref());
                (self.scalar(scalar, &text, tag.as_deref(), pointer, &mark)?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), &mark)?;
                (self.sequence(pointer, depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), &mark)?;
                (self.mapping(pointer, depth)?, anchor)
            }
            Event::Alias(anchor) => (self.alias(anchor, pointer, depth, &mark)?, 0),
            _ => return Err(at(self.file, &mark, "this is no YAML: a value is missing")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, begin);
        }
        Ok(value)
    }

    /// Reads the named node again, as a part of this place.
    fn alias(&mut self, anchor: usize, pointer: &str, depth: usize, mark: &Marker) -> Result<Value, Problem> {
        let begin = self.anchors.get(&anchor).copied();
        let begin = begin.ok_or_else(|| at(self.file, mark, "this alias is inside of what it stands for"))?;
        let after = std::mem::replace(&mut self.next, begin);
        let value = self.node(pointer, depth + 1);
        self.next = after;
        value
    }

    fn sequence(&mut self, pointer: &str, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        while !self.ends_here(&Event::SequenceEnd) {
            items.push(self.node(&format!("{pointer}/{}", items.len()), depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self, pointer: &str, depth: usize) -> Result<Value, Problem> {
        let mut map = Map::new();
        while !self.ends_here(&Event::MappingEnd) {
            let (key, mark) = self.key()?;
            if map.contains_key(&key) {
                return Err(at(self.file, &mark, format!("`{key}` is there twice; keep one")));
            }
            let inside = format!("{pointer}/{}", escaped(&key));
            let place = Place { file: self.file.clone(), line: mark.line().max(1), column: mark.col() + 1 };
            self.places.insert(inside.clone(), place);
            let value = self.node(&inside, depth + 1)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }

    fn key(&mut self) -> Result<(String, Marker), Problem> {
        let (event, span) = self.take()?;
        let mark = span.start;
        match event {
            Event::Scalar(text, ..) if text == "<<" => Err(at(
                self.file,
                &mark,
                "merge keys (<<) are not known; write the keys out, or use an alias for all of them",
            )),
            Event::Scalar(text, ..) if !text.is_empty() => Ok((text.into_owned(), mark)),
            _ => Err(at(self.file, &mark, "a key is missing here, or is no text; write `key: value`")),
        }
    }

    fn scalar(
        &mut self,
        scalar: Option<Scalar<'a>>,
        text: &str,
        tag: Option<&Tag>,
        pointer: &str,
        mark: &Marker,
    ) -> Result<Value, Problem> {
        self.check_tag(tag, mark)?;
        let value = match scalar {
            None => {
                return Err(at(self.file, mark, "the value is not of the kind that its tag tells; leave the tag out"));
            }
            Some(Scalar::String(text)) => return Ok(Value::String(text.into_owned())),
            Some(Scalar::Null) => return Ok(Value::Null),
            Some(Scalar::Boolean(on)) => Value::Bool(on),
            Some(Scalar::Integer(number)) => Value::Number(number.into()),
            // 3.0 is 3, as in JSON Schema; beyond 2^53 a fraction would not be seen.
            Some(Scalar::FloatingPoint(number)) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
                Value::Number((number.into_inner() as i64).into())
            }
            Some(Scalar::FloatingPoint(number)) => Number::from_f64(number.into_inner())
                .map(Value::Number)
                .ok_or_else(|| at(self.file, mark, "infinite and undefined numbers cannot be set"))?,
        };
        self.texts.insert(pointer.to_owned(), text.to_owned());
        Ok(value)
    }

    fn check_tag(&self, tag: Option<&Tag>, mark: &Marker) -> Result<(), Problem> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => {
                Err(at(self.file, mark, "tags (!name) are not known; leave it out, or put the text in quotes"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
