//! One line.

use anyhow::{Context, bail, ensure};

use super::{Labels, Sample};

/// A line with a value: `name{label="value",...} value timestamp`.
pub(super) fn sample(line: &str) -> anyhow::Result<Sample> {
    let (name, mut rest) = name(line)?;
    let mut labels = Labels::new();
    if let Some(inner) = rest.strip_prefix('{') {
        (labels, rest) = self::labels(inner)?;
    }
    let mut words = rest.split([' ', '\t']).filter(|word| !word.is_empty());
    let value = number(words.next().context("there is no value")?)?;
    let timestamp = words.next().map(str::parse).transpose().context("the timestamp is no integer")?;
    ensure!(words.next().is_none(), "there is more after the timestamp");
    Ok(Sample { name: name.to_owned(), labels, value, timestamp })
}

/// The name of a metric at the front, and what follows.
pub(super) fn name(text: &str) -> anyhow::Result<(&str, &str)> {
    split_name(text, |char| char == ':')
}

fn split_name(text: &str, also: impl Fn(char) -> bool) -> anyhow::Result<(&str, &str)> {
    let belongs = |char: char| char.is_ascii_alphanumeric() || char == '_' || also(char);
    let end = text.find(|char| !belongs(char)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    ensure!(
        !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()),
        "{text:?} begins with no name"
    );
    Ok((name, rest))
}

/// What is between the braces, and what follows them.
fn labels(mut rest: &str) -> anyhow::Result<(Labels, &str)> {
    let mut labels = Labels::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let (name, after) = split_name(rest, |_| false)?;
        let quoted = after.strip_prefix("=\"").with_context(|| format!("the label {name} has no =\"value\""))?;
        let (value, after) = label_value(quoted)?;
        ensure!(labels.insert(name.to_owned(), value).is_none(), "the label {name} is there twice");
        rest = after;
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => ensure!(rest.starts_with('}'), "neither , nor }} after the label {name}"),
        }
    }
}

/// A label value up to its closing quote, and what follows that.
fn label_value(text: &str) -> anyhow::Result<(String, &str)> {
    let mut end = 0;
    while !text[end..].starts_with('"') {
        let char = text[end..].chars().next().context("a label value has no end")?;
        end += char.len_utf8();
        if char == '\\' {
            end += text[end..].chars().next().context("a label value has no end")?.len_utf8();
        }
    }
    Ok((unescape(&text[..end], &['\\', '"', 'n'])?, &text[end + 1..]))
}

/// Undoes escapes; `known` are the characters that may come after a backslash.
pub(super) fn unescape(text: &str, known: &[char]) -> anyhow::Result<String> {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next().filter(|escaped| known.contains(escaped)) {
                Some('n') => plain.push('\n'),
                Some(escaped) => plain.push(escaped),
                None => bail!("there is an unknown escape in {text:?}"),
            },
            char => plain.push(char),
        }
    }
    Ok(plain)
}

/// A number as Prometheus writes it. Rust alone would also take "inf" and "infinity".
fn number(word: &str) -> anyhow::Result<f64> {
    let infinite = match word {
        "NaN" => Some(f64::NAN),
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    let plain = || word.parse().ok().filter(|number: &f64| number.is_finite());
    infinite.or_else(plain).with_context(|| format!("{word:?} is no number"))
}
