//! redwasp beside redis_exporter, both for one server: one scrape after the other, many at once, memory.

use std::time::Duration;

use anyhow::Result;
use redwasp_tests::server::Redis;
use serde::Serialize;

use crate::crowd::{self, Crowd};
use crate::floor::Floor;
use crate::lanes::Rounds;
use crate::redis::Connection;
use crate::scrapes::{self, Row};
use crate::subjects::{Memory, Subject};

/// Plain, from a server whose statistics of commands were reset.
pub(crate) const RESET: &str = "plain, reset";

/// How the exporters compare.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Peers {
    /// One request after the other.
    pub(crate) scrapes: Vec<Row>,
    /// Many at once.
    pub(crate) crowds: Vec<Crowd>,
    /// After that.
    pub(crate) memory: Vec<(&'static str, Memory)>,
}

/// Measures everything; `turns` is how often all clients at once have their turn at a subject, and for how long. The
/// server's statistics are lost.
pub(crate) fn measure(
    subjects: [&Subject; 2],
    server: &Redis,
    redis: &mut Connection,
    rounds: Rounds,
    turns: (usize, Duration),
) -> Result<Peers> {
    let mut floor = Floor::new(Connection::to(server)?, crate::facts::server(redis)?)?;
    let mut scrapes = scrapes::measure(&subjects, &[("plain", false), ("gzip", true)], Some(&mut floor), rounds)?;
    let (turns, turn) = turns;
    let crowds = crowd::measure(subjects, server, redis, turns, turn)?;
    let memory = subjects.iter().map(|subject| Ok((subject.name, subject.memory()?))).collect::<Result<_>>()?;
    // The same with almost no statistics of commands: what is left is the price of everything else.
    redis.ask(&["CONFIG", "RESETSTAT"])?;
    scrapes.extend(scrapes::measure(&subjects, &[(RESET, false)], None, rounds)?);
    Ok(Peers { scrapes, crowds, memory })
}

impl Peers {
    /// Requests per second of redwasp for one of redis_exporter, with this many targets.
    pub(crate) fn throughput(&self, targets: usize) -> f64 {
        let of = |subject| {
            let crowd = self.crowds.iter().find(|crowd| crowd.subject == subject && crowd.targets == targets);
            crowd.map_or(0.0, |crowd| crowd.requests_per_second)
        };
        of("redwasp") / of("redis_exporter")
    }

    /// Whether there are numbers of everything.
    pub(crate) fn is_complete(&self) -> bool {
        self.scrapes.iter().all(|row| row.timing.is_good())
            && self.crowds.iter().all(|crowd| crowd.requests_per_second > 0.0 && crowd.cpu_us > 0.0)
            && self.memory.iter().all(|(_, memory)| memory.resident_bytes > 0)
    }
}
