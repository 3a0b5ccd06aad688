use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

use futures_util::FutureExt;

use super::*;

/// Longer than any test runs: nothing but an event ends the waiting.
const NEVER: Duration = Duration::from_secs(3600);

/// A guard against waiting for ever, never a measure.
const GUARD: Duration = Duration::from_secs(60);

async fn told(changes: &mut Changes) {
    tokio::time::timeout(GUARD, changes.next()).await.expect("no change was told");
}

/// Events that are on their way are taken; then nothing may come of what was done.
async fn is_quiet_after(changes: &mut Changes, fence: &Path) {
    fs::create_dir(fence).unwrap();
    told(changes).await;
    fs::remove_dir(fence).unwrap();
    told(changes).await;
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    // As events name it.
    let path = dir.path().canonicalize().unwrap();
    (dir, path)
}

#[tokio::test]
async fn files_that_come_change_and_go_are_told() {
    let (_dir, path) = folder();
    let mut changes = watch([path.clone()], NEVER);
    let file = path.join("a.wasm");
    fs::write(&file, "one").unwrap();
    told(&mut changes).await;
    File::options().append(true).open(&file).unwrap().write_all(b"more").unwrap();
    told(&mut changes).await;
    fs::rename(&file, path.join("b.wasm")).unwrap();
    told(&mut changes).await;
    symlink("b.wasm", &file).unwrap();
    told(&mut changes).await;
    fs::hard_link(path.join("b.wasm"), path.join("c.wasm")).unwrap();
    told(&mut changes).await;
    fs::set_permissions(path.join("b.wasm"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    told(&mut changes).await;
    fs::remove_file(&file).unwrap();
    told(&mut changes).await;
}

/// Events one by one, where [`Changes`] gathers them.
fn each_event(path: PathBuf) -> (Watches, mpsc::Receiver<()>) {
    let (sender, events) = mpsc::channel(100);
    let mut watches = Watches::new(vec![path], sender);
    watches.renew();
    (watches, events)
}

#[test]
fn reading_and_half_a_file_are_no_change() {
    let (_dir, path) = folder();
    fs::write(path.join("a.wasm"), "one").unwrap();
    let (_watches, mut events) = each_event(path.clone());
    fs::read(path.join("a.wasm")).unwrap();
    fs::read_dir(&path).unwrap().for_each(drop);
    let mut half = File::create(path.join("b.wasm")).unwrap();
    half.write_all(b"half").unwrap();
    // Events come in order: nothing of the above has come when there is one for this.
    fs::create_dir(path.join("fence")).unwrap();
    events.blocking_recv().unwrap();
    drop(half);
    events.blocking_recv().unwrap();
    fs::remove_dir(path.join("fence")).unwrap();
    events.blocking_recv().unwrap();
    assert!(events.try_recv().is_err(), "reading or half a file was told");
}

#[tokio::test]
async fn a_folder_that_comes_later_is_watched() {
    let (_dir, path) = folder();
    let folder = path.join("not/yet");
    let mut changes = watch([folder.clone()], NEVER);
    fs::create_dir(path.join("not")).unwrap();
    told(&mut changes).await;
    fs::create_dir(&folder).unwrap();
    told(&mut changes).await;
    fs::write(folder.join("a.wasm"), "one").unwrap();
    told(&mut changes).await;
    // Another one in its place, under the same name.
    fs::rename(&folder, path.join("not/old")).unwrap();
    fs::create_dir(&folder).unwrap();
    told(&mut changes).await;
    is_quiet_after(&mut changes, &folder.join("fence")).await;
    fs::write(folder.join("a.wasm"), "two").unwrap();
    told(&mut changes).await;
    fs::remove_dir_all(&folder).unwrap();
    told(&mut changes).await;
}

#[tokio::test]
async fn a_file_is_told_however_it_is_replaced() {
    let (_dir, path) = folder();
    let file = path.join("redwasp.yaml");
    let mut changes = watch([file.clone()], NEVER);
    fs::write(path.join(".redwasp.yaml.swp"), "editor").unwrap();
    fs::rename(path.join(".redwasp.yaml.swp"), &file).unwrap();
    told(&mut changes).await;
    fs::write(&file, "in place").unwrap();
    told(&mut changes).await;
    // As Kubernetes does it: only the link in the middle is swapped.
    for version in ["..1", "..2"] {
        fs::create_dir(path.join(version)).unwrap();
        fs::write(path.join(version).join("redwasp.yaml"), version).unwrap();
    }
    fs::remove_file(&file).unwrap();
    symlink("..1", path.join("..data")).unwrap();
    symlink("..data/redwasp.yaml", &file).unwrap();
    told(&mut changes).await;
    is_quiet_after(&mut changes, &path.join("..fence")).await;
    symlink("..2", path.join("..data_tmp")).unwrap();
    fs::rename(path.join("..data_tmp"), path.join("..data")).unwrap();
    told(&mut changes).await;
}

#[tokio::test]
async fn a_file_at_the_end_of_a_link_is_watched_there() {
    let ((_dir, path), (_other, elsewhere)) = (folder(), folder());
    fs::write(elsewhere.join("real.yaml"), "one").unwrap();
    symlink(elsewhere.join("real.yaml"), path.join("redwasp.yaml")).unwrap();
    let mut changes = watch([path.join("redwasp.yaml")], NEVER);
    fs::write(elsewhere.join("real.yaml"), "two").unwrap();
    told(&mut changes).await;
}

#[test]
fn a_neighbour_of_a_file_is_not_told() {
    let (_dir, path) = folder();
    let (_watches, mut events) = each_event(path.join("redwasp.yaml"));
    fs::write(path.join("neighbour"), "x").unwrap();
    fs::write(path.join("redwasp.yaml"), "x").unwrap();
    events.blocking_recv().unwrap();
    assert!(events.try_recv().is_err());
}

/// Changes that only the test tells.
fn told_by_hand() -> (mpsc::Sender<()>, Changes) {
    let (sender, events) = mpsc::channel(1);
    let watches = Arc::new(Mutex::new(Watches::new(Vec::new(), sender.clone())));
    let rescan = tokio::time::interval_at(Instant::now() + NEVER, NEVER);
    (sender, Changes { events, rescan, due: None, watches })
}

#[tokio::test]
async fn a_constant_stream_of_events_does_not_put_it_off() {
    let (sender, mut changes) = told_by_hand();
    let stream = tokio::spawn(async move {
        loop {
            let _ = sender.try_send(());
            tokio::task::yield_now().await;
        }
    });
    told(&mut changes).await;
    stream.abort();
}

#[tokio::test]
async fn a_change_survives_the_end_of_waiting() {
    let (sender, mut changes) = told_by_hand();
    sender.try_send(()).unwrap();
    assert_eq!(changes.next().now_or_never(), None);
    assert!(changes.events.is_empty(), "the event was not taken, and this test shows nothing");
    told(&mut changes).await;
}

#[tokio::test]
async fn what_belongs_together_is_told_together() {
    let (sender, mut changes) = told_by_hand();
    sender.try_send(()).unwrap();
    assert_eq!(changes.next().now_or_never(), None);
    sender.try_send(()).unwrap();
    told(&mut changes).await;
    assert!(changes.events.is_empty());
}

#[tokio::test]
async fn without_events_it_looks_every_so_often() {
    let (sender, events) = mpsc::channel(1);
    // The sender is gone, as when the system has no watches.
    drop(sender);
    let (lost, _) = mpsc::channel(1);
    let watches = Arc::new(Mutex::new(Watches::new(Vec::new(), lost)));
    let mut changes = Changes { events, rescan: tokio::time::interval(LEAST_RESCAN), due: None, watches };
    told(&mut changes).await;
    told(&mut changes).await;
}

#[tokio::test]
async fn dropping_it_ends_what_it_started() {
    let (_dir, path) = folder();
    let changes = watch([path], NEVER);
    let Changes { mut events, watches, .. } = changes;
    drop(watches);
    // The watcher's thread holds a sender until it ends.
    assert_eq!(tokio::time::timeout(GUARD, events.recv()).await, Ok(None));
}
