//! What a component costs: to compile, to instantiate and to call, measured with a recorded request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::Component;

use super::access::{Desk, Way};
use super::bindings::contract;
use super::call::{self, Collect, Configure, Ended, Invoke, Turn, Usage};
use super::engine::{Sandbox, Threads};
use super::failure::{Cause, Failure, Step};
use super::grants::Permit;
use super::inspect::inspect;
use super::lent::CallState;
use super::load::{Linkage, link};
use super::player::Player;
use super::problem::{Problem, Stage};
use super::recording::{Recording, Run};
use super::replay::{NotReplayed, patient};
use super::words;
use crate::config::Limits;

/// Requests that are made at most; of each figure the median is told.
const ROUNDS: usize = 51;

/// How often a component is compiled that takes no time to speak of: the first one pays for waking the threads.
const COMPILATIONS: usize = 5;

/// No more requests are made after so long.
const LONG: Duration = Duration::from_secs(3);

/// How long a call may wait for its place and take: nobody else is there.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a component costs.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Compiling the component, on all cores, in this process.
    pub compile: Duration,
    /// A fresh instance.
    pub instantiate: Duration,
    /// The calls of one request, without making instances.
    pub collect: Duration,
    /// Fuel of one request in fresh instances: about the number of WebAssembly instructions.
    pub fuel: u64,
    /// Bytes of all memories and tables, at most.
    pub memory: usize,
    /// Requests that were made.
    pub rounds: usize,
}

/// Why a component was not measured.
#[derive(Debug, thiserror::Error)]
pub enum NotMeasured {
    /// It cannot be called.
    #[error("{0}")]
    Problem(Problem),
    /// A call failed.
    #[error("{0}")]
    Failed(Box<Failure>),
    /// What it walks was not recorded.
    #[error("{}", NotReplayed::OtherKeys)]
    OtherKeys,
}

impl From<Problem> for NotMeasured {
    fn from(problem: Problem) -> NotMeasured {
        NotMeasured::Problem(problem)
    }
}

/// Measures a component with a recorded request, under these limits.
///
/// # Errors
/// At which stage its way ended, and why.
pub async fn measure(bytes: &[u8], recording: &Recording, limits: &Limits) -> Result<Measured, NotMeasured> {
    let threads = Threads { threads: 1, calls: 1 };
    let sandbox = Sandbox::new(threads).map_err(|error| Problem::new(Stage::Link, error.to_string()))?;
    let (subject, first) = Subject::new(sandbox.clone(), bytes)?;
    let mut compiled = vec![first];
    while compiled.len() < COMPILATIONS && first < LONG / 4 {
        compiled.push(Subject::new(sandbox.clone(), bytes)?.1);
    }
    compiled.sort();
    let mut rounds = vec![subject.request(recording, limits).await?];
    let start = Instant::now();
    while rounds.len() < ROUNDS && start.elapsed() < LONG {
        rounds.push(subject.request(recording, limits).await?);
    }

    let metered = Sandbox::metered(threads).map_err(|error| Problem::new(Stage::Link, error.to_string()))?;
    // Counting takes longer than running.
    let Costs { fuel, .. } = Subject::new(metered, bytes)?.0.request(recording, &patient(limits)).await?;
    Ok(Measured {
        compile: compiled[compiled.len() / 2],
        instantiate: median(&rounds, |costs| costs.instantiate / costs.instances.max(1)),
        collect: median(&rounds, |costs| costs.calls),
        fuel,
        memory: rounds.iter().map(|costs| costs.memory).max().unwrap_or(0),
        rounds: rounds.len(),
    })
}

fn median(rounds: &[Costs], figure: impl Fn(&Costs) -> Duration) -> Duration {
    let mut figures: Vec<Duration> = rounds.iter().map(figure).collect();
    figures.sort();
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

/// What one request cost.
#[derive(Clone, Copy, Debug, Default)]
struct Costs {
    instantiate: Duration,
    instances: u32,
    calls: Duration,
    fuel: u64,
    memory: usize,
}

/// What the guest says of a call.
type Reported = Result<contract::Report, contract::Failure>;

/// A component in a sandbox of its own.
struct Subject {
    sandbox: Arc<Sandbox>,
    linkage: Linkage,
}

impl Subject {
    /// With how long it took to compile.
    fn new(sandbox: Arc<Sandbox>, bytes: &[u8]) -> Result<(Subject, Duration), Problem> {
        let world = inspect(bytes)?.world;
        let start = Instant::now();
        let component = Component::new(&sandbox.engine, bytes)
            .map_err(|error| Problem::new(Stage::Compile, format!("cannot be compiled: {error:#}")))?;
        let took = start.elapsed();
        let linkage = link(&sandbox, &component, world)?;
        Ok((Subject { sandbox, linkage }, took))
    }

    /// The collect, and the run over keys if there is one, each in an instance of its own. `configure` is not counted: it
    /// is not called with scrapes.
    async fn request(&self, recording: &Recording, limits: &Limits) -> Result<Costs, NotMeasured> {
        let player = Arc::new(Player::new(recording));
        let configure = Configure { config: recording.config.to_string(), server: recording.server.clone().into() };
        let silent = Way::Recorded(Arc::new(Player::silent(recording)));
        let called = self.call(configure, silent, limits).await?;
        let (planned, _) = called.map_err(|ended| failure(recording, Step::Configure, ended))?;
        let plan = planned.map_err(|refusal| refused(&refusal))?;
        let request = recording.request(plan.prepared.clone(), &plan.prefetch);
        let called = self.call(Collect(request), Way::Recorded(player.clone()), limits).await?;
        let (report, mut costs) = called.map_err(|ended| failure(recording, Step::Collect, ended))?;
        succeeded(recording, Step::Collect, report)?;
        if let Some(run) = &recording.sweep
            && !plan.sweeps.is_empty()
        {
            if !run.is_of(&plan.sweeps) {
                return Err(NotMeasured::OtherKeys);
            }
            let begin = recording.beginning(plan.prepared, run.unix_ms);
            let walked = self.walk(&begin, run, Way::Recorded(player), limits).await?;
            let (report, walk) = walked.map_err(|ended| failure(recording, Step::Sweep, ended))?;
            succeeded(recording, Step::Sweep, report)?;
            costs.instantiate += walk.instantiate;
            costs.instances += walk.instances;
            costs.calls += walk.calls;
            costs.fuel += walk.fuel;
            costs.memory = costs.memory.max(walk.memory);
        }
        Ok(costs)
    }

    async fn call<I: Invoke>(
        &self,
        invocation: I,
        way: Way,
        limits: &Limits,
    ) -> Result<Result<(I::Output, Costs), Ended>, Problem> {
        let mut usage = Usage::default();
        let (turn, mut store) = self.turn(way, limits, &mut usage).await?;
        let mut instantiate = Duration::ZERO;
        let start = Instant::now();
        let whole = async {
            let guest = self.linkage.0.instantiate_async(&mut store).await?;
            instantiate = start.elapsed();
            invocation.invoke(&guest, &mut store).await
        };
        let result = turn.run(whole).await;
        let calls = start.elapsed().saturating_sub(instantiate);
        turn.end(store.data_mut(), &mut usage);
        let costs = Costs { instantiate, instances: 1, calls, fuel: used(&store), memory: usage.memory };
        Ok(result.map(|output| (output, costs)).map_err(|error| Ended::of(&error, &store)))
    }

    async fn walk(
        &self,
        begin: &contract::Request,
        run: &Run,
        way: Way,
        limits: &Limits,
    ) -> Result<Result<(Reported, Costs), Ended>, Problem> {
        let Some(pre) = &self.linkage.1 else {
            return Err(Problem::new(Stage::Link, "it has sweeps, and exports no sweeper"));
        };
        let pages = run.pages.iter().map(|page| (page.sweep, page.keys.iter().map(Into::into).collect()));
        let pages: Vec<(u32, Vec<contract::Swept>)> = pages.collect();
        let (mut usage, mut costs) = (Usage::default(), Costs { instances: 1, ..Costs::default() });
        let (turn, mut store) = self.turn(way.clone(), limits, &mut usage).await?;
        let start = Instant::now();
        let begun = turn
            .run(async {
                let guest = pre.instantiate_async(&mut store).await?;
                costs.instantiate = start.elapsed();
                let begun = guest.redwasp_collector_sweeper().call_begin(&mut store, begin).await?;
                Ok((guest, begun))
            })
            .await;
        turn.end(store.data_mut(), &mut usage);
        let (guest, mut result) = match begun {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(Ended::of(&error, &store))),
        };
        // As in a daemon, each call has budgets of its own.
        for (sweep, keys) in &pages {
            if result.is_err() {
                break;
            }
            let turn = self.next(&way, limits, &mut store, &mut usage).await?;
            let shown = turn.run(guest.redwasp_collector_sweeper().call_page(&mut store, *sweep, keys)).await;
            turn.end(store.data_mut(), &mut usage);
            result = match shown {
                Ok(result) => result,
                Err(error) => return Ok(Err(Ended::of(&error, &store))),
            };
        }
        let reported = match result {
            Err(failure) => Err(failure),
            Ok(()) => {
                let turn = self.next(&way, limits, &mut store, &mut usage).await?;
                let ended = turn.run(guest.redwasp_collector_sweeper().call_end(&mut store, run.complete)).await;
                turn.end(store.data_mut(), &mut usage);
                match ended {
                    Ok(reported) => reported,
                    Err(error) => return Ok(Err(Ended::of(&error, &store))),
                }
            }
        };
        costs.calls = start.elapsed().saturating_sub(costs.instantiate);
        (costs.fuel, costs.memory) = (used(&store), usage.memory);
        Ok(Ok((reported, costs)))
    }

    /// The turn of another call of the same instance.
    async fn next(
        &self,
        way: &Way,
        limits: &Limits,
        store: &mut Store<CallState>,
        usage: &mut Usage,
    ) -> Result<Turn<'_>, Problem> {
        let turn = self.place(limits, usage).await?;
        store.data_mut().desk = Desk::new(way.clone(), Arc::new(Permit::nothing()), *limits, turn.deadline());
        turn.arm(store, limits);
        Ok(turn)
    }

    async fn place(&self, limits: &Limits, usage: &mut Usage) -> Result<Turn<'_>, Problem> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let turn = Turn::take(&self.sandbox, limits, deadline, usage).await;
        turn.ok_or_else(|| Problem::new(Stage::Link, "no place for a call"))
    }

    async fn turn(
        &self,
        way: Way,
        limits: &Limits,
        usage: &mut Usage,
    ) -> Result<(Turn<'_>, Store<CallState>), Problem> {
        let turn = self.place(limits, usage).await?;
        let desk = Desk::new(way, Arc::new(Permit::nothing()), *limits, turn.deadline());
        let mut store = call::store(&self.sandbox, limits, desk);
        // Only where it is counted.
        let _ = store.set_fuel(u64::MAX);
        turn.arm(&mut store, limits);
        Ok((turn, store))
    }
}

fn used(store: &Store<CallState>) -> u64 {
    store.get_fuel().map_or(0, |left| u64::MAX - left)
}

fn failure(recording: &Recording, step: Step, ended: Ended) -> NotMeasured {
    let (collector, plugin) = (recording.plugin.clone(), format!("{} {}", recording.plugin, recording.version));
    let Ended { cause, place, last_words } = ended;
    NotMeasured::Failed(Box::new(Failure { collector, plugin, step, cause: cause.tidy(), place, last_words }))
}

fn succeeded(recording: &Recording, step: Step, report: Reported) -> Result<(), NotMeasured> {
    report.map(|_| ()).map_err(|reason| failure(recording, step, Cause::from(reason).into()))
}

fn refused(refusal: &contract::Refusal) -> NotMeasured {
    let reason = match refusal {
        contract::Refusal::NotApplicable(reason) | contract::Refusal::Other(reason) => words::tidy(reason),
        contract::Refusal::Invalid(problems) => {
            let told = problems.iter().map(|problem| format!("{}: {}", problem.pointer, problem.message));
            words::tidy(&told.collect::<Vec<_>>().join("; "))
        }
    };
    Problem::new(Stage::Configure, reason).into()
}
