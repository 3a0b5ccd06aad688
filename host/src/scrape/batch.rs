//! The plans of all collectors for one kind of server, merged once.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::time::Instant;

use super::clash::{Clashing, Part, clashing};
use super::{BATCHES, BATCHES_OF_VARIANT, Scraper};
use crate::config::Schedule;
use crate::config::reach::Reach;
use crate::config::target::Target;
use crate::metrics::Family;
use crate::metrics::layout::{Layout, Misfit};
use crate::plugin::{Collector, Plan, Refused, Wanted};
use crate::servers::{Command, ServerKind};

/// What a scrape of one kind of server does.
pub(super) struct Batch {
    /// What built-ins read without keys, without repeats: one pipeline, which tells whether the server is up. A reply that
    /// may be of any length is not among them.
    pub(super) first: Vec<Command>,
    /// What else is read before the calls, those of one job together. Pipelines of its own: a reply that is too long ends
    /// its pipeline, and what one plugin of the folder asks for must not end what others do.
    pub(super) further: Vec<Further>,
    pub(super) jobs: Vec<Job>,
    /// Collectors that do nothing there, with the reason.
    pub(super) refused: Vec<(String, Refused)>,
    /// How many collectors measure other parts of a cluster.
    elsewhere: usize,
    pub(super) layout: Layout,
    /// Layouts of the last scrapes with late families: as a rule these are the same in the next.
    late: Mutex<VecDeque<Arc<LateLayout>>>,
}

/// What a batch depends on: the kind of server, which collectors are for the target, and whether it has keys and is a
/// cluster as one.
pub(super) type Kind = (ServerKind, Vec<bool>, [bool; 2]);

/// A pipeline besides the first.
#[derive(Debug)]
pub(super) struct Further {
    /// Whose it is: index into the batch's jobs.
    pub(super) job: usize,
    /// The database that it reads; none for whichever the target's connections have.
    pub(super) database: Option<u32>,
    pub(super) commands: Vec<Command>,
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
    /// Where the replies to its prefetch are.
    pub(super) replies: Vec<Source>,
    /// Whether it runs by itself, and a scrape is given what it found last.
    pub(super) is_timed: bool,
}

/// Where a reply comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The first pipeline, and the place in it.
    First(usize),
    /// One of the further pipelines, and the place in it.
    Further(usize, usize),
    /// From nowhere: the command may not be sent.
    Denied(String),
}

impl Job {
    /// Whether it has to wait for more than the first pipeline.
    pub(super) fn waits(&self) -> bool {
        self.replies.iter().any(|source| matches!(source, Source::Further(..)))
    }
}

/// A collector with its plan, or why it has none.
type Planned = (Arc<Collector>, Result<Arc<Plan>, Refused>);

/// Whose pipelines a batch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// A scrape: collectors that run by themselves read nothing.
    Scrape,
    /// A collector that runs by itself, alone.
    Timer,
}

impl Scraper {
    /// The batch for a target of some kind; plans are asked for once.
    pub(super) async fn batch(&self, target: &Target, kind: &ServerKind, deadline: Instant) -> Arc<Batch> {
        self.has_seen(kind);
        let is_for: Vec<bool> = self.collectors.iter().map(|collector| collector.config.is_for(target)).collect();
        let key = (kind.clone(), is_for, [target.reach.has_keys(), matches!(target.reach, Reach::Whole(_))]);
        if let Some(batch) = self.batches.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return batch.clone();
        }
        let collectors: Vec<_> =
            self.collectors.iter().zip(&key.1).filter(|(_, is_for)| **is_for).map(|(each, _)| each.clone()).collect();
        let expected = collectors.len();
        let batch = self.merged(collectors, kind, &target.reach, Reason::Scrape, deadline).await;
        // A configure that failed is tried again by the next scrape.
        let complete = batch.jobs.len() + batch.refused.len() + batch.elsewhere == expected;
        if complete && !batch.refused.iter().any(|(_, refused)| matches!(refused, Refused::Failed(_))) {
            let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
            if batches.len() >= if self.variant == 0 { BATCHES } else { BATCHES_OF_VARIANT } {
                batches.clear();
            }
            batches.insert(key, batch.clone());
        }
        batch
    }

    /// The plans of some collectors, merged.
    pub(super) async fn merged(
        &self,
        collectors: Vec<Arc<Collector>>,
        kind: &ServerKind,
        reach: &Reach,
        reason: Reason,
        deadline: Instant,
    ) -> Arc<Batch> {
        let planned = self.apart(plan_all(collectors, kind.clone(), halfway(deadline))).await.unwrap_or_default();
        let all = planned.len();
        let is_for = |plan: &Result<Arc<Plan>, Refused>| plan.as_ref().map_or(true, |plan| plan.scope.is_for(reach));
        let planned: Vec<Planned> = planned.into_iter().filter(|(_, plan)| is_for(plan)).collect();
        let elsewhere = all - planned.len();
        let batch = Batch { elsewhere, ..Batch::merge(planned, reason) };
        for (collector, refused) in &batch.refused {
            if let Refused::Clashes(error) = refused
                && self.lasting.ledger.is_news(collector, error)
            {
                tracing::error!(collector, error, "collector is off for this kind of server; this is told once");
            }
        }
        Arc::new(batch)
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
    fn merge(planned: Vec<Planned>, reason: Reason) -> Batch {
        let mut refused = Vec::new();
        let mut plans = Vec::new();
        for (collector, plan) in planned {
            match plan {
                Ok(plan) => plans.push((collector, plan)),
                Err(reason) => refused.push((collector.name.clone(), reason)),
            }
        }
        let parts: Vec<Part<'_>> = plans.iter().map(|(collector, plan)| (&collector.name, Some(plan))).collect();
        for Clashing { part, text, .. } in clashing(&parts).into_iter().rev() {
            let (collector, _) = plans.remove(part);
            refused.push((collector.name.clone(), Refused::Clashes(text)));
        }
        let (layout, _) = Layout::new(plans.iter().map(|(_, plan)| plan.families.as_slice()));
        let is_timed =
            |collector: &Collector| reason == Reason::Scrape && collector.config.schedule != Schedule::Scrape;
        let mut pipelines = Pipelines::default();
        // Built-ins first, whatever their place: what they read, others are given as well.
        let is_first = |collector: &Collector| collector.plugin.is_built_in && !is_timed(collector);
        for (_, plan) in plans.iter().filter(|(collector, _)| is_first(collector)) {
            plan.prefetch.iter().flatten().for_each(|wanted| pipelines.begin_with(wanted));
        }
        let mut job = |(job, (collector, plan)): (usize, (Arc<Collector>, Arc<Plan>))| {
            let is_timed = is_timed(&collector);
            let wanted = if is_timed { &[] } else { plan.prefetch.as_slice() };
            let replies = wanted.iter().map(|wanted| pipelines.place(job, wanted)).collect();
            Job { collector, plan, replies, is_timed }
        };
        let jobs = plans.into_iter().enumerate().map(&mut job).collect();
        let Pipelines { first, further: all } = pipelines;
        let further = |(job, database, commands): (_, _, Commands)| Further { job, database, commands: commands.list };
        let further = all.into_iter().map(further).collect();
        let (elsewhere, late) = (0, Mutex::default());
        Batch { first: first.list, further, jobs, refused, elsewhere, layout, late }
    }

    /// Whether this very collector has a job.
    pub(super) fn has(&self, collector: &Arc<Collector>) -> bool {
        self.jobs.iter().any(|job| Arc::ptr_eq(&job.collector, collector))
    }

    /// The databases that collectors want to have walked.
    pub(super) fn swept_databases(&self) -> BTreeSet<u32> {
        self.jobs.iter().flat_map(|job| job.plan.swept_databases()).collect()
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

/// Commands without repeats, by pipeline.
#[derive(Default)]
struct Pipelines {
    first: Commands,
    /// By job and database; of what is of its moment there are several.
    further: Vec<(usize, Option<u32>, Commands)>,
}

impl Pipelines {
    /// Puts a command that reads no keys into the first pipeline. One whose reply is too long would end it, and the server
    /// would be told to be down: such a reply costs its reader alone.
    fn begin_with(&mut self, wanted: &Wanted) {
        if wanted.database.is_none() && !wanted.is_unbounded && !wanted.is_of_its_moment {
            self.first.place(&wanted.command);
        }
    }

    /// Where the reply will be: in the first pipeline if that has the command, else in one of the job's own.
    fn place(&mut self, job: usize, wanted: &Result<Wanted, String>) -> Source {
        let Wanted { command, database, .. } = match wanted {
            Ok(wanted) if wanted.is_of_its_moment => return self.append(job, wanted),
            Ok(wanted) => wanted,
            Err(denied) => return Source::Denied(denied.clone()),
        };
        if let Some(&place) = self.first.places.get(command).filter(|_| database.is_none()) {
            return Source::First(place);
        }
        let is_it = |(owner, other, commands): &(usize, Option<u32>, Commands)| {
            *owner == job && other == database && !commands.are_of_their_moment
        };
        let pipeline = self.further.iter().position(is_it).unwrap_or_else(|| {
            self.further.push((job, *database, Commands::default()));
            self.further.len() - 1
        });
        Source::Further(pipeline, self.further[pipeline].2.place(command))
    }

    /// Puts a command behind the one before it, in pipelines that have no others. A command that is right behind its like
    /// begins the next one: there is nothing in between that both could be about, and what hangs shall not cost what comes
    /// after it more than it has to.
    fn append(&mut self, job: usize, wanted: &Wanted) -> Source {
        let Wanted { command, database, .. } = wanted;
        let is_open = |(owner, other, commands): &(usize, Option<u32>, Commands)| {
            let is_its = *owner == job && other == database && commands.are_of_their_moment;
            is_its && commands.list.last() != Some(command)
        };
        if !self.further.last().is_some_and(is_open) {
            let commands = Commands { are_of_their_moment: true, ..Commands::default() };
            self.further.push((job, *database, commands));
        }
        let pipeline = self.further.len() - 1;
        let commands = &mut self.further[pipeline].2.list;
        commands.push(command.clone());
        Source::Further(pipeline, commands.len() - 1)
    }
}

/// Commands, without repeats unless they are of their moment.
#[derive(Default)]
struct Commands {
    list: Vec<Command>,
    places: HashMap<Command, usize>,
    are_of_their_moment: bool,
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

    fn wanted(command: Command, database: Option<u32>) -> Wanted {
        Wanted { command, database, is_unbounded: false, is_of_its_moment: false }
    }

    #[test]
    fn a_reply_of_any_length_is_read_apart() {
        let mut pipelines = Pipelines::default();
        let clients = Wanted { is_unbounded: true, ..wanted(Command::new(["CLIENT", "LIST"]), None) };
        pipelines.begin_with(&wanted(Command::new(["INFO", "ALL"]), None));
        pipelines.begin_with(&clients);
        assert_eq!(pipelines.first.list, [Command::new(["INFO", "ALL"])]);
        assert_eq!(pipelines.place(3, &Ok(clients)), Source::Further(0, 0));
    }

    #[test]
    fn what_is_of_its_moment_is_sent_each_time_and_keeps_its_place() {
        let mut pipelines = Pipelines::default();
        let moment = |words: &[&str]| Wanted {
            is_of_its_moment: true,
            ..wanted(Command::of(words.iter().map(|word| word.as_bytes().to_vec()).collect()), None)
        };
        let (time, script) = (moment(&["TIME"]), moment(&["EVAL", "return 1", "0", "0"]));
        let info = wanted(Command::new(["INFO", "ALL"]), None);
        pipelines.begin_with(&time);
        assert_eq!(pipelines.first.list, []);
        let sources: Vec<_> = [&time, &script, &time, &time, &script, &time, &info]
            .into_iter()
            .map(|wanted| pipelines.place(1, &Ok(wanted.clone())))
            .collect();
        let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0)];
        assert_eq!(sources, places.map(|(pipeline, place)| Source::Further(pipeline, place)));
        assert_eq!(pipelines.further[0].2.list, [&time, &script, &time].map(|wanted| wanted.command.clone()));
        assert_eq!(pipelines.place(2, &Ok(time)), Source::Further(3, 0), "another job's is another's");
    }

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

    #[test]
    fn a_reply_with_secrets_is_its_readers_alone() {
        let settings = |words| wanted(Command::new(words), None);
        let with_secrets = |words| wanted(Command::new(words).with_secrets(), None);
        let mut pipelines = Pipelines::default();
        pipelines.begin_with(&with_secrets(["CONFIG", "GET", "*"]));
        pipelines.begin_with(&settings(["CONFIG", "GET", "a"]));
        let place = |wanted, pipelines: &mut Pipelines| pipelines.place(0, &Ok(wanted));
        assert_eq!(place(with_secrets(["CONFIG", "GET", "*"]), &mut pipelines), Source::First(0));
        assert_eq!(place(settings(["CONFIG", "GET", "a"]), &mut pipelines), Source::First(1));
        assert_eq!(place(settings(["CONFIG", "GET", "*"]), &mut pipelines), Source::Further(0, 0));
        assert_eq!(Command::new(["INFO", "ALL"]).with_secrets(), Command::new(["INFO", "ALL"]), "it has none to hide");
    }

    #[test]
    fn what_built_ins_read_is_not_read_again_and_all_else_by_its_owner_alone() {
        let mut pipelines = Pipelines::default();
        let wanted = |words: [&str; 2], database| wanted(Command::new(words), database);
        pipelines.begin_with(&wanted(["INFO", "ALL"], None));
        pipelines.begin_with(&wanted(["GET", "a"], Some(0)));
        let cases = [
            (0, Ok(wanted(["INFO", "ALL"], None)), Source::First(0)),
            (0, Ok(wanted(["GET", "a"], Some(0))), Source::Further(0, 0)),
            (0, Ok(wanted(["SLOWLOG", "LEN"], None)), Source::Further(1, 0)),
            (0, Ok(wanted(["GET", "b"], Some(0))), Source::Further(0, 1)),
            (0, Ok(wanted(["GET", "a"], Some(1))), Source::Further(2, 0)),
            (0, Err("no".to_owned()), Source::Denied("no".to_owned())),
            (1, Ok(wanted(["SLOWLOG", "LEN"], None)), Source::Further(3, 0)),
        ];
        for (job, wanted, source) in cases {
            assert_eq!(pipelines.place(job, &wanted), source);
        }
    }
}
