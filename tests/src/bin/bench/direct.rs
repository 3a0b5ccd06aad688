//! One call of one collector, without HTTP and Redis.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use redwasp::config::target::Target;
use redwasp::own::Own;
use redwasp::plugin::{Access, Collector, Plan, Request};
use redwasp::servers::{Answer, Keys, Pools, Reply, ServerKind, Settings};
use serde::Serialize;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::cpu::Clock;
use crate::lanes::{Lane, Rounds, in_turns};
use crate::redis::Connection;
use crate::stats::{Timing, quantile};

/// What one call costs. In the sandbox that is the copying of request and report, and the parser itself, in a warm instance;
/// the way to the guests' threads is not in it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Direct {
    /// In the sandbox.
    pub(crate) wasm: Timing,
    /// Half of the calls in the sandbox spent no more on the guest's thread.
    pub(crate) guest_p50_us: f64,
    /// The same in CPU time.
    pub(crate) guest_cpu_p50_us: f64,
    /// Linked in: the parser and what the host does for both.
    pub(crate) native: Timing,
}

struct Calls<'a> {
    runtime: &'a Runtime,
    collector: Collector,
    plan: Arc<Plan>,
    /// Not used: the collector asks for nothing else.
    access: Access,
    reply: Reply,
    /// On the guest's thread: wall time, CPU time.
    usage: Vec<(Duration, Duration)>,
}

/// Calls in turns; the collectors are the one in the sandbox and the one that is linked in.
pub(crate) fn measure(
    runtime: &Runtime,
    collectors: [Collector; 2],
    redis: &mut Connection,
    rounds: Rounds,
) -> Result<Direct> {
    let [wasm, native] = collectors;
    let (mut wasm, mut native) = (Calls::new(runtime, wasm, redis)?, Calls::new(runtime, native, redis)?);
    // A call is much shorter than a scrape.
    let rounds = Rounds { each: 5 * rounds.each, ..rounds };
    let timings = in_turns(&mut [&mut wasm as &mut dyn Lane, &mut native], rounds)?;
    let (wall, cpu): (Vec<_>, Vec<_>) = wasm.usage.iter().copied().unzip();
    let [wasm, native] = <[Timing; 2]>::try_from(timings).map_err(|_| anyhow::anyhow!("two lanes, two timings"))?;
    Ok(Direct { wasm, guest_p50_us: quantile(&wall, 0.5), guest_cpu_p50_us: quantile(&cpu, 0.5), native })
}

impl<'a> Calls<'a> {
    fn new(runtime: &'a Runtime, collector: Collector, redis: &mut Connection) -> Result<Calls<'a>> {
        let kind = kind(redis)?;
        let plan = runtime.block_on(collector.plan(&kind, Instant::now() + Duration::from_secs(10)))?;
        let reply = Ok(Answer { bytes: redis.ask(&["INFO", "ALL"])?, depth: 0 });
        let own = Arc::new(Own::new("redis", true, false)?);
        let pools = Arc::new(Pools::new(Settings::default(), own));
        let target = Target::parse("redis://127.0.0.1")?;
        let access = Access { pools, target, kind, main: runtime.handle().clone() };
        Ok(Calls { runtime, collector, plan, access, reply, usage: Vec::new() })
    }
}

impl Lane for Calls<'_> {
    fn go(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(10);
        let (replies, access) = (vec![Ok(&self.reply)], &self.access);
        let request = Request { name: "redis://127.0.0.1", access, replies, state: None, unix_ms: 0, deadline };
        let (report, usage) = self.runtime.block_on(self.collector.collect(&self.plan, &request));
        anyhow::ensure!(!report.map_err(|failure| anyhow::anyhow!("{failure}"))?.samples.is_empty(), "no samples");
        self.usage.push((usage.wall, usage.cpu));
        Ok(())
    }

    fn clock(&self) -> Clock {
        Clock::ThisProcess
    }
}

/// What a connection of the daemon learns of the server.
fn kind(redis: &mut Connection) -> Result<ServerKind> {
    let server = crate::facts::server(redis)?;
    let redwasp_sdk::Server { product, version, mode, role, databases, .. } = server;
    Ok(ServerKind { product, version, mode, role, databases, databases_told: true, keys: Keys::default() })
}
