//! `bench`: redwasp beside redis_exporter, beside the least that an exporter can do, and beside itself without sandbox.
//!
//! Everything is measured in one run against private servers, in turns; what is printed are absolute numbers first and
//! then their ratios, which hold on this machine. The parts are `peers` (redis_exporter and the floor), `variety` (the
//! same with more and more types of commands), `estate` (many servers behind one exporter), `start`, `sandbox`,
//! `neighbours` and `keys` (many keys, and what other clients wait meanwhile): all of them, unless some are named.
//! `--smoke` runs them for a moment and fails if one has no numbers; `--json FILE` writes the numbers for programs.

mod commands;
mod cpu;
mod crowd;
mod direct;
mod estate;
mod facts;
mod floor;
mod http;
mod keys;
mod lanes;
mod line;
mod linked;
mod neighbours;
mod peers;
mod print;
mod redis;
mod results;
mod sandbox;
mod scrapes;
mod start;
mod stats;
mod subjects;
mod variety;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use estate::Size;
use facts::Facts;
use lanes::Rounds;
use redis::Connection;
use results::Results;
use subjects::Subject;

const USAGE: &str =
    "usage: bench [--smoke] [--json FILE] [peers] [variety] [estate] [start] [sandbox] [neighbours] [keys]";

/// What the command line asks for.
#[derive(Default)]
struct Options {
    smoke: bool,
    json: Option<PathBuf>,
    /// None: all of them.
    parts: Vec<Part>,
}

/// What can be measured alone.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Peers,
    Variety,
    Estate,
    Start,
    Sandbox,
    Neighbours,
    Keys,
}

/// How much is measured.
struct Extent {
    rounds: Rounds,
    /// How often all clients at once have their turn at a subject, and for how long.
    turns: (usize, Duration),
    /// Types of commands, and how much is measured with each number of them.
    steps: &'static [usize],
    rounds_of_step: Rounds,
    fleet: Size,
    /// Of each program.
    starts: usize,
    /// Of many calls at once.
    rounds_of_many: Rounds,
    /// That are looked at.
    keys: usize,
}

fn main() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let results = run(&options)?;
    print::print(&results);
    if let Some(path) = options.json {
        let json = serde_json::to_string_pretty(&results)?;
        std::fs::write(&path, json).with_context(|| path.display().to_string())?;
    }
    ensure!(results.is_complete(), "a part has no numbers");
    Ok(())
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options::default();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--smoke" => options.smoke = true,
            "--json" => options.json = Some(args.next().context("--json needs the name of a file")?.into()),
            "peers" => options.parts.push(Part::Peers),
            "variety" => options.parts.push(Part::Variety),
            "estate" => options.parts.push(Part::Estate),
            "start" => options.parts.push(Part::Start),
            "sandbox" => options.parts.push(Part::Sandbox),
            "neighbours" => options.parts.push(Part::Neighbours),
            "keys" => options.parts.push(Part::Keys),
            _ => bail!("unknown argument {arg:?}; {USAGE}"),
        }
    }
    Ok(options)
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }
}

impl Extent {
    fn new(smoke: bool) -> Extent {
        if smoke {
            let rounds = Rounds { blocks: 1, each: 20, warm_up: 5 };
            let steps = &variety::STEPS[..2];
            let turns = (1, Duration::from_millis(200));
            let fleet = Size { servers: 2, names: 3, interval: Duration::from_millis(500), tours: 2 };
            let (rounds_of_step, rounds_of_many) = (rounds, rounds);
            Extent { rounds, turns, steps, rounds_of_step, fleet, starts: 1, rounds_of_many, keys: 20_000 }
        } else {
            let rounds = Rounds { blocks: 5, each: 400, warm_up: 40 };
            // Short blocks: a scrape of redis_exporter takes a hundred times as long as the floor at the last step, and
            // the others shall not wait for their turn until the machine is in another mood.
            let rounds_of_step = Rounds { blocks: 25, each: 20, warm_up: 5 };
            let turns = (3, Duration::from_secs(1));
            let rounds_of_many = Rounds { blocks: 10, each: 20, warm_up: 5 };
            Extent {
                rounds,
                turns,
                steps: &variety::STEPS,
                rounds_of_step,
                fleet: Size { servers: 50, names: 20, interval: Duration::from_secs(15), tours: 3 },
                starts: 15,
                rounds_of_many,
                keys: 1_000_000,
            }
        }
    }
}

fn run(options: &Options) -> Result<Results> {
    let Options { smoke, .. } = *options;
    let extent = Extent::new(smoke);
    let server = redis::start();
    let mut redis = Connection::to(&server)?;
    redis::fill(&mut redis)?;
    let (facts, peers) = {
        let subjects = [&Subject::redwasp(&server)?, &Subject::redis_exporter(&server)?];
        let habits = subjects.iter().map(|subject| subject.habits(&mut redis)).collect::<Result<_>>()?;
        let facts = Facts::gather(&mut redis, habits)?;
        let mut measure = || peers::measure(subjects, &server, &mut redis, extent.rounds, extent.turns);
        (facts, options.wants(Part::Peers).then(&mut measure).transpose()?)
    };
    let variety = || variety::measure(extent.steps, extent.rounds_of_step);
    let variety = options.wants(Part::Variety).then(variety).transpose()?;
    let estate = || estate::measure(extent.fleet, extent.rounds, extent.turns);
    let estate = options.wants(Part::Estate).then(estate).transpose()?;
    let start = options.wants(Part::Start).then(|| start::measure(&server, extent.starts)).transpose()?;
    // What comes now is about this process alone: no exporter runs any more.
    redis::fill(&mut redis)?;
    let sandbox = || sandbox::measure(&server, &mut redis, extent.rounds);
    let sandbox = options.wants(Part::Sandbox).then(sandbox).transpose()?;
    let neighbours = || neighbours::measure(&mut redis, extent.rounds_of_many);
    let neighbours = options.wants(Part::Neighbours).then(neighbours).transpose()?;
    let keys = options.wants(Part::Keys).then(|| keys::measure(extent.keys)).transpose()?;
    let ratios = results::ratios(peers.as_ref(), sandbox.as_ref(), neighbours.as_deref());
    Ok(Results { smoke, facts, peers, variety, estate, start, sandbox, neighbours, keys, ratios })
}
