//! CPU and wall time of one call.
//!
//! Epoch ticks see running code but not waiting, a timer sees waiting but cannot stop running code: both are needed.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::UpdateDeadline;

/// A budget that ran out. Typed, so that the cause is never guessed from a text.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(super) enum Exceeded {
    #[error("CPU budget of {0:?} used up")]
    Cpu(Duration),
    #[error("wall time of {0:?} used up")]
    Wall(Duration),
    #[error("memory limit of {0} bytes reached")]
    Memory(usize),
}

/// What a call may use, and has used.
#[derive(Clone)]
pub(super) struct Budget {
    cpu: Duration,
    wall: Duration,
    deadline: Instant,
    clock: Arc<CpuClock>,
}

/// CPU time that a future's polls take. One poll runs on one thread.
#[derive(Default)]
struct CpuClock {
    /// Nanoseconds of finished polls.
    used: AtomicU64,
    /// The thread's CPU time when the current poll began, nanoseconds.
    entered: AtomicU64,
}

impl Budget {
    /// A budget whose wall time begins now and ends at `deadline` at the latest.
    pub(super) fn new(cpu: Duration, wall: Duration, deadline: Instant) -> Budget {
        let now = Instant::now();
        let wall = wall.min(deadline.saturating_duration_since(now));
        Budget { cpu, wall, deadline: now + wall, clock: Arc::default() }
    }

    /// When the wall time ends.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What to say when the wall time has ended.
    pub(super) fn wall_exceeded(&self) -> Exceeded {
        Exceeded::Wall(self.wall)
    }

    /// CPU time used by finished polls.
    pub(super) fn cpu_used(&self) -> Duration {
        Duration::from_nanos(self.clock.used.load(Relaxed))
    }

    /// At each epoch tick: stops the guest, or lets other calls run and goes on.
    pub(super) fn at_tick(&self) -> wasmtime::Result<UpdateDeadline> {
        if self.clock.now() > self.cpu {
            Err(Exceeded::Cpu(self.cpu).into())
        } else if Instant::now() >= self.deadline {
            Err(self.wall_exceeded().into())
        } else {
            Ok(UpdateDeadline::Yield(1))
        }
    }

    /// Counts the CPU time of a future against this budget.
    pub(super) fn meter<F: Future>(&self, future: F) -> Metered<F> {
        Metered { future: Box::pin(future), clock: self.clock.clone() }
    }
}

impl CpuClock {
    /// Within a poll: what was used up to now.
    fn now(&self) -> Duration {
        let current = thread_cpu_time().saturating_sub(self.entered.load(Relaxed));
        Duration::from_nanos(self.used.load(Relaxed) + current)
    }
}

/// A future whose CPU time is counted.
pub(super) struct Metered<F> {
    future: Pin<Box<F>>,
    clock: Arc<CpuClock>,
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.clock.entered.store(thread_cpu_time(), Relaxed);
        let result = self.future.as_mut().poll(cx);
        self.clock.used.store(self.clock.now().as_nanos() as u64, Relaxed);
        result
    }
}

/// CPU time of this thread, nanoseconds.
fn thread_cpu_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec; the clock exists on every Linux, and on failure time stays zero.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
