//! What is taken down while a collector is called, for a recording.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bindings::contract;
use super::bindings::redwasp::collector::redis;
use super::load::Plugin;
use super::recording::{Answered, Call, Format, Page, Pipeline, Recording, Run};

/// Takes down the last collect of a collector, and the last run over keys. A collector that is served has none.
#[derive(Default)]
pub struct Tape(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    /// Of the last plan.
    prefetch: Vec<contract::Command>,
    sweeps: Vec<contract::Sweep>,
    collect: Option<contract::Request>,
    calls_of_collect: Vec<Call>,
    /// Whether it kept something for the next.
    has_state: bool,
    /// Bytes of keys and replies that are held.
    size: usize,
    run: Option<Run>,
    calls_of_run: Vec<Call>,
}

/// What was taken down is more than a recording can have.
#[derive(Debug, thiserror::Error)]
#[error(
    "the walk is too long to be recorded: more than {} bytes; record one that ends earlier, with --sweep.max-keys",
    Recording::LARGEST
)]
pub struct TooLong;

/// Which call something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    Collect,
    Run,
}

/// A tape with the track that a call writes to.
pub(super) type Taping = (Arc<Tape>, Track);

impl Tape {
    /// What there is of a collector with this plugin and configuration; none before its first collect.
    pub fn recording(&self, plugin: &Plugin, config: serde_json::Value) -> Option<Result<Recording, TooLong>> {
        let taken = self.taken();
        let request = taken.collect.clone()?;
        if taken.size > Recording::LARGEST {
            return Some(Err(TooLong));
        }
        let answered = |(command, answer): (&contract::Command, &Result<_, _>)| Answered {
            command: command.into(),
            answer: answer.into(),
        };
        Some(Ok(Recording {
            redwasp: Format::First,
            plugin: plugin.description.name.clone(),
            version: plugin.description.version.clone(),
            digest: plugin.digest.map(|digest| digest.to_string()),
            config,
            server: request.server.into(),
            target: request.target.into(),
            unix_ms: request.unix_ms,
            state: request.state.map(Into::into),
            prepared: request.prepared.into(),
            prefetched: taken.prefetch.iter().zip(&request.prefetched).map(answered).collect(),
            calls: taken.calls_of_collect.iter().chain(&taken.calls_of_run).cloned().collect(),
            sweep: taken.run.clone(),
        }))
    }

    /// Whether the last collect kept something for the next.
    pub fn has_state(&self) -> bool {
        self.taken().has_state
    }

    pub(super) fn kept(&self, has_state: bool) {
        self.taken().has_state = has_state;
    }

    pub(super) fn plan(&self, plan: &contract::Plan) {
        let mut taken = self.taken();
        taken.prefetch.clone_from(&plan.prefetch);
        taken.sweeps.clone_from(&plan.sweeps);
    }

    pub(super) fn collect(&self, request: &contract::Request) {
        let mut taken = self.taken();
        taken.collect = Some(request.clone());
        taken.calls_of_collect.clear();
    }

    pub(super) fn begin(&self, request: &contract::Request) {
        let mut taken = self.taken();
        let sweeps = taken.sweeps.iter().map(Into::into).collect();
        taken.size = 0;
        taken.run = Some(Run { unix_ms: request.unix_ms, sweeps, pages: Vec::new(), complete: false });
        taken.calls_of_run.clear();
    }

    pub(super) fn page(&self, sweep: u32, keys: &[contract::Swept]) {
        let mut taken = self.taken();
        let replies = |key: &contract::Swept| key.reads.iter().flatten().flatten().map(Vec::len).sum::<usize>();
        taken.size += keys.iter().map(|key| key.key.len() + replies(key)).sum::<usize>();
        if taken.size <= Recording::LARGEST
            && let Some(run) = &mut taken.run
        {
            run.pages.push(Page { sweep, keys: keys.iter().map(Into::into).collect() });
        }
    }

    pub(super) fn end(&self, complete: bool) {
        self.taken().run.iter_mut().for_each(|run| run.complete = complete);
    }

    pub(super) fn pipeline(
        &self,
        track: Track,
        route: &redis::Route,
        commands: &[contract::Command],
        result: &Result<Vec<Result<Vec<u8>, contract::CallError>>, contract::CallError>,
    ) {
        let answer = |place: usize| match result {
            Ok(answers) => answers.get(place).map(Into::into),
            Err(error) => Some((&Err(error.clone())).into()),
        };
        let answered = |(place, command): (usize, &contract::Command)| {
            Some(Answered { command: command.into(), answer: answer(place)? })
        };
        let answers = commands.iter().enumerate().filter_map(answered).collect();
        self.call(track, Call::Pipeline(Pipeline { route: route.into(), answers, failed: result.is_err() }));
    }

    pub(super) fn nodes(&self, track: Track, nodes: &[redis::Node]) {
        self.call(track, Call::Nodes(nodes.iter().map(Into::into).collect()));
    }

    fn call(&self, track: Track, call: Call) {
        let mut taken = self.taken();
        match track {
            Track::Collect => taken.calls_of_collect.push(call),
            Track::Run => taken.calls_of_run.push(call),
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
