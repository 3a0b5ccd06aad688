//! The way to the host's import `redis`; in a native test, to the bench.

use std::marker::PhantomData;

use crate::CallError;
use crate::bindings::redwasp::collector::types;

/// What became of one command.
pub(crate) type Answered = Result<Vec<u8>, CallError>;

/// What answers in a native test.
#[cfg_attr(target_family = "wasm", expect(dead_code, reason = "natively there is no host"))]
pub(crate) trait Answer {
    fn pipeline(&self, commands: &[types::Command]) -> Result<Vec<Answered>, CallError>;
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

    #[cfg(target_family = "wasm")]
    pub(crate) fn pipeline(&self, commands: &[types::Command]) -> Result<Vec<Answered>, CallError> {
        use crate::bindings::redwasp::collector::redis;
        redis::pipeline(&redis::Route::Automatic, commands)
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn pipeline(&self, commands: &[types::Command]) -> Result<Vec<Answered>, CallError> {
        match self.bench {
            Some(bench) => bench.pipeline(commands),
            None => Err(CallError::Other("there is no host".to_owned())),
        }
    }
}
