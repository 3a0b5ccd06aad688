//! Passwords by the address that they are for, as redis_exporter's `--redis.password-file` has them.

use std::collections::BTreeMap;
use std::path::Path;

use super::secret::Secret;
use super::target::Target;
use super::text;

/// Bytes of such a file. One for ten thousand servers has a tenth.
const LIMIT: u64 = 16 << 20;

/// Passwords by address: `redis://[user@]host:port[/database]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passwords(BTreeMap<String, Secret>);

/// Passwords, and how many entries are for no address.
#[derive(Debug, Default)]
pub struct Read {
    /// Those that are for an address.
    pub passwords: Passwords,
    /// Entries that are for none: their key has no scheme, or is no address.
    pub unusable: usize,
}

impl Passwords {
    /// Reads a file: a JSON object, from addresses to passwords.
    ///
    /// # Errors
    /// Why it cannot be used, without anything that is in it.
    pub fn read(path: &Path) -> Result<Read, String> {
        let (bytes, _) = text::bytes(path, "password file", LIMIT)?;
        Passwords::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Result<Read, String> {
        let entries: BTreeMap<String, String> = serde_json::from_slice(bytes).map_err(|error| {
            // Its own words may quote what is in the file.
            let (line, column) = (error.line(), error.column());
            let wrong = if error.is_eof() { "it ends too early" } else { "it is something else" };
            format!(
                "a password file is a JSON object {{\"redis://host:port\": \"password\"}}: {wrong}, at {line}:{column}"
            )
        })?;
        let all = entries.len();
        let entry = |(key, password): (String, String)| Some((address(&key)?, Secret::new(password)));
        let passwords: BTreeMap<String, Secret> = entries.into_iter().filter_map(entry).collect();
        let unusable = all - passwords.len();
        Ok(Read { passwords: Passwords(passwords), unusable })
    }

    /// The password for a target's address, user and database; an entry without a database is for all of them.
    pub fn of(&self, target: &Target) -> Option<&Secret> {
        let of_server = || self.0.get(&target.server().to_string());
        self.0.get(&target.to_string()).or_else(of_server)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A key as targets are written.
fn address(key: &str) -> Option<String> {
    if !key.contains("://") {
        return None;
    }
    Some(Target::parse_without_password(key).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read {
        Passwords::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn an_entry_is_for_an_address_a_user_and_a_database() {
        let text = r#"{"redis://h:1": "a", "redis://u@h:1": "b", "redis://h:1/3": "c", "rediss://h:1": "d",
            "h:1": "never", "redis://": "never", "unix:///s": "e"}"#;
        let Read { passwords, unusable } = read(text);
        assert_eq!(unusable, 2);
        let of = |address: &str| passwords.of(&Target::parse(address).unwrap()).map(Secret::expose);
        for (address, expected) in [
            ("redis://h:1", Some("a")),
            ("valkey://h:1", Some("a")),
            ("h:1", Some("a")),
            ("redis://h:1/3", Some("c")),
            ("redis://h:1/4", Some("a")),
            ("redis://u:x@h:1", Some("b")),
            ("redis://u:x@h:1/4", Some("b")),
            ("redis://v:x@h:1", None),
            ("rediss://h:1", Some("d")),
            ("unix:///s", Some("e")),
            ("redis://h:2", None),
        ] {
            assert_eq!(of(address), expected, "{address}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_what_is_in_it() {
        for (text, wrong) in [
            ("", "it ends too early, at 1:0"),
            ("{\"redis://h\": \"hunter2\"", "it ends too early"),
            ("[\"hunter2\"]", "it is something else, at 1:"),
            ("{\"redis://h\": 5}", "it is something else, at 1:"),
            ("hunter2", "it is something else, at 1:1"),
        ] {
            let error = Passwords::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(wrong) && !error.contains("hunter2"), "{text}: {error}");
        }
    }
}
