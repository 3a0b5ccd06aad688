//! One call: a store, an instance, the call, and both dropped, or kept warm for the next call of a built-in.

use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, timeout_at};
use wasmtime::Store;

use super::access::{Asked, Desk, Way};
use super::bindings::{ActiveCollector, ActiveCollectorPre, contract};
use super::budget::Budget;
use super::engine::Sandbox;
use super::failure::{self, Cause};
use super::grants::Permit;
use super::journal::Line;
use super::lent::CallState;
use super::ticker::Running;
use super::warm::{Instance, Warm};
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

impl Usage {
    /// Adds what another call used.
    pub(super) fn add(&mut self, other: Usage) {
        self.queue += other.queue;
        self.cpu += other.cpu;
        self.wall += other.wall;
        self.memory = self.memory.max(other.memory);
        self.asked.add(other.asked);
        self.lines.extend(other.lines);
        self.dropped_lines += other.dropped_lines;
    }
}

/// A call to be made.
pub(super) struct Order<'a, I> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) pre: &'a ActiveCollectorPre<CallState>,
    /// Instances that were used before and may be used again; none for a call that shall have a fresh one.
    pub(super) warm: Option<&'a Warm>,
    pub(super) limits: &'a Limits,
    /// What it may ask of Redis, and who answers.
    pub(super) permit: Arc<Permit>,
    pub(super) way: Way,
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
    let Order { sandbox, pre, warm, limits, permit, way, deadline, invocation } = order;
    let mut usage = Usage::default();
    let Some(turn) = Turn::take(sandbox, limits, deadline, &mut usage).await else {
        return (Err(Cause::Queue.into()), usage);
    };
    let desk = Desk::new(way, permit, *limits, turn.deadline());
    let (mut guest, mut store, calls) = match warm.and_then(|warm| warm.take(limits.memory)) {
        Some(Instance { guest, mut store, calls }) => {
            store.data_mut().renew(limits, desk);
            (Some(guest), store, calls)
        }
        None => (None, store(sandbox, limits, desk), 0),
    };
    turn.arm(&mut store, limits);
    let whole = async {
        let guest = match &guest {
            Some(guest) => guest,
            None => guest.insert(pre.instantiate_async(&mut store).await?),
        };
        invocation.invoke(guest, &mut store).await
    };
    let result = turn.run(whole).await;
    turn.end(store.data_mut(), &mut usage);
    let result = result.map_err(|error| match Ended::of(&error, &store) {
        // Before it could return anything: its exports have other types than those of the contract.
        Ended { cause: Cause::Malformed(text), .. } if guest.is_none() => Cause::Incompatible(text).into(),
        ended => ended,
    });
    if let (Ok(_), Some(warm), Some(guest)) = (&result, warm, guest) {
        warm.put(Instance { guest, store, calls: calls + 1 }, sandbox);
    }
    (result, usage)
}

/// A store for the calls of one instance.
pub(super) fn store(sandbox: &Sandbox, limits: &Limits, desk: Desk) -> Store<CallState> {
    let mut store = Store::new(&sandbox.engine, CallState::new(limits, desk));
    store.limiter(|state| &mut state.memory);
    store
}

/// A guest's turn: its place among the others, and the budgets of one call.
pub(super) struct Turn<'a> {
    budget: Budget,
    start: Instant,
    _running: Running,
    _place: SemaphorePermit<'a>,
}

impl<'a> Turn<'a> {
    /// Waits in line; none when the deadline comes first.
    pub(super) async fn take(
        sandbox: &'a Sandbox,
        limits: &Limits,
        deadline: Instant,
        usage: &mut Usage,
    ) -> Option<Turn<'a>> {
        let arrived = Instant::now();
        let place = timeout_at(deadline, sandbox.places.acquire()).await;
        usage.queue += arrived.elapsed();
        // One that comes with the deadline, from a call that it ended, is too late to be of use.
        let place = place.ok().and_then(Result::ok).filter(|_| Instant::now() < deadline)?;
        let budget = Budget::new(limits.cpu, limits.wall, deadline);
        Some(Turn { budget, start: Instant::now(), _running: sandbox.ticker.run(), _place: place })
    }

    /// When its wall time ends.
    pub(super) fn deadline(&self) -> Instant {
        self.budget.deadline()
    }

    /// Puts a store under the budgets, before anything runs: instantiation may run code of the guest too.
    pub(super) fn arm(&self, store: &mut Store<CallState>, limits: &Limits) {
        store.set_hostcall_fuel(limits.returned);
        store.set_epoch_deadline(1);
        let budget = self.budget.clone();
        store.epoch_deadline_callback(move |_| budget.at_tick());
    }

    /// Runs what was armed.
    pub(super) async fn run<T>(&self, work: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
        let result = timeout_at(self.budget.deadline(), self.budget.meter(work)).await;
        result.unwrap_or_else(|_| Err(self.budget.wall_exceeded().into()))
    }

    /// Adds what was used.
    pub(super) fn end(self, state: &mut CallState, usage: &mut Usage) {
        usage.cpu += self.budget.cpu_used();
        usage.wall += self.start.elapsed();
        usage.memory = state.memory.peak();
        usage.asked.add(state.desk.close());
        usage.lines.append(&mut state.journal.lines);
        usage.dropped_lines += mem::take(&mut state.journal.dropped);
    }
}

impl Ended {
    /// What is known of an error, and of the store that it left behind.
    pub(super) fn of(error: &wasmtime::Error, store: &Store<CallState>) -> Ended {
        let last_words = store.data().last_words.text();
        Ended { cause: Cause::of(error), place: failure::place(error), last_words }
    }
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
