//! The plans of all collectors for one kind of server, merged once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::time::Instant;

use super::{BATCHES, Scraper};
use crate::metrics::Family;
use crate::metrics::layout::{Layout, Misfit};
use crate::plugin::{Collector, Plan, Refused};
use crate::servers::{Command, ServerKind};

/// What a scrape of one kind of server does.
pub(super) struct Batch {
    /// The prefetch of all collectors, without repeats.
    pub(super) commands: Vec<Command>,
    pub(super) jobs: Vec<Job>,
    /// Collectors that do nothing there, with the reason.
    pub(super) refused: Vec<(String, Refused)>,
    pub(super) layout: Layout,
    /// Layouts of the last scrapes with late families: as a rule these are the same in the next.
    late: Mutex<VecDeque<Arc<LateLayout>>>,
}

/// Layouts with late families that are kept. Servers of one kind have the same, but for a fork or two.
const LATE_LAYOUTS: usize = 4;

/// A layout with families that the plans did not know.
#[derive(Debug)]
pub(super) struct LateLayout {
    /// For each job, as they came.
    late: Vec<Vec<Family>>,
    pub(super) layout: Layout,
}

/// One collector's part.
pub(super) struct Job {
    pub(super) collector: Arc<Collector>,
    pub(super) plan: Arc<Plan>,
    /// Where the replies to its prefetch stand among all replies.
    pub(super) replies: Vec<usize>,
}

/// A collector with its plan, or why it has none.
type Planned = (Arc<Collector>, Result<Arc<Plan>, Refused>);

impl Scraper {
    /// The batch for a kind of server; plans are asked for once.
    pub(super) async fn batch(&self, kind: &ServerKind, deadline: Instant) -> Arc<Batch> {
        if let Some(batch) = self.batches.lock().unwrap_or_else(PoisonError::into_inner).get(kind) {
            return batch.clone();
        }
        let planned =
            self.apart(plan_all(self.collectors.clone(), kind.clone(), halfway(deadline))).await.unwrap_or_default();
        let batch = Arc::new(Batch::merge(planned));
        // A configure that failed is tried again by the next scrape.
        let complete = batch.jobs.len() + batch.refused.len() == self.collectors.len();
        if complete && !batch.refused.iter().any(|(_, refused)| matches!(refused, Refused::Failed(_))) {
            let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
            if batches.len() >= BATCHES {
                batches.clear();
            }
            batches.insert(kind.clone(), batch.clone());
        }
        batch
    }
}

/// Half of the time that is left: the other half is for reading and collecting. A plugin that takes longer to plan is
/// left out of this scrape.
fn halfway(deadline: Instant) -> Instant {
    deadline - deadline.saturating_duration_since(Instant::now()) / 2
}

async fn plan_all(collectors: Vec<Arc<Collector>>, kind: ServerKind, deadline: Instant) -> Vec<Planned> {
    let kind = &kind;
    let plan = |collector: Arc<Collector>| async move {
        let plan = collector.plan(kind, deadline).await;
        (collector, plan)
    };
    join_all(collectors.into_iter().map(plan)).await
}

impl Batch {
    fn merge(planned: Vec<Planned>) -> Batch {
        let mut refused = Vec::new();
        let mut plans = Vec::new();
        for (collector, plan) in planned {
            match plan {
                Ok(plan) => plans.push((collector, plan)),
                Err(reason) => refused.push((collector.name.clone(), reason)),
            }
        }
        let (_, clashes) = Layout::new(plans.iter().map(|(_, plan)| plan.families.as_slice()));
        for (part, clash) in clashes.iter().rev() {
            let other = plans[clash.other].0.name.clone();
            let (collector, _) = plans.remove(*part);
            let text = format!("{} is declared by {other} {}", clash.name, clash.difference);
            refused.push((collector.name.clone(), Refused::Malformed(text)));
        }
        let (layout, _) = Layout::new(plans.iter().map(|(_, plan)| plan.families.as_slice()));
        let mut commands = Commands::default();
        let job = |(collector, plan): (Arc<Collector>, Arc<Plan>)| {
            let replies = plan.prefetch.iter().map(|command| commands.place(command)).collect();
            Job { collector, plan, replies }
        };
        let jobs = plans.into_iter().map(job).collect();
        Batch { commands: commands.list, jobs, refused, layout, late: Mutex::default() }
    }

    /// The layout with late families, for each job some. Those that do not fit are left out.
    pub(super) fn with_late(&self, late: Vec<Vec<Family>>) -> Arc<LateLayout> {
        let lock = || self.late.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().iter().find(|known| known.late == late) {
            return known.clone();
        }
        let (layout, misfits) =
            self.layout.with_late(&late, |job, before, family| self.jobs[job].collector.check_late(family, before));
        if let Some(Misfit { part, family, fault }) = misfits.first() {
            let (collector, left_out) = (&self.jobs[*part].collector.name, misfits.len());
            tracing::warn!(
                collector,
                left_out,
                family,
                fault,
                "families that came late are left out; this is the first"
            );
        }
        let new = Arc::new(LateLayout { late, layout });
        let mut layouts = lock();
        layouts.truncate(LATE_LAYOUTS - 1);
        layouts.push_front(new.clone());
        new
    }
}

/// Commands without repeats.
#[derive(Default)]
struct Commands {
    list: Vec<Command>,
    places: HashMap<Command, usize>,
}

impl Commands {
    fn place(&mut self, command: &Command) -> usize {
        *self.places.entry(command.clone()).or_insert_with(|| {
            self.list.push(command.clone());
            self.list.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_commands_are_sent_once() {
        let mut commands = Commands::default();
        let places: Vec<_> = [["INFO", "ALL"], ["SLOWLOG", "LEN"], ["INFO", "ALL"]]
            .into_iter()
            .map(|words| commands.place(&Command::new(words)))
            .collect();
        assert_eq!(places, [0, 1, 0]);
        assert_eq!(commands.list.len(), 2);
    }
}
