//! A request in a file: everything that a call was given, so that it can be made again, anywhere, with the same result.

mod parts;
mod written;

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::bindings::contract;

pub(super) use parts::{Answer, Answered, Call, Command, Page, Pipeline, Run, SavedState, Server, Target};
pub(super) use written::Bytes;

/// One request of one collector: a collect, and for a collector that walks keys one run as well.
///
/// The file is JSON. Bytes are strings whose code points U+0000 to U+00FF are the bytes: replies are mostly text, and stay
/// readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Which format this is.
    pub(super) redwasp: Format,
    /// The plugin's name.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component that was recorded.
    pub digest: Option<String>,
    /// The collector's configuration.
    pub config: serde_json::Value,
    /// The kind of server.
    pub(super) server: Server,
    /// The target, without credentials.
    pub(super) target: Target,
    /// When the scrape began, Unix time in milliseconds.
    pub unix_ms: u64,
    /// What the call before this one kept.
    pub(super) state: Option<SavedState>,
    /// What the plan had for every call.
    pub(super) prepared: Bytes,
    /// The commands of the plan, with what came of them.
    pub(super) prefetched: Vec<Answered>,
    /// What the calls asked of Redis, in their order.
    #[serde(default)]
    pub(super) calls: Vec<Call>,
    /// The run over keys.
    pub(super) sweep: Option<Run>,
}

/// The format of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Format {
    /// The first.
    #[serde(rename = "recording/1")]
    First,
}

/// A file that is no recording.
#[derive(Debug, thiserror::Error)]
pub enum NoRecording {
    /// It is something else.
    #[error("this is no recording of `redwasp plugin record`: {0}")]
    Other(serde_json::Error),
    /// It is of a format that is not known here.
    #[error("this is a {0}, and this redwasp reads recording/1")]
    Newer(String),
    /// It is too long.
    #[error("{0} bytes, and a recording has {largest} at most", largest = Recording::LARGEST)]
    TooLong(usize),
}

/// What is read first.
#[derive(Deserialize)]
struct Head {
    redwasp: String,
}

impl Recording {
    /// Bytes of a recording, at most.
    pub const LARGEST: usize = 256 << 20;

    /// Whether a file is a recording, of whatever format.
    pub fn is_one(text: &[u8]) -> bool {
        serde_json::from_slice::<Head>(text).is_ok_and(|head| head.redwasp.starts_with("recording/"))
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong with it, with line and column.
    pub fn read(text: &[u8]) -> Result<Recording, NoRecording> {
        if text.len() > Recording::LARGEST {
            return Err(NoRecording::TooLong(text.len()));
        }
        let head: Head = serde_json::from_slice(text).map_err(NoRecording::Other)?;
        if head.redwasp.starts_with("recording/") && head.redwasp != "recording/1" {
            return Err(NoRecording::Newer(head.redwasp));
        }
        serde_json::from_slice(text).map_err(NoRecording::Other)
    }

    /// The request of the collect, for a plan that prefetches these commands: those that were not recorded are denied.
    pub(super) fn request(&self, prepared: Vec<u8>, prefetch: &[contract::Command]) -> contract::Request {
        let mut answers = Answers::new(&self.prefetched);
        contract::Request {
            prefetched: prefetch.iter().map(|command| answers.next(command)).collect(),
            state: self.state.clone().map(Into::into),
            ..self.beginning(prepared, self.unix_ms)
        }
    }

    /// The request that a run over keys begins with.
    pub(super) fn beginning(&self, prepared: Vec<u8>, unix_ms: u64) -> contract::Request {
        contract::Request {
            prepared,
            target: self.target.clone().into(),
            server: self.server.clone().into(),
            prefetched: Vec::new(),
            state: None,
            unix_ms,
            extra: Vec::new(),
        }
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// Recorded answers, by command. One that was recorded several times is answered with the first, then the second, and with
/// the last from there on.
#[derive(Default)]
pub(super) struct Answers(HashMap<Command, Recorded>);

#[derive(Default)]
struct Recorded {
    answers: Vec<Answer>,
    given: usize,
}

impl Answers {
    pub(super) fn new<'a>(answered: impl IntoIterator<Item = &'a Answered>) -> Answers {
        let mut answers = Answers::default();
        for Answered { command, answer } in answered {
            answers.0.entry(command.clone()).or_default().answers.push(answer.clone());
        }
        answers
    }

    /// What came of this command.
    pub(super) fn next(&mut self, command: &contract::Command) -> Result<Vec<u8>, contract::CallError> {
        let command = Command::from(command);
        let Some(Recorded { answers, given }) = self.0.get_mut(&command) else {
            let words = super::words::tidy(&command.words());
            return Err(contract::CallError::Denied(format!("the recording has no {words}")));
        };
        let answer = answers.get(*given).or(answers.last());
        *given += 1;
        answer.map_or_else(|| Err(contract::CallError::Timeout), Into::into)
    }
}
