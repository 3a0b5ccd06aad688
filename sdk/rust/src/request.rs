//! What a collect is given.

use serde::de::DeserializeOwned;

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::{CallError, Failure, Prefetched, Reply, Server, Target, resp};

/// Everything a collect may depend on.
pub struct Request<'a> {
    inner: &'a contract::Request,
}

impl<'a> Request<'a> {
    pub(crate) fn new(inner: &'a contract::Request) -> Request<'a> {
        Request { inner }
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
        let bytes = self.bytes(prefetched).map_err(Failure::Redis)?;
        match resp::decode(bytes)? {
            Reply::Error(error) => Err(Failure::Redis(CallError::Server(error))),
            reply => Ok(reply),
        }
    }

    /// The reply to a command of the plan as RESP3 bytes.
    ///
    /// # Errors
    /// Why there is no reply.
    pub fn bytes(&self, prefetched: Prefetched) -> Result<&'a [u8], CallError> {
        match self.inner.prefetched.get(prefetched.0 as usize) {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(error)) => Err(error.clone()),
            None => Err(CallError::Other("the host gave no reply to this command".to_owned())),
        }
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
