//! Whether a target is tried: one that is down is left alone for a while, and then tried by one for all.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use crate::servers::Backoff;
use crate::servers::error::Cause;

/// By how many hundredths a pause may be longer or shorter, so that targets that went down together are not tried together.
const JITTER: u64 = 20;

/// What is known of a target from the last attempts to connect to it.
#[derive(Debug)]
pub(super) enum Circuit {
    /// It is tried; so many attempts in a row have failed.
    Closed(u32),
    /// It is left alone.
    Open {
        /// Why the last attempt failed.
        cause: Cause,
        /// The pause before the next one, without jitter.
        pause: Duration,
        /// When it ends.
        until: Instant,
        /// Whether somebody tries already.
        is_probed: bool,
    },
}

/// What an attempt to connect says of the target.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is there.
    Up,
    /// It is not.
    Down(Cause),
    /// Nothing: the attempt ended for other reasons.
    Unknown,
}

impl Circuit {
    /// Why the target is not tried now; none when it may be.
    pub(super) fn refusal(&self, now: Instant) -> Option<&Cause> {
        match self {
            Circuit::Open { cause, until, is_probed, .. } if *is_probed || now < *until => Some(cause),
            _ => None,
        }
    }

    /// Whether the target is left alone, but for one attempt after each pause.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Circuit::Open { .. })
    }

    /// Begins an attempt; whether it is the only one.
    ///
    /// # Errors
    /// Why the target is not tried.
    pub(super) fn begin(&mut self, now: Instant) -> Result<bool, Cause> {
        if let Some(cause) = self.refusal(now) {
            return Err(cause.clone());
        }
        match self {
            Circuit::Closed(_) => Ok(false),
            Circuit::Open { is_probed, .. } => {
                *is_probed = true;
                Ok(true)
            }
        }
    }

    /// Ends an attempt. Whether the target is left alone from now on, and was not before.
    pub(super) fn end(&mut self, is_probe: bool, verdict: Verdict, backoff: &Backoff, now: Instant) -> bool {
        match (&mut *self, verdict) {
            (_, Verdict::Up) => *self = Circuit::Closed(0),
            (Circuit::Closed(failures), Verdict::Down(cause)) => {
                *failures += 1;
                if *failures >= backoff.after {
                    *self = Circuit::open(cause, backoff.first, now);
                    return true;
                }
            }
            (Circuit::Open { pause, .. }, Verdict::Down(cause)) if is_probe => {
                *self = Circuit::open(cause, (*pause * 2).min(backoff.longest), now);
            }
            (Circuit::Open { is_probed, .. }, Verdict::Unknown) if is_probe => *is_probed = false,
            // It began before others failed.
            (Circuit::Open { .. }, Verdict::Down(_)) | (_, Verdict::Unknown) => {}
        }
        false
    }

    fn open(cause: Cause, pause: Duration, now: Instant) -> Circuit {
        Circuit::Open { cause, pause, until: now + jittered(pause), is_probed: false }
    }
}

/// The pause, a little shorter or longer: hashes with new keys are random.
fn jittered(pause: Duration) -> Duration {
    let hundredths = 100 - JITTER + RandomState::new().hash_one(()) % (2 * JITTER + 1);
    pause * hundredths as u32 / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { after: 3, first: Duration::from_millis(500), longest: Duration::from_secs(5) };

    fn down() -> Verdict {
        Verdict::Down(Cause::Hung)
    }

    /// A circuit that this many attempts have opened or not, one after the other.
    fn after(failures: u32, now: Instant) -> Circuit {
        let mut circuit = Circuit::Closed(0);
        for _ in 0..failures {
            let is_probe = circuit.begin(now).unwrap();
            circuit.end(is_probe, down(), &BACKOFF, now);
        }
        circuit
    }

    /// How long the target is left alone, from now on.
    fn pause(circuit: &Circuit, now: Instant) -> Duration {
        match circuit {
            Circuit::Open { until, .. } => *until - now,
            Circuit::Closed(_) => Duration::ZERO,
        }
    }

    fn is_about(pause: Duration, milliseconds: u32) -> bool {
        let usual = Duration::from_millis(u64::from(milliseconds));
        (usual * 4 / 5..=usual * 6 / 5).contains(&pause)
    }

    #[test]
    fn the_third_failure_in_a_row_opens_it() {
        let now = Instant::now();
        let mut circuit = after(2, now);
        assert_eq!(circuit.begin(now), Ok(false));
        assert!(!circuit.end(false, Verdict::Up, &BACKOFF, now));
        for _ in 0..2 {
            assert!(!circuit.end(false, down(), &BACKOFF, now));
            assert!(!circuit.end(false, Verdict::Unknown, &BACKOFF, now));
        }
        assert!(!circuit.is_open());
        assert!(circuit.end(false, down(), &BACKOFF, now));
        assert!(circuit.is_open() && is_about(pause(&circuit, now), 500));
        assert_eq!(circuit.begin(now), Err(Cause::Hung));
    }

    #[test]
    fn one_attempt_is_let_through_after_the_pause() {
        let now = Instant::now();
        let mut circuit = after(3, now);
        let pause = pause(&circuit, now);
        assert!(circuit.begin(now + pause - Duration::from_millis(1)).is_err());
        let later = now + pause;
        assert_eq!(circuit.refusal(later), None);
        assert_eq!(circuit.begin(later), Ok(true));
        assert_eq!(circuit.refusal(later), Some(&Cause::Hung));
        assert_eq!(circuit.begin(later), Err(Cause::Hung));
        circuit.end(true, Verdict::Up, &BACKOFF, later);
        assert_eq!(circuit.begin(later), Ok(false));
    }

    #[test]
    fn each_failure_doubles_the_pause_up_to_the_longest() {
        let mut now = Instant::now();
        let mut circuit = after(3, now);
        for milliseconds in [1000, 2000, 4000, 5000, 5000, 5000] {
            now += pause(&circuit, now);
            assert_eq!(circuit.begin(now), Ok(true));
            let cause = Cause::Connect(milliseconds.to_string());
            assert!(!circuit.end(true, Verdict::Down(cause.clone()), &BACKOFF, now), "it was open before");
            assert!(is_about(pause(&circuit, now), milliseconds), "{circuit:?}");
            assert_eq!(circuit.refusal(now), Some(&cause));
        }
    }

    #[test]
    fn an_attempt_that_says_nothing_leaves_room_for_the_next() {
        let now = Instant::now();
        let mut circuit = after(3, now);
        let later = now + pause(&circuit, now);
        for _ in 0..3 {
            assert_eq!(circuit.begin(later), Ok(true));
            circuit.end(true, Verdict::Unknown, &BACKOFF, later);
        }
        circuit.begin(later).unwrap();
        circuit.end(true, down(), &BACKOFF, later);
        assert!(is_about(pause(&circuit, later), 1000), "{circuit:?}");
    }

    #[test]
    fn attempts_from_before_it_opened_lengthen_nothing_and_may_close_it() {
        let now = Instant::now();
        let mut circuit = after(3, now);
        let before = pause(&circuit, now);
        circuit.end(false, Verdict::Down(Cause::NotRedis), &BACKOFF, now);
        circuit.end(false, Verdict::Unknown, &BACKOFF, now);
        assert_eq!((pause(&circuit, now), circuit.refusal(now)), (before, Some(&Cause::Hung)));
        circuit.end(false, Verdict::Up, &BACKOFF, now);
        assert!(!circuit.is_open());
    }

    #[test]
    fn pauses_are_not_all_the_same() {
        let pauses: std::collections::HashSet<Duration> = (0..100).map(|_| jittered(Duration::from_secs(1))).collect();
        assert!(pauses.len() > 5, "{pauses:?}");
        assert!(pauses.iter().all(|pause| is_about(*pause, 1000)), "{pauses:?}");
    }
}
