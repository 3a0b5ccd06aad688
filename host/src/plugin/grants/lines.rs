//! Grants as lines of YAML, to paste.

/// Bytes of a key, and of a pattern, that a line repeats; what is longer ends in a star.
const LONG_KEY: usize = 64;
const LONG_PATTERN: usize = 1 << 10;

/// Keys that are proposed: of one command, and of all.
pub(super) const MANY: usize = 8;
const MOST: usize = 256;

/// What is to be granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    commands: Vec<String>,
    keys: Vec<String>,
    databases: Vec<u32>,
}

impl Lines {
    /// Whether there is nothing to grant.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.keys.is_empty() && self.databases.is_empty()
    }

    pub(super) fn command(&mut self, name: &str) {
        add(&mut self.commands, name.to_owned());
    }

    pub(super) fn key(&mut self, pattern: &str) {
        if self.keys.len() < MOST {
            add(&mut self.keys, pattern.to_owned());
        }
    }

    /// All databases that have to be listed: a list takes the place of the one that was there.
    pub(super) fn databases<'a>(&mut self, databases: impl Iterator<Item = &'a u32>) {
        databases.for_each(|database| add(&mut self.databases, *database));
    }

    /// Adds what others say.
    pub(in crate::plugin) fn add(&mut self, other: &Lines) {
        other.commands.iter().for_each(|name| self.command(name));
        other.keys.iter().for_each(|pattern| self.key(pattern));
        self.databases(other.databases.iter());
    }

    /// On one line: `{commands: [HGET], keys: ["orders:*"]}`.
    pub fn flow(&self) -> String {
        format!("{{{}}}", self.parts().join(", "))
    }

    /// As a block that begins with `grants:`.
    pub fn block(&self) -> String {
        let lines = self.parts().into_iter().map(|part| format!("  {part}\n"));
        format!("grants:\n{}", lines.collect::<String>())
    }

    fn parts(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if !self.commands.is_empty() {
            parts.push(format!("commands: [{}]", self.commands.join(", ")));
        }
        if !self.keys.is_empty() {
            let keys: Vec<String> = self.keys.iter().map(|key| quoted(key)).collect();
            parts.push(format!("keys: [{}]", keys.join(", ")));
        }
        if !self.databases.is_empty() {
            let databases: Vec<String> = self.databases.iter().map(u32::to_string).collect();
            parts.push(format!("databases: [{}]", databases.join(", ")));
        }
        parts
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// A string of JSON is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The pattern that only this key fits.
pub(super) fn literal(key: &[u8]) -> String {
    written(key, r"*?[]\", LONG_KEY)
}

/// A pattern as it can stand in a configuration.
pub(super) fn pattern(pattern: &[u8]) -> String {
    written(pattern, "", LONG_PATTERN)
}

/// Bytes as text. What is not UTF-8 cannot stand in a configuration: `?` stands for each such byte.
fn written(bytes: &[u8], escaped: &str, most: usize) -> String {
    let cut = &bytes[..bytes.len().min(most)];
    let mut text = String::new();
    for chunk in cut.utf8_chunks() {
        for c in chunk.valid().chars() {
            if escaped.contains(c) {
                text.push('\\');
            }
            text.push(c);
        }
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    if cut.len() < bytes.len() {
        text.push('*');
    }
    text
}
