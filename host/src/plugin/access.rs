//! Redis as one call may ask it: every command is checked, counted and timed.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::bindings::contract::{CallError, Command};
use super::bindings::redwasp::collector::redis::{Budget, Node, Route};
use super::convert;
use super::grants::{Denied, Permit, shown};
use super::player::Player;
use super::tape::Taping;
use super::words;
use crate::config::Limits;
use crate::config::target::Target;
use crate::servers::{self, Cause, Exchange, Pools, ServerError, ServerKind, Steps};

/// Bytes of all commands of one pipeline, or of a prefetch, as they are held.
pub(super) const ARGUMENTS: usize = 1 << 20;

/// What a command or an argument costs to hold, besides its bytes.
pub(super) const OVERHEAD: usize = 32;

/// Texts of denials that are kept of one call.
const DENIALS: usize = 8;

/// Errors of the server that are kept of one call.
pub(super) const ERRORS: usize = 8;

/// The server that a call is about, and the way to it.
#[derive(Clone)]
pub struct Access {
    /// Connections to it.
    pub pools: Arc<Pools>,
    /// The server.
    pub target: Target,
    /// What is known of it.
    pub kind: ServerKind,
    /// The runtime that serves connections: guests run on another.
    pub main: Handle,
}

/// What a call asked of Redis.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Calls of `pipeline` and `nodes`.
    pub calls: u32,
    /// Commands that were sent.
    pub commands: u32,
    /// Bytes of replies.
    pub bytes: u64,
    /// Waiting for replies.
    pub time: Duration,
    /// Commands that were not sent because nobody allows them.
    pub denials: u64,
    /// What was said of the first of them.
    pub denied: Vec<String>,
    /// What the server said to the first commands that it refused, and which these were.
    pub errors: Vec<(ServerError, String)>,
}

impl Asked {
    /// Adds what another call asked.
    pub(super) fn add(&mut self, other: Asked) {
        self.calls += other.calls;
        self.commands += other.commands;
        self.bytes += other.bytes;
        self.time += other.time;
        self.denials += other.denials;
        let room = ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(other.errors.into_iter().take(room));
        for denied in other.denied {
            if self.denied.len() < DENIALS && !self.denied.contains(&denied) {
                self.denied.push(denied);
            }
        }
    }
}

/// Who answers what a call asks.
#[derive(Clone)]
pub(super) enum Way {
    /// Nobody: a plugin that is tried out.
    Nobody,
    /// A server. What is asked and answered may be taken down.
    Server(Box<Access>, Option<Taping>),
    /// A recording.
    Recorded(Arc<Player>),
}

/// One call's way to Redis, with its budgets.
pub(super) struct Desk {
    way: Way,
    permit: Arc<Permit>,
    limits: Limits,
    deadline: Instant,
    asked: Asked,
    /// Since when it waits for replies; a call that ends while it waits leaves that here.
    waits: Option<Instant>,
}

/// What became of one command.
type Answered = Result<Vec<u8>, CallError>;

/// Commands that go over one connection, with their places in the pipeline.
type Lot = (Vec<usize>, Vec<servers::Command>);

impl Desk {
    pub(super) fn new(way: Way, permit: Arc<Permit>, limits: Limits, deadline: Instant) -> Desk {
        Desk { way, permit, limits, deadline, asked: Asked::default(), waits: None }
    }

    /// Lets go of the server: there is nothing more to ask.
    pub(super) fn leave(&mut self) {
        self.way = Way::Nobody;
    }

    /// What the call asked, when it has ended.
    pub(super) fn close(&mut self) -> Asked {
        self.asked.time += self.waits.take().map_or(Duration::ZERO, |start| start.elapsed());
        mem::take(&mut self.asked)
    }

    /// What is left of the budgets.
    pub(super) fn remaining(&self) -> Budget {
        let time = match self.way {
            // The same request gives the same report, however fast this machine is.
            Way::Recorded(_) => self.limits.wall,
            Way::Nobody | Way::Server(..) => self.deadline.saturating_duration_since(Instant::now()),
        };
        Budget {
            milliseconds: u32::try_from(time.as_millis()).unwrap_or(u32::MAX),
            calls: self.limits.calls - self.asked.calls,
            commands: self.limits.commands - self.asked.commands,
            bytes: self.limits.reply_bytes - self.asked.bytes,
        }
    }

    /// Counts a call with so many commands, before any of them is looked at.
    pub(super) fn admit(&mut self, commands: usize) -> Result<(), CallError> {
        if self.asked.calls >= self.limits.calls {
            return Err(CallError::Limit(format!("more than {} calls (limits.calls)", self.limits.calls)));
        }
        self.asked.calls += 1;
        if commands > (self.limits.commands - self.asked.commands) as usize {
            let limit = self.limits.commands;
            return Err(CallError::Limit(format!("more than {limit} commands in one collect (limits.commands)")));
        }
        // A round trip that may read nothing would only cost a connection.
        if commands > 0 && self.asked.bytes >= self.limits.reply_bytes {
            let limit = self.limits.reply_bytes;
            return Err(CallError::Limit(format!(
                "more than {limit} bytes of replies in one collect (limits.reply-bytes)"
            )));
        }
        Ok(())
    }

    /// Runs what is granted; the rest is denied, command by command. To be admitted first.
    pub(super) async fn pipeline(&mut self, route: &Route, commands: Vec<Command>) -> Result<Vec<Answered>, CallError> {
        let (access, taping) = match &mut self.way {
            Way::Nobody => return Err(tried_out()),
            Way::Recorded(player) => {
                let result = player.pipeline(&commands);
                self.count(&result);
                return result;
            }
            Way::Server(access, taping) => (access.clone(), taping.clone()),
        };
        let taken = taping.map(|taping| (taping, commands.clone()));
        let result = self.ask_server(access, route, commands).await;
        if let Some(((tape, track), commands)) = taken {
            tape.pipeline(track, route, &commands, &result);
        }
        result
    }

    /// When the request was made, if it was recorded.
    pub(super) fn recorded_at(&self) -> Option<u64> {
        if let Way::Recorded(player) = &self.way { Some(player.unix_ms()) } else { None }
    }

    /// Counts what is answered from a recording as what a server answers, so that budgets end at the same place.
    fn count(&mut self, result: &Result<Vec<Answered>, CallError>) {
        let answers = result.as_deref().unwrap_or_default();
        let is_sent = |answer: &&Answered| !matches!(answer, Err(CallError::Denied(_)));
        self.asked.commands += answers.iter().filter(is_sent).count() as u32;
        let bytes: usize = answers.iter().flatten().map(Vec::len).sum();
        self.asked.bytes = (self.asked.bytes + bytes as u64).min(self.limits.reply_bytes);
    }

    async fn ask_server(
        &mut self,
        access: Box<Access>,
        route: &Route,
        commands: Vec<Command>,
    ) -> Result<Vec<Answered>, CallError> {
        route_is_known(route, &access)?;
        let (mut answers, lots) = self.lots(access.target.database, commands);
        let nothing_else = lots.len() == 1;
        for (database, (places, commands)) in lots {
            let target = Target { database, ..access.target.clone() };
            match self.ask(&access, target, commands).await {
                Ok(replies) => places.into_iter().zip(replies).for_each(|(place, reply)| answers[place] = reply),
                Err(error) if nothing_else && places.len() == answers.len() => return Err(error),
                Err(error) => places.into_iter().for_each(|place| answers[place] = Err(error.clone())),
            }
        }
        Ok(answers)
    }

    /// What may be sent, by database, and an answer for each command: of the rest, why it is not sent. Commands that read
    /// no keys go to the database that the target's connections have.
    fn lots(&mut self, own: u32, commands: Vec<Command>) -> (Vec<Answered>, BTreeMap<u32, Lot>) {
        let (mut answers, steps) = (Vec::with_capacity(commands.len()), Steps::default());
        let mut lots: BTreeMap<u32, Lot> = BTreeMap::new();
        for (place, command) in commands.into_iter().enumerate() {
            let (database, command) = (command.database, servers::Command::of(command.args));
            match self.permit.pipeline(&command, database, &steps) {
                Ok(read) => {
                    let database = if read.is_of_database { database } else { own };
                    let (places, commands) = lots.entry(database).or_default();
                    places.push(place);
                    commands.push(command);
                    // Every place is filled from its lot.
                    answers.push(Err(CallError::Timeout));
                }
                Err(denied @ Denied::TooLong { .. }) => answers.push(Err(CallError::Limit(denied.to_string()))),
                Err(denied) => answers.push(Err(CallError::Denied(self.note(words::tidy(&denied.to_string()))))),
            }
        }
        (answers, lots)
    }

    /// The nodes behind the target. To be admitted first.
    pub(super) fn nodes(&mut self) -> Result<Vec<Node>, CallError> {
        match &mut self.way {
            Way::Nobody => Err(tried_out()),
            Way::Recorded(player) => player.nodes(),
            Way::Server(access, taping) => {
                let nodes = vec![node(access)];
                if let Some((tape, track)) = taping {
                    tape.nodes(*track, &nodes);
                }
                Ok(nodes)
            }
        }
    }

    fn note(&mut self, denied: String) -> String {
        self.asked.denials += 1;
        if self.asked.denied.len() < DENIALS && !self.asked.denied.contains(&denied) {
            self.asked.denied.push(denied.clone());
        }
        denied
    }

    /// One round trip. Connections are served by the main runtime; a call that ends takes its round trip with it.
    async fn ask(
        &mut self,
        access: &Access,
        target: Target,
        commands: Vec<servers::Command>,
    ) -> Result<Vec<Answered>, CallError> {
        let (pools, deadline) = (access.pools.clone(), self.deadline);
        let limit = self.limits.reply_bytes - self.asked.bytes;
        self.asked.commands += commands.len() as u32;
        self.waits = Some(Instant::now());
        let database = target.database;
        let exchange = async move { (pools.ask(&target, &commands, limit, deadline).await, commands) };
        let result = Task(access.main.spawn(exchange)).wait().await;
        self.asked.time += self.waits.take().map_or(Duration::ZERO, |start| start.elapsed());
        match result {
            Some((Ok(exchange), commands)) => {
                self.note_errors(&exchange, &commands, database);
                Ok(self.answers(exchange))
            }
            Some((Err(error), _)) => {
                if matches!(error.cause, Cause::ReplyLimit(_)) {
                    self.asked.bytes = self.limits.reply_bytes;
                }
                Err(convert::no_reply(&error.cause))
            }
            None => Err(CallError::Other("redwasp is ending".to_owned())),
        }
    }

    /// So that whoever is told of an error is told of what.
    fn note_errors(&mut self, exchange: &Exchange, commands: &[servers::Command], database: u32) {
        for (reply, command) in exchange.replies.iter().zip(commands) {
            if self.asked.errors.len() == ERRORS {
                return;
            }
            if let (Err(error), Some(what)) = (reply, shown(command, database)) {
                self.asked.errors.push((error.clone(), what));
            }
        }
    }

    fn answers(&mut self, exchange: Exchange) -> Vec<Answered> {
        self.asked.bytes = (self.asked.bytes + exchange.bytes).min(self.limits.reply_bytes);
        exchange.replies.into_iter().map(|reply| convert::reply(&reply, self.limits.nesting)).collect()
    }
}

/// Bytes of a command, as it is held.
pub(super) fn size_of_command(command: &Command) -> usize {
    command.args.iter().fold(OVERHEAD, |size, arg| size + OVERHEAD + arg.len())
}

/// Outside of a cluster every route leads to the one server, unless it names another.
fn route_is_known(route: &Route, access: &Access) -> Result<(), CallError> {
    match route {
        Route::Node(name) if *name != id(access) => {
            Err(CallError::Other(format!("there is no node {:?}; redis.nodes lists them", words::tidy(name))))
        }
        _ => Ok(()),
    }
}

fn tried_out() -> CallError {
    CallError::Denied("Redis is not asked while a plugin is tried out".to_owned())
}

fn node(access: &Access) -> Node {
    Node {
        id: id(access),
        address: access.target.address.to_string(),
        role: access.kind.role.clone(),
        shard: String::new(),
        primary: String::new(),
        slots: Vec::new(),
        extra: Vec::new(),
    }
}

/// What a server that is no cluster's node is called.
fn id(access: &Access) -> String {
    access.target.address.to_string()
}

/// A task that ends when nobody waits for it any more.
struct Task<T>(JoinHandle<T>);

impl<T> Task<T> {
    /// None when the runtime ended, or the task panicked.
    async fn wait(mut self) -> Option<T> {
        (&mut self.0).await.ok()
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
