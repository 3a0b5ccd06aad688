//! How much is asked for at once.

use std::collections::VecDeque;
use std::time::Duration;

/// How long the server may be kept busy at once: others notice no more than they do of a slow command.
const AIM: Duration = Duration::from_millis(1);

/// Bytes of replies that are wanted at once: they take memory and time as well.
const BYTES: f64 = (1 << 20) as f64;

/// Where a walk begins, and the least that makes sense to ask for.
const FIRST: u32 = 100;
const LEAST: u32 = 10;

/// Of how many exchanges the middle one counts: one that was slow because somebody else was busy says nothing.
const NOTED: usize = 5;

/// Asks for as much as takes the time aimed at.
#[derive(Debug)]
pub(super) struct Pace {
    count: u32,
    most: u32,
    /// The quickest exchange so far: what the network takes alone.
    network: Duration,
    /// Seconds for each thing asked for, in the last exchanges.
    each: VecDeque<f64>,
}

impl Pace {
    /// A pace that asks for `most` at most.
    pub(super) fn new(most: u32) -> Pace {
        let most = most.max(1);
        Pace { count: FIRST.min(most), most, network: Duration::MAX, each: VecDeque::with_capacity(NOTED) }
    }

    /// How much to ask for next.
    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// Takes notice of how long the last exchange took, in which so much was asked for and came. How long that kept the
    /// server busy.
    pub(super) fn note(&mut self, asked: usize, took: Duration, bytes: u64) -> Duration {
        self.network = self.network.min(took);
        let busy = took - self.network;
        if self.each.len() == NOTED {
            self.each.pop_front();
        }
        self.each.push_back(busy.as_secs_f64() / asked.max(1) as f64);
        let mut sorted: Vec<f64> = self.each.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let fitting = AIM.as_secs_f64() / sorted[sorted.len() / 2];
        // Never by leaps: the first exchanges say little.
        let fitting = fitting.min(f64::from(self.count) * 2.0) as u32;
        let light = BYTES / (bytes as f64 / asked.max(1) as f64);
        self.count = fitting.max(LEAST).min(light as u32).clamp(1, self.most);
        busy
    }

    /// Takes notice that what was asked for was too long to be read.
    pub(super) fn note_too_long(&mut self, asked: usize) {
        self.count = (asked / 2).clamp(1, self.most as usize) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts after exchanges of so many microseconds.
    fn noted<const N: usize>(pace: &mut Pace, micros: [u64; N]) -> [usize; N] {
        micros.map(|micros| {
            pace.note(pace.count(), Duration::from_micros(micros), 0);
            pace.count()
        })
    }

    #[test]
    fn it_grows_while_the_server_is_quick_whatever_the_network_takes() {
        let mut pace = Pace::new(1000);
        assert_eq!(pace.count(), 100);
        assert_eq!(noted(&mut pace, [50_000, 50_020, 50_040, 50_080]), [200, 400, 800, 1000]);
    }

    #[test]
    fn it_asks_for_what_takes_a_millisecond() {
        let mut pace = Pace::new(100_000);
        let mut last = 0;
        for _ in 0..40 {
            // 2 microseconds for each, and the network.
            last = pace.count();
            pace.note(last, Duration::from_micros(300 + 2 * last as u64), 0);
        }
        assert!((400..=700).contains(&last), "{last}");
    }

    #[test]
    fn one_slow_exchange_changes_nothing_and_a_slow_server_does() {
        let mut pace = Pace::new(1000);
        noted(&mut pace, [0, 100, 200, 400, 500, 500, 500]);
        assert_eq!(noted(&mut pace, [90_000, 500, 500]), [1000, 1000, 1000]);
        assert_eq!(noted(&mut pace, [4_000, 4_000, 4_000]).last(), Some(&250));
    }

    #[test]
    fn a_server_is_not_busy_while_the_network_takes_its_time() {
        let mut pace = Pace::new(1000);
        let busy =
            [50_000, 50_700, 49_000, 50_000].map(|micros| pace.note(100, Duration::from_micros(micros), 0).as_micros());
        assert_eq!(busy, [0, 700, 0, 1000]);
    }

    #[test]
    fn long_replies_are_asked_for_one_by_one() {
        let mut pace = Pace::new(1000);
        let counts = [(100, 100 << 10), (10, 100 << 10), (10, 4 << 20)].map(|(asked, each)| {
            pace.note(asked, Duration::ZERO, asked as u64 * each);
            pace.count()
        });
        assert_eq!(counts, [10, 10, 1]);
        pace.note_too_long(1);
        assert_eq!(pace.count(), 1);
    }

    #[test]
    fn it_keeps_its_bounds() {
        let mut few = Pace::new(5);
        assert_eq!(noted(&mut few, [1, 900_000, 1, 900_000, 900_000]), [5; 5]);
        let mut slow = Pace::new(1000);
        noted(&mut slow, [1]);
        assert_eq!(noted(&mut slow, [900_000; 20]).last(), Some(&10));
    }
}
