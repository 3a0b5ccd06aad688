//! Runs that several callers wait for.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Runs under way, by what they are about.
pub(super) struct Shared<K, V> {
    runs: Arc<Mutex<HashMap<K, watch::Receiver<Option<V>>>>>,
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Shared<K, V> {
        Shared { runs: Arc::default() }
    }
}

impl<K, V> Shared<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Waits for the run of `key` that is under way, or starts the one that `begin` makes: a run is large, and whoever only
    /// waits does not have one. It goes on when its callers leave: it is bounded by itself. None when the deadline comes
    /// first.
    pub(super) async fn join<R>(&self, key: &K, begin: impl FnOnce() -> R, deadline: Instant) -> Option<V>
    where
        R: Future<Output = V> + Send + 'static,
    {
        let mut receiver = self.enter(key, begin);
        let result = timeout_at(deadline, receiver.wait_for(Option::is_some)).await;
        result.ok()?.ok()?.clone()
    }

    fn enter<R>(&self, key: &K, begin: impl FnOnce() -> R) -> watch::Receiver<Option<V>>
    where
        R: Future<Output = V> + Send + 'static,
    {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(receiver) = runs.get(key) {
            return receiver.clone();
        }
        let (sender, receiver) = watch::channel(None);
        runs.insert(key.clone(), receiver.clone());
        // A runtime that is ending drops a task at once, and with it what takes the lock again.
        drop(runs);
        let leave = Leave { runs: self.runs.clone(), key: key.clone() };
        let run = begin();
        tokio::spawn(async move {
            let value = run.await;
            // Before the result is there: whoever comes now starts a run of its own.
            drop(leave);
            sender.send_replace(Some(value));
        });
        receiver
    }
}

/// Takes a run off the list when it ends, also when it panics.
struct Leave<K: Eq + Hash, V> {
    runs: Arc<Mutex<HashMap<K, watch::Receiver<Option<V>>>>>,
    key: K,
}

impl<K: Eq + Hash, V> Drop for Leave<K, V> {
    fn drop(&mut self) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[tokio::test]
    async fn callers_at_the_same_time_share_a_run() {
        let shared = Shared::<&str, u32>::default();
        let (release, released) = oneshot::channel::<()>();
        let first = shared.join(
            &"a",
            || async {
                let _ = released.await;
                1
            },
            soon(),
        );
        let second = shared.join(&"a", || async { 2 }, soon());
        let other = shared.join(&"b", || async { 3 }, soon());
        let release = async {
            let other = other.await;
            release.send(()).unwrap();
            other
        };
        assert_eq!(tokio::join!(first, second, release), (Some(1), Some(1), Some(3)));
        assert_eq!(shared.join(&"a", || async { 4 }, soon()).await, Some(4));
    }

    #[tokio::test]
    async fn each_waits_until_its_own_deadline() {
        let shared = Shared::<&str, u32>::default();
        let hung = std::future::pending::<u32>;
        assert_eq!(shared.join(&"a", hung, Instant::now()).await, None);
        assert_eq!(shared.join(&"a", hung, Instant::now()).await, None);
    }

    #[tokio::test]
    async fn a_run_that_panics_leaves() {
        let shared = Shared::<&str, u32>::default();
        assert_eq!(shared.join(&"a", || async { panic!("on purpose") }, soon()).await, None);
        assert_eq!(shared.join(&"a", || async { 1 }, soon()).await, Some(1));
    }
}
