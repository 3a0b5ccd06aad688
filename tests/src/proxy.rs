//! A proxy that notes what is said to a server, and what it says.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use crate::relay::{Relay, Tap, Wires};
use crate::{lock, resp};

/// What is noted for bytes that are no command.
const NOT_RESP: &str = "(not RESP)";

/// A TCP proxy in front of a server on 127.0.0.1. What passes is not changed.
pub struct RecordingProxy {
    relay: Relay,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    commands: Vec<Vec<String>>,
    connections: usize,
    round_trips: usize,
    /// What the server sent, of all connections together.
    said: Vec<u8>,
}

impl RecordingProxy {
    /// A proxy in front of 127.0.0.1:`target_port`.
    pub fn start(target_port: u16) -> RecordingProxy {
        let notes = Arc::new(Mutex::new(Notes::default()));
        let relay = Relay::start(target_port, {
            let notes = notes.clone();
            move || {
                lock(&notes).connections += 1;
                let ear = Mutex::new(Ear { server_spoke: true, heard: Vec::new() });
                Some(Listener { notes: notes.clone(), ear })
            }
        });
        RecordingProxy { relay, notes }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.relay.port()
    }

    /// The commands in the order they came: the name in upper case, and the arguments.
    pub fn commands(&self) -> Vec<Vec<String>> {
        lock(&self.notes).commands.clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        lock(&self.notes).connections
    }

    /// How many times a client began to speak after the server had spoken, or for the first time: commands that are
    /// sent together are one round trip.
    pub fn round_trips(&self) -> usize {
        lock(&self.notes).round_trips
    }

    /// The last text of INFO that passed: from its first section on, to the byte.
    ///
    /// # Panics
    /// When there is none. Connections that speak at once cannot be told apart.
    pub fn last_info(&self) -> Vec<u8> {
        const BEGIN: &[u8] = b"# Server\r\n";
        let notes = lock(&self.notes);
        let said = &notes.said;
        let begin = said.windows(BEGIN.len()).rposition(|window| window == BEGIN).expect("no INFO has passed");
        // The text is a bulk string, or a verbatim string: "$123\r\n" or "=127\r\ntxt:" stands before it.
        let head = said[..begin].strip_suffix(b"txt:").unwrap_or(&said[..begin]);
        let line = head.strip_suffix(b"\r\n").and_then(|head| head.rsplit(|&byte| byte == b'\n').next());
        let length = line.and_then(|line| std::str::from_utf8(line.get(1..)?).ok()?.parse::<usize>().ok());
        let length = length.expect("the length of the text stands before it") - (begin - head.len());
        said[begin..begin + length].to_vec()
    }

    /// Forgets what was noted; connections that are open stay open.
    pub fn clear(&self) {
        *lock(&self.notes) = Notes::default();
    }
}

struct Listener {
    notes: Arc<Mutex<Notes>>,
    ear: Mutex<Ear>,
}

struct Ear {
    server_spoke: bool,
    /// What the client sent and is not a whole command yet.
    heard: Vec<u8>,
}

impl Tap for Listener {
    fn client_sent(&self, bytes: &[u8], wires: &Wires) -> io::Result<()> {
        self.note(bytes);
        (&wires.server).write_all(bytes)
    }

    fn server_sent(&self, bytes: &[u8], wires: &Wires) -> io::Result<()> {
        // Before the client can know the answer, so that what it says next is a new round trip.
        lock(&self.ear).server_spoke = true;
        lock(&self.notes).said.extend_from_slice(bytes);
        (&wires.client).write_all(bytes)
    }
}

impl Listener {
    fn note(&self, bytes: &[u8]) {
        let (mut ear, mut notes) = (lock(&self.ear), lock(&self.notes));
        if std::mem::take(&mut ear.server_spoke) {
            notes.round_trips += 1;
        }
        ear.heard.extend_from_slice(bytes);
        while let Some((args, length)) = resp::first_command(&ear.heard) {
            notes.commands.push(resp::words(&args));
            ear.heard.drain(..length);
        }
        if ear.heard.first().is_some_and(|&first| first != b'*') {
            notes.commands.push(vec![NOT_RESP.to_owned()]);
            ear.heard.clear();
        }
    }
}
