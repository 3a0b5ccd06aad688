//! HTTP, nothing else: routes, deadlines, formats.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` (configurable) | the configured target's metrics and the daemon's own |
//! | `/scrape?target=` (unless disabled) | one target's metrics |
//! | `/health` | `ok`, without touching Redis |
//! | `/` | landing page |

mod deadline;
mod health;
mod landing;
mod metrics;
mod respond;
mod scrape;
mod serve;

use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::{Request, StatusCode};

use crate::config::Config;
use crate::own::Own;
use crate::scrape::{Outcome, Scraper};

use respond::Response;

pub use serve::serve;

/// What the handlers need.
pub struct App {
    /// The daemon's settings.
    pub config: Config,
    /// Scrapes targets.
    pub scraper: Arc<Scraper>,
    /// The daemon's own metrics.
    pub own: Arc<Own>,
    last: Mutex<Last>,
}

/// What came of the scrapes of the configured target.
#[derive(Default)]
struct Last {
    outcome: Option<Arc<Outcome>>,
    /// Labels of the last one that succeeded: a server that is down keeps the role that it had.
    labels: Vec<(&'static str, String)>,
}

impl App {
    /// Handlers that have not been asked yet.
    pub fn new(config: Config, scraper: Arc<Scraper>, own: Arc<Own>) -> App {
        App { config, scraper, own, last: Mutex::default() }
    }

    /// Notes what came of a scrape of the configured target; the labels of what is said of it.
    fn note(&self, outcome: &Arc<Outcome>) -> Vec<(&'static str, String)> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.outcome = Some(outcome.clone());
        if outcome.error.is_none() || last.labels.is_empty() {
            last.labels.clone_from(&outcome.page.labels);
        }
        last.labels.clone()
    }

    async fn handle(&self, request: &Request<Incoming>) -> Response {
        match request.uri().path() {
            path if path == self.config.telemetry_path => metrics::handle(self, request).await,
            "/scrape" if self.config.scrape_endpoint => scrape::handle(self, request).await,
            "/health" => health::handle(request),
            "/" => landing::handle(self),
            _ => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }
}
