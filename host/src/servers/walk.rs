//! A walk over the keys of one database of one server: SCAN after SCAN, and reads of what was found, at a pace that others
//! do not notice.
//!
//! No connection is kept between two exchanges, and each asks for what the server answers in about a millisecond, as far
//! as the last ones tell. After it the server is left alone for as long as it was kept busy.

mod pace;
mod seen;

use std::time::Duration;

use redis::Value;
use tokio::time::{Instant, sleep};

use super::Command;
use super::error::{Cause, Error};
use super::pool::Pools;
use super::reply::Reply;
use crate::config::SweepConfig;
use crate::config::target::Target;

use pace::Pace;
use seen::Seen;

/// How long one exchange may take. A server that needs longer for a few keys is not one to walk.
const PATIENCE: Duration = Duration::from_secs(15);

/// Commands of one pipeline at most.
const READS: u32 = 1000;

/// The least time that it makes sense to sleep: timers do not wake earlier.
const NAP: Duration = Duration::from_millis(2);

/// What the server leaves out by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A pattern, as in SCAN MATCH; none for every key.
    pub pattern: Option<Vec<u8>>,
    /// A type, as in SCAN TYPE; none for every one.
    pub kind: Option<String>,
}

/// What one run may use, in however many databases.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    keys: u64,
    bytes: u64,
    end: Instant,
}

impl Allowance {
    /// All of it, from now on; an earlier end is that of a scrape.
    pub fn new(config: &SweepConfig, deadline: Option<Instant>) -> Allowance {
        let end = Instant::now() + config.max_duration;
        Allowance { keys: config.max_keys, bytes: config.max_bytes, end: deadline.map_or(end, |other| end.min(other)) }
    }

    /// Whether there is something left of everything.
    pub fn is_left(&self) -> bool {
        self.keys > 0 && self.may_read()
    }

    /// What has ended.
    fn bound(&self) -> Option<&'static str> {
        if self.keys == 0 {
            Some("--sweep.max-keys")
        } else if self.bytes == 0 {
            Some("--sweep.max-bytes")
        } else {
            (Instant::now() >= self.end).then_some("--sweep.max-duration, or the time that a scrape has")
        }
    }

    /// Whether keys that were found may be looked at.
    fn may_read(&self) -> bool {
        self.bytes > 0 && Instant::now() < self.end
    }
}

/// A walk that is under way.
pub struct Walk<'a> {
    pools: &'a Pools,
    /// With the database.
    target: Target,
    filter: Filter,
    allowance: &'a mut Allowance,
    cursor: Cursor,
    /// Which server it is, as it says; none before the first exchange.
    server: Option<String>,
    scans: Pace,
    types: Pace,
    reads: Pace,
    seen: Seen,
    /// Whether keys that were found were not looked at.
    is_cut: bool,
    /// How long the server was kept busy, and was not left alone for yet when it last answered.
    owed: Duration,
    answered: Instant,
}

/// How far SCAN has come.
enum Cursor {
    At(Vec<u8>),
    /// It has been everywhere.
    End,
}

impl<'a> Walk<'a> {
    /// A walk from the beginning. `count` is the most that COUNT of SCAN may be.
    pub fn new(pools: &'a Pools, target: Target, filter: Filter, count: u32, allowance: &'a mut Allowance) -> Walk<'a> {
        Walk {
            pools,
            target,
            filter,
            allowance,
            cursor: Cursor::At(b"0".to_vec()),
            server: None,
            scans: Pace::new(count),
            types: Pace::new(READS),
            reads: Pace::new(READS),
            seen: Seen::default(),
            is_cut: false,
            owed: Duration::ZERO,
            answered: Instant::now(),
        }
    }

    /// Whether all keys were seen, and looked at.
    pub fn is_complete(&self) -> bool {
        matches!(self.cursor, Cursor::End) && !self.is_cut
    }

    /// Keys that were seen so far.
    pub fn keys(&self) -> usize {
        self.seen.len()
    }

    /// The next keys, maybe none: SCAN gives some twice while the server resizes its table, and these are left out. Nothing
    /// when all keys were seen or the allowance has ended.
    ///
    /// # Errors
    /// Why the walk cannot go on.
    pub async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, Error> {
        let Cursor::At(cursor) = &self.cursor else { return Ok(None) };
        if !self.allowance.is_left() {
            return Ok(None);
        }
        let scan = self.scan(cursor);
        let (replies, took, bytes) = self.exchange(&[scan]).await?;
        self.owed += self.scans.note(self.scans.count(), took, bytes);
        let answer = match replies.into_iter().next() {
            Some(Ok(answer)) => answer,
            Some(Err(refused)) => return Err(self.error(Cause::Server(refused))),
            None => return Err(self.error(Cause::NotRedis)),
        };
        let (cursor, keys) = scanned(&answer.bytes).ok_or_else(|| self.error(Cause::NotRedis))?;
        self.cursor = if cursor == b"0" { Cursor::End } else { Cursor::At(cursor) };
        self.allowance.keys = self.allowance.keys.saturating_sub(keys.len() as u64);
        Ok(Some(keys.into_iter().filter(|key| self.seen.is_new(key)).collect()))
    }

    /// Asks for the types of the first of these keys, as many as go at once; otherwise as [`Walk::some`].
    ///
    /// # Errors
    /// Why the walk cannot go on.
    pub async fn types(&mut self, keys: &[&[u8]]) -> Result<Vec<Option<Reply>>, Error> {
        let keys = &keys[..keys.len().min(READS as usize)];
        let commands: Vec<Command> = keys.iter().map(|key| Command::of(vec![b"TYPE".to_vec(), key.to_vec()])).collect();
        self.paced(&commands, |walk| &mut walk.types).await
    }

    /// Runs the first of these reads, as many as go at once. In place of a reply that is longer than may be read at once,
    /// none. Nothing when the allowance has ended.
    ///
    /// # Errors
    /// Why the walk cannot go on.
    pub async fn some(&mut self, commands: &[Command]) -> Result<Vec<Option<Reply>>, Error> {
        self.paced(commands, |walk| &mut walk.reads).await
    }

    /// As many at once as this pace allows: what is quick and short says nothing of what is not.
    async fn paced(
        &mut self,
        commands: &[Command],
        pace: impl for<'w> Fn(&'w mut Self) -> &'w mut Pace,
    ) -> Result<Vec<Option<Reply>>, Error> {
        loop {
            if !self.allowance.may_read() {
                self.is_cut = true;
                return Ok(Vec::new());
            }
            let slice = &commands[..commands.len().min(pace(self).count())];
            match self.exchange(slice).await {
                Ok((replies, took, bytes)) => {
                    let busy = pace(self).note(slice.len(), took, bytes);
                    self.owed += busy;
                    return Ok(replies.into_iter().map(Some).collect());
                }
                Err(Error { cause: Cause::ReplyLimit(_), .. }) if slice.len() > 1 => {
                    pace(self).note_too_long(slice.len());
                }
                Err(Error { cause: Cause::ReplyLimit(_), .. }) => return Ok(vec![None]),
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes notice of what others asked of the same server for what they were shown.
    pub fn others_asked(&mut self, busy: Duration, bytes: u64) {
        if busy > Duration::ZERO {
            self.owed += busy;
            self.answered = Instant::now();
            self.allowance.bytes = self.allowance.bytes.saturating_sub(bytes);
        }
    }

    /// Which bound it has reached before the end; none when it has seen everything.
    pub fn bound(&self) -> Option<&'static str> {
        if self.is_complete() { None } else { self.allowance.bound() }
    }

    fn scan(&self, cursor: &[u8]) -> Command {
        let mut args = vec![b"SCAN".to_vec(), cursor.to_vec()];
        if let Some(pattern) = &self.filter.pattern {
            args.extend([b"MATCH".to_vec(), pattern.clone()]);
        }
        let count = (self.scans.count() as u64).min(self.allowance.keys);
        args.extend([b"COUNT".to_vec(), count.to_string().into_bytes()]);
        if let Some(kind) = &self.filter.kind {
            args.extend([b"TYPE".to_vec(), kind.clone().into_bytes()]);
        }
        Command::of(args)
    }

    /// One round trip, how long it took and how many bytes came.
    async fn exchange(&mut self, commands: &[Command]) -> Result<(Vec<Reply>, Duration, u64), Error> {
        self.rest().await;
        let deadline = Instant::now() + PATIENCE;
        let mut lease = self.pools.checkout(&self.target, deadline).await?;
        let start = Instant::now();
        let exchange = lease.exchange(commands, self.pools.reply_limit(), deadline).await;
        self.answered = Instant::now();
        let took = self.answered - start;
        let spent = exchange.as_ref().map_or(self.pools.reply_limit(), |exchange| exchange.bytes);
        self.allowance.bytes = self.allowance.bytes.saturating_sub(spent);
        // Where others answer by the same name, each connection has its own server, and a cursor means something to one.
        let run_id = &lease.facts.run_id;
        if self.server.get_or_insert_with(|| run_id.clone()) != run_id {
            return Err(self.error(Cause::Replaced));
        }
        match exchange {
            Ok(exchange) => Ok((exchange.replies, took, exchange.bytes)),
            Err(error) => {
                self.owed += took;
                Err(error)
            }
        }
    }

    /// Leaves the server alone for as long as it was kept busy; what was done since it answered is part of that.
    async fn rest(&mut self) {
        self.owed = self.owed.saturating_sub(self.answered.elapsed());
        if self.owed >= NAP {
            sleep(self.owed).await;
            self.owed = Duration::ZERO;
        }
    }

    fn error(&self, cause: Cause) -> Error {
        Error { target: self.target.to_string(), cause }
    }
}

/// Cursor and keys of a reply to SCAN.
fn scanned(bytes: &[u8]) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let Ok(Value::Array(parts)) = redis::parse_redis_value(bytes) else { return None };
    let [cursor, Value::Array(keys)] = <[Value; 2]>::try_from(parts).ok()? else { return None };
    let bytes = |value| match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    };
    Some((bytes(cursor)?, keys.into_iter().map(bytes).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_to_scan_are_cursor_and_keys() {
        let read = |bytes: &[u8]| scanned(bytes);
        let keys = vec![b"a".to_vec(), b"\xff".to_vec()];
        assert_eq!(read(b"*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\n\xff\r\n"), Some((b"17".to_vec(), keys)));
        assert_eq!(read(b"*2\r\n+0\r\n*0\r\n"), Some((b"0".to_vec(), Vec::new())));
        for bytes in
            [&b"*1\r\n$1\r\n0\r\n"[..], b"$1\r\n0\r\n", b"*2\r\n$1\r\n0\r\n:1\r\n", b"*2\r\n$1\r\n0\r\n*1\r\n:1\r\n"]
        {
            assert_eq!(read(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
