//! Which keys: a pattern as in SCAN MATCH, in which `{name}` stands for one part of the key between colons.

use serde::{Deserialize, Serialize};

/// Bytes of a pattern. The host takes as many.
const LONGEST: usize = 1024;

/// A pattern that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    /// For SCAN MATCH.
    pub(crate) glob: Vec<u8>,
    /// The names in it, in their order.
    pub(crate) names: Vec<String>,
    /// To find them in a key; none without names, where the server's word is enough.
    pub(crate) parts: Option<Parts>,
}

/// A pattern with names, part by part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parts(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Part {
    /// It has a name, and may be anything.
    Named,
    /// It fits these.
    Fits(Vec<Token>),
    /// `*` as the last part: whatever follows.
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Token {
    Byte(u8),
    Any,
    Many,
    /// The server's alone.
    Class,
}

impl Pattern {
    /// # Errors
    /// What cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Pattern, String> {
        if text.is_empty() || text.len() > LONGEST {
            return Err(format!("a pattern has 1 to {LONGEST} bytes"));
        }
        let (mut names, mut globs, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        for part in split(text)? {
            match name(part) {
                Some(name) if name.len() + 2 == part.len() => {
                    if names.iter().any(|known| known == name) {
                        return Err(format!("{{{name}}} is there twice"));
                    }
                    names.push(name.to_owned());
                    globs.push("*");
                    parts.push(Part::Named);
                }
                _ => {
                    globs.push(part);
                    parts.push(Part::Fits(tokens(part)?));
                }
            }
        }
        let glob = globs.join(":").into_bytes();
        if names.is_empty() {
            return Ok(Pattern { glob, names, parts: None });
        }
        if parts.iter().any(|part| matches!(part, Part::Fits(tokens) if tokens.contains(&Token::Class))) {
            return Err("[ ] cannot be used beside names: a pattern with names has * and ? alone".to_owned());
        }
        if let Some(last) = parts.last_mut().filter(|last| **last == Part::Fits(vec![Token::Many])) {
            *last = Part::Rest;
        }
        Ok(Pattern { glob, names, parts: Some(Parts(parts)) })
    }
}

/// The parts between colons.
fn split(text: &str) -> Result<Vec<&str>, String> {
    if text.replace("\\\\", "").contains("\\:") {
        return Err("a colon needs no backslash".to_owned());
    }
    Ok(text.split(':').collect())
}

/// `{name}` at the beginning of a text: the name.
fn name(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name = name.bytes().all(is_word) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    is_name.then_some(name)
}

/// A part without a name of its own.
fn tokens(part: &str) -> Result<Vec<Token>, String> {
    let (mut tokens, mut place) = (Vec::new(), 0);
    let bytes = part.as_bytes();
    while let Some(&byte) = bytes.get(place) {
        if let Some(name) = part.get(place..).and_then(name) {
            return Err(format!("{{{name}}} has to stand alone between colons; a brace itself is written \\{{"));
        }
        place += 1;
        tokens.push(match byte {
            b'*' => Token::Many,
            b'?' => Token::Any,
            b'[' => Token::Class,
            b'\\' => {
                let escaped = bytes.get(place).copied();
                place += 1;
                // At the very end it stands for itself, as for the server.
                Token::Byte(escaped.unwrap_or(byte))
            }
            _ => Token::Byte(byte),
        });
    }
    Ok(tokens)
}

impl Parts {
    /// Whether a key fits, and then the parts that have names, in their order.
    pub(crate) fn find<'k>(&self, key: &'k [u8], named: &mut Vec<&'k [u8]>) -> bool {
        named.clear();
        let mut of_key = key.split(|&byte| byte == b':');
        for part in &self.0 {
            let Some(found) = of_key.next() else { return false };
            match part {
                Part::Named => named.push(found),
                Part::Fits(tokens) if fits(tokens, found) => {}
                Part::Fits(_) => return false,
                Part::Rest => return true,
            }
        }
        of_key.next().is_none()
    }
}

/// With one place to go back to: the last `*`. A part that has fitted up to another `*` need not be looked at again.
fn fits(tokens: &[Token], bytes: &[u8]) -> bool {
    let (mut token, mut byte) = (0, 0);
    let mut back = None;
    while byte < bytes.len() {
        match tokens.get(token) {
            Some(Token::Many) => {
                token += 1;
                back = Some((token, byte));
                continue;
            }
            Some(Token::Byte(wanted)) if *wanted == bytes[byte] => (token, byte) = (token + 1, byte + 1),
            Some(Token::Any) => (token, byte) = (token + 1, byte + 1),
            _ => match &mut back {
                Some((after, from)) => {
                    *from += 1;
                    (token, byte) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Many)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, key: &str) -> Option<Vec<String>> {
        let parts = Pattern::parse(pattern).unwrap().parts.unwrap();
        let mut named = Vec::new();
        let text = |part: &&[u8]| String::from_utf8_lossy(part).into_owned();
        parts.find(key.as_bytes(), &mut named).then(|| named.iter().map(text).collect())
    }

    #[test]
    fn names_are_parts_between_colons() {
        for (pattern, key, parts) in [
            ("order:{region}:{id}", "order:eu:7", Some(vec!["eu", "7"])),
            ("order:{region}:{id}", "order::7", Some(vec!["", "7"])),
            ("order:{region}:{id}", "order:eu:7:items", None),
            ("order:{region}:{id}", "order:eu", None),
            ("order:{region}:{id}", "offer:eu:7", None),
            ("{kind}", "order", Some(vec!["order"])),
            ("{kind}:*", "order:eu:7:items", Some(vec!["order"])),
            ("{kind}:*", "order", None),
            ("{kind}:*", "order:", Some(vec!["order"])),
            ("{kind}:", "order:", Some(vec!["order"])),
            ("{kind}:", "order:x", None),
            ("v?:*-x:{y}", "v1:a-x-x:z", Some(vec!["z"])),
            ("v?:*-x:{y}", "v:a-x:z", None),
            ("*:{y}", "a:b", Some(vec!["b"])),
            ("*:{y}", "a:b:c", None),
            (r"\{tag\}:{y}:\*", "{tag}:b:*", Some(vec!["b"])),
            (r"\{tag\}:{y}:\*", "{tag}:b:c", None),
            ("ä*ü:{y}", "äöü:é", Some(vec!["é"])),
        ] {
            let parts = parts.map(|parts| parts.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(found(pattern, key), parts, "{pattern} {key}");
        }
    }

    #[test]
    fn the_server_is_given_a_glob() {
        for (pattern, glob) in [
            ("order:{region}:{id}", "order:*:*"),
            ("{kind}:", "*:"),
            ("a[bc]*", "a[bc]*"),
            (r"\{tag\}:*", r"\{tag\}:*"),
            ("{0}:{}:{a b}", "{0}:{}:{a b}"),
            (r"a\", r"a\"),
        ] {
            assert_eq!(String::from_utf8_lossy(&Pattern::parse(pattern).unwrap().glob), glob, "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (pattern, words) in [
            ("", "1 to 1024 bytes"),
            ("order-{id}", "{id} has to stand alone between colons"),
            ("{id}x", "{id} has to stand alone"),
            ("{a}{b}", "{a} has to stand alone"),
            ("{a}:{a}", "{a} is there twice"),
            (r"a\:{b}", "a colon needs no backslash"),
            ("{a}:[bc]", "[ ] cannot be used beside names"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(words), "{pattern}: {error}");
        }
        assert!(Pattern::parse(&"x".repeat(1025)).is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_parts_too() {
        let parts = Pattern::parse("a:{b}").unwrap().parts.unwrap();
        let mut named = Vec::new();
        assert!(parts.find(b"a:\xff\x00", &mut named));
        assert_eq!(named, [b"\xff\x00"]);
    }
}
