//! Where the samples of several collectors go on one page.

use std::collections::HashMap;
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

/// The families of several parts, merged and sorted once, so that a scrape only has to put samples in their places.
#[derive(Debug)]
pub struct Layout {
    families: Arc<[Family]>,
    /// For each part, where its families stand on the page.
    places: Vec<Vec<u32>>,
    /// Whether two parts have a family in common, and so may give the same series.
    overlaps: bool,
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
        let own = owners.iter().filter(|(series, (_, family))| **series == family.name);
        let mut families: Vec<Family> = own.map(|(_, (_, family))| (*family).clone()).collect();
        families.sort_by(|a, b| a.name.cmp(&b.name));
        let place = |family: &Family| families.partition_point(|other| other.name < family.name) as u32;
        let places: Vec<Vec<u32>> = accepted.into_iter().map(|families| families.iter().map(place).collect()).collect();
        let overlaps = places.iter().map(Vec::len).sum::<usize>() > families.len();
        (Layout { families: families.into(), places, overlaps }, clashes)
    }

    /// Puts the samples of each part on one page. Within a family they keep the order of the parts; a series that an
    /// earlier part has already given is dropped, and counted in the second value.
    pub fn page(&self, parts: Vec<Vec<Sample>>) -> (Page, usize) {
        let mut samples = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        for (part, places) in parts.into_iter().zip(&self.places) {
            samples.extend(part.into_iter().filter_map(|sample| {
                let family = *places.get(sample.family as usize)?;
                Some(Sample { family, ..sample })
            }));
        }
        samples.sort_by_key(|sample| sample.family);
        let before = samples.len();
        if self.overlaps {
            super::check::drop_duplicates(&mut samples);
        }
        let dropped = before - samples.len();
        (Page { families: self.families.clone(), samples, labels: Vec::new() }, dropped)
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
        let (page, dropped) = layout.page(vec![vec![sample(0, 1.0), sample(1, 2.0)], vec![sample(0, 3.0)]]);
        let names: Vec<_> = page.families.iter().map(|family| family.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "z"]);
        assert_eq!(page.samples, [sample(0, 3.0), sample(1, 2.0), sample(2, 1.0)]);
        assert_eq!(dropped, 0);
    }

    #[test]
    fn the_first_of_two_equal_series_stays() {
        let a = [gauge("a")];
        let (layout, _) = Layout::new([&a[..], &a[..]]);
        let (page, dropped) = layout.page(vec![vec![sample(0, 1.0)], vec![sample(0, 2.0)]]);
        assert_eq!(page.samples, [sample(0, 1.0)]);
        assert_eq!(dropped, 1);
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
