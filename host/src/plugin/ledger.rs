//! What is remembered of collectors between calls, for each target: saved state, how often they failed, and what they warned of.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Quarantine;

/// Pairs of collector and target that are remembered. When there are more, the one that was not used longest goes, first of
/// those that have only warned.
const PAIRS: usize = 8192;

/// Bytes of all saved states together. When there are more, the one that was not used longest goes.
const STATES: usize = 64 << 20;

/// What is told of one collector once, and remembered for that; what comes after is only counted.
const TOLD: usize = 64;

/// What a collector wants to be given back in its next call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The plugin that wrote it, with its version.
    pub writer: String,
    /// The plugin's own.
    pub bytes: Vec<u8>,
}

/// How a call ended, as far as the quarantine is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was no fault of the plugin.
    Well,
    /// It was.
    Fault,
}

/// Behind a collector's name, before what it is remembered for besides. No name has it.
const VARIANT: char = '?';

/// Under which name a variant of a collector is remembered.
pub(super) fn account_of_variant(collector: &str, number: u64) -> String {
    format!("{collector}{VARIANT}{number}")
}

/// Under which name the walks over keys of this account are remembered.
pub(super) fn account_of_walks(account: &str) -> String {
    format!("{account}{VARIANT}walks")
}

/// Whether an account is that of a collector, of a variant of it or of its walks.
fn is_of(account: &str, collector: &str) -> bool {
    account.strip_prefix(collector).is_some_and(|rest| rest.is_empty() || rest.starts_with(VARIANT))
}

/// What is remembered of all collectors.
pub struct Ledger {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    quarantine: Quarantine,
    /// By collector and target.
    entries: HashMap<(String, String), Entry>,
    /// Bytes of all states.
    bytes: usize,
    /// Counts uses, to know what was not used longest.
    uses: u64,
    /// By collector.
    told: HashMap<String, HashSet<String>>,
}

#[derive(Default)]
struct Entry {
    state: Option<State>,
    faults: u32,
    until: Option<Instant>,
    /// Hashes of the warnings of the last report.
    warned: Vec<u64>,
    used: u64,
}

impl Ledger {
    /// A ledger without entries.
    pub fn new(quarantine: Quarantine) -> Ledger {
        Ledger { kept: Mutex::new(Kept { quarantine, ..Kept::default() }) }
    }

    /// Goes by other rules from the next fault on.
    pub fn set_quarantine(&self, quarantine: Quarantine) {
        self.lock().quarantine = quarantine;
    }

    /// Until when the collector is left alone on that target; none when it may be called.
    pub fn quarantined(&self, collector: &str, target: &str, now: Instant) -> Option<Instant> {
        let kept = self.lock();
        let entry = kept.entries.get(&(collector.to_owned(), target.to_owned()))?;
        entry.until.filter(|&until| now < until)
    }

    /// How many targets the collector is left alone on, each of its variants counted by itself.
    pub fn quarantines(&self, collector: &str, now: Instant) -> usize {
        let is_left_alone = |((name, _), entry): &(&(String, String), &Entry)| {
            is_of(name, collector) && entry.until.is_some_and(|until| now < until)
        };
        self.lock().entries.iter().filter(is_left_alone).count()
    }

    /// Notes how a call ended. The time of the quarantine that begins with it, if one does.
    pub fn ended(&self, collector: &str, target: &str, ending: &Ending, now: Instant) -> Option<Duration> {
        let mut kept = self.lock();
        let quarantine = kept.quarantine;
        if *ending == Ending::Well && !kept.entries.contains_key(&(collector.to_owned(), target.to_owned())) {
            return None;
        }
        let entry = kept.entry(collector, target);
        if *ending == Ending::Well {
            (entry.faults, entry.until) = (0, None);
            return None;
        }
        entry.faults = entry.faults.saturating_add(1);
        let over = entry.faults.checked_sub(quarantine.after.max(1))?;
        let time = quarantine.first.saturating_mul(1 << over.min(16)).min(quarantine.longest);
        entry.until = Some(now + time);
        Some(time)
    }

    /// Forgets the faults of a collector and what was told of it: it has another component or another configuration now.
    pub fn pardon(&self, collector: &str) {
        let mut kept = self.lock();
        for (_, entry) in kept.entries.iter_mut().filter(|((name, _), _)| is_of(name, collector)) {
            (entry.faults, entry.until) = (0, None);
            entry.warned.clear();
        }
        kept.told.remove(collector);
    }

    /// The state to give to the next call. One that another plugin or version wrote is dropped, and who wrote it returned
    /// instead.
    ///
    /// # Errors
    /// The other plugin and version.
    pub fn state(&self, collector: &str, target: &str, reader: &str) -> Result<Option<State>, String> {
        let mut kept = self.lock();
        let key = (collector.to_owned(), target.to_owned());
        if !kept.entries.contains_key(&key) {
            return Ok(None);
        }
        let entry = kept.entry(collector, target);
        match entry.state.take_if(|state| state.writer != reader) {
            Some(other) => {
                kept.bytes -= other.bytes.len();
                Err(other.writer)
            }
            None => Ok(entry.state.clone()),
        }
    }

    /// Keeps a state until the next call.
    pub fn save(&self, collector: &str, target: &str, state: State) {
        let mut kept = self.lock();
        let new = state.bytes.len();
        let old = kept.entry(collector, target).state.replace(state).map_or(0, |old| old.bytes.len());
        kept.bytes = kept.bytes + new - old;
        while kept.bytes > STATES {
            let with_state = kept.entries.iter().filter(|(_, entry)| entry.state.is_some());
            let Some(oldest) = with_state.min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone()) else {
                break;
            };
            let dropped = kept.entries.get_mut(&oldest).and_then(|entry| entry.state.take());
            kept.bytes -= dropped.map_or(0, |state| state.bytes.len());
        }
    }

    /// Forgets what was told of all but these collectors.
    pub fn forget_told_but(&self, collectors: &HashSet<String>) {
        self.lock().told.retain(|name, _| collectors.contains(name));
    }

    /// Whether this was not told of a collector yet, and is worth a line in the log.
    pub fn is_news(&self, collector: &str, text: &str) -> bool {
        let mut kept = self.lock();
        let told = kept.told.entry(collector.to_owned()).or_default();
        told.len() < TOLD && told.insert(text.to_owned())
    }

    /// The warnings of a report that the report before did not have: one that comes with each scrape is told once, and again
    /// when it was otherwise in between.
    pub fn new_warnings<'a>(&self, collector: &str, target: &str, warnings: &'a [String]) -> Vec<&'a str> {
        let mut kept = self.lock();
        if warnings.is_empty() && !kept.entries.contains_key(&(collector.to_owned(), target.to_owned())) {
            return Vec::new();
        }
        let hashed = |text: &String| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        let now = warnings.iter().map(hashed).collect();
        let before = mem::replace(&mut kept.entry(collector, target).warned, now);
        warnings.iter().filter(|text| !before.contains(&hashed(text))).map(String::as_str).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn entry(&mut self, collector: &str, target: &str) -> &mut Entry {
        let key = (collector.to_owned(), target.to_owned());
        if self.entries.len() >= PAIRS && !self.entries.contains_key(&key) {
            let worth = |entry: &Entry| (entry.state.is_some() || entry.faults > 0, entry.used);
            let oldest = self.entries.iter().min_by_key(|(_, entry)| worth(entry)).map(|(key, _)| key.clone());
            let dropped = oldest.and_then(|oldest| self.entries.remove(&oldest)).and_then(|entry| entry.state);
            self.bytes -= dropped.map_or(0, |state| state.bytes.len());
        }
        self.uses += 1;
        let entry = self.entries.entry(key).or_default();
        entry.used = self.uses;
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(writer: &str, size: usize) -> State {
        State { writer: writer.to_owned(), bytes: vec![0; size] }
    }

    #[test]
    fn faults_in_a_row_lead_to_longer_and_longer_quarantines() {
        let second = Duration::from_secs(1);
        let ledger = Ledger::new(Quarantine { after: 3, first: second, longest: 5 * second });
        let now = Instant::now();
        let times: Vec<_> = (0..7).map(|_| ledger.ended("c", "t", &Ending::Fault, now)).collect();
        assert_eq!(
            times,
            [None, None, Some(second), Some(2 * second), Some(4 * second), Some(5 * second), Some(5 * second)]
        );
        assert_eq!(ledger.quarantined("c", "t", now), Some(now + 5 * second));
        assert_eq!(ledger.quarantined("c", "t", now + 5 * second), None);
        assert_eq!((ledger.quarantined("c", "other", now), ledger.quarantined("d", "t", now)), (None, None));
        assert_eq!((ledger.quarantines("c", now), ledger.quarantines("d", now)), (1, 0));
        ledger.ended("c", "t", &Ending::Well, now);
        assert_eq!(ledger.quarantined("c", "t", now), None);
        assert_eq!(ledger.ended("c", "t", &Ending::Fault, now), None);
    }

    #[test]
    fn every_second_time_is_not_in_a_row() {
        let ledger = Ledger::new(Quarantine::default());
        for _ in 0..100 {
            assert_eq!(ledger.ended("c", "t", &Ending::Fault, Instant::now()), None);
            assert_eq!(ledger.ended("c", "t", &Ending::Well, Instant::now()), None);
        }
    }

    #[test]
    fn a_pardon_ends_it() {
        let ledger = Ledger::new(Quarantine { after: 1, ..Quarantine::default() });
        let now = Instant::now();
        ledger.ended("c", "t", &Ending::Fault, now);
        ledger.ended("d", "t", &Ending::Fault, now);
        assert!(ledger.is_news("c", "x") && !ledger.is_news("c", "x"));
        ledger.pardon("c");
        assert_eq!(ledger.quarantined("c", "t", now), None);
        assert!(ledger.quarantined("d", "t", now).is_some());
        assert!(ledger.is_news("c", "x"));
    }

    #[test]
    fn a_warning_is_new_after_a_report_without_it() {
        let ledger = Ledger::new(Quarantine::default());
        let new = |warnings: &[&str]| {
            let warnings: Vec<String> = warnings.iter().map(|&text| text.to_owned()).collect();
            ledger.new_warnings("c", "t", &warnings).join(" ")
        };
        assert_eq!(
            [new(&["a", "b"]), new(&["a", "b"]), new(&["b", "c"]), new(&[]), new(&["b"])],
            ["a b", "", "c", "", "b"]
        );
        assert_eq!(ledger.new_warnings("c", "u", &["b".to_owned()]), ["b"], "of another target");
        ledger.pardon("c");
        assert_eq!(new(&["b"]), "b");
    }

    #[test]
    fn a_warning_does_not_cost_a_state() {
        let ledger = Ledger::new(Quarantine::default());
        ledger.save("c", "t", state("1", 3));
        let warns = |target: usize| ledger.new_warnings("w", &target.to_string(), &["x".to_owned()]).len();
        assert_eq!((0..=PAIRS).map(warns).sum::<usize>(), PAIRS + 1);
        assert_eq!(ledger.state("c", "t", "1"), Ok(Some(state("1", 3))));
    }

    #[test]
    fn one_collector_cannot_silence_another() {
        let ledger = Ledger::new(Quarantine::default());
        let told = (0..1000).filter(|number| ledger.is_news("c", &number.to_string())).count();
        assert_eq!((told, ledger.is_news("d", "x")), (TOLD, true));
    }

    #[test]
    fn a_state_is_given_back_to_the_version_that_wrote_it() {
        let ledger = Ledger::new(Quarantine::default());
        assert_eq!(ledger.state("c", "t", "1"), Ok(None));
        ledger.save("c", "t", state("1", 3));
        assert_eq!(ledger.state("c", "t", "1"), Ok(Some(state("1", 3))));
        assert_eq!(ledger.state("c", "u", "1"), Ok(None));
        assert_eq!(ledger.state("c", "t", "2"), Err("1".to_owned()));
        assert_eq!(ledger.state("c", "t", "2"), Ok(None));
    }

    #[test]
    fn states_are_bounded_together() {
        let ledger = Ledger::new(Quarantine::default());
        let size = STATES / 4;
        for target in ["a", "b", "c", "d"] {
            ledger.save("c", target, state("1", size));
        }
        assert!(ledger.state("c", "a", "1").unwrap().is_some());
        ledger.save("c", "e", state("1", size));
        assert_eq!(ledger.state("c", "b", "1"), Ok(None));
        assert!(ledger.state("c", "a", "1").unwrap().is_some());
    }

    #[test]
    fn pairs_are_bounded() {
        let ledger = Ledger::new(Quarantine::default());
        for number in 0..=PAIRS {
            ledger.save("c", &number.to_string(), state("1", 1));
        }
        assert_eq!(ledger.state("c", "0", "1"), Ok(None));
        assert_eq!(ledger.lock().bytes, PAIRS);
    }
}
