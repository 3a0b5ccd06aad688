//! Bytes to [`Reply`]. Trusts nothing: lengths are checked against what is there, nesting is bounded.

use std::fmt;

use super::Reply;
use crate::{ServerError, label};

/// The deepest nesting that is read. Redis's own replies stay below ten.
const MAX_DEPTH: usize = 32;

/// Bytes that are not one RESP3 value.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// Where, in bytes from the start.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the reply is not RESP3: {} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for Malformed {}

/// Reads exactly one value.
///
/// # Errors
/// [`Malformed`] when the bytes are something else, less or more than one value.
pub fn decode(bytes: &[u8]) -> Result<Reply<'_>, Malformed> {
    let mut decoder = Decoder { bytes, offset: 0 };
    let reply = decoder.value(MAX_DEPTH)?;
    if decoder.offset == bytes.len() { Ok(reply) } else { Err(decoder.malformed("more bytes follow the value")) }
}

struct Decoder<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Decoder<'a> {
    fn value(&mut self, depth: usize) -> Result<Reply<'a>, Malformed> {
        if depth == 0 {
            return Err(self.malformed("nested too deeply"));
        }
        let Some(&kind) = self.bytes.get(self.offset) else {
            return Err(self.malformed("the value ends early"));
        };
        self.offset += 1;
        match kind {
            b'+' => self.line().map(Reply::Simple),
            b'-' => self.line().map(|line| Reply::Error(server_error(line))),
            b':' => self.number("not an integer").map(Reply::Integer),
            b',' => self.number("not a double").map(Reply::Double),
            b'(' => self.line().map(Reply::BigNumber),
            b'_' => self.line().map(|_| Reply::Null),
            b'#' => self.boolean(),
            b'$' => Ok(self.string()?.map_or(Reply::Null, Reply::Bulk)),
            b'=' => self.verbatim(),
            b'!' => Ok(self.string()?.map_or(Reply::Null, |line| Reply::Error(server_error(line)))),
            // A push cannot be an answer; inside of one it reads like the array it is.
            b'*' | b'>' => Ok(self.elements(depth, 1)?.map_or(Reply::Null, Reply::Array)),
            b'~' => Ok(self.elements(depth, 1)?.map_or(Reply::Null, Reply::Set)),
            b'%' => Ok(self.pairs(depth)?.map_or(Reply::Null, Reply::Map)),
            b'|' => {
                self.pairs(depth)?;
                self.value(depth - 1)
            }
            _ => Err(self.malformed("no type begins with this byte")),
        }
    }

    fn line(&mut self) -> Result<&'a [u8], Malformed> {
        let rest = &self.bytes[self.offset..];
        let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else {
            return Err(self.malformed("the line has no end"));
        };
        self.offset += end + 2;
        Ok(&rest[..end])
    }

    fn number<T: std::str::FromStr>(&mut self, reason: &'static str) -> Result<T, Malformed> {
        let start = self.offset;
        let line = self.line()?;
        let number = str::from_utf8(line).ok().and_then(|text| text.parse().ok());
        number.ok_or(Malformed { offset: start, reason })
    }

    fn boolean(&mut self) -> Result<Reply<'a>, Malformed> {
        let start = self.offset;
        match self.line()? {
            b"t" => Ok(Reply::Boolean(true)),
            b"f" => Ok(Reply::Boolean(false)),
            _ => Err(Malformed { offset: start, reason: "not a boolean" }),
        }
    }

    /// A length of -1 is RESP2's null.
    fn length(&mut self) -> Result<Option<usize>, Malformed> {
        let start = self.offset;
        match self.number::<i64>("not a length")? {
            -1 => Ok(None),
            length if length < 0 => Err(Malformed { offset: start, reason: "not a length" }),
            // In a component lengths have 32 bits. What is longer is more than there can be.
            length => Ok(Some(usize::try_from(length).unwrap_or(usize::MAX))),
        }
    }

    fn string(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let Some(length) = self.length()? else {
            return Ok(None);
        };
        let rest = &self.bytes[self.offset..];
        match rest.get(length..).and_then(|tail| tail.get(..2)) {
            Some(b"\r\n") => {
                self.offset += length + 2;
                Ok(Some(&rest[..length]))
            }
            Some(_) => Err(self.malformed("the string is longer than its length")),
            None => Err(self.malformed("the string ends early")),
        }
    }

    fn verbatim(&mut self) -> Result<Reply<'a>, Malformed> {
        let start = self.offset;
        match self.string()? {
            None => Ok(Reply::Null),
            Some(string) => match string.split_at_checked(4) {
                Some((format, text)) if format[3] == b':' => Ok(Reply::Verbatim { format: &format[..3], text }),
                _ => Err(Malformed { offset: start, reason: "not a verbatim string" }),
            },
        }
    }

    fn elements(&mut self, depth: usize, each: usize) -> Result<Option<Vec<Reply<'a>>>, Malformed> {
        let Some(length) = self.length()? else {
            return Ok(None);
        };
        // The shortest value has three bytes: a length that cannot be true must not become an allocation.
        let possible = (self.bytes.len() - self.offset) / 3;
        let Some(count) = length.checked_mul(each).filter(|&count| count <= possible) else {
            return Err(self.malformed("fewer elements than announced"));
        };
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            elements.push(self.value(depth - 1)?);
        }
        Ok(Some(elements))
    }

    fn pairs(&mut self, depth: usize) -> Result<Option<Vec<(Reply<'a>, Reply<'a>)>>, Malformed> {
        let Some(flat) = self.elements(depth, 2)? else {
            return Ok(None);
        };
        let mut flat = flat.into_iter();
        let mut pairs = Vec::with_capacity(flat.len() / 2);
        while let (Some(key), Some(value)) = (flat.next(), flat.next()) {
            pairs.push((key, value));
        }
        Ok(Some(pairs))
    }

    fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed { offset: self.offset, reason }
    }
}

/// The first word of an error line is its code.
fn server_error(line: &[u8]) -> ServerError {
    let line = label::text(line);
    let (code, message) = line.split_once(' ').unwrap_or((&line, ""));
    ServerError { code: code.to_owned(), message: message.to_owned() }
}
