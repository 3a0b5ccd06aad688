//! Instances of a built-in that wait for its next call.
//!
//! What comes from the folder gets a fresh instance for each call: whatever it does, nothing of one call is there in the
//! next. A built-in is part of this program, keeps nothing between calls, and every scrape calls it: making and dropping
//! its instance is a good part of what a call costs.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use wasmtime::Store;

use super::bindings::ActiveCollector;
use super::engine::Sandbox;
use super::lent::CallState;

/// Calls that one instance serves. After them a fresh one takes its place, whatever has become of its heap.
const CALLS: u32 = 1_000;

/// Bytes of an instance that may wait. One that has grown larger, for one long reply, would hold on to them.
const LARGEST: usize = 4 << 20;

/// How long an instance waits: as long as Prometheus takes a sample for current, so longer than scrapes are apart.
const WAIT: Duration = Duration::from_secs(300);

/// Instances that wait, the one that was used last at the end: what many calls at once needed is not used again, and goes.
#[derive(Default)]
pub(super) struct Warm(Mutex<Vec<Waiting>>);

/// An instance between two calls.
struct Waiting {
    instance: Instance,
    since: Instant,
    /// Room in the pool.
    _room: OwnedSemaphorePermit,
}

/// An instance that can be called.
pub(super) struct Instance {
    pub(super) guest: ActiveCollector,
    pub(super) store: Store<CallState>,
    /// Calls that it has served.
    pub(super) calls: u32,
}

impl Warm {
    /// One that fits into so many bytes.
    pub(super) fn take(&self, memory: usize) -> Option<Instance> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |waiting: &Waiting| waiting.instance.store.data().memory.peak() <= memory;
        let place = waiting.iter().rposition(fits)?;
        Some(waiting.remove(place).instance)
    }

    /// Keeps one whose call has ended well, unless it is worn out, too large or one too many.
    pub(super) fn put(&self, mut instance: Instance, sandbox: &Sandbox) {
        instance.store.data_mut().desk.leave();
        let is_good = instance.calls < CALLS && instance.store.data().memory.peak() <= LARGEST;
        let room = is_good.then(|| sandbox.room_to_wait()).flatten();
        let now = Instant::now();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = waiting.iter().take_while(|waiting| now - waiting.since > WAIT).count();
        let gone: Vec<Waiting> = waiting.drain(..old).collect();
        waiting.extend(room.map(|room| Waiting { instance, since: now, _room: room }));
        // Dropping an instance takes longer than others should have to wait.
        drop(waiting);
        drop(gone);
    }
}
