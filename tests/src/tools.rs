//! Where the real programs are, and which versions.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::daemon;

/// The repository's folder.
pub fn repository() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// The program that `tests/tools.sh` brought: `redis-server`, `redis-server-6.2`, `valkey-server-9.1`, `redis-cli`,
/// `nutcracker`, `prometheus`, `promtool`, `redis_exporter`.
///
/// # Panics
/// When it is not there: a test never passes because it could not be run.
pub fn tool(name: &str) -> PathBuf {
    let path = repository().join("target/tools/bin").join(name);
    assert!(path.is_file(), "{name} is missing: run tests/tools.sh");
    path
}

/// A version of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl Version {
    /// The first thing in a text that looks like one: three numbers and two dots, which other numbers may surround.
    pub fn first_in(text: &str) -> Option<Version> {
        text.split(|char: char| !char.is_ascii_digit() && char != '.').find_map(|word| {
            let numbers: Vec<u32> = word.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
            let [major, minor, patch] = numbers[..] else { return None };
            Some(Version { major, minor, patch })
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What a program that [`tool`] finds tells with `-version`.
///
/// # Panics
/// When it is not there, or tells no version.
pub fn version(name: &str) -> Version {
    let said = daemon::run_program(&tool(name), &["-version"], &[]);
    let text = said.stdout + &said.stderr;
    Version::first_in(&text).unwrap_or_else(|| panic!("{name} -version tells no version: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_in(text: &str) -> Option<String> {
        Version::first_in(text).map(|version| version.to_string())
    }

    #[test]
    fn the_first_version_of_a_text_counts() {
        let line = "time=\"2026-11-21T11:48:00Z\" level=info msg=\"Redis Metrics Exporter 1.86.0-1    build date: \
            20260609-18:25:42    sha1: debian/sid    Go: go1.26.4    GOOS: linux\"";
        assert_eq!(first_in(line).as_deref(), Some("1.86.0"));
        for (text, version) in [("v2.10.33", "2.10.33"), ("x 1.2 1.2.3.4 1.2. 3.4.5", "3.4.5"), ("1.2.3+b", "1.2.3")] {
            assert_eq!(first_in(text).as_deref(), Some(version), "{text}");
        }
        for text in ["", "1", "1.2", "1..2", "a.b.c", "99999999999.0.0"] {
            assert_eq!(first_in(text), None, "{text}");
        }
    }

    #[test]
    fn the_exporter_tells_its_version() {
        assert!(version("redis_exporter").major >= 1);
    }
}
