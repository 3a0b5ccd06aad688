//! One run of a collector that walks keys: one instance, begun, shown page after page, and ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use wasmtime::Store;

use super::access::{Access, Desk, Way};
use super::bindings::contract;
use super::bindings::sweeping::SweepingCollector;
use super::call::{self, Ended, Turn, Usage};
use super::collector::Collector;
use super::convert::{self, Report};
use super::failure::{Cause, Failure, Step};
use super::lent::CallState;
use super::load::Code;
use super::plan::Plan;
use super::tape::Track;

/// How long a call may wait for its place: a run is not in a hurry.
const QUEUE: Duration = Duration::from_secs(10);

/// A run that is under way. Each call has the budgets of a collect; memory is for the whole run.
pub struct Sweeping {
    about: About,
    guest: SweepingCollector,
    store: Store<CallState>,
    usage: Usage,
    /// Room for the instance, as long as it lives.
    _room: OwnedSemaphorePermit,
}

/// What a run is about.
pub struct About {
    /// Who walks.
    pub collector: Arc<Collector>,
    /// Its plan for this kind of server.
    pub plan: Arc<Plan>,
    /// What it begins with.
    pub(super) request: contract::Request,
    /// Who answers what it asks.
    pub(super) way: Way,
}

/// How a run ended, and what it used.
pub type Swept = (Result<Report, Failure>, Usage);

impl Sweeping {
    /// Begins a run. To be awaited on the guests' threads, as all of it: [`super::Sandbox::apart`].
    ///
    /// # Errors
    /// How the run ended.
    pub async fn begin(about: About, room: OwnedSemaphorePermit) -> Result<Sweeping, Box<Swept>> {
        let mut usage = Usage::default();
        match about.begin(&mut usage).await {
            Ok((guest, store)) => Ok(Sweeping { about, guest, store, usage, _room: room }),
            Err(ended) => Err(Box::new((Err(about.failure(ended)), usage))),
        }
    }

    /// Shows some keys of one of the plan's sweeps.
    ///
    /// # Errors
    /// How the run ended.
    pub async fn page(mut self, sweep: u32, keys: &[contract::Swept]) -> Result<Sweeping, Box<Swept>> {
        match self.show(sweep, keys).await {
            Ok(()) => Ok(self),
            Err(ended) => Err(Box::new((Err(self.about.failure(ended)), self.usage))),
        }
    }

    /// Ends the run. `complete` is false when the allowance ended before the keys did.
    pub async fn end(mut self, complete: bool) -> Swept {
        let report = self.finish(complete).await.and_then(|report| {
            let (collector, plan) = (&self.about.collector, &self.about.plan);
            convert::report(report, plan, collector.namespace(), &collector.config.limits)
                .map_err(|malformed| Cause::Malformed(malformed.0).into())
        });
        // State is a matter of collects: a run and a collect at the same time would each undo the other's.
        let report = report.map(|report| Report { partial: report.partial || !complete, state: None, ..report });
        (report.map_err(|ended| self.about.failure(ended)), self.usage)
    }

    async fn show(&mut self, sweep: u32, keys: &[contract::Swept]) -> Result<(), Ended> {
        let Sweeping { about, guest, store, usage, .. } = self;
        if let Some(tape) = &about.collector.tape {
            tape.page(sweep, keys);
        }
        let turn = about.turn(usage).await?;
        about.arm(&turn, store);
        let shown = turn.run(guest.redwasp_collector_sweeper().call_page(&mut *store, sweep, keys)).await;
        turn.end(store.data_mut(), usage);
        result(shown, store)
    }

    async fn finish(&mut self, complete: bool) -> Result<contract::Report, Ended> {
        let Sweeping { about, guest, store, usage, .. } = self;
        if let Some(tape) = &about.collector.tape {
            tape.end(complete);
        }
        let turn = about.turn(usage).await?;
        about.arm(&turn, store);
        let report = turn.run(guest.redwasp_collector_sweeper().call_end(&mut *store, complete)).await;
        turn.end(store.data_mut(), usage);
        result(report, store)
    }

    /// What the run has used so far.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// Ends the run without a report.
    pub fn abandon(self) -> Usage {
        self.usage
    }

    /// Ends the run of a guest that took longer than this for what it was shown.
    pub fn overdue(self, limit: Duration) -> Box<Swept> {
        Box::new((Err(self.about.failure(Cause::Wall(limit).into())), self.usage))
    }
}

impl About {
    /// A run over the keys of a server, of a target with this name, which began at this Unix time in milliseconds.
    pub fn of_server(collector: Arc<Collector>, plan: Arc<Plan>, name: &str, access: Access, unix_ms: u64) -> About {
        let request = collector.beginning(&plan, name, &access, unix_ms);
        let way = Way::Server(Box::new(access), collector.tape.clone().map(|tape| (tape, Track::Run)));
        About { collector, plan, request, way }
    }

    async fn begin(&self, usage: &mut Usage) -> Result<(SweepingCollector, Store<CallState>), Ended> {
        let Code::Component { sandbox, sweeping: Some(pre), .. } = &self.collector.plugin.code else {
            return Err(Cause::Host("the plugin walks no keys".to_owned()).into());
        };
        let (limits, permit) = (&self.collector.config.limits, self.plan.permit.clone());
        let turn = self.turn(usage).await?;
        let mut store = call::store(sandbox, limits, Desk::new(self.way.clone(), permit, *limits, turn.deadline()));
        self.arm(&turn, &mut store);
        if let Some(tape) = &self.collector.tape {
            tape.begin(&self.request);
        }
        let begun = turn
            .run(async {
                let guest = pre.instantiate_async(&mut store).await?;
                let begun = guest.redwasp_collector_sweeper().call_begin(&mut store, &self.request).await?;
                Ok(begun.map(|()| guest))
            })
            .await;
        turn.end(store.data_mut(), usage);
        let guest = result(begun, &store)?;
        Ok((guest, store))
    }

    async fn turn(&self, usage: &mut Usage) -> Result<Turn<'_>, Ended> {
        let none = || Ended::from(Cause::Queue);
        let sandbox = self.collector.plugin.sandbox().ok_or_else(none)?;
        let limits = &self.collector.config.limits;
        Turn::take(sandbox, limits, Instant::now() + limits.wall + QUEUE, usage).await.ok_or_else(none)
    }

    /// New budgets for the next call.
    fn arm(&self, turn: &Turn<'_>, store: &mut Store<CallState>) {
        let (limits, permit) = (self.collector.config.limits, self.plan.permit.clone());
        store.data_mut().desk = Desk::new(self.way.clone(), permit, limits, turn.deadline());
        turn.arm(store, &limits);
    }

    fn failure(&self, ended: Ended) -> Failure {
        self.collector.failure(Step::Sweep, ended)
    }
}

/// What came of a call: an error is the host's or a trap, a failure is the guest's own.
fn result<T>(result: wasmtime::Result<Result<T, contract::Failure>>, store: &Store<CallState>) -> Result<T, Ended> {
    match result {
        Ok(result) => result.map_err(|failure| Cause::from(failure).into()),
        Err(error) => Err(Ended::of(&error, store)),
    }
}
