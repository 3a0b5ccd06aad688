//! Answers.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use hyper::{HeaderMap, StatusCode};

use crate::exposition::gzip;
use crate::exposition::negotiate::{self, Coding};
use crate::exposition::text::{self as format, Sheet};

/// An answer with its whole body.
pub(super) type Response = hyper::Response<Full<Bytes>>;

/// Pages of metrics, as one, in the coding that the request asks for.
pub(super) fn pages(headers: &HeaderMap, sheets: &[Sheet<'_>]) -> Response {
    let body = format::write(sheets);
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let coding = negotiate::coding(accepted);
    let body = match coding {
        Coding::Identity => body,
        Coding::Gzip => gzip(&body),
    };
    let mut response = with_body(StatusCode::OK, format::CONTENT_TYPE, body);
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if coding == Coding::Gzip {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A plain text.
pub(super) fn text(status: StatusCode, text: impl Into<Bytes>) -> Response {
    with_body(status, "text/plain; charset=utf-8", text)
}

/// A body with its type.
pub(super) fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
