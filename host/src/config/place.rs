//! Where something is written.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<PathBuf>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// The places of the parts of a value, by JSON Pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// The place of a part. A part that is not written has that of the innermost one around it; none when nothing is
    /// written at all.
    pub fn of(&self, pointer: &str) -> Option<&Place> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.0.get(pointer) {
                return Some(place);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

impl FromIterator<(String, Place)> for Places {
    fn from_iter<I: IntoIterator<Item = (String, Place)>>(places: I) -> Places {
        Places(places.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_where_it_belongs() {
        let file = Arc::new(PathBuf::from("redwasp.yaml"));
        let place = |line| Place { file: file.clone(), line, column: 3 };
        let places: Places = [(String::new(), place(1)), ("/a".to_owned(), place(2))].into_iter().collect();
        assert_eq!(places.of("/a").map(|place| place.line), Some(2));
        assert_eq!(places.of("/a/b/0").map(|place| place.line), Some(2));
        assert_eq!(places.of("/c").map(Place::to_string).as_deref(), Some("redwasp.yaml:1:3"));
        assert_eq!(Places::default().of("/a"), None);
    }
}
