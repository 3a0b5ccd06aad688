//! Where the samples of several collectors go on one page.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Family, Page, Sample};

/// Two parts want one name for different things.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} is declared by another collector {difference}")]
pub struct Clash {
    /// The family's name.
    pub name: String,
    /// Which part declared it first.
    pub other: usize,
    /// What differs.
    pub difference: &'static str,
}

/// A late family that was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// Whose it is.
    pub part: usize,
    /// Its name.
    pub family: String,
    /// Why.
    pub fault: String,
}

/// A series that was left out, because it was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Whose it is.
    pub part: usize,
    /// Who gave it first: an earlier part, or the same one, which has two families of that name.
    pub first: usize,
    /// Which of that part's samples.
    index: usize,
    /// Its family's place on the page.
    pub family: u32,
}

/// The families of several parts, merged and sorted once, so that a scrape only has to put samples in their places.
#[derive(Debug)]
pub struct Layout {
    families: Arc<[Family]>,
    /// For each part, where its families stand on the page; none for one that was left out.
    places: Vec<Vec<Option<u32>>>,
    /// The families that several parts have, so that they may give the same series.
    shared: HashSet<u32>,
}

impl Layout {
    /// Merges the families of several parts. A name that two parts declare with the same type and labels is one family,
    /// with the first one's help text.
    ///
    /// # Errors
    /// A part that declares a name differently from one before it is left out, with the clash; its place stays, empty.
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a [Family]>) -> (Layout, Vec<(usize, Clash)>) {
        // By the names of their series: a summary also owns its _count.
        let mut owners: HashMap<String, (usize, &Family)> = HashMap::new();
        let mut clashes = Vec::new();
        let mut accepted: Vec<&[Family]> = Vec::new();
        for (part, families) in parts.into_iter().enumerate() {
            match families.iter().find_map(|family| clash(family, &owners)) {
                Some(clash) => {
                    clashes.push((part, clash));
                    accepted.push(&[]);
                }
                None => {
                    for family in families {
                        for series in family.series_names() {
                            owners.entry(series).or_insert((part, family));
                        }
                    }
                    accepted.push(families);
                }
            }
        }
        let accepted = accepted.into_iter().map(|families| families.iter().map(Some).collect()).collect();
        (Layout::of(accepted), clashes)
    }

    /// This layout with late families behind those of each part. One that `fits` refuses, or whose name is taken for
    /// something else, is left out, whoever has the name: what was planned stays.
    pub fn with_late(
        &self,
        late: &[Vec<Family>],
        fits: impl Fn(usize, usize, &Family) -> Result<(), String>,
    ) -> (Layout, Vec<Misfit>) {
        let planned = |places: &Vec<Option<u32>>| -> Vec<Option<&Family>> {
            places.iter().map(|place| self.families.get((*place)? as usize)).collect()
        };
        let mut parts: Vec<Vec<Option<&Family>>> = self.places.iter().map(planned).collect();
        let mut owners: HashMap<String, (usize, &Family)> = HashMap::new();
        for (part, families) in parts.iter().enumerate() {
            for family in families.iter().copied().flatten() {
                for series in family.series_names() {
                    owners.entry(series).or_insert((part, family));
                }
            }
        }
        let mut misfits = Vec::new();
        for (part, late) in late.iter().enumerate().take(parts.len()) {
            for family in late {
                let clash = || clash(family, &owners).map_or(Ok(()), |clash| Err(clash.to_string()));
                let accepted = match fits(part, parts[part].len(), family).and_then(|()| clash()) {
                    Ok(()) => Some(family),
                    Err(fault) => {
                        misfits.push(Misfit { part, family: family.name.clone(), fault });
                        None
                    }
                };
                for series in accepted.iter().flat_map(|family| family.series_names()) {
                    owners.entry(series).or_insert((part, family));
                }
                parts[part].push(accepted);
            }
        }
        (Layout::of(parts), misfits)
    }

    /// Of families that do not clash.
    fn of(parts: Vec<Vec<Option<&Family>>>) -> Layout {
        let mut families: Vec<&Family> = parts.iter().flatten().copied().flatten().collect();
        families.sort_by(|a, b| a.name.cmp(&b.name));
        families.dedup_by(|later, first| later.name == first.name);
        let place = |family: &Family| families.partition_point(|other| other.name < family.name) as u32;
        let places = |part: &Vec<Option<&Family>>| part.iter().map(|family| family.map(place)).collect();
        let places: Vec<Vec<Option<u32>>> = parts.iter().map(places).collect();
        let mut taken = HashSet::new();
        let shared = places.iter().flatten().flatten().copied().filter(|place| !taken.insert(*place)).collect();
        Layout { families: families.into_iter().cloned().collect(), places, shared }
    }

    /// Drops samples of families that were left out; how many.
    pub fn keep_placed(&self, part: usize, samples: &mut Vec<Sample>) -> usize {
        let before = samples.len();
        samples.retain(|sample| self.place(part, sample).is_some());
        before - samples.len()
    }

    /// Puts the samples of each part on one page. Within a family they keep the order of the parts; a series that an
    /// earlier part has already given is left out, and told.
    pub fn page(&self, parts: Vec<Vec<Sample>>) -> (Page, Vec<Repeated>) {
        let repeated = if self.shared.is_empty() { Vec::new() } else { self.repeated(&parts) };
        let mut left_out = repeated.iter().map(|repeated| (repeated.part, repeated.index)).peekable();
        let mut samples = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        for (part, of_part) in parts.into_iter().enumerate() {
            for (index, sample) in of_part.into_iter().enumerate() {
                let is_left_out = left_out.next_if_eq(&(part, index)).is_some();
                if let Some(family) = self.place(part, &sample).filter(|_| !is_left_out) {
                    samples.push(Sample { family, ..sample });
                }
            }
        }
        samples.sort_by_key(|sample| sample.family);
        (Page { families: self.families.clone(), samples, labels: Vec::new() }, repeated)
    }

    /// In the order of the parts and of their samples.
    fn repeated(&self, parts: &[Vec<Sample>]) -> Vec<Repeated> {
        let (mut seen, mut repeated) = (HashMap::new(), Vec::new());
        for (part, samples) in parts.iter().enumerate() {
            for (index, sample) in samples.iter().enumerate() {
                let Some(family) = self.place(part, sample).filter(|place| self.shared.contains(place)) else {
                    continue;
                };
                match seen.entry((family, &sample.label_values)) {
                    Entry::Vacant(place) => drop(place.insert(part)),
                    Entry::Occupied(first) => repeated.push(Repeated { part, first: *first.get(), index, family }),
                }
            }
        }
        repeated
    }

    /// Where the family of a part's sample stands on the page.
    fn place(&self, part: usize, sample: &Sample) -> Option<u32> {
        *self.places.get(part)?.get(sample.family as usize)?
    }
}

fn clash(family: &Family, owners: &HashMap<String, (usize, &Family)>) -> Option<Clash> {
    family.series_names().find_map(|series| {
        let &(other, first) = owners.get(&series)?;
        let difference = if family.name != first.name {
            "as a part of a histogram or a summary"
        } else if family.kind != first.kind {
            "with another type"
        } else if family.label_names != first.label_names {
            "with other labels"
        } else {
            return None;
        };
        Some(Clash { name: series, other, difference })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Kind, Value};

    fn gauge(name: &str) -> Family {
        Family::gauge(name, "")
    }

    fn sample(family: u32, value: f64) -> Sample {
        Sample { family, label_values: Vec::new(), value: Value::Single(value) }
    }

    #[test]
    fn samples_find_their_places() {
        let (a, b) = ([gauge("z"), gauge("b")], [gauge("a"), gauge("z")]);
        let (layout, clashes) = Layout::new([&a[..], &b[..]]);
        assert_eq!(clashes, []);
        let (page, repeated) = layout.page(vec![vec![sample(0, 1.0), sample(1, 2.0)], vec![sample(0, 3.0)]]);
        let names: Vec<_> = page.families.iter().map(|family| family.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "z"]);
        assert_eq!(page.samples, [sample(0, 3.0), sample(1, 2.0), sample(2, 1.0)]);
        assert_eq!(repeated, []);
    }

    #[test]
    fn the_first_of_two_equal_series_stays() {
        let (a, both) = ([gauge("b")], [gauge("a"), Family::gauge("b", "other")]);
        let (layout, _) = Layout::new([&a[..], &both[..]]);
        let (page, repeated) = layout.page(vec![vec![sample(0, 1.0)], vec![sample(0, 2.0), sample(1, 3.0)]]);
        assert_eq!(page.samples, [sample(0, 2.0), sample(1, 1.0)]);
        assert_eq!(repeated, [Repeated { part: 1, first: 0, index: 1, family: 1 }]);
    }

    #[test]
    fn the_parts_of_a_summary_are_taken() {
        let (summary, count) = ([Family::new(Kind::Summary, "lat", "", &[])], [gauge("lat_count")]);
        for parts in [[&summary[..], &count[..]], [&count[..], &summary[..]]] {
            let (_, clashes) = Layout::new(parts);
            assert_eq!((clashes[0].0, clashes[0].1.name.as_str()), (1, "lat_count"));
        }
    }

    #[test]
    fn a_late_family_that_does_not_fit_is_left_out_alone() {
        let (a, b) = ([gauge("a")], [gauge("b")]);
        let (planned, _) = Layout::new([&a[..], &b[..]]);
        let taken = Family::new(Kind::Gauge, "b", "", &["label"]);
        let late = [vec![taken, gauge("c"), gauge("no")], vec![gauge("c")]];
        let fits = |_, _, family: &Family| if family.name == "no" { Err("no".to_owned()) } else { Ok(()) };
        let (layout, misfits) = planned.with_late(&late, fits);
        let names: Vec<_> = misfits.iter().map(|misfit| (misfit.part, misfit.family.as_str())).collect();
        assert_eq!(names, [(0, "b"), (0, "no")]);
        let mut samples = (0..4).map(|family| sample(family, f64::from(family))).collect();
        assert_eq!(layout.keep_placed(0, &mut samples), 2);
        let (page, repeated) = layout.page(vec![samples, vec![sample(0, 8.0), sample(1, 9.0)]]);
        let values: Vec<_> = page.samples.iter().map(|sample| sample.value.clone()).collect();
        assert_eq!(values, [0.0, 8.0, 2.0].map(Value::Single), "a, b, c: the planned b is there, and one c");
        assert_eq!(repeated, [Repeated { part: 1, first: 0, index: 1, family: 2 }]);
    }

    #[test]
    fn another_help_text_is_no_clash() {
        let (first, second) = ([Family::gauge("a", "first")], [Family::gauge("a", "second")]);
        let (layout, clashes) = Layout::new([&first[..], &second[..]]);
        assert_eq!(clashes, []);
        assert_eq!(layout.page(Vec::new()).0.families[0].help, "first");
    }

    #[test]
    fn a_part_that_clashes_is_left_out_alone() {
        let counter = [Family::new(Kind::Counter, "a", "", &[])];
        let (a, c) = ([gauge("a")], [gauge("c")]);
        let (layout, clashes) = Layout::new([&a[..], &counter[..], &c[..]]);
        assert_eq!(clashes, [(1, Clash { name: "a".to_owned(), other: 0, difference: "with another type" })]);
        let (page, _) = layout.page(vec![vec![sample(0, 1.0)], vec![sample(0, 2.0)], vec![sample(0, 3.0)]]);
        assert_eq!(page.samples, [sample(0, 1.0), sample(1, 3.0)]);
    }
}
