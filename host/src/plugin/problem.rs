//! Why a plugin is not taken, in words that a person can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::words;

/// A step of the way from a file to a collector that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Looking for the file and reading it.
    Find,
    /// Looking at the bytes, without compiling them.
    Check,
    /// Making native code of them.
    Compile,
    /// Giving the component what it imports.
    Link,
    /// Asking it what it is.
    Describe,
    /// Giving it its configuration.
    Configure,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Stage; 6] =
        [Stage::Find, Stage::Check, Stage::Compile, Stage::Link, Stage::Describe, Stage::Configure];

    /// A word for it, from a closed set, fit for a label.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Find => "find",
            Stage::Check => "check",
            Stage::Compile => "compile",
            Stage::Link => "link",
            Stage::Describe => "describe",
            Stage::Configure => "configure",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a plugin's refusal of its configuration begins with.
const NOT_ACCEPTED: &str = "the configuration is not accepted: ";

/// What is wrong with a plugin. Its texts are one line each and bounded, whoever wrote them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How far the plugin came.
    pub stage: Stage,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(stage: Stage, reason: impl AsRef<str>) -> Problem {
        Problem { stage, reason: words::tidy(reason.as_ref()), hint: None }
    }

    /// A configuration that the plugin does not accept.
    pub(super) fn not_accepted(told: &str) -> Problem {
        Problem::new(Stage::Configure, format!("{NOT_ACCEPTED}{told}"))
    }

    /// Whether the configuration is at fault, and not the plugin.
    pub fn is_of_configuration(&self) -> bool {
        self.stage == Stage::Configure && self.reason.starts_with(NOT_ACCEPTED)
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: impl AsRef<str>) -> Problem {
        Problem { hint: Some(words::tidy(hint.as_ref())), ..self }
    }

    /// The same, whose texts came from another process.
    pub(super) fn tidy(self) -> Problem {
        let problem = Problem::new(self.stage, &self.reason);
        match self.hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage, self.reason)?;
        match &self.hint {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// Bytes for people: whole MiB or KiB where it is that, else MiB to a tenth, and the exact number when it is so near to
/// `beside` that a tenth would not tell them apart.
pub(super) fn bytes(count: u64, beside: u64) -> String {
    let tenths = |count: u64| format!("{:.1} MiB", count as f64 / f64::from(1 << 20));
    match count {
        _ if count.is_multiple_of(1 << 20) => format!("{} MiB", count >> 20),
        _ if count.is_multiple_of(1 << 10) && count < 1 << 20 => format!("{} KiB", count >> 10),
        _ if count < 1 << 20 || tenths(count) == tenths(beside) => format!("{count} bytes"),
        _ => tenths(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_bounded_line() {
        let problem = Problem::new(Stage::Check, "imports a\nb").hint("use\tc");
        assert_eq!(problem.to_string(), "check: imports a b; hint: use c");
        assert_eq!(Problem::new(Stage::Find, "is gone").to_string(), "find: is gone");
        assert!(Problem::new(Stage::Link, "x".repeat(1 << 20)).to_string().len() < 2 << 10);
    }

    #[test]
    fn what_another_process_says_is_made_one_line_too() {
        let forged = Problem { stage: Stage::Compile, reason: "a\nb".to_owned(), hint: Some("c\rd".to_owned()) };
        assert_eq!(forged.tidy(), Problem::new(Stage::Compile, "a b").hint("c d"));
    }

    #[test]
    fn the_words_of_stages_are_those_of_serde() {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.word());
        }
    }

    #[test]
    fn sizes_are_told_apart() {
        const MIB: u64 = 1 << 20;
        let told = |count| bytes(count, 64 * MIB);
        assert_eq!([told(65 * MIB), told(3 << 10), told(7)], ["65 MiB", "3 KiB", "7 bytes"]);
        assert_eq!(told(65 * MIB + MIB / 2), "65.5 MiB");
        assert_eq!(told(64 * MIB + 1), "67108865 bytes");
    }
}
