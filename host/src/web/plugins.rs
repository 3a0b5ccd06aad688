//! `/plugins`: the plugins and their problems as JSON, for programs.

use hyper::StatusCode;

use super::App;
use super::respond::{self, Response};

pub(super) fn handle(app: &App) -> Response {
    match serde_json::to_string_pretty(&*app.own.plugins()) {
        Ok(text) => respond::with_body(StatusCode::OK, "application/json", text + "\n"),
        Err(error) => respond::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
