//! Patterns of addresses.

use std::net::IpAddr;

use super::target::{Address, Target};

/// An address in which `*` stands for any characters within one part of it: not for `.`, `:`, `/` and `@`. Whoever owns
/// a domain could otherwise fit a name of his into a pattern meant for one network. `*` alone is every address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Wraps a pattern.
    pub fn new(pattern: impl Into<String>) -> Pattern {
        Pattern(pattern.into())
    }

    /// Whether the target's address fits, whatever its credentials and database.
    pub fn allows(&self, target: &Target) -> bool {
        if self.0 == "*" {
            return true;
        }
        // 10.0.0.com fits 10.0.0.* and is a name: a pattern of numbers is for addresses.
        let is_name = matches!(&target.address, Address::Tcp { host, .. } if host.parse::<IpAddr>().is_err());
        if is_name && self.is_numeric() {
            return false;
        }
        let fits = |address: &str| fits(self.0.as_bytes(), address.as_bytes());
        // With TLS it is the same server; without, whoever is on the way could be it.
        let address = target.address.to_string();
        fits(&address) || target.tls.is_some() && fits(&address.replacen("redis://", "rediss://", 1))
    }

    /// Whether the target's address fits one of these.
    pub fn any(patterns: &[Pattern], target: &Target) -> bool {
        patterns.iter().any(|pattern| pattern.allows(target))
    }

    /// Whether the host is written in numbers and stars.
    fn is_numeric(&self) -> bool {
        let rest = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
        host.chars().all(|c| c.is_ascii_digit() || ".:*[]".contains(c)) && host.contains(|c: char| c.is_ascii_digit())
    }
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if fits(rest, text) => true,
        (Some((b'*', _)), Some((c, text))) => !b".:/@".contains(c) && fits(pattern, text),
        (Some((wanted, rest)), Some((c, text))) => wanted == c && fits(rest, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything_within_a_part() {
        let cases = [
            ("redis://10.0.0.*:6379", "redis://10.0.0.7:6379", true),
            ("redis://10.0.0.*:6379", "redis://u:p@10.0.0.7/3", true),
            ("redis://10.0.0.*:6379", "redis://10.0.0.7:6380", false),
            ("redis://10.0.0.*:6379", "redis://10.0.0.1.evil.example:6379", false),
            ("redis://10.0.0.*:6379", "redis://10.0.0.com:6379", false),
            ("redis://10.*", "redis://10.evil.example:6379", false),
            ("redis://10.0.*.*:*", "redis://10.0.3.4:7000", true),
            ("redis://cache-*.internal:6379", "redis://cache-12.internal:6379", true),
            ("redis://cache-*.internal:6379", "redis://cache-1.evil.example.internal:6379", false),
            ("redis://*:6379", "redis://localhost:6379", true),
            ("redis://*:6379", "redis://a.b:6379", false),
            ("unix:///run/redis/*", "unix:///run/redis/a", true),
            ("unix:///run/redis/*", "unix:///run/redis/a/b", false),
            ("redis://[::1]:*", "redis://[::1]:6379", true),
            ("*", "redis://anything.example:1", true),
            ("redis://exact:6379", "redis://exact", true),
            ("redis://h:*", "rediss://h", true),
            ("rediss://h:*", "rediss://h", true),
            ("rediss://h:*", "redis://h", false),
            ("", "redis://exact", false),
        ];
        for (pattern, target, expected) in cases {
            assert_eq!(Pattern::new(pattern).allows(&Target::parse(target).unwrap()), expected, "{pattern} {target}");
        }
    }
}
