//! State lent to a guest for one call, and what it may import.
//!
//! Of WASI there is what toolchains import, with nothing behind it: no files, no environment, no arguments, no sockets.

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::access::Desk;
use super::bindings::redwasp::collector::{metrics, types};
use super::capabilities;
use super::journal::Journal;
use super::last_words::LastWords;
use super::limits::MemoryLimiter;
use crate::config::Limits;

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
    pub(super) desk: Desk,
    pub(super) journal: Journal,
}

impl CallState {
    pub(super) fn new(limits: &Limits, desk: Desk) -> CallState {
        let last_words = LastWords::default();
        let wasi = WasiCtx::builder().stderr(last_words.clone()).max_random_size(MAX_RANDOM).build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let (memory, journal) = (MemoryLimiter::new(limits.memory), Journal::new(limits.log));
        CallState { wasi, table, memory, last_words, desk, journal }
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Everything that a component may import.
pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    types::add_to_linker::<CallState, HasSelf<CallState>>(linker, |state| state)?;
    metrics::add_to_linker::<CallState, HasSelf<CallState>>(linker, |state| state)?;
    capabilities::link(linker)?;
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
