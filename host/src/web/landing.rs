//! `/`: what this is, and how it is doing.

use hyper::StatusCode;

use super::App;
use super::respond::{self, Response};

pub(super) fn handle(app: &App) -> Response {
    respond::with_body(StatusCode::OK, "text/html; charset=utf-8", page(app))
}

fn page(app: &App) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let title = format!("Redis Exporter redwasp {version}");
    let metrics = escaped(&app.telemetry_path);
    let target = match &app.target {
        Some(target) => escaped(&target.to_string()),
        None => "none; use /scrape?target=redis://host:port".to_owned(),
    };
    let rows: String = app
        .scraper
        .states()
        .into_iter()
        .map(|(collector, state)| {
            let state = match state {
                None => "not called yet".to_owned(),
                Some(Ok(())) => "ok".to_owned(),
                Some(Err(error)) => escaped(&error),
            };
            let description = &collector.plugin.description;
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td>{state}</td></tr>\n",
                escaped(&collector.name),
                escaped(&collector.plugin.title()),
                escaped(&description.summary),
            )
        })
        .collect();
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
