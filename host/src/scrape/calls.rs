//! The calls of one run: which collectors are called, with which replies.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::{join_all, try_join};
use tokio::time::Instant;

use super::Scraper;
use super::batch::{Batch, Further, Job, Source};
use crate::config::target::Target;
use crate::plugin::{Access, Asked, CallError, Failure, Report, Request, State, Usage, no_reply};
use crate::servers::{Cause, Exchange, ServerKind};

/// What was read of a server.
pub(super) struct Reading {
    pub(super) kind: ServerKind,
    pub(super) batch: Arc<Batch>,
    /// Bytes of the server's RDB file, if that was looked at.
    pub(super) rdb_size: Option<u64>,
    /// The first pipeline.
    pub(super) exchange: Arc<Exchange>,
    /// How long that took.
    pub(super) prefetch: Duration,
}

/// How one job ended.
pub(super) struct Finished {
    /// Index into the batch's jobs.
    pub(super) job: usize,
    pub(super) result: Result<Report, Failure>,
    pub(super) usage: Usage,
    /// Waiting for pipelines before the call.
    pub(super) prefetch: Duration,
    /// The call, waiting for its place included.
    pub(super) duration: Duration,
    /// How old the report is, for a collector that runs by itself.
    pub(super) age: Option<Duration>,
}

impl Finished {
    /// Whether it says that not everything could be read.
    pub(super) fn is_partial(&self) -> bool {
        self.result.as_ref().is_ok_and(|report| report.partial)
    }
}

/// What the calls of one run share.
struct Calls {
    /// The target's name, without credentials.
    name: String,
    access: Access,
    batch: Arc<Batch>,
    first: Arc<Exchange>,
    /// In the order of the batch's further pipelines; none before they have run.
    further: Vec<Result<Arc<Exchange>, CallError>>,
    unix_ms: u64,
    prefetch: Duration,
    deadline: Instant,
}

/// A job to be called, with the state that it left.
type Call = (usize, Option<State>);

impl Scraper {
    /// Calls these jobs. Those that have all they need do not wait for the others.
    pub(super) async fn call_all(
        &self,
        target: &Target,
        reading: Reading,
        jobs: Vec<usize>,
        deadline: Instant,
    ) -> Vec<Finished> {
        let Reading { kind, batch, exchange, prefetch, .. } = reading;
        let name = target.name();
        let calls = |(job, _): &Call| batch.jobs[*job].waits();
        let with_state = |job: usize| (job, self.state(&batch.jobs[job], &name));
        let (later, now): (Vec<Call>, Vec<Call>) = jobs.into_iter().map(with_state).partition(calls);
        let access = Access {
            pools: self.lasting.pools.clone(),
            target: target.clone(),
            kind,
            main: tokio::runtime::Handle::current(),
        };
        let (batch, unix_ms, deadline) = (batch.clone(), unix_ms(), before(deadline));
        let first = Calls { name, access, batch, first: exchange, further: Vec::new(), unix_ms, prefetch, deadline };
        let first = Arc::new(first);
        // Together, in one go on the guests' threads: changing threads for each collector would cost as much as a call.
        let now = async { self.apart(run(first.clone(), now)).await.ok_or(()) };
        let later = async {
            if later.is_empty() {
                return Ok(Vec::new());
            }
            let second = Arc::new(self.read_further(&first).await);
            self.apart(run(second, later)).await.ok_or(())
        };
        match try_join(now, later).await {
            Ok((mut finished, later)) => {
                finished.extend(later);
                finished
            }
            Err(()) => {
                tracing::error!(target = first.name, "a fault in redwasp ended the collectors; please report it");
                Vec::new()
            }
        }
    }

    /// Runs the further pipelines, side by side.
    async fn read_further(&self, first: &Calls) -> Calls {
        let start = Instant::now();
        let of_jobs = first.batch.further.chunk_by(|one, next| one.job == next.job);
        let further = join_all(of_jobs.map(|further| self.read_for_one(first, further))).await.concat();
        Calls {
            name: first.name.clone(),
            access: first.access.clone(),
            batch: first.batch.clone(),
            first: first.first.clone(),
            further,
            unix_ms: first.unix_ms,
            prefetch: first.prefetch + start.elapsed(),
            deadline: first.deadline,
        }
    }

    /// Runs the further pipelines of one job, one after the other: what it may read is counted over all of them.
    async fn read_for_one(&self, first: &Calls, pipelines: &[Further]) -> Vec<Result<Arc<Exchange>, CallError>> {
        // Whoever gets no reply shall still have the time to say so.
        let deadline = before(first.deadline);
        let own = &first.access.target;
        let mut read = 0;
        let mut exchanges = Vec::with_capacity(pipelines.len());
        for Further { job, database, commands } in pipelines {
            let limit = first.batch.jobs[*job].collector.config.limits.reply_bytes;
            let target = Target { database: database.unwrap_or(own.database), ..own.clone() };
            let exchange = match limit.saturating_sub(read) {
                0 => Err(Cause::ReplyLimit(limit)),
                left => self.lasting.pools.ask(&target, commands, left, deadline).await.map_err(|error| error.cause),
            };
            let exchange = match exchange {
                Ok(exchange) => {
                    read += exchange.bytes;
                    Ok(Arc::new(exchange))
                }
                Err(Cause::ReplyLimit(_)) => {
                    read = limit;
                    Err(Cause::ReplyLimit(limit))
                }
                Err(cause) => Err(cause),
            };
            exchanges.push(exchange.map_err(|cause| no_reply(&cause)));
        }
        exchanges
    }

    fn state(&self, job: &Job, target: &str) -> Option<State> {
        let (name, reader) = (&job.collector.name, job.collector.plugin.title());
        let state = self.lasting.ledger.state(&job.collector.account(), target, &reader);
        state.unwrap_or_else(|other| {
            tracing::info!(
                target,
                collector = name,
                plugin = reader,
                other,
                "the state that another plugin or version saved is dropped"
            );
            None
        })
    }
}

async fn run(calls: Arc<Calls>, jobs: Vec<Call>) -> Vec<Finished> {
    let calls = &calls;
    join_all(jobs.into_iter().map(|(job, state)| calls.run(job, state))).await
}

impl Calls {
    async fn run(&self, job: usize, state: Option<State>) -> Finished {
        let Job { collector, plan, replies, .. } = &self.batch.jobs[job];
        let start = Instant::now();
        let request = Request {
            name: &self.name,
            access: &self.access,
            replies: replies.iter().map(|source| self.reply(source)).collect(),
            state,
            unix_ms: self.unix_ms,
            deadline: self.deadline,
        };
        let (mut result, mut usage) = collector.collect(plan, &request).await;
        note_denials(&mut usage.asked, replies);
        let sweeps = if self.access.target.reach.has_keys() { plan.sweeps.as_slice() } else { &[] };
        for denied in sweeps.iter().filter_map(|sweep| sweep.as_ref().err()) {
            note_denial(&mut usage.asked, denied);
            // What it would have found is missing.
            result.iter_mut().for_each(|report| report.partial = true);
        }
        Finished { job, result, usage, prefetch: self.prefetch, duration: start.elapsed(), age: None }
    }

    fn reply(&self, source: &Source) -> Result<&crate::servers::Reply, CallError> {
        let missing = || CallError::Other("a fault in redwasp: the reply is missing".to_owned());
        match source {
            Source::First(place) => self.first.replies.get(*place).ok_or_else(missing),
            Source::Further(pipeline, place) => match self.further.get(*pipeline) {
                Some(Ok(exchange)) => exchange.replies.get(*place).ok_or_else(missing),
                Some(Err(error)) => Err(error.clone()),
                None => Err(missing()),
            },
            Source::Denied(reason) => Err(CallError::Denied(reason.clone())),
        }
    }
}

/// Commands of the prefetch that were not sent count as well.
fn note_denials(asked: &mut Asked, replies: &[Source]) {
    for source in replies {
        if let Source::Denied(reason) = source {
            note_denial(asked, reason);
        }
    }
}

fn note_denial(asked: &mut Asked, reason: &str) {
    asked.denials += 1;
    asked.denied.push(reason.to_owned());
}

/// A deadline for guests that leaves some time to make a page of what there is.
pub(super) fn before(deadline: Instant) -> Instant {
    let left = deadline.saturating_duration_since(Instant::now());
    deadline - (left / 10).min(Duration::from_millis(200))
}

/// Now, as Unix time in milliseconds.
pub(super) fn unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
