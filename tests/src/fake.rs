//! Servers that misbehave as no real one does, in front of a real one.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::lock;
use crate::relay::{Relay, Tap, Wires};

/// How a [`Fake`] answers. Bytes are counted on each connection, from its start or from the last switch.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    /// As the real server does.
    Healthy,
    /// Nobody listens: connections are refused, and those that are open are cut.
    Refused,
    /// Resets (RST) each new connection as soon as it is made, and those that are open when something passes.
    ResetAtOnce,
    /// Resets the connection (RST) when this many bytes of replies have passed.
    ResetAfter(usize),
    /// Cuts the connection when this many bytes of replies have passed.
    CloseAfter(usize),
    /// Closes the connection together with this answer, counted from 1: what the server sends at once is one answer.
    CloseWithAnswer(usize),
    /// Closes the connection instead of giving this answer, counted so too.
    CloseInsteadOfAnswer(usize),
    /// Keeps the connection open and says no more when this many bytes of replies have passed: with none, it takes
    /// connections and hangs; of a server with TLS, it hangs in the handshake. What is withheld is lost: the connection
    /// is of no use any more, not even after a switch.
    HangAfter(usize),
    /// Answers everything with these bytes.
    Garbage(&'static [u8]),
    /// Answers everything with a bulk string of 2 GiB, sends its bytes and does not stop where it should.
    Endless,
    /// Answers everything with an array in an array in an array, a million deep.
    DeepNesting,
    /// Answers everything with the beginning of an array of 2147483647 elements.
    HugeArray,
    /// As the real server does, but the replies trickle.
    Slow {
        /// How many bytes pass in a second; at least 1.
        bytes_per_second: u32,
    },
}

const DEPTH: usize = 1_000_000;
const TICKS_PER_SECOND: u32 = 100;

/// A server on 127.0.0.1 that misbehaves until it is switched.
pub struct Fake {
    relay: Relay,
    now: Arc<Mutex<Now>>,
    connections: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
struct Now {
    behaviour: Behaviour,
    switches: u64,
}

impl Fake {
    /// In front of the real server on 127.0.0.1:`target_port`.
    pub fn start(target_port: u16, behaviour: Behaviour) -> Fake {
        Fake::from(target_port, behaviour, b"")
    }

    /// As [`Fake::start`], but each connection is healthy until its client sends this word.
    pub fn from(target_port: u16, behaviour: Behaviour, word: &'static [u8]) -> Fake {
        let now = Arc::new(Mutex::new(Now { behaviour, switches: 0 }));
        let connections = Arc::new(AtomicUsize::new(0));
        let relay = Relay::start(target_port, {
            let (now, connections) = (now.clone(), connections.clone());
            move || {
                connections.fetch_add(1, SeqCst);
                let heard = AtomicBool::new(word.is_empty());
                let actor = Actor { now: now.clone(), word, heard, passed: Mutex::default() };
                (!matches!(actor.now().behaviour, Behaviour::ResetAtOnce)).then_some(actor)
            }
        });
        relay.listen(!matches!(behaviour, Behaviour::Refused));
        Fake { relay, now, connections }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.relay.port()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.connections.load(SeqCst)
    }

    /// Behaves otherwise from now on, on connections that are open too.
    ///
    /// # Panics
    /// When the port was taken by someone else while it was [`Behaviour::Refused`].
    pub fn switch(&self, behaviour: Behaviour) {
        {
            let mut now = lock(&self.now);
            *now = Now { behaviour, switches: now.switches + 1 };
        }
        self.relay.listen(!matches!(behaviour, Behaviour::Refused));
    }
}

struct Actor {
    now: Arc<Mutex<Now>>,
    /// What a connection has to hear before anything is wrong with it, and whether it has.
    word: &'static [u8],
    heard: AtomicBool,
    passed: Mutex<Passed>,
}

/// Bytes of replies that passed since the switch with this number.
#[derive(Default)]
struct Passed {
    switches: u64,
    bytes: usize,
    answers: usize,
}

impl Tap for Actor {
    fn client_sent(&self, bytes: &[u8], wires: &Wires) -> io::Result<()> {
        let mut client = &wires.client;
        let is_meant = self.word.is_empty() || bytes.windows(self.word.len()).any(|part| part == self.word);
        if is_meant {
            self.heard.store(true, SeqCst);
        }
        let now = self.now();
        match now.behaviour {
            // It may be a whole reply: then the connection is good for others, who shall have their own.
            Behaviour::Garbage(garbage) if is_meant => client.write_all(garbage),
            Behaviour::Endless => self.endless(now.switches, client),
            Behaviour::DeepNesting => client.write_all(&b"*1\r\n".repeat(DEPTH)),
            Behaviour::HugeArray => client.write_all(b"*2147483647\r\n"),
            Behaviour::ResetAtOnce => Err(wires.reset()),
            _ => (&wires.server).write_all(bytes),
        }
    }

    fn server_sent(&self, bytes: &[u8], wires: &Wires) -> io::Result<()> {
        let mut client = &wires.client;
        let now = self.now();
        match now.behaviour {
            Behaviour::Healthy => client.write_all(bytes),
            Behaviour::Refused => Err(io::ErrorKind::ConnectionAborted.into()),
            Behaviour::ResetAtOnce => Err(wires.reset()),
            Behaviour::ResetAfter(limit) => {
                let (allowed, spent) = self.allowed(now.switches, limit, bytes);
                client.write_all(allowed)?;
                if spent { Err(wires.reset()) } else { Ok(()) }
            }
            Behaviour::CloseAfter(limit) => {
                let (allowed, spent) = self.allowed(now.switches, limit, bytes);
                client.write_all(allowed)?;
                if spent { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
            }
            Behaviour::CloseWithAnswer(last) => {
                client.write_all(bytes)?;
                self.answered_before(last)
            }
            Behaviour::CloseInsteadOfAnswer(refused) => {
                self.answered_before(refused)?;
                client.write_all(bytes)
            }
            Behaviour::HangAfter(limit) => client.write_all(self.allowed(now.switches, limit, bytes).0),
            Behaviour::Slow { .. } => self.trickle(bytes, client),
            Behaviour::Garbage(_) if !self.word.is_empty() => client.write_all(bytes),
            Behaviour::Garbage(_) | Behaviour::Endless | Behaviour::DeepNesting | Behaviour::HugeArray => Ok(()),
        }
    }
}

impl Actor {
    fn now(&self) -> Now {
        let now = *lock(&self.now);
        if self.heard.load(SeqCst) { now } else { Now { behaviour: Behaviour::Healthy, ..now } }
    }

    /// What of `bytes` is still within the limit, and whether the limit is reached with it.
    fn allowed<'a>(&self, switches: u64, limit: usize, bytes: &'a [u8]) -> (&'a [u8], bool) {
        let mut passed = lock(&self.passed);
        if passed.switches != switches {
            *passed = Passed { switches, ..Passed::default() };
        }
        let allowed = &bytes[..bytes.len().min(limit - passed.bytes)];
        passed.bytes += allowed.len();
        (allowed, passed.bytes == limit)
    }

    /// Counts an answer; an error from the one with this number on.
    fn answered_before(&self, end: usize) -> io::Result<()> {
        let mut passed = lock(&self.passed);
        passed.answers += 1;
        if passed.answers >= end { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    fn endless(&self, switches: u64, mut client: impl Write) -> io::Result<()> {
        client.write_all(b"$2147483648\r\n")?;
        let chunk = [b'x'; 64 << 10];
        while self.now().switches == switches {
            client.write_all(&chunk)?;
        }
        Ok(())
    }

    fn trickle(&self, mut bytes: &[u8], mut client: impl Write) -> io::Result<()> {
        while let Behaviour::Slow { bytes_per_second } = self.now().behaviour
            && !bytes.is_empty()
        {
            let rate = bytes_per_second.max(1);
            let (step, pause) = if rate >= TICKS_PER_SECOND {
                (rate / TICKS_PER_SECOND, Duration::from_secs(1) / TICKS_PER_SECOND)
            } else {
                (1, Duration::from_secs(1) / rate)
            };
            let (now, later) = bytes.split_at(bytes.len().min(step as usize));
            client.write_all(now)?;
            thread::sleep(pause);
            bytes = later;
        }
        client.write_all(bytes)
    }
}
