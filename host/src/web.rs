//! HTTP, nothing else: routes, deadlines, formats.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` (configurable) | the configured target's metrics and the daemon's own |
//! | `/scrape?target=` | one target's metrics |
//! | `/health` | `ok`, without touching Redis |
//! | `/` | landing page |

mod deadline;
mod health;
mod landing;
mod metrics;
mod respond;
mod scrape;
mod serve;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::sync::Semaphore;

use crate::config::Credentials;
use crate::config::pattern::Pattern;
use crate::config::target::Target;
use crate::own::Own;
use crate::scrape::{Outcome, Scraper};

use respond::Response;

pub use serve::serve;

/// Scrapes in progress at once; more wait in line until their deadline.
const SCRAPES: usize = 256;

/// What the handlers need.
pub struct App {
    /// Scrapes targets.
    pub scraper: Arc<Scraper>,
    /// The daemon's own metrics.
    pub own: Arc<Own>,
    /// Path of the page of metrics.
    pub telemetry_path: String,
    /// Put before the names of what collectors measure.
    pub namespace: String,
    /// What `/metrics` scrapes.
    pub target: Option<Target>,
    /// For targets of `/scrape` that are allowed to have them.
    pub credentials: Credentials,
    /// Which targets of `/scrape` get the credentials; `target` always gets its own.
    pub allowed_targets: Vec<Pattern>,
    /// The deadline of a scrape whose request names none.
    pub scrape_timeout: Duration,
    /// Fair: whoever waits longest is next.
    pub places: Semaphore,
    /// What came of the last scrape of `target`.
    pub last: Mutex<Option<Arc<Outcome>>>,
}

impl App {
    /// Room for a number of scrapes at once that a machine with a thousand targets needs.
    pub fn places() -> Semaphore {
        Semaphore::new(SCRAPES)
    }

    async fn handle(&self, request: &Request<Incoming>) -> Response {
        match request.uri().path() {
            path if path == self.telemetry_path => metrics::handle(self, request).await,
            "/scrape" => scrape::handle(self, request).await,
            "/health" => health::handle(request),
            "/" => landing::handle(self),
            _ => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }
}
