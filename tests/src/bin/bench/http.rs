//! A client that asks for the same pages over and over, on a kept connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How long an answer may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection and the requests that are sent on it.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    /// One after the other, and from the beginning again.
    requests: Vec<Vec<u8>>,
    next: usize,
    line: String,
    body: Vec<u8>,
}

/// What came of many clients at once.
pub(crate) struct Run {
    /// Answers that were read whole.
    pub(crate) requests: u64,
    /// From the first request to the last answer.
    pub(crate) taken: Duration,
}

/// What an answer's head says of its body.
enum Body {
    Length(usize),
    Chunked,
}

impl Client {
    /// Connects to a port of 127.0.0.1, to ask for one page.
    pub(crate) fn connect(port: u16, path: &str, gzip: bool) -> Result<Client> {
        Client::connect_for(port, &[path.to_owned()], gzip)
    }

    /// The same for several pages, each in its turn.
    pub(crate) fn connect_for(port: u16, paths: &[String], gzip: bool) -> Result<Client> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        // A request is one small write; it must not wait for the acknowledgement of the one before.
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let coding = if gzip { "gzip" } else { "identity" };
        let request = |path: &String| {
            let headers = format!("Host: 127.0.0.1:{port}\r\nAccept: text/plain;version=0.0.4");
            format!("GET {path} HTTP/1.1\r\n{headers}\r\nAccept-Encoding: {coding}\r\n\r\n").into_bytes()
        };
        ensure!(!paths.is_empty(), "nothing to ask for");
        let (requests, stream) = (paths.iter().map(request).collect(), BufReader::with_capacity(64 << 10, stream));
        Ok(Client { stream, requests, next: 0, line: String::new(), body: Vec::new() })
    }

    /// Asks once and reads the whole answer.
    pub(crate) fn ask(&mut self) -> Result<&[u8]> {
        self.stream.get_mut().write_all(&self.requests[self.next])?;
        self.next = (self.next + 1) % self.requests.len();
        let body = self.head()?;
        self.body.clear();
        match body {
            Body::Length(length) => self.append(length)?,
            Body::Chunked => self.chunks()?,
        }
        Ok(&self.body)
    }

    fn head(&mut self) -> Result<Body> {
        self.line()?;
        ensure!(self.line.starts_with("HTTP/1.1 200"), "answered: {}", self.line);
        let mut body = None;
        loop {
            self.line()?;
            if self.line.is_empty() {
                return body.context("an answer without a length");
            }
            let Some((name, value)) = self.line.split_once(':') else { bail!("not a header: {}", self.line) };
            if name.eq_ignore_ascii_case("content-length") {
                body = Some(Body::Length(value.trim().parse()?));
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                body = Some(Body::Chunked);
            }
        }
    }

    fn chunks(&mut self) -> Result<()> {
        loop {
            self.line()?;
            let length = usize::from_str_radix(&self.line, 16)?;
            self.append(length)?;
            self.line()?;
            if length == 0 {
                return Ok(());
            }
        }
    }

    /// Without its end.
    fn line(&mut self) -> Result<()> {
        self.line.clear();
        ensure!(self.stream.read_line(&mut self.line)? > 0, "the connection was closed");
        self.line.truncate(self.line.trim_end().len());
        Ok(())
    }

    fn append(&mut self, length: usize) -> Result<()> {
        let start = self.body.len();
        self.body.resize(start + length, 0);
        Ok(self.stream.read_exact(&mut self.body[start..])?)
    }
}

/// All clients ask as fast as they get answers, each in a thread of its own.
pub(crate) fn all_at_once(clients: &mut [Client], duration: Duration) -> Result<Run> {
    let ready = Barrier::new(clients.len() + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                scope.spawn(|| {
                    ready.wait();
                    keep_asking(client, duration)
                })
            })
            .collect();
        ready.wait();
        let start = Instant::now();
        let mut requests = 0;
        for thread in threads {
            requests += thread.join().ok().context("a client panicked")??;
        }
        Ok(Run { requests, taken: start.elapsed() })
    })
}

fn keep_asking(client: &mut Client, duration: Duration) -> Result<u64> {
    let start = Instant::now();
    let mut requests = 0;
    while start.elapsed() < duration {
        client.ask()?;
        requests += 1;
    }
    Ok(requests)
}
