//! One collector of a run: begun, shown pages, ended, each where guests run.

use std::mem;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::plugin::{About, Collector, Plan, Sweeping, Swept, contract};

/// A collector of a run.
pub(super) struct Walker {
    pub(super) collector: Arc<Collector>,
    pub(super) plan: Arc<Plan>,
    pub(super) start: Instant,
    state: State,
}

enum State {
    Running(Box<Sweeping>),
    /// With what it came to; none when that is nobody's fault but ours or the server's.
    Ended(Option<Box<Swept>>),
}

impl State {
    fn of(begun: Option<Result<Sweeping, Box<Swept>>>) -> State {
        match begun {
            Some(Ok(sweeping)) => State::Running(Box::new(sweeping)),
            Some(Err(swept)) => State::Ended(Some(swept)),
            None => State::Ended(None),
        }
    }
}

impl Walker {
    /// Begins the run of a collector.
    pub(super) async fn begin(about: About, room: OwnedSemaphorePermit) -> Walker {
        let (collector, plan, start) = (about.collector.clone(), about.plan.clone(), Instant::now());
        let state = State::of(apart(&collector, Sweeping::begin(about, room)).await);
        Walker { collector, plan, start, state }
    }

    /// What it came to; none when that is nobody's fault but ours or the server's.
    pub(super) fn swept(self) -> Option<Swept> {
        match self.state {
            State::Ended(swept) => swept.map(|swept| *swept),
            State::Running(_) => None,
        }
    }

    /// Whether it has not ended.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// The instance; without it there is nothing to run any more.
    fn take(&mut self) -> Option<Box<Sweeping>> {
        match mem::replace(&mut self.state, State::Ended(None)) {
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
            let work = async move {
                for (sweep, keys) in pages {
                    *sweeping = sweeping.page(sweep, &keys).await?;
                }
                Ok(*sweeping)
            };
            self.state = State::of(apart(&self.collector, work).await);
        }
    }

    /// Lets it go without a report: nobody knows how much is missing.
    pub(super) fn abandon(&mut self) {
        drop(self.take());
    }

    /// Ends the run.
    pub(super) async fn end(&mut self, is_complete: bool) {
        if let Some(sweeping) = self.take() {
            let swept = apart(&self.collector, async move { sweeping.end(is_complete).await }).await;
            self.state = State::Ended(swept.map(Box::new));
        }
    }
}

/// Runs what a guest does where guests run; none when it was lost there.
async fn apart<T: Send + 'static>(collector: &Collector, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    collector.plugin.sandbox()?.apart(work).await
}
