//! Patterns of keys, for the bench.

/// Whether a key fits a pattern of SCAN MATCH. In the few keys of a test, trying again is cheap.
pub(super) fn matches(pattern: &[u8], key: &[u8]) -> bool {
    match (pattern, key) {
        ([], key) => key.is_empty(),
        ([b'*', rest @ ..], key) => (0..=key.len()).any(|skipped| matches(rest, &key[skipped..])),
        ([b'?', rest @ ..], [_, key @ ..]) => matches(rest, key),
        ([b'[', rest @ ..], [byte, key @ ..]) => {
            let (fits, rest) = class(rest, *byte);
            fits && matches(rest, key)
        }
        ([b'\\', literal, rest @ ..] | [literal, rest @ ..], [byte, key @ ..]) => literal == byte && matches(rest, key),
        (_, []) => false,
    }
}

/// Whether a byte is in the class that begins after its bracket, and what follows the class.
fn class(pattern: &[u8], byte: u8) -> (bool, &[u8]) {
    let (is_not, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut is_in = false;
    loop {
        let (first, last);
        (first, last, rest) = match rest {
            [] => break,
            [b']', after @ ..] => {
                rest = after;
                break;
            }
            [b'\\', literal, after @ ..] => (*literal, *literal, after),
            [first, b'-', last, after @ ..] => (*first, *last, after),
            [literal, after @ ..] => (*literal, *literal, after),
        };
        is_in |= (first.min(last)..=first.max(last)).contains(&byte);
    }
    (is_in != is_not, rest)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_those_of_the_servers() {
        for (pattern, key, fits) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("a?c", "abc", true),
            ("a?", "a", false),
            ("[a-c]x", "bx", true),
            ("[c-a]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            (r"[\]]x", "]x", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            ("a", "ab", false),
            ("*:[0-9]*", "order:7", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), key.as_bytes()), fits, "{pattern} {key}");
        }
    }
}
