//! A connection while somebody has it: pipelines over it, and what their replies teach.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::common::Common;
use super::one::Pool;
use super::session::Session;
use crate::own::Closing;
use crate::servers::Command;
use crate::servers::error::{Cause, Error};
use crate::servers::facts::{self, Facts};
use crate::servers::redact::redact;
use crate::servers::reply::{self, Reply, ServerError};

/// A connection that is checked out. Dropping it gives it back, unless something is wrong with it.
pub struct Lease<'a> {
    common: &'a Common,
    pub(super) pool: Arc<Pool>,
    /// What is known of the server.
    pub facts: Arc<Facts>,
    connect_time: Option<Duration>,
    /// There until it is given back or replaced.
    session: Option<Session>,
    /// Whether the connection does not fit the server any more, and whether others from before do not.
    is_to_be_closed: bool,
    are_others_to_be_closed: bool,
    _permit: OwnedSemaphorePermit,
}

/// What came of one pipeline.
#[derive(Debug, Default)]
pub struct Exchange {
    /// Same length and order as the commands.
    pub replies: Vec<Reply>,
    /// Bytes that were read.
    pub bytes: u64,
    /// What the server calls its role; "" when it does not say.
    pub role: String,
    /// How long it took to connect and log in; none when a connection was waiting.
    pub connect_time: Option<Duration>,
}

impl<'a> Lease<'a> {
    /// A connection that took so long to open; none if it was waiting.
    pub(super) fn new(
        common: &'a Common,
        pool: Arc<Pool>,
        session: Session,
        connect_time: Option<Duration>,
        permit: OwnedSemaphorePermit,
    ) -> Lease<'a> {
        let facts = session.facts.clone();
        Lease {
            common,
            pool,
            facts,
            connect_time,
            session: Some(session),
            is_to_be_closed: false,
            are_others_to_be_closed: false,
            _permit: permit,
        }
    }

    /// What is known of the server after what was just read.
    pub fn latest_facts(&self) -> &Facts {
        self.session.as_ref().map_or(&self.facts, |session| &session.facts)
    }

    /// Sends commands as one pipeline and reads all replies, `limit` bytes at most. If anything goes wrong, the connection
    /// is not used again.
    ///
    /// # Errors
    /// Why there are no replies. An error reply to one command is a reply, but a server that refuses INFO cannot be read.
    pub async fn exchange(&mut self, commands: &[Command], limit: u64, deadline: Instant) -> Result<Exchange, Error> {
        if self.facts.kind.is_proxy() {
            self.try_out(commands, limit, deadline).await.map_err(|cause| self.pool.error(cause))?;
        }
        let kept_back: Vec<Option<ServerError>> = commands.iter().map(|command| self.kept_back(command)).collect();
        let sent: Vec<&Command> =
            commands.iter().zip(&kept_back).filter(|(_, kept)| kept.is_none()).map(|(command, _)| command).collect();
        let mut pipeline = redis::Pipeline::with_capacity(sent.len());
        for command in &sent {
            pipeline.add_command(self.packed(command));
        }
        // Whether the server answers is worth knowing even when nobody has a question.
        if sent.is_empty() {
            pipeline.cmd("PING");
        }
        let (mut values, _) = self.send(&pipeline, limit, deadline).await.map_err(|cause| self.pool.error(cause))?;
        let role = self.learn(&sent, &values).map_err(|cause| self.pool.error(cause))?;
        let bytes = self.session.as_ref().map_or(0, |session| session.connection.bytes_read());
        sent.iter().zip(&mut values).for_each(|(command, value)| redact(command, value));
        let mut answered = values.iter().take(sent.len()).map(reply::encode);
        let reply = |kept: Option<ServerError>| kept.map_or_else(|| answered.next(), |error| Some(Err(error)));
        let replies = kept_back.into_iter().filter_map(reply).collect();
        Ok(Exchange { replies, bytes, role, connect_time: self.connect_time })
    }

    /// What is said in place of a reply to a command that is not sent; none for all others.
    fn kept_back(&self, command: &Command) -> Option<ServerError> {
        if self.common.settings.config_command.is_none() && command.is_config() {
            return Some(config_is_not_sent());
        }
        self.facts.kind.is_proxy().then(|| self.pool.proxied().refusal(command)).flatten()
    }

    /// A command in the server's words.
    pub(super) fn packed(&self, command: &Command) -> redis::Cmd {
        let mut packed = redis::Cmd::new();
        let mut words = self.facts.spelling(command).iter();
        if let Some(name) = self.common.settings.config_command.as_ref().filter(|_| command.is_config()) {
            words.next();
            packed.arg(name);
        }
        words.for_each(|word| {
            packed.arg(word);
        });
        packed
    }

    /// How long the server takes to answer a PING; none when it refuses.
    ///
    /// # Errors
    /// Why it does not answer.
    pub async fn ping(&mut self, deadline: Instant) -> Result<Option<Duration>, Error> {
        let mut pipeline = redis::pipe();
        pipeline.cmd("PING");
        let limit = self.common.settings.reply_limit;
        let (values, time) = self.send(&pipeline, limit, deadline).await.map_err(|cause| self.pool.error(cause))?;
        let is_refused = values.iter().any(|value| matches!(value, Value::ServerError(_)));
        Ok((!is_refused).then_some(time))
    }

    /// A server may close a connection that was waiting in the moment it is used again. Only reads are ever sent, so
    /// the same can be asked once more on a new connection. The time is that of the exchange alone.
    pub(super) async fn send(
        &mut self,
        pipeline: &redis::Pipeline,
        limit: u64,
        deadline: Instant,
    ) -> Result<(Vec<Value>, Duration), Cause> {
        // A scraper may have all day; a connection that says nothing for so long is dead, and a new one may not be.
        let deadline = deadline.min(Instant::now() + self.common.settings.connect_timeout);
        let mut start = Instant::now();
        if let (Some(session), None) = (&mut self.session, self.connect_time) {
            match session.connection.exchange(pipeline, limit, deadline).await {
                Err(Cause::ClosedAtOnce) => self.close(Closing::Peer),
                result => return result.map(|values| (values, start.elapsed())),
            }
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => {
                let session = self.common.open(&self.pool, deadline).await?;
                (self.facts, self.connect_time) = (session.facts.clone(), Some(start.elapsed()));
                session
            }
        };
        start = Instant::now();
        let session = self.session.insert(session);
        session.connection.exchange(pipeline, limit, deadline).await.map(|values| (values, start.elapsed()))
    }

    pub(super) fn close(&mut self, closing: Closing) {
        if let Some(session) = self.session.take() {
            session.close(closing);
        }
    }

    /// What INFO says differently since the handshake, and the server's role. A refusal ends the connection: the next
    /// handshake looks anew.
    fn learn(&mut self, commands: &[&Command], values: &[Value]) -> Result<String, Cause> {
        let Some(session) = &mut self.session else { return Ok(String::new()) };
        for (_, value) in commands.iter().zip(values).filter(|(command, _)| command.is_info_all()) {
            if let Value::ServerError(error) = value {
                self.session = None;
                return Err(Cause::Server(error.into()));
            }
            if let Some(facts) = facts::info_text(value).and_then(|text| session.facts.updated(text)) {
                // Other connections know it as it was.
                self.are_others_to_be_closed |= facts.kind.role != session.facts.kind.role;
                // READONLY was not said on any of them, nor on this one.
                self.is_to_be_closed |= facts.kind.is_cluster_replica() && !session.facts.kind.is_cluster_replica();
                session.facts = Arc::new(facts);
            }
        }
        Ok(session.facts.role.clone())
    }
}

/// What a collector gets instead of an answer.
fn config_is_not_sent() -> ServerError {
    ServerError { code: "NOTSENT".to_owned(), message: "CONFIG is never sent (--config-command=-)".to_owned() }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.are_others_to_be_closed {
            self.pool.clear(Closing::Replaced);
        }
        if self.is_to_be_closed {
            self.close(Closing::Replaced);
        } else if let Some(mut session) = self.session.take().filter(|session| session.connection.is_clean()) {
            session.used = Instant::now();
            session.heard = session.used;
            self.common.give_back(&self.pool, session);
        }
    }
}
