//! How much is asked for at once.

use std::time::Duration;

/// How long the server may be kept busy at once: others notice no more than they do of a slow command.
const AIM: Duration = Duration::from_millis(1);

/// Where a walk begins, and the least that makes sense to ask for.
const FIRST: u32 = 100;
const LEAST: u32 = 10;

/// Asks for more while that is quick, and for less when it is not.
#[derive(Debug)]
pub(super) struct Pace {
    count: u32,
    most: u32,
    /// The quickest exchange so far: what the network takes alone.
    network: Duration,
}

impl Pace {
    /// A pace that asks for `most` at most.
    pub(super) fn new(most: u32) -> Pace {
        let most = most.max(1);
        Pace { count: FIRST.min(most), most, network: Duration::MAX }
    }

    /// How much to ask for next.
    pub(super) fn count(&self) -> usize {
        self.count as usize
    }

    /// Takes notice of how long the last exchange took.
    pub(super) fn note(&mut self, took: Duration) {
        self.network = self.network.min(took);
        let busy = took - self.network;
        if busy > AIM {
            let part = (AIM.as_secs_f64() / busy.as_secs_f64()).max(0.5);
            self.count = ((f64::from(self.count) * part) as u32).max(LEAST.min(self.most));
        } else if busy < AIM / 2 {
            self.count = self.count.saturating_mul(2).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(pace: &mut Pace, micros: u64) -> usize {
        pace.note(Duration::from_micros(micros));
        pace.count()
    }

    #[test]
    fn it_grows_while_the_server_is_quick_whatever_the_network_takes() {
        let mut pace = Pace::new(1000);
        assert_eq!(pace.count(), 100);
        assert_eq!(
            [50_000, 50_300, 50_300, 50_300, 50_300].map(|took| noted(&mut pace, took)),
            [200, 400, 800, 1000, 1000]
        );
        assert_eq!([50_700, 52_000, 59_000].map(|took| noted(&mut pace, took)), [1000, 500, 250]);
    }

    #[test]
    fn it_keeps_its_bounds() {
        let mut few = Pace::new(5);
        assert_eq!([1, 900_000, 1].map(|took| noted(&mut few, took)), [5, 5, 5]);
        let mut slow = Pace::new(1000);
        noted(&mut slow, 1);
        assert_eq!((0..20).map(|_| noted(&mut slow, 900_000)).last(), Some(10));
    }
}
