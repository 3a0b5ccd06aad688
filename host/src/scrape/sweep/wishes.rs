//! Who wants to be shown which keys of a database.

use std::collections::HashMap;
use std::sync::Arc;

use crate::plugin::{KeyRead, Plan, Sweep};
use crate::servers::Filter;

/// Stars of a pattern that a server is sent at most. Old ones take a time that grows with the length of a key to the
/// power of the stars (CVE-2022-36021).
const STARS: usize = 2;

/// A sweep of a collector, on the database that is walked.
pub(super) struct Wish<'a> {
    /// Which of the run's collectors it is of.
    pub(super) part: usize,
    /// Index into the plan's sweeps.
    pub(super) index: u32,
    pub(super) sweep: &'a Sweep,
    /// How deep a reply may be nested.
    pub(super) nesting: u32,
    /// For each read of the sweep which of all reads it is.
    pub(super) reads: Vec<usize>,
}

/// All sweeps on a database.
pub(super) struct Wishes<'a> {
    pub(super) all: Vec<Wish<'a>>,
    /// What is read, the same read once: by its words, not by the types that it is for.
    pub(super) reads: Vec<&'a KeyRead>,
}

impl<'a> Wishes<'a> {
    /// The sweeps of all plans; `nesting` is by plan.
    pub(super) fn of(plans: &'a [Arc<Plan>], nesting: &[u32], database: u32) -> Wishes<'a> {
        let (mut all, mut reads, mut known) = (Vec::new(), Vec::new(), HashMap::new());
        for (part, plan) in plans.iter().enumerate() {
            let sweeps = (0..).zip(&plan.sweeps).filter_map(|(index, sweep)| Some((index, sweep.as_ref().ok()?)));
            for (index, sweep) in sweeps.filter(|(_, sweep)| sweep.database == database) {
                let which = sweep.reads.iter().map(|read| {
                    *known.entry((&read.before, &read.after)).or_insert_with(|| {
                        reads.push(read);
                        reads.len() - 1
                    })
                });
                let reads = which.collect();
                all.push(Wish { part, index, sweep, nesting: nesting[part], reads });
            }
        }
        Wishes { all, reads }
    }

    /// What the server can leave out by itself: what all sweeps leave out.
    pub(super) fn filter(&self, has_scan_type: bool) -> Filter {
        let Some((first, others)) = self.all.split_first() else { return Filter::default() };
        let pattern = &first.sweep.pattern;
        let is_cheap = pattern.iter().filter(|byte| **byte == b'*').count() <= STARS;
        let same_pattern = others.iter().all(|other| other.sweep.pattern == *pattern);
        let same_type = others.iter().all(|other| other.sweep.types == first.sweep.types);
        let kind = match first.sweep.types.as_slice() {
            [kind] if same_type && has_scan_type => Some(kind.clone()),
            _ => None,
        };
        Filter { pattern: (same_pattern && is_cheap && pattern != b"*").then(|| pattern.clone()), kind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::Glob;

    fn sweep(pattern: &str, types: &[&str]) -> Sweep {
        let pattern = pattern.as_bytes().to_vec();
        let glob = Glob::new(&pattern).unwrap();
        Sweep {
            database: 0,
            glob,
            pattern,
            types: types.iter().map(|kind| (*kind).to_owned()).collect(),
            reads: vec![],
        }
    }

    fn filter(sweeps: &[Sweep]) -> (Option<String>, Option<String>) {
        let wish = |sweep| Wish { part: 0, index: 0, sweep, nesting: 1, reads: Vec::new() };
        let Filter { pattern, kind } = Wishes { all: sweeps.iter().map(wish).collect(), reads: vec![] }.filter(true);
        (pattern.map(|pattern| String::from_utf8(pattern).unwrap()), kind)
    }

    #[test]
    fn the_server_leaves_out_what_nobody_wants() {
        let some = |word: &str| Some(word.to_owned());
        assert_eq!(filter(&[sweep("a*", &["hash"]), sweep("a*", &["hash"])]), (some("a*"), some("hash")));
        assert_eq!(filter(&[sweep("a*", &["hash"]), sweep("b*", &["hash"])]), (None, some("hash")));
        assert_eq!(filter(&[sweep("a*", &[]), sweep("a*", &["hash"])]), (some("a*"), None));
        assert_eq!(filter(&[sweep("*", &[])]), (None, None));
    }

    #[test]
    fn a_server_is_not_sent_a_pattern_that_may_take_it_long() {
        assert_eq!(filter(&[sweep("a:*:b:*", &[])]).0.as_deref(), Some("a:*:b:*"));
        assert_eq!(filter(&[sweep("*?*?*x", &[])]).0, None);
    }
}
