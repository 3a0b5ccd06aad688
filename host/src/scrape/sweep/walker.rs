//! One collector of a run: begun, shown pages, ended, each where guests run.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::plugin::{About, Collector, Plan, Sweeping, Swept, Usage, contract};

/// A collector of a run.
pub(super) struct Walker {
    pub(super) collector: Arc<Collector>,
    pub(super) plan: Arc<Plan>,
    pub(super) start: Instant,
    state: State,
    /// How long it may take for all that it is shown, waiting for its place left out: the others wait for it.
    patience: Duration,
}

/// What guests asked of the server during a run.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    pub(super) time: Duration,
    pub(super) bytes: u64,
}

enum State {
    Running(Box<Sweeping>),
    Ended(Box<Swept>),
    /// It came to nothing, and that is nobody's fault but ours or the server's: what it used, if that is known.
    Abandoned(Option<Box<Usage>>),
}

impl State {
    fn of(begun: Option<Result<Sweeping, Box<Swept>>>) -> State {
        match begun {
            Some(Ok(sweeping)) => State::Running(Box::new(sweeping)),
            Some(Err(swept)) => State::Ended(swept),
            None => State::Abandoned(None),
        }
    }
}

impl Walker {
    /// Begins the run of a collector, which may take so long for all that it is shown.
    pub(super) async fn begin(about: About, room: OwnedSemaphorePermit, patience: Duration) -> Walker {
        let (collector, plan, start) = (about.collector.clone(), about.plan.clone(), Instant::now());
        let state = State::of(apart(&collector, Sweeping::begin(about, room)).await);
        Walker { collector, plan, start, state, patience }
    }

    /// What it came to; what it used, if that is known, when it came to nothing by nobody's fault but ours or the
    /// server's.
    pub(super) fn swept(self) -> Result<Swept, Option<Box<Usage>>> {
        match self.state {
            State::Ended(swept) => Ok(*swept),
            State::Running(sweeping) => Err(Some(Box::new(sweeping.abandon()))),
            State::Abandoned(usage) => Err(usage),
        }
    }

    /// What it asked of the server so far.
    pub(super) fn asked(&self) -> Asked {
        let usage = match &self.state {
            State::Running(sweeping) => sweeping.usage(),
            State::Ended(swept) => &swept.1,
            State::Abandoned(Some(usage)) => usage,
            State::Abandoned(None) => return Asked::default(),
        };
        Asked { time: usage.asked.time, bytes: usage.asked.bytes }
    }

    /// Whether it has not ended.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// The instance; without it there is nothing to run any more.
    fn take(&mut self) -> Option<Box<Sweeping>> {
        match mem::replace(&mut self.state, State::Abandoned(None)) {
            State::Running(sweeping) => Some(sweeping),
            ended => {
                self.state = ended;
                None
            }
        }
    }

    /// Shows keys: for each of the plan's sweeps some.
    pub(super) async fn show(&mut self, pages: Vec<(u32, Vec<contract::Swept>)>) {
        if pages.is_empty() {
            return;
        }
        if let Some(mut sweeping) = self.take() {
            let patience = self.patience;
            let work = async move {
                for (sweep, keys) in pages {
                    if sweeping.usage().wall > patience {
                        return Err(sweeping.overdue(patience));
                    }
                    *sweeping = sweeping.page(sweep, &keys).await?;
                }
                Ok(*sweeping)
            };
            self.state = State::of(apart(&self.collector, work).await);
        }
    }

    /// Lets it go without a report: nobody knows how much is missing.
    pub(super) fn abandon(&mut self) {
        if let Some(sweeping) = self.take() {
            self.state = State::Abandoned(Some(Box::new(sweeping.abandon())));
        }
    }

    /// Ends the run.
    pub(super) async fn end(&mut self, is_complete: bool) {
        if let Some(sweeping) = self.take() {
            let swept = apart(&self.collector, async move { sweeping.end(is_complete).await }).await;
            self.state = swept.map_or(State::Abandoned(None), |swept| State::Ended(Box::new(swept)));
        }
    }
}

/// Runs what a guest does where guests run; none when it was lost there.
async fn apart<T: Send + 'static>(collector: &Collector, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    collector.plugin.sandbox()?.apart(work).await
}
