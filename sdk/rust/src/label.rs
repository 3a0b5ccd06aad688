//! Redis bytes as label values.

use std::borrow::Cow;
use std::fmt::Write;

/// Bytes of Redis as text. Keys and values are bytes: what is not UTF-8 is written `\xNN`, so that two different keys
/// stay different and nothing is lost.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(escaped(bytes)),
    }
}

/// The beginning of bytes that are too long for a label value; not half a character.
pub fn begin(bytes: &[u8], most: usize) -> &[u8] {
    let Some(begin) = bytes.get(..most).filter(|_| bytes.len() > most) else { return bytes };
    match str::from_utf8(begin) {
        Err(error) if error.error_len().is_none() => &begin[..error.valid_up_to()],
        _ => begin,
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{begin, text};

    #[test]
    fn valid_text_is_borrowed() {
        assert!(matches!(text("schlüssel".as_bytes()), std::borrow::Cow::Borrowed("schlüssel")));
    }

    #[test]
    fn a_beginning_ends_with_a_whole_character() {
        for (bytes, expected) in [("aäb", "a"), ("äa", "ä"), ("ab", "ab"), ("abc", "ab"), ("", "")] {
            assert_eq!(begin(bytes.as_bytes(), 2), expected.as_bytes());
        }
        assert_eq!(begin(b"\xff\xffa", 2), b"\xff\xff");
    }

    #[test]
    fn other_bytes_are_written_in_hexadecimal() {
        assert_eq!(text(b"a\xff\x00\xc3z"), "a\\xff\u{0}\\xc3z");
    }
}
