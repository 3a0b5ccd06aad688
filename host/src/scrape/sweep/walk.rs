//! One run: begin all collectors, walk, end them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::ground::Ground;
use super::page::{self, Wish};
use super::walker::Walker;
use super::{Found, Latest, Part};
use crate::config::SweepConfig;
use crate::config::target::Target;
use crate::plugin::{About, Access, Collector, Plan, contract};
use crate::scrape::batch::Reason;
use crate::scrape::calls::{Finished, unix_ms};
use crate::scrape::{Scraper, Walked};
use crate::servers::{Allowance, Cause, Error, ServerKind, Walk};

/// How long connecting and planning may take before a walk.
const BEGIN: Duration = Duration::from_secs(20);

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
                return Some(nothing_found(start));
            }
        };
        let planned = self.planned(collectors, &ground.kind, until).await;
        if planned.is_empty() {
            return None;
        }
        let mut allowance = Allowance::new(config, deadline);
        let Some(mut walkers) = self.begin(target, planned, &ground, until).await else {
            return Some(nothing_found(start));
        };
        let walked = self.walk(&ground, &mut walkers, config, &mut allowance).await;
        let (keys, is_complete, success) = match walked {
            Ok((keys, is_complete)) => (keys, is_complete, true),
            Err(error) => {
                let (target, cause) = (&error.target, &error.cause);
                tracing::warn!(target, error = %cause, "keys cannot be walked to the end");
                walkers.iter_mut().for_each(Walker::abandon);
                (0, false, false)
            }
        };
        join_all(walkers.iter_mut().map(|walker| walker.end(is_complete))).await;
        let parts = walkers.into_iter().map(|walker| self.part(target, walker)).collect();
        let walked = Walked { keys, is_complete, success, duration: start.elapsed(), ended: Instant::now() };
        Some(Latest { walked, parts })
    }

    /// The collectors that have something to walk on this kind of server, with their plans.
    async fn planned(
        &self,
        collectors: &[Arc<Collector>],
        kind: &ServerKind,
        deadline: Instant,
    ) -> Vec<(Arc<Collector>, Arc<Plan>)> {
        let batch = self.merged(collectors.to_vec(), kind, Reason::Timer, deadline).await;
        let jobs = batch.jobs.iter().filter(|job| job.plan.sweeps.iter().any(Result::is_ok));
        jobs.map(|job| (job.collector.clone(), job.plan.clone())).collect()
    }

    async fn begin(
        &self,
        target: &Target,
        planned: Vec<(Arc<Collector>, Arc<Plan>)>,
        ground: &Ground,
        deadline: Instant,
    ) -> Option<Vec<Walker>> {
        let access = Access {
            pools: self.lasting.pools.clone(),
            target: target.clone(),
            kind: ground.kind.clone(),
            main: tokio::runtime::Handle::current(),
        };
        let unix_ms = unix_ms();
        // Together or not at all: runs that wait for each other's instances would wait for ever.
        let sandbox = planned.first().and_then(|(collector, _)| collector.plugin.sandbox());
        let rooms = match sandbox {
            Some(sandbox) => timeout_at(deadline, sandbox.rooms(planned.len())).await.ok().flatten(),
            None => None,
        };
        let Some(mut rooms) = rooms else {
            let collectors = planned.len();
            tracing::warn!(%target, collectors, "no room for so many collectors that walk keys at the same time");
            return None;
        };
        let mut walkers = Vec::with_capacity(planned.len());
        for (collector, plan) in planned {
            let Some(room) = rooms.split(1) else { break };
            let about = About { collector, plan, access: access.clone(), unix_ms };
            walkers.push(Walker::begin(about, room).await);
        }
        Some(walkers)
    }

    /// Walks all databases, one after the other: how many keys there were, and whether these were all.
    async fn walk(
        &self,
        ground: &Ground,
        walkers: &mut [Walker],
        config: &SweepConfig,
        allowance: &mut Allowance,
    ) -> Result<(u64, bool), Error> {
        let (mut keys, mut is_complete) = (0, true);
        let plans: Vec<Arc<Plan>> = walkers.iter().map(|walker| walker.plan.clone()).collect();
        let nesting: Vec<u32> = walkers.iter().map(|walker| walker.collector.config.limits.nesting).collect();
        let databases: BTreeSet<u32> = plans.iter().flat_map(|plan| plan.swept_databases()).collect();
        for database in databases {
            let wishes = wishes(&plans, &nesting, database);
            let walked = walk_database(self, ground, database, &wishes, walkers, config, allowance).await;
            match walked {
                Ok((some, all)) => (keys, is_complete) = (keys + some, is_complete && all),
                // This database cannot be had; others may.
                Err(Error { target, cause: Cause::Server(error) }) => {
                    tracing::warn!(target, database, %error, "a database cannot be walked");
                    is_complete = false;
                }
                Err(error) => return Err(error),
            }
        }
        Ok((keys, is_complete))
    }

    fn part(&self, target: &Target, walker: Walker) -> Part {
        let (collector, plan, duration) = (walker.collector.clone(), walker.plan.clone(), walker.start.elapsed());
        let Some((result, usage)) = walker.swept() else {
            return Part { collector, plan, success: true, found: None, duration };
        };
        let done = Finished { job: 0, result, usage, prefetch: Duration::ZERO, duration, age: None };
        let success = self.note_sweep(&target.to_string(), &collector, &done);
        let found = done.result.ok().map(|report| Found { report: Arc::new(report), taken: Instant::now() });
        Part { collector, plan, success, found, duration }
    }
}

/// Walks one database: how many keys there were, and whether these were all.
async fn walk_database(
    scraper: &Scraper,
    ground: &Ground,
    database: u32,
    wishes: &[Wish<'_>],
    walkers: &mut [Walker],
    config: &SweepConfig,
    allowance: &mut Allowance,
) -> Result<(u64, bool), Error> {
    let target = Target { database, ..ground.target.clone() };
    if database >= ground.kind.databases {
        let (target, databases) = (target.to_string(), ground.kind.databases);
        tracing::warn!(target, database, databases, "a database cannot be walked: the server has not so many");
        return Ok((0, false));
    }
    // Each database has connections of its own.
    if ground.filled.as_ref().is_some_and(|filled| !filled.contains(&database)) {
        return Ok((0, true));
    }
    let filter = page::filter(wishes, ground.kind.has_scan_type());
    let mut walk = Walk::new(&scraper.lasting.pools, target, filter.clone(), config.count, allowance);
    let mut left_out = None;
    while let Some(keys) = walk.next().await? {
        if keys.is_empty() {
            continue;
        }
        let page = page::page(&mut walk, &filter, wishes, &keys).await?;
        show(walkers, wishes, page.shown).await;
        left_out = left_out.or(page.left_out);
        if !walkers.iter().any(Walker::is_running) {
            break;
        }
    }
    if let Some(reason) = &left_out {
        let target = ground.target.to_string();
        tracing::warn!(target, database, reason, "keys are left out of a walk; this is the first reason");
    }
    Ok((walk.keys() as u64, walk.is_complete() && left_out.is_none()))
}

/// The sweeps of all plans on one database.
fn wishes<'a>(plans: &'a [Arc<Plan>], nesting: &[u32], database: u32) -> Vec<Wish<'a>> {
    let mut wishes = Vec::new();
    for (part, plan) in plans.iter().enumerate() {
        let sweeps = (0..).zip(&plan.sweeps).filter_map(|(index, sweep)| Some((index, sweep.as_ref().ok()?)));
        let sweeps = sweeps.filter(|(_, sweep)| sweep.database == database);
        wishes.extend(sweeps.map(|(index, sweep)| Wish { part, index, sweep, nesting: nesting[part] }));
    }
    wishes
}

/// Shows a page to everybody whom it is for.
async fn show(walkers: &mut [Walker], wishes: &[Wish<'_>], shown: Vec<Vec<contract::Swept>>) {
    let mut of_walkers: Vec<Vec<(u32, Vec<contract::Swept>)>> = walkers.iter().map(|_| Vec::new()).collect();
    for (wish, keys) in wishes.iter().zip(shown).filter(|(_, keys)| !keys.is_empty()) {
        of_walkers[wish.part].push((wish.index, keys));
    }
    join_all(walkers.iter_mut().zip(of_walkers).map(|(walker, pages)| walker.show(pages))).await;
}

/// A run that never came to a walk: what was found before it is served on.
fn nothing_found(start: Instant) -> Latest {
    let walked =
        Walked { keys: 0, is_complete: false, success: false, duration: start.elapsed(), ended: Instant::now() };
    Latest { walked, parts: Vec::new() }
}
