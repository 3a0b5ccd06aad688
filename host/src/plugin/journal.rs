//! What a guest writes to the log in one call: bounded, and told after the call.

use super::words;

/// Fields of one line that are kept.
pub(super) const FIELDS: usize = 16;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For whoever writes the plugin.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Error,
}

/// A line, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub level: Level,
    /// The text, and `name=value` for each field.
    pub text: String,
}

/// The lines of one call.
#[derive(Debug)]
pub(super) struct Journal {
    pub(super) lines: Vec<Line>,
    /// Lines that were not kept.
    pub(super) dropped: u64,
    /// Bytes that still fit.
    left: usize,
}

impl Journal {
    /// Keeps so many bytes.
    pub(super) fn new(bytes: usize) -> Journal {
        Journal { lines: Vec::new(), dropped: 0, left: bytes }
    }

    /// Whether anything more can be kept; a line that cannot is counted.
    pub(super) fn has_room(&mut self) -> bool {
        let has_room = self.left > 0;
        self.dropped += u64::from(!has_room);
        has_room
    }

    /// Keeps a line, cut to what one line may have; a line that does not fit is dropped whole.
    pub(super) fn write(&mut self, level: Level, message: &str, fields: &[(String, String)]) {
        let mut text = words::tidy(message);
        for (name, value) in fields.iter().take(FIELDS) {
            text.push_str(&format!(" {}={}", words::tidy(name), words::tidy(value)));
        }
        // Even an empty line costs something to keep.
        match self.left.checked_sub(text.len() + 1) {
            Some(left) => {
                self.left = left;
                self.lines.push(Line { level, text });
            }
            None => {
                self.left = 0;
                self.dropped += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_one_line_each_and_bounded() {
        let mut journal = Journal::new(64);
        journal.write(Level::Info, "two\nlines", &[("key".to_owned(), "a\r\nb".to_owned())]);
        assert_eq!(journal.lines[0].text, "two lines key=a  b");
        for _ in 0..100 {
            if journal.has_room() {
                journal.write(Level::Error, "0123456789", &[]);
            }
        }
        let kept = journal.lines.len() as u64 - 1;
        assert_eq!((kept, journal.dropped), (4, 96));
    }
}
