//! What the sandbox costs: the same collectors as components and linked in, in one process.

use std::future::pending;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use redwasp::cli::{self, Stop};
use redwasp::config::{CollectorConfig, Config, PluginsConfig};
use redwasp::daemon::Daemon;
use redwasp::plugin::{Collector, How, Linked, Loader, Plugin, Sandbox, Threads, embedded};
use redwasp_business::Business;
use redwasp_clients::Clients;
use redwasp_cluster::Cluster;
use redwasp_commands::Commands;
use redwasp_config::Settings;
use redwasp_info::InfoCollector;
use redwasp_keyspace::Keyspace;
use redwasp_modules::Modules;
use redwasp_scripts::Scripts;
use redwasp_sentinel::Sentinel;
use redwasp_streams::Streams;
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

/// What a daemon has: copies of info, or all built-ins as they are without flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Set {
    Copies(usize),
    BuiltIns,
}

/// All that are measured.
pub(crate) const SETS: [Set; 3] = [Set::Copies(1), Set::Copies(8), Set::BuiltIns];

impl std::fmt::Display for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Set::Copies(1) => f.write_str("info"),
            Set::Copies(number) => write!(f, "{number} copies of info"),
            Set::BuiltIns => f.write_str("all built-ins"),
        }
    }
}

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
    /// What it has.
    pub(crate) set: Set,
    /// "wasm" or "native".
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) timing: Timing,
}

/// The built-ins, both ways.
struct BuiltIns {
    sandbox: Arc<Sandbox>,
    all: Vec<BuiltIn>,
}

struct BuiltIn {
    settings: CollectorConfig,
    /// In the order of [`KINDS`].
    plugins: [Arc<Plugin>; 2],
}

/// Measures everything. Daemons, guests and this thread are one process: nothing else may run in it meanwhile.
pub(crate) fn measure(server: &Redis, connection: &mut Connection, rounds: Rounds) -> Result<Price> {
    // As many threads as the daemon's own program has.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let target = redis::target(server, 0);
    let built_ins = BuiltIns::load(&runtime, &target)?;
    let mut lanes = Vec::new();
    let mut names = Vec::new();
    for set in SETS {
        for (index, kind) in KINDS.into_iter().enumerate() {
            let port = built_ins.serve(&runtime, &target, set, index)?;
            lanes.push(Scrapes { client: Client::connect(port, "/metrics", false)?, clock: Clock::OtherThreads });
            names.push((set, kind));
        }
    }
    let mut turns: Vec<&mut dyn Lane> = lanes.iter_mut().map(|lane| lane as &mut dyn Lane).collect();
    let timings = in_turns(&mut turns, rounds)?;
    let scraped = |((set, kind), timing)| Scraped { set, kind, timing };
    let scrapes = names.into_iter().zip(timings).map(scraped).collect();
    let info = built_ins.info()?;
    let collectors = info.plugins.each_ref().map(|plugin| info.copy(plugin, 1));
    Ok(Price { scrapes, direct: direct::measure(&runtime, collectors, connection, rounds)? })
}

impl Price {
    /// Whether there are numbers of everything.
    pub(crate) fn is_complete(&self) -> bool {
        let scrapes = self.scrapes.iter().map(|scraped| &scraped.timing);
        scrapes.chain([&self.direct.wasm, &self.direct.native]).all(Timing::is_good)
    }
}

impl BuiltIns {
    fn load(runtime: &Runtime, target: &str) -> Result<BuiltIns> {
        let collectors = config(target)?.collectors;
        let sandbox = Sandbox::new(Threads::default())?;
        let loader = Loader::new(sandbox.clone(), &PluginsConfig::default(), How::InProcess);
        let mut all = Vec::new();
        for (manifest, embedded) in embedded()? {
            let name = manifest.name;
            let linked = linked(&name).with_context(|| format!("{name} is not linked into this program"))?;
            let wasm = runtime.block_on(loader.load_built_in(&name, embedded))?;
            let plugins = [wasm, Plugin::linked(linked)].map(Arc::new);
            let settings = collectors.iter().find(|settings| settings.name == name).context(name)?.clone();
            all.push(BuiltIn { settings, plugins });
        }
        Ok(BuiltIns { sandbox, all })
    }

    fn info(&self) -> Result<&BuiltIn> {
        self.all.iter().find(|built_in| built_in.settings.name == "info").context("there is no collector info")
    }

    /// Starts a daemon; the port on which it listens.
    fn serve(&self, runtime: &Runtime, target: &str, set: Set, kind: usize) -> Result<u16> {
        let collectors: Vec<Collector> = match set {
            Set::Copies(number) => {
                let info = self.info()?;
                (1..=number).map(|number| info.copy(&info.plugins[kind], number)).collect()
            }
            Set::BuiltIns => {
                let collector = |it: &BuiltIn| Collector::new(&it.settings, it.plugins[kind].clone(), "redis");
                self.all.iter().map(collector).collect()
            }
        };
        let collectors = collectors.into_iter().map(Arc::new).collect();
        let daemon = runtime.block_on(Daemon::with(config(target)?, self.sandbox.clone(), collectors))?;
        let port = daemon.address()?.port();
        // It ends with the runtime.
        runtime.spawn(daemon.serve(pending()));
        Ok(port)
    }
}

impl BuiltIn {
    /// Each copy has its own namespace: series that an earlier collector gave already would only be dropped.
    fn copy(&self, plugin: &Arc<Plugin>, number: usize) -> Collector {
        let settings = CollectorConfig { name: format!("info-{number}"), ..self.settings.clone() };
        Collector::new(&settings, plugin.clone(), &format!("redis{number}"))
    }
}

/// A built-in that is compiled into this program.
fn linked(name: &str) -> Option<Arc<dyn Linked>> {
    Some(match name {
        "business" => Arc::new(Native::<Business>::new()),
        "clients" => Arc::new(Native::<Clients>::new()),
        "cluster" => Arc::new(Native::<Cluster>::new()),
        "commands" => Arc::new(Native::<Commands>::new()),
        "config" => Arc::new(Native::<Settings>::new()),
        "info" => Arc::new(Native::<InfoCollector>::new()),
        "keyspace" => Arc::new(Native::<Keyspace>::new()),
        "modules" => Arc::new(Native::<Modules>::new()),
        "scripts" => Arc::new(Native::<Scripts>::new()),
        "sentinel" => Arc::new(Native::<Sentinel>::new()),
        "streams" => Arc::new(Native::<Streams>::new()),
        _ => return None,
    })
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
