//! `/`: what this is, and how it is doing.

use std::sync::PoisonError;

use hyper::StatusCode;

use super::App;
use super::respond::{self, Response};
use crate::build::VERSION;
use crate::scrape::State;

pub(super) fn handle(app: &App) -> Response {
    respond::with_body(StatusCode::OK, "text/html; charset=utf-8", page(app))
}

fn page(app: &App) -> String {
    let title = format!("Redis Exporter redwasp {VERSION}");
    let metrics = escaped(&app.config.telemetry_path);
    let target = match &app.config.target {
        Some(target) => format!("{} ({})", escaped(&target.to_string()), escaped(&last(app))),
        None if app.config.scrape_endpoint => "none; use /scrape?target=redis://host:port".to_owned(),
        None => "none".to_owned(),
    };
    let rows: String = app.scraper.states().iter().map(row).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n\
        <style>body{{font-family:sans-serif;margin:2em}}td,th{{text-align:left;padding:.2em 1em .2em 0}}</style></head>\n\
        <body>\n<h1>{title}</h1>\n\
        <p><a href=\"{metrics}\">Metrics</a> · <a href=\"/health\">Health</a></p>\n\
        <p>Target: {target}</p>\n\
        <table>\n<tr><th>Collector</th><th>Plugin</th><th>What it measures</th><th>Last call</th></tr>\n{rows}</table>\n\
        </body>\n</html>\n"
    )
}

/// What came of the target's last scrape.
fn last(app: &App) -> String {
    let last = app.last.lock().unwrap_or_else(PoisonError::into_inner);
    match last.outcome.as_ref().map(|outcome| &outcome.error) {
        None => "not scraped yet".to_owned(),
        Some(None) => "up".to_owned(),
        Some(Some(error)) => format!("down: {error}"),
    }
}

fn row(state: &State) -> String {
    let last = match &state.last {
        None => "not called yet",
        Some(Ok(())) => "ok",
        Some(Err(error)) => error,
    };
    let cells = [&state.name, &state.plugin, &state.summary, last].map(|text| format!("<td>{}</td>", escaped(text)));
    format!("<tr>{}</tr>\n", cells.concat())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
