//! One run: begin all collectors, walk, end them.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout_at};

use super::page::{self, Wish};
use super::{Found, Latest, Part};
use crate::config::SweepConfig;
use crate::config::target::{Address, Target};
use crate::plugin::{About, Access, Collector, Plan, Sweeping, Swept, contract};
use crate::scrape::batch::Reason;
use crate::scrape::calls::{Finished, unix_ms};
use crate::scrape::{Scraper, Walked};
use crate::servers::{Allowance, Cause, Command, Error, ServerKind, Walk};

/// How long connecting and planning may take before a walk.
const BEGIN: Duration = Duration::from_secs(20);

/// A collector of a run.
struct Walker {
    collector: Arc<Collector>,
    plan: Arc<Plan>,
    start: Instant,
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

/// What is walked.
struct Ground {
    /// Where: the target, or a replica of it.
    target: Target,
    kind: ServerKind,
    /// Databases that hold keys; none when the server does not say.
    filled: Option<BTreeSet<u32>>,
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
            Err(error) => return Some(failed(&error, start)),
        };
        let planned = self.planned(collectors, &ground.kind, until).await;
        if planned.is_empty() {
            return None;
        }
        let mut allowance = Allowance::new(config, deadline);
        let mut walkers = self.begin(target, planned, &ground, until).await;
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

    /// How many keys there are in these databases; none when the server does not say.
    pub(super) async fn keys(&self, target: &Target, databases: BTreeSet<u32>, deadline: Instant) -> Option<u64> {
        let mut keys = 0;
        for database in databases {
            let target = Target { database, ..target.clone() };
            let pools = &self.lasting.pools;
            let exchange = pools.ask(&target, &[Command::new(["DBSIZE"])], pools.reply_limit(), deadline).await.ok()?;
            let answer = exchange.replies.into_iter().next()?.ok()?;
            let text = String::from_utf8(answer.bytes).ok()?;
            keys += text.strip_prefix(':')?.trim_end().parse::<u64>().ok()?;
        }
        Some(keys)
    }

    /// Where to walk, and what kind of server the target is now.
    async fn ground(&self, target: &Target, config: &SweepConfig, deadline: Instant) -> Result<Ground, Error> {
        let pools = &self.lasting.pools;
        let mut lease = pools.checkout(target, deadline).await?;
        let info = lease.exchange(&[Command::new(["INFO", "ALL"])], pools.reply_limit(), deadline).await?;
        let kind = lease.latest_facts().kind.clone();
        drop(lease);
        let text = info.replies.first().and_then(|reply| reply.as_ref().ok());
        let text = text.map(|answer| String::from_utf8_lossy(&answer.bytes)).unwrap_or_default();
        let filled = filled(&text);
        let replicas = if config.prefer_replica { replicas(&text) } else { Vec::new() };
        for (host, port) in replicas {
            let replica = Target { address: Address::Tcp { host, port }, ..target.clone() };
            match pools.checkout(&replica, deadline).await {
                Ok(_) => return Ok(Ground { target: replica, kind, filled }),
                Err(Error { target, cause }) => {
                    tracing::debug!(target, error = %cause, "replica cannot be walked");
                }
            }
        }
        Ok(Ground { target: target.clone(), kind, filled })
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
    ) -> Vec<Walker> {
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
            return Vec::new();
        };
        let mut walkers = Vec::with_capacity(planned.len());
        for (collector, plan) in planned {
            let Some(room) = rooms.split(1) else { break };
            let (start, access) = (Instant::now(), access.clone());
            let about = About { collector: collector.clone(), plan: plan.clone(), access, unix_ms };
            let state = State::of(apart(&collector, Sweeping::begin(about, room)).await);
            walkers.push(Walker { collector, plan, state, start });
        }
        walkers
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
        let Walker { collector, plan, start, state } = walker;
        let duration = start.elapsed();
        let State::Ended(Some(swept)) = state else {
            return Part { collector, plan, success: true, found: None, duration };
        };
        let (result, usage) = *swept;
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

impl Walker {
    fn is_running(&self) -> bool {
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

    async fn show(&mut self, pages: Vec<(u32, Vec<contract::Swept>)>) {
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
    fn abandon(&mut self) {
        drop(self.take());
    }

    async fn end(&mut self, is_complete: bool) {
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

/// A run that never came to a walk.
fn failed(error: &Error, start: Instant) -> Latest {
    let (target, cause) = (&error.target, &error.cause);
    tracing::warn!(target, error = %cause, "keys cannot be walked");
    let walked =
        Walked { keys: 0, is_complete: false, success: false, duration: start.elapsed(), ended: Instant::now() };
    Latest { walked, parts: Vec::new() }
}

/// Addresses of the replicas that a primary tells in INFO and that have what it has.
fn replicas(info: &str) -> Vec<(String, u16)> {
    let replica = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let number = name.strip_prefix("slave")?;
        let part = |name: &str| value.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let is_replica = number.bytes().all(|byte| byte.is_ascii_digit()) && part("state") == Some("online");
        Some((part("ip").filter(|_| is_replica)?.to_owned(), part("port")?.parse().ok()?))
    };
    info.lines().filter_map(replica).collect()
}

/// The databases that hold keys, as INFO's section Keyspace lists them.
fn filled(info: &str) -> Option<BTreeSet<u32>> {
    let (_, section) = info.split_once("# Keyspace")?;
    let lines = section.lines().skip(1).take_while(|line| !line.starts_with('#'));
    Some(lines.filter_map(|line| line.split_once(':')?.0.strip_prefix("db")?.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_tells_replicas_that_are_online_and_databases_with_keys() {
        let info = "# Replication\r\nrole:master\r\nconnected_slaves:3\r\n\
            slave0:ip=10.0.0.2,port=6380,state=online,offset=1,lag=0\r\n\
            slave1:ip=10.0.0.3,port=6380,state=wait_bgsave,offset=0,lag=0\r\n\
            slave2:ip=::1,port=6381,state=online,offset=1,lag=0\r\n\
            slave_read_only:1\r\nslavex:ip=a,port=1,state=online\r\nslave3:ip=a,port=x,state=online\r\n";
        assert_eq!(filled(info), None);
        let info_with_keys = format!("{info}# Keyspace\r\ndb0:keys=1,expires=0\r\ndb11:keys=2\r\n# Other\r\ndb3:x\r\n");
        assert_eq!(filled(&info_with_keys), Some([0, 11].into()));
        let expected = [("10.0.0.2", 6380), ("::1", 6381)].map(|(host, port)| (host.to_owned(), port));
        assert_eq!(replicas(info), expected);
    }
}
