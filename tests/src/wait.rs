//! Waiting for something to come to pass.

use std::thread;
use std::time::{Duration, Instant};

/// Enough for anything that should take a moment, on a machine that is busy compiling.
pub const PATIENCE: Duration = Duration::from_secs(30);

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Looks again and again until there is something.
///
/// # Panics
/// When there is nothing after `patience`; `what` says what was waited for.
pub fn until<T>(what: &str, patience: Duration, look: impl FnMut() -> Option<T>) -> T {
    within(patience, look).unwrap_or_else(|| panic!("waited {patience:?} in vain for {what}"))
}

/// As [`until`], but `None` when there is nothing in time.
pub fn within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let seen = look();
        if seen.is_some() || Instant::now() >= deadline {
            return seen;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}
