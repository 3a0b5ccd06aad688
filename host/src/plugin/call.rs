//! One call: a fresh store, an instance, the call, and both dropped.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wasmtime::Store;

use super::access::{Access, Asked, Desk};
use super::bindings::{ActiveCollector, ActiveCollectorPre, contract};
use super::budget::Budget;
use super::engine::Sandbox;
use super::failure::{self, Cause};
use super::grants::Permit;
use super::journal::Line;
use super::lent::CallState;
use crate::config::Limits;

/// A function of the contract with its arguments.
pub(super) trait Invoke: Send + 'static {
    type Output: Send + 'static;

    fn invoke(
        self,
        guest: &ActiveCollector,
        store: &mut Store<CallState>,
    ) -> impl Future<Output = wasmtime::Result<Self::Output>> + Send;
}

pub(super) struct Describe;

pub(super) struct Configure {
    pub(super) config: String,
    pub(super) server: contract::Server,
}

pub(super) struct Collect(pub(super) contract::Request);

/// What a call used.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Waiting for a place.
    pub queue: Duration,
    /// CPU of the guest, instantiation and the copying of arguments included.
    pub cpu: Duration,
    /// From the place to the result.
    pub wall: Duration,
    /// Bytes of memories and tables.
    pub memory: usize,
    /// What it asked of Redis.
    pub asked: Asked,
    /// What it wrote to the log.
    pub lines: Vec<Line>,
    /// Lines for the log that were not kept.
    pub dropped_lines: u64,
}

/// A call to be made.
pub(super) struct Order<'a, I> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) pre: &'a ActiveCollectorPre<CallState>,
    pub(super) limits: &'a Limits,
    /// What it may ask of Redis, and where; without access nothing.
    pub(super) permit: Arc<Permit>,
    pub(super) access: Option<Access>,
    pub(super) deadline: Instant,
    pub(super) invocation: I,
}

/// How a call ended without a result.
pub(super) struct Ended {
    pub(super) cause: Cause,
    pub(super) place: Vec<String>,
    pub(super) last_words: String,
}

/// Calls a guest, in line with the others. To be awaited on the guests' threads: [`Sandbox::apart`].
pub(super) async fn call<I: Invoke>(order: Order<'_, I>) -> (Result<I::Output, Ended>, Usage) {
    let Order { sandbox, pre, limits, permit, access, deadline, invocation } = order;
    let arrived = Instant::now();
    let place = timeout_at(deadline, sandbox.places.acquire()).await;
    // One that comes with the deadline, from a call that it ended, is too late to be of use.
    let Some(_place) = place.ok().and_then(Result::ok).filter(|_| Instant::now() < deadline) else {
        let usage = Usage { queue: arrived.elapsed(), ..Usage::default() };
        return (Err(Cause::Queue.into()), usage);
    };
    let start = Instant::now();
    let _running = sandbox.ticker.run();
    let budget = Budget::new(limits.cpu, limits.wall, deadline);
    let desk = Desk::new(access, permit, *limits, budget.deadline());
    let mut store = store(sandbox, limits, desk, &budget);
    let result = run(pre, &mut store, &budget, invocation).await;
    let state = store.into_data();
    let usage = Usage {
        queue: start - arrived,
        cpu: budget.cpu_used(),
        wall: start.elapsed(),
        memory: state.memory.peak(),
        asked: state.desk.closed(),
        lines: state.journal.lines,
        dropped_lines: state.journal.dropped,
    };
    (result, usage)
}

fn store(sandbox: &Sandbox, limits: &Limits, desk: Desk, budget: &Budget) -> Store<CallState> {
    let mut store = Store::new(&sandbox.engine, CallState::new(limits, desk));
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(limits.returned);
    // Before anything runs: instantiation may run code of the guest too.
    store.set_epoch_deadline(1);
    let budget = budget.clone();
    store.epoch_deadline_callback(move |_| budget.at_tick());
    store
}

async fn run<I: Invoke>(
    pre: &ActiveCollectorPre<CallState>,
    store: &mut Store<CallState>,
    budget: &Budget,
    invocation: I,
) -> Result<I::Output, Ended> {
    let mut is_instantiated = false;
    let whole = async {
        let guest = pre.instantiate_async(&mut *store).await?;
        is_instantiated = true;
        invocation.invoke(&guest, store).await
    };
    let result = timeout_at(budget.deadline(), budget.meter(whole)).await;
    let error = match result {
        Ok(Ok(output)) => return Ok(output),
        Ok(Err(error)) => error,
        Err(_) => budget.wall_exceeded().into(),
    };
    let last_words = store.data().last_words.text();
    let cause = match Cause::of(&error) {
        // Before it could return anything: its exports have other types than those of the contract.
        Cause::Malformed(text) if !is_instantiated => Cause::Incompatible(text),
        cause => cause,
    };
    Err(Ended { cause, place: failure::place(&error), last_words })
}

impl From<Cause> for Ended {
    fn from(cause: Cause) -> Ended {
        Ended { cause, place: Vec::new(), last_words: String::new() }
    }
}

impl Invoke for Describe {
    type Output = contract::Description;

    async fn invoke(self, guest: &ActiveCollector, store: &mut Store<CallState>) -> wasmtime::Result<Self::Output> {
        guest.redwasp_collector_collector().call_describe(store).await
    }
}

impl Invoke for Configure {
    type Output = Result<contract::Plan, contract::Refusal>;

    async fn invoke(self, guest: &ActiveCollector, store: &mut Store<CallState>) -> wasmtime::Result<Self::Output> {
        guest.redwasp_collector_collector().call_configure(store, &self.config, &self.server).await
    }
}

impl Invoke for Collect {
    type Output = Result<contract::Report, contract::Failure>;

    async fn invoke(self, guest: &ActiveCollector, store: &mut Store<CallState>) -> wasmtime::Result<Self::Output> {
        guest.redwasp_collector_collector().call_collect(store, &self.0).await
    }
}
