//! How the compiling process binds itself before it looks at a component.

use std::io;

use rustix::process::{Resource, Rlimit, Signal};

use super::order::Order;

/// Open files: the three that every program has, and a few that the system's libraries may open.
const FILES: u64 = 16;

/// Behind everything else on the machine.
const NICE: i32 = 10;

/// Seconds between the signal that tells of used up CPU time and the one that nothing survives.
const GRACE: u64 = 5;

/// What needs to be known of no component: no files to write, none to open, no core, no new rights, and no life without
/// the daemon.
pub(super) fn first() -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    no_new_privileges()?;
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    limit(Resource::Nofile, FILES, FILES)?;
    // Politeness, no bound.
    let _ = rustix::process::nice(NICE);
    Ok(())
}

/// CPU and memory.
pub(super) fn to(order: &Order) -> io::Result<()> {
    limit(Resource::Cpu, order.cpu, order.cpu.saturating_add(GRACE))?;
    limit(Resource::As, order.memory, order.memory)
}

/// Never above what the process was given.
fn limit(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let most = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let new = Rlimit { current: Some(current.min(most)), maximum: Some(maximum.min(most)) };
    Ok(rustix::process::setrlimit(resource, new)?)
}

fn no_new_privileges() -> io::Result<()> {
    // SAFETY: it takes numbers and touches no memory.
    match unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
