//! Texts of guests, made fit for a log line and a web page.

/// Bytes of one text that are kept.
pub(super) const LONG: usize = 1 << 10;

/// Texts of one kind that are kept of one call.
pub(super) const MANY: usize = 16;

/// One line, without control characters, so that a guest cannot forge lines of a log, and not longer than a kibibyte.
pub(super) fn tidy(text: &str) -> String {
    let cut = &text[..text.floor_char_boundary(LONG)];
    let mut tidy: String = cut.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cut.len() < text.len() {
        tidy.push('…');
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_not_too_long() {
        assert_eq!(tidy("oops\n2026 INFO forged\x1b[31m"), "oops 2026 INFO forged [31m");
        let long = tidy(&"ä".repeat(LONG));
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONG / 2 + 1, true));
    }
}
