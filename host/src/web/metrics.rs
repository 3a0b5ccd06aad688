//! `/metrics`: the targets on the page and the daemon itself.

use futures_util::future::join_all;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use tokio::time::Instant;

use super::deadline::deadline;
use super::respond::{self, Response};
use super::shown::Shown;
use super::{App, Live};
use crate::exposition::text::Sheet;

pub(super) async fn handle(app: &App, live: &Live, request: &Request<Incoming>) -> Response {
    let start = Instant::now();
    let deadline = match deadline(request.headers(), live.config.scrape_timeout, start) {
        Ok(deadline) => deadline,
        Err(fault) => return respond::text(StatusCode::BAD_REQUEST, fault),
    };
    let scrapes = live.config.on_page().map(async |listed| {
        let all = live.scraper.scrape_all(listed, deadline).await;
        let labels = app.note(&listed.target, &all);
        all.into_iter().zip(labels).collect::<Vec<_>>()
    });
    let all: Vec<_> = join_all(scrapes).await.into_iter().flatten().collect();
    if !all.is_empty() {
        app.own.scraped(start.elapsed());
    }
    let shown = Shown::of(live, all);
    let own = app.own.page();
    let sheets: Vec<Sheet<'_>> = shown.iter().flat_map(Shown::sheets).chain([(&own).into()]).collect();
    respond::pages(request.headers(), &sheets)
}
