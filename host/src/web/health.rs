//! `/health`: the daemon is alive. It says nothing of Redis.

use hyper::body::Incoming;
use hyper::header::ACCEPT;
use hyper::{Request, StatusCode};

use super::respond::{self, Response};

pub(super) fn handle(request: &Request<Incoming>) -> Response {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        respond::with_body(StatusCode::OK, "application/json", r#"{"status":"ok"}"#)
    } else {
        respond::text(StatusCode::OK, "ok")
    }
}
