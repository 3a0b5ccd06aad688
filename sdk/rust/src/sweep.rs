//! Walks over keys: what a plan asks for, and the keys as they come.

use serde::{Deserialize, Serialize};

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::sweeping::exports::redwasp::collector::sweeper;
use crate::family::index;
use crate::{Failure, Reply, resp};

/// Keys that the host shall walk. One paced SCAN serves all collectors; it runs by itself, not with scrapes.
#[derive(Clone, Debug)]
pub struct Sweep {
    database: u32,
    pattern: Vec<u8>,
    types: Vec<String>,
    reads: Vec<contract::KeyRead>,
}

/// A sweep of the plan; [`Page::is`] tells whether a page is of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept(pub(crate) u32);

/// A read of a sweep; [`Key::reply`] gives its reply.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Read(u32);

/// A command with the key somewhere in it: `HGET <key> amount` is `KeyRead::new("HGET").after("amount")`.
#[derive(Clone, Debug)]
pub struct KeyRead(contract::KeyRead);

impl KeyRead {
    /// A command whose next word is the key.
    pub fn new(name: &str) -> KeyRead {
        KeyRead(contract::KeyRead { before: vec![name.as_bytes().to_vec()], after: Vec::new(), types: Vec::new() })
    }

    /// Adds a word before the key: the subcommand of `XINFO STREAM <key>`.
    pub fn before(mut self, word: impl AsRef<[u8]>) -> KeyRead {
        self.0.before.push(word.as_ref().to_vec());
        self
    }

    /// Adds a word after the key.
    pub fn after(mut self, word: impl AsRef<[u8]>) -> KeyRead {
        self.0.after.push(word.as_ref().to_vec());
        self
    }

    /// Makes it a read of keys of these types only, as TYPE names them. One that does not fit a key's type is an error on
    /// the server.
    pub fn only<const N: usize>(mut self, types: [&str; N]) -> KeyRead {
        self.0.types.extend(types.map(str::to_owned));
        self
    }
}

impl Sweep {
    /// The keys of database 0 that match a pattern, as in SCAN MATCH.
    pub fn new(pattern: impl AsRef<[u8]>) -> Sweep {
        Sweep { database: 0, pattern: pattern.as_ref().to_vec(), types: Vec::new(), reads: Vec::new() }
    }

    /// The database to walk.
    pub fn database(mut self, database: u32) -> Sweep {
        self.database = database;
        self
    }

    /// Leaves out keys of other types than these, as TYPE names them.
    pub fn types<S: Into<String>>(mut self, types: impl IntoIterator<Item = S>) -> Sweep {
        self.types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Reads something of every key.
    pub fn read(&mut self, read: KeyRead) -> Read {
        self.reads.push(read.0);
        Read(index(self.reads.len() - 1))
    }

    pub(crate) fn record(self) -> contract::Sweep {
        let Sweep { database, pattern, types, reads } = self;
        contract::Sweep { database, pattern, types, reads }
    }
}

/// Some keys of one sweep, with what was read of them.
pub struct Page<'a> {
    sweep: u32,
    keys: &'a [sweeper::Swept],
}

impl<'a> Page<'a> {
    pub(crate) fn new(sweep: u32, keys: &'a [sweeper::Swept]) -> Page<'a> {
        Page { sweep, keys }
    }

    /// Whether it is of this sweep.
    pub fn is(&self, sweep: Swept) -> bool {
        self.sweep == sweep.0
    }

    /// Which of the plan's sweeps it is of, counted from 0.
    pub fn sweep(&self) -> usize {
        self.sweep as usize
    }

    /// The keys. In a run each comes once.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Key<'a>> + use<'a> {
        self.keys.iter().map(Key)
    }
}

/// One key.
#[derive(Clone, Copy)]
pub struct Key<'a>(&'a sweeper::Swept);

impl<'a> Key<'a> {
    /// Its name. [`label::text`](crate::label::text) makes a label value of it.
    pub fn name(&self) -> &'a [u8] {
        &self.0.key
    }

    /// Its type, as TYPE names it; "" when neither the sweep nor its reads name types.
    pub fn kind(&self) -> &'a str {
        &self.0.kind
    }

    /// What was read; none when the read is not for keys of this type.
    ///
    /// # Errors
    /// [`Failure::Redis`] when there is no reply or the reply is an error; [`Failure::Other`] when it is not RESP.
    pub fn reply(&self, read: Read) -> Result<Option<Reply<'a>>, Failure> {
        match self.0.reads.get(read.0 as usize) {
            Some(Some(Ok(bytes))) => resp::reply(Ok(bytes)).map(Some),
            Some(Some(Err(error))) => Err(Failure::Redis(error.clone())),
            Some(None) | None => Ok(None),
        }
    }
}
