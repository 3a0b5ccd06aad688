//! What a collect is given.

use serde::de::DeserializeOwned;

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::host::{Answered, Host};
use crate::{Budget, CallError, Command, Failure, Node, Prefetched, Reply, Route, Server, Target, resp};

/// Everything a collect may depend on.
pub struct Request<'a> {
    inner: &'a contract::Request,
    host: Host<'a>,
}

/// Replies to the commands of a [`Request::pipeline`], in their order.
pub struct Replies(Vec<Answered>);

impl Replies {
    /// The reply to the command at this place.
    ///
    /// # Errors
    /// [`Failure::Redis`] when there is no reply or the reply is an error; [`Failure::Other`] when it is not RESP.
    pub fn reply(&self, place: usize) -> Result<Reply<'_>, Failure> {
        resp::reply(self.bytes(place))
    }

    /// The reply to the command at this place as RESP3 bytes.
    ///
    /// # Errors
    /// Why there is no reply.
    pub fn bytes(&self, place: usize) -> Result<&[u8], CallError> {
        bytes(&self.0, place)
    }
}

impl<'a> Request<'a> {
    pub(crate) fn new(inner: &'a contract::Request, host: Host<'a>) -> Request<'a> {
        Request { inner, host }
    }

    /// Asks for commands that only a reply can name, in one round trip. What a plan can name is better prefetched: that costs
    /// no round trip of its own. Reads other than keyless statistics have to be among the plan's asks
    /// ([`Plan::ask`](crate::Plan::ask)); a command that is not granted is refused by itself, as a value. Budgets of a
    /// collect, and of a page: 64 calls, 1,024 commands, 16 MiB of replies.
    ///
    /// # Errors
    /// [`Failure::Redis`] when there is no reply to any of them.
    pub fn pipeline(&self, commands: &[Command]) -> Result<Replies, Failure> {
        self.pipeline_to(&Route::Automatic, commands)
    }

    /// As [`Request::pipeline`], on a node of a cluster that the collector chooses: one of [`Request::nodes`], or the one that
    /// has a key. The short form follows the key of each command. Outside of a cluster every route leads to the one server.
    ///
    /// # Errors
    /// [`Failure::Redis`] when there is no reply to any of them.
    pub fn pipeline_to(&self, route: &Route, commands: &[Command]) -> Result<Replies, Failure> {
        let commands: Vec<_> = commands.iter().map(Command::record).collect();
        self.host.pipeline(route, &commands).map(Replies).map_err(Failure::Redis)
    }

    /// The nodes behind the target; one, without slots, outside a cluster. It counts as a pipeline.
    ///
    /// # Errors
    /// [`Failure::Redis`] when they cannot be had.
    pub fn nodes(&self) -> Result<Vec<Node>, Failure> {
        self.host.nodes().map_err(Failure::Redis)
    }

    /// What is left of this call's budgets: milliseconds, calls, commands, bytes of replies.
    pub fn remaining(&self) -> Budget {
        self.host.remaining()
    }

    /// The server that answered.
    pub fn server(&self) -> &'a Server {
        &self.inner.server
    }

    /// Which target this call is about.
    pub fn target(&self) -> &'a Target {
        &self.inner.target
    }

    /// When the scrape began, Unix time in milliseconds. A collector has no other clock.
    pub fn unix_ms(&self) -> u64 {
        self.inner.unix_ms
    }

    /// The reply to a command of the plan.
    ///
    /// # Errors
    /// [`Failure::Redis`] when there is no reply or the reply is an error; [`Failure::Other`] when it is not RESP.
    pub fn reply(&self, prefetched: Prefetched) -> Result<Reply<'a>, Failure> {
        resp::reply(self.bytes(prefetched))
    }

    /// The reply to a command of the plan as RESP3 bytes.
    ///
    /// # Errors
    /// Why there is no reply.
    pub fn bytes(&self, prefetched: Prefetched) -> Result<&'a [u8], CallError> {
        bytes(&self.inner.prefetched, prefetched.0 as usize)
    }

    /// What the collect before this one saved, with the version of the plugin that saved it.
    pub fn state(&self) -> Option<(&'a str, &'a [u8])> {
        self.inner.state.as_ref().map(|state| (state.plugin_version.as_str(), state.bytes.as_slice()))
    }

    /// What the collect before this one kept with [`Report::keep`](crate::Report::keep); none in the first, and when it is
    /// something else.
    pub fn saved<T: DeserializeOwned>(&self) -> Option<T> {
        self.state().and_then(|(_, bytes)| postcard::from_bytes(bytes).ok())
    }
}

fn bytes(answers: &[Answered], place: usize) -> Result<&[u8], CallError> {
    match answers.get(place) {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(error)) => Err(error.clone()),
        None => Err(CallError::Other("the host gave no reply to this command".to_owned())),
    }
}
