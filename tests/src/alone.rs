//! One collector called directly, without HTTP and without Redis: for what happens in a call and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use redwasp::config::target::Target;
use redwasp::config::{CollectorConfig, Limits, PluginsConfig};
use redwasp::own::Own;
use redwasp::plugin::{
    Access, Collector, Failure, How, Loader, Plan, Plugin, Problem, Refused, Report, Request, Sandbox, Threads, Usage,
};
use redwasp::servers::{Answer, Keys, Pools, Reply, ServerKind, Settings};
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::inside;
use crate::wat_guests::Guest;

/// How a call shall go: guests written as text do their misdeed only then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// The scrape began in 1970.
    Well,
    /// It began a millisecond later.
    Ill,
}

/// A sandbox, and the runtime that serves it.
pub struct Alone {
    runtime: Runtime,
    sandbox: Arc<Sandbox>,
    access: Access,
}

/// A collector with its plan.
#[derive(Clone)]
pub struct Planned {
    /// The collector.
    pub collector: Arc<Collector>,
    /// What it does.
    pub plan: Arc<Plan>,
}

impl Alone {
    /// A sandbox with so many places.
    ///
    /// # Panics
    /// When there is none.
    pub fn new(threads: Threads) -> Alone {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let own = Arc::new(Own::new("redis", true, false).expect("metrics"));
        let access = Access {
            pools: Arc::new(Pools::new(Settings::default(), own)),
            target: Target::parse("redis://127.0.0.1:1").expect("a target"),
            kind: kind(),
            main: runtime.handle().clone(),
        };
        Alone { runtime, sandbox: Sandbox::new(threads).expect("a sandbox"), access }
    }

    /// A built-in collector that can be called.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn built_in(&self, name: &str) -> Planned {
        let mut all = redwasp::plugin::embedded().expect("manifests").into_iter();
        let (_, built_in) = all.find(|(manifest, _)| manifest.name == name).expect("a built-in of that name");
        let loader = Loader::new(self.sandbox.clone(), &PluginsConfig::default(), How::InProcess);
        let plugin = self.runtime.block_on(loader.load_built_in(name, built_in));
        let plugin = Arc::new(plugin.unwrap_or_else(|problem| panic!("{problem}")));
        let collector = self.tried_out(&plugin, Limits::default()).unwrap_or_else(|problem| panic!("{problem}"));
        self.planned(collector).unwrap_or_else(|refused| panic!("{refused}"))
    }

    /// Compiles and links a component, and asks it what it is.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn load(&self, name: &str, component: Vec<u8>) -> Result<Arc<Plugin>, Problem> {
        let loader = Loader::new(self.sandbox.clone(), &PluginsConfig::default(), How::InProcess);
        self.runtime.block_on(loader.load(name, component)).map(Arc::new)
    }

    /// A collector of a plugin, tried out as the daemon does it.
    ///
    /// # Errors
    /// Why it cannot work.
    pub fn tried_out(&self, plugin: &Arc<Plugin>, limits: Limits) -> Result<Arc<Collector>, Problem> {
        self.configured(plugin, &CollectorConfig { limits, ..inside::guest(&plugin.description.name) })
    }

    /// As [`Alone::tried_out`], with everything that can be configured.
    ///
    /// # Errors
    /// Why it cannot work.
    pub fn configured(&self, plugin: &Arc<Plugin>, config: &CollectorConfig) -> Result<Arc<Collector>, Problem> {
        let collector = Arc::new(Collector::new(config, plugin.clone(), "redis"));
        self.runtime.block_on(collector.tried_out(&[kind()]))
    }

    /// Its plan.
    ///
    /// # Errors
    /// Why it has none.
    pub fn planned(&self, collector: Arc<Collector>) -> Result<Planned, Refused> {
        let plan = self.runtime.block_on(collector.plan(&kind(), in_time()))?;
        Ok(Planned { collector, plan })
    }

    /// A guest that can be called.
    ///
    /// # Panics
    /// When it is not taken.
    pub fn guest(&self, guest: &Guest<'_>, limits: Limits) -> Planned {
        let plugin = self.load(guest.name, guest.component()).unwrap_or_else(|problem| panic!("{problem}"));
        let collector = self.tried_out(&plugin, limits).unwrap_or_else(|problem| panic!("{problem}"));
        self.planned(collector).unwrap_or_else(|refused| panic!("{refused}"))
    }

    /// One call.
    ///
    /// # Panics
    /// When the sandbox has ended.
    pub fn collect(&self, planned: &Planned, mood: Mood) -> (Result<Report, Failure>, Usage) {
        let (planned, access) = (planned.clone(), self.access.clone());
        self.apart(async move { planned.collect(&access, mood, in_time()).await })
    }

    /// One call whose only reply, if it reads any, is this one.
    ///
    /// # Panics
    /// When the call fails, with what ended it.
    pub fn report(&self, planned: &Planned, reply: Vec<u8>) -> Report {
        let (planned, access) = (planned.clone(), self.access.clone());
        self.apart(async move {
            let (name, deadline) = ("redis://well", in_time());
            let reply: Reply = Ok(Answer { bytes: reply, depth: 0 });
            let replies = planned.plan.prefetch.iter().map(|_| Ok(&reply)).collect();
            let request = Request { name, access: &access, replies, state: None, unix_ms: 0, deadline };
            let (report, _) = planned.collector.collect(&planned.plan, &request).await;
            report.unwrap_or_else(|failure| panic!("{failure}"))
        })
    }

    /// Waits for work on the guests' threads.
    ///
    /// # Panics
    /// When it panics.
    pub fn apart<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.runtime.block_on(self.sandbox.apart(work)).expect("the work comes to its end")
    }

    /// The server that calls are about, which is not there.
    pub fn access(&self) -> Access {
        self.access.clone()
    }
}

impl Planned {
    /// One call, to be awaited within [`Alone::apart`].
    pub async fn collect(&self, access: &Access, mood: Mood, deadline: Instant) -> (Result<Report, Failure>, Usage) {
        let (name, unix_ms) = match mood {
            Mood::Well => ("redis://well", 0),
            Mood::Ill => ("redis://ill-disposed", 1),
        };
        let request = Request { name, access, replies: Vec::new(), state: None, unix_ms, deadline };
        self.collector.collect(&self.plan, &request).await
    }
}

/// A deadline that is no bound.
pub fn in_time() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn kind() -> ServerKind {
    let [product, version, mode, role] = ["redis", "7.0.0", "standalone", "master"].map(str::to_owned);
    ServerKind { product, version, mode, role, databases: 16, databases_told: true, keys: Keys::default() }
}
