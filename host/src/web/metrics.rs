//! `/metrics`: the configured target and the daemon itself.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::time::Instant;

use super::App;
use super::deadline::deadline;
use super::respond::{self, Response};
use crate::own::Gauges;

pub(super) async fn handle(app: &App, request: &Request<Incoming>) -> Response {
    let start = Instant::now();
    let deadline = match deadline(request.headers(), app.scrape_timeout, start) {
        Ok(deadline) => deadline,
        Err(fault) => return respond::text(StatusCode::BAD_REQUEST, fault),
    };
    let Some(target) = &app.target else {
        return respond::pages(request.headers(), &[&own(app)]);
    };
    let outcome = app.scraper.scrape(target, deadline).await;
    app.own.scraped(start.elapsed());
    respond::pages(request.headers(), &[&outcome.page, &outcome.about(&app.namespace), &own(app)])
}

fn own(app: &App) -> crate::metrics::Page {
    app.own.page(Gauges {
        idle_connections: app.scraper.pools().idle(),
        main_tasks: tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        guest_tasks: app.sandbox.tasks(),
    })
}
