//! The number of a key, or why it has none.

use redwasp_sdk::keys::LENGTHS;
use redwasp_sdk::sweep::{Key, Read};
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Failure, KeyRead, Sweep};
use serde::{Deserialize, Serialize};

use super::Walk;
use crate::keys::What;
use crate::path::{Document, Path, Shape, Unfit};

/// What is looked at.
#[derive(Serialize, Deserialize)]
pub(super) enum Measure {
    /// The key itself.
    Key,
    /// A number, or text with one in it.
    Number(OfKey),
    /// The one of these that fits the key's type.
    Length(Vec<OfKey>),
    /// Milliseconds; negative ones say that there are none.
    Ttl(OfKey),
}

/// A read of each key.
#[derive(Serialize, Deserialize)]
pub(super) struct OfKey {
    read: Read,
    /// By which name it is granted.
    command: String,
}

impl OfKey {
    fn new(command: &str, read: KeyRead, sweep: &mut Sweep) -> OfKey {
        OfKey { read: sweep.read(read), command: command.to_owned() }
    }
}

impl Measure {
    pub(super) fn plan(what: Option<&What>, types: &[String], sweep: &mut Sweep) -> Measure {
        let mut number = |command: &str, read| Measure::Number(OfKey::new(command, read, sweep));
        match what {
            None => Measure::Key,
            Some(What::Text) => number("GET", KeyRead::new("GET").only(["string"])),
            Some(What::Field(field)) => number("HGET", KeyRead::new("HGET").after(field).only(["hash"])),
            Some(What::Score(member)) => number("ZSCORE", KeyRead::new("ZSCORE").after(member).only(["zset"])),
            Some(What::Memory) => number("MEMORY USAGE", KeyRead::new("MEMORY").before("USAGE")),
            Some(What::Ttl) => Measure::Ttl(OfKey::new("PTTL", KeyRead::new("PTTL"), sweep)),
            Some(What::Length) => {
                let fitting = LENGTHS.iter().filter(|(kind, _)| types.iter().any(|wanted| wanted == kind));
                let length = |(kind, name): &(&str, &str)| OfKey::new(name, KeyRead::new(name).only([kind]), sweep);
                Measure::Length(fitting.map(length).collect())
            }
        }
    }

    /// # Errors
    /// Why a key has no number.
    pub(super) fn of(&self, key: Key<'_>, walk: &Walk, refused: &mut Refused) -> Result<f64, Skipped> {
        let mut number = |OfKey { read, command }: &OfKey, path: &Path| match key.reply(*read) {
            Ok(Some(reply)) => path.number(&reply, Shape::Plain, &mut Document::default()).map_err(Skipped::from),
            Ok(None) => Ok(None),
            Err(failure) => Err(Skipped::unread(command, failure, refused)),
        };
        let plain = Path::default();
        let found = match self {
            Measure::Key => Some(1.0),
            Measure::Number(read) => number(read, &walk.path)?,
            Measure::Length(reads) => {
                let mut found = None;
                for read in reads {
                    found = found.or(number(read, &plain)?);
                }
                found
            }
            Measure::Ttl(read) => number(read, &plain)?.filter(|left| *left >= 0.0).map(|left| left / 1000.0),
        };
        // What has no end has no sum, and no place in a distribution.
        match found.or(walk.default) {
            Some(number) if number.is_finite() => Ok(number),
            Some(_) => Err(Skipped::Number),
            None => Err(Skipped::Missing),
        }
    }
}

/// Why a key is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Skipped {
    Missing,
    Number,
    TooLong,
    Error,
    /// Not for the key's sake.
    Refused,
}

impl Skipped {
    pub(super) const ALL: [Skipped; 5] =
        [Skipped::Missing, Skipped::Number, Skipped::TooLong, Skipped::Error, Skipped::Refused];

    pub(super) fn unread(command: &str, failure: Failure, refused: &mut Refused) -> Skipped {
        if refused.note(command, failure) { Skipped::Refused } else { Skipped::Error }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Skipped::Missing => "missing",
            Skipped::Number => "number",
            Skipped::TooLong => "size",
            Skipped::Error => "error",
            Skipped::Refused => "refused",
        }
    }
}

impl std::convert::From<Unfit> for Skipped {
    fn from(unfit: Unfit) -> Skipped {
        match unfit {
            Unfit::NotANumber(_) => Skipped::Number,
            Unfit::TooLong => Skipped::TooLong,
        }
    }
}
