//! Lua's patterns (<https://www.lua.org/manual/5.1/manual.html#5.4.1>), which groups of keys are written in, because
//! redis_exporter has Redis' Lua match them.
//!
//! All of them: classes (`%a`, `[a-z]`, `[^%s]`, `.`), repetitions (`*`, `+`, `-`, `?`), anchors, captures and places, back
//! references (`%1`), balanced pairs (`%b()`) and frontiers (`%f[%w]`, which Lua 5.1 has without writing of it). Letters and
//! the like are those of ASCII, as in the locale that Redis runs its Lua in.

/// Captures of a pattern at most (LUA_MAXCAPTURES).
const CAPTURES: usize = 32;

/// How deep a match may be nested. Lua has 200 for its own stack; what is not a repetition costs none here.
const DEPTH: usize = 200;

/// Steps for one key. Lua has no bound: a pattern with many stars can take it days.
const STEPS: usize = 100_000;

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// A capture: from where, and how long; none for a place, and while it is open.
#[derive(Clone, Copy, Default)]
struct Capture {
    start: usize,
    length: Length,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Length {
    #[default]
    Open,
    Place,
    Closed(usize),
}

/// One match under way.
struct Match<'a> {
    key: &'a [u8],
    pattern: &'a [u8],
    captures: Vec<Capture>,
    depth: usize,
    steps: usize,
}

type Found = Result<Option<usize>, Malformed>;

/// What the captures of the first match hold, one after the other, as `table.concat` writes them; none when nothing
/// matches. Without captures that is empty.
///
/// # Errors
/// A pattern that Lua would refuse, or one that takes too long on this key.
pub(crate) fn captured(pattern: &[u8], key: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let (is_anchored, pattern) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        pattern => (false, pattern),
    };
    let mut found = Match { key, pattern, captures: Vec::new(), depth: DEPTH, steps: STEPS };
    for start in 0..=key.len() {
        found.captures.clear();
        if found.at(start, 0)?.is_some() {
            return found.text().map(Some);
        }
        if is_anchored {
            break;
        }
    }
    Ok(None)
}

/// Whether Lua would take a pattern: what is wrong is seen when it gets there, so everything is tried.
pub(crate) fn check(pattern: &[u8]) -> Result<(), Malformed> {
    let (mut place, mut open) = (usize::from(pattern.first() == Some(&b'^')), Vec::new());
    let mut captures = 0;
    while let Some(byte) = pattern.get(place) {
        match byte {
            b'(' => {
                captures += 1;
                if captures > CAPTURES {
                    return Err(Malformed("too many captures"));
                }
                if pattern.get(place + 1) == Some(&b')') {
                    place += 1;
                } else {
                    open.push(captures);
                }
                place += 1;
            }
            b')' => {
                open.pop().ok_or(Malformed("a capture is closed that was not opened"))?;
                place += 1;
            }
            b'%' if pattern.get(place + 1) == Some(&b'b') => {
                if pattern.len() < place + 4 {
                    return Err(Malformed("%b wants two characters"));
                }
                place += 4;
            }
            b'%' if pattern.get(place + 1) == Some(&b'f') => {
                if pattern.get(place + 2) != Some(&b'[') {
                    return Err(Malformed("%f wants a set"));
                }
                place = class_end(pattern, place + 2)?;
            }
            b'%' if pattern.get(place + 1).is_some_and(u8::is_ascii_digit) => {
                let number = usize::from(pattern[place + 1] - b'0');
                if number == 0 || number > captures || open.contains(&number) {
                    return Err(Malformed("there is no such capture to refer to"));
                }
                place += 2;
            }
            _ => place = class_end(pattern, place)?,
        }
    }
    if open.is_empty() { Ok(()) } else { Err(Malformed("a capture is not closed")) }
}

impl Match<'_> {
    /// Where a match that begins here ends.
    fn at(&mut self, mut place: usize, mut at: usize) -> Found {
        self.depth = self.depth.checked_sub(1).ok_or(Malformed("it is too complex"))?;
        let found = loop {
            self.steps = self.steps.checked_sub(1).ok_or(Malformed("it takes too long"))?;
            let rest = &self.pattern[at..];
            match rest {
                [] => break Some(place),
                [b'(', b')', ..] => break self.begin(place, at + 2, Length::Place)?,
                [b'(', ..] => break self.begin(place, at + 1, Length::Open)?,
                [b')', ..] => break self.close(place, at + 1)?,
                [b'$'] => break (place == self.key.len()).then_some(place),
                [b'%', b'b', ..] => match self.balanced(place, at + 2)? {
                    Some(end) => (place, at) = (end, at + 4),
                    None => break None,
                },
                [b'%', b'f', ..] => {
                    let end = self.frontier(place, at + 2)?;
                    match end {
                        Some(end) => at = end,
                        None => break None,
                    }
                }
                [b'%', digit @ b'0'..=b'9', ..] => match self.again(place, *digit)? {
                    Some(end) => (place, at) = (end, at + 2),
                    None => break None,
                },
                _ => {
                    let end = class_end(self.pattern, at)?;
                    let fits = self.fits(place, at, end);
                    match self.pattern.get(end) {
                        Some(b'?') => {
                            if fits && let Some(found) = self.at(place + 1, end + 1)? {
                                break Some(found);
                            }
                            at = end + 1;
                        }
                        Some(b'+') => break if fits { self.most(place + 1, at, end)? } else { None },
                        Some(b'*') => break self.most(place, at, end)?,
                        Some(b'-') => break self.least(place, at, end)?,
                        _ if fits => (place, at) = (place + 1, end),
                        _ => break None,
                    }
                }
            }
        };
        self.depth += 1;
        Ok(found)
    }

    /// As many as fit, then ever fewer.
    fn most(&mut self, place: usize, at: usize, end: usize) -> Found {
        let mut count = 0;
        while self.fits(place + count, at, end) {
            count += 1;
        }
        for count in (0..=count).rev() {
            if let Some(found) = self.at(place + count, end + 1)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// None, then ever more.
    fn least(&mut self, mut place: usize, at: usize, end: usize) -> Found {
        loop {
            if let Some(found) = self.at(place, end + 1)? {
                return Ok(Some(found));
            }
            if !self.fits(place, at, end) {
                return Ok(None);
            }
            place += 1;
        }
    }

    fn begin(&mut self, place: usize, at: usize, length: Length) -> Found {
        if self.captures.len() >= CAPTURES {
            return Err(Malformed("too many captures"));
        }
        self.captures.push(Capture { start: place, length });
        let found = self.at(place, at)?;
        if found.is_none() {
            self.captures.pop();
        }
        Ok(found)
    }

    fn close(&mut self, place: usize, at: usize) -> Found {
        let open = self.captures.iter().rposition(|capture| capture.length == Length::Open);
        let open = open.ok_or(Malformed("a capture is closed that was not opened"))?;
        self.captures[open].length = Length::Closed(place - self.captures[open].start);
        let found = self.at(place, at)?;
        if found.is_none() {
            self.captures[open].length = Length::Open;
        }
        Ok(found)
    }

    /// `%bxy`: as many y as x.
    fn balanced(&self, place: usize, at: usize) -> Found {
        let [open, close] = self.pattern.get(at..at + 2).ok_or(Malformed("%b wants two characters"))? else {
            return Ok(None);
        };
        if self.key.get(place) != Some(open) {
            return Ok(None);
        }
        let mut depth = 1_usize;
        for (index, byte) in self.key.iter().enumerate().skip(place + 1) {
            if byte == close {
                depth -= 1;
                if depth == 0 {
                    return Ok(Some(index + 1));
                }
            } else if byte == open {
                depth += 1;
            }
        }
        Ok(None)
    }

    /// `%f[set]`: between what is not of the set and what is. Where the pattern goes on.
    fn frontier(&self, place: usize, at: usize) -> Found {
        if self.pattern.get(at) != Some(&b'[') {
            return Err(Malformed("%f wants a set"));
        }
        let end = class_end(self.pattern, at)?;
        let set = &self.pattern[at..end];
        // Before the first byte and behind the last there is a NUL.
        let before = if place == 0 { 0 } else { self.key[place - 1] };
        let after = self.key.get(place).copied().unwrap_or(0);
        Ok((!in_set(before, set) && in_set(after, set)).then_some(end))
    }

    /// `%1`: the same as a capture.
    fn again(&self, place: usize, digit: u8) -> Found {
        let number = usize::from(digit - b'0').checked_sub(1);
        let capture = number.and_then(|number| self.captures.get(number));
        match capture {
            Some(Capture { start, length: Length::Closed(length) }) => {
                let same = self.key[place..].starts_with(&self.key[*start..start + length]);
                Ok(same.then_some(place + length))
            }
            _ => Err(Malformed("there is no such capture to refer to")),
        }
    }

    fn fits(&self, place: usize, at: usize, end: usize) -> bool {
        let Some(&byte) = self.key.get(place) else { return false };
        match &self.pattern[at..end] {
            [b'.'] => true,
            [b'%', class] => in_class(byte, *class),
            set @ [b'[', _, ..] => in_set(byte, set),
            [one] => *one == byte,
            _ => false,
        }
    }

    fn text(&self) -> Result<Vec<u8>, Malformed> {
        let mut text = Vec::new();
        for Capture { start, length } in &self.captures {
            match length {
                Length::Closed(length) => text.extend_from_slice(&self.key[*start..start + length]),
                Length::Place => text.extend_from_slice((start + 1).to_string().as_bytes()),
                Length::Open => return Err(Malformed("a capture is not closed")),
            }
        }
        Ok(text)
    }
}

/// Where a single character, a class or a set ends.
fn class_end(pattern: &[u8], at: usize) -> Result<usize, Malformed> {
    match pattern[at] {
        b'%' if at + 1 < pattern.len() => Ok(at + 2),
        b'%' => Err(Malformed("it ends with %")),
        b'[' => {
            let mut end = at + 1;
            if pattern.get(end) == Some(&b'^') {
                end += 1;
            }
            // The first one may be a bracket that stands for itself.
            loop {
                let byte = pattern.get(end).ok_or(Malformed("a set is not closed"))?;
                end += if *byte == b'%' { 2 } else { 1 };
                if pattern.get(end) == Some(&b']') {
                    return Ok(end + 1);
                }
            }
        }
        _ => Ok(at + 1),
    }
}

/// Whether a byte is in a set, which is given with its brackets.
fn in_set(byte: u8, set: &[u8]) -> bool {
    let inside = &set[1..set.len() - 1];
    let (is_in, mut rest) = match inside {
        [b'^', rest @ ..] => (false, rest),
        rest => (true, rest),
    };
    loop {
        let fits;
        (fits, rest) = match rest {
            [] => return !is_in,
            [b'%', class, rest @ ..] => (in_class(byte, *class), rest),
            [first, b'-', last, rest @ ..] => ((*first..=*last).contains(&byte), rest),
            [one, rest @ ..] => (*one == byte, rest),
        };
        if fits {
            return is_in;
        }
    }
}

fn in_class(byte: u8, class: u8) -> bool {
    let is_in = match class.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte.is_ascii_whitespace() || byte == 0x0b,
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return class == byte,
    };
    is_in != class.is_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(pattern: &str, key: &str) -> Option<String> {
        check(pattern.as_bytes()).unwrap();
        let found = captured(pattern.as_bytes(), key.as_bytes()).unwrap();
        found.map(|text| String::from_utf8(text).unwrap())
    }

    /// As `string.find` of Redis 7.0 has them (Lua 5.1): pattern, key, captures.
    const CASES: &[(&str, &str, Option<&str>)] = &[
        ("^(key_ringo)_[0-9]+$", "key_ringo_12", Some("key_ringo")),
        ("^(key_ringo)_[0-9]+$", "key_ringo_1x", None),
        ("^(.*)$", "anything at all", Some("anything at all")),
        ("^(.*)_[^_]*$", "a_b_c", Some("a_b")),
        ("(%a+):(%d+)", "xx user:17", Some("user17")),
        ("user", "a user", Some("")),
        ("^user", "a user", None),
        ("()x()", "aax", Some("34")),
        ("(a-)b", "aaab", Some("aaa")),
        ("(a?)b", "b", Some("")),
        ("(%w+)=%1", "k=k", Some("k")),
        ("(%w+)=%1$", "k=l", None),
        ("%b()", "f(a(b)c)d", Some("")),
        ("f(%b())(.*)", "f(a(b)c)d", Some("(a(b)c)d")),
        ("%b||(.)", "|a|b", Some("b")),
        ("%f[%w](%w+)%f[%W]", "  word!", Some("word")),
        ("([]])", "a]", Some("]")),
        ("([^]])", "]a", Some("a")),
        ("([%]x]+)", "a]x", Some("]x")),
        ("([a-cx-z]+)", "-by-", Some("by")),
        ("(%S+)%s", "ab c", Some("ab")),
        ("a$b", "a$b", Some("")),
        ("(%%)", "50%", Some("%")),
        ("(.)-", "x-", Some("x")),
        ("", "x", Some("")),
    ];

    #[test]
    fn patterns_match_as_in_lua() {
        for (pattern, key, expected) in CASES {
            assert_eq!(group(pattern, key).as_deref(), *expected, "{pattern} {key}");
        }
    }

    #[test]
    fn what_lua_refuses_is_refused() {
        for pattern in ["(", ")", "a)", "(()", "%", "[", "[^", "[%", "[]", "%b", "%bx", "%f", "%fa", "%1", "(%1)", "%0"]
        {
            assert!(check(pattern.as_bytes()).is_err(), "{pattern}");
        }
        assert!(check("(x)".repeat(33).as_bytes()).is_err());
    }

    #[test]
    fn a_pattern_that_takes_too_long_ends() {
        let key = "a".repeat(200);
        let found = captured("a*a*a*a*a*a*a*a*b".as_bytes(), key.as_bytes());
        assert_eq!(found, Err(Malformed("it takes too long")));
    }
}
