//! What a collector declares: families, prefetch, scope.

use serde::{Deserialize, Serialize};

use crate::bindings::exports::redwasp::collector::collector as contract;
use crate::bindings::redwasp::collector::{metrics, types};
use crate::family::{self, Family, Histogram, Summary, index};
use crate::sweep::{Sweep, Swept};
use crate::{Kind, Scope::Node};

/// A command for Redis: name and arguments, binary safe.
#[derive(Clone, Debug)]
pub struct Command {
    database: u32,
    args: Vec<Vec<u8>>,
}

impl Command {
    /// A command without arguments yet, on database 0.
    pub fn new(name: &str) -> Command {
        Command { database: 0, args: vec![name.as_bytes().to_vec()] }
    }

    /// `INFO ALL`. Every collector that reads INFO should ask for exactly this, so that all of them share one reply.
    pub fn info() -> Command {
        Command::new("INFO").arg("ALL")
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<[u8]>) -> Command {
        self.args.push(arg.as_ref().to_vec());
        self
    }

    /// The database it reads; the host picks a connection for it.
    pub fn database(mut self, database: u32) -> Command {
        self.database = database;
        self
    }

    pub(crate) fn record(&self) -> types::Command {
        types::Command { database: self.database, args: self.args.clone() }
    }
}

/// A command of the plan; [`Request::reply`](crate::Request::reply) gives its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prefetched(pub(crate) u32);

/// On which nodes of a cluster a collector runs. Outside a cluster there is one node.
#[derive(Clone, Copy, Debug, Default)]
pub enum Scope {
    /// On every node.
    #[default]
    Node,
    /// On the owner of every shard.
    Primary,
    /// On one node.
    Once,
}

/// Sweeps that the host takes of a plan.
const SWEEPS: usize = 256;

/// Collects what a collector declares.
#[derive(Default)]
pub struct Plan {
    families: Vec<metrics::Family>,
    late_prefixes: Vec<String>,
    asks: Vec<contract::Ask>,
    prefetch: Vec<types::Command>,
    sweeps: Vec<contract::Sweep>,
    scope: Scope,
    problems: Vec<contract::Problem>,
}

impl Plan {
    /// Declares a gauge: a value that can go down. The host puts its namespace before `name`.
    pub fn gauge<const N: usize>(&mut self, name: &str, help: &str, labels: [&str; N]) -> Family<N> {
        Family(self.declare(Kind::Gauge, name, help, &labels))
    }

    /// Declares a counter. `name` is written as it stands: end it with `_total`.
    pub fn counter<const N: usize>(&mut self, name: &str, help: &str, labels: [&str; N]) -> Family<N> {
        Family(self.declare(Kind::Counter, name, help, &labels))
    }

    /// Declares an info family: facts in labels, its value is 1.
    pub fn info<const N: usize>(&mut self, name: &str, help: &str, labels: [&str; N]) -> Family<N> {
        Family(self.declare(Kind::Info, name, help, &labels))
    }

    /// Declares a family of another kind with single values: [`Kind::StateSet`], [`Kind::Unknown`].
    pub fn family<const N: usize>(&mut self, kind: Kind, name: &str, help: &str, labels: [&str; N]) -> Family<N> {
        Family(self.declare(kind, name, help, &labels))
    }

    /// Declares a histogram.
    pub fn histogram<const N: usize>(&mut self, name: &str, help: &str, labels: [&str; N]) -> Histogram<N> {
        Histogram(self.declare(Kind::Histogram, name, help, &labels))
    }

    /// Declares a histogram of what there is now: its counts can go down, as those of keys by size.
    pub fn gauge_histogram<const N: usize>(&mut self, name: &str, help: &str, labels: [&str; N]) -> Histogram<N> {
        Histogram(self.declare(Kind::GaugeHistogram, name, help, &labels))
    }

    /// Declares a summary.
    pub fn summary<const N: usize>(&mut self, name: &str, help: &str, labels: [&str; N]) -> Summary<N> {
        Summary(self.declare(Kind::Summary, name, help, &labels))
    }

    /// The names of all series declared so far, without namespace: those of the families, and `_sum`, `_count` and
    /// `_bucket` where a family has them. A late family must have none of them.
    pub fn series_names(&self) -> impl Iterator<Item = String> {
        self.families.iter().flat_map(family::series_names)
    }

    /// Reserves a prefix for families that only a collect can know.
    pub fn late_prefix(&mut self, prefix: &str) {
        self.late_prefixes.push(prefix.to_owned());
    }

    /// Asks the host to run a command before each collect.
    pub fn prefetch(&mut self, command: Command) -> Prefetched {
        self.prefetch.push(command.record());
        Prefetched(index(self.prefetch.len() - 1))
    }

    /// Asks the host to walk keys, for a [`Sweeper`](crate::Sweeper).
    pub fn sweep(&mut self, sweep: Sweep) -> Swept {
        self.sweeps.push(sweep.record());
        Swept(index(self.sweeps.len() - 1))
    }

    /// How many more sweeps the plan has room for. The host refuses a plan with more as a whole.
    pub fn room_for_sweeps(&self) -> usize {
        SWEEPS.saturating_sub(self.sweeps.len())
    }

    /// Asks the operator for reads that a collect or a page asks for while it runs: names of commands, patterns of the keys and
    /// the databases that they read (empty for database 0). Keyless statistics need no ask, nor does what the plan itself has:
    /// its prefetch, and the reads of its sweeps.
    pub fn ask(&mut self, commands: &[&str], keys: &[&str], databases: &[u32]) {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        self.asks.push(contract::Ask { commands: owned(commands), keys: owned(keys), databases: databases.to_vec() });
    }

    /// Says on which nodes of a cluster the collector runs; without it, on every node.
    pub fn scope(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Says that a part of the configuration is not used; the rest is. `pointer` is a JSON Pointer (RFC 6901) to it. A
    /// configuration that is wrong as a whole is refused instead: [`Refusal::Invalid`](crate::Refusal::Invalid).
    pub fn problem(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.problems.push(contract::Problem { pointer: pointer.into(), message: message.into() });
    }

    pub(crate) fn families(&self) -> u32 {
        index(self.families.len())
    }

    pub(crate) fn finish(self, prepared: Vec<u8>) -> contract::Plan {
        contract::Plan {
            families: self.families,
            late_prefixes: self.late_prefixes,
            asks: self.asks,
            prefetch: self.prefetch,
            sweeps: self.sweeps,
            scope: match self.scope {
                Node => "node",
                Scope::Primary => "primary",
                Scope::Once => "once",
            }
            .to_owned(),
            problems: self.problems,
            prepared,
            extra: Vec::new(),
        }
    }

    fn declare(&mut self, kind: Kind, name: &str, help: &str, labels: &[&str]) -> u32 {
        self.families.push(family::record(kind, name, help, labels));
        index(self.families.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_tells_the_names_of_its_series() {
        let mut plan = Plan::default();
        plan.gauge("clients", "", []);
        plan.summary("latency", "", ["cmd"]);
        plan.histogram("sizes", "", []);
        let names: Vec<_> = plan.series_names().collect();
        let expected =
            ["clients", "latency", "latency_sum", "latency_count", "sizes", "sizes_bucket", "sizes_sum", "sizes_count"];
        assert_eq!(names, expected);
    }
}
