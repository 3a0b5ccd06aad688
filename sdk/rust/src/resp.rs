//! RESP3 replies (<https://redis.io/docs/latest/develop/reference/protocol-spec/>).
//!
//! A server that speaks RESP2 gives RESP2 shapes for the same command: numbers as bulk strings, maps as flat arrays.
//! The accessors of [`Reply`] take both, so that a collector reads one way.

mod decode;

use std::borrow::Cow;
use std::fmt;

pub use decode::{Malformed, decode};

use crate::{CallError, Failure, ServerError, label};

/// One reply, borrowed from its bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<'a> {
    /// Nothing: RESP3 null, RESP2 null bulk string or null array.
    Null,
    /// RESP3 only; RESP2 has an integer.
    Boolean(bool),
    /// `:1`
    Integer(i64),
    /// RESP3 only; RESP2 has a bulk string.
    Double(f64),
    /// Digits of an integer beyond 64 bits.
    BigNumber(&'a [u8]),
    /// `+OK`
    Simple(&'a [u8]),
    /// A string of bytes.
    Bulk(&'a [u8]),
    /// Text with a format of three letters, e.g. `txt`.
    Verbatim {
        /// `txt`, `mkd`, ...
        format: &'a [u8],
        /// The text itself.
        text: &'a [u8],
    },
    /// An error, alone or inside of a reply.
    Error(ServerError),
    /// Ordered values.
    Array(Vec<Reply<'a>>),
    /// Values without order.
    Set(Vec<Reply<'a>>),
    /// Pairs of key and value. RESP2 has a flat array.
    Map(Vec<(Reply<'a>, Reply<'a>)>),
}

/// A reply has another shape than the collector expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// What would have been right.
    pub expected: &'static str,
    /// What is there.
    pub found: &'static str,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the reply holds {} where {} was expected", self.found, self.expected)
    }
}

impl std::error::Error for Mismatch {}

impl From<Mismatch> for Failure {
    fn from(mismatch: Mismatch) -> Failure {
        Failure::Other(mismatch.to_string())
    }
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Failure {
        Failure::Other(malformed.to_string())
    }
}

/// The reply in bytes that a host gave.
pub(crate) fn reply(bytes: Result<&[u8], CallError>) -> Result<Reply<'_>, Failure> {
    match decode(bytes.map_err(Failure::Redis)?)? {
        Reply::Error(error) => Err(Failure::Redis(CallError::Server(error))),
        reply => Ok(reply),
    }
}

impl<'a> Reply<'a> {
    /// Whether there is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Reply::Null)
    }

    /// The bytes of a string of any kind.
    ///
    /// # Errors
    /// [`Mismatch`] for everything else.
    pub fn bytes(&self) -> Result<&'a [u8], Mismatch> {
        match self {
            Reply::Simple(bytes) | Reply::Bulk(bytes) | Reply::Verbatim { text: bytes, .. } => Ok(bytes),
            _ => Err(self.not("a string")),
        }
    }

    /// A string of any kind as text; see [`label::text`] for bytes that are not UTF-8.
    ///
    /// # Errors
    /// [`Mismatch`] for everything else.
    pub fn text(&self) -> Result<Cow<'a, str>, Mismatch> {
        self.bytes().map(label::text)
    }

    /// An integer, also one written as a string.
    ///
    /// # Errors
    /// [`Mismatch`] for everything else, also for a number with a fraction.
    pub fn integer(&self) -> Result<i64, Mismatch> {
        match self {
            Reply::Integer(integer) => Ok(*integer),
            Reply::Boolean(boolean) => Ok(i64::from(*boolean)),
            _ => self.parsed().ok_or_else(|| self.not("an integer")),
        }
    }

    /// A number, also one written as a string.
    ///
    /// # Errors
    /// [`Mismatch`] for everything else.
    pub fn number(&self) -> Result<f64, Mismatch> {
        match self {
            Reply::Integer(integer) => Ok(*integer as f64),
            Reply::Double(double) => Ok(*double),
            Reply::Boolean(boolean) => Ok(f64::from(u8::from(*boolean))),
            _ => self.parsed().ok_or_else(|| self.not("a number")),
        }
    }

    /// The elements of an array or a set.
    ///
    /// # Errors
    /// [`Mismatch`] for everything else.
    pub fn elements(&self) -> Result<&[Reply<'a>], Mismatch> {
        match self {
            Reply::Array(elements) | Reply::Set(elements) => Ok(elements),
            _ => Err(self.not("an array")),
        }
    }

    /// The pairs of a map, or of the flat array that RESP2 has instead.
    ///
    /// # Errors
    /// [`Mismatch`] for everything else, also for an array of odd length.
    pub fn entries(&self) -> Result<Vec<(&Reply<'a>, &Reply<'a>)>, Mismatch> {
        match self {
            Reply::Map(pairs) => Ok(pairs.iter().map(|(key, value)| (key, value)).collect()),
            Reply::Array(flat) if flat.len() % 2 == 0 => {
                Ok(flat.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect())
            }
            _ => Err(self.not("a map")),
        }
    }

    /// The value of a key in a map; none when it is not there or this is no map.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<&Reply<'a>> {
        let entries = self.entries().ok()?;
        entries.into_iter().find(|(name, _)| name.bytes() == Ok(key.as_ref())).map(|(_, value)| value)
    }

    fn parsed<T: std::str::FromStr>(&self) -> Option<T> {
        let bytes = match self {
            Reply::BigNumber(digits) => digits,
            _ => self.bytes().ok()?,
        };
        str::from_utf8(bytes.trim_ascii()).ok()?.parse().ok()
    }

    fn not(&self, expected: &'static str) -> Mismatch {
        let found = match self {
            Reply::Null => "null",
            Reply::Boolean(_) => "a boolean",
            Reply::Integer(_) => "an integer",
            Reply::Double(_) => "a double",
            Reply::BigNumber(_) => "a big number",
            Reply::Simple(_) | Reply::Bulk(_) | Reply::Verbatim { .. } => "a string",
            Reply::Error(_) => "an error",
            Reply::Array(_) => "an array",
            Reply::Set(_) => "a set",
            Reply::Map(_) => "a map",
        };
        Mismatch { expected, found }
    }
}
