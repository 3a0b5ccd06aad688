//! `/metrics`: the configured target and the daemon itself.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::time::Instant;

use super::deadline::deadline;
use super::respond::{self, Response};
use super::{App, Live};

pub(super) async fn handle(app: &App, live: &Live, request: &Request<Incoming>) -> Response {
    let start = Instant::now();
    let deadline = match deadline(request.headers(), live.config.scrape_timeout, start) {
        Ok(deadline) => deadline,
        Err(fault) => return respond::text(StatusCode::BAD_REQUEST, fault),
    };
    let Some(target) = &live.config.target else {
        return respond::pages(request.headers(), &[&app.own.page()]);
    };
    let outcome = live.scraper.scrape(target, deadline).await;
    app.own.scraped(start.elapsed());
    let labels = app.note(&outcome);
    let [of_server, of_scrape] = outcome.about(&live.config.namespace, labels);
    respond::pages(request.headers(), &[&outcome.page, &of_server, &of_scrape, &app.own.page()])
}
