//! One collect: what the call is given, and what comes of it.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::access::{Access, ERRORS, Way};
use super::bindings::contract::{self, CallError};
use super::call::{Collect, Ended, Order, Usage, call};
use super::collector::Collector;
use super::convert::{self, Report};
use super::failure::{Cause, Failure, Step};
use super::grants::shown;
use super::ledger::State;
use super::load::Code;
use super::plan::Plan;
use super::tape::Track;
use crate::servers::{Reply, ServerError};

/// What a collect is about.
pub struct Request<'a> {
    /// The target's name, without credentials.
    pub name: &'a str,
    /// The server, and the way to it.
    pub access: &'a Access,
    /// Same length and order as the plan's prefetch.
    pub replies: Vec<Result<&'a Reply, CallError>>,
    /// What the last call wanted to be given back.
    pub state: Option<State>,
    /// When the scrape began, Unix time in milliseconds.
    pub unix_ms: u64,
    /// When the scrape must be done.
    pub deadline: Instant,
}

impl Collector {
    /// Runs one collect.
    ///
    /// # Errors
    /// What ended it. Nothing of a failed collect is used.
    pub async fn collect(&self, plan: &Plan, request: &Request<'_>) -> (Result<Report, Failure>, Usage) {
        let record = self.record(plan, request);
        if let Some(tape) = &self.tape {
            tape.collect(&record);
        }
        let (result, usage) = match &self.plugin.code {
            Code::Linked(linked) => (Ok(linked.collect(record)), Usage::default()),
            Code::Component { sandbox, pre, warm, .. } => {
                let taping = self.tape.clone().map(|tape| (tape, Track::Collect));
                let (permit, way) = (plan.permit.clone(), Way::Server(Box::new(request.access.clone()), taping));
                let warm = warm.as_ref();
                let (limits, deadline, invocation) = (&self.config.limits, request.deadline, Collect(record));
                call(Order { sandbox, pre, warm, limits, permit, way, deadline, invocation }).await
            }
        };
        let report = result
            .and_then(|result| result.map_err(|failure| Ended::from(with_command(failure, plan, request, &usage))))
            .and_then(|report| {
                convert::report(report, plan, self.namespace(), &self.config.limits)
                    .map_err(|malformed| Ended::from(Cause::Malformed(malformed.0)))
            });
        if let (Some(tape), Ok(report)) = (&self.tape, &report) {
            tape.kept(report.state.is_some());
        }
        (report.map_err(|ended| self.failure(Step::Collect, ended)), usage)
    }

    fn record(&self, plan: &Plan, request: &Request<'_>) -> contract::Request {
        let nesting = self.config.limits.nesting;
        let reply = |reply: &Result<&Reply, CallError>| match reply {
            Ok(reply) => convert::reply(reply, nesting),
            Err(error) => Err(error.clone()),
        };
        // The ledger gives it back only to the version that wrote it.
        let version = &self.plugin.description.version;
        let state =
            |state: &State| contract::SavedState { plugin_version: version.clone(), bytes: state.bytes.clone() };
        contract::Request {
            prefetched: request.replies.iter().map(reply).collect(),
            state: request.state.as_ref().map(state),
            ..self.beginning(plan, request.name, request.access, request.unix_ms)
        }
    }

    /// A request with nothing prefetched and no state, as a run of a sweep begins with.
    pub(super) fn beginning(&self, plan: &Plan, name: &str, access: &Access, unix_ms: u64) -> contract::Request {
        contract::Request {
            prepared: plan.prepared.clone(),
            target: contract::Target {
                name: name.to_owned(),
                labels: access.target.about.labels.clone(),
                node: String::new(),
                extra: Vec::new(),
            },
            server: convert::server(&access.kind),
            prefetched: Vec::new(),
            state: None,
            unix_ms,
            extra: Vec::new(),
        }
    }
}

/// Why there is no report. An error of the server says nothing of the command that it is about, so that is added where only
/// one had it.
fn with_command(failure: contract::Failure, plan: &Plan, request: &Request<'_>, usage: &Usage) -> Cause {
    let contract::Failure::Redis(CallError::Server(said)) = &failure else { return failure.into() };
    let is_it = |error: &ServerError| (&error.code, &error.message) == (&said.code, &said.message);
    let prefetched = plan.prefetch.iter().zip(&request.replies).filter_map(|(wanted, reply)| match (wanted, reply) {
        (Ok(wanted), Ok(Err(error))) if is_it(error) => shown(&wanted.command, wanted.database.unwrap_or(0)),
        _ => None,
    });
    let errors = &usage.asked.errors;
    let asked = errors.iter().filter(|(error, _)| is_it(error)).map(|(_, what)| what.clone());
    let commands: BTreeSet<String> = prefetched.chain(asked).collect();
    match (commands.first(), Cause::from(failure)) {
        (Some(what), Cause::Redis(text)) if commands.len() == 1 && errors.len() < ERRORS => {
            Cause::Redis(format!("{text} ({what})"))
        }
        (_, cause) => cause,
    }
}
