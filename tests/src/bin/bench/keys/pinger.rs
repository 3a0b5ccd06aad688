//! Another client: a thousand PINGs a second, and how long each of them takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use redwasp_tests::server::Redis;
use serde::Serialize;

use crate::redis::Connection;

/// From one PING to the next.
const PERIOD: Duration = Duration::from_millis(1);

/// What the client waited.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pings {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) longest_ms: f64,
}

/// The client, until it is stopped.
pub(crate) struct Pinger {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Duration>>>,
}

impl Pinger {
    pub(crate) fn start(server: &Redis) -> Result<Pinger> {
        let mut connection = Connection::to(server)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut taken = Vec::new();
            // Each PING has its time: one that waits behind another is late by what that one took.
            let mut due = Instant::now();
            while !stopped.load(Relaxed) {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                connection.ask(&["PING"])?;
                taken.push(due.elapsed());
                due += PERIOD;
            }
            Ok(taken)
        });
        Ok(Pinger { stop, thread })
    }

    pub(crate) fn stop(self) -> Result<Pings> {
        self.stop.store(true, Relaxed);
        let mut taken = self.thread.join().map_err(|_| anyhow!("the client that pings panicked"))??;
        taken.sort();
        let at = |part: f64| taken.get(((taken.len() as f64 * part) as usize).min(taken.len().saturating_sub(1)));
        let ms = |time: Option<&Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0);
        Ok(Pings { count: taken.len(), p50_ms: ms(at(0.5)), p99_ms: ms(at(0.99)), longest_ms: ms(taken.last()) })
    }
}
