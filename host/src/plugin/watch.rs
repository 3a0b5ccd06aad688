//! When a folder or a file may have changed: the system's events, gathered, and a look every so often besides.

mod watches;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use watches::Watches;

/// How long it has to be quiet before a change is told: what belongs together comes together.
const SETTLE: Duration = Duration::from_millis(50);

/// How long a change is held back when it does not become quiet.
const LATEST: Duration = Duration::from_millis(500);

/// The least time between two looks without an event.
const LEAST_RESCAN: Duration = Duration::from_millis(10);

/// Tells when to look again. Dropping it ends the watching.
pub struct Changes {
    events: mpsc::Receiver<()>,
    rescan: Interval,
    /// Until when a change that was seen is told at the latest.
    due: Option<Instant>,
    watches: Arc<Mutex<Watches>>,
}

/// Watches folders and files, each of which may not be there yet and may come and go. What is in folders deeper inside,
/// and changes that the system does not tell of (network file systems), are only seen every `rescan`; so is everything
/// when the system has no watches left, of which a warning is logged once.
///
/// What has been there before is no change: look first, then wait. Needs a runtime with time.
pub fn watch(paths: impl IntoIterator<Item = PathBuf>, rescan: Duration) -> Changes {
    // One event in it is enough to look.
    let (sender, events) = mpsc::channel(1);
    let mut watches = Watches::new(paths.into_iter().collect(), sender);
    watches.renew();
    let rescan = rescan.max(LEAST_RESCAN);
    let mut interval = tokio::time::interval_at(Instant::now() + rescan, rescan);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Changes { events, rescan: interval, due: None, watches: Arc::new(Mutex::new(watches)) }
}

impl Changes {
    /// Waits until something may have changed. Whoever looks after this returned misses nothing: what changes later is
    /// told by the next call. No change is lost when this is dropped before its end.
    pub async fn next(&mut self) {
        if self.due.is_none() {
            tokio::select! {
                Some(()) = self.events.recv() => self.due = Some(Instant::now() + LATEST),
                _ = self.rescan.tick() => self.due = Some(Instant::now()),
            }
        }
        while let Some(due) = self.due
            && let quiet = Instant::now() + SETTLE
            && let Ok(Some(())) = tokio::time::timeout_at(due.min(quiet), self.events.recv()).await
            && Instant::now() < due
        {}
        self.renew().await;
        self.due = None;
        self.rescan.reset();
    }

    /// Folders may have come and gone. A file system that hangs hangs a thread that is for such things.
    async fn renew(&self) {
        let watches = self.watches.clone();
        let renew = move || watches.lock().unwrap_or_else(PoisonError::into_inner).renew();
        // It fails only when the runtime ends.
        let _ = tokio::task::spawn_blocking(renew).await;
    }
}

#[cfg(test)]
mod tests;
