//! The contract's imports `redis` and `log`.
//!
//! Lists and texts of the guest are looked at where they are before anything of them is copied: a guest that hands over
//! a million commands is told of its limit, and costs the host nothing.

use wasmtime::StoreContextMut;
use wasmtime::component::{Lift, Linker, WasmList, WasmStr};

use super::access::{ARGUMENTS, size_of_command};
use super::bindings::contract::{CallError, Command};
use super::bindings::redwasp::collector::log::Level as Written;
use super::bindings::redwasp::collector::redis::{Node, Route};
use super::journal::Level;
use super::lent::CallState;

/// Bytes of one field of a log line that is looked at, name and value together. What is longer is dropped with its line.
const FIELD: usize = 64 << 10;

type Replies = Result<Vec<Result<Vec<u8>, CallError>>, CallError>;

/// Makes `redis` importable.
pub(super) fn link_redis(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut redis = linker.instance("redwasp:collector/redis@0.1.0")?;
    redis.func_wrap_async("pipeline", |store, (route, commands): (Route, WasmList<Command>)| {
        Box::new(async move { Ok((pipeline(store, route, commands).await,)) })
    })?;
    redis.func_wrap("nodes", |mut store, (): ()| Ok((nodes(&mut store),)))?;
    redis.func_wrap("remaining", |store: StoreContextMut<'_, CallState>, (): ()| Ok((store.data().desk.remaining(),)))
}

/// Makes `log` importable.
pub(super) fn link_log(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    let mut log = linker.instance("redwasp:collector/log@0.1.0")?;
    log.func_wrap("write", |store, (level, message, fields): (Written, WasmStr, Fields)| {
        write(store, level, &message, &fields)
    })
}

async fn pipeline(mut store: StoreContextMut<'_, CallState>, route: Route, commands: WasmList<Command>) -> Replies {
    store.data_mut().desk.admit(commands.len())?;
    let mut lifted = Vec::with_capacity(commands.len());
    let mut size = 0;
    for index in 0..commands.len() {
        let command = lift(&mut store, &commands, index, ARGUMENTS);
        size += command.as_ref().map_or(ARGUMENTS, size_of_command);
        match command.filter(|_| size < ARGUMENTS) {
            Some(command) => lifted.push(command),
            None => return Err(CallError::Limit(format!("arguments of more than {ARGUMENTS} bytes in one pipeline"))),
        }
    }
    store.data_mut().desk.pipeline(&route, lifted).await
}

fn nodes(store: &mut StoreContextMut<'_, CallState>) -> Result<Vec<Node>, CallError> {
    let desk = &mut store.data_mut().desk;
    desk.admit(0)?;
    desk.nodes()
}

type Fields = WasmList<(WasmStr, WasmStr)>;

/// Never fails for being too much: what does not fit is counted.
fn write(
    mut store: StoreContextMut<'_, CallState>,
    level: Written,
    message: &WasmStr,
    fields: &Fields,
) -> wasmtime::Result<()> {
    if !store.data_mut().journal.has_room() {
        return Ok(());
    }
    let mut pairs = Vec::new();
    for index in 0..fields.len().min(super::journal::FIELDS) {
        let Some((name, value)) = lift(&mut store, fields, index, FIELD) else {
            store.data_mut().journal.dropped += 1;
            return Ok(());
        };
        pairs.push((start(&name, &store)?, start(&value, &store)?));
    }
    let message = start(message, &store)?;
    store.data_mut().journal.write(level.into(), &message, &pairs);
    Ok(())
}

/// One element of a list, if it is right and not larger than this: texts may lie at the same place, so that what all of
/// them take is not bounded by the guest's memory.
fn lift<T: Lift>(
    store: &mut StoreContextMut<'_, CallState>,
    list: &WasmList<T>,
    index: usize,
    bytes: usize,
) -> Option<T> {
    let allowed = store.hostcall_fuel();
    store.set_hostcall_fuel(bytes);
    let element = list.get(&mut *store, index);
    store.set_hostcall_fuel(allowed);
    element?.ok()
}

/// As much of a text as a line of a log can hold, and a little more, so that it is seen to be cut.
fn start(text: &WasmStr, store: &StoreContextMut<'_, CallState>) -> wasmtime::Result<String> {
    let text = text.to_str(store)?;
    Ok(text[..text.floor_char_boundary(super::words::LONG + 1)].to_owned())
}

impl From<Written> for Level {
    fn from(level: Written) -> Level {
        match level {
            Written::Trace => Level::Trace,
            Written::Debug => Level::Debug,
            Written::Info => Level::Info,
            Written::Warn => Level::Warn,
            Written::Error => Level::Error,
        }
    }
}
