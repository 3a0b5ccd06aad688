//! Attempts to connect and log in, and what they say of a target.

use std::mem;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::circuit::Verdict;
use super::common::Common;
use super::one::Pool;
use super::room::Place;
use super::session::{Life, Session};
use crate::servers::connection::Connection;
use crate::servers::error::Cause;
use crate::servers::facts::Facts;
use crate::servers::handshake::{self, Lessons};

/// A target that says nothing for so long is down, whoever had no more time; in less, a healthy one may be late.
const FAIR: Duration = Duration::from_secs(1);

/// How long an attempt may take on a target that has been left alone: at least this time, and this part of what any may
/// take. A server that is always slow is one to set --connection-timeout for.
const PROBE: (Duration, u32) = (Duration::from_secs(2), 5);

/// An attempt that is under way. One that ends without a verdict, as it is cancelled, says nothing of the target.
struct Attempt<'a> {
    common: &'a Common,
    pool: &'a Pool,
    is_probe: bool,
    verdict: Verdict,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let verdict = mem::replace(&mut self.verdict, Verdict::Unknown);
        if self.pool.end(self.is_probe, verdict, &self.common.settings.backoff) {
            self.common.own.connections().circuit_opened();
        }
    }
}

impl Common {
    /// Opens a connection, unless the target is left alone.
    pub(super) async fn open(&self, pool: &Pool, deadline: Instant) -> Result<Session, Cause> {
        let is_probe = pool.begin().inspect_err(|_| self.own.connections().refused())?;
        let mut attempt = Attempt { common: self, pool, is_probe, verdict: Verdict::Unknown };
        let place = timeout_at(deadline, self.room.place(|| self.make_room())).await.map_err(|_| Cause::Full)?;
        // The place came with the end of the time.
        if Instant::now() >= deadline {
            return Err(Cause::Full);
        }
        // A server that was down is given little: those who wait for its page wait for all.
        let longest = self.settings.connect_timeout;
        let (start, longest) =
            (Instant::now(), if is_probe { longest.min(PROBE.0.max(longest / PROBE.1)) } else { longest });
        let deadline = deadline.min(start + longest);
        let session = self.log_in(pool, place, deadline).await;
        attempt.verdict = match &session {
            Ok(_) => Verdict::Up,
            Err(cause) => {
                self.own.connections().failed(cause.kind());
                verdict(cause, deadline - start >= FAIR.min(longest))
            }
        };
        session
    }

    async fn log_in(&self, pool: &Pool, place: Place, deadline: Instant) -> Result<Session, Cause> {
        let mut lessons = pool.lessons();
        let before = lessons;
        let mut connected = self.connect(pool, &mut lessons, deadline).await;
        let is_hung_up = |cause: &Cause| handshake::is_hung_up(cause, &pool.target);
        if lessons.no_hello && !before.no_hello && connected.as_ref().is_err_and(is_hung_up) {
            // Once may be an accident.
            lessons.no_hello = false;
            connected = self.connect(pool, &mut lessons, deadline).await;
        }
        if lessons.no_hello && !before.no_hello && connected.as_ref().is_err_and(is_hung_up) {
            connected = self.connect(pool, &mut lessons, deadline).await;
            if connected.as_ref().is_err_and(is_hung_up) {
                connected = self.connect_to_proxy(pool, &mut lessons, deadline).await;
            }
        }
        let (connection, facts, life) = connected?;
        // Only a server that was understood in the end has taught anything.
        if lessons != before {
            pool.learn(lessons);
        }
        Ok(Session::new(connection, facts, life, place))
    }

    /// For a peer that closes the connection on whatever is usually said first.
    async fn connect_to_proxy(
        &self,
        pool: &Pool,
        lessons: &mut Lessons,
        deadline: Instant,
    ) -> Result<(Connection, Facts, Life), Cause> {
        lessons.is_proxy = true;
        let (mut connection, ..) = self.connect(pool, lessons, deadline).await?;
        if !handshake::hides_info(&mut connection, &self.settings, deadline).await {
            return Err(Cause::ClosedAtOnce);
        }
        drop(connection);
        self.connect(pool, lessons, deadline).await
    }

    async fn connect(
        &self,
        pool: &Pool,
        lessons: &mut Lessons,
        deadline: Instant,
    ) -> Result<(Connection, Facts, Life), Cause> {
        let target = &pool.target;
        let is_vouched_for = !target.unlisted || self.known().lists(&target.address);
        let mut connection = Connection::open(target, is_vouched_for, (&self.tls, &self.budget), deadline).await?;
        let life = Life::begin(&self.own);
        let facts = handshake::shake_hands(&mut connection, target, &self.settings, lessons, deadline).await?;
        Ok((connection, facts, life))
    }
}

/// What a failure says of the target, which had enough time or not.
fn verdict(cause: &Cause, is_fair: bool) -> Verdict {
    match cause {
        Cause::ConnectTimeout | Cause::TlsTimeout | Cause::Hung if !is_fair => Verdict::Unknown,
        Cause::Connect(_)
        | Cause::ConnectTimeout
        | Cause::Tls(_)
        | Cause::TlsTimeout
        | Cause::Hung
        | Cause::Server(_)
        | Cause::Withheld(_)
        | Cause::NotRedis
        | Cause::Closed
        | Cause::ClosedAtOnce => Verdict::Down(cause.clone()),
        Cause::Forbidden
        | Cause::Replaced
        | Cause::ReplyLimit(_)
        | Cause::Overfull
        | Cause::Crowded
        | Cause::Late
        | Cause::Busy
        | Cause::Full => Verdict::Unknown,
    }
}
