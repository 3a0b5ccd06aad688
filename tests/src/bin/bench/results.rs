//! Everything that came of one run.

use serde::Serialize;

use crate::estate::Tour;
use crate::facts::Facts;
use crate::keys::Way;
use crate::neighbours::{Neighbours, Spinner};
use crate::peers::{Peers, RESET};
use crate::sandbox::{Price, SETS};
use crate::scrapes;
use crate::start::Starts;
use crate::stats::Timing;
use crate::variety::Variety;

/// Everything that came of one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Results {
    /// Too short to claim anything.
    pub(crate) smoke: bool,
    pub(crate) facts: Facts,
    /// This and the next six: `None` when they were not asked for.
    #[serde(flatten)]
    pub(crate) peers: Option<Peers>,
    pub(crate) variety: Option<Variety>,
    pub(crate) estate: Option<Vec<Tour>>,
    pub(crate) start: Option<Vec<Starts>>,
    pub(crate) sandbox: Option<Price>,
    pub(crate) neighbours: Option<Vec<Neighbours>>,
    pub(crate) keys: Option<Vec<Way>>,
    pub(crate) ratios: Vec<Ratio>,
}

/// One thing in relation to another.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) what: String,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) cpu: f64,
}

/// All ratios of times: scrapes with each other, the sandbox, then calls with and without one that spins.
pub(crate) fn ratios(peers: Option<&Peers>, sandbox: Option<&Price>, neighbours: Option<&[Neighbours]>) -> Vec<Ratio> {
    let mut ratios = Vec::new();
    if let Some(peers) = peers {
        let row = |subject, coding| scrapes::find(&peers.scrapes, subject, coding);
        for coding in ["plain", "gzip", RESET] {
            let what = format!("redwasp / redis_exporter, {coding}");
            ratios.extend(Ratio::of(what, row("redwasp", coding), row("redis_exporter", coding)));
        }
        ratios.extend(Ratio::of("redwasp / floor, plain".to_owned(), row("redwasp", "plain"), row("floor", "")));
    }
    if let Some(sandbox) = sandbox {
        for set in SETS {
            let timing = |kind| {
                let mut scrapes = sandbox.scrapes.iter();
                let scraped = scrapes.find(|scraped| scraped.set == set && scraped.kind == kind);
                scraped.map(|scraped| &scraped.timing)
            };
            let what = format!("wasm / native, scrape with {set}");
            ratios.extend(Ratio::of(what, timing("wasm"), timing("native")));
        }
        let (wasm, native) = (&sandbox.direct.wasm, &sandbox.direct.native);
        ratios.extend(Ratio::of("wasm / native, one call alone".to_owned(), Some(wasm), Some(native)));
    }
    if let Some(neighbours) = neighbours {
        let of = |spinner| neighbours.iter().find(|fared| fared.spinner == spinner).map(|fared| &fared.all);
        for spinner in [Spinner::SameScrape, Spinner::OtherScrape] {
            let what = format!("{} / alone", spinner.words());
            ratios.extend(Ratio::of(what, of(spinner), of(Spinner::Nowhere)));
        }
    }
    ratios
}

impl Ratio {
    /// `None` without both.
    pub(crate) fn of(what: String, above: Option<&Timing>, below: Option<&Timing>) -> Option<Ratio> {
        let (above, below) = above.zip(below)?;
        let p50 = above.p50_us / below.p50_us;
        Some(Ratio { what, p50, p99: above.p99_us / below.p99_us, cpu: above.cpu_us / below.cpu_us })
    }

    /// Whether it is one of two numbers.
    pub(crate) fn is_good(&self) -> bool {
        self.p50.is_finite() && self.cpu.is_finite()
    }
}

impl Results {
    /// Whether every part that was asked for has numbers.
    pub(crate) fn is_complete(&self) -> bool {
        self.peers.as_ref().is_none_or(Peers::is_complete)
            && self.variety.as_ref().is_none_or(Variety::is_complete)
            && self.estate.iter().flatten().all(Tour::is_good)
            && self.start.iter().flatten().all(Starts::is_good)
            && self.sandbox.as_ref().is_none_or(Price::is_complete)
            && self.neighbours.iter().flatten().all(Neighbours::is_good)
            && self.keys.iter().flatten().all(Way::is_good)
            && self.ratios.iter().all(Ratio::is_good)
    }
}
