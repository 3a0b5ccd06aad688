//! The plugin folder: which files in it are plugins, and their bytes.
//!
//! Whoever writes into the folder is not trusted with more than that: nothing outside of it is opened, nothing that is
//! no file is read, and nothing makes the reader wait.

mod open;

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::problem::{self, Problem, Stage};
use super::words;

/// Plugins that a folder may hold. Each costs a compilation, memory and a call a scrape; a folder with more is a mistake.
const MOST: usize = 1_000;

/// Bytes of a plugin's name. It is a label of every series about it.
const LONGEST_NAME: usize = 64;

/// How long after the last write to a file it may not be whole yet.
pub const FRESH: Duration = Duration::from_secs(1);

const SUFFIX: &str = ".wasm";

/// A folder whose `*.wasm` files are plugins.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    file_limit: u64,
    opener: open::Opener,
}

/// A file of the folder that wants to be a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The plugin's name: the file's without `.wasm`. Of a file whose name no plugin may have it is the file's whole name,
    /// fit for a log.
    pub name: String,
    /// What tells this version of the file from another, or why it cannot be read.
    pub stamp: Result<Stamp, Problem>,
}

/// What changes when a file is replaced or written to. Two files with the same stamp are taken to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Folder {
    /// A folder. It need not be there yet. `file_limit` is in bytes.
    pub fn new(path: impl Into<PathBuf>, file_limit: u64) -> Folder {
        Folder { path: path.into(), file_limit, opener: open::Opener::default() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's plugins by name. Folders in it, hidden files and files with other endings are passed over.
    /// Blocks for as long as the file system does.
    ///
    /// # Errors
    /// When the folder is not there or cannot be read, or holds too many. What is wrong with one file is told in its
    /// entry.
    pub fn scan(&self) -> Result<Vec<Entry>, Problem> {
        let folder = self.open()?;
        let entries = self.files(&folder)?.into_iter().filter_map(|file| match name(&file) {
            Ok(name) => self.entry(&folder, name),
            Err(problem) => Some(Entry { name: words::tidy(&String::from_utf8_lossy(&file)), stamp: Err(problem) }),
        });
        let mut entries: Vec<Entry> = entries.collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// The bytes of a plugin as they are now, at most the limit. Blocks for as long as the file system does.
    ///
    /// # Errors
    /// When it is not there any more or cannot be read. An entry with a problem has only that.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, Problem> {
        entry.stamp.clone()?;
        let folder = self.open()?;
        let file = format!("{}{SUFFIX}", entry.name);
        match self.opener.open(&folder, &file) {
            Ok((fd, stat)) => self.bytes(fd, &stat),
            Err(errno) => Err(open::explain(&folder, &file, errno).unwrap_or_else(gone)),
        }
    }

    fn bytes(&self, fd: OwnedFd, stat: &Stat) -> Result<Vec<u8>, Problem> {
        self.check(stat)?;
        let mut bytes = Vec::with_capacity(stat.st_size as usize);
        // The file may grow while it is read.
        let read = File::from(fd).take(self.file_limit + 1).read_to_end(&mut bytes);
        read.map_err(|error| find(format!("cannot be read: {error}")))?;
        self.check_size(bytes.len() as u64)?;
        if bytes.is_empty() {
            return Err(find("is empty (0 bytes)").hint("it is read again when it has been written"));
        }
        Ok(bytes)
    }

    fn open(&self) -> Result<OwnedFd, Problem> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(&self.path, flags, Mode::empty()).map_err(|errno| self.unreadable(errno))
    }

    fn unreadable(&self, errno: Errno) -> Problem {
        let path = self.path.display();
        match errno {
            Errno::NOENT => find(format!("the plugin folder {path} is not there"))
                .hint("create it; its plugins are loaded as soon as it is there"),
            Errno::NOTDIR => find(format!("{path} is no folder")).hint("plugins.dir names a folder with .wasm files"),
            Errno::ACCESS => find(format!("the plugin folder {path} cannot be read: permission denied"))
                .hint("let the user that redwasp runs as list and enter it"),
            errno => find(format!("the plugin folder {path} cannot be read: {errno}")),
        }
    }

    /// Names of the files that end in `.wasm` and are not hidden.
    fn files(&self, folder: &OwnedFd) -> Result<Vec<Vec<u8>>, Problem> {
        let mut files = Vec::new();
        for entry in Dir::read_from(folder).map_err(|errno| self.unreadable(errno))? {
            let entry = entry.map_err(|errno| self.unreadable(errno))?;
            let file = entry.file_name().to_bytes();
            if file.starts_with(b".") || !file.ends_with(SUFFIX.as_bytes()) {
                continue;
            }
            if files.len() == MOST {
                let reason = format!("the plugin folder {} holds more than {MOST} plugins", self.path.display());
                return Err(find(reason).hint("what was loaded stays; move the files that are no plugins elsewhere"));
            }
            files.push(file.to_vec());
        }
        Ok(files)
    }

    /// None for a file that has gone since the folder was listed.
    fn entry(&self, folder: &OwnedFd, name: &str) -> Option<Entry> {
        let file = format!("{name}{SUFFIX}");
        let stamp = match self.opener.open(folder, &file) {
            Ok((_, stat)) => self.check(&stat).map(|()| Stamp::of(&stat)),
            Err(errno) => Err(open::explain(folder, &file, errno)?),
        };
        Some(Entry { name: name.to_owned(), stamp })
    }

    fn check(&self, stat: &Stat) -> Result<(), Problem> {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => return self.check_size(stat.st_size.try_into().unwrap_or(0)),
            FileType::Directory => "a folder",
            FileType::Fifo => "a FIFO",
            FileType::Socket => "a socket",
            FileType::CharacterDevice | FileType::BlockDevice => "a device",
            FileType::Symlink => return Err(open::unchecked_link()),
            FileType::Unknown => "something unknown",
        };
        Err(find(format!("is {kind}, not a file")).hint("a plugin is a regular file, or a link to one in the folder"))
    }

    fn check_size(&self, size: u64) -> Result<(), Problem> {
        if size > self.file_limit {
            let size = problem::bytes(size, self.file_limit);
            let limit = problem::bytes(self.file_limit, self.file_limit);
            return Err(find(format!("is {size}, more than the {limit} allowed (plugins.file-limit)"))
                .hint("leave debug information out of the component (wasm-tools strip), or raise the limit"));
        }
        Ok(())
    }
}

impl Stamp {
    fn of(stat: &Stat) -> Stamp {
        Stamp {
            inode: stat.st_ino,
            size: stat.st_size as u64,
            modified: (stat.st_mtime, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime, stat.st_ctime_nsec as i64),
        }
    }

    /// Whether it was written to a moment ago, by the clocks of the file system and of this machine.
    pub fn is_fresh(&self) -> bool {
        let (Ok(seconds), Ok(nanoseconds)) = (self.modified.0.try_into(), self.modified.1.try_into()) else {
            return false;
        };
        let modified = UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds));
        modified.is_some_and(|modified| modified.elapsed().is_ok_and(|elapsed| elapsed < FRESH))
    }
}

/// The name of the plugin in this file.
fn name(file: &[u8]) -> Result<&str, Problem> {
    let fits = |c: &u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let stem = file.strip_suffix(SUFFIX.as_bytes()).unwrap_or(file);
    let bad = |reason| find(reason).hint("rename the file; the plugin's own name is the same without .wasm");
    if stem.len() > LONGEST_NAME {
        return Err(bad(format!("has a name of {} bytes, more than the {LONGEST_NAME} allowed", stem.len())));
    }
    match std::str::from_utf8(stem) {
        Ok(name) if stem.iter().all(fits) => Ok(name),
        _ => Err(bad("has a name with other than lower case letters, digits and dashes".to_owned())),
    }
}

fn find(reason: impl AsRef<str>) -> Problem {
    Problem::new(Stage::Find, reason)
}

fn gone() -> Problem {
    find("is gone")
}

#[cfg(test)]
mod tests;
