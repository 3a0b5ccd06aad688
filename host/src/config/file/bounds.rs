//! From where to where each number of the file may go.

use std::time::Duration;

use crate::config::{Limits, PluginsConfig, duration, size};

/// A number, by what it measures: least, most, and what is taken when nothing is said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    Duration(Duration, Duration, Duration),
    Size(u64, u64, u64),
    Count(u64, u64, u64),
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// How often a collector may run by itself. More often is what scrapes are for.
pub(super) const INTERVAL: (Duration, Duration) = (SECOND, DAY);

/// The numbers under `limits`, by key.
pub(super) fn limits() -> [(&'static str, Bound); 14] {
    use Bound::{Count, Size};
    let usual = Limits::default();
    [
        // A tick of the clock that ends calls is 5 ms.
        ("cpu", Bound::Duration(Duration::from_millis(5), 10 * SECOND, usual.cpu)),
        ("wall", Bound::Duration(Duration::from_millis(10), 60 * SECOND, usual.wall)),
        // The pool that instances come from has no larger memories.
        ("memory", Size(MIB, 256 * MIB, usual.memory as u64)),
        ("returned", Size(64 * KIB, 256 * MIB, usual.returned as u64)),
        ("calls", Count(1, 10_000, usual.calls.into())),
        ("commands", Count(1, 100_000, usual.commands.into())),
        ("reply-bytes", Size(KIB, 256 * MIB, usual.reply_bytes)),
        ("nesting", Count(1, 128, usual.nesting.into())),
        ("samples", Count(1, 1_000_000, usual.samples as u64)),
        ("families", Count(1, 10_000, usual.families as u64)),
        ("labels", Count(1, 256, usual.labels as u64)),
        ("label-value", Size(16, 64 * KIB, usual.label_value as u64)),
        ("log", Size(KIB, MIB, usual.log as u64)),
        ("state", Size(KIB, 16 * MIB, usual.state as u64)),
    ]
}

/// The numbers under `plugins`, by key.
pub(super) fn plugins() -> [(&'static str, Bound); 7] {
    let usual = PluginsConfig::default();
    [
        ("rescan", Bound::Duration(SECOND, DAY, usual.rescan)),
        ("file-limit", Bound::Size(KIB, GIB, usual.file_limit)),
        ("compile-cpu", Bound::Duration(SECOND, 3600 * SECOND, usual.compile_cpu)),
        // The compiler alone takes some hundred MiB of addresses.
        ("compile-memory", Bound::Size(256 * MIB, 64 * GIB, usual.compile_memory)),
        ("quarantine-after", Bound::Count(1, 1000, usual.quarantine.after.into())),
        ("quarantine-first", Bound::Duration(Duration::from_millis(100), DAY, usual.quarantine.first)),
        ("quarantine-longest", Bound::Duration(Duration::from_millis(100), DAY, usual.quarantine.longest)),
    ]
}

impl Bound {
    /// Reads a duration and checks it.
    pub(super) fn duration(self, text: &str) -> Result<Duration, String> {
        let value = duration::parse(text)?;
        match self {
            Bound::Duration(least, most, _) if value < least || value > most => Err(self.refused(text)),
            _ => Ok(value),
        }
    }

    /// Checks a number, of bytes or of things.
    pub(super) fn number(self, value: u64) -> Result<u64, String> {
        match self {
            Bound::Size(least, most, _) if value < least || value > most => Err(self.refused(&size::text(value))),
            Bound::Count(least, most, _) if value < least || value > most => Err(self.refused(&value.to_string())),
            _ => Ok(value),
        }
    }

    fn refused(self, value: &str) -> String {
        let (least, most) = self.range();
        format!("{value} is not from {least} to {most}")
    }

    /// Least and most as they are written.
    pub(super) fn range(self) -> (String, String) {
        match self {
            Bound::Duration(least, most, _) => (format!("{least:?}"), format!("{most:?}")),
            Bound::Size(least, most, _) => (size::text(least), size::text(most)),
            Bound::Count(least, most, _) => (least.to_string(), most.to_string()),
        }
    }

    /// What is taken when nothing is said, as it is written.
    pub(super) fn usual(self) -> serde_json::Value {
        match self {
            Bound::Duration(_, _, usual) => format!("{usual:?}").into(),
            Bound::Size(_, _, usual) => size::text(usual).into(),
            Bound::Count(_, _, usual) => usual.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_allowed() {
        for (key, bound) in limits().into_iter().chain(plugins()) {
            let is_allowed = match (bound, bound.usual()) {
                (Bound::Duration(..), usual) => bound.duration(usual.as_str().unwrap()).is_ok(),
                (Bound::Size(..), usual) => bound.number(size::parse(usual.as_str().unwrap()).unwrap()).is_ok(),
                (Bound::Count(..), usual) => bound.number(usual.as_u64().unwrap()).is_ok(),
            };
            assert!(is_allowed, "{key}");
            assert!(bound.number(0).is_err() || bound.duration("0").is_err(), "{key}");
        }
    }

    #[test]
    fn what_is_refused_tells_the_range() {
        let (_, cpu) = limits()[0];
        assert_eq!(cpu.duration("1h").unwrap_err(), "1h is not from 5ms to 10s");
        assert!(cpu.duration("soon").unwrap_err().contains("no duration"));
        let (_, memory) = limits()[2];
        assert_eq!(memory.number(1 << 40).unwrap_err(), "1TiB is not from 1MiB to 256MiB");
    }
}
