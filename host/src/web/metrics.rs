//! `/metrics`: the targets on the page and the daemon itself.

use futures_util::future::join_all;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::time::Instant;

use super::deadline::deadline;
use super::respond::{self, Response};
use super::{App, Live};
use crate::metrics::Page;

pub(super) async fn handle(app: &App, live: &Live, request: &Request<Incoming>) -> Response {
    let start = Instant::now();
    let deadline = match deadline(request.headers(), live.config.scrape_timeout, start) {
        Ok(deadline) => deadline,
        Err(fault) => return respond::text(StatusCode::BAD_REQUEST, fault),
    };
    let scrapes = live.config.on_page().map(async |target| {
        let outcome = live.scraper.scrape(target, deadline).await;
        let labels = app.note(target, &outcome);
        let about = outcome.about(&live.config.namespace, labels);
        (outcome, about)
    });
    let scrapes = join_all(scrapes).await;
    if !scrapes.is_empty() {
        app.own.scraped(start.elapsed());
    }
    let of_targets = scrapes.iter().flat_map(|(outcome, [of_server, of_scrape])| [&outcome.page, of_server, of_scrape]);
    let own = app.own.page();
    let pages: Vec<&Page> = of_targets.chain([&own]).collect();
    respond::pages(request.headers(), &pages)
}
