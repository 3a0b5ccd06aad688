//! Asks a daemon that runs on this machine.

use std::time::Duration;

use anyhow::{Context, ensure};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::own::PluginStatus;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of an answer: a thousand plugins with a problem each have less.
const LONGEST: usize = 16 << 20;

/// What the daemon that listens there says of its plugins; none when nobody listens.
///
/// # Errors
/// When somebody listens who gives no such answer.
pub(super) async fn plugins(listen: &str) -> anyhow::Result<Option<Vec<PluginStatus>>> {
    // `:port` and `0.0.0.0:port` listen here too.
    let address = match listen.rsplit_once(':') {
        Some(("" | "0.0.0.0" | "[::]", port)) => format!("localhost:{port}"),
        _ => listen.to_owned(),
    };
    let Ok(Ok(stream)) = timeout(PATIENCE, TcpStream::connect(&address)).await else { return Ok(None) };
    let answer = timeout(PATIENCE, answer(stream, &address)).await;
    let bytes = answer.with_context(|| format!("{address} does not answer"))??;
    let plugins = serde_json::from_slice(&bytes);
    plugins.map(Some).with_context(|| format!("{address}/plugins is no answer of redwasp"))
}

async fn answer(stream: TcpStream, host: &str) -> anyhow::Result<Bytes> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/plugins").header(hyper::header::HOST, host).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    ensure!(status == StatusCode::OK, "{host}/plugins answers {status}: is another program listening there?");
    let body = Limited::new(response.into_body(), LONGEST).collect().await;
    Ok(body.map_err(|error| anyhow::anyhow!("{host}: {error}"))?.to_bytes())
}
