//! HTTP connections without a request under way: they make room for others, so that nobody can keep all places by saying
//! nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How long a connection that is closed may take to be gone.
const GONE: Duration = Duration::from_millis(100);

/// Between two lines in the log.
const QUIET: Duration = Duration::from_secs(60);

/// All of them, the one first that is silent longest.
#[derive(Default)]
pub(super) struct Silent {
    all: Mutex<All>,
    /// There is one more.
    more: Notify,
}

#[derive(Default)]
struct All {
    /// By a number that grows.
    waiting: BTreeMap<u64, AbortHandle>,
    next: u64,
    /// When it was said last that one was closed.
    said: Option<Instant>,
}

/// One connection.
pub(super) struct Connection {
    silent: Arc<Silent>,
    own: Mutex<Own>,
}

#[derive(Default)]
struct Own {
    /// Ends it; none before it has begun.
    task: Option<AbortHandle>,
    speaks: bool,
    has_ended: bool,
    /// Its place among the silent ones.
    number: Option<u64>,
}

impl Silent {
    /// A connection that has not begun.
    pub(super) fn connection(self: &Arc<Self>) -> Arc<Connection> {
        Arc::new(Connection { silent: self.clone(), own: Mutex::default() })
    }

    /// Closes the one that is silent longest, as soon as there is one.
    pub(super) async fn make_room(&self) {
        while !self.close_one() {
            self.more.notified().await;
        }
        // Whoever closed it waits for its place, not for the next one.
        tokio::time::sleep(GONE).await;
    }

    fn close_one(&self) -> bool {
        let mut all = lock(&self.all);
        let Some((_, oldest)) = all.waiting.pop_first() else { return false };
        oldest.abort();
        if all.said.is_none_or(|said| said.elapsed() >= QUIET) {
            all.said = Some(Instant::now());
            tracing::warn!(
                most = super::serve::CONNECTIONS,
                "too many HTTP connections: those that are silent longest are closed for others"
            );
        }
        true
    }
}

impl Connection {
    /// It is there.
    pub(super) fn begin(&self, task: AbortHandle) {
        self.change(|own| own.task = Some(task));
    }

    /// A request is under way.
    pub(super) fn speaks(&self) {
        self.change(|own| own.speaks = true);
    }

    /// None is any more.
    pub(super) fn is_silent(&self) {
        self.change(|own| own.speaks = false);
    }

    /// It has ended.
    pub(super) fn end(&self) {
        self.change(|own| own.has_ended = true);
    }

    /// Whatever changes, its silence begins anew.
    fn change(&self, change: impl FnOnce(&mut Own)) {
        let mut own = lock(&self.own);
        change(&mut own);
        let mut all = lock(&self.silent.all);
        if let Some(number) = own.number.take() {
            all.waiting.remove(&number);
        }
        if let Some(task) = own.task.clone().filter(|_| !own.speaks && !own.has_ended) {
            all.next += 1;
            own.number = Some(all.next);
            let number = all.next;
            all.waiting.insert(number, task);
            self.silent.more.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
