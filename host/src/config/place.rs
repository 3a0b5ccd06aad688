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

    /// Whether nothing is written anywhere.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places of a part and of what is in it, by pointers that begin there.
    pub fn below(&self, pointer: &str) -> Places {
        let inside = self.0.range(pointer.to_owned()..).take_while(|(other, _)| other.starts_with(pointer));
        inside
            .map(|(other, place)| (&other[pointer.len()..], place))
            .filter(|(rest, _)| rest.is_empty() || rest.starts_with('/'))
            .map(|(rest, place)| (rest.to_owned(), place.clone()))
            .collect()
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

    #[test]
    fn parts_have_places_of_their_own() {
        let file = Arc::new(PathBuf::from("redwasp.yaml"));
        let place = |line| Place { file: file.clone(), line, column: 1 };
        let written = [("", 1), ("/a", 2), ("/a-b", 3), ("/a/x", 4), ("/ab", 5), ("/a/x/0", 6)];
        let places: Places = written.into_iter().map(|(pointer, line)| (pointer.to_owned(), place(line))).collect();
        let expected = [("", 2), ("/x", 4), ("/x/0", 6)];
        assert_eq!(
            places.below("/a"),
            expected.into_iter().map(|(pointer, line)| (pointer.to_owned(), place(line))).collect()
        );
        assert_eq!(places.below("/b"), Places::default());
    }
}
