//! `/plugins`: the plugins and their problems as JSON, for programs.

use hyper::StatusCode;

use super::respond::{self, Response};
use super::{App, Live};
use crate::own::PluginStatus;

pub(super) fn handle(app: &App, live: &Live) -> Response {
    match serde_json::to_string_pretty(&told(app, live)) {
        Ok(text) => respond::with_body(StatusCode::OK, "application/json", text + "\n"),
        Err(error) => respond::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// The plugins, with the problems that only real servers brought to light.
pub(super) fn told(app: &App, live: &Live) -> Vec<PluginStatus> {
    let mut plugins = app.own.plugins().to_vec();
    for status in plugins.iter_mut().flat_map(|plugin| &mut plugin.collectors) {
        if let Some(collector) = live.scraper.collector(&status.name) {
            (status.problems, status.lacks) = (collector.problems(), collector.lacks());
        }
    }
    plugins
}
