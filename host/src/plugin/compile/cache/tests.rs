use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use super::*;
use crate::plugin::inspect::World;
use crate::plugin::unprivileged;

const CODE: &[u8] = b"native code";

fn inspection() -> Inspection {
    Inspection {
        world: World::Pure,
        contract: "0.1.0".to_owned(),
        imports: vec!["wasi:io/poll@0.2.0".to_owned()],
        exports: vec!["redwasp:collector/collector@0.1.0".to_owned()],
        modules: 1,
        custom_sections: BTreeMap::from([("name".to_owned(), 7)]),
    }
}

struct Place {
    dir: tempfile::TempDir,
    cache: Cache,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(&dir.path().join("cache"), 1);
        Place { dir, cache }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        self.path().join(self.cache.name(&Digest::of(bytes)))
    }

    fn store(&self, bytes: &[u8]) {
        self.cache.store(&Digest::of(bytes), &inspection(), CODE);
    }

    fn load(&self, bytes: &[u8]) -> Option<(Inspection, Bytes)> {
        self.cache.load(&Digest::of(bytes))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn age(&self, file: &str, age: Duration) {
        File::options()
            .write(true)
            .open(self.path().join(file))
            .unwrap()
            .set_modified(SystemTime::now() - age)
            .unwrap();
    }
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    let place = Place::new();
    assert_eq!(place.load(b"a"), None);
    place.store(b"a");
    assert_eq!(place.load(b"a"), Some((inspection(), Bytes::from_static(CODE))));
    assert_eq!(place.load(b"b"), None);
    assert_eq!(Cache::new(&place.path(), 2).load(&Digest::of(b"a")), None, "of other settings");
    assert_eq!(place.cache.failures(), 0);
    assert_eq!(fs::metadata(place.path()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(place.file(b"a")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(place.names().len(), 1, "nothing unfinished is left");
}

#[test]
fn no_changed_bit_and_no_cut_is_taken() {
    let place = Place::new();
    place.store(b"a");
    let whole = fs::read(place.file(b"a")).unwrap();
    let mut failures = 0;
    let mut refused = |bytes: &[u8]| {
        fs::write(place.file(b"a"), bytes).unwrap();
        assert_eq!(place.load(b"a"), None);
        assert!(!place.file(b"a").exists(), "it is still there");
        failures += 1;
        assert_eq!(place.cache.failures(), failures);
    };
    for length in 0..whole.len() {
        refused(&whole[..length]);
    }
    for byte in 0..whole.len() {
        let mut changed = whole.clone();
        changed[byte] ^= 1;
        refused(&changed);
    }
    refused(&[&whole[..], b"more"].concat());
    place.store(b"a");
    assert!(place.load(b"a").is_some());
}

#[test]
fn code_of_another_component_is_not_taken() {
    let place = Place::new();
    place.store(b"a");
    fs::rename(place.file(b"a"), place.file(b"b")).unwrap();
    assert_eq!(place.load(b"b"), None);
    assert_eq!(place.cache.failures(), 1);
}

#[test]
fn a_file_that_is_none_of_ours_is_not_read() {
    let place = Place::new();
    place.store(b"a");
    fs::rename(place.file(b"a"), place.path().join("elsewhere")).unwrap();
    symlink("elsewhere", place.file(b"a")).unwrap();
    assert_eq!(place.load(b"a"), None);
    assert!(!place.file(b"a").exists() && place.path().join("elsewhere").exists());
    place.store(b"a");
    fs::set_permissions(place.file(b"a"), Permissions::from_mode(0o620)).unwrap();
    assert_eq!(place.load(b"a"), None);
    fs::create_dir(place.file(b"a")).unwrap();
    assert_eq!(place.load(b"a"), None);
    assert_eq!(place.cache.failures(), 3);
}

#[test]
fn a_folder_that_others_may_write_to_is_not_used() {
    for mode in [0o720, 0o702, 0o777] {
        let place = Place::new();
        place.store(b"a");
        fs::set_permissions(place.path(), Permissions::from_mode(mode)).unwrap();
        assert_eq!(place.load(b"a"), None);
        place.store(b"b");
        assert!(!place.file(b"b").exists());
        assert_eq!(place.cache.failures(), 2);
        let reason = Folder::open(&place.path()).unwrap_err();
        assert!(reason.starts_with(&format!("can be written to by others (its mode is {mode:04o})")), "{reason}");
    }
}

#[test]
fn a_link_to_a_folder_is_not_used() {
    let place = Place::new();
    fs::create_dir(place.dir.path().join("real")).unwrap();
    fs::set_permissions(place.dir.path().join("real"), Permissions::from_mode(0o700)).unwrap();
    symlink("real", place.path()).unwrap();
    // With a slash behind it the system would follow it.
    let cache = Cache::new(&place.path().join(""), 1);
    cache.store(&Digest::of(b"a"), &inspection(), CODE);
    assert_eq!(cache.failures(), 1);
    assert_eq!(fs::read_dir(place.dir.path().join("real")).unwrap().count(), 0);
}

#[test]
fn a_folder_of_another_user_is_not_used() {
    let user = rustix::process::geteuid().as_raw();
    let mut stat = rustix::fs::stat("/proc/self").unwrap();
    stat.st_mode = 0o40700;
    stat.st_uid = user;
    assert_eq!(folder::own(&stat), Ok(()));
    stat.st_uid = user + 1;
    assert_eq!(folder::own(&stat), Err(format!("belongs to the user {}, not to {user}", user + 1)));
}

#[test]
fn a_folder_that_cannot_be_made_or_written_to_is_told_once() {
    let cache = Cache::new(Path::new("/proc/redwasp/cache"), 1);
    cache.store(&Digest::of(b"a"), &inspection(), CODE);
    cache.store(&Digest::of(b"b"), &inspection(), CODE);
    assert_eq!((cache.failures(), cache.told.lock().unwrap().len()), (2, 1));

    let place = Place::new();
    place.store(b"a");
    fs::set_permissions(place.dir.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o555)).unwrap();
    unprivileged::run(|| place.store(b"b"));
    assert_eq!((place.names().len(), place.cache.failures()), (1, 1));
    fs::set_permissions(place.path(), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let mut place = Place::new();
    place.cache.most_files = 3;
    for (place_in_time, bytes) in [b"a", b"b", b"c"].into_iter().enumerate() {
        place.store(bytes);
        let name = place.cache.name(&Digest::of(bytes));
        place.age(&name, Duration::from_secs(1000 - place_in_time as u64));
    }
    assert!(place.load(b"a").is_some(), "this is a use");
    fs::write(place.path().join("somebody's"), "x").unwrap();
    place.store(b"d");
    let kept = [b"a", b"b", b"c", b"d"].map(|bytes| place.file(bytes).exists());
    assert_eq!(kept, [true, false, true, true]);
    assert!(place.path().join("somebody's").exists());
}

#[test]
fn bytes_are_bounded() {
    let mut place = Place::new();
    place.store(b"a");
    let size = fs::metadata(place.file(b"a")).unwrap().len();
    place.cache.most_bytes = 2 * size;
    place.age(&place.cache.name(&Digest::of(b"a")), Duration::from_secs(10));
    place.store(b"b");
    assert_eq!(place.names().len(), 2);
    place.store(b"c");
    assert!(!place.file(b"a").exists() && place.file(b"c").exists());
    place.cache.store(&Digest::of(b"d"), &inspection(), &vec![0; 2 * size as usize]);
    assert!(!place.file(b"d").exists());
    assert_eq!((place.names().len(), place.cache.failures()), (2, 1));
}

#[test]
fn what_nobody_finishes_is_removed_when_it_is_old() {
    let place = Place::new();
    place.store(b"a");
    let name = place.cache.name(&Digest::of(b"b"));
    let (old, new) = (format!("{name}.7-0.tmp"), format!("{name}.8-0.tmp"));
    fs::write(place.path().join(&old), "x").unwrap();
    fs::write(place.path().join(&new), "x").unwrap();
    place.age(&old, Duration::from_secs(2 * 3600));
    place.store(b"c");
    assert!(!place.names().contains(&old) && place.names().contains(&new));
}

#[test]
fn reasons_that_are_remembered_are_bounded() {
    let place = Place::new();
    assert!(place.cache.is_new("a") && !place.cache.is_new("a"));
    for n in 0..10 * MOST_TOLD {
        place.cache.is_new(&n.to_string());
    }
    assert!(place.cache.told.lock().unwrap().len() <= MOST_TOLD);
}
