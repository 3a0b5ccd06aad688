//! Connections kept between scrapes, some for each target.

mod lease;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::Settings;
use super::connection::Connection;
use super::error::{Cause, Error};
use super::facts::Facts;
use super::handshake::{self, Lessons};
use super::tls::Connectors;
use crate::config::reach::Reach;
use crate::config::secret::Secret;
use crate::config::target::Target;
use crate::own::Own;

pub use lease::{Exchange, Lease};

/// How long what a server taught is remembered.
const LESSONS: Duration = Duration::from_secs(600);

/// The pools of all targets.
pub struct Pools {
    settings: Settings,
    known: Mutex<Known>,
    tls: Connectors,
    own: Arc<Own>,
}

#[derive(Default)]
struct Known {
    /// Servers that the operator lists, with the passwords that count: who runs for long may have an older one.
    listed: HashMap<Target, Option<Secret>>,
    /// Passwords of members that are others than those of whoever is listed for them.
    logins: Vec<Option<Secret>>,
    pools: HashMap<Target, Arc<Pool>>,
}

/// What is no longer to be asked, or not as before.
#[derive(Debug, Default)]
pub struct Gone {
    /// Servers that are no longer listed.
    gone: HashSet<Target>,
    /// Those that are, if nothing else stays.
    stay: Option<HashSet<Target>>,
}

impl Gone {
    /// Whether a target is part of it.
    pub fn has(&self, target: &Target) -> bool {
        let server = Target { reach: Reach::Server, ..target.server() };
        self.gone.contains(&server) || self.stay.as_ref().is_some_and(|stay| !stay.contains(&server))
    }
}

/// The connections of one target.
struct Pool {
    target: Target,
    /// Whether the operator lists the target; others are forgotten when there are too many.
    listed: bool,
    /// Fair, so that no scrape waits for ever.
    permits: Arc<Semaphore>,
    state: Mutex<State>,
}

struct State {
    /// Last in, first out, so that what is not needed grows old.
    idle: Vec<Session>,
    lessons: Lessons,
    /// When the lessons are forgotten: a server changes, and a proxy's bad moment is no lesson for life.
    lessons_end: Instant,
    used: Instant,
}

/// A connection after its handshake.
struct Session {
    connection: Connection,
    facts: Arc<Facts>,
}

impl Pools {
    /// Pools without connections. Those of `listed` targets are kept for good.
    pub fn new(settings: Settings, listed: impl IntoIterator<Item = Target>, own: Arc<Own>) -> Pools {
        let pools = Pools { settings, known: Mutex::default(), tls: Connectors::default(), own };
        pools.list(listed, Vec::new());
        pools
    }

    /// Keeps the pools of these targets for good, with the passwords that they have now; what is gone with that. Connections
    /// to it are closed when nobody has them. `logins` are passwords of others that come with them.
    pub fn list(&self, targets: impl IntoIterator<Item = Target>, logins: Vec<Option<Secret>>) -> Gone {
        let new: HashMap<Target, Option<Secret>> =
            targets.into_iter().map(|target| (target.server(), target.password)).collect();
        let known = &mut *lock(&self.known);
        let old = std::mem::replace(&mut known.listed, new);
        let is_other_login = known.logins != logins;
        known.logins = logins;
        let Known { listed, pools, .. } = known;
        // Members of clusters and groups are asked with the passwords of whoever is listed for them.
        let is_other =
            |(target, password): (&Target, &Option<Secret>)| listed.get(target).is_some_and(|new| new != password);
        let is_changed = is_other_login || old.iter().any(is_other);
        let stay = is_changed.then(|| listed.keys().cloned().collect());
        let gone = old.into_keys().filter(|target| !listed.contains_key(target)).collect();
        let gone = Gone { gone, stay };
        pools.retain(|target, pool| match listed.get(&target.server()) {
            Some(password) => pool.listed && pool.target.password == *password,
            None => !pool.listed && !gone.has(target),
        });
        gone
    }

    /// Connections that wait for their next use.
    pub fn idle(&self) -> usize {
        lock(&self.known).pools.values().map(|pool| lock(&pool.state).idle.len()).sum()
    }

    /// Takes a connection of the target, or opens one, waiting for a free place if need be.
    ///
    /// # Errors
    /// Why there is none before the deadline.
    pub async fn checkout(&self, target: &Target, deadline: Instant) -> Result<Lease<'_>, Error> {
        let pool = self.pool(target);
        let permit = match timeout_at(deadline, pool.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => return Err(pool.error(Cause::Busy)),
        };
        if let Some(session) = pool.take_idle() {
            return Ok(self.lease(pool, session, None, permit));
        }
        let start = Instant::now();
        let session = self.open(&pool, deadline).await.map_err(|cause| pool.error(cause))?;
        Ok(self.lease(pool, session, Some(start.elapsed()), permit))
    }

    /// Bytes that the replies of one pipeline may have, if nothing less is asked for.
    pub fn reply_limit(&self) -> u64 {
        self.settings.reply_limit
    }

    fn lease(
        &self,
        pool: Arc<Pool>,
        session: Session,
        connect_time: Option<Duration>,
        permit: OwnedSemaphorePermit,
    ) -> Lease<'_> {
        let facts = session.facts.clone();
        let session = Some(session);
        Lease { pools: self, pool, facts, connect_time, session, is_to_be_closed: false, _permit: permit }
    }

    fn pool(&self, target: &Target) -> Arc<Pool> {
        // However far it reaches, its connections are the same.
        let target = &Target { reach: Reach::Server, ..target.clone() };
        let Known { listed, pools, .. } = &mut *lock(&self.known);
        if let Some(pool) = pools.get(target) {
            lock(&pool.state).used = Instant::now();
            return pool.clone();
        }
        let password = listed.get(&target.server());
        if target.stranger {
            let guests = pools.iter().filter(|(target, _)| target.stranger);
            if guests.clone().count() >= self.settings.guest_pools {
                let oldest = guests.min_by_key(|(_, pool)| lock(&pool.state).used).map(|(target, _)| target.clone());
                oldest.map(|target| pools.remove(&target));
            }
        }
        let current = Target { password: password.unwrap_or(&target.password).clone(), ..target.clone() };
        let pool = Arc::new(Pool::new(&current, password.is_some(), self.settings.connections));
        pools.insert(target.clone(), pool.clone());
        pool
    }

    async fn open(&self, pool: &Pool, deadline: Instant) -> Result<Session, Cause> {
        let deadline = deadline.min(Instant::now() + self.settings.connect_timeout);
        let mut lessons = lock(&pool.state).lessons(Instant::now());
        let before = lessons;
        let mut session = self.log_in(pool, &mut lessons, deadline).await;
        if matches!(session, Err(Cause::ClosedAtOnce)) && lessons.no_hello && !before.no_hello {
            session = self.log_in(pool, &mut lessons, deadline).await;
        }
        // Only a server that was understood in the end has taught anything.
        if session.is_ok() && lessons != before {
            let mut state = lock(&pool.state);
            (state.lessons, state.lessons_end) = (lessons, Instant::now() + LESSONS);
        }
        session
    }

    async fn log_in(&self, pool: &Pool, lessons: &mut Lessons, deadline: Instant) -> Result<Session, Cause> {
        let mut connection = Connection::open(&pool.target, &self.tls, deadline).await?;
        self.own.connection_opened();
        let facts = handshake::shake_hands(&mut connection, &pool.target, &self.settings, lessons, deadline).await?;
        Ok(Session { connection, facts: Arc::new(facts) })
    }
}

impl State {
    fn lessons(&self, now: Instant) -> Lessons {
        if now < self.lessons_end { self.lessons } else { Lessons::default() }
    }
}

impl Pool {
    fn new(target: &Target, listed: bool, connections: usize) -> Pool {
        let now = Instant::now();
        let state = State { idle: Vec::new(), lessons: Lessons::default(), lessons_end: now, used: now };
        Pool {
            target: target.clone(),
            listed,
            permits: Arc::new(Semaphore::new(connections)),
            state: Mutex::new(state),
        }
    }

    fn take_idle(&self) -> Option<Session> {
        let mut state = lock(&self.state);
        while let Some(mut session) = state.idle.pop() {
            if session.connection.is_open() {
                return Some(session);
            }
        }
        None
    }

    fn error(&self, cause: Cause) -> Error {
        let cause = match cause {
            Cause::Server(error) if self.target.withheld && error.is_authentication() => Cause::Withheld(error),
            cause => cause,
        };
        let cause = cause.without(self.target.password.as_ref());
        Error { target: self.target.to_string(), cause }
    }
}

/// A panic elsewhere cannot leave these maps half-changed, so a poisoned lock is taken as it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
