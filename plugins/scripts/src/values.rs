//! Pairs of keys and values, as scripts for redis_exporter return them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use redwasp_sdk::resp::Mismatch;
use redwasp_sdk::{Family, Reply, Report, label, number};

use crate::MOST_SAMPLES;
use crate::script::Fault;

/// Sets the values of a reply: how many there are.
///
/// # Errors
/// What is wrong with the reply. If that is a value which is no number, the others are set.
pub(crate) fn read(reply: &Reply<'_>, family: Family<2>, path: &str, report: &mut Report) -> Result<usize, Fault> {
    let pairs = pairs(reply)?;
    let (mut odd, mut left_out) = (None, 0);
    for (key, value) in &pairs {
        match number::float(value) {
            _ if report.series() >= MOST_SAMPLES => left_out += 1,
            Some(number) => report.set(family, [key, path], number),
            None => odd = odd.or(Some((key, value))),
        }
    }
    match odd {
        Some((key, value)) => Err(Fault(format!("the value of {key:?} is no number: {:?}", cut(value)))),
        None if left_out > 0 => Err(Fault(format!("there is no room for {left_out} of its values"))),
        None => Ok(pairs.len()),
    }
}

/// Keys with the texts of their values. Of a key that is there twice the last value counts, as in redis_exporter.
fn pairs<'a>(reply: &Reply<'a>) -> Result<BTreeMap<Cow<'a, str>, Cow<'a, str>>, Fault> {
    // A client that speaks RESP2 is given maps and sets as flat arrays.
    let flat: Vec<&Reply<'a>> = match reply {
        Reply::Map(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        Reply::Null => return Err(Fault("it returned nothing".to_owned())),
        other => other.elements().map_err(|mismatch| unfit(&mismatch))?.iter().collect(),
    };
    if !flat.len().is_multiple_of(2) {
        return Err(Fault(format!("it returned {} elements, which are no pairs", flat.len())));
    }
    let pair = |pair: &[&Reply<'a>]| Ok((text(pair[0])?, text(pair[1])?));
    flat.chunks_exact(2).map(pair).collect()
}

fn text<'a>(reply: &Reply<'a>) -> Result<Cow<'a, str>, Fault> {
    match reply {
        // A client that speaks RESP2 is given its text.
        Reply::Double(number) => Ok(Cow::Owned(number.to_string())),
        other => other.bytes().map(label::text).map_err(|mismatch| unfit(&mismatch)),
    }
}

fn unfit(mismatch: &Mismatch) -> Fault {
    let found = mismatch.found;
    Fault(format!(
        "it returned {found} where a string was expected: return a flat list of names and values, all of them strings \
        (tostring), or cjson.encode of records"
    ))
}

/// The beginning of a text, for a message.
pub(crate) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(64)]
}
