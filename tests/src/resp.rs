//! A small blocking client, and the parsing of commands.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A reply as RESP2 has it. Its text is what it holds; an array's elements are lines, nil is `(nil)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A simple or a bulk string. Bytes that are not UTF-8 are replaced.
    Text(String),
    /// An error, without the dash.
    Error(String),
    /// An integer.
    Integer(i64),
    /// No value.
    Nil,
    /// Several replies.
    Array(Vec<Reply>),
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Text(text) | Reply::Error(text) => f.write_str(text),
            Reply::Integer(number) => write!(f, "{number}"),
            Reply::Nil => f.write_str("(nil)"),
            Reply::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if index == 0 { "" } else { "\n" })?;
                }
                Ok(())
            }
        }
    }
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// A connection to a server. It gives up on a server that is silent for `patience`.
pub struct Client {
    wire: BufReader<Box<dyn Wire>>,
}

impl Client {
    /// Connects to 127.0.0.1.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect(port: u16, patience: Duration) -> io::Result<Client> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Client { wire: BufReader::new(Box::new(stream)) })
    }

    /// Connects to a Unix socket.
    ///
    /// # Errors
    /// Nobody listens there.
    pub fn connect_unix(path: &Path, patience: Duration) -> io::Result<Client> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Client { wire: BufReader::new(Box::new(stream)) })
    }

    /// Sends a command and reads its reply.
    ///
    /// # Errors
    /// The connection was lost, timed out, or what came is not RESP2.
    pub fn command<A: AsRef<[u8]>>(&mut self, args: &[A]) -> io::Result<Reply> {
        self.wire.get_mut().write_all(&encode(args))?;
        self.reply()
    }

    /// Sends several commands at once and reads their replies.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub fn pipeline<A: AsRef<[u8]>>(&mut self, commands: &[&[A]]) -> io::Result<Vec<Reply>> {
        let bytes: Vec<u8> = commands.iter().flat_map(|args| encode(args)).collect();
        self.wire.get_mut().write_all(&bytes)?;
        commands.iter().map(|_| self.reply()).collect()
    }

    fn reply(&mut self) -> io::Result<Reply> {
        let line = self.line()?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(|| invalid(&line))?;
        match kind {
            "+" => Ok(Reply::Text(rest.to_owned())),
            "-" => Ok(Reply::Error(rest.to_owned())),
            ":" => Ok(Reply::Integer(rest.parse().map_err(|_| invalid(&line))?)),
            "$" | "*" if rest == "-1" => Ok(Reply::Nil),
            "$" => self.bulk(rest.parse().map_err(|_| invalid(&line))?),
            "*" => {
                let length: usize = rest.parse().map_err(|_| invalid(&line))?;
                (0..length).map(|_| self.reply()).collect::<io::Result<_>>().map(Reply::Array)
            }
            _ => Err(invalid(&line)),
        }
    }

    fn bulk(&mut self, length: u64) -> io::Result<Reply> {
        let mut bytes = Vec::new();
        let wanted = length.saturating_add(2);
        if self.wire.by_ref().take(wanted).read_to_end(&mut bytes)? as u64 != wanted {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.truncate(bytes.len() - 2);
        Ok(Reply::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.wire.read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }
}

fn invalid(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not RESP2: {line:?}"))
}

/// A command as an array of bulk strings.
pub fn encode<A: AsRef<[u8]>>(args: &[A]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args.iter().map(AsRef::as_ref) {
        bytes.extend_from_slice(format!("${}\r\n", arg.len()).as_bytes());
        bytes.extend_from_slice(arg);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The command at the front of what a client sent, and how many bytes it takes. `None`: it is not complete, or it is
/// not an array of bulk strings.
pub fn first_command(bytes: &[u8]) -> Option<(Vec<Vec<u8>>, usize)> {
    let mut rest = bytes;
    let count = number(b'*', &mut rest)?;
    let mut args = Vec::new();
    for _ in 0..count {
        let length = number(b'$', &mut rest)?;
        args.push(rest.get(..length)?.to_vec());
        rest = rest.get(length..)?.strip_prefix(b"\r\n")?;
    }
    Some((args, bytes.len() - rest.len()))
}

/// A command as text: its name in upper case, and the arguments. Bytes that are not UTF-8 are replaced.
pub(crate) fn words(args: &[Vec<u8>]) -> Vec<String> {
    let mut words: Vec<String> = args.iter().map(|arg| String::from_utf8_lossy(arg).into_owned()).collect();
    if let Some(name) = words.first_mut() {
        name.make_ascii_uppercase();
    }
    words
}

/// Takes a line such as `$12`.
fn number(kind: u8, rest: &mut &[u8]) -> Option<usize> {
    let line = rest.strip_prefix(&[kind])?;
    let end = line.windows(2).position(|pair| pair == b"\r\n")?;
    let number = std::str::from_utf8(&line[..end]).ok()?.parse().ok()?;
    *rest = &line[end + 2..];
    Some(number)
}
