//! `/-/reload`: reads the settings again. Whatever the method, as redis_exporter takes it.

use hyper::StatusCode;

use super::respond::{self, Response};
use super::{App, NotReloaded};

pub(super) async fn handle(app: &App) -> Response {
    match app.reload().await {
        Ok(()) => respond::text(StatusCode::OK, "ok"),
        Err(error @ NotReloaded::Nothing) => respond::text(StatusCode::BAD_REQUEST, error.to_string()),
        Err(error @ NotReloaded::Faults(_)) => respond::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
