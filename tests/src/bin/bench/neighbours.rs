//! What one guest that spins takes from others that do their work: many calls at once of the collector info, alone and
//! beside it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow};
use futures_util::future::{Either, join_all, select};
use redwasp::config::Limits;
use redwasp::plugin::{Access, Request, Threads, embedded};
use redwasp::servers::{Answer, Reply};
use redwasp_tests::alone::{Alone, Mood, Planned, in_time};
use redwasp_tests::wat_guests::{Guest, SPIN};
use serde::Serialize;

use crate::lanes::Rounds;
use crate::redis::Connection;
use crate::stats::{Recorder, Timing};

/// Calls that are begun at once.
pub(crate) const CALLS: usize = 63;

/// Where the guest is that spins all the while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spinner {
    /// There is none.
    Nowhere,
    /// Its call was begun together with the others, as of a collector on the same target.
    SameScrape,
    /// It was begun before them, as of a collector on another target.
    OtherScrape,
}

/// How the calls fared.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Neighbours {
    pub(crate) spinner: Spinner,
    /// From the begin of them all to the report of each; its CPU time is that of the guest.
    pub(crate) each: Timing,
    /// To the last report.
    pub(crate) all: Timing,
}

const SPINNERS: [Spinner; 3] = [Spinner::Nowhere, Spinner::SameScrape, Spinner::OtherScrape];

/// The calls of one kind, and one that spins.
#[derive(Clone)]
struct Calls {
    info: Planned,
    reply: Arc<Reply>,
    spins: Planned,
    access: Access,
}

/// The calls that do their work: when each had its report, and the CPU time of the guests.
struct Done {
    taken: Vec<Duration>,
    cpu: Duration,
}

/// Has all calls made so often, in turns.
pub(crate) fn measure(redis: &mut Connection, rounds: Rounds) -> Result<Vec<Neighbours>> {
    let alone = Alone::new(Threads::default());
    let calls = Calls::new(&alone, redis)?;
    let mut recorders = SPINNERS.map(|spinner| (spinner, Recorder::default(), Recorder::default()));
    for _ in 0..rounds.blocks {
        for (spinner, each, all) in &mut recorders {
            let (mut taken, mut last, mut cpu) = (Vec::new(), Vec::new(), Duration::ZERO);
            for turn in 0..rounds.warm_up + rounds.each {
                let (calls, spinner) = (calls.clone(), *spinner);
                let done = alone.apart(async move { calls.make(spinner).await })?;
                if turn >= rounds.warm_up {
                    last.extend(done.taken.iter().max());
                    taken.extend(done.taken);
                    cpu += done.cpu;
                }
            }
            each.block(taken, cpu);
            all.block(last, cpu);
        }
    }
    let fared = |(spinner, each, all): (_, Recorder, Recorder)| {
        let (each, all) = (each.timing(), all.timing());
        Neighbours { spinner, each, all }
    };
    Ok(recorders.into_iter().map(fared).collect())
}

impl Calls {
    fn new(alone: &Alone, redis: &mut Connection) -> Result<Calls> {
        let name = "info";
        let built_ins = embedded()?;
        let (_, built_in) = built_ins.iter().find(|(manifest, _)| manifest.name == name).context(name)?;
        let plugin = alone.load(name, built_in.component.to_vec()).map_err(|problem| anyhow!("{problem}"))?;
        let collector = alone.tried_out(&plugin, Limits::default()).map_err(|problem| anyhow!("{problem}"))?;
        let info = alone.planned(collector).map_err(|refused| anyhow!("{refused}"))?;
        let reply = Arc::new(Ok(Answer { bytes: redis.ask(&["INFO", "ALL"])?, depth: 0 }));
        // It shall not end while the others run.
        let endless = Duration::from_secs(3600);
        let limits = Limits { cpu: endless, wall: endless, ..Limits::default() };
        let spins = alone.guest(&Guest::collecting("spins", SPIN), limits);
        Ok(Calls { info, reply, spins, access: alone.access() })
    }

    async fn make(self, spinner: Spinner) -> Result<Done> {
        match spinner {
            Spinner::Nowhere => self.work().await,
            Spinner::SameScrape => {
                let (spins, works) = (Box::pin(self.spin()), Box::pin(self.work()));
                match select(spins, works).await {
                    Either::Left((error, _)) => Err(error),
                    Either::Right((done, _)) => done,
                }
            }
            Spinner::OtherScrape => {
                let calls = self.clone();
                let spins = tokio::spawn(async move { calls.spin().await });
                let done = self.work().await;
                spins.abort();
                // It stops at the next tick, and the next turn shall not find it there.
                spins.await.map_or(done, Err)
            }
        }
    }

    /// Spins; comes back only if it could not.
    async fn spin(&self) -> Error {
        let (report, _) = self.spins.collect(&self.access, Mood::Ill, in_time()).await;
        anyhow!("the guest that shall spin has ended: {:?}", report.err().map(|failure| failure.to_string()))
    }

    /// All calls, begun at once.
    async fn work(&self) -> Result<Done> {
        let begin = Instant::now();
        let results = join_all((0..CALLS).map(|_| self.call(begin))).await;
        let mut done = Done { taken: Vec::new(), cpu: Duration::ZERO };
        for result in results {
            let (taken, cpu) = result?;
            done.taken.push(taken);
            done.cpu += cpu;
        }
        Ok(done)
    }

    /// One call: when it was done, and the guest's CPU time.
    async fn call(&self, begin: Instant) -> Result<(Duration, Duration)> {
        let replies = vec![Ok(&*self.reply)];
        let name = "redis://127.0.0.1";
        let request = Request { name, access: &self.access, replies, state: None, unix_ms: 0, deadline: in_time() };
        let (report, usage) = self.info.collector.collect(&self.info.plan, &request).await;
        let report = report.map_err(|failure| anyhow!("{failure}"))?;
        anyhow::ensure!(!report.samples.is_empty(), "no samples");
        Ok((begin.elapsed(), usage.cpu))
    }
}

impl Spinner {
    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Spinner::Nowhere => "alone",
            Spinner::SameScrape => "beside one that spins, in the same scrape",
            Spinner::OtherScrape => "beside one that spins, in another scrape",
        }
    }
}

impl Neighbours {
    /// Whether there are numbers.
    pub(crate) fn is_good(&self) -> bool {
        self.each.is_good() && self.all.is_good()
    }
}
