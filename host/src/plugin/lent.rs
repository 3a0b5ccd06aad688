//! What is lent to a guest for a call.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::access::Desk;
use super::journal::Journal;
use super::last_words::LastWords;
use super::limits::MemoryLimiter;
use super::still;
use crate::config::Limits;

/// Bytes of random that one request may ask for. wasmtime's default is 64 MiB.
const MAX_RANDOM: u64 = 4 << 10;

/// Handles that a guest may hold. wasmtime's default is a million.
const MAX_HANDLES: usize = 1024;

/// What one call may touch.
pub(super) struct CallState {
    pub(super) wasi: WasiCtx,
    pub(super) table: ResourceTable,
    pub(super) memory: MemoryLimiter,
    pub(super) last_words: LastWords,
    pub(super) desk: Desk,
    pub(super) journal: Journal,
}

impl CallState {
    pub(super) fn new(limits: &Limits, desk: Desk) -> CallState {
        let last_words = LastWords::default();
        let mut wasi = WasiCtx::builder();
        wasi.stderr(last_words.clone()).max_random_size(MAX_RANDOM);
        if let Some(unix_ms) = desk.recorded_at() {
            still::stop(&mut wasi, unix_ms);
        }
        let wasi = wasi.build();
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let (memory, journal) = (MemoryLimiter::new(limits.memory), Journal::new(limits.log));
        CallState { wasi, table, memory, last_words, desk, journal }
    }

    /// Makes it that of the next call of the same instance. What the instance holds stays: its memory, and the handles that
    /// its standard library keeps.
    pub(super) fn renew(&mut self, limits: &Limits, desk: Desk) {
        self.memory.allow(limits.memory);
        self.last_words.forget();
        self.journal = Journal::new(limits.log);
        self.desk = desk;
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
