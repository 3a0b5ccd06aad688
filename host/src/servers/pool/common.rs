//! What the pools of all targets have in common.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout_at};

use super::known::Known;
use super::lock;
use super::one::Pool;
use super::room::Room;
use super::session::Session;
use crate::config::target::Target;
use crate::own::{Closing, Connected, Own};
use crate::servers::Settings;
use crate::servers::error::Cause;
use crate::servers::meter::Budget;
use crate::servers::tls::Connectors;

/// Of all connections that there may be, the part that makes room at once.
const PART: usize = 128;

pub(super) struct Common {
    pub(super) settings: Settings,
    pub(super) tls: Connectors,
    pub(super) budget: Arc<Budget>,
    pub(super) own: Arc<Own>,
    pub(super) room: Arc<Room>,
    known: Mutex<Known>,
}

impl Common {
    pub(super) fn new(settings: Settings, own: Arc<Own>) -> Common {
        let room = Room::new(settings.connections);
        Common { settings, tls: Connectors::default(), budget: Arc::default(), own, room, known: Mutex::default() }
    }

    /// Which targets there are pools for.
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }

    /// The pool of a target.
    pub(super) fn pool(&self, target: &Target) -> Arc<Pool> {
        self.known().pool(target, &self.settings)
    }

    /// All pools that there are.
    pub(super) fn pools(&self) -> Vec<Arc<Pool>> {
        self.known().pools()
    }

    /// As [`super::Pools::connected`].
    pub(super) fn connected(&self) -> Connected {
        let pools = self.pools();
        let idle = pools.iter().map(|pool| pool.idle()).sum();
        Connected {
            idle,
            used: self.room.taken().saturating_sub(idle),
            limit: self.room.most(),
            open_circuits: pools.iter().filter(|pool| pool.is_left_alone()).count(),
        }
    }

    /// The right to use a connection of the pool.
    ///
    /// # Errors
    /// Why there is none before the deadline.
    pub(super) async fn permit(&self, pool: &Pool, deadline: Instant) -> Result<OwnedSemaphorePermit, Cause> {
        if let Ok(permit) = pool.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        // Those who have them may be trying in vain: nobody has to wait for that.
        if let Some(cause) = pool.refusal() {
            self.own.connections().refused();
            return Err(cause);
        }
        match timeout_at(deadline, pool.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Cause::Busy),
        }
    }

    /// Closes the connections that were idle longest, of whichever pools: one, or some of very many, so that looking for them
    /// is not done for each. Whether there was one.
    pub(super) fn make_room(&self) -> bool {
        let pools = self.pools();
        let mut since: Vec<_> = pools.iter().filter_map(|pool| Some((pool.idle_since()?, pool))).collect();
        since.sort_by_key(|(since, _)| *since);
        let some = 1 + self.room.most() / PART;
        // Somebody may have been quicker to use them.
        let oldest = since.into_iter().filter_map(|(_, pool)| pool.take_oldest()).take(some);
        oldest.map(|session| session.close(Closing::MadeRoom)).count() > 0
    }

    /// Gives a connection back that can be used again.
    pub(super) fn give_back(&self, pool: &Pool, session: Session) {
        pool.put(session);
        self.room.note_idle();
    }
}
