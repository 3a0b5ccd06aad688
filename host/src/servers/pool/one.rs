//! The connections of one target.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::circuit::{Circuit, Verdict};
use super::lock;
use super::proxied::Proxied;
use super::session::Session;
use crate::config::target::Target;
use crate::own::Closing;
use crate::servers::Backoff;
use crate::servers::error::{Cause, Error};
use crate::servers::handshake::Lessons;

/// How long what a server taught is remembered.
const LESSONS: Duration = Duration::from_secs(600);

/// The connections of one target.
pub(super) struct Pool {
    pub(super) target: Target,
    /// Fair, so that no scrape waits for ever.
    pub(super) permits: Arc<Semaphore>,
    proxied: Mutex<Proxied>,
    state: Mutex<State>,
}

struct State {
    /// The one that was used longest ago first. The last is used next, so that what is not needed grows old.
    idle: Vec<Session>,
    lessons: Lessons,
    /// When the lessons are forgotten: a server changes, and a proxy's bad moment is no lesson for life.
    lessons_end: Instant,
    circuit: Circuit,
    /// When somebody last asked for the target.
    asked: Instant,
    /// Whether nobody will ask any more: what comes back is closed.
    is_over: bool,
}

impl Pool {
    pub(super) fn new(target: &Target, connections: usize) -> Pool {
        let now = Instant::now();
        let state = State {
            idle: Vec::new(),
            lessons: Lessons::default(),
            lessons_end: now,
            circuit: Circuit::Closed(0),
            asked: now,
            is_over: false,
        };
        let permits = Arc::new(Semaphore::new(connections));
        Pool { target: target.clone(), permits, proxied: Mutex::default(), state: Mutex::new(state) }
    }

    /// The connection that was used last, if it is still open and no proxy that is to be looked at again.
    pub(super) fn take(&self) -> Option<Session> {
        loop {
            let mut session = lock(&self.state).idle.pop()?;
            if !session.connection.is_open() {
                session.close(Closing::Peer);
            } else if session.facts.kind.is_proxy() && !self.lessons().is_proxy {
                // What was taken for a proxy is looked at again once in a while: it may have been another server's bad moment.
                session.close(Closing::Replaced);
            } else {
                return Some(session.taken_up());
            }
        }
    }

    /// The connection that was idle longest.
    pub(super) fn take_oldest(&self) -> Option<Session> {
        let idle = &mut lock(&self.state).idle;
        (!idle.is_empty()).then(|| idle.remove(0))
    }

    /// A connection on which the server has said nothing for so long, and the right to use it; none either when all who
    /// may use connections do.
    pub(super) fn take_silent(&self, silence: Duration) -> Option<(Session, OwnedSemaphorePermit)> {
        let mut state = lock(&self.state);
        let place = state.idle.iter().position(|session| session.heard.elapsed() >= silence)?;
        let permit = self.permits.clone().try_acquire_owned().ok()?;
        Some((state.idle.remove(place).taken_up(), permit))
    }

    /// Keeps a connection for its next use.
    pub(super) fn put(&self, session: Session) {
        let mut state = lock(&self.state);
        if state.is_over {
            return session.close(Closing::Left);
        }
        let place = state.idle.partition_point(|other| other.used <= session.used);
        state.idle.insert(place, session.laid_down());
    }

    /// Closes connections that the server has closed, and those that nobody has used for so long.
    pub(super) fn tidy(&self, idle_timeout: Duration) {
        let mut state = lock(&self.state);
        for mut session in std::mem::take(&mut state.idle) {
            if !session.connection.is_open() {
                session.close(Closing::Peer);
            } else if session.used.elapsed() >= idle_timeout {
                session.close(Closing::Idle);
            } else {
                state.idle.push(session);
            }
        }
    }

    /// Closes all connections that nobody has.
    pub(super) fn clear(&self, closing: Closing) {
        let idle = std::mem::take(&mut lock(&self.state).idle);
        idle.into_iter().for_each(|session| session.close(closing));
    }

    /// Closes them, and those that are in use as soon as they come back.
    pub(super) fn leave(&self, closing: Closing) {
        lock(&self.state).is_over = true;
        self.clear(closing);
    }

    /// How many connections wait for their next use.
    pub(super) fn idle(&self) -> usize {
        lock(&self.state).idle.len()
    }

    /// When the connection was last used that has been idle longest.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        lock(&self.state).idle.first().map(|session| session.used)
    }

    /// Notes that somebody asks for the target.
    pub(super) fn note_asked(&self) {
        lock(&self.state).asked = Instant::now();
    }

    /// When somebody last did.
    pub(super) fn asked(&self) -> Instant {
        lock(&self.state).asked
    }

    /// What earlier connections taught.
    pub(super) fn lessons(&self) -> Lessons {
        let state = lock(&self.state);
        if Instant::now() < state.lessons_end { state.lessons } else { Lessons::default() }
    }

    /// Keeps in mind what a connection taught.
    pub(super) fn learn(&self, lessons: Lessons) {
        *self.proxied() = Proxied::default();
        let mut state = lock(&self.state);
        (state.lessons, state.lessons_end) = (lessons, Instant::now() + LESSONS);
    }

    /// What it takes if it is a proxy.
    pub(super) fn proxied(&self) -> MutexGuard<'_, Proxied> {
        lock(&self.proxied)
    }

    /// Why the target is not tried now; none when it may be.
    pub(super) fn refusal(&self) -> Option<Cause> {
        lock(&self.state).circuit.refusal(Instant::now()).cloned()
    }

    /// As [`Circuit::is_open`].
    pub(super) fn is_left_alone(&self) -> bool {
        lock(&self.state).circuit.is_open()
    }

    /// As [`Circuit::begin`].
    pub(super) fn begin(&self) -> Result<bool, Cause> {
        lock(&self.state).circuit.begin(Instant::now())
    }

    /// As [`Circuit::end`].
    pub(super) fn end(&self, is_probe: bool, verdict: Verdict, backoff: &Backoff) -> bool {
        lock(&self.state).circuit.end(is_probe, verdict, backoff, Instant::now())
    }

    /// A failure as it is told: without secrets.
    pub(super) fn error(&self, cause: Cause) -> Error {
        let cause = match cause {
            Cause::Server(error) if self.target.withheld && error.is_authentication() => Cause::Withheld(error),
            cause => cause,
        };
        let cause = cause.without(self.target.password.as_ref());
        Error { target: self.target.to_string(), cause }
    }
}
