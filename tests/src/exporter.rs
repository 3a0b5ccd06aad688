//! The redis_exporter that is here, and what it is good for. Debian has one release at a time: it may be a newer one
//! than redwasp is like.

use std::io::{self, Write};
use std::sync::OnceLock;

use crate::page::Page;
use crate::parity::{self, Difference};
use crate::tools::{self, Version};

/// The release that redwasp is like, and that made the pages in `tests/testdata`: major and minor.
pub const REFERENCE: (u32, u32) = (1, 86);

/// A redis_exporter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exporter {
    /// One of [`REFERENCE`]: what it says is what we have to say.
    Reference(Version),
    /// One after it, which may say more.
    Newer(Version),
}

impl Exporter {
    /// The one that `tests/tools.sh` brought. A newer one is told on stderr, also by tests that pass: they prove less.
    ///
    /// # Panics
    /// When it is older than [`REFERENCE`], or does not tell its version.
    pub fn here() -> Exporter {
        static HERE: OnceLock<Exporter> = OnceLock::new();
        *HERE.get_or_init(|| {
            let exporter = Exporter::of(tools::version("redis_exporter"));
            if let Err(notice) = exporter.is_reference() {
                // The macros for it are silent in a test that passes.
                let _ = writeln!(
                    io::stderr(),
                    "\nNOTICE: {notice}. What it says of live servers is compared less strictly.\n"
                );
            }
            exporter
        })
    }

    fn of(version: Version) -> Exporter {
        let release = (version.major, version.minor);
        assert!(release >= REFERENCE, "redis_exporter {version} is too old to compare with: run tests/tools.sh");
        if release == REFERENCE { Exporter::Reference(version) } else { Exporter::Newer(version) }
    }

    /// Whether it is of [`REFERENCE`].
    ///
    /// # Errors
    /// What is here instead.
    pub fn is_reference(self) -> Result<(), String> {
        let (major, minor) = REFERENCE;
        match self {
            Exporter::Reference(_) => Ok(()),
            Exporter::Newer(version) => Err(format!(
                "redis_exporter {version} is here, and redwasp is like {major}.{minor}, of which the pages in \
                tests/testdata/info are all there is to compare with"
            )),
        }
    }

    /// What our page of a server says otherwise than its page. What a newer one has more, or no more, does not count.
    pub fn differences(self, ours: &Page, theirs: &Page) -> Vec<Difference> {
        match self {
            Exporter::Reference(_) => parity::differences(ours, theirs),
            Exporter::Newer(_) => parity::differences_from_newer(ours, theirs),
        }
    }

    /// As [`Exporter::differences`], of a live server: of all commands, but for what moves.
    pub fn live_differences(self, ours: &Page, theirs: &Page) -> Vec<Difference> {
        parity::live_differences(ours, theirs, matches!(self, Exporter::Newer(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exporter(text: &str) -> Exporter {
        Exporter::of(Version::first_in(text).unwrap())
    }

    #[test]
    fn patches_are_the_same_release() {
        for text in ["1.86.0", "1.86.3"] {
            assert_eq!(exporter(text).is_reference(), Ok(()));
        }
        for text in ["1.87.0", "2.0.0"] {
            let told = exporter(text).is_reference().unwrap_err();
            assert!(told.contains(text) && told.contains("is like 1.86"), "{told}");
        }
    }

    #[test]
    #[should_panic(expected = "redis_exporter 1.85.9 is too old")]
    fn an_older_one_is_no_use() {
        exporter("1.85.9");
    }

    #[test]
    fn a_newer_one_may_have_more() {
        let ours = Page::parse("# TYPE redis_a gauge\nredis_a 1\n").unwrap();
        let theirs = Page::parse("# TYPE redis_a gauge\nredis_a 1\n# TYPE redis_b gauge\nredis_b 1\n").unwrap();
        assert_eq!(exporter("1.86.0").differences(&ours, &theirs).len(), 1);
        assert_eq!(exporter("1.87.0").differences(&ours, &theirs).len(), 0);
        assert_eq!(exporter("1.87.0").differences(&theirs, &ours).len(), 1);
    }
}
