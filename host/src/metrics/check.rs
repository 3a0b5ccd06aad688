//! What a collector says is checked before it is believed.
//!
//! Names follow <https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>.

use std::collections::HashSet;

use super::names::{is_name, is_the_hosts};
use super::{Family, Kind, Sample, Value};

/// Bounds of what one collector may report.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Families in a plan, late ones included.
    pub families: usize,
    /// Label names of a family.
    pub labels: usize,
    /// Bytes of the name of a family or a label.
    pub name: usize,
    /// Bytes of a help text; what is longer is cut.
    pub help: usize,
    /// Bytes of a label value; what is longer is cut.
    pub label_value: usize,
    /// Samples in a report, buckets and quantiles included.
    pub samples: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { families: 500, labels: 32, name: 256, help: 1024, label_value: 1024, samples: 10_000 }
    }
}

/// A plan or a report that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// What was changed to make a report fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mended {
    /// Series dropped: given twice, or of a family that could not be had.
    pub dropped: usize,
    /// The family of the first series that was given twice.
    pub twice: Option<String>,
    /// Late families left out because there were too many.
    pub families: usize,
    /// Label values cut to their bound.
    pub cut: usize,
}

/// Checks the families of a plan.
///
/// # Errors
/// The first thing that is wrong, with the family's name.
pub fn families(families: &[Family], bounds: &Bounds) -> Result<(), Malformed> {
    if families.len() > bounds.families {
        return Err(Malformed(format!(
            "{} families, more than the {} allowed (limits.families)",
            families.len(),
            bounds.families
        )));
    }
    let mut taken = HashSet::new();
    for each in families {
        let name = &each.name;
        if let Some(series) = each.series_names().find(|series| !taken.insert(series.clone())) {
            return Err(Malformed(format!("family {name:?}: {series:?} is declared twice")));
        }
        family(each, bounds).map_err(|fault| Malformed(format!("family {name:?}: {fault}")))?;
    }
    Ok(())
}

/// Checks that no family has a name that the host itself uses.
///
/// # Errors
/// The first one that does.
pub fn not_the_hosts(families: &[Family], namespace: &str) -> Result<(), Malformed> {
    match families.iter().find(|family| is_the_hosts(&family.name, namespace)) {
        Some(family) => Err(Malformed(format!("family {:?}: the name is the exporter's own", family.name))),
        None => Ok(()),
    }
}

/// Checks one family.
///
/// # Errors
/// What is wrong with it.
pub fn family(family: &Family, bounds: &Bounds) -> Result<(), String> {
    if let Some(long) = [&family.name].into_iter().chain(&family.label_names).find(|name| name.len() > bounds.name) {
        return Err(format!("a name of {} bytes, more than the {} allowed", long.len(), bounds.name));
    }
    if !is_name(&family.name) {
        return Err("not a metric name: letters, digits and _ are, and no digit first".to_owned());
    }
    if let Some(suffix) = reserved_suffix(family) {
        return Err(format!("only a histogram or a summary may own the suffix {suffix}"));
    }
    if family.label_names.len() > bounds.labels {
        return Err(format!(
            "{} labels, more than the {} allowed (limits.labels)",
            family.label_names.len(),
            bounds.labels
        ));
    }
    let mut names = HashSet::new();
    for label in &family.label_names {
        if !is_name(label) || label.starts_with("__") {
            return Err(format!("{label:?} is not a label name"));
        }
        if reserved_label(family.kind) == Some(label) {
            return Err(format!("the label {label} belongs to the type"));
        }
        if !names.insert(label) {
            return Err(format!("label {label:?} twice"));
        }
    }
    Ok(())
}

/// Checks a report against the families it refers to, the plan's and then the late ones, and mends what can be mended.
///
/// # Errors
/// The first thing that makes the report useless: an index or a label count that does not fit, a value of another
/// kind, buckets out of order, too many samples.
pub fn samples(
    samples: &mut Vec<Sample>,
    planned: &[Family],
    late: &[Family],
    bounds: &Bounds,
) -> Result<Mended, Malformed> {
    let size: usize = samples.iter().map(|sample| sample.value.series()).sum();
    if size > bounds.samples {
        return Err(Malformed(format!("{size} samples, more than the {} allowed (limits.samples)", bounds.samples)));
    }
    let mut cut = 0;
    for sample in samples.iter_mut() {
        let index = sample.family as usize;
        let Some(family) = planned.get(index).or_else(|| late.get(index.checked_sub(planned.len())?)) else {
            return Err(Malformed(format!("a sample of family {index}, of {}", planned.len() + late.len())));
        };
        check_sample(sample, family).map_err(|fault| Malformed(format!("family {:?}: {fault}", family.name)))?;
        cut += sample.label_values.iter_mut().filter_map(|value| cut_to(value, bounds.label_value)).count();
    }
    samples.sort_by_key(|sample| sample.family);
    let dropped = drop_duplicates(samples);
    let family = |sample: &Sample| planned.iter().chain(late).nth(sample.family as usize);
    let twice = dropped.first().and_then(family).map(|family| family.name.clone());
    Ok(Mended { dropped: dropped.len(), twice, families: 0, cut })
}

fn check_sample(sample: &Sample, family: &Family) -> Result<(), String> {
    let (values, names) = (sample.label_values.len(), family.label_names.len());
    if values != names {
        return Err(format!("{values} label values for {names} label names"));
    }
    match (&sample.value, family.kind) {
        (Value::Histogram { buckets, count, .. }, Kind::Histogram | Kind::GaugeHistogram) => {
            let ascending = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
            let below = buckets.last().is_none_or(|&(bound, below)| bound < f64::INFINITY && below <= *count);
            if ascending && below { Ok(()) } else { Err("buckets are not ascending and cumulative".to_owned()) }
        }
        (Value::Summary { quantiles, .. }, Kind::Summary) => {
            let ascending = quantiles.windows(2).all(|pair| pair[0].0 < pair[1].0);
            if ascending { Ok(()) } else { Err("quantiles are not ascending".to_owned()) }
        }
        (Value::Single(_), Kind::Histogram | Kind::GaugeHistogram | Kind::Summary) => {
            Err("a single value for a histogram or a summary".to_owned())
        }
        (Value::Single(_), _) => Ok(()),
        _ => Err("a histogram or a summary for a family of single values".to_owned()),
    }
}

/// Drops all but the first of equal series, and gives the others. The samples must be sorted by family.
pub fn drop_duplicates(samples: &mut Vec<Sample>) -> Vec<Sample> {
    let mut repeated: Vec<bool> = Vec::with_capacity(samples.len());
    for group in samples.chunk_by(|a, b| a.family == b.family) {
        match group {
            [_] => repeated.push(false),
            _ => {
                let mut seen = HashSet::with_capacity(group.len());
                repeated.extend(group.iter().map(|sample| !seen.insert(&sample.label_values)));
            }
        }
    }
    let mut repeated = repeated.into_iter();
    samples.extract_if(.., |_| repeated.next().unwrap_or(false)).collect()
}

fn cut_to(value: &mut String, bound: usize) -> Option<()> {
    (value.len() > bound).then(|| value.truncate(value.floor_char_boundary(bound)))
}

/// `_bucket`, `_sum` and `_count` would collide with the series of a histogram of that name. redis_exporter has
/// counters that end in `_count`, so only the two others are refused.
fn reserved_suffix(family: &Family) -> Option<&'static str> {
    ["_bucket", "_sum"].into_iter().find(|suffix| family.name.ends_with(suffix))
}

fn reserved_label(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Histogram | Kind::GaugeHistogram => Some("le"),
        Kind::Summary => Some("quantile"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(family: u32, labels: &[&str], value: Value) -> Sample {
        Sample { family, label_values: labels.iter().map(|&label| label.to_owned()).collect(), value }
    }

    fn fault(family: Family) -> String {
        families(&[family], &Bounds::default()).unwrap_err().0
    }

    #[test]
    fn names_are_checked() {
        assert_eq!(families(&[Family::gauge("redis_up", "")], &Bounds::default()), Ok(()));
        for name in ["", "0a", "a-b", "a:b", "ä", "a b"] {
            assert!(fault(Family::gauge(name, "")).contains("not a metric name"), "{name:?}");
        }
        assert!(fault(Family::gauge("a_bucket", "")).contains("_bucket"));
        for label in ["b-c", "__b"] {
            assert!(fault(Family::new(Kind::Gauge, "a", "", &[label])).contains("not a label name"));
        }
        assert!(fault(Family::new(Kind::Gauge, "a", "", &["b", "b"])).contains("twice"));
        assert!(fault(Family::new(Kind::Histogram, "a", "", &["le"])).contains("le"));
    }

    #[test]
    fn the_names_of_a_familys_series_are_taken() {
        let summary = Family::new(Kind::Summary, "lat", "", &[]);
        let pair = [summary, Family::gauge("lat_count", "")];
        assert!(families(&pair, &Bounds::default()).unwrap_err().0.contains("\"lat_count\" is declared twice"));
    }

    #[test]
    fn bounds_are_kept() {
        let bounds = Bounds { families: 1, labels: 1, name: 4, help: 4, label_value: 4, samples: 2 };
        assert!(families(&[Family::gauge("a", ""), Family::gauge("b", "")], &bounds).is_err());
        assert!(families(&[Family::new(Kind::Gauge, "a", "", &["b", "c"])], &bounds).is_err());
        assert!(families(&[Family::gauge("abcde", "")], &bounds).unwrap_err().0.contains("5 bytes"));
        assert!(families(&[Family::new(Kind::Gauge, "a", "", &["abcde"])], &bounds).is_err());
        let known = [Family::new(Kind::Gauge, "a", "", &["b"])];
        let mut three = vec![sample(0, &["x"], Value::Single(1.0)); 3];
        assert!(samples(&mut three, &known, &[], &bounds).is_err());
        let mut long = vec![sample(0, &["abcß"], Value::Single(1.0))];
        assert_eq!(samples(&mut long, &known, &[], &bounds), Ok(Mended { cut: 1, ..Mended::default() }));
        assert_eq!(long[0].label_values, ["abc"]);
    }

    #[test]
    fn a_report_that_does_not_fit_is_refused() {
        let known = [Family::gauge("a", ""), Family::new(Kind::Histogram, "h", "", &[])];
        let histogram = |buckets: &[(f64, u64)]| Value::Histogram { buckets: buckets.to_vec(), sum: 1.0, count: 2 };
        let wrong = [
            sample(2, &[], Value::Single(1.0)),
            sample(0, &["x"], Value::Single(1.0)),
            sample(0, &[], histogram(&[])),
            sample(1, &[], Value::Single(1.0)),
            sample(1, &[], histogram(&[(2.0, 1), (1.0, 2)])),
            sample(1, &[], histogram(&[(1.0, 2), (2.0, 1)])),
            sample(1, &[], histogram(&[(1.0, 3)])),
            sample(1, &[], histogram(&[(f64::INFINITY, 2)])),
            sample(1, &[], histogram(&[(f64::NAN, 1), (1.0, 2)])),
        ];
        let summary = [Family::new(Kind::Summary, "s", "", &[])];
        let twice = Value::Summary { quantiles: vec![(0.5, 1.0), (0.5, 2.0)], sum: 1.0, count: 2 };
        assert!(samples(&mut vec![sample(0, &[], twice)], &summary, &[], &Bounds::default()).is_err());
        for wrong in wrong {
            assert!(samples(&mut vec![wrong.clone()], &known, &[], &Bounds::default()).is_err(), "{wrong:?}");
        }
        assert!(samples(&mut vec![sample(1, &[], histogram(&[(1.0, 1)]))], &known, &[], &Bounds::default()).is_ok());
    }

    #[test]
    fn the_first_of_equal_series_stays() {
        let known = [Family::new(Kind::Gauge, "a", "", &["b"])];
        let mut twice = vec![sample(0, &["x"], Value::Single(1.0)), sample(0, &["x"], Value::Single(2.0))];
        let mended = Mended { dropped: 1, twice: Some("a".to_owned()), ..Mended::default() };
        assert_eq!(samples(&mut twice, &known, &[], &Bounds::default()), Ok(mended));
        assert_eq!(twice, [sample(0, &["x"], Value::Single(1.0))]);
    }
}
