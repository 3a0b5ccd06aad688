//! Replies as the contract carries them: RESP3 bytes.

use std::io::Write;

use redis::Value;

use crate::config::secret::Secret;

/// Bytes of an error's code, and of its text, that are told.
const LONGEST_ERROR: usize = 256;

/// An error reply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code} {message}")]
pub struct ServerError {
    /// The first word, e.g. `WRONGTYPE`.
    pub code: String,
    /// The rest.
    pub message: String,
}

/// One value, or the error that the server sent instead.
pub type Reply = Result<Answer, ServerError>;

/// One value of RESP3.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How deep arrays, maps and sets are nested in it; 0 for a value that holds no others.
    pub depth: u32,
}

impl ServerError {
    /// From what a server says, without the dash.
    pub(super) fn of(line: &str) -> ServerError {
        let (code, message) = line.split_once(' ').unwrap_or((line, ""));
        ServerError { code: code.to_owned(), message: message.to_owned() }
    }

    /// The same on one line, without the password and not longer than an error needs to be.
    pub(super) fn without(self, password: Option<&Secret>) -> ServerError {
        let password = password.map(Secret::expose).filter(|password| !password.is_empty());
        let tidy = |text: String| -> String {
            let mut text = match password {
                Some(password) => text.replace(password, "…"),
                None => text,
            };
            text.truncate(text.floor_char_boundary(LONGEST_ERROR));
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
        };
        ServerError { code: tidy(self.code), message: tidy(self.message) }
    }

    /// Whether the server did not accept who we are.
    pub fn is_authentication(&self) -> bool {
        ["NOAUTH", "WRONGPASS", "NOPERM"].contains(&self.code.as_str())
            // What Redis before 6.2 says to a wrong password.
            || self.message.starts_with("invalid password")
    }
}

impl From<&redis::ServerError> for ServerError {
    fn from(error: &redis::ServerError) -> ServerError {
        ServerError { code: error.code().to_owned(), message: error.details().unwrap_or("").to_owned() }
    }
}

/// The text that a reply holds.
///
/// # Errors
/// The error that it is instead, or none for something else.
pub(super) fn text(reply: &Reply) -> Result<String, Option<ServerError>> {
    let answer = reply.as_ref().map_err(|error| Some(error.clone()))?;
    let value = redis::parse_redis_value(&answer.bytes).map_err(|_| None)?;
    redis::from_redis_value(value).map_err(|_| None)
}

/// Encodes a value that the client decoded.
pub(super) fn encode(value: &Value) -> Reply {
    if let Value::ServerError(error) = value {
        return Err(error.into());
    }
    let mut bytes = Vec::new();
    write(&mut bytes, value);
    Ok(Answer { bytes, depth: depth(value) })
}

fn depth(value: &Value) -> u32 {
    let deepest = |values: &[Value]| 1 + values.iter().map(depth).max().unwrap_or(0);
    match value {
        Value::Array(values) | Value::Set(values) | Value::Push { data: values, .. } => deepest(values),
        Value::Map(pairs) => 1 + pairs.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0),
        Value::Attribute { data, .. } => depth(data),
        _ => 0,
    }
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Nil => out.extend_from_slice(b"_\r\n"),
        Value::Okay => line(out, b'+', b"OK"),
        Value::SimpleString(text) => line(out, b'+', text.as_bytes()),
        Value::Int(integer) => line(out, b':', integer.to_string().as_bytes()),
        Value::Double(double) => line(out, b',', double.to_string().as_bytes()),
        Value::Boolean(boolean) => line(out, b'#', if *boolean { b"t" } else { b"f" }),
        Value::BigNumber(digits) => line(out, b'(', digits),
        Value::BulkString(bytes) => string(out, b'$', &[bytes]),
        Value::VerbatimString { format, text } => {
            string(out, b'=', &[format.to_string().as_bytes(), b":", text.as_bytes()]);
        }
        Value::ServerError(error) => {
            let error = ServerError::from(error);
            string(out, b'!', &[error.to_string().trim_end().as_bytes()]);
        }
        Value::Array(values) => values_of(out, b'*', values),
        Value::Set(values) => values_of(out, b'~', values),
        Value::Push { data, .. } => values_of(out, b'>', data),
        Value::Map(pairs) => {
            length(out, b'%', pairs.len());
            for (key, value) in pairs {
                write(out, key);
                write(out, value);
            }
        }
        // Attributes annotate a reply; the reply is what a collector asked for.
        Value::Attribute { data, .. } => write(out, data),
        // The client's enum may grow; what we do not know reads as nothing.
        _ => out.extend_from_slice(b"_\r\n"),
    }
}

fn line(out: &mut Vec<u8>, kind: u8, content: &[u8]) {
    out.push(kind);
    out.extend_from_slice(content);
    out.extend_from_slice(b"\r\n");
}

fn length(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind);
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{length}\r\n");
}

fn string(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let size = parts.iter().map(|part| part.len()).sum();
    out.reserve(size + 16);
    length(out, kind, size);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.extend_from_slice(b"\r\n");
}

fn values_of(out: &mut Vec<u8>, kind: u8, values: &[Value]) {
    length(out, kind, values.len());
    values.iter().for_each(|value| write(out, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(bytes: &[u8]) -> Reply {
        encode(&redis::parse_redis_value(bytes).unwrap())
    }

    #[test]
    fn values_come_out_as_they_went_in() {
        let vectors: [&[u8]; 14] = [
            b"_\r\n",
            b"+OK\r\n",
            b"+PONG\r\n",
            b":-7\r\n",
            b",1.5\r\n",
            b",inf\r\n",
            b"#t\r\n",
            b"(36893488147419103232\r\n",
            b"$3\r\n\xff\r\n\r\n",
            b"=7\r\ntxt:abc\r\n",
            b"*2\r\n:1\r\n!15\r\nWRONGTYPE no no\r\n",
            b"~1\r\n:1\r\n",
            b"%1\r\n+a\r\n*0\r\n",
            b"*1\r\n!3\r\nERR\r\n",
        ];
        for bytes in vectors {
            assert_eq!(round_trip(bytes).unwrap().bytes, bytes, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn depths_are_counted() {
        let cases: [(&[u8], u32); 5] = [
            (b":1\r\n", 0),
            (b"*0\r\n", 1),
            (b"*2\r\n:1\r\n*1\r\n:2\r\n", 2),
            (b"%1\r\n+a\r\n~1\r\n*0\r\n", 3),
            (b"|1\r\n+a\r\n*1\r\n*0\r\n:1\r\n", 0),
        ];
        for (bytes, depth) in cases {
            assert_eq!(round_trip(bytes).unwrap().depth, depth, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_error_tells_no_password_and_not_too_much() {
        let message = format!("Unknown command 'HELLO 3 AUTH default s3cret'\n{}", "x".repeat(1000));
        let told = ServerError { code: "ERR".to_owned(), message }.without(Some(&Secret::new("s3cret")));
        assert!(told.message.starts_with("Unknown command 'HELLO 3 AUTH default …' x"), "{told}");
        assert_eq!(told.message.len(), LONGEST_ERROR);
        let code = format!("s3cret\r{}", "x".repeat(1000));
        let told = ServerError { code, message: String::new() }.without(Some(&Secret::new("s3cret")));
        assert!(told.code.starts_with("… x") && told.code.len() == LONGEST_ERROR, "{told}");
    }

    #[test]
    fn an_error_alone_is_an_error() {
        let error = ServerError { code: "NOPERM".to_owned(), message: "no".to_owned() };
        assert_eq!(round_trip(b"-NOPERM no\r\n"), Err(error));
    }
}
