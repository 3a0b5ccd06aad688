//! `bench`: redwasp beside redis_exporter, beside the least that an exporter can do, and beside itself without sandbox.
//!
//! Everything is measured in one run against one private server, in turns; what is printed are absolute numbers first
//! and then their ratios, which hold on this machine. `--smoke` runs every part for a moment and fails if one of them
//! has no numbers; `--json FILE` writes the numbers for programs.

mod cpu;
mod crowd;
mod direct;
mod facts;
mod floor;
mod http;
mod lanes;
mod linked;
mod print;
mod redis;
mod results;
mod sandbox;
mod stats;
mod subjects;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use floor::Floor;
use lanes::{Lane, Rounds, Scrapes, in_turns};
use redis::Connection;
use results::{RESET, Results, Row};
use subjects::Subject;

/// What the command line asks for.
#[derive(Default)]
struct Options {
    smoke: bool,
    json: Option<PathBuf>,
}

/// How much is measured.
struct Extent {
    rounds: Rounds,
    /// How often all clients at once have their turn at a subject, and for how long.
    turns: (usize, Duration),
}

fn main() -> Result<()> {
    let options = options(std::env::args().skip(1))?;
    let results = run(options.smoke)?;
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
            _ => bail!("unknown argument {arg:?}; usage: bench [--smoke] [--json FILE]"),
        }
    }
    Ok(options)
}

impl Extent {
    fn new(smoke: bool) -> Extent {
        if smoke {
            let rounds = Rounds { blocks: 1, each: 20, warm_up: 5 };
            Extent { rounds, turns: (1, Duration::from_millis(200)) }
        } else {
            let rounds = Rounds { blocks: 5, each: 400, warm_up: 40 };
            Extent { rounds, turns: (3, Duration::from_secs(1)) }
        }
    }
}

fn run(smoke: bool) -> Result<Results> {
    let extent = Extent::new(smoke);
    let server = redis::start();
    let mut redis = Connection::to(&server)?;
    redis::fill(&mut redis)?;
    let mut floor = Floor::new(Connection::to(&server)?, facts::server(&mut redis)?)?;
    let redwasp = Subject::redwasp(&server)?;
    let redis_exporter = Subject::redis_exporter(&server)?;
    let subjects = [&redwasp, &redis_exporter];

    let habits = vec![redwasp.habits(&mut redis)?, redis_exporter.habits(&mut redis)?];
    let facts = facts::Facts::gather(&mut redis, habits)?;
    let mut scrapes = scrapes(subjects, &[("plain", false), ("gzip", true)], Some(&mut floor), extent.rounds)?;
    let (turns, turn) = extent.turns;
    let crowds = crowd::measure(subjects, &server, &mut redis, turns, turn)?;
    let memory = subjects.iter().map(|subject| Ok((subject.name, subject.memory()?))).collect::<Result<_>>()?;
    // What redis_exporter makes of statistics of commands, and redwasp does not, cannot be switched off. But the
    // server can be made to have almost none.
    redis.ask(&["CONFIG", "RESETSTAT"])?;
    scrapes.extend(self::scrapes(subjects, &[(RESET, false)], None, extent.rounds)?);
    // What comes now is about this process alone.
    drop((redwasp, redis_exporter));
    redis::fill(&mut redis)?;
    let sandbox = sandbox::measure(&server, &mut redis, extent.rounds)?;
    let ratios = results::ratios(&scrapes, &sandbox);
    Ok(Results { smoke, facts, scrapes, crowds, memory, sandbox, ratios })
}

/// Scrapes one after the other, both subjects in all these codings, beside the floor.
fn scrapes(
    subjects: [&Subject; 2],
    codings: &[(&'static str, bool)],
    floor: Option<&mut Floor>,
    rounds: Rounds,
) -> Result<Vec<Row>> {
    let mut lanes = Vec::new();
    let mut names = Vec::new();
    for &(coding, gzip) in codings {
        for subject in subjects {
            let samples = subjects::samples(&String::from_utf8_lossy(subject.client(false)?.ask()?));
            lanes.push(Scrapes { client: subject.client(gzip)?, clock: subject.clock()? });
            names.push((subject.name, coding, samples));
        }
    }
    let mut turns: Vec<&mut dyn Lane> = lanes.iter_mut().map(|lane| lane as &mut dyn Lane).collect();
    if let Some(floor) = floor {
        names.push(("floor", "", floor.scrape()?));
        turns.push(floor);
    }
    let timings = in_turns(&mut turns, rounds)?;
    let row = |((subject, coding, samples), timing)| Row { subject, coding, samples, timing };
    Ok(names.into_iter().zip(timings).map(row).collect())
}
