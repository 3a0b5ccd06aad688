//! One run: begin all collectors, walk, end them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::ground::{Field, Ground};
use super::page::{LOT, LeftOut, Page, Shown};
use super::walker::{Asked, Walker};
use super::wishes::Wishes;
use super::{Found, Latest, Part};
use crate::config::SweepConfig;
use crate::config::target::Target;
use crate::plugin::{About, Access, Collector, Plan, Refused, Usage, contract};
use crate::scrape::batch::Reason;
use crate::scrape::calls::{Finished, unix_ms};
use crate::scrape::{Scraper, Walked};
use crate::servers::{Allowance, Error, ServerKind, Walk};

/// How long connecting and planning may take before a walk.
const BEGIN: Duration = Duration::from_secs(20);

/// Of the time that a walk may take, the part that one collector may take for what it is shown.
const SHARE: u32 = 2;

/// Of the time that a scrape has, the part that is kept for ending a walk within it.
const ENDING: u32 = 4;

/// The collectors of a run.
struct Planned {
    /// Those that have something to walk, with their plans.
    plans: Vec<(Arc<Collector>, Arc<Plan>)>,
    /// Those of which that is not known, or that are left alone.
    others: Vec<String>,
}

impl Scraper {
    /// One walk for all these collectors; none when none of them has anything to walk. `deadline` is that of a scrape.
    pub(super) async fn sweep_once(
        &self,
        target: &Target,
        collectors: &[Arc<Collector>],
        config: &SweepConfig,
        deadline: Option<Instant>,
    ) -> Option<Latest> {
        let start = Instant::now();
        let until = deadline.unwrap_or(start + BEGIN);
        let ground = match self.ground(target, config, until).await {
            Ok(ground) => ground,
            Err(Error { target, cause }) => {
                tracing::warn!(target, error = %cause, "keys cannot be walked");
                return Some(Latest::nothing(start));
            }
        };
        let Planned { plans, others } = self.planned(target, collectors, &ground.kind, until).await;
        if plans.is_empty() {
            return (!others.is_empty()).then(|| Latest::nothing(start));
        }
        // A run that is not for a scrape waits for room as long as it may walk.
        let until = deadline.unwrap_or(Instant::now() + config.max_duration);
        let Some(mut walkers) = self.begin(target, plans, &ground, config, until).await else {
            return Some(Latest::nothing(start));
        };
        let end = deadline.map(|deadline| deadline - deadline.saturating_duration_since(Instant::now()) / ENDING);
        let mut allowance = Allowance::new(config, end);
        let walked = self.walk(&ground, &mut walkers, config, &mut allowance).await;
        let (success, Seen { keys, is_complete, missing }) = match walked {
            Ok(seen) => (true, seen),
            Err(error) => {
                let (target, cause) = (&error.target, &error.cause);
                tracing::warn!(target, error = %cause, "keys cannot be walked to the end");
                walkers.iter_mut().for_each(Walker::abandon);
                (false, Seen::default())
            }
        };
        let ends = walkers.iter_mut().enumerate().map(|(place, walker)| walker.end(!missing.contains(&place)));
        join_all(ends).await;
        let parts = walkers.into_iter().map(|walker| self.part(target, walker)).collect();
        let walked = Walked { keys, is_complete, success, duration: start.elapsed(), ended: Instant::now() };
        Some(Latest { walked, parts, others, again: None })
    }

    /// Who has something to walk on this kind of server. Who failed again and again is left alone.
    async fn planned(
        &self,
        target: &Target,
        collectors: &[Arc<Collector>],
        kind: &ServerKind,
        deadline: Instant,
    ) -> Planned {
        let batch = self.merged(collectors.to_vec(), kind, &target.reach, Reason::Timer, deadline).await;
        let jobs = batch.jobs.iter().filter(|job| job.plan.sweeps.iter().any(Result::is_ok));
        let (name, now) = (target.name(), Instant::now());
        let is_left_alone = |collector: &Collector| {
            self.lasting.ledger.quarantined(&collector.account_of_walks(), &name, now).is_some()
        };
        let (alone, jobs): (Vec<_>, Vec<_>) = jobs.partition(|job| is_left_alone(&job.collector));
        let failed = batch.refused.iter().filter(|(_, refused)| !matches!(refused, Refused::NotApplicable(_)));
        let others = failed.map(|(name, _)| name).chain(alone.iter().map(|job| &job.collector.name)).cloned().collect();
        Planned { plans: jobs.into_iter().map(|job| (job.collector.clone(), job.plan.clone())).collect(), others }
    }

    async fn begin(
        &self,
        target: &Target,
        mut planned: Vec<(Arc<Collector>, Arc<Plan>)>,
        ground: &Ground,
        config: &SweepConfig,
        deadline: Instant,
    ) -> Option<Vec<Walker>> {
        let access = Access {
            pools: self.lasting.pools.clone(),
            target: ground.target.clone(),
            kind: ground.kind.clone(),
            main: tokio::runtime::Handle::current(),
        };
        let (unix_ms, name) = (unix_ms(), target.name());
        let sandbox = planned.first().and_then(|(collector, _)| collector.plugin.sandbox().cloned())?;
        for (collector, _) in planned.drain(sandbox.most_rooms().min(planned.len())..) {
            let (collector, most) = (&collector.name, sandbox.most_rooms());
            tracing::warn!(target = name, collector, most, "too many collectors walk keys: not for this one");
        }
        // Together or not at all: runs that wait for each other's instances would wait for ever.
        let Some(mut rooms) = timeout_at(deadline, sandbox.rooms(planned.len())).await.ok().flatten() else {
            let collectors = planned.len();
            tracing::warn!(%target, collectors, "no room for so many collectors that walk keys at the same time");
            return None;
        };
        let mut walkers = Vec::with_capacity(planned.len());
        for (collector, plan) in planned {
            let Some(room) = rooms.split(1) else { break };
            // But as long as a call may take in any case.
            let patience = (config.max_duration / SHARE).max(collector.config.limits.wall);
            let about = About::of_server(collector, plan, &name, access.clone(), unix_ms);
            walkers.push(Walker::begin(about, room, patience).await);
        }
        Some(walkers)
    }

    /// Walks all databases, one after the other.
    async fn walk(
        &self,
        ground: &Ground,
        walkers: &mut [Walker],
        config: &SweepConfig,
        allowance: &mut Allowance,
    ) -> Result<Seen, Error> {
        let mut seen = Seen { is_complete: true, ..Seen::default() };
        let (mut walked, mut refused) = (0, None);
        let plans: Vec<Arc<Plan>> = walkers.iter().map(|walker| walker.plan.clone()).collect();
        let nesting: Vec<u32> = walkers.iter().map(|walker| walker.collector.config.limits.nesting).collect();
        let databases: BTreeSet<u32> = plans.iter().flat_map(|plan| plan.swept_databases()).collect();
        for database in databases {
            if !walkers.iter().any(Walker::is_running) {
                // Nobody knows what is there.
                seen.is_complete = false;
                break;
            }
            let wishes = Wishes::of(&plans, &nesting, database);
            if ground.is_cut {
                seen.add(0, Some(Missing::Keys), &wishes);
            }
            let is_there = database < ground.kind.databases;
            for Field { target, filled } in &ground.fields {
                if is_there && filled.as_ref().is_some_and(|filled| !filled.contains(&database)) {
                    continue;
                }
                // Each database has connections of its own.
                let target = Target { database, ..target.clone() };
                match walk_database(self, ground, target, &wishes, walkers, config, allowance).await {
                    Ok((keys, left_out)) => {
                        seen.add(keys, left_out, &wishes);
                        walked += 1;
                    }
                    // This database cannot be had, or this shard; others may.
                    Err(error) if error.is_refusal() || ground.fields.len() > 1 => {
                        let (target, error_of) = (&error.target, &error.cause);
                        tracing::warn!(target, database, error = %error_of, "a database cannot be walked");
                        seen.add(0, Some(Missing::Keys), &wishes);
                        refused = Some(error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        // Nothing found would be told as no keys.
        match refused {
            Some(error) if walked == 0 => Err(error),
            _ => Ok(seen),
        }
    }

    fn part(&self, target: &Target, walker: Walker) -> Part {
        let (collector, plan, duration) = (walker.collector.clone(), walker.plan.clone(), walker.start.elapsed());
        let (result, usage) = match walker.swept() {
            Ok(swept) => swept,
            Err(usage) => {
                self.note_abandoned(&target.name(), &collector, &usage.map_or_else(Usage::default, |usage| *usage));
                return Part { collector, plan, success: true, found: None, duration };
            }
        };
        let done = Finished { job: 0, result, usage, prefetch: Duration::ZERO, duration, age: None };
        let success = self.note_sweep(&target.name(), &collector, &done);
        let found =
            done.result.ok().map(|report| Found { report: Arc::new(report), taken: Instant::now(), took: duration });
        Part { collector, plan, success, found, duration }
    }
}

/// What a walk through all databases came to.
#[derive(Default)]
struct Seen {
    /// Keys there were.
    keys: u64,
    /// Whether these were all.
    is_complete: bool,
    /// Walkers that were not shown everything that they want, by their place.
    missing: BTreeSet<usize>,
}

/// What was not seen of a database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// Some keys.
    Keys,
    /// The types of some.
    Types,
}

impl Seen {
    /// Adds a database: what is missing there is missing to those who want keys of it.
    fn add(&mut self, keys: u64, missing: Option<Missing>, wishes: &Wishes<'_>) {
        self.keys += keys;
        self.is_complete &= missing.is_none();
        let is_concerned = |needs_types: bool| match missing {
            None => false,
            Some(Missing::Types) => needs_types,
            Some(Missing::Keys) => true,
        };
        let concerned = wishes.all.iter().filter(|wish| is_concerned(wish.sweep.needs_types()));
        self.missing.extend(concerned.map(|wish| wish.part));
    }
}

/// Walks one database: how many keys there were, and what of them was not seen.
async fn walk_database(
    scraper: &Scraper,
    ground: &Ground,
    target: Target,
    wishes: &Wishes<'_>,
    walkers: &mut [Walker],
    config: &SweepConfig,
    allowance: &mut Allowance,
) -> Result<(u64, Option<Missing>), Error> {
    let (database, name) = (target.database, target.server().to_string());
    if database >= ground.kind.databases {
        let (target, databases) = (name, ground.kind.databases);
        tracing::warn!(target, database, databases, "a database cannot be walked: the server has not so many");
        return Ok((0, Some(Missing::Keys)));
    }
    let filter = wishes.filter(ground.kind.has_scan_type());
    let mut walk = Walk::new(&scraper.lasting.pools, target, filter.clone(), config.count, allowance);
    let mut left_out: Option<LeftOut> = None;
    while let Some(keys) = walk.next().await? {
        // A server may give more than it was asked for.
        for keys in keys.chunks(LOT) {
            let mut page = Page::of(&mut walk, &filter, wishes, keys).await?;
            while let Some(shown) = page.next(&mut walk).await? {
                let before = asked(walkers);
                show(walkers, wishes, shown).await;
                let after = asked(walkers);
                walk.others_asked(after.time.saturating_sub(before.time), after.bytes.saturating_sub(before.bytes));
            }
            left_out = LeftOut::worse(left_out, page.left_out);
        }
        if !walkers.iter().any(Walker::is_running) {
            break;
        }
    }
    if let Some(LeftOut { reason, .. }) = &left_out {
        tracing::warn!(target = name, database, reason, "keys are left out of a walk; this is the first reason");
    }
    if let Some(bound) = walk.bound() {
        tracing::warn!(
            target = name,
            database,
            bound,
            "a walk over keys has used what it may, and ends before the keys do"
        );
    }
    let missing = match &left_out {
        _ if !walk.is_complete() => Some(Missing::Keys),
        Some(LeftOut { is_type: false, .. }) => Some(Missing::Keys),
        Some(_) => Some(Missing::Types),
        None => None,
    };
    Ok((walk.keys() as u64, missing))
}

/// What all guests asked of the server so far.
fn asked(walkers: &[Walker]) -> Asked {
    walkers
        .iter()
        .map(Walker::asked)
        .fold(Asked::default(), |sum, one| Asked { time: sum.time + one.time, bytes: sum.bytes + one.bytes })
}

/// Shows keys to everybody whom they are for.
async fn show(walkers: &mut [Walker], wishes: &Wishes<'_>, shown: Shown) {
    let mut of_walkers: Vec<Vec<(u32, Vec<contract::Swept>)>> = walkers.iter().map(|_| Vec::new()).collect();
    for (wish, keys) in wishes.all.iter().zip(shown).filter(|(_, keys)| !keys.is_empty()) {
        of_walkers[wish.part].push((wish.index, keys));
    }
    join_all(walkers.iter_mut().zip(of_walkers).map(|(walker, pages)| walker.show(pages))).await;
}
