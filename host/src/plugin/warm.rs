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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::access::Way;
    use super::super::bindings::contract;
    use super::super::call::{self, Describe, Ended, Order};
    use super::super::compile::How;
    use super::super::embedded;
    use super::super::engine::Threads;
    use super::super::grants::Permit;
    use super::super::load::{Code, Loader, Plugin};
    use super::*;
    use crate::config::{Limits, PluginsConfig};

    struct BuiltIn(Plugin);

    impl BuiltIn {
        async fn load() -> BuiltIn {
            let (manifest, built_in) = embedded().unwrap().remove(0);
            let sandbox = Sandbox::new(Threads { threads: 1, calls: 2 }).unwrap();
            let loader = Loader::new(sandbox, &PluginsConfig::default(), How::InProcess);
            BuiltIn(loader.load_built_in(&manifest.name, built_in).await.unwrap())
        }

        async fn call(&self, limits: &Limits) -> Result<contract::Description, Ended> {
            let Code::Component { sandbox, pre, warm, .. } = &self.0.code else { panic!("it is linked in") };
            let (permit, way, warm) = (Arc::new(Permit::nothing()), Way::Nobody, warm.as_ref());
            let deadline = Instant::now() + Duration::from_secs(60);
            call::call(Order { sandbox, pre, warm, limits, permit, way, deadline, invocation: Describe }).await.0
        }

        /// How many calls each of those that wait has served.
        fn waiting(&self) -> Vec<u32> {
            let Code::Component { warm: Some(warm), .. } = &self.0.code else { panic!("nothing is kept") };
            let waiting = warm.0.lock().unwrap();
            waiting.iter().map(|waiting| waiting.instance.calls).collect()
        }

        /// As if those that wait had served so many.
        fn wear(&self, calls: u32) {
            let Code::Component { warm: Some(warm), .. } = &self.0.code else { panic!("nothing is kept") };
            warm.0.lock().unwrap().iter_mut().for_each(|waiting| waiting.instance.calls = calls);
        }
    }

    #[tokio::test]
    async fn an_instance_serves_one_call_after_the_other_until_it_is_worn_out() {
        let (built_in, limits) = (BuiltIn::load().await, Limits::default());
        for calls in 1..4 {
            assert!(built_in.call(&limits).await.is_ok());
            assert_eq!(built_in.waiting(), [calls]);
        }
        built_in.wear(CALLS - 1);
        assert!(built_in.call(&limits).await.is_ok());
        assert_eq!(built_in.waiting(), [0; 0]);
        assert!(built_in.call(&limits).await.is_ok());
        assert_eq!(built_in.waiting(), [1]);
    }

    #[tokio::test]
    async fn calls_at_once_have_an_instance_each() {
        let (built_in, limits) = (BuiltIn::load().await, Limits::default());
        let calls = || futures_util::future::join(built_in.call(&limits), built_in.call(&limits));
        for _ in 0..2 {
            let (one, other) = calls().await;
            assert!(one.is_ok() && other.is_ok());
        }
        assert!((1..=2).contains(&built_in.waiting().len()));
        assert_eq!(built_in.waiting().iter().sum::<u32>(), 4);
    }

    #[tokio::test]
    async fn a_call_that_ends_badly_ends_its_instance() {
        let (built_in, limits) = (BuiltIn::load().await, Limits::default());
        assert!(built_in.call(&limits).await.is_ok());
        let nothing_returned = Limits { returned: 0, ..limits };
        assert!(built_in.call(&nothing_returned).await.is_err());
        assert_eq!(built_in.waiting(), [0; 0]);
    }

    #[tokio::test]
    async fn an_instance_that_is_larger_than_a_call_may_be_is_not_for_it() {
        let (built_in, limits) = (BuiltIn::load().await, Limits::default());
        assert!(built_in.call(&limits).await.is_ok());
        let small = Limits { memory: 64 << 10, ..limits };
        assert!(built_in.call(&small).await.is_err(), "there is no instance so small");
        assert_eq!(built_in.waiting(), [1]);
    }
}
