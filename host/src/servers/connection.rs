//! One connection to a server.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisConnectionInfo, Value};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};

use super::error::Cause;
use super::meter::{Budget, Meter, Metered};
use super::reach;
use super::reply::ServerError;
use super::tls::Connectors;
use crate::config::target::{Address, Target};

/// A connection for one exchange at a time. The client's driver is polled by the exchange itself: no task lives on
/// behind a connection, and dropping the connection closes the socket whatever it was doing.
pub(super) struct Connection {
    client: MultiplexedConnection,
    driver: Pin<Box<dyn Future<Output = ()> + Send>>,
    meter: Arc<Meter>,
    /// False from the first byte sent until the last reply is read.
    clean: bool,
}

impl Connection {
    /// Connects; nothing is said to the server yet. Where nobody vouches for the address it may not lead anywhere.
    pub(super) async fn open(
        target: &Target,
        is_vouched_for: bool,
        (tls, budget): (&Connectors, &Arc<Budget>),
        deadline: Instant,
    ) -> Result<Connection, Cause> {
        let (host, port) = match &target.address {
            Address::Tcp { host, port } => (host, *port),
            Address::Unix { path } => {
                let stream = in_time(deadline, UnixStream::connect(path)).await?;
                return Connection::over(stream.map_err(refused)?, budget).await;
            }
        };
        let stream = match is_vouched_for {
            true => in_time(deadline, reach::connect(host, port)).await?,
            false => in_time(deadline, reach::connect_stranger(host, port)).await??,
        };
        let stream = stream.map_err(refused)?;
        // Requests are one write each: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let Some(settings) = &target.tls else { return Connection::over(stream, budget).await };
        let stream = timeout_at(deadline, tls.connect(settings, host, stream)).await;
        Connection::over(stream.map_err(|_| Cause::TlsTimeout)??, budget).await
    }

    async fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        budget: &Arc<Budget>,
    ) -> Result<Connection, Cause> {
        let (stream, meter) = Metered::new(stream, budget);
        // The handshake is ours: the client's own neither falls back to RESP2 nor shows what the server said.
        let info = RedisConnectionInfo::default().set_skip_set_lib_name();
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let (client, driver) = MultiplexedConnection::new_with_config(&info, stream, config)
            .await
            .map_err(|error| Cause::Connect(error.to_string()))?;
        Ok(Connection { client, driver: Box::pin(driver), meter, clean: true })
    }

    /// Sends commands in one write and reads as many replies, `limit` bytes at most. Any failure leaves the
    /// connection unclean.
    pub(super) async fn exchange(
        &mut self,
        pipeline: &redis::Pipeline,
        limit: u64,
        deadline: Instant,
    ) -> Result<Vec<Value>, Cause> {
        self.clean = false;
        self.meter.start(limit);
        let request = self.client.send_packed_commands(pipeline, 0, pipeline.len());
        let driver = &mut self.driver;
        let answered = async {
            tokio::pin!(request);
            tokio::select! {
                biased;
                result = &mut request => (result, true),
                // A driver that ends has dropped or answered the request. It must not be polled again.
                () = driver => (request.await, false),
            }
        };
        let answered = timeout_at(deadline, answered).await;
        self.meter.end();
        let (result, alive) = answered.map_err(|_| Cause::Hung)?;
        let values = result.map_err(|_| self.cause(limit))?;
        self.clean = alive;
        Ok(values)
    }

    /// Whether nothing is under way and nothing has ended it.
    pub(super) fn is_clean(&self) -> bool {
        self.clean
    }

    /// Whether the server has kept it open since the last exchange.
    pub(super) fn is_open(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.driver.as_mut().poll(&mut cx) == Poll::Pending
    }

    /// Bytes that the last exchange read.
    pub(super) fn bytes_read(&self) -> u64 {
        self.meter.read()
    }

    /// Why an exchange failed. The client's own error does not tell: in a pipeline it says that the connection is
    /// closed, whoever closed it.
    fn cause(&self, limit: u64) -> Cause {
        if self.meter.exceeded() {
            Cause::ReplyLimit(limit)
        } else if self.meter.overfull() {
            Cause::Overfull
        } else if let Some(fault) = self.meter.fault() {
            // In TLS 1.3 a client learns after the handshake that its certificate is not accepted (RFC 8446, 4.4.2).
            Cause::Tls(fault)
        } else if !self.meter.ended() {
            // Nobody but the client itself gave up, at bytes that it could not read.
            Cause::NotRedis
        } else if let Some(error) = self.meter.last_words() {
            // Said of the connection, and not in answer to the first of several commands.
            Cause::Server(ServerError::of(&error))
        } else if self.meter.read() == 0 {
            Cause::ClosedAtOnce
        } else {
            Cause::Closed
        }
    }
}

async fn in_time<T>(deadline: Instant, attempt: impl Future<Output = T>) -> Result<T, Cause> {
    timeout_at(deadline, attempt).await.map_err(|_| Cause::ConnectTimeout)
}

/// The error without the number that the standard library adds.
fn refused(error: std::io::Error) -> Cause {
    let text = error.to_string();
    Cause::Connect(text.split(" (os error").next().unwrap_or_default().to_owned())
}
