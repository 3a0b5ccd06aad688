//! The WebAssembly engine and the threads that guests run on.

mod settings;

use std::future::Future;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

pub(super) use settings::FEATURES;
use settings::engine_config;

use super::limits::{INSTANCES, MEMORIES, TABLES};
use super::ticker::Ticker;

/// Bytes that a memory can have, whatever its limit.
pub(super) const LARGEST_MEMORY: usize = 256 << 20;

/// Bytes of a WebAssembly page.
pub(super) const PAGE: u64 = 64 << 10;

/// Instances that live for a run of a sweep.
const ROOMS: usize = 32;

/// Instances of built-ins that wait for their next call.
const WAITING: usize = 32;

/// How many guests run at once.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    /// Threads for guests. They are not the ones that serve HTTP and Redis.
    pub threads: usize,
    /// Calls under way at once, waiting ones included; more wait in line.
    pub calls: usize,
}

impl Default for Threads {
    fn default() -> Threads {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Threads { threads: cores.min(2), calls: 16 }
    }
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum NoSandbox {
    /// The WebAssembly engine cannot be set up.
    #[error("cannot set up the WebAssembly engine: {0}")]
    Engine(String),
    /// No threads.
    #[error("cannot start threads for guests: {0}")]
    Threads(std::io::Error),
}

impl NoSandbox {
    fn engine(error: wasmtime::Error) -> NoSandbox {
        NoSandbox::Engine(format!("{error:#}"))
    }
}

/// Where guests run.
pub struct Sandbox {
    pub(super) engine: Engine,
    pub(super) ticker: Ticker,
    /// Fair: whoever waits longest is next.
    pub(super) places: Semaphore,
    /// Room for instances that live for a run.
    rooms: Arc<Semaphore>,
    /// Room for instances that wait for their next call.
    waiting: Arc<Semaphore>,
    /// Taken only when the sandbox ends.
    guests: Option<Runtime>,
    /// Of places.
    limit: usize,
    pooled: bool,
}

impl Sandbox {
    /// Prepares engine and threads. Without enough address space for a pool of instances, each instance is allocated on
    /// demand, which is slower.
    ///
    /// # Errors
    /// When the system gives neither, or no threads.
    pub fn new(threads: Threads) -> Result<Arc<Sandbox>, NoSandbox> {
        Sandbox::configured(threads, engine_config)
    }

    /// One whose guests' fuel is counted, about one for each instruction: the same request takes the same on every machine.
    ///
    /// # Errors
    /// As [`Sandbox::new`].
    pub(super) fn metered(threads: Threads) -> Result<Arc<Sandbox>, NoSandbox> {
        Sandbox::configured(threads, |pooled| {
            let mut config = engine_config(pooled);
            config.consume_fuel(true);
            config
        })
    }

    fn configured(threads: Threads, engine_config: fn(bool) -> Config) -> Result<Arc<Sandbox>, NoSandbox> {
        let mut config = engine_config(true);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool((threads.calls + ROOMS + WAITING) as u32)));
        let (engine, pooled) = match Engine::new(&config) {
            Ok(engine) => (engine, true),
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "no address space for a pool of instances, going on without"
                );
                (Engine::new(&engine_config(false)).map_err(NoSandbox::engine)?, false)
            }
        };
        let guests = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.threads.max(1))
            .thread_name("guest")
            .enable_time()
            .build()
            .map_err(NoSandbox::Threads)?;
        let ticker = Ticker::start(engine.clone()).map_err(NoSandbox::Threads)?;
        let limit = threads.calls.max(1);
        let places = Semaphore::new(limit);
        let [rooms, waiting] = [ROOMS, WAITING].map(|room| Arc::new(Semaphore::new(room)));
        Ok(Arc::new(Sandbox { engine, ticker, places, rooms, waiting, guests: Some(guests), limit, pooled }))
    }

    /// Whether instances come from a pool.
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// So many instances that live longer than a call can there be.
    pub fn most_rooms(&self) -> usize {
        ROOMS
    }

    /// Room for so many instances that live longer than a call, all at once; none when there can never be so many.
    pub async fn rooms(&self, count: usize) -> Option<OwnedSemaphorePermit> {
        let count = u32::try_from(count).ok().filter(|count| *count as usize <= ROOMS)?;
        self.rooms.clone().acquire_many_owned(count).await.ok()
    }

    /// Room for an instance until its next call, if there is any.
    pub(super) fn room_to_wait(&self) -> Option<OwnedSemaphorePermit> {
        self.waiting.clone().try_acquire_owned().ok()
    }

    /// Calls under way.
    pub fn calls(&self) -> usize {
        self.limit.saturating_sub(self.places.available_permits())
    }

    /// Calls that can be under way at once.
    pub fn calls_limit(&self) -> usize {
        self.limit
    }

    /// Tasks of guests that are alive.
    pub fn tasks(&self) -> usize {
        self.guests.as_ref().map_or(0, |guests| guests.metrics().num_alive_tasks())
    }

    /// Runs work on the guests' threads. None when the sandbox has ended or the work panicked.
    pub async fn apart<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.guests.as_ref()?.spawn(work).await.ok()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // A runtime must not wait for its threads from within another one.
        if let Some(guests) = self.guests.take() {
            guests.shutdown_background();
        }
    }
}

/// An engine that compiles for a sandbox, pooled or not, and runs nothing: it reserves no memory.
///
/// # Errors
/// When the engine cannot be set up.
pub(super) fn compiling_engine(pooled: bool) -> wasmtime::Result<Engine> {
    Engine::new(&engine_config(pooled))
}

/// Room for `calls` instances, each as large as it may be: nobody shall have what another one needs. A component of the
/// heavier toolchains (Python) has large tables and instances of several MiB; the defaults of wasmtime are too small for
/// it.
fn pool(calls: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_core_instances(INSTANCES * calls)
        .total_memories(MEMORIES * calls)
        .total_tables(TABLES * calls)
        .max_memory_size(LARGEST_MEMORY)
        .table_elements(100_000)
        .max_tables_per_module(2)
        .max_component_instance_size(10 << 20)
        .max_core_instance_size(10 << 20)
        .max_core_instances_per_component(INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_unused_warm_slots(8)
        // Pages that a call touched are reset in place instead of being given back and faulted in again; where the
        // kernel tells which ones these are (Linux 6.7), only they are.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(4 << 20)
        .table_keep_resident(64 << 10);
    pool
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use wasmtime::Store;
    use wasmtime::component::{Component, Linker};

    use super::super::access::{Desk, Way};
    use super::super::bindings::{ActiveCollectorPre, contract};
    use super::super::call::{Collect, Configure, Invoke};
    use super::super::grants::Permit;
    use super::super::lent::CallState;
    use super::super::{convert, embedded, imports};
    use super::*;
    use crate::config::Limits;
    use crate::servers::ServerKind;

    const FUEL: u64 = 1 << 40;

    /// What `info` reports of this INFO in an engine of its own, and how much fuel that takes.
    async fn info(pooled: bool, text: &str) -> (contract::Report, u64) {
        let engine = Engine::new(engine_config(pooled).consume_fuel(true)).unwrap();
        let (_, built_in) = embedded().unwrap().into_iter().find(|(manifest, _)| manifest.name == "info").unwrap();
        let mut linker = Linker::new(&engine);
        imports::link(&mut linker).unwrap();
        let component = Component::new(&engine, built_in.component).unwrap();
        let pre = ActiveCollectorPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        let limits = Limits::default();
        let desk =
            Desk::new(Way::Nobody, Arc::new(Permit::nothing()), limits, Instant::now() + Duration::from_secs(60));
        let mut store = Store::new(&engine, CallState::new(&limits, desk));
        store.set_epoch_deadline(1);
        store.set_fuel(FUEL).unwrap();
        let guest = pre.instantiate_async(&mut store).await.unwrap();
        let server = convert::server(&ServerKind::usual());
        let configure = Configure { config: "{}".to_owned(), server: server.clone() };
        let plan = configure.invoke(&guest, &mut store).await.unwrap().unwrap();
        let (name, labels, node, extra) = ("redis://h".to_owned(), Vec::new(), String::new(), Vec::new());
        let request = contract::Request {
            prepared: plan.prepared,
            target: contract::Target { name, labels, node, extra },
            server,
            prefetched: vec![Ok(format!("${}\r\n{text}\r\n", text.len()).into_bytes())],
            state: None,
            unix_ms: 0,
            extra: Vec::new(),
        };
        let report = Collect(request).invoke(&guest, &mut store).await.unwrap().unwrap();
        (report, FUEL - store.get_fuel().unwrap())
    }

    #[tokio::test]
    async fn the_same_request_takes_the_same_fuel_whatever_the_memory_is_like() {
        let text = "# Server\r\nredis_version:7.2.0\r\nrun_id:1\r\nuptime_in_seconds:5\r\n# Commandstats\r\n\
                    cmdstat_get:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0\r\n";
        let [first, second, unpooled] = [info(true, text).await, info(true, text).await, info(false, text).await];
        assert!(first.0.samples.len() > 3 && first.1 > 0);
        for other in [second, unpooled] {
            assert_eq!((format!("{:?}", other.0), other.1), (format!("{:?}", first.0), first.1));
        }
        let longer = format!("{text}cmdstat_set:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0\r\n");
        assert!(info(true, &longer).await.1 > first.1);
    }
}
