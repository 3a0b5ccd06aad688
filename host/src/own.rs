//! The host's metrics about itself.

mod collectors;
mod connections;
mod gather;
mod plugins;
mod process;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus::{
    IntCounter, IntCounterVec, IntGaugeVec, Registry, register_int_gauge_vec_with_registry,
    register_int_gauge_with_registry,
};

use collectors::Collectors;
use process::Process;

pub use collectors::Call;
pub use connections::{Closing, Connected, Connections, Pinged};
pub use plugins::{CollectorStatus, PluginStatus, Running, Trouble};
pub use process::give_back_memory;

/// Counters and gauges of the daemon: cheap to update, read by `/metrics`.
pub struct Own {
    registry: Registry,
    namespace: String,
    collectors: Collectors,
    /// Those that there are; none while nobody has said.
    current: Mutex<Option<HashSet<String>>>,
    plugins: Mutex<Arc<Vec<PluginStatus>>>,
    load_failures: IntCounterVec,
    reloads: Mutex<Option<Reloaded>>,
    connections: Connections,
    tasks: IntGaugeVec,
    refused_requests: IntCounter,
    scrapes: Mutex<Scrapes>,
    process: Option<Process>,
    gauges: OnceLock<Box<dyn Fn() -> Gauges + Send + Sync>>,
}

/// How many scrapes there were, and how long they took together.
#[derive(Clone, Copy, Default)]
struct Scrapes {
    count: u64,
    seconds: f64,
}

/// How the settings were read last.
struct Reloaded {
    /// Why they are not in use; none when they are.
    fault: Option<String>,
    /// Unix time in seconds.
    success: f64,
}

/// What others know, and is asked for when the page is built.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    /// Connections to servers.
    pub connections: Connected,
    /// Tasks of the runtime that serves HTTP and Redis.
    pub main_tasks: usize,
    /// Tasks of the guests' runtime.
    pub guest_tasks: usize,
    /// Calls of guests under way.
    pub guest_calls: usize,
    /// Calls of guests that can be under way at once.
    pub guest_calls_limit: usize,
    /// How many targets each collector is left alone on.
    pub quarantined: Vec<(String, usize)>,
    /// How often a component was compiled, found compiled, and found compiled but of no use.
    pub compilations: [u64; 3],
}

impl Own {
    /// Registers everything. `pooled` says whether instances come from a pool; `process` adds the metrics of the process.
    ///
    /// # Errors
    /// When two metrics have one name: a mistake in this file.
    pub fn new(namespace: &str, pooled: bool, process: bool) -> prometheus::Result<Own> {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str| register_int_gauge_with_registry!(name, help, registry);
        let tasks = "Tasks alive in the runtime: main serves HTTP and Redis, guest runs collectors.";
        let pool = "1 if instances of plugins come from a pool, 0 if each is allocated on demand.";
        gauge("redwasp_instance_pool", pool)?.set(i64::from(pooled));
        Ok(Own {
            collectors: Collectors::new(&registry)?,
            current: Mutex::default(),
            plugins: Mutex::default(),
            load_failures: collectors::counters(
                &registry,
                "redwasp_plugin_load_failures_total",
                "Files that did not become a running plugin, by the stage at which their way ended.",
                &["plugin", "stage"],
            )?,
            reloads: Mutex::default(),
            connections: Connections::new(&registry)?,
            tasks: register_int_gauge_vec_with_registry!("redwasp_tasks", tasks, &["runtime"], registry)?,
            // Named by the namespace when it is gathered.
            refused_requests: IntCounter::new("refused_requests", "Requests to /scrape that were refused.")?,
            scrapes: Mutex::default(),
            process: process.then(Process::start),
            gauges: OnceLock::new(),
            namespace: namespace.to_owned(),
            registry,
        })
    }

    /// Says where the gauges of others are read from. Only the first call counts.
    pub fn read_gauges(&self, read: impl Fn() -> Gauges + Send + Sync + 'static) {
        let _ = self.gauges.set(Box::new(read));
    }

    /// A call of a collector ended. One that outlived its collector is not counted: it would begin the series again.
    pub fn call(&self, call: &Call<'_>) {
        self.of_collector(call.collector, |collectors| collectors.add(call));
    }

    /// Counts samples of a collector that are left out of a page.
    pub fn dropped(&self, collector: &str, samples: usize) {
        self.of_collector(collector, |collectors| collectors.dropped(collector, samples));
    }

    /// Tells how many series of a collector a scrape had.
    pub fn served(&self, collector: &str, series: usize) {
        self.of_collector(collector, |collectors| collectors.served(collector, series));
    }

    fn of_collector(&self, name: &str, count: impl FnOnce(&Collectors)) {
        let current = lock(&self.current);
        if current.as_ref().is_none_or(|current| current.contains(name)) {
            count(&self.collectors);
        }
    }

    /// Which collectors there are from now on. The series of the others end.
    pub fn set_collectors(&self, names: HashSet<String>) {
        let mut current = lock(&self.current);
        let old = current.replace(names);
        let is_gone = |name: &&String| current.as_ref().is_some_and(|names| !names.contains(*name));
        old.iter().flatten().filter(is_gone).for_each(|name| self.collectors.forget(name));
    }

    /// Which plugins there are, and how they are.
    pub fn set_plugins(&self, plugins: Vec<PluginStatus>) {
        *lock(&self.plugins) = Arc::new(plugins);
    }

    /// The plugins as they were told last.
    pub fn plugins(&self) -> Arc<Vec<PluginStatus>> {
        lock(&self.plugins).clone()
    }

    /// The way of a file to a running plugin ended at this stage.
    pub fn load_failed(&self, plugin: &str, stage: &str) {
        self.load_failures.with_label_values(&[plugin, stage]).inc();
    }

    /// A plugin is no longer there.
    pub fn forget_plugin(&self, name: &str) {
        for stage in ["find", "check", "compile", "link", "describe", "configure"] {
            let _ = self.load_failures.remove_label_values(&[name, stage]);
        }
    }

    /// The settings were read, at the start or again.
    pub fn reloaded(&self, result: Result<(), &str>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut reloads = lock(&self.reloads);
        let earlier = reloads.as_ref().map_or(0.0, |reloaded| reloaded.success);
        let success = if result.is_ok() { now } else { earlier };
        *reloads = Some(Reloaded { fault: result.err().map(str::to_owned), success });
    }

    /// Why the settings that were read last are not those that are in use; none when they are.
    pub fn reload_fault(&self) -> Option<String> {
        lock(&self.reloads).as_ref().and_then(|reloaded| reloaded.fault.clone())
    }

    /// What is counted of connections to servers.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// A scrape of `/metrics` ended.
    pub fn scraped(&self, duration: Duration) {
        let mut scrapes = lock(&self.scrapes);
        scrapes.count += 1;
        scrapes.seconds += duration.as_secs_f64();
    }

    /// A request to `/scrape` was refused.
    pub fn request_refused(&self) {
        self.refused_requests.inc();
    }
}

/// A panic elsewhere cannot leave these half-changed, so a poisoned lock is taken as it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
