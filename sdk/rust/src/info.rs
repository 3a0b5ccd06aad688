//! INFO text (<https://redis.io/docs/latest/commands/info/>): sections of `name:value` lines.

use std::borrow::Cow;
use std::iter;

use memchr::{memchr, memchr_iter, memrchr};

use crate::{Failure, Reply, number};

/// The text of an INFO reply.
pub struct Info<'a> {
    text: Cow<'a, str>,
}

/// One `name:value` line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field<'a> {
    /// The section it stands in, as the server writes it; "" before the first.
    pub section: &'a str,
    /// Before the first colon.
    pub name: &'a str,
    /// After the first colon, which may hold more of them.
    pub value: &'a str,
}

impl<'a> Info<'a> {
    /// The text of a reply.
    ///
    /// # Errors
    /// When the reply is not a string.
    pub fn new(reply: &Reply<'a>) -> Result<Info<'a>, Failure> {
        Ok(Info { text: reply.text()? })
    }

    /// Every field, in the server's order, without the spaces around its line.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        let mut section = "";
        lines(&self.text).filter_map(move |line| match line.strip_prefix("# ") {
            Some(title) => {
                section = title;
                None
            }
            None => Field::read(section, line),
        })
    }

    /// The fields of one section, in the server's order; the others are passed over, which is faster than reading them.
    pub fn section<'t>(&'t self, title: &'t str) -> impl Iterator<Item = Field<'t>> {
        let text = &*self.text;
        memchr_iter(b'#', text.as_bytes()).filter(move |&place| is_title(text, place, title)).flat_map(move |place| {
            let fields = lines(&text[place..]).skip(1).take_while(|line| !line.starts_with("# "));
            fields.filter_map(move |line| Field::read(title, line))
        })
    }

    /// The value of the first field of that name, in whatever section.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields().find(|field| field.name == name).map(|field| field.value)
    }
}

impl<'a> Field<'a> {
    fn read(section: &'a str, line: &'a str) -> Option<Field<'a>> {
        let colon = memchr(b':', line.as_bytes())?;
        Some(Field { section, name: &line[..colon], value: &line[colon + 1..] })
    }
}

/// Without the spaces around each.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let end = memchr(b'\n', text.as_bytes());
        rest = end.map(|end| &text[end + 1..]);
        Some(text[..end.unwrap_or(text.len())].trim())
    })
}

/// Whether the `#` at this place begins the line that is the title.
fn is_title(text: &str, place: usize, title: &str) -> bool {
    let begin = memrchr(b'\n', &text.as_bytes()[..place]).map_or(0, |end| end + 1);
    let is_first = text[begin..place].trim().is_empty();
    is_first && lines(&text[place..]).next().and_then(|line| line.strip_prefix("# ")) == Some(title)
}

/// A value as a number. Redis also writes words: ok and true are 1, err, fail and false are 0.
pub fn number(value: &str) -> Option<f64> {
    match value {
        "ok" | "true" => Some(1.0),
        "err" | "fail" | "false" => Some(0.0),
        _ => number::float(value),
    }
}

/// The parts of a value like `keys=1,expires=0`, in their order. A part without `=` has an empty value.
pub fn parts(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(',').map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// The parts of a value of which each is `name=value`, with one `=`. None when one of them is not.
pub fn whole_parts(value: &str) -> Option<Vec<(&str, &str)>> {
    value.split(',').map(|part| part.split_once('=').filter(|(_, value)| !value.contains('='))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<(String, String, String)> {
        let info = Info::new(&Reply::Bulk(text.as_bytes())).unwrap();
        info.fields().map(|f| (f.section.to_owned(), f.name.to_owned(), f.value.to_owned())).collect()
    }

    #[test]
    fn sections_names_and_values() {
        let read = fields("# Server\r\nredis_version:7.0.15\r\n\r\n# Clients\r\nmaxclients:10000\r\nnonsense\r\n");
        let expected = [("Server", "redis_version", "7.0.15"), ("Clients", "maxclients", "10000")];
        assert_eq!(read, expected.map(|(s, n, v)| (s.to_owned(), n.to_owned(), v.to_owned())));
    }

    #[test]
    fn a_section_has_the_fields_of_that_title() {
        let text = "before:0\r\n# A\r\na:1\r\n\r\n# B\r\nb:# A\r\n# AB\r\nc:2\r\n#A\r\nd:#\r\n # A \r\ne:3\n\n# \nf:4";
        let info = Info::new(&Reply::Bulk(text.as_bytes())).unwrap();
        for (title, names) in [("A", &["a", "e", "f"] as &[_]), ("B", &["b"]), ("AB", &["c", "d"]), ("C", &[])] {
            let all: Vec<_> = info.fields().filter(|field| field.section == title).collect();
            assert_eq!(info.section(title).collect::<Vec<_>>(), all, "{title}");
            assert_eq!(all.iter().map(|field| field.name).collect::<Vec<_>>(), names, "{title}");
        }
    }

    #[test]
    fn a_value_may_hold_colons_and_be_empty() {
        let read = fields("executable:/a:b\r\nconfig_file:\r\n");
        assert_eq!(read[0].2, "/a:b");
        assert_eq!(read[1].2, "");
    }

    #[test]
    fn words_are_numbers() {
        assert_eq!(number("ok"), Some(1.0));
        assert_eq!(number("fail"), Some(0.0));
        assert_eq!(number("0.10"), Some(0.1));
        assert_eq!(number("up"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn parts_of_a_keyspace_line() {
        let read: Vec<_> = parts("keys=2,expires=1,avg_ttl").collect();
        assert_eq!(read, [("keys", "2"), ("expires", "1"), ("avg_ttl", "")]);
        assert_eq!(whole_parts("keys=2,expires="), Some(vec![("keys", "2"), ("expires", "")]));
        for value in ["", "keys", "keys=2,", "keys=2=3"] {
            assert_eq!(whole_parts(value), None, "{value:?}");
        }
    }
}
