use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::time::SystemTime;

use super::*;
use crate::plugin::unprivileged;

const LIMIT: u64 = 1 << 20;

struct Place {
    folder: Folder,
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        Place { folder: Folder::new(dir.path(), LIMIT), dir }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(file), bytes).unwrap();
    }

    fn only(&self) -> Entry {
        let mut entries = self.folder.scan().unwrap();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    /// What is wrong with the only entry; reading it says the same.
    fn reason(&self) -> String {
        let entry = self.only();
        let problem = entry.stamp.clone().unwrap_err();
        assert_eq!(self.folder.read(&entry), Err(problem.clone()));
        assert_eq!((problem.stage, problem.hint.is_some()), (Stage::Find, true));
        problem.reason
    }
}

#[test]
fn files_are_listed_by_name_and_read() {
    let place = Place::new();
    place.write("b-2.wasm", "two");
    place.write("a.wasm", "one");
    for other in [".hidden.wasm", "readme.md", "a.wasm.new", "A.WASM", "wasm"] {
        place.write(other, "not this");
    }
    fs::create_dir(place.path("deeper")).unwrap();
    place.write("deeper/c.wasm", "not this");
    let entries = place.folder.scan().unwrap();
    let read = |entry: &Entry| (entry.name.clone(), String::from_utf8(place.folder.read(entry).unwrap()).unwrap());
    let read: Vec<_> = entries.iter().map(read).collect();
    assert_eq!(read, [("a".to_owned(), "one".to_owned()), ("b-2".to_owned(), "two".to_owned())]);
}

#[test]
fn a_stamp_changes_with_the_file() {
    let place = Place::new();
    place.write("a.wasm", "one");
    let first = place.only();
    assert_eq!(place.only(), first);
    // The same size at the same time: only the inode and the time of the change tell.
    let times = fs::metadata(place.path("a.wasm")).unwrap().modified().unwrap();
    place.write("new", "two");
    fs::File::open(place.path("new")).unwrap().set_modified(times).unwrap();
    fs::rename(place.path("new"), place.path("a.wasm")).unwrap();
    assert_ne!(place.only().stamp.unwrap(), first.stamp.unwrap());
}

#[test]
fn names_are_those_of_plugins() {
    let long = "x".repeat(LONGEST_NAME);
    for good in ["a", "redis-7", &long] {
        assert_eq!(name(format!("{good}.wasm").as_bytes()), Ok(good));
    }
    for bad in ["A.wasm", "a_b.wasm", "a b.wasm", "ä.wasm", "a.b.wasm", &format!("{long}x.wasm")] {
        assert_eq!(name(bad.as_bytes()).unwrap_err().stage, Stage::Find, "{bad}");
    }
    assert!(name(b"\xff.wasm").is_err());
    let place = Place::new();
    place.write("Bad\nName.wasm", "x");
    assert_eq!(place.reason(), "has a name with other than lower case letters, digits and dashes");
    assert_eq!(place.only().name, "Bad Name.wasm");
}

#[test]
fn what_is_no_file_is_not_read() {
    let place = Place::new();
    rustix::fs::mknodat(rustix::fs::CWD, place.path("a.wasm"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    // Would wait for a writer if it were opened as files are.
    assert_eq!(place.reason(), "is a FIFO, not a file");
    fs::remove_file(place.path("a.wasm")).unwrap();
    let _socket = UnixListener::bind(place.path("a.wasm")).unwrap();
    assert_eq!(place.reason(), "is a socket, not a file");
    fs::remove_file(place.path("a.wasm")).unwrap();
    fs::create_dir(place.path("a.wasm")).unwrap();
    assert_eq!(place.reason(), "is a folder, not a file");
    let null = rustix::fs::stat("/dev/null").unwrap();
    assert_eq!(place.folder.check(&null).unwrap_err().reason, "is a device, not a file");
}

#[test]
fn a_file_that_becomes_a_fifo_does_not_make_the_reader_wait() {
    let place = Place::new();
    place.write("a.wasm", "one");
    let entry = place.only();
    fs::remove_file(place.path("a.wasm")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, place.path("a.wasm"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    assert_eq!(place.folder.read(&entry).unwrap_err().reason, "is a FIFO, not a file");
}

#[test]
fn sizes_have_bounds() {
    let place = Place::new();
    place.write("a.wasm", "");
    let problem = place.folder.read(&place.only()).unwrap_err();
    assert_eq!((problem.stage, problem.reason.as_str()), (Stage::Find, "is empty (0 bytes)"));
    place.write("a.wasm", vec![0; LIMIT as usize]);
    assert_eq!(place.folder.read(&place.only()).unwrap().len() as u64, LIMIT);
    // A hole: nothing of it may be read to find out.
    fs::File::create(place.path("a.wasm")).unwrap().set_len(65 << 20).unwrap();
    assert_eq!(place.reason(), "is 65 MiB, more than the 1 MiB allowed (plugins.file-limit)");
}

#[test]
fn only_what_was_written_to_a_moment_ago_is_fresh() {
    let place = Place::new();
    place.write("a.wasm", "one");
    let file = fs::File::open(place.path("a.wasm")).unwrap();
    let now = SystemTime::now();
    let (past, future) = (now - Duration::from_secs(2), now + Duration::from_secs(3600));
    for (time, is_fresh) in [(now, true), (past, false), (future, false)] {
        file.set_modified(time).unwrap();
        assert_eq!(place.only().stamp.unwrap().is_fresh(), is_fresh, "{time:?}");
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_cut_off() {
    let place = Place::new();
    place.write("a.wasm", "one");
    let (fd, stat) = place.folder.opener.open(&place.folder.open().unwrap(), "a.wasm").unwrap();
    place.write("a.wasm", vec![0; 2 * LIMIT as usize]);
    let reason = place.folder.bytes(fd, &stat).unwrap_err().reason;
    assert!(reason.contains("more than the 1 MiB allowed"), "{reason}");
}

#[test]
fn links_stay_inside() {
    let place = Place::new();
    fs::create_dir(place.path("..2026_11")).unwrap();
    place.write("..2026_11/a.wasm", "one");
    symlink("..2026_11", place.path("..data")).unwrap();
    symlink("..data/a.wasm", place.path("a.wasm")).unwrap();
    assert_eq!(place.folder.read(&place.only()).unwrap(), b"one");
    let relink = |to: &str| {
        fs::remove_file(place.path("a.wasm")).unwrap();
        symlink(to, place.path("a.wasm")).unwrap();
    };
    for out in ["/etc/passwd", "../a.wasm", "..data/../../a.wasm", "/proc/self/exe"] {
        relink(out);
        assert_eq!(place.reason(), "is a symbolic link that leads out of the plugin folder", "{out}");
    }
    relink("nothing");
    assert_eq!(place.reason(), "is a symbolic link to nothing");
    relink("a.wasm");
    assert_eq!(place.reason(), "is a loop of symbolic links");
}

#[test]
fn without_openat2_no_link_is_followed() {
    let mut place = Place::new();
    place.folder.opener.beneath = false;
    place.write("target", "one");
    symlink("target", place.path("a.wasm")).unwrap();
    assert!(place.reason().starts_with("is a symbolic link, and this system cannot make sure"));
    fs::rename(place.path("target"), place.path("a.wasm")).unwrap();
    assert_eq!(place.folder.read(&place.only()).unwrap(), b"one");
}

#[test]
fn what_must_not_be_read_says_so() {
    let place = Place::new();
    place.write("a.wasm", "one");
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(place.path("a.wasm"), Permissions::from_mode(0o0)).unwrap();
    let reason = unprivileged::run(|| place.reason());
    assert_eq!(reason, "cannot be read: permission denied");
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o0)).unwrap();
    let problem = unprivileged::run(|| place.folder.scan().unwrap_err());
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o700)).unwrap();
    assert!(problem.reason.ends_with("cannot be read: permission denied"), "{problem}");
}

#[test]
fn a_folder_may_come_later() {
    let place = Place::new();
    let folder = Folder::new(place.path("later"), LIMIT);
    let problem = folder.scan().unwrap_err();
    assert_eq!(problem.stage, Stage::Find);
    assert!(problem.reason.ends_with("later is not there"), "{problem}");
    fs::create_dir(place.path("later")).unwrap();
    assert_eq!(folder.scan(), Ok(vec![]));
    place.write("file", "x");
    let problem = Folder::new(place.path("file"), LIMIT).scan().unwrap_err();
    assert!(problem.reason.ends_with("file is no folder"), "{problem}");
}

#[test]
fn what_has_gone_says_so() {
    let place = Place::new();
    place.write("a.wasm", "one");
    let entry = place.only();
    fs::remove_file(place.path("a.wasm")).unwrap();
    assert_eq!(place.folder.read(&entry).unwrap_err().reason, "is gone");
    assert_eq!(place.folder.entry(&place.folder.open().unwrap(), "a"), None);
}

#[test]
fn too_many_plugins_are_refused_together() {
    let place = Place::new();
    for n in 0..MOST {
        place.write(&format!("p{n}.wasm"), "x");
    }
    assert_eq!(place.folder.scan().unwrap().len(), MOST);
    place.write("one-more.wasm", "x");
    let problem = place.folder.scan().unwrap_err();
    assert!(problem.reason.ends_with("holds more than 1000 plugins"), "{problem}");
}
