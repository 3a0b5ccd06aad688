//! INFO text (<https://redis.io/docs/latest/commands/info/>): sections of `name:value` lines.

use std::borrow::Cow;

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
        self.text.split('\n').filter_map(move |line| {
            let line = line.trim();
            if let Some(title) = line.strip_prefix("# ") {
                section = title;
                return None;
            }
            let (name, value) = line.split_once(':')?;
            Some(Field { section, name, value })
        })
    }

    /// The value of the first field of that name, in whatever section.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields().find(|field| field.name == name).map(|field| field.value)
    }
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
