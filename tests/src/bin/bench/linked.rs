//! Collectors of the SDK, linked into this program: what the sandbox is compared with.
//!
//! The host's records and the SDK's are generated from the same contract, but they are different Rust types. Converting
//! moves what they hold; nothing that grows with the reply is copied.

use std::marker::PhantomData;

use redwasp::plugin::{Linked, contract as host};
use redwasp_sdk::bindings::exports::redwasp::collector::collector as sdk;
use redwasp_sdk::bindings::redwasp::collector::calls::SavedState;
use redwasp_sdk::bindings::redwasp::collector::{metrics, types};
use redwasp_sdk::{Collector, component};

/// A collector of the SDK, called directly.
pub(crate) struct Native<C>(PhantomData<fn() -> C>);

impl<C> Native<C> {
    /// There is nothing to it.
    pub(crate) fn new() -> Native<C> {
        Native(PhantomData)
    }
}

impl<C: Collector> Linked for Native<C> {
    fn describe(&self) -> host::Description {
        let sdk::Description { name, version, summary, config_schema, extra } = component::describe::<C>();
        host::Description { name, version, summary, config_schema, extra }
    }

    fn configure(&self, config: &str, server: &host::Server) -> Result<host::Plan, host::Refusal> {
        component::configure::<C>(config, &to_server(server.clone())).map(from_plan).map_err(from_refusal)
    }

    fn collect(&self, request: host::Request) -> Result<host::Report, host::Failure> {
        component::collect::<C>(&to_request(request)).map(from_report).map_err(from_failure)
    }
}

fn to_request(request: host::Request) -> sdk::Request {
    let host::Request { prepared, target, server, prefetched, state, unix_ms, extra } = request;
    let host::Target { name, labels, node, extra: target_extra } = target;
    sdk::Request {
        prepared,
        target: types::Target { name, labels, node, extra: target_extra },
        server: to_server(server),
        prefetched: prefetched.into_iter().map(|reply| reply.map_err(to_call_error)).collect(),
        state: state.map(|host::SavedState { plugin_version, bytes }| SavedState { plugin_version, bytes }),
        unix_ms,
        extra,
    }
}

fn to_server(server: host::Server) -> types::Server {
    let host::Server { product, version, mode, role, databases, extra } = server;
    types::Server { product, version, mode, role, databases, extra }
}

fn to_call_error(error: host::CallError) -> types::CallError {
    match error {
        host::CallError::Denied(text) => types::CallError::Denied(text),
        host::CallError::Limit(text) => types::CallError::Limit(text),
        host::CallError::Timeout => types::CallError::Timeout,
        host::CallError::Unreachable(text) => types::CallError::Unreachable(text),
        host::CallError::Server(host::ServerError { code, message }) => {
            types::CallError::Server(types::ServerError { code, message })
        }
        host::CallError::Other(text) => types::CallError::Other(text),
    }
}

fn from_call_error(error: types::CallError) -> host::CallError {
    match error {
        types::CallError::Denied(text) => host::CallError::Denied(text),
        types::CallError::Limit(text) => host::CallError::Limit(text),
        types::CallError::Timeout => host::CallError::Timeout,
        types::CallError::Unreachable(text) => host::CallError::Unreachable(text),
        types::CallError::Server(types::ServerError { code, message }) => {
            host::CallError::Server(host::ServerError { code, message })
        }
        types::CallError::Other(text) => host::CallError::Other(text),
    }
}

fn from_plan(plan: sdk::Plan) -> host::Plan {
    let command = |types::Command { database, args }| host::Command { database, args };
    let ask = |sdk::Ask { commands, keys, databases }| host::Ask { commands, keys, databases };
    host::Plan {
        families: plan.families.into_iter().map(from_family).collect(),
        late_prefixes: plan.late_prefixes,
        asks: plan.asks.into_iter().map(ask).collect(),
        prefetch: plan.prefetch.into_iter().map(command).collect(),
        // Nothing that is measured here walks keys.
        sweeps: Vec::new(),
        scope: plan.scope,
        problems: plan.problems.into_iter().map(from_problem).collect(),
        prepared: plan.prepared,
        extra: plan.extra,
    }
}

fn from_refusal(refusal: sdk::Refusal) -> host::Refusal {
    match refusal {
        sdk::Refusal::NotApplicable(reason) => host::Refusal::NotApplicable(reason),
        sdk::Refusal::Invalid(problems) => host::Refusal::Invalid(problems.into_iter().map(from_problem).collect()),
        sdk::Refusal::Other(reason) => host::Refusal::Other(reason),
    }
}

fn from_problem(sdk::Problem { pointer, message }: sdk::Problem) -> host::Problem {
    host::Problem { pointer, message }
}

fn from_report(report: sdk::Report) -> host::Report {
    let sample = |metrics::Sample { family, label_values, value }| host::Sample { family, label_values, value };
    let histogram = |metrics::Bucketed { family, label_values, buckets, sum, count }| host::Bucketed {
        family,
        label_values,
        buckets,
        sum,
        count,
    };
    let summary = |metrics::Quantiled { family, label_values, quantiles, sum, count }| host::Quantiled {
        family,
        label_values,
        quantiles,
        sum,
        count,
    };
    host::Report {
        samples: report.samples.into_iter().map(sample).collect(),
        histograms: report.histograms.into_iter().map(histogram).collect(),
        summaries: report.summaries.into_iter().map(summary).collect(),
        late: report.late.into_iter().map(from_family).collect(),
        warnings: report.warnings,
        partial: report.partial,
        state: report.state,
        extra: report.extra,
    }
}

fn from_failure(failure: sdk::Failure) -> host::Failure {
    match failure {
        sdk::Failure::NotApplicable(reason) => host::Failure::NotApplicable(reason),
        sdk::Failure::Redis(error) => host::Failure::Redis(from_call_error(error)),
        sdk::Failure::Other(text) => host::Failure::Other(text),
    }
}

fn from_family(family: metrics::Family) -> host::Family {
    let metrics::Family { name, help, unit, kind, label_names } = family;
    host::Family { name, help, unit, kind: from_kind(kind), label_names }
}

fn from_kind(kind: metrics::Kind) -> host::Kind {
    match kind {
        metrics::Kind::Counter => host::Kind::Counter,
        metrics::Kind::Gauge => host::Kind::Gauge,
        metrics::Kind::Histogram => host::Kind::Histogram,
        metrics::Kind::GaugeHistogram => host::Kind::GaugeHistogram,
        metrics::Kind::Summary => host::Kind::Summary,
        metrics::Kind::Info => host::Kind::Info,
        metrics::Kind::StateSet => host::Kind::StateSet,
        metrics::Kind::Unknown => host::Kind::Unknown,
    }
}
