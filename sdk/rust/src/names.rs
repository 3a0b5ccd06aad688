//! Lists of keys as redis_exporter's flags have them: `[db<n>=]key`, URL-encoded. For collectors that take such flags.

use serde::{Deserialize, Serialize};

use crate::Problem;

/// A key or a pattern in a database.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    /// The database; 0 when none is named.
    pub database: u32,
    /// The key or the pattern. Bytes: what `%xx` stands for need not be UTF-8.
    pub key: Vec<u8>,
}

impl Name {
    /// Whether it stands for more than itself, as redis_exporter tells it.
    pub fn is_pattern(&self) -> bool {
        self.key.iter().any(|byte| b"?*[]^".contains(byte))
    }
}

/// Reads a list. Parts without a key or a database are passed over, as redis_exporter does. What is wrong is noted with its
/// place: `pointer` is the JSON Pointer of the list.
pub fn read(list: &[String], pointer: &str, problems: &mut Vec<Problem>) -> Vec<Name> {
    let mut names = Vec::with_capacity(list.len());
    for (place, text) in list.iter().enumerate() {
        match name(text) {
            Ok(name) => names.extend(name),
            Err(message) => problems.push(Problem { pointer: format!("{pointer}/{place}"), message }),
        }
    }
    names
}

fn name(text: &str) -> Result<Option<Name>, String> {
    let parts: Vec<&str> = text.split('=').map(str::trim).collect();
    let (database, key) = match parts.as_slice() {
        [key] => ("0".to_owned(), *key),
        [database, key] => (database.replace("db", ""), *key),
        _ => return Err("there is more than one =; write a = of a key as %3D".to_owned()),
    };
    let key = unescaped(key)?;
    if database.is_empty() || key.is_empty() {
        return Ok(None);
    }
    let number = database.strip_prefix('+').unwrap_or(&database).parse::<u32>();
    let number = number.map_err(|_| format!("{database:?} is no number of a database; write db1=key, or 1=key"))?;
    Ok(Some(Name { database: number, key }))
}

/// What `%xx` and `+` stand for in the query of a URL.
fn unescaped(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return Ok(bytes),
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
                bytes.push(digit(*high) << 4 | digit(*low));
                rest
            }
            [b'%', ..] => return Err("after % there are no two hex digits; write a % of a key as %25".to_owned()),
            [b'+', rest @ ..] => {
                bytes.push(b' ');
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Result<Vec<(u32, String)>, Vec<String>> {
        let list: Vec<String> = list.iter().map(|&text| text.to_owned()).collect();
        let mut problems = Vec::new();
        let names = read(&list, "/list", &mut problems);
        if problems.is_empty() {
            Ok(names.into_iter().map(|name| (name.database, name.key.escape_ascii().to_string())).collect())
        } else {
            Err(problems.into_iter().map(|problem| problem.pointer).collect())
        }
    }

    #[test]
    fn lists_are_read_as_redis_exporter_reads_them() {
        let expected = [(0, "a"), (1, "b"), (2, "c d"), (0, "x,=%+"), (3, "\\xff"), (11, "test*")];
        let expected: Vec<_> = expected.into_iter().map(|(database, key)| (database, key.to_owned())).collect();
        assert_eq!(names(&["a", "db1=b", " 2 = c+d ", "x%2C%3d%25%2B", "db3=%ff", "11=test*"]), Ok(expected));
        assert_eq!(names(&["=", "0=", "=k", " "]), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for text in ["wrong=wrong=1", "dbwrong=x", "db-1=x", "-1=x", "k%", "k%zz", "4294967296=x"] {
            assert_eq!(names(&["a", text]), Err(vec!["/list/1".to_owned()]), "{text}");
        }
    }

    #[test]
    fn patterns_have_a_star_or_the_like() {
        let is_pattern = |key: &str| Name { database: 0, key: key.into() }.is_pattern();
        assert!(["a*", "a?", "[a]", "^"].into_iter().all(is_pattern));
        assert!(!["a", "a\\b", "{a}"].into_iter().any(is_pattern));
    }
}
