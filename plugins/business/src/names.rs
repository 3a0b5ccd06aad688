//! Names of metrics and labels, and fixed labels.

use std::collections::BTreeMap;

use crate::part::{At, Object, Problems, escaped};

/// Bytes of a name of a metric or a label. The host takes 256, with its namespace before it.
const LONGEST_NAME: usize = 200;

/// Fixed labels of an entry, and labels of groups.
pub(crate) const LABELS: usize = 12;

/// Bytes of a label value. The host cuts at 1 KiB, and two values that are cut may be one.
pub(crate) const LONGEST_VALUE: usize = 256;

/// Names that the exporter itself has, beside those with its prefixes.
const THE_EXPORTERS: [&str; 4] =
    ["up", "target_scrape_request_errors_total", "rdb_current_size_bytes", "business_skipped_keys"];

pub(crate) fn name(object: &mut Object<'_>, problems: &mut Problems) -> Option<String> {
    let Some(at) = object.take("name") else {
        problems.push((object.pointer.clone(), "`name` is missing".to_owned()));
        return None;
    };
    let name = at.text(problems)?;
    let of_exporter = ["exporter_", "redwasp_", "process_"].iter().any(|own| name.starts_with(own));
    if !is_name(name) {
        at.problem(format!("{name:?} is no name of a metric: letters, digits and _ are, and no digit first"), problems);
    } else if ["_bucket", "_sum"].iter().any(|suffix| name.ends_with(suffix) || name == &suffix[1..]) {
        // With a namespace before it, the whole name ends so.
        at.problem("a name that ends in _bucket or _sum, with the namespace, belongs to a histogram", problems);
    } else if of_exporter || THE_EXPORTERS.contains(&name) {
        at.problem(format!("{name} is a name of the exporter's own"), problems);
    }
    Some(name.to_owned())
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= LONGEST_NAME
        && bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// # Errors
/// Why it is no name of a label.
pub(crate) fn label_name(name: &str) -> Result<(), String> {
    if !is_name(name) || name.starts_with("__") || name == "le" || name == "quantile" {
        return Err(format!(
            "{name:?} is no name of a label here: letters, digits and _ are, no digit first, not two _"
        ));
    }
    Ok(())
}

pub(crate) fn fixed_labels(at: &At<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let Some(map) = at.value.as_object() else {
        at.problem("keys and values are expected here", problems);
        return BTreeMap::new();
    };
    if map.len() > LABELS {
        at.problem(format!("{} labels, more than {LABELS}", map.len()), problems);
    }
    let mut labels = BTreeMap::new();
    for (name, value) in map {
        let at = At { pointer: format!("{}/{}", at.pointer, escaped(name)), value };
        if let Err(message) = label_name(name) {
            at.problem(message, problems);
        }
        match at.word(problems) {
            Some(value) if value.len() > LONGEST_VALUE => {
                at.problem(format!("a value has at most {LONGEST_VALUE} bytes"), problems);
            }
            Some(value) => drop(labels.insert(name.clone(), value)),
            None => {}
        }
    }
    labels
}
