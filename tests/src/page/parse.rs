//! Line after line, with what earlier lines allow.

use std::collections::HashSet;

use anyhow::{Context, ensure};

use super::line;
use super::{Family, Labels, Page, Sample};

const KINDS: [&str; 5] = ["counter", "gauge", "histogram", "summary", "untyped"];

pub(super) fn page(text: &str) -> anyhow::Result<Page> {
    ensure!(text.is_empty() || text.ends_with('\n'), "the last line has no end");
    let mut reader = Reader::default();
    for (index, line) in text.split_terminator('\n').enumerate() {
        reader.line(line).with_context(|| format!("line {}: {line}", index + 1))?;
    }
    Ok(reader.page)
}

#[derive(Default)]
struct Reader {
    /// The last family is the one that lines belong to now.
    page: Page,
    /// Whether the current family has a sample.
    sampled: bool,
    seen: HashSet<(String, Labels)>,
}

impl Reader {
    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            self.help(rest)
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            self.kind(rest)
        } else if line.is_empty() || line.starts_with('#') {
            Ok(())
        } else {
            self.sample(line::sample(line)?)
        }
    }

    fn help(&mut self, rest: &str) -> anyhow::Result<()> {
        let (name, text) = line::name(rest)?;
        let text = match text {
            "" => text,
            _ => text.strip_prefix(' ').context("there is something else after the name")?,
        };
        let help = line::unescape(text, &['\\', 'n'])?;
        let family = self.described(name)?;
        ensure!(family.help.replace(help).is_none(), "a second HELP of {name}");
        Ok(())
    }

    fn kind(&mut self, rest: &str) -> anyhow::Result<()> {
        let (name, kind) = line::name(rest)?;
        let kind = kind.strip_prefix(' ').filter(|kind| KINDS.contains(kind)).context("there is no such type")?;
        let family = self.described(name)?;
        ensure!(family.kind.replace(kind.to_owned()).is_none(), "a second TYPE of {name}");
        Ok(())
    }

    /// The family that a HELP or a TYPE is about.
    fn described(&mut self, name: &str) -> anyhow::Result<&mut Family> {
        let current = self.page.families.last().is_some_and(|family| family.name == name);
        ensure!(!(current && self.sampled), "it comes after a sample of {name}");
        if current { self.page.families.last_mut().context("there is a family") } else { self.begin(name) }
    }

    fn sample(&mut self, sample: Sample) -> anyhow::Result<()> {
        if !self.page.families.last().is_some_and(|family| belongs(&sample, family)) {
            self.begin(&sample.name)?;
        }
        self.sampled = true;
        let labels = sample.labels.clone();
        ensure!(self.seen.insert((sample.name.clone(), labels)), "the same sample a second time");
        self.page.samples.push(sample);
        Ok(())
    }

    fn begin(&mut self, name: &str) -> anyhow::Result<&mut Family> {
        ensure!(self.page.family(name).is_none(), "the lines of {name} are not together");
        self.sampled = false;
        self.page.families.push(Family { name: name.to_owned(), help: None, kind: None });
        self.page.families.last_mut().context("there is a family")
    }
}

fn belongs(sample: &Sample, family: &Family) -> bool {
    let Some(suffix) = sample.name.strip_prefix(&family.name) else { return false };
    match family.kind.as_deref() {
        Some("histogram") if suffix == "_bucket" => sample.labels.contains_key("le"),
        Some("histogram") => ["_sum", "_count"].contains(&suffix),
        Some("summary") if suffix.is_empty() => sample.labels.contains_key("quantile"),
        Some("summary") => ["_sum", "_count"].contains(&suffix),
        _ => suffix.is_empty(),
    }
}
