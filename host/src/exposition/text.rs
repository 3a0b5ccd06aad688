//! Text format 0.0.4 (<https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>).

use std::borrow::Cow;

use super::number;
use crate::metrics::{Family, Kind, Label, Page, Sample, Value};

/// The content type of this format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A label that the format adds: `le` or `quantile`.
type Bound = (&'static str, f64);

/// Writes pages as one: families sorted by name, each name once, label names sorted. Families without samples are left
/// out. Where two pages have a name, the first one's declaration stands.
pub fn write(sheets: &[Sheet<'_>]) -> Vec<u8> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for Sheet { page, labels } in sheets {
        let groups_of_page = page.samples.chunk_by(|a, b| a.family == b.family);
        groups.extend(groups_of_page.filter_map(|samples| {
            let family = page.families.get(samples[0].family as usize)?;
            Some(Group { family, samples, labels: [&page.labels, labels] })
        }));
    }
    // Stable, so that pages keep their order within a name.
    groups.sort_by(|a, b| a.family.name.cmp(&b.family.name));
    let mut out = Vec::with_capacity(groups.iter().map(Group::length).sum());
    let mut previous = "";
    for group in groups {
        if group.family.name != previous {
            head(&mut out, group.family);
            previous = &group.family.name;
        }
        body(&mut out, &group);
    }
    out
}

/// A page, with more labels for each of its samples.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The page.
    pub page: &'a Page,
    /// What tells its samples from those of other pages.
    pub labels: &'a [Label],
}

impl<'a> From<&'a Page> for Sheet<'a> {
    fn from(page: &'a Page) -> Sheet<'a> {
        Sheet { page, labels: &[] }
    }
}

/// The samples of one family on one page.
struct Group<'a> {
    family: &'a Family,
    samples: &'a [Sample],
    /// Labels of every sample of the page.
    labels: [&'a [Label]; 2],
}

fn head(out: &mut Vec<u8>, family: &Family) {
    for part in ["# HELP ", &family.name, " "] {
        out.extend_from_slice(part.as_bytes());
    }
    escape(out, &family.help, false);
    for part in ["\n# TYPE ", &family.name, " ", type_name(family.kind), "\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// The format knows fewer types than OpenMetrics.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge | Kind::Info | Kind::StateSet => "gauge",
        Kind::Histogram | Kind::GaugeHistogram => "histogram",
        Kind::Summary => "summary",
        Kind::Unknown => "untyped",
    }
}

fn body(out: &mut Vec<u8>, group: &Group<'_>) {
    let mut line = Line { out, name: &group.family.name, labels: group.sorted_labels() };
    for sample in group.samples {
        match &sample.value {
            Value::Single(value) => line.write("", sample, None, *value),
            Value::Histogram { buckets, sum, count } => {
                for &(bound, below) in buckets {
                    line.write("_bucket", sample, Some(("le", bound)), below as f64);
                }
                line.write("_bucket", sample, Some(("le", f64::INFINITY)), *count as f64);
                line.write("_sum", sample, None, *sum);
                line.write("_count", sample, None, *count as f64);
            }
            Value::Summary { quantiles, sum, count } => {
                for &(quantile, value) in quantiles {
                    line.write("", sample, Some(("quantile", quantile)), value);
                }
                line.write("_sum", sample, None, *sum);
                line.write("_count", sample, None, *count as f64);
            }
        }
    }
}

/// Where a label's value stands.
enum LabelValue<'a> {
    /// In the sample, at this index.
    OfSample(usize),
    /// It is the same for the whole page.
    OfPage(&'a str),
}

impl<'a> Group<'a> {
    /// About how many bytes it is written with.
    fn length(&self) -> usize {
        let line = self.family.name.len()
            + 32 * (1 + self.family.label_names.len() + self.labels[0].len() + self.labels[1].len());
        192 + self.samples.iter().map(|sample| sample.value.series()).sum::<usize>() * line
    }

    fn sorted_labels(&self) -> Vec<(Cow<'a, str>, LabelValue<'a>)> {
        let of_page = || self.labels.into_iter().flatten();
        // What a server says of itself may be what tells it from others.
        let differs = |index: usize, value: &String| {
            self.samples.iter().any(|sample| sample.label_values.get(index) != Some(value))
        };
        let names = self.family.label_names.iter().enumerate();
        let own = names.filter_map(|(index, name)| match of_page().find(|(other, _)| other == name) {
            None => Some((Cow::Borrowed(name.as_str()), LabelValue::OfSample(index))),
            Some((_, value)) if differs(index, value) => {
                Some((Cow::Owned(format!("exported_{name}")), LabelValue::OfSample(index)))
            }
            Some(_) => None,
        });
        let of_page = of_page().map(|(name, value)| (Cow::Borrowed(name.as_ref()), LabelValue::OfPage(value)));
        let mut labels: Vec<_> = own.chain(of_page).collect();
        labels.sort_by(|(a, _), (b, _)| a.cmp(b));
        labels
    }
}

/// Writes the lines of one family.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    name: &'a str,
    /// Sorted by name.
    labels: Vec<(Cow<'a, str>, LabelValue<'a>)>,
}

impl Line<'_> {
    fn write(&mut self, suffix: &str, sample: &Sample, bound: Option<Bound>, value: f64) {
        self.out.extend_from_slice(self.name.as_bytes());
        self.out.extend_from_slice(suffix.as_bytes());
        self.labels(sample, bound);
        self.out.push(b' ');
        number::write(self.out, value);
        self.out.push(b'\n');
    }

    fn labels(&mut self, sample: &Sample, bound: Option<Bound>) {
        if self.labels.is_empty() && bound.is_none() {
            return;
        }
        let mut separator = b'{';
        for (name, value) in &self.labels {
            self.out.push(separator);
            separator = b',';
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            let value = match value {
                LabelValue::OfSample(index) => &sample.label_values[*index],
                LabelValue::OfPage(value) => *value,
            };
            escape(self.out, value, true);
            self.out.push(b'"');
        }
        if let Some((name, value)) = bound {
            self.out.push(separator);
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            number::write(self.out, value);
            self.out.push(b'"');
        }
        self.out.push(b'}');
    }
}

/// Backslash and line feed are escaped everywhere, quotes in label values only.
fn escape(out: &mut Vec<u8>, text: &str, quotes: bool) {
    let mut rest = text.as_bytes();
    while let Some(position) = memchr::memchr3(b'\\', b'\n', if quotes { b'"' } else { b'\n' }, rest) {
        out.extend_from_slice(&rest[..position]);
        out.extend_from_slice(match rest[position] {
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            _ => b"\\\"",
        });
        rest = &rest[position + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Part;

    /// A family with samples whose labels are written as they are.
    fn part(family: Family, samples: Vec<(&[&str], Value)>) -> Part {
        let owned = |labels: &[&str]| labels.iter().map(|&label| label.to_owned()).collect();
        (family, samples.into_iter().map(|(labels, value)| (owned(labels), value)).collect())
    }

    fn text(pages: &[&Page]) -> String {
        let sheets: Vec<Sheet<'_>> = pages.iter().map(|&page| page.into()).collect();
        String::from_utf8(write(&sheets)).unwrap()
    }

    #[test]
    fn families_and_labels_are_sorted_and_escaped() {
        let info = Family::new(Kind::Info, "z_info", "Ends\\with\nbreak \"q\"", &["b", "a"]);
        let total = Family::new(Kind::Counter, "a_total", "A", &[]);
        let page = Page::build(vec![
            part(info, vec![(&["1\"\\\n", "2"], Value::Single(1.0))]),
            part(Family::gauge("empty", "No samples"), vec![]),
            part(total, vec![(&[], Value::Single(5e6))]),
        ]);
        let expected = "# HELP a_total A\n# TYPE a_total counter\na_total 5e+06\n\
            # HELP z_info Ends\\\\with\\nbreak \"q\"\n# TYPE z_info gauge\nz_info{a=\"2\",b=\"1\\\"\\\\\\n\"} 1\n";
        assert_eq!(text(&[&page]), expected);
    }

    #[test]
    fn histograms_and_summaries() {
        let histogram = Value::Histogram { buckets: vec![(0.5, 1), (1.0, 3)], sum: 2.5, count: 4 };
        let summary = Value::Summary { quantiles: vec![(99.9, 7.0)], sum: 8.0, count: 2 };
        let page = Page::build(vec![
            part(Family::new(Kind::Histogram, "h", "H", &["c"]), vec![(&["x"], histogram)]),
            part(Family::new(Kind::Summary, "s", "S", &[]), vec![(&[], summary)]),
        ]);
        let expected = "# HELP h H\n# TYPE h histogram\n\
            h_bucket{c=\"x\",le=\"0.5\"} 1\nh_bucket{c=\"x\",le=\"1\"} 3\nh_bucket{c=\"x\",le=\"+Inf\"} 4\n\
            h_sum{c=\"x\"} 2.5\nh_count{c=\"x\"} 4\n\
            # HELP s S\n# TYPE s summary\ns{quantile=\"99.9\"} 7\ns_sum 8\ns_count 2\n";
        assert_eq!(text(&[&page]), expected);
    }

    #[test]
    fn labels_of_the_page_are_on_every_sample() {
        let page = Page::build(vec![
            part(Family::gauge("plain", "P"), vec![(&[], Value::Single(1.0))]),
            part(Family::new(Kind::Gauge, "own", "O", &["role", "z"]), vec![(&["r", "1"], Value::Single(2.0))]),
        ]);
        let page = page.labelled(vec![("role".into(), "master".to_owned()), ("a".into(), "b".to_owned())]);
        let expected = "# HELP own O\n# TYPE own gauge\nown{a=\"b\",exported_role=\"r\",role=\"master\",z=\"1\"} 2\n\
            # HELP plain P\n# TYPE plain gauge\nplain{a=\"b\",role=\"master\"} 1\n";
        assert_eq!(text(&[&page]), expected);
    }

    #[test]
    fn pages_are_told_apart_and_a_server_may_say_the_same() {
        let family = Family::new(Kind::Gauge, "own", "O", &["role"]);
        let page = Page::build(vec![part(family, vec![(&["master"], Value::Single(2.0))])]);
        let write = |role: &str| {
            let labels = [("role".into(), role.to_owned())];
            String::from_utf8(write(&[Sheet { page: &page, labels: &labels }])).unwrap()
        };
        assert!(write("master").ends_with("\nown{role=\"master\"} 2\n"));
        assert!(write("slave").ends_with("\nown{exported_role=\"master\",role=\"slave\"} 2\n"));
    }

    #[test]
    fn a_name_on_two_pages_is_declared_once() {
        let labelled = |help, label| {
            let family = Family::new(Kind::Gauge, "g", help, &["l"]);
            Page::build(vec![part(family, vec![(&[label], Value::Single(1.0))])])
        };
        let pages = [&labelled("first", "a"), &labelled("second", "b")];
        assert_eq!(text(&pages), "# HELP g first\n# TYPE g gauge\ng{l=\"a\"} 1\ng{l=\"b\"} 1\n");
    }
}
