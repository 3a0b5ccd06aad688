//! The way to the host's imports `redis` and `log`; in a native test, to the bench.

use std::marker::PhantomData;

use crate::bindings::redwasp::collector::types;
use crate::{Budget, CallError, Node, Route};

/// What became of one command.
pub(crate) type Answered = Result<Vec<u8>, CallError>;

/// What answers in a native test.
#[cfg_attr(target_family = "wasm", expect(dead_code, reason = "natively there is no host"))]
pub(crate) trait Answer {
    fn pipeline(&self, commands: &[types::Command]) -> Result<Vec<Answered>, CallError>;
    fn nodes(&self) -> Result<Vec<Node>, CallError>;
    fn remaining(&self) -> Budget;
}

/// Who answers. A component calls its import directly, so that one that never asks does not import it.
#[derive(Clone, Copy)]
pub(crate) struct Host<'a> {
    #[cfg(not(target_family = "wasm"))]
    bench: Option<&'a dyn Answer>,
    lifetime: PhantomData<&'a ()>,
}

impl<'a> Host<'a> {
    /// The host of a component.
    pub(crate) fn imported() -> Host<'a> {
        Host {
            #[cfg(not(target_family = "wasm"))]
            bench: None,
            lifetime: PhantomData,
        }
    }

    /// A bench.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn bench(bench: &'a dyn Answer) -> Host<'a> {
        Host { bench: Some(bench), lifetime: PhantomData }
    }
}

#[cfg(target_family = "wasm")]
impl Host<'_> {
    pub(crate) fn pipeline(&self, route: &Route, commands: &[types::Command]) -> Result<Vec<Answered>, CallError> {
        crate::bindings::redwasp::collector::redis::pipeline(route, commands)
    }

    pub(crate) fn nodes(&self) -> Result<Vec<Node>, CallError> {
        crate::bindings::redwasp::collector::redis::nodes()
    }

    pub(crate) fn remaining(&self) -> Budget {
        crate::bindings::redwasp::collector::redis::remaining()
    }
}

#[cfg(not(target_family = "wasm"))]
impl Host<'_> {
    /// A bench has one server: every route leads to it.
    pub(crate) fn pipeline(&self, _route: &Route, commands: &[types::Command]) -> Result<Vec<Answered>, CallError> {
        self.bench.map_or_else(|| Err(nobody()), |bench| bench.pipeline(commands))
    }

    pub(crate) fn nodes(&self) -> Result<Vec<Node>, CallError> {
        self.bench.map_or_else(|| Err(nobody()), Answer::nodes)
    }

    pub(crate) fn remaining(&self) -> Budget {
        let nothing = Budget { milliseconds: 0, calls: 0, commands: 0, bytes: 0 };
        self.bench.map_or(nothing, Answer::remaining)
    }
}

#[cfg(not(target_family = "wasm"))]
fn nobody() -> CallError {
    CallError::Other("there is no host".to_owned())
}
