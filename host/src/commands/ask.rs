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
    let bytes = answer.context("no answer in time").and_then(|answer| answer);
    let plugins = bytes.and_then(|bytes| serde_json::from_slice(&bytes).context("it is not the list of plugins"));
    plugins.map(Some).with_context(|| {
        format!(
            "what listens on {address} does not answer /plugins as redwasp does; say with --web.listen-address where \
             the daemon listens, or name a free port to see what one would have"
        )
    })
}

async fn answer(stream: TcpStream, host: &str) -> anyhow::Result<Bytes> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/plugins").header(hyper::header::HOST, host).body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    ensure!(status == StatusCode::OK, "it answers {status}");
    let body = Limited::new(response.into_body(), LONGEST).collect().await;
    Ok(body.map_err(|error| anyhow::anyhow!(error))?.to_bytes())
}
