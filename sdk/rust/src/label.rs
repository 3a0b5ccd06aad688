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
    use super::text;

    #[test]
    fn valid_text_is_borrowed() {
        assert!(matches!(text("schlüssel".as_bytes()), std::borrow::Cow::Borrowed("schlüssel")));
    }

    #[test]
    fn other_bytes_are_written_in_hexadecimal() {
        assert_eq!(text(b"a\xff\x00\xc3z"), "a\\xff\u{0}\\xc3z");
    }
}
