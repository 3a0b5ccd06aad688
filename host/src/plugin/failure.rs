//! What ended a call, in words that a person can act on.

use std::fmt;
use std::time::Duration;

use wasmtime::{FrameInfo, PoolConcurrencyLimitError, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::bindings::contract;
use super::budget::Exceeded;
use super::words;

/// Frames of a guest's backtrace that are told.
const FRAMES: usize = 3;

/// A call that gave no result.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The collector's name.
    pub collector: String,
    /// Plugin and version.
    pub plugin: String,
    /// Which function was called.
    pub step: Step,
    /// What ended it.
    pub cause: Cause,
    /// Where in the guest, innermost first.
    pub place: Vec<String>,
    /// What it wrote to stderr, one line; "" when nothing.
    pub last_words: String,
}

/// The contract's functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `describe`
    Describe,
    /// `configure`
    Configure,
    /// `collect`
    Collect,
    /// `begin`, `page` or `end` of a sweep.
    Sweep,
}

/// What ended a call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Cause {
    /// The guest computed too long.
    #[error("CPU budget of {0:?} used up")]
    Cpu(Duration),
    /// The call took too long, or the scrape's deadline came.
    #[error("wall time of {0:?} used up")]
    Wall(Duration),
    /// The call never began: other calls held every place.
    #[error("no place before the deadline: calls of other collectors hold them all")]
    Queue,
    /// The guest wanted more memory.
    #[error("memory limit of {} MiB reached", .0 >> 20)]
    Memory(usize),
    /// The guest nested its calls too deeply.
    #[error("stack used up")]
    Stack,
    /// The guest gave up: a panic, an assertion.
    #[error("panic")]
    Panic,
    /// The guest called exit.
    #[error("exit with code {0}")]
    Exit(i32),
    /// The guest did something impossible, division by zero or access out of bounds, or asked for more than it may.
    #[error("trap: {0}")]
    Trap(String),
    /// What the guest returned cannot be believed.
    #[error("malformed result: {0}")]
    Malformed(String),
    /// The guest was built against other types.
    #[error("other types than the contract's: {0}")]
    Incompatible(String),
    /// The guest says that there is nothing to measure.
    #[error("not applicable: {0}")]
    NotApplicable(String),
    /// The guest could not do without a reply that was not there.
    #[error("no reply from Redis: {0}")]
    Redis(String),
    /// The guest says what is wrong.
    #[error("{0}")]
    Plugin(String),
    /// A fault of ours.
    #[error("fault in the host: {0}")]
    Host(String),
}

impl Cause {
    /// A word for it, from a closed set, fit for a label.
    pub fn kind(&self) -> &'static str {
        match self {
            Cause::Cpu(_) => "cpu",
            Cause::Wall(_) => "wall",
            Cause::Queue => "queue",
            Cause::Memory(_) => "memory",
            Cause::Stack => "stack",
            Cause::Panic => "panic",
            Cause::Exit(_) => "exit",
            Cause::Trap(_) => "trap",
            Cause::Malformed(_) => "malformed",
            Cause::Incompatible(_) => "incompatible",
            Cause::NotApplicable(_) => "not-applicable",
            Cause::Redis(_) => "redis",
            Cause::Plugin(_) => "plugin",
            Cause::Host(_) => "host",
        }
    }

    /// Whether the plugin is to blame, whatever the server and other plugins do.
    pub fn is_fault(&self) -> bool {
        match self {
            Cause::Cpu(_) | Cause::Wall(_) | Cause::Memory(_) | Cause::Stack => true,
            Cause::Panic | Cause::Exit(_) | Cause::Trap(_) => true,
            Cause::Malformed(_) | Cause::Incompatible(_) => true,
            Cause::Queue | Cause::NotApplicable(_) | Cause::Redis(_) | Cause::Plugin(_) | Cause::Host(_) => false,
        }
    }

    /// The same with texts of the guest made fit for a log.
    pub(super) fn tidy(self) -> Cause {
        match self {
            Cause::Malformed(text) => Cause::Malformed(words::tidy(&text)),
            Cause::Incompatible(text) => Cause::Incompatible(words::tidy(&text)),
            Cause::NotApplicable(text) => Cause::NotApplicable(words::tidy(&text)),
            Cause::Trap(text) => Cause::Trap(words::tidy(&text)),
            Cause::Redis(text) => Cause::Redis(words::tidy(&text)),
            Cause::Plugin(text) => Cause::Plugin(words::tidy(&text)),
            cause => cause,
        }
    }

    /// Whether a report is refused for a limit that the operator can set, which its text names.
    fn is_beyond_a_limit(&self) -> bool {
        matches!(self, Cause::Malformed(text) if text.contains(" allowed (limits."))
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            _ if self.is_beyond_a_limit() => {
                Some("raise it under `limits` of the collector, if so much is right; else tell the plugin's author")
            }
            Cause::Cpu(_) => Some("the plugin loops or has too much to do in one call"),
            Cause::Wall(_) => Some("the plugin waits, or the scrape's time-out is too short"),
            Cause::Memory(_) => Some("the plugin leaks or holds too much at once"),
            Cause::Panic | Cause::Trap(_) | Cause::Stack | Cause::Malformed(_) => {
                Some("a fault in the plugin: tell its author")
            }
            Cause::Host(_) => Some("a fault in redwasp: please report it"),
            _ => None,
        }
    }

    /// What wasmtime ended a call with.
    pub(super) fn of(error: &wasmtime::Error) -> Cause {
        if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
            return (*exceeded).into();
        }
        if let Some(I32Exit(code)) = error.downcast_ref() {
            return Cause::Exit(*code);
        }
        if let Some(full) = error.downcast_ref::<PoolConcurrencyLimitError>() {
            return Cause::Host(full.to_string());
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::UnreachableCodeReached) => Cause::Panic,
            Some(Trap::StackOverflow) => Cause::Stack,
            Some(trap) => Cause::Trap(trap.to_string()),
            // The guest was running: the host refused what it asked of an import.
            None if error.downcast_ref::<WasmBacktrace>().is_some() => Cause::Trap(root(error)),
            // What is left: values that the guest returned and that are none of the contract's.
            None => Cause::Malformed(root(error)),
        }
    }
}

impl From<Exceeded> for Cause {
    fn from(exceeded: Exceeded) -> Cause {
        match exceeded {
            Exceeded::Cpu(limit) => Cause::Cpu(limit),
            // To the millisecond: what is left of a deadline has nine digits.
            Exceeded::Wall(limit) => Cause::Wall(Duration::from_millis((limit.as_micros() as u64 + 500) / 1000)),
            Exceeded::Memory(limit) => Cause::Memory(limit),
        }
    }
}

impl From<contract::Failure> for Cause {
    fn from(failure: contract::Failure) -> Cause {
        use contract::CallError;
        match failure {
            contract::Failure::NotApplicable(reason) => Cause::NotApplicable(reason),
            contract::Failure::Other(reason) => Cause::Plugin(reason),
            contract::Failure::Redis(error) => Cause::Redis(match error {
                CallError::Denied(reason) | CallError::Limit(reason) => reason,
                CallError::Unreachable(reason) | CallError::Other(reason) => reason,
                CallError::Timeout => "it came too late".to_owned(),
                CallError::Server(error) => format!("{} {}", error.code, error.message),
            }),
        }
    }
}

/// What wasmtime says when a guest hands over more than it may. Its type has no name outside of wasmtime.
const TOO_MUCH: &str = "fuel allocated for hostcalls has been exhausted";

/// The root of an error, with the limit that was reached if it is one of ours.
fn root(error: &wasmtime::Error) -> String {
    let root = error.root_cause().to_string();
    match root.contains(TOO_MUCH) {
        true => "more data at once than the host takes (limits.returned)".to_owned(),
        false => root,
    }
}

/// The innermost functions of the guest, each with file and line if the component has them: those of its author, unless
/// there are no others than those of libraries.
pub(super) fn place(error: &wasmtime::Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let (of_libraries, of_author): (Vec<String>, Vec<String>) =
        backtrace.frames().iter().flat_map(functions).partition(|name| is_of_library(name));
    let told = if of_author.is_empty() { of_libraries } else { of_author };
    told.into_iter().take(FRAMES).collect()
}

/// Whether a function is one of a standard library or an SDK, through which every guest ends that gives up.
fn is_of_library(name: &str) -> bool {
    const BEGINNINGS: [&str; 12] = [
        "std::",
        "core::",
        "alloc::",
        "<core::",
        "<alloc::",
        "<std::",
        "__rustc",
        "talc::",
        "<talc::",
        "rw_",
        "runtime.",
        "redwasp_sdk::",
    ];
    const NAMES: [&str; 9] = [
        "abort",
        "__assert_fail",
        "__rust_abort",
        "rust_begin_unwind",
        "sbrk",
        "sys_alloc",
        "malloc",
        "calloc",
        "realloc",
    ];
    let name = name.split_once(" (").map_or(name, |(name, _)| name);
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || NAMES.contains(&name)
}

/// The functions of a frame, innermost first: there are several where the compiler put one into the other. Tables of lines
/// alone do not have the name of the outermost.
fn functions(frame: &FrameInfo) -> Vec<String> {
    let known = frame.func_name().map(demangled);
    let symbols = frame.symbols().iter().filter_map(|symbol| {
        let name = symbol.name().map(demangled).or_else(|| known.clone())?;
        Some(match (symbol.file().map(short), symbol.line()) {
            // Code that belongs to no line has line 0.
            (Some(file), Some(line)) if line > 0 => format!("{name} ({file}:{line})"),
            (Some(file), _) => format!("{name} ({file})"),
            _ => name,
        })
    });
    let symbols: Vec<String> = symbols.collect();
    if symbols.is_empty() { known.into_iter().collect() } else { symbols }
}

/// As it is written in the source, if it is Rust's; without the number that the compiler puts behind it.
fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// The end of a path: where on somebody's disk it lay is of no use here.
fn short(path: &str) -> &str {
    path.rmatch_indices(['/', '\\']).nth(1).map_or(path, |(place, _)| &path[place + 1..])
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Step::Describe => "describe",
            Step::Configure => "configure",
            Step::Collect => "collect",
            Step::Sweep => "sweep",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "collector {} ({}): {} ended: ", self.collector, self.plugin, self.step)?;
        match self.cause {
            // Nobody said that it was a panic: C has no such thing.
            Cause::Panic if self.last_words.is_empty() => f.write_str("trap: the plugin gave up")?,
            ref cause => write!(f, "{cause}")?,
        }
        if !self.place.is_empty() {
            write!(f, "; in {}", self.place.join(" < "))?;
        }
        if !self.last_words.is_empty() {
            write!(f, "; last words: {}", self.last_words)?;
        }
        match self.cause.hint() {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_libraries_are_told_from_those_of_authors() {
        for name in ["core::panicking::panic_fmt", "abort", "rw_collect (src/collector.c:9)", "runtime.throw"] {
            assert!(is_of_library(name), "{name}");
        }
        for name in ["aborted_orders (src/collector.c:3)", "<hits::Hits>::collect", "malloc_orders", "talcum"] {
            assert!(!is_of_library(name), "{name}");
        }
    }

    #[test]
    fn of_a_path_the_end_is_told() {
        let paths = ["/home/me/hits/src/lib.rs", "src/lib.rs", "lib.rs", "C:\\me\\src\\lib.rs"];
        assert_eq!(paths.map(short), ["src/lib.rs", "src/lib.rs", "lib.rs", "src\\lib.rs"]);
    }

    #[test]
    fn a_limit_of_the_operators_is_no_fault_of_the_plugin() {
        let hint = |text: &str| Cause::Malformed(text.to_owned()).hint().unwrap();
        for text in [
            "3 samples, more than the 1 allowed (limits.samples)",
            "a state of 9 bytes, more than the 8 allowed (limits.state)",
        ] {
            assert!(hint(text).starts_with("raise it under `limits`"), "{text}");
        }
        assert_eq!(hint("a sample of family 3, of 1"), "a fault in the plugin: tell its author");
    }
}
