//! A blocking HTTP client: one request, one connection.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use flate2::read::MultiGzDecoder;

use crate::canary;

/// Longer than any scrape may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// 200, 404, ...
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came: [`Response::gunzip`] decodes it.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as it came, as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("the body is UTF-8")
    }

    /// The body, decoded from gzip.
    ///
    /// # Panics
    /// When it is not gzip.
    pub fn gunzip(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        MultiGzDecoder::new(self.body.as_slice()).read_to_end(&mut plain).expect("the body is gzip");
        plain
    }
}

/// GET from 127.0.0.1. `path` goes out as it is, with its query.
///
/// # Errors
/// Nobody is there, the connection was lost, or what came is not HTTP.
pub fn get(port: u16, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    request(port, "GET", path, headers)
}

/// A request without a body to 127.0.0.1.
///
/// # Errors
/// As [`get`].
pub fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> io::Result<Response> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let response = parse(&bytes, method == "HEAD").ok_or_else(|| {
        let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        io::Error::new(io::ErrorKind::InvalidData, format!("not a whole HTTP answer: {beginning:?}"))
    })?;
    canary::look_at(port, &format!("{method} {path}"), &response);
    Ok(response)
}

/// A whole answer. `None` when something is missing: a body that was cut off does not pass for one.
fn parse(bytes: &[u8], without_body: bool) -> Option<Response> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 4..]);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let pairs = lines.map(|line| line.split_once(':'));
    let headers = pairs.map(|pair| pair.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())));
    let mut response = Response { status, headers: headers.collect::<Option<_>>()?, body: Vec::new() };
    if !without_body {
        response.body = match (response.header("transfer-encoding"), response.header("content-length")) {
            (Some("chunked"), _) => unchunked(body)?,
            (None, Some(length)) if length.parse() == Ok(body.len()) => body.to_vec(),
            (None, None) => body.to_vec(),
            _ => return None,
        };
    }
    Some(response)
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..end]).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
        if size == 0 {
            return Some(body);
        }
    }
}
