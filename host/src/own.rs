//! The host's metrics about itself.

mod collectors;
mod gather;
mod process;

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use prometheus::{
    IntCounter, IntGauge, IntGaugeVec, Registry, register_int_counter_with_registry,
    register_int_gauge_vec_with_registry, register_int_gauge_with_registry,
};

use collectors::Collectors;
use process::Process;

pub use collectors::Call;

/// Counters and gauges of the daemon: cheap to update, read by `/metrics`.
pub struct Own {
    registry: Registry,
    namespace: String,
    collectors: Collectors,
    opened: IntCounter,
    idle: IntGauge,
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

/// What others know, and is asked for when the page is built.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gauges {
    /// Connections that wait for their next use.
    pub idle_connections: usize,
    /// Tasks of the runtime that serves HTTP and Redis.
    pub main_tasks: usize,
    /// Tasks of the guests' runtime.
    pub guest_tasks: usize,
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
            opened: register_int_counter_with_registry!(
                "redwasp_connections_opened_total",
                "Connections opened to Redis servers.",
                registry
            )?,
            idle: gauge("redwasp_connections_idle", "Connections to Redis servers that wait for their next use.")?,
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

    /// A call of a collector ended.
    pub fn call(&self, call: &Call<'_>) {
        self.collectors.add(call);
    }

    /// A collector is no longer there.
    pub fn forget_collector(&self, name: &str) {
        self.collectors.forget(name);
    }

    /// A connection to a Redis server was opened.
    pub fn connection_opened(&self) {
        self.opened.inc();
    }

    /// A scrape of `/metrics` ended.
    pub fn scraped(&self, duration: Duration) {
        let mut scrapes = self.scrapes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        scrapes.count += 1;
        scrapes.seconds += duration.as_secs_f64();
    }

    /// A request to `/scrape` was refused.
    pub fn request_refused(&self) {
        self.refused_requests.inc();
    }
}
