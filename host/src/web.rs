//! HTTP, nothing else: routes, deadlines, formats.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` (configurable) | the configured target's metrics and the daemon's own |
//! | `/scrape?target=` (unless disabled) | one target's metrics |
//! | `/health` | `ok`, without touching Redis |
//! | `/plugins` | the plugins and their problems as JSON |
//! | `/-/reload` | reads the settings again |
//! | `/` | landing page |

mod deadline;
mod health;
mod landing;
mod metrics;
mod plugins;
mod reload;
mod respond;
mod scrape;
mod serve;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::sync::{mpsc, oneshot};

use crate::config::Config;
use crate::own::Own;
use crate::scrape::{Outcome, Scraper};

use respond::Response;

pub use serve::serve;

/// What the handlers need.
pub struct App {
    live: ArcSwap<Live>,
    /// The daemon's own metrics.
    pub own: Arc<Own>,
    last: Mutex<Last>,
    /// To whoever reads the settings again.
    reloads: mpsc::Sender<Reload>,
}

/// What may be swapped while the daemon serves. A request goes on with what there was when it came.
pub struct Live {
    /// The daemon's settings.
    pub config: Config,
    /// Scrapes targets.
    pub scraper: Arc<Scraper>,
}

/// Asks for the settings to be read again, and to be told what came of it.
pub type Reload = oneshot::Sender<Result<(), String>>;

/// What came of the scrapes of the configured target.
#[derive(Default)]
struct Last {
    outcome: Option<Arc<Outcome>>,
    /// Labels of the last one that succeeded: a server that is down keeps the role that it had.
    labels: Vec<(&'static str, String)>,
}

impl App {
    /// Handlers that have not been asked yet.
    pub fn new(live: Live, own: Arc<Own>, reloads: mpsc::Sender<Reload>) -> App {
        App { live: ArcSwap::from_pointee(live), own, last: Mutex::default(), reloads }
    }

    /// What requests are answered with now.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Answers the next requests with something else.
    pub fn swap(&self, live: Live) {
        let about = |config: &Config| (config.target.clone(), config.instance_role_label);
        let new = about(&live.config);
        let old = self.live.swap(Arc::new(live));
        if about(&old.config) != new {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Last::default();
        }
    }

    /// Has the settings read again.
    ///
    /// # Errors
    /// Why everything stays as it is.
    pub async fn reload(&self) -> Result<(), String> {
        let (sender, receiver) = oneshot::channel();
        let nobody = || "nothing can be read again".to_owned();
        self.reloads.send(sender).await.map_err(|_| nobody())?;
        receiver.await.unwrap_or_else(|_| Err(nobody()))
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
        let live = self.live();
        match request.uri().path() {
            path if path == live.config.telemetry_path => metrics::handle(self, &live, request).await,
            "/scrape" if live.config.scrape_endpoint => scrape::handle(self, &live, request).await,
            "/health" => health::handle(request),
            "/plugins" => plugins::handle(self),
            "/-/reload" => reload::handle(self).await,
            "/" => landing::handle(self, &live),
            _ => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }
}
