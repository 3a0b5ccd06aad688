//! The cache's folder and what is done to files in it, always through the folder that was looked at.

use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;

/// Ends the names of files with code.
pub(super) const SUFFIX: &str = ".code";

/// Ends the names of files that are being written.
const UNFINISHED: &str = ".tmp";

/// Bytes of a name before its suffix: two numbers in hexadecimal digits, and a dash.
const STEM: usize = 64 + 1 + 16;

/// After this time nobody writes to a file any more that is not finished.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Write permission for group and others.
const OTHERS_WRITE: u32 = 0o022;

/// A folder that belongs to this user and that nobody else can write to.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// Opens it, or makes it. An error says what is wrong with it, to be put after its path.
    pub(super) fn open(path: &Path) -> Result<Folder, String> {
        let fd = match open(path) {
            Err(Errno::NOENT) => {
                let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
                made.map_err(|error| format!("cannot be made: {error}"))?;
                open(path)
            }
            result => result,
        };
        let fd = fd.map_err(|errno| match errno {
            Errno::NOTDIR | Errno::LOOP => "is no folder, or a symbolic link to one".to_owned(),
            errno => format!("cannot be opened: {errno}"),
        })?;
        let stat = rustix::fs::fstat(&fd).map_err(|errno| format!("cannot be looked at: {errno}"))?;
        own(&stat)
            .map_err(|reason| format!("{reason}, and compiled code is executed: make it a folder of mode 0700"))?;
        Ok(Folder(fd))
    }

    /// The whole file; none when it is not there.
    pub(super) fn read(&self, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            fd => fd?,
        };
        let stat = rustix::fs::fstat(&fd)?;
        own(&stat).map_err(io::Error::other)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || stat.st_size as u64 > most {
            return Err(io::Error::other("it is no file of ours"));
        }
        let mut bytes = Vec::with_capacity(stat.st_size as usize);
        File::from(fd).take(most).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a new file under another name and renames it when it is on the disk.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> io::Result<()> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let unfinished = format!("{name}.{}-{}{UNFINISHED}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.0, &unfinished, flags, Mode::RUSR | Mode::WUSR)?;
        let mut file = File::from(fd);
        let written = parts.iter().try_for_each(|part| file.write_all(part)).and_then(|()| file.sync_all());
        let renamed = written.and_then(|()| Ok(rustix::fs::renameat(&self.0, &unfinished, &self.0, name)?));
        if renamed.is_err() {
            // What cannot be removed now is removed when it is old.
            let _ = self.remove(&unfinished);
        }
        renamed
    }

    /// Notes that it was used. Where that cannot be noted it goes as if it were not.
    pub(super) fn touch(&self, name: &str) {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let times = Timestamps { last_access: now, last_modification: now };
        let _ = rustix::fs::utimensat(&self.0, name, &times, AtFlags::SYMLINK_NOFOLLOW);
    }

    /// Removes a file.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// Removes what was used longest ago until the rest is within the bounds, and what nobody finishes any more. Files of
    /// others stay.
    pub(super) fn prune(&self, most_bytes: u64, most_files: usize) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let Ok(name) = entry?.file_name().to_str().map(str::to_owned) else { continue };
            // Another daemon may have removed it.
            let Ok(stat) = rustix::fs::statat(&self.0, &name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            if is_unfinished(&name) && age(&stat) > ABANDONED {
                let _ = self.remove(&name);
            } else if is_code(&name) {
                files.push((stat.st_mtime, stat.st_mtime_nsec, stat.st_size as u64, name));
            }
        }
        files.sort_by(|a, b| b.cmp(a));
        let mut bytes = 0;
        for (place, (_, _, size, name)) in files.iter().enumerate() {
            bytes += size;
            if place >= most_files || bytes > most_bytes {
                let _ = self.remove(name);
            }
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
}

/// Whether only this user can have written it.
pub(super) fn own(stat: &Stat) -> Result<(), String> {
    let user = rustix::process::geteuid().as_raw();
    if stat.st_uid != user {
        return Err(format!("belongs to the user {}, not to {user}", stat.st_uid));
    }
    match stat.st_mode & OTHERS_WRITE {
        0 => Ok(()),
        _ => Err(format!("can be written to by others (its mode is {:04o})", stat.st_mode & 0o7777)),
    }
}

fn is_code(name: &str) -> bool {
    name.len() == STEM + SUFFIX.len() && name.ends_with(SUFFIX)
}

fn is_unfinished(name: &str) -> bool {
    name.ends_with(UNFINISHED) && name.get(STEM..).is_some_and(|rest| rest.starts_with(SUFFIX))
}

fn age(stat: &Stat) -> Duration {
    let written = UNIX_EPOCH + Duration::from_secs(stat.st_mtime.try_into().unwrap_or(0));
    SystemTime::now().duration_since(written).unwrap_or_default()
}
