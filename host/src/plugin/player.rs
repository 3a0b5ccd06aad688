//! Redis as it was recorded.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::bindings::contract::{self, CallError};
use super::bindings::redwasp::collector::redis::Node;
use super::recording::{Answers, Call, Command, Pipeline, Recording};

/// Answers calls from a recording: in their order, as long as the same is asked; what else is asked is answered command by
/// command.
pub(super) struct Player {
    /// When the request was made.
    unix_ms: u64,
    left: Mutex<Left>,
}

/// What was not asked yet; none where nothing may be asked.
#[derive(Default)]
struct Left {
    calls: VecDeque<Call>,
    answers: Answers,
}

type Answered = Result<Vec<u8>, CallError>;

impl Player {
    pub(super) fn new(recording: &Recording) -> Player {
        let of_calls = recording.calls.iter().filter_map(|call| match call {
            Call::Pipeline(pipeline) => Some(&pipeline.answers),
            Call::Nodes(_) => None,
        });
        let answers = Answers::new(of_calls.flatten());
        let left = Mutex::new(Left { calls: recording.calls.clone().into(), answers });
        Player { unix_ms: recording.unix_ms, left }
    }

    /// One for `configure`, which asks nothing.
    pub(super) fn silent(recording: &Recording) -> Player {
        Player { unix_ms: recording.unix_ms, left: Mutex::default() }
    }

    /// When the request was made, Unix time in milliseconds.
    pub(super) fn unix_ms(&self) -> u64 {
        self.unix_ms
    }

    pub(super) fn pipeline(&self, commands: &[contract::Command]) -> Result<Vec<Answered>, CallError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let is_next = match left.calls.front() {
            Some(Call::Pipeline(Pipeline { answers, .. })) => {
                let asked: Vec<Command> = commands.iter().map(Command::from).collect();
                answers.iter().map(|answered| &answered.command).eq(&asked)
            }
            _ => false,
        };
        if let Some(Call::Pipeline(Pipeline { answers, failed, .. })) =
            is_next.then(|| left.calls.pop_front()).flatten()
        {
            let answers: Vec<Answered> = answers.iter().map(|answered| (&answered.answer).into()).collect();
            return match answers.first() {
                Some(Err(error)) if failed => Err(error.clone()),
                _ => Ok(answers),
            };
        }
        Ok(commands.iter().map(|command| left.answers.next(command)).collect())
    }

    pub(super) fn nodes(&self) -> Result<Vec<Node>, CallError> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let nodes = left.calls.iter().find_map(|call| match call {
            Call::Nodes(nodes) => Some(nodes.iter().map(Into::into).collect()),
            Call::Pipeline(_) => None,
        });
        if matches!(left.calls.front(), Some(Call::Nodes(_))) {
            left.calls.pop_front();
        }
        nodes.ok_or_else(|| CallError::Denied("the recording has no nodes".to_owned()))
    }
}
