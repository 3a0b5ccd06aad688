//! One scrape of one server with one plugin's collector.

use std::sync::Arc;

use tokio::time::Instant;

use super::check_plugin::to_paste;
use super::sample::Sample;
use crate::config::target::Target;
use crate::config::{CollectorConfig, Config, Schedule, SweepConfig};
use crate::daemon;
use crate::own::Own;
use crate::plugin::{Collector, Ledger, Problem, Stage, Tape};
use crate::scrape::{self, Outcome, Scraper};

/// A collector that can be run against servers, again and again.
pub(super) struct Once {
    scraper: Arc<Scraper>,
    pub(super) own: Arc<Own>,
}

impl Once {
    /// One that walks keys, if it is one that does, with each scrape. What it is given is taken down, if there is a tape.
    ///
    /// # Errors
    /// Why the collector cannot run.
    pub(super) async fn new(config: &Config, sample: &Sample, tape: Option<Arc<Tape>>) -> Result<Once, Problem> {
        let settings = CollectorConfig { schedule: Schedule::Scrape, targets: None, ..sample.settings.clone() };
        let collector = Collector::new(&settings, sample.plugin.clone(), &config.namespace);
        let collector = Arc::new(match tape {
            Some(tape) => collector.taped(tape),
            None => collector,
        });
        let collector = collector.tried_out(&[]).await?;
        let own = Own::new(&config.namespace, true, false);
        let own = Arc::new(own.map_err(|error| Problem::new(Stage::Link, error.to_string()))?);
        let ledger = Arc::new(Ledger::new(config.plugins.quarantine));
        let sweeps = SweepConfig { with_scrape: u64::MAX, ..config.sweeps };
        let settings = scrape::Settings { sweeps, ..scrape::Settings::default() };
        let scraper = Scraper::new(settings, daemon::pools(config, &own), vec![collector], own.clone(), ledger);
        Ok(Once { scraper: Arc::new(scraper), own })
    }

    /// What the collector lacks, as it stands in a configuration file, as far as it was scraped.
    pub(super) fn to_paste(&self, sample: &Sample) -> Option<String> {
        let collector = self.scraper.collector(&sample.settings.name)?;
        to_paste(&sample.settings, &collector.to_grant())
    }

    /// Scrapes, and says how the collector's call ended.
    pub(super) async fn scrape(&self, config: &Config, target: &Target) -> (Arc<Outcome>, Option<Result<(), String>>) {
        let outcome = self.scraper.scrape(target, Instant::now() + config.scrape_timeout).await;
        let last = self.scraper.states().into_iter().find_map(|state| state.last);
        (outcome, last)
    }
}
