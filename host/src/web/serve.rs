//! Accepts connections until it is told to stop, then lets requests finish.

use std::convert::Infallible;
use std::future::Future;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::App;
use super::silent::{Connection, Silent};

/// HTTP connections at once. When there are more, one that has no request under way is closed for each; if all have, more
/// wait in the kernel's queue.
pub const CONNECTIONS: usize = 1024;

/// How long a client may take to send a request, and how long a kept connection may be silent.
const SILENCE: Duration = Duration::from_secs(180);

/// How long an answer may wait for its client to read it.
const UNREAD: Duration = Duration::from_secs(10);

/// How long requests in progress may take once the daemon is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `stop` is ready and requests in progress are answered, for ten seconds at most.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (silent, graceful) = (Arc::new(Silent::default()), GracefulShutdown::new());
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let accepted = listener.accept().await;
            (place(&places, &silent).await, accepted)
        };
        let (place, stream) = tokio::select! {
            () = &mut stop => break,
            (place, accepted) = accepted => match accepted {
                Ok((stream, _)) => (place, stream),
                Err(error) => {
                    // Out of file descriptors, as a rule: accepting at once again would only burn CPU.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        prepare(&stream);
        let (app, connection) = (app.clone(), silent.connection());
        let service = {
            let connection = connection.clone();
            service_fn(move |request| answer(app.clone(), connection.clone(), request))
        };
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(SILENCE);
        let served = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        let task = tokio::spawn({
            let connection = connection.clone();
            async move {
                let _place = place;
                if let Err(error) = served.await {
                    tracing::debug!(%error, "connection ended");
                }
                connection.end();
            }
        });
        connection.begin(task.abort_handle());
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests in progress were cut off");
    }
}

/// A place for one more connection, if need be that of one that is silent.
async fn place(places: &Arc<Semaphore>, silent: &Silent) -> Option<OwnedSemaphorePermit> {
    loop {
        tokio::select! {
            biased;
            place = places.clone().acquire_owned() => return place.ok(),
            () = silent.make_room() => {}
        }
    }
}

/// Answers are sent at once, and a client that does not take them loses its connection. Where the system knows no such
/// option, it does without.
fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    let milliseconds = UNREAD.as_millis() as libc::c_uint;
    // SAFETY: the descriptor is open, and the option's value is one unsigned integer (tcp(7), TCP_USER_TIMEOUT).
    unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_USER_TIMEOUT,
            (&raw const milliseconds).cast(),
            size_of::<libc::c_uint>() as libc::socklen_t,
        );
    }
}

async fn answer(
    app: Arc<App>,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<super::Response, Infallible> {
    let start = std::time::Instant::now();
    connection.speaks();
    let response = app.handle(&request).await;
    connection.is_silent();
    let (path, status) = (request.uri().path(), response.status().as_u16());
    tracing::debug!(path, status, milliseconds = start.elapsed().as_millis() as u64, "answered");
    Ok(response)
}
