//! What the sandbox costs: the same collector as a component and linked in, in one process.

use std::future::pending;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use redwasp::cli::{self, Stop};
use redwasp::config::{CollectorConfig, Config, PluginsConfig};
use redwasp::daemon::Daemon;
use redwasp::plugin::{Collector, How, Loader, Plugin, Sandbox, Threads, embedded};
use redwasp_info::InfoCollector;
use redwasp_tests::server::Redis;
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::cpu::Clock;
use crate::direct::{self, Direct};
use crate::http::Client;
use crate::lanes::{Lane, Rounds, Scrapes, in_turns};
use crate::linked::Native;
use crate::redis::{self, Connection};
use crate::stats::Timing;

/// How a collector is called.
const KINDS: [&str; 2] = ["wasm", "native"];

/// Numbers of collectors that a daemon has.
pub(crate) const NUMBERS: [usize; 2] = [1, 8];

/// What the sandbox costs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Price {
    /// Scrapes over HTTP of daemons whose collectors are all of one kind.
    pub(crate) scrapes: Vec<Scraped>,
    /// One call of one collector.
    pub(crate) direct: Direct,
}

/// Scrapes of one daemon.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scraped {
    /// Copies of the collector info.
    pub(crate) collectors: usize,
    /// "wasm" or "native".
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) timing: Timing,
}

/// The collector info, both ways.
struct Info {
    sandbox: Arc<Sandbox>,
    settings: CollectorConfig,
    /// In the order of [`KINDS`].
    plugins: [Arc<Plugin>; 2],
}

/// Measures everything. Daemons, guests and this thread are one process: nothing else may run in it meanwhile.
pub(crate) fn measure(server: &Redis, connection: &mut Connection, rounds: Rounds) -> Result<Price> {
    // As many threads as the daemon's own program has.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let target = redis::target(server, 0);
    let info = Info::load(&runtime, &target)?;
    let mut lanes = Vec::new();
    let mut names = Vec::new();
    for collectors in NUMBERS {
        for (kind, plugin) in KINDS.into_iter().zip(&info.plugins) {
            let port = info.serve(&runtime, &target, plugin, collectors)?;
            lanes.push(Scrapes { client: Client::connect(port, "/metrics", false)?, clock: Clock::OtherThreads });
            names.push((collectors, kind));
        }
    }
    let mut turns: Vec<&mut dyn Lane> = lanes.iter_mut().map(|lane| lane as &mut dyn Lane).collect();
    let timings = in_turns(&mut turns, rounds)?;
    let scraped = |((collectors, kind), timing)| Scraped { collectors, kind, timing };
    let scrapes = names.into_iter().zip(timings).map(scraped).collect();
    let collectors = info.plugins.each_ref().map(|plugin| info.collector(plugin, 1));
    Ok(Price { scrapes, direct: direct::measure(&runtime, collectors, connection, rounds)? })
}

impl Price {
    /// Whether there are numbers of everything.
    pub(crate) fn is_complete(&self) -> bool {
        let scrapes = self.scrapes.iter().map(|scraped| &scraped.timing);
        scrapes.chain([&self.direct.wasm, &self.direct.native]).all(Timing::is_good)
    }
}

impl Info {
    fn load(runtime: &Runtime, target: &str) -> Result<Info> {
        let name = "info";
        let built_ins = embedded()?;
        let (_, built_in) = built_ins.iter().find(|(manifest, _)| manifest.name == name).context(name)?;
        let settings = config(target)?.collectors.into_iter().find(|settings| settings.name == name).context(name)?;
        let sandbox = Sandbox::new(Threads::default())?;
        let loader = Loader::new(sandbox.clone(), &PluginsConfig::default(), How::InProcess);
        let wasm = runtime.block_on(loader.load_built_in(name, built_in))?;
        let native = Plugin::linked(Arc::new(Native::<InfoCollector>::new()));
        Ok(Info { sandbox, settings, plugins: [Arc::new(wasm), Arc::new(native)] })
    }

    /// Starts a daemon with copies of one plugin; the port on which it listens.
    fn serve(&self, runtime: &Runtime, target: &str, plugin: &Arc<Plugin>, collectors: usize) -> Result<u16> {
        let collectors = (1..=collectors).map(|number| Arc::new(self.collector(plugin, number))).collect();
        let daemon = runtime.block_on(Daemon::with(config(target)?, self.sandbox.clone(), collectors))?;
        let port = daemon.address()?.port();
        // It ends with the runtime.
        runtime.spawn(daemon.serve(pending()));
        Ok(port)
    }

    /// Each copy has its own namespace: series that an earlier collector gave already would only be dropped.
    fn collector(&self, plugin: &Arc<Plugin>, number: usize) -> Collector {
        let settings = CollectorConfig { name: format!("info-{number}"), ..self.settings.clone() };
        Collector::new(&settings, plugin.clone(), &format!("redis{number}"))
    }
}

/// The settings of the daemon's own program, on a free port.
fn config(target: &str) -> Result<Config> {
    let args = [&format!("--redis.addr={target}"), "--web.listen-address=127.0.0.1:0", "--set-client-name=false"];
    let manifests: Vec<_> = embedded()?.into_iter().map(|(manifest, _)| manifest).collect();
    match cli::parse(args.map(str::to_owned), |_| None, &manifests) {
        Ok(settings) => Ok(settings.config),
        Err(Stop::Usage(error)) => Err(error.into()),
        Err(Stop::Version(text) | Stop::Invalid(text)) => Err(anyhow!(text)),
    }
}
