//! `/scrape?target=`: one target that the request names.

use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::time::Instant;

use super::asked;
use super::deadline::deadline;
use super::respond::{self, Response};
use super::shown::Shown;
use super::{App, Live};
use crate::exposition::text::Sheet;
use crate::scrape::{Parameters, Scraped};

pub(super) async fn handle(app: &App, live: &Live, request: &Request<Incoming>) -> Response {
    let start = Instant::now();
    let deadline = match deadline(request.headers(), live.config.scrape_timeout, start) {
        Ok(deadline) => deadline,
        Err(fault) => return refuse(app, fault),
    };
    let parameters = parameters(request.uri().query().unwrap_or(""));
    let target = match asked::target(live, &parameters, deadline).await {
        Ok(target) => target,
        Err(fault) => return refuse(app, fault),
    };
    let scraper = match live.scraper.with_parameters(parameters, deadline).await {
        Ok(scraper) => scraper,
        Err(fault) => return refuse(app, fault),
    };
    let all = scraper.scrape_all(&target, deadline).await;
    let with_labels = |scraped: Scraped| (scraped.clone(), scraped.outcome.page.labels.clone());
    let shown = Shown::of(live, all.into_iter().map(with_labels).collect());
    let own = app.own.page_of_request(start.elapsed());
    let sheets: Vec<Sheet<'_>> = shown.iter().flat_map(Shown::sheets).chain([(&own).into()]).collect();
    respond::pages(request.headers(), &sheets)
}

fn refuse(app: &App, fault: String) -> Response {
    app.own.request_refused();
    respond::text(StatusCode::BAD_REQUEST, fault)
}

/// The parameters of a query. Given twice, the first one counts, as to redis_exporter.
fn parameters(query: &str) -> Parameters {
    let mut parameters = Parameters::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    parameters
}
