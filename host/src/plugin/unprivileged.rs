//! For tests of what a file's permissions forbid, which count for nothing where the tests run as root.

use std::thread;

/// Whose permissions root takes on: those of the user called nobody.
const NOBODY: u32 = 65_534;

/// Runs a check on a thread of its own whose access to files is that of nobody if the tests run as root, else theirs.
pub(super) fn run<T: Send>(check: impl FnOnce() -> T + Send) -> T {
    let as_nobody = || {
        if rustix::process::geteuid().is_root() {
            // SAFETY: they change how the kernel sees this thread alone, and touch no memory.
            unsafe {
                libc::setfsgid(NOBODY);
                libc::setfsuid(NOBODY);
            }
        }
        check()
    };
    thread::scope(|scope| scope.spawn(as_nobody).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
