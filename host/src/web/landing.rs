//! `/`: what this is, and how it is doing.

use hyper::StatusCode;

use super::respond::{self, Response};
use super::{App, Live, plugins};
use crate::build::VERSION;
use crate::config::target::Target;
use crate::own::PluginStatus;
use crate::scrape::State;

/// Targets that are told one by one.
const SHOWN: usize = 100;

pub(super) fn handle(app: &App, live: &Live) -> Response {
    respond::with_body(StatusCode::OK, "text/html; charset=utf-8", page(app, live))
}

fn page(app: &App, live: &Live) -> String {
    let title = format!("Redis Exporter redwasp {VERSION}");
    let metrics = escaped(&live.config.telemetry_path);
    let targets: Vec<String> = live
        .config
        .on_page()
        .take(SHOWN)
        .map(|listed| format!("{} ({})", escaped(&called(&listed.target)), escaped(&last(app, &listed.target))))
        .collect();
    let more = live.config.targets.len() - targets.len();
    let target = match (targets.as_slice(), more) {
        ([], 0) if live.config.scrape_endpoint => "none; use /scrape?target=redis://host:port".to_owned(),
        ([], 0) => "none".to_owned(),
        ([], more) => format!("{more}, none of them on {metrics}; ask /scrape?target="),
        (shown, 0) => shown.join("<br>"),
        (shown, more) => format!("{}<br>and {more} more", shown.join("<br>")),
    };
    let fault = app.own.reload_fault().map_or(String::new(), |fault| {
        format!("<p>The configuration is not in use as its files have it now: {}</p>\n", escaped(&fault))
    });
    let rows: String = live.scraper.states().iter().map(row).collect();
    let plugins: String = plugins::told(app, live).iter().map(plugin).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n\
        <style>body{{font-family:sans-serif;margin:2em}}td,th{{text-align:left;padding:.2em 1em .2em 0}}</style></head>\n\
        <body>\n<h1>{title}</h1>\n\
        <p><a href=\"{metrics}\">Metrics</a> · <a href=\"/health\">Health</a> · \
        <a href=\"/plugins\">Plugins as JSON</a></p>\n\
        <p>Target: {target}</p>\n{fault}\
        <table>\n<tr><th>Collector</th><th>Plugin</th><th>What it measures</th><th>Last call</th></tr>\n{rows}</table>\n\
        <h2>Plugins</h2>\n\
        <table>\n<tr><th>Plugin</th><th>From</th><th>Runs</th><th>Problem</th></tr>\n{plugins}</table>\n\
        </body>\n</html>\n"
    )
}

/// Its name, if it has one, and its address.
fn called(target: &Target) -> String {
    target.about.name.as_ref().map_or_else(|| target.to_string(), |name| format!("{name}: {target}"))
}

/// What came of a target's last scrape.
fn last(app: &App, target: &Target) -> String {
    let last = app.last();
    let Some(parts) = last.get(target) else { return "not scraped yet".to_owned() };
    let mut errors = parts.values().filter_map(|last| last.outcome.error.as_ref());
    match (parts.len(), errors.clone().count(), errors.next()) {
        (_, 0, _) | (_, _, None) => "up".to_owned(),
        (1, _, Some(error)) => format!("down: {error}"),
        (all, down, Some(error)) => format!("{down} of {all} down: {error}"),
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

fn plugin(plugin: &PluginStatus) -> String {
    let runs = plugin.running.as_ref().map_or("nothing".to_owned(), |running| {
        let digest = running.digest.get(..19).unwrap_or(&running.digest);
        format!("{} {digest} (generation {})", running.version, running.generation)
    });
    let trouble = plugin.problem.iter().map(|trouble| {
        let hint = trouble.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}: {}{hint}", trouble.stage, trouble.reason)
    });
    let off = plugin.off().map(|(collector, problem)| format!("collector {collector} is off: {problem}"));
    let unused = plugin.unused().map(|(collector, problem)| format!("collector {collector} does not use {problem}"));
    let lacking = plugin.lacking().map(|(collector, grants)| format!("collector {collector} lacks grants: {grants}"));
    let problem = trouble.chain(off).chain(unused).chain(lacking).collect::<Vec<_>>().join("; ");
    let cells = [&plugin.name, &plugin.source, &runs, &problem].map(|text| format!("<td>{}</td>", escaped(text)));
    format!("<tr>{}</tr>\n", cells.concat())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
