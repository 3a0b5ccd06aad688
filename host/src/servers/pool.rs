//! Connections kept between scrapes, some for each target, and a bound for all of them.
//!
//! ```text
//! checkout → a permit of the target's pool → a connection that waits there
//!                                          → or an attempt, if the target is tried now → room among all → connect, log in
//! ```

mod circuit;
mod common;
mod connect;
mod keeper;
mod known;
mod lease;
mod one;
mod proxied;
mod room;
mod session;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::Settings;
use super::error::Error;
use crate::config::secret::Secret;
use crate::config::target::Target;
use crate::config::targets::Defaults;
use crate::own::{Connected, Own};

use common::Common;

pub use known::Gone;
pub use lease::{Exchange, Lease};

/// The pools of all targets.
pub struct Pools {
    common: Arc<Common>,
    /// Ends what looks after connections that wait.
    keeper: OnceLock<AbortHandle>,
}

impl Pools {
    /// Pools without connections.
    pub fn new(settings: Settings, own: Arc<Own>) -> Pools {
        let pools = Pools { common: Arc::new(Common::new(settings, own)), keeper: OnceLock::new() };
        // Who has no runtime yet has no connections either.
        if Handle::try_current().is_ok() {
            pools.look_after();
        }
        pools
    }

    /// Asks these targets with the passwords that they have now, and others with these defaults; what is gone with that.
    /// Connections to it are closed when nobody has them.
    pub fn list(&self, targets: impl IntoIterator<Item = Target>, defaults: &Defaults) -> Gone {
        self.common.known().list(targets, defaults)
    }

    /// Leaves what is gone.
    pub fn leave(&self, gone: &Gone) {
        self.common.known().leave(gone);
    }

    /// Asks members of what is listed with the passwords that they have now.
    pub(super) fn note_members<'a>(&self, members: impl IntoIterator<Item = &'a Target>) {
        self.common.known().note_members(members);
    }

    /// The password that the operator has for an address, whatever else there is.
    pub(super) fn password_of(&self, target: &Target) -> Option<Secret> {
        self.common.known().password_of(target)
    }

    /// Whether a target is not tried for a while.
    pub(super) fn is_left_alone(&self, target: &Target) -> bool {
        self.common.known().get(target).is_some_and(|pool| pool.is_left_alone())
    }

    /// The connections that there are.
    pub fn connected(&self) -> Connected {
        self.common.connected()
    }

    /// Takes a connection of the target, or opens one, waiting for a free place if need be.
    ///
    /// # Errors
    /// Why there is none before the deadline; for a target that could not be connected to again and again the last cause,
    /// at once.
    pub async fn checkout(&self, target: &Target, deadline: Instant) -> Result<Lease<'_>, Error> {
        self.look_after();
        let pool = self.common.pool(target);
        let permit = self.common.permit(&pool, deadline).await.map_err(|cause| pool.error(cause))?;
        if let Some(session) = pool.take() {
            return Ok(Lease::new(&self.common, pool, session, None, permit));
        }
        let start = Instant::now();
        let session = self.common.open(&pool, deadline).await.map_err(|cause| pool.error(cause))?;
        Ok(Lease::new(&self.common, pool, session, Some(start.elapsed()), permit))
    }

    /// Bytes that the replies of one pipeline may have, if nothing less is asked for.
    pub fn reply_limit(&self) -> u64 {
        self.common.settings.reply_limit
    }

    /// Starts what looks after connections that wait, once.
    fn look_after(&self) {
        self.keeper.get_or_init(|| keeper::start(&self.common));
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.abort();
        }
    }
}

/// A panic elsewhere cannot leave these maps half-changed, so a poisoned lock is taken as it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
