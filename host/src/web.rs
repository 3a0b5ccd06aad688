//! HTTP, nothing else: routes, deadlines, formats.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` (configurable) | the metrics of the targets on the page and the daemon's own |
//! | `/scrape?target=` (unless disabled) | one target's metrics |
//! | `/discovery` | all targets, for Prometheus' HTTP service discovery |
//! | `/discover-cluster-nodes` | the nodes of a cluster, as redis_exporter tells them |
//! | `/health` | `ok`, without touching Redis |
//! | `/plugins` | the plugins and their problems as JSON |
//! | `/-/reload` | reads the settings again |
//! | `/` | landing page |

mod asked;
mod deadline;
mod discovery;
mod health;
mod landing;
mod metrics;
mod plugins;
mod reload;
mod respond;
mod scrape;
mod serve;
mod shown;
mod silent;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::sync::{mpsc, oneshot};

use crate::config::Config;
use crate::config::target::Target;
use crate::metrics::Labels;
use crate::own::Own;
use crate::scrape::{Outcome, Scraped, Scraper};

use respond::Response;

pub use serve::{CONNECTIONS, serve};

/// What the handlers need.
pub struct App {
    live: ArcSwap<Live>,
    /// The daemon's own metrics.
    pub own: Arc<Own>,
    /// By listed target, and by its parts.
    last: Mutex<HashMap<Target, HashMap<Target, Last>>>,
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
pub type Reload = oneshot::Sender<Result<(), NotReloaded>>;

/// Why settings stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReloaded {
    /// They come from no file.
    #[error("there is nothing to read again: start with --config.file, --redis.password-file or --redis-file")]
    Nothing,
    /// What is in the files now.
    #[error("{0}")]
    Faults(String),
}

/// What came of the last scrape of a server on the page.
struct Last {
    outcome: Arc<Outcome>,
    /// Labels of the last one that succeeded: a server that is down keeps the role that it had.
    labels: Labels,
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
        let is_labelled = live.config.instance_role_label;
        let on_page: HashSet<Target> = live.config.on_page().map(|listed| listed.target.clone()).collect();
        let old = self.live.swap(Arc::new(live));
        let stays = old.config.instance_role_label == is_labelled;
        self.last().retain(|target, _| stays && on_page.contains(target));
    }

    fn last(&self) -> MutexGuard<'_, HashMap<Target, HashMap<Target, Last>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the settings read again.
    ///
    /// # Errors
    /// Why everything stays as it is.
    pub async fn reload(&self) -> Result<(), NotReloaded> {
        let (sender, receiver) = oneshot::channel();
        self.reloads.send(sender).await.map_err(|_| NotReloaded::Nothing)?;
        receiver.await.unwrap_or(Err(NotReloaded::Nothing))
    }

    /// Notes what came of the scrapes of the parts of a target on the page; the labels of what is said of each. Parts that
    /// are no longer there are forgotten.
    fn note(&self, listed: &Target, all: &[Scraped]) -> Vec<Labels> {
        let mut last = self.last();
        let before = last.remove(listed).unwrap_or_default();
        let labels = |Scraped { target, outcome, .. }: &Scraped| match before.get(target) {
            Some(last) if outcome.error.is_some() => last.labels.clone(),
            _ => outcome.page.labels.clone(),
        };
        let labels: Vec<Labels> = all.iter().map(labels).collect();
        let parts = all.iter().zip(&labels).map(|(Scraped { target, outcome, .. }, labels)| {
            (target.clone(), Last { outcome: outcome.clone(), labels: labels.clone() })
        });
        last.insert(listed.clone(), parts.collect());
        labels
    }

    async fn handle(&self, request: &Request<Incoming>) -> Response {
        let live = self.live();
        match request.uri().path() {
            path if path == live.config.telemetry_path => metrics::handle(self, &live, request).await,
            "/scrape" if live.config.scrape_endpoint => scrape::handle(self, &live, request).await,
            "/discovery" => discovery::handle(&live).await,
            "/discover-cluster-nodes" => discovery::cluster_nodes(&live).await,
            "/health" => health::handle(request),
            "/plugins" => plugins::handle(self, &live),
            "/-/reload" => reload::handle(self).await,
            "/" => landing::handle(self, &live),
            _ => respond::text(StatusCode::NOT_FOUND, "404 page not found\n"),
        }
    }
}
