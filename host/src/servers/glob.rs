//! Patterns of keys, as SCAN MATCH takes them.

/// Bytes of a pattern that is taken, and of a key that is compared: comparing costs at most their product.
const LONGEST_PATTERN: usize = 1 << 10;
const LONGEST_KEY: usize = 64 << 10;

/// A pattern of keys by the servers' rules: `*`, `?`, `[abc]`, `[a-c]`, `[^a]`, and `\` before what stands for itself.
/// (`stringmatchlen` in `util.c` of Redis and Valkey.) Bytes of a range are compared as unsigned numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Any bytes.
    Star,
    /// Any byte.
    Any,
    Byte(u8),
    /// A bit for each byte.
    Class([u64; 4]),
}

impl Glob {
    /// Reads a pattern. Anything is one; none when it is longer than a kibibyte.
    pub fn new(pattern: &[u8]) -> Option<Glob> {
        if pattern.len() > LONGEST_PATTERN {
            return None;
        }
        let (mut parts, mut rest) = (Vec::new(), pattern);
        loop {
            let part;
            (part, rest) = match rest {
                [] => return Some(Glob { parts }),
                [b'*', rest @ ..] => (Part::Star, rest),
                [b'?', rest @ ..] => (Part::Any, rest),
                [b'[', rest @ ..] => class(rest),
                [b'\\', byte, rest @ ..] | [byte, rest @ ..] => (Part::Byte(*byte), rest),
            };
            parts.push(part);
        }
    }

    /// Whether a key fits. One longer than 64 KiB fits `*` alone.
    pub fn matches(&self, key: &[u8]) -> bool {
        if self.parts == [Part::Star] {
            return true;
        }
        // The servers' loop is never entered for an empty key, which so fits no `**`.
        if key.is_empty() || key.len() > LONGEST_KEY {
            return key.is_empty() && self.parts.is_empty();
        }
        let (mut part, mut place) = (0, 0);
        // After the last star, and how far what it stands for reaches: only that one ever has to be tried again.
        let mut again: Option<(usize, usize)> = None;
        while place < key.len() {
            match self.parts.get(part) {
                Some(Part::Star) => {
                    part += 1;
                    again = Some((part, place));
                }
                Some(one) if one.fits(key[place]) => (part, place) = (part + 1, place + 1),
                _ => {
                    let Some((after, reach)) = again else { return false };
                    (part, place) = (after, reach + 1);
                    again = Some((after, reach + 1));
                }
            }
        }
        self.parts[part..].iter().all(|rest| *rest == Part::Star)
    }

    /// Whether whatever fits `pattern` fits this too, as far as it is easily seen: they are equal, this is a beginning
    /// and a star, or the pattern is a key.
    pub fn contains(&self, pattern: &Glob) -> bool {
        let beginning = self.beginning();
        let is_open = self.parts.len() > beginning.len() && self.parts[beginning.len()..] == [Part::Star];
        let theirs = pattern.beginning();
        self == pattern
            || is_open && theirs.starts_with(&beginning)
            || theirs.len() == pattern.parts.len() && self.matches(&theirs)
    }

    /// The bytes before the first thing that may stand for others.
    fn beginning(&self) -> Vec<u8> {
        let byte = |part: &Part| if let Part::Byte(byte) = part { Some(*byte) } else { None };
        self.parts.iter().map_while(byte).collect()
    }
}

impl Part {
    fn fits(&self, byte: u8) -> bool {
        match self {
            Part::Star => false,
            Part::Any => true,
            Part::Byte(wanted) => *wanted == byte,
            Part::Class(bits) => bits[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1,
        }
    }
}

/// Reads what follows `[`. One that is not closed ends with the pattern.
fn class(pattern: &[u8]) -> (Part, &[u8]) {
    let (is_not, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut bits = [0_u64; 4];
    loop {
        let (first, last);
        (first, last, rest) = match rest {
            [b'\\', byte, rest @ ..] => (*byte, *byte, rest),
            [] => break,
            [b']', after @ ..] => {
                rest = after;
                break;
            }
            [first, b'-', last, rest @ ..] => (*first, *last, rest),
            [byte, rest @ ..] => (*byte, *byte, rest),
        };
        for byte in first.min(last)..=first.max(last) {
            bits[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
    }
    let bits = if is_not { bits.map(|word| !word) } else { bits };
    (Part::Class(bits), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob {
        Glob::new(pattern.as_bytes()).unwrap()
    }

    #[test]
    fn a_key_fits_or_not() {
        for (pattern, fits, others) in [
            ("orders:*", "orders: orders:1 orders:1:2", "order orders1 xorders:1"),
            ("a*b*c", "abc aXbXc abbcc", "ab acb abcd"),
            ("?", "a", "ab"),
            ("h[ae]llo", "hello hallo", "hillo hllo"),
            ("h[^e]llo", "hallo h^llo", "hello"),
            ("[a-c]", "a b c", "d -"),
            ("[c-a]", "a b c", "d"),
            (r"a\*b", "a*b", "aXb"),
            (r"a[\]x]", "a] ax", r"a\ a"),
            ("[abc", "a b c", "["),
            ("[]a", "", "] a ]a"),
            ("[^", "x", "xy"),
            (r"a\", r"a\", "a"),
            ("[a-]", "]", "a-"),
            ("a", "a", "A b"),
        ] {
            let glob = Glob::new(pattern.as_bytes()).unwrap();
            for key in fits.split_whitespace() {
                assert!(glob.matches(key.as_bytes()), "{pattern} {key}");
            }
            for key in others.split_whitespace() {
                assert!(!glob.matches(key.as_bytes()), "{pattern} {key}");
            }
        }
    }

    #[test]
    fn the_empty_key_fits_what_the_servers_say() {
        for (pattern, fits) in [("", true), ("*", true), ("**", false), ("?", false), ("a", false)] {
            assert_eq!(glob(pattern).matches(b""), fits, "{pattern}");
        }
        assert!(!glob("").matches(b"a"));
    }

    #[test]
    fn many_stars_cost_no_more_than_the_product() {
        // Tried one by one, the ways to share a's among these stars would outlive the test.
        let key = vec![b'a'; LONGEST_KEY];
        assert!(!glob(&("a*".repeat(500) + "b")).matches(&key));
        assert!(glob(&("a*".repeat(500))).matches(&key));
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(Glob::new(&[b'a'; LONGEST_PATTERN + 1]), None);
        let key = vec![b'a'; LONGEST_KEY + 1];
        assert!(!glob("a*").matches(&key));
        assert!(glob("*").matches(&key));
    }

    #[test]
    fn a_pattern_is_inside_of_another() {
        for (outer, inner) in [
            ("orders:*", "orders:*"),
            ("orders:*", "orders:1:*"),
            ("orders:*", "orders:?x[ab]*y"),
            ("orders:*", "orders:7"),
            ("*", "anything[ab]*"),
            (r"a\*b*", r"a\*b:*"),
            ("a?c", "a?c"),
            ("a?c", "abc"),
            ("a[bc]d", r"a\bd"),
        ] {
            assert!(glob(outer).contains(&glob(inner)), "{outer} {inner}");
        }
        for (outer, inner) in [
            ("orders:*", "*"),
            ("orders:*", "order*"),
            ("orders:*", "?rders:*"),
            ("orders:*", "[o]rders:*"),
            (r"a\*b*", "a*b:*"),
            ("a*c", "a*bc"),
            ("a?c", "a*c"),
            ("orders:", "orders:*"),
            ("orders:*x", "orders:*"),
        ] {
            assert!(!glob(outer).contains(&glob(inner)), "{outer} {inner}");
        }
    }
}
