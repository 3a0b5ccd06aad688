//! Room for connections: a bound for those of all targets together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::sync::{Mutex, Notify};

/// Places for connections, idle ones included.
pub(super) struct Room {
    most: usize,
    taken: AtomicUsize,
    /// Whose turn it is to get the next place: fair, so that nobody waits for ever.
    turn: Mutex<()>,
    /// There may be a place now, or a connection to close for one.
    changed: Notify,
}

/// A place for one connection, until it is dropped.
pub(super) struct Place(Arc<Room>);

impl Room {
    /// Room for so many connections.
    pub(super) fn new(most: usize) -> Arc<Room> {
        Arc::new(Room { most, taken: AtomicUsize::new(0), turn: Mutex::default(), changed: Notify::new() })
    }

    /// How many places there are.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// How many of them are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(SeqCst)
    }

    /// Says that there is a connection which may be closed for another.
    pub(super) fn note_idle(&self) {
        self.changed.notify_one();
    }

    /// A place, as soon as there is one. `make_room` closes a connection and says whether there was one to close.
    pub(super) async fn place(self: &Arc<Self>, make_room: impl Fn() -> bool) -> Place {
        let _turn = self.turn.lock().await;
        loop {
            if let Some(place) = self.try_place() {
                return place;
            }
            if !make_room() {
                self.changed.notified().await;
            }
        }
    }

    fn try_place(self: &Arc<Self>) -> Option<Place> {
        let more = |taken| (taken < self.most).then_some(taken + 1);
        self.taken.fetch_update(SeqCst, SeqCst, more).ok().map(|_| Place(self.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, SeqCst);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::FutureExt;

    use super::*;

    fn nothing() -> bool {
        false
    }

    #[test]
    fn whoever_waits_longest_is_next() {
        let room = Room::new(2);
        let place = || Box::pin(room.place(nothing));
        let [first, second] = [place(), place()].map(|place| place.now_or_never().unwrap());
        let [mut third, mut fourth, mut fifth] = [place(), place(), place()];
        for waiting in [&mut third, &mut fourth, &mut fifth] {
            assert!(waiting.now_or_never().is_none());
        }
        drop(first);
        assert!((&mut fourth).now_or_never().is_none(), "it is the turn of another");
        let third = third.now_or_never().unwrap();
        assert_eq!((room.taken(), room.most()), (2, 2));
        // Who leaves holds nobody up.
        assert!((&mut fourth).now_or_never().is_none());
        drop(fourth);
        drop(second);
        assert!(fifth.now_or_never().is_some());
        drop(third);
        assert_eq!(room.taken(), 0);
    }

    #[test]
    fn an_idle_connection_makes_room_also_when_it_came_to_be_one_later() {
        let room = Room::new(1);
        let idle = RefCell::new(room.place(nothing).now_or_never());
        let make_room = || idle.borrow_mut().take().is_some();
        let second = room.place(make_room).now_or_never();
        assert!(second.is_some());
        let mut waiting = Box::pin(room.place(make_room));
        assert!((&mut waiting).now_or_never().is_none());
        *idle.borrow_mut() = second;
        room.note_idle();
        assert!(waiting.now_or_never().is_some());
    }
}
