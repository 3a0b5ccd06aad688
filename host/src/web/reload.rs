//! `/-/reload`: reads the settings again. Whatever the method, as redis_exporter takes it.

use hyper::StatusCode;

use super::App;
use super::respond::{self, Response};

pub(super) async fn handle(app: &App) -> Response {
    match app.reload().await {
        Ok(()) => respond::text(StatusCode::OK, "ok"),
        Err(error) => respond::text(StatusCode::BAD_REQUEST, error),
    }
}
