//! Scrapes over HTTP, one after the other, beside the floor.

use anyhow::Result;
use serde::Serialize;

use crate::floor::Floor;
use crate::lanes::{Lane, Rounds, Scrapes, in_turns};
use crate::stats::Timing;
use crate::subjects::{Subject, samples};

/// Scrapes of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) subject: &'static str,
    /// "plain", "gzip" or "plain, reset"; the floor has no page, so it has none.
    pub(crate) coding: &'static str,
    /// Samples on the page.
    pub(crate) samples: usize,
    #[serde(flatten)]
    pub(crate) timing: Timing,
}

/// Scrapes all subjects in all these codings (a name, and whether it is gzip), in turns.
pub(crate) fn measure(
    subjects: &[&Subject],
    codings: &[(&'static str, bool)],
    floor: Option<&mut Floor>,
    rounds: Rounds,
) -> Result<Vec<Row>> {
    let mut lanes = Vec::new();
    let mut names = Vec::new();
    for &(coding, gzip) in codings {
        for subject in subjects {
            names.push((subject.name, coding, samples(&subject.page()?)));
            lanes.push(Scrapes { client: subject.client(gzip)?, clock: subject.clock()? });
        }
    }
    let mut turns: Vec<&mut dyn Lane> = lanes.iter_mut().map(|lane| lane as &mut dyn Lane).collect();
    if let Some(floor) = floor {
        names.push(("floor", "", floor.scrape()?));
        turns.push(floor);
    }
    let timings = in_turns(&mut turns, rounds)?;
    let row = |((subject, coding, samples), timing)| Row { subject, coding, samples, timing };
    Ok(names.into_iter().zip(timings).map(row).collect())
}

/// What one of the rows took.
pub(crate) fn find<'a>(rows: &'a [Row], subject: &str, coding: &str) -> Option<&'a Timing> {
    rows.iter().find(|row| row.subject == subject && row.coding == coding).map(|row| &row.timing)
}
