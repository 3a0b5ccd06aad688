//! Everything that came of one run.

use serde::Serialize;

use crate::crowd::Crowd;
use crate::facts::Facts;
use crate::sandbox::{NUMBERS, Price};
use crate::stats::Timing;
use crate::subjects::Memory;

/// Plain, from a server whose statistics of commands were reset.
pub(crate) const RESET: &str = "plain, reset";

/// Everything that came of one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Results {
    /// Too short to claim anything.
    pub(crate) smoke: bool,
    pub(crate) facts: Facts,
    /// One request after the other.
    pub(crate) scrapes: Vec<Row>,
    /// Many at once.
    pub(crate) crowds: Vec<Crowd>,
    /// After that.
    pub(crate) memory: Vec<(&'static str, Memory)>,
    pub(crate) sandbox: Price,
    pub(crate) ratios: Vec<Ratio>,
}

/// Scrapes of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) subject: &'static str,
    /// "plain", "gzip" or [`RESET`]; the floor has no page, so it has none.
    pub(crate) coding: &'static str,
    /// Samples on the page.
    pub(crate) samples: usize,
    #[serde(flatten)]
    pub(crate) timing: Timing,
}

/// One thing in relation to another.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) what: String,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) cpu: f64,
}

/// All ratios of times: scrapes with each other, then the sandbox.
pub(crate) fn ratios(scrapes: &[Row], sandbox: &Price) -> Vec<Ratio> {
    let row = |subject, coding| {
        scrapes.iter().find(|row| row.subject == subject && row.coding == coding).map(|row| &row.timing)
    };
    let mut ratios = Vec::new();
    let mut add = |what: String, above: Option<&Timing>, below: Option<&Timing>| {
        ratios.extend(above.zip(below).map(|(above, below)| Ratio::of(what, above, below)));
    };
    for coding in ["plain", "gzip", RESET] {
        let what = format!("redwasp / redis_exporter, {coding}");
        add(what, row("redwasp", coding), row("redis_exporter", coding));
    }
    add("redwasp / floor, plain".to_owned(), row("redwasp", "plain"), row("floor", ""));
    for number in NUMBERS {
        let timing = |kind| {
            let scraped = sandbox.scrapes.iter().find(|scraped| scraped.collectors == number && scraped.kind == kind);
            scraped.map(|scraped| &scraped.timing)
        };
        let plural = if number == 1 { "" } else { "s" };
        add(format!("wasm / native, scrape with {number} collector{plural}"), timing("wasm"), timing("native"));
    }
    add("wasm / native, one call alone".to_owned(), Some(&sandbox.direct.wasm), Some(&sandbox.direct.native));
    ratios
}

impl Ratio {
    fn of(what: String, above: &Timing, below: &Timing) -> Ratio {
        let p50 = above.p50_us / below.p50_us;
        Ratio { what, p50, p99: above.p99_us / below.p99_us, cpu: above.cpu_us / below.cpu_us }
    }
}

impl Results {
    /// Requests per second of redwasp for one of redis_exporter, with this many targets.
    pub(crate) fn throughput(&self, targets: usize) -> f64 {
        let of = |subject| {
            let crowd = self.crowds.iter().find(|crowd| crowd.subject == subject && crowd.targets == targets);
            crowd.map_or(0.0, |crowd| crowd.requests_per_second)
        };
        of("redwasp") / of("redis_exporter")
    }

    /// Whether every part has numbers.
    pub(crate) fn is_complete(&self) -> bool {
        let timings = self.scrapes.iter().map(|row| &row.timing);
        let sandbox = self.sandbox.scrapes.iter().map(|scraped| &scraped.timing);
        let direct = [&self.sandbox.direct.wasm, &self.sandbox.direct.native];
        let good = |timing: &Timing| timing.count > 0 && timing.p50_us > 0.0 && timing.cpu_us > 0.0;
        timings.chain(sandbox).chain(direct).all(good)
            && self.crowds.iter().all(|crowd| crowd.requests_per_second > 0.0 && crowd.cpu_us > 0.0)
            && self.ratios.iter().all(|ratio| ratio.p50.is_finite() && ratio.cpu.is_finite())
            && self.memory.iter().all(|(_, memory)| memory.resident_bytes > 0)
    }
}
