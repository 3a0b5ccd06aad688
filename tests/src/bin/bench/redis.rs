//! What is in the server, and a connection that asks it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use anyhow::{Context, Result, bail, ensure};
use redwasp_tests::server::Redis;

use crate::commands::TRAFFIC;

/// Addresses of the loopback network that the server listens on: as many targets for an exporter.
pub(crate) const ADDRESSES: usize = 16;

/// Starts an empty server on 127.0.0.1 to 127.0.0.16; it ends with its value.
pub(crate) fn start() -> Redis {
    start_on(ADDRESSES)
}

/// The same on so many addresses.
pub(crate) fn start_on(addresses: usize) -> Redis {
    let addresses = (1..=addresses).map(|host| format!("127.0.0.{host}"));
    Redis::options().args(["--bind".to_owned()].into_iter().chain(addresses)).start()
}

/// How exporters name a server, by one of its addresses.
pub(crate) fn target(server: &Redis, address: usize) -> String {
    format!("redis://127.0.0.{}:{}", address + 1, server.port())
}

/// A connection that waits for every reply, and gives it as it came.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// A new connection.
    pub(crate) fn to(server: &Redis) -> Result<Connection> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port()))?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream: BufReader::with_capacity(64 << 10, stream) })
    }

    /// Sends a command and returns the reply as it came: RESP2 bytes of one value.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<Vec<u8>> {
        self.send(&packed(words))
    }

    /// The same with a command of words without spaces.
    pub(crate) fn ask_line(&mut self, command: &str) -> Result<Vec<u8>> {
        let words: Vec<&str> = command.split(' ').collect();
        self.ask(&words).with_context(|| command.to_owned())
    }

    /// The same with a command that is packed already.
    pub(crate) fn send(&mut self, packed: &[u8]) -> Result<Vec<u8>> {
        self.stream.get_mut().write_all(packed)?;
        let mut reply = Vec::new();
        self.value(&mut reply)?;
        ensure!(!reply.starts_with(b"-"), "{}", reply.escape_ascii());
        Ok(reply)
    }

    /// A section of INFO.
    pub(crate) fn info(&mut self, section: &str) -> Result<BTreeMap<String, String>> {
        let reply = self.ask(&["INFO", section])?;
        let text = String::from_utf8_lossy(&reply);
        let pairs = text.lines().filter_map(|line| line.split_once(':'));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn value(&mut self, reply: &mut Vec<u8>) -> Result<()> {
        let start = reply.len();
        ensure!(self.stream.read_until(b'\n', reply)? > 0, "the server closed the connection");
        let line = str::from_utf8(&reply[start..])?.trim_end();
        let kind = line.bytes().next().context("an empty reply")?;
        let length: i64 = if matches!(kind, b'$' | b'*') { line[1..].parse()? } else { 0 };
        match kind {
            b'+' | b'-' | b':' => Ok(()),
            b'$' | b'*' if length < 0 => Ok(()),
            b'$' => {
                let start = reply.len();
                reply.resize(start + length as usize + 2, 0);
                Ok(self.stream.read_exact(&mut reply[start..])?)
            }
            b'*' => (0..length).try_for_each(|_| self.value(reply)),
            _ => bail!("not a reply: {line}"),
        }
    }
}

/// A command as it is sent.
pub(crate) fn packed(words: &[&str]) -> Vec<u8> {
    let mut packed = format!("*{}\r\n", words.len());
    words.iter().for_each(|word| packed.push_str(&format!("${}\r\n{word}\r\n", word.len())));
    packed.into_bytes()
}

/// Fills three databases.
pub(crate) fn fill(connection: &mut Connection) -> Result<()> {
    for database in ["0", "1", "5"] {
        connection.ask(&["SELECT", database])?;
        for command in TRAFFIC {
            connection.ask_line(command)?;
        }
        for number in 0..200 {
            connection.ask(&["SET", &format!("key:{number}"), "value"])?;
        }
    }
    Ok(())
}
