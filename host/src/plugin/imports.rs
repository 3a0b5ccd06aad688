//! State lent to a guest for one call, and what it may import.
//!
//! The contract's `redis` and `log` are linked, so that a component which imports them loads; asking Redis from inside
//! a call is not available yet and says so. Of WASI there is what toolchains import, with nothing behind it: no files,
//! no environment, no arguments, no sockets.

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::bindings::ActiveCollector;
use super::bindings::contract::{CallError, Command};
use super::bindings::redwasp::collector::{log, metrics, redis, types};
use super::last_words::LastWords;
use super::limits::MemoryLimiter;

/// Bytes of random that one request may ask for. wasmtime's default is 64 MiB.
const MAX_RANDOM: u64 = 4 << 10;

/// Handles that a guest may hold. wasmtime's default is a million.
const MAX_HANDLES: usize = 1024;

/// What one call may touch.
pub(super) struct CallState {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(super) memory: MemoryLimiter,
    pub(super) last_words: LastWords,
}

impl CallState {
    pub(super) fn new(memory: usize) -> CallState {
        let last_words = LastWords::default();
        let wasi = WasiCtx::builder().stderr(last_words.clone()).max_random_size(MAX_RANDOM).build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        CallState { wasi, table, memory: MemoryLimiter::new(memory), last_words }
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Everything that a component may import.
pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    ActiveCollector::add_to_linker::<CallState, HasSelf<CallState>>(linker, |state| state)?;
    let l = linker;
    wasmtime_wasi_io::bindings::wasi::io::error::add_to_linker::<CallState, Table>(l, |state| &mut state.table)?;
    wasmtime_wasi_io::bindings::wasi::io::poll::add_to_linker::<CallState, Table>(l, |state| &mut state.table)?;
    wasmtime_wasi_io::bindings::wasi::io::streams::add_to_linker::<CallState, Table>(l, |state| &mut state.table)?;
    wasi::clocks::wall_clock::add_to_linker::<CallState, WasiClocks>(l, CallState::clocks)?;
    wasi::clocks::monotonic_clock::add_to_linker::<CallState, WasiClocks>(l, CallState::clocks)?;
    wasi::random::random::add_to_linker::<CallState, WasiRandom>(l, |state| state.wasi.random())?;
    wasi::random::insecure::add_to_linker::<CallState, WasiRandom>(l, |state| state.wasi.random())?;
    wasi::random::insecure_seed::add_to_linker::<CallState, WasiRandom>(l, |state| state.wasi.random())?;
    wasi::filesystem::types::add_to_linker::<CallState, WasiFilesystem>(l, CallState::filesystem)?;
    wasi::filesystem::preopens::add_to_linker::<CallState, WasiFilesystem>(l, CallState::filesystem)?;
    wasi::cli::environment::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::exit::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::stdin::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::stdout::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::stderr::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::terminal_input::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::terminal_output::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::terminal_stdin::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::terminal_stdout::add_to_linker::<CallState, WasiCli>(l, CallState::cli)?;
    wasi::cli::terminal_stderr::add_to_linker::<CallState, WasiCli>(l, CallState::cli)
}

struct Table;

impl wasmtime::component::HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

impl types::Host for CallState {}
impl metrics::Host for CallState {}

/// What asking Redis from inside a call answers in this version.
fn not_yet() -> CallError {
    CallError::Denied("this version answers only the commands of the plan's prefetch".to_owned())
}

impl redis::Host for CallState {
    async fn pipeline(
        &mut self,
        _route: redis::Route,
        _commands: Vec<Command>,
    ) -> Result<Vec<Result<Vec<u8>, CallError>>, CallError> {
        Err(not_yet())
    }

    async fn nodes(&mut self) -> Result<Vec<redis::Node>, CallError> {
        Err(not_yet())
    }

    fn remaining(&mut self) -> redis::Budget {
        redis::Budget { milliseconds: 0, commands: 0, bytes: 0 }
    }
}

impl log::Host for CallState {
    /// Kept with what the guest writes to stderr.
    fn write(&mut self, _level: log::Level, message: String, _fields: Vec<(String, String)>) {
        self.last_words.keep(message.as_bytes());
    }
}
