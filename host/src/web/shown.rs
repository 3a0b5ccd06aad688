//! What is shown of the parts of targets, side by side.

use super::Live;
use crate::exposition::text::Sheet;
use crate::metrics::{Labels, Page};
use crate::scrape::Scraped;

/// A part of a target, with what is said of its scrape.
pub(super) struct Shown {
    scraped: Scraped,
    /// What tells it from what else is on the page; nothing if there is nothing else.
    place: Labels,
    of_server: Page,
    of_scrape: Page,
}

impl Shown {
    /// Parts with the labels of what is said of their servers.
    pub(super) fn of(live: &Live, all: Vec<(Scraped, Labels)>) -> Vec<Shown> {
        let are_several = all.len() > 1 || all.iter().any(|(scraped, _)| scraped.is_part);
        let shown = |(scraped, labels): (Scraped, Labels)| {
            let [of_server, of_scrape] = scraped.outcome.about(&live.config.namespace, labels);
            let place = if are_several { scraped.place.clone() } else { Labels::new() };
            Shown { scraped, place, of_server, of_scrape }
        };
        all.into_iter().map(shown).collect()
    }

    /// Its pages.
    pub(super) fn sheets(&self) -> impl Iterator<Item = Sheet<'_>> {
        let of_server = Some(&self.of_server).filter(|_| !self.scraped.is_whole());
        let pages = [Some(&self.scraped.outcome.page), of_server, Some(&self.of_scrape)];
        pages.into_iter().flatten().map(|page| Sheet { page, labels: &self.place })
    }
}
