//! CPU time, from the kernel's own clocks: nanoseconds, threads that have ended included.

use std::io;
use std::time::Duration;

/// Whose CPU time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Clock {
    /// All threads of another process.
    Process(libc::clockid_t),
    /// All threads of this program.
    ThisProcess,
    /// The thread that asks.
    ThisThread,
    /// All threads of this program but the one that asks.
    OtherThreads,
}

impl Clock {
    /// The clock of another process.
    pub(crate) fn of(pid: u32) -> io::Result<Clock> {
        let mut clock: libc::clockid_t = 0;
        // SAFETY: the pointer is to a live clockid_t.
        match unsafe { libc::clock_getcpuclockid(pid as libc::pid_t, &mut clock) } {
            0 => Ok(Clock::Process(clock)),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// CPU time up to now.
    pub(crate) fn now(self) -> io::Result<Duration> {
        match self {
            Clock::Process(clock) => read(clock),
            Clock::ThisProcess => read(libc::CLOCK_PROCESS_CPUTIME_ID),
            Clock::ThisThread => read(libc::CLOCK_THREAD_CPUTIME_ID),
            Clock::OtherThreads => {
                let thread = read(libc::CLOCK_THREAD_CPUTIME_ID)?;
                Ok(read(libc::CLOCK_PROCESS_CPUTIME_ID)?.saturating_sub(thread))
            }
        }
    }
}

fn read(clock: libc::clockid_t) -> io::Result<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec.
    match unsafe { libc::clock_gettime(clock, &mut time) } {
        0 => Ok(Duration::new(time.tv_sec as u64, time.tv_nsec as u32)),
        _ => Err(io::Error::last_os_error()),
    }
}
