//! Lists of keys as redis_exporter's flags have them: `[db<n>=]key`, URL-encoded. For collectors that take such flags.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Plan, Problem};

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

/// Leaves out the patterns for which the plan has no room for sweeps, and tells it with their place: one that has too many
/// would be refused as a whole. `pointer` is the JSON Pointer of the list.
pub fn fitting(mut patterns: Vec<Name>, pointer: &str, plan: &mut Plan) -> Vec<Name> {
    let room = plan.room_for_sweeps();
    if patterns.len() > room {
        let more = patterns.len() - room;
        plan.problem(pointer, format!("{more} patterns are left out: keys are walked for 256 at most"));
        patterns.truncate(room);
    }
    patterns
}

/// Bytes of patterns that are asked for by themselves: all asks of a plan have room for 16 KiB.
const MOST: usize = 5 << 10;

/// Bytes of a pattern, more than that match nothing.
const LONGEST: usize = 1 << 10;

/// Asks for reads of these keys and of the keys that these patterns stand for, in each of their databases. What has no room
/// in an ask is asked for with `*`.
pub fn ask(commands: &[&str], keys: &[Name], patterns: &[Name], plan: &mut Plan) {
    let keys = keys.iter().map(|name| (name.database, Some(literal(&name.key))));
    let patterns = patterns.iter().map(|name| (name.database, String::from_utf8(name.key.clone()).ok()));
    let mut asks = BTreeMap::<u32, Option<BTreeSet<String>>>::new();
    let mut size = 0;
    for (database, pattern) in keys.chain(patterns) {
        let pattern = pattern.filter(|pattern| pattern.len() <= LONGEST && size + pattern.len() < MOST);
        size += pattern.as_ref().map_or(0, |pattern| pattern.len() + 1);
        let ask = asks.entry(database).or_insert_with(|| Some(BTreeSet::new()));
        match (pattern, &mut *ask) {
            (Some(pattern), Some(ask)) => drop(ask.insert(pattern)),
            _ => *ask = None,
        }
    }
    // One ask for all databases that it is the same in: their number has no bound here.
    let mut all = BTreeMap::<Option<BTreeSet<String>>, Vec<u32>>::new();
    for (database, ask) in asks {
        let is_small = all.len() < DISTINCT;
        all.entry(ask.filter(|_| is_small)).or_default().push(database);
    }
    for (ask, databases) in all {
        let keys = ask.iter().flatten().map(String::as_str);
        let keys: Vec<&str> = if ask.is_some() { keys.collect() } else { vec!["*"] };
        plan.ask(commands, &keys, &databases);
    }
}

/// Databases with patterns of their own: each repeats the commands.
const DISTINCT: usize = 16;

/// A pattern of this key alone. What is not UTF-8 cannot stand in one: `?` stands for each such byte.
fn literal(key: &[u8]) -> String {
    let mut text = String::new();
    for chunk in key.utf8_chunks() {
        for c in chunk.valid().chars() {
            text.extend("*?[]\\".contains(c).then_some('\\').into_iter().chain([c]));
        }
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
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

    fn asked(keys: &[Name], patterns: &[Name]) -> Vec<(Vec<String>, Vec<u32>)> {
        let mut plan = Plan::default();
        ask(&["TYPE", "STRLEN"], keys, patterns, &mut plan);
        let asks = plan.finish(Vec::new()).asks.into_iter();
        asks.map(|ask| (ask.keys, ask.databases)).collect()
    }

    fn of(database: u32, key: &[u8]) -> Name {
        Name { database, key: key.to_vec() }
    }

    #[test]
    fn what_is_named_is_asked_for_and_no_more() {
        let keys = [of(0, b"a*[b]\\"), of(3, b"k\xff\xc3\xa9"), of(0, b"a*[b]\\")];
        let found = asked(&keys, &[of(0, b"x*"), of(5, b"\xff*"), of(7, b"x*"), of(8, b"x*")]);
        let all = |keys: &[&str], databases: &[u32]| -> (Vec<String>, Vec<u32>) {
            (keys.iter().map(|&key| key.to_owned()).collect(), databases.to_vec())
        };
        let expected =
            [all(&["*"], &[5]), all(&["a\\*\\[b\\]\\\\", "x*"], &[0]), all(&["k?\u{e9}"], &[3]), all(&["x*"], &[7, 8])];
        assert_eq!(found, expected);
        assert_eq!(asked(&[], &[]), []);
    }

    #[test]
    fn what_has_no_room_is_asked_for_with_a_star() {
        let many: Vec<Name> = (0..2000).map(|number| of(0, format!("key:{number}").as_bytes())).collect();
        assert_eq!(
            asked(&many, &[of(1, b"x")]),
            [(vec!["*".to_owned()], vec![0]), (vec!["x".to_owned()], vec![1])].map(|ask| ask)
        );
        assert_eq!(asked(&[of(0, &[b'a'; 2000])], &[]), [(vec!["*".to_owned()], vec![0])]);
        let databases: Vec<Name> = (0..100).map(|number| of(number, format!("{number}").as_bytes())).collect();
        let asks = asked(&databases, &[]);
        assert_eq!(asks.len(), DISTINCT + 1);
        assert_eq!(asks.iter().map(|(_, databases)| databases.len()).sum::<usize>(), 100);
    }

    #[test]
    fn patterns_have_a_star_or_the_like() {
        let is_pattern = |key: &str| Name { database: 0, key: key.into() }.is_pattern();
        assert!(["a*", "a?", "[a]", "^"].into_iter().all(is_pattern));
        assert!(!["a", "a\\b", "{a}"].into_iter().any(is_pattern));
    }
}
