//! Where the keys of a command are.

use super::forms::{is, number};

/// Where the keys of a command are. Places count from 0, the command's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Nowhere.
    None,
    /// One, at this place.
    At(usize),
    /// From this place to the end.
    From(usize),
    /// From this place to the last argument but one.
    FromButLast(usize),
    /// At this place stands how many follow.
    Counted(usize),
    /// The first half of what follows STREAMS.
    Streams,
    /// Those that match the patterns after MATCH.
    Matching,
}

impl Keys {
    /// The keys in a command; none when they are not where they should be.
    pub(super) fn of<'a>(&self, args: &'a [Vec<u8>]) -> Option<Vec<&'a [u8]>> {
        let keys = match *self {
            Keys::None | Keys::Matching => return Some(Vec::new()),
            Keys::At(place) => args.get(place..place + 1)?,
            Keys::From(place) => args.get(place..)?,
            Keys::FromButLast(place) => args.get(place..args.len().checked_sub(1)?)?,
            Keys::Counted(place) => {
                let count = usize::try_from(number(args.get(place)?)?).ok()?;
                args.get(place + 1..)?.get(..count)?
            }
            Keys::Streams => {
                let start = args.iter().position(|arg| is(arg, "STREAMS"))? + 1;
                let (both, odd) = ((args.len() - start) / 2, (args.len() - start) % 2);
                if odd != 0 {
                    return None;
                }
                args.get(start..start + both)?
            }
        };
        // A read of keys that names none would pass every check of its keys.
        (!keys.is_empty()).then(|| keys.iter().map(Vec::as_slice).collect())
    }

    /// The patterns in a command. Its form has been checked: options and values, in pairs.
    pub(super) fn patterns<'a>(&self, args: &'a [Vec<u8>]) -> Vec<&'a [u8]> {
        match self {
            Keys::Matching => {
                let options = args.get(2..).unwrap_or_default().chunks_exact(2);
                options.filter(|option| is(&option[0], "MATCH")).map(|option| option[1].as_slice()).collect()
            }
            _ => Vec::new(),
        }
    }
}
