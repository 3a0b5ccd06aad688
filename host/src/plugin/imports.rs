//! What a guest may import.
//!
//! Of WASI there is what toolchains import, with nothing behind it: no files, no environment, no arguments, no sockets.

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi_io::bindings::wasi::io;

use super::bindings::redwasp::collector::{calls, metrics, types};
use super::capabilities;
use super::lent::CallState;

/// Links one interface.
type Link = fn(&mut Linker<CallState>) -> wasmtime::Result<()>;

/// Everything that a component may import: each interface with the version that is linked, which serves the other
/// versions of its track (0.1, 0.2) too.
const OFFERED: &[(&str, Link)] = &[
    ("redwasp:collector/types@0.1.0", |l| types::add_to_linker::<_, HasSelf<_>>(l, |state| state)),
    ("redwasp:collector/metrics@0.1.0", |l| metrics::add_to_linker::<_, HasSelf<_>>(l, |state| state)),
    ("redwasp:collector/calls@0.1.0", |l| calls::add_to_linker::<_, HasSelf<_>>(l, |state| state)),
    ("redwasp:collector/redis@0.1.0", capabilities::link_redis),
    ("redwasp:collector/log@0.1.0", capabilities::link_log),
    ("wasi:io/error@0.2.12", |l| io::error::add_to_linker::<_, Table>(l, |state| &mut state.table)),
    ("wasi:io/poll@0.2.12", |l| io::poll::add_to_linker::<_, Table>(l, |state| &mut state.table)),
    ("wasi:io/streams@0.2.12", |l| io::streams::add_to_linker::<_, Table>(l, |state| &mut state.table)),
    ("wasi:clocks/wall-clock@0.2.12", |l| {
        wasi::clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, CallState::clocks)
    }),
    ("wasi:clocks/monotonic-clock@0.2.12", |l| {
        wasi::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, CallState::clocks)
    }),
    ("wasi:random/random@0.2.12", |l| {
        wasi::random::random::add_to_linker::<CallState, WasiRandom>(l, |state| state.wasi.random())
    }),
    ("wasi:random/insecure@0.2.12", |l| {
        wasi::random::insecure::add_to_linker::<CallState, WasiRandom>(l, |state| state.wasi.random())
    }),
    ("wasi:random/insecure-seed@0.2.12", |l| {
        wasi::random::insecure_seed::add_to_linker::<CallState, WasiRandom>(l, |state| state.wasi.random())
    }),
    ("wasi:filesystem/types@0.2.12", |l| {
        wasi::filesystem::types::add_to_linker::<_, WasiFilesystem>(l, CallState::filesystem)
    }),
    ("wasi:filesystem/preopens@0.2.12", |l| {
        wasi::filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, CallState::filesystem)
    }),
    ("wasi:cli/environment@0.2.12", |l| wasi::cli::environment::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/exit@0.2.12", |l| wasi::cli::exit::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/stdin@0.2.12", |l| wasi::cli::stdin::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/stdout@0.2.12", |l| wasi::cli::stdout::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/stderr@0.2.12", |l| wasi::cli::stderr::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/terminal-input@0.2.12", |l| wasi::cli::terminal_input::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/terminal-output@0.2.12", |l| wasi::cli::terminal_output::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/terminal-stdin@0.2.12", |l| wasi::cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/terminal-stdout@0.2.12", |l| wasi::cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, CallState::cli)),
    ("wasi:cli/terminal-stderr@0.2.12", |l| wasi::cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, CallState::cli)),
];

/// The names of the interfaces that are linked, with versions.
pub(super) fn offered() -> impl Iterator<Item = &'static str> {
    OFFERED.iter().map(|(name, _)| *name)
}

/// Links everything that a component may import.
pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    OFFERED.iter().try_for_each(|(_, link)| link(linker))
}

struct Table;

impl wasmtime::component::HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

impl types::Host for CallState {}
impl metrics::Host for CallState {}
impl calls::Host for CallState {}

#[cfg(test)]
mod tests {
    use wasmtime::Engine;

    use super::*;

    /// Whether an interface is linked: what has a name cannot be given it again.
    fn has(linker: &mut Linker<CallState>, name: &str) -> bool {
        linker.root().func_wrap(name, |_, ()| Ok(())).is_err()
    }

    #[test]
    fn each_interface_is_linked_under_the_name_that_is_offered_and_no_other() {
        for (name, link) in OFFERED {
            let mut linker = Linker::new(&Engine::default());
            link(&mut linker).unwrap();
            let linked: Vec<_> = offered().filter(|name| has(&mut linker, name)).collect();
            assert_eq!(linked, [*name]);
        }
    }
}
