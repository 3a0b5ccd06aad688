//! Patterns of keys, as SCAN MATCH takes them.

use std::cell::Cell;

/// Bytes of a pattern that is taken.
const LONGEST_PATTERN: usize = 1 << 10;

/// Steps for all that is compared at once: some 50 ms. One pattern may take as many as its length times that of the key;
/// usual ones take a few.
const STEPS: usize = 16 << 20;

/// How much may still be compared.
#[derive(Debug)]
pub struct Steps(Cell<usize>);

impl Default for Steps {
    fn default() -> Steps {
        Steps(Cell::new(STEPS))
    }
}

impl Steps {
    /// Whether what was found can be relied on: with no steps left, nothing fits.
    pub fn are_left(&self) -> bool {
        self.0.get() > 0
    }

    fn take(&self, steps: usize) -> bool {
        self.0.set(self.0.get().saturating_sub(steps));
        self.are_left()
    }
}

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
    /// A bit for each byte. Few parts are classes: the others shall not be as large.
    Class(Box<[u64; 4]>),
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

    /// Whether a key fits.
    pub fn matches(&self, key: &[u8], steps: &Steps) -> bool {
        if self.parts == [Part::Star] {
            return steps.take(1);
        }
        // The servers' loop is never entered for an empty key, which so fits no `**`.
        if key.is_empty() {
            return self.parts.is_empty() && steps.take(1);
        }
        let (mut part, mut place) = (0, 0);
        // After the last star, and how far what it stands for reaches: only that one ever has to be tried again.
        let mut again: Option<(usize, usize)> = None;
        while place < key.len() {
            if !steps.take(1) {
                return false;
            }
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
    pub fn contains(&self, pattern: &Glob, steps: &Steps) -> bool {
        if !steps.take(1 + self.parts.len() + pattern.parts.len()) {
            return false;
        }
        let (begin, rest) = self.parts.split_at(self.beginning());
        self == pattern
            || rest == [Part::Star] && pattern.parts.starts_with(begin)
            || pattern.key().is_some_and(|key| self.matches(&key, steps))
    }

    /// How many bytes stand before the first thing that may stand for others.
    fn beginning(&self) -> usize {
        self.parts.iter().take_while(|part| matches!(part, Part::Byte(_))).count()
    }

    /// The only key that fits, if the pattern is one.
    fn key(&self) -> Option<Vec<u8>> {
        self.parts.iter().map(|part| if let Part::Byte(byte) = part { Some(*byte) } else { None }).collect()
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
    (Part::Class(Box::new(bits)), rest)
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
                assert!(glob.matches(key.as_bytes(), &Steps::default()), "{pattern} {key}");
            }
            for key in others.split_whitespace() {
                assert!(!glob.matches(key.as_bytes(), &Steps::default()), "{pattern} {key}");
            }
        }
    }

    #[test]
    fn the_empty_key_fits_what_the_servers_say() {
        for (pattern, fits) in [("", true), ("*", true), ("**", false), ("?", false), ("a", false)] {
            assert_eq!(glob(pattern).matches(b"", &Steps::default()), fits, "{pattern}");
        }
        assert!(!glob("").matches(b"a", &Steps::default()));
    }

    #[test]
    fn many_stars_cost_no_more_than_the_product() {
        // Tried one by one, the ways to share a's among these stars would outlive the test.
        let key = vec![b'a'; 4 << 10];
        let steps = Steps::default();
        assert!(!glob(&("a*".repeat(500) + "b")).matches(&key, &steps));
        assert!(glob(&("a*".repeat(500))).matches(&key, &steps));
        assert!(steps.are_left());
    }

    #[test]
    fn what_takes_too_many_steps_fits_nothing_and_is_seen() {
        let costly = glob(&format!("*{}b*", "a".repeat(1000)));
        let key = vec![b'a'; 60 << 10];
        let steps = Steps::default();
        assert!(glob("a*").matches(&key, &steps) && steps.are_left());
        assert!(!costly.matches(&[&key[..], b"b"].concat(), &steps) && !steps.are_left());
        for fits in [glob("*"), glob("a*"), glob("")] {
            assert!(!fits.matches(b"a", &steps) && !fits.matches(b"", &steps) && !fits.contains(&fits, &steps));
        }
    }

    #[test]
    fn a_pattern_that_is_too_long_is_refused() {
        assert_eq!(Glob::new(&[b'a'; LONGEST_PATTERN + 1]), None);
        assert!(size_of::<Part>() <= 16, "{} bytes for each of a pattern", size_of::<Part>());
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
            assert!(glob(outer).contains(&glob(inner), &Steps::default()), "{outer} {inner}");
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
            assert!(!glob(outer).contains(&glob(inner), &Steps::default()), "{outer} {inner}");
        }
    }
}
