//! The world as it was when a request was recorded: the same for every replay.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// Nanoseconds that the clock goes on whenever it is looked at: a guest that waits for it to move does not wait for ever.
const TICK: u64 = 1_000;

/// Stops the clocks at a Unix time in milliseconds, and makes random numbers that are none.
pub(super) fn stop(wasi: &mut WasiCtxBuilder, unix_ms: u64) {
    // As long as no two hash tables of a guest begin alike.
    let bytes = || Deterministic::new((0..=250).map(|byte: u8| byte.wrapping_mul(167).wrapping_add(13)).collect());
    wasi.secure_random(bytes()).insecure_random(bytes()).insecure_random_seed(u128::from(unix_ms));
    wasi.wall_clock(Stopped(Duration::from_millis(unix_ms))).monotonic_clock(Counted(AtomicU64::new(0)));
}

struct Stopped(Duration);

impl HostWallClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

struct Counted(AtomicU64);

impl HostMonotonicClock for Counted {
    fn resolution(&self) -> u64 {
        TICK
    }

    fn now(&self) -> u64 {
        self.0.fetch_add(TICK, Relaxed)
    }
}
