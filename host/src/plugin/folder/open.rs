//! Opening a file of the folder without leaving it and without waiting.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::{Problem, find};

/// How often a file is opened again that was renamed in that moment, as the kernel then cannot tell whether the path
/// stayed inside (`openat2(2)`, EAGAIN).
const ATTEMPTS: usize = 8;

/// How files are opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opener {
    /// Whether to ask the kernel to follow links only inside of the folder (Linux 5.6). Without it no link is followed.
    pub(super) beneath: bool,
}

impl Default for Opener {
    fn default() -> Opener {
        Opener { beneath: true }
    }
}

impl Opener {
    /// Opens a file for reading, and tells what it is. What is no regular file is only looked at: to open a device can do
    /// things.
    pub(super) fn open(self, folder: &OwnedFd, file: &str) -> Result<(OwnedFd, Stat), Errno> {
        let place = self.open_as(folder, file, OFlags::PATH)?;
        let stat = rustix::fs::fstat(&place)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok((place, stat));
        }
        // Should it be a FIFO by now, then this does not wait for a writer.
        let fd = self.open_as(folder, file, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?;
        let stat = rustix::fs::fstat(&fd)?;
        Ok((fd, stat))
    }

    fn open_as(self, folder: &OwnedFd, file: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let flags = flags | OFlags::CLOEXEC;
        let inside = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let attempts = if self.beneath { ATTEMPTS } else { 0 };
        for attempt in 1..=attempts {
            match rustix::fs::openat2(folder, file, flags, Mode::empty(), inside) {
                Err(Errno::AGAIN) if attempt < attempts => {}
                // Filters of system calls that are older than openat2 answer EPERM for it.
                Err(Errno::NOSYS | Errno::PERM) => break,
                result => return result,
            }
        }
        rustix::fs::openat(folder, file, flags | OFlags::NOFOLLOW, Mode::empty())
    }
}

/// Why a file cannot be opened. None when it is not there.
pub(super) fn explain(folder: &OwnedFd, file: &str, errno: Errno) -> Option<Problem> {
    Some(match errno {
        Errno::NOENT if !is_link(folder, file) => return None,
        Errno::NOENT => find("is a symbolic link to nothing").hint("write the file that it names, or remove it"),
        Errno::XDEV => find("is a symbolic link that leads out of the plugin folder")
            .hint("copy the file into the folder; links have to be relative and to stay inside"),
        Errno::LOOP => find("is a loop of symbolic links").hint("copy the file into the folder"),
        Errno::AGAIN => find("is being replaced over and over").hint("it is read again at the next change"),
        Errno::ACCESS => find("cannot be read: permission denied").hint("let the user that redwasp runs as read it"),
        errno => find(format!("cannot be opened: {errno}")),
    })
}

/// What is said of a link where the kernel cannot keep it inside.
pub(super) fn unchecked_link() -> Problem {
    find("is a symbolic link, and this system cannot make sure that it stays inside of the folder (openat2)")
        .hint("copy the file into the folder, or run on Linux 5.6 or newer without a filter against openat2")
}

fn is_link(folder: &OwnedFd, file: &str) -> bool {
    let stat = rustix::fs::statat(folder, file, AtFlags::SYMLINK_NOFOLLOW);
    stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}
