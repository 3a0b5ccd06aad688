//! One call: a fresh store, an instance, the call, and both dropped.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wasmtime::Store;

use super::bindings::{ActiveCollector, ActiveCollectorPre, contract};
use super::budget::Budget;
use super::engine::Sandbox;
use super::failure::{self, Cause};
use super::imports::CallState;
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
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Waiting for a place.
    pub queue: Duration,
    /// CPU of the guest, instantiation and the copying of arguments included.
    pub cpu: Duration,
    /// From the place to the result.
    pub wall: Duration,
    /// Bytes of memories and tables.
    pub memory: usize,
}

/// How a call ended without a result.
pub(super) struct Ended {
    pub(super) cause: Cause,
    pub(super) place: Vec<String>,
    pub(super) last_words: String,
}

/// Calls a guest, in line with the others. To be awaited on the guests' threads: [`Sandbox::apart`].
pub(super) async fn call<I: Invoke>(
    sandbox: &Sandbox,
    pre: &ActiveCollectorPre<CallState>,
    limits: &Limits,
    deadline: Instant,
    invocation: I,
) -> (Result<I::Output, Ended>, Usage) {
    let arrived = Instant::now();
    let Ok(Ok(_place)) = timeout_at(deadline, sandbox.places.acquire()).await else {
        let usage = Usage { queue: arrived.elapsed(), ..Usage::default() };
        return (Err(Cause::Queue.into()), usage);
    };
    let start = Instant::now();
    let _running = sandbox.ticker.run();
    let budget = Budget::new(limits.cpu, limits.wall, deadline);
    let mut store = store(sandbox, limits, &budget);
    let result = run(pre, &mut store, &budget, invocation).await;
    let memory = store.data().memory.peak();
    let usage = Usage { queue: start - arrived, cpu: budget.cpu_used(), wall: start.elapsed(), memory };
    (result, usage)
}

fn store(sandbox: &Sandbox, limits: &Limits, budget: &Budget) -> Store<CallState> {
    let mut store = Store::new(&sandbox.engine, CallState::new(limits.memory));
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
    let whole = async {
        let guest = pre.instantiate_async(&mut *store).await?;
        invocation.invoke(&guest, store).await
    };
    let result = timeout_at(budget.deadline(), budget.meter(whole)).await;
    let error = match result {
        Ok(Ok(output)) => return Ok(output),
        Ok(Err(error)) => error,
        Err(_) => budget.wall_exceeded().into(),
    };
    let last_words = store.data().last_words.text();
    Err(Ended { cause: Cause::of(&error), place: failure::place(&error), last_words })
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
