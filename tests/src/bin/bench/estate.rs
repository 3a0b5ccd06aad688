//! A fleet behind one exporter: each server by one name, and by many: its addresses, with two databases each.

use std::fmt::Write;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use redwasp_tests::server::Redis;
use serde::Serialize;
use tempfile::TempDir;

use crate::crowd::CLIENTS;
use crate::http::{self, Client};
use crate::lanes::{Lane, Rounds, Scrapes, in_turns};
use crate::redis::{self, Connection};
use crate::stats::{Timing, microseconds};
use crate::subjects::{Memory, Subject};

/// How large the fleet is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) servers: usize,
    /// Of each server.
    pub(crate) names: usize,
    /// Within which each target is scraped once.
    pub(crate) interval: Duration,
    /// How often that is measured.
    pub(crate) tours: u32,
}

/// What a subject does for a fleet.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tour {
    pub(crate) subject: &'static str,
    pub(crate) targets: usize,
    /// One scrape after the other.
    pub(crate) timing: Timing,
    /// Of many clients at once.
    pub(crate) requests_per_second: f64,
    /// CPU time of one of these.
    pub(crate) cpu_us: f64,
    pub(crate) interval_seconds: f64,
    /// Connections to Redis that were opened for one scrape when each target is scraped once in the interval.
    pub(crate) opened: f64,
    /// Files that it has open after it: most are connections to Redis.
    pub(crate) files: usize,
    /// CPU time during it, as a part of one core.
    pub(crate) cpu_percent: f64,
    /// The same of all servers together, with what they do by themselves.
    pub(crate) server_cpu_percent: f64,
    /// After all that.
    pub(crate) memory: Memory,
}

struct Fleet {
    servers: Vec<Redis>,
    connections: Vec<Connection>,
    size: Size,
    folder: TempDir,
}

/// A subject and how it is asked for each of the targets.
struct Way {
    subject: Subject,
    paths: Vec<String>,
    clients: Vec<Client>,
    requests: u64,
    taken: Duration,
    cpu: Duration,
}

/// What all servers together have seen.
struct Seen {
    opened: u64,
    cpu: f64,
}

/// Databases that names of one address are of.
const DATABASES: usize = 2;

/// Measures both exporters with one name of each server, and then with all of them.
pub(crate) fn measure(size: Size, rounds: Rounds, turns: (usize, Duration)) -> Result<Vec<Tour>> {
    let mut fleet = Fleet::start(size)?;
    let mut tours = fleet.measure(1, rounds, turns)?;
    tours.extend(fleet.measure(size.names, rounds, turns)?);
    Ok(tours)
}

impl Fleet {
    fn start(size: Size) -> Result<Fleet> {
        let addresses = size.names.div_ceil(DATABASES);
        let servers: Vec<Redis> = (0..size.servers).map(|_| redis::start_on(addresses)).collect();
        let mut connections = servers.iter().map(Connection::to).collect::<Result<Vec<_>>>()?;
        connections.iter_mut().try_for_each(redis::fill)?;
        Ok(Fleet { servers, connections, size, folder: tempfile::tempdir()? })
    }

    fn measure(&mut self, names: usize, rounds: Rounds, (turns, turn): (usize, Duration)) -> Result<Vec<Tour>> {
        let mut ways = [self.redwasp(names)?, self.redis_exporter(names)?];
        // Whatever is opened or planned once.
        ways.iter_mut().try_for_each(Way::go_round)?;
        let timings = one_by_one(&ways, rounds)?;
        for _ in 0..turns {
            ways.iter_mut().try_for_each(|way| way.all_at_once(turn))?;
        }
        let mut tours = Vec::new();
        for (way, timing) in ways.iter_mut().zip(timings) {
            tours.push(self.tour(way, timing)?);
        }
        Ok(tours)
    }

    /// Each server by so many names, neighbours on different servers.
    fn targets(&self, names: usize) -> Vec<String> {
        let named = |name: usize, server: &Redis| match name % DATABASES {
            0 => redis::target(server, name / DATABASES),
            database => format!("{}/{database}", redis::target(server, name / DATABASES)),
        };
        (0..names).flat_map(|name| self.servers.iter().map(move |server| named(name, server))).collect()
    }

    /// With names in a file.
    fn redwasp(&self, names: usize) -> Result<Way> {
        let (mut text, mut paths) = ("targets:\n".to_owned(), Vec::new());
        for (number, target) in self.targets(names).iter().enumerate() {
            writeln!(text, "  server-{number}: {{address: \"{target}\"}}")?;
            paths.push(format!("/scrape?target=server-{number}"));
        }
        let file = self.folder.path().join(format!("{names}.yaml"));
        fs::write(&file, text)?;
        Way::new(Subject::redwasp_with(&format!("--config.file={}", file.display()))?, paths)
    }

    /// Which is told each address with the request.
    fn redis_exporter(&self, names: usize) -> Result<Way> {
        let paths = self.targets(names).iter().map(|target| format!("/scrape?target={target}")).collect();
        Way::new(Subject::redis_exporter_for_many()?, paths)
    }

    /// Every target once in each interval, evenly spread, as Prometheus does it.
    fn tour(&mut self, way: &mut Way, timing: Timing) -> Result<Tour> {
        way.go_round()?;
        let (clock, targets) = (way.subject.clock()?, way.paths.len());
        let (seen, cpu) = (self.seen()?, clock.now()?);
        let start = Instant::now();
        let mut client = way.client(&way.paths)?;
        let scrapes = self.size.tours * targets as u32;
        for scrape in 0..scrapes {
            let due = self.size.interval * scrape / targets as u32;
            thread::sleep(due.saturating_sub(start.elapsed()));
            client.ask()?;
        }
        thread::sleep((self.size.interval * self.size.tours).saturating_sub(start.elapsed()));
        let percent = 100.0 / start.elapsed().as_secs_f64();
        let (cpu, now) = (clock.now()?.saturating_sub(cpu), self.seen()?);
        Ok(Tour {
            subject: way.subject.name,
            targets,
            timing,
            requests_per_second: way.requests as f64 / way.taken.as_secs_f64(),
            cpu_us: microseconds(way.cpu) / way.requests.max(1) as f64,
            interval_seconds: self.size.interval.as_secs_f64(),
            opened: (now.opened - seen.opened) as f64 / f64::from(scrapes),
            files: way.subject.open_files(),
            cpu_percent: cpu.as_secs_f64() * percent,
            server_cpu_percent: (now.cpu - seen.cpu) * percent,
            memory: way.subject.memory()?,
        })
    }

    fn seen(&mut self) -> Result<Seen> {
        let mut seen = Seen { opened: 0, cpu: 0.0 };
        for connection in &mut self.connections {
            let info = connection.info("ALL")?;
            let field = |name: &str| Ok::<_, anyhow::Error>(info.get(name).with_context(|| name.to_owned())?.trim());
            seen.opened += field("total_connections_received")?.parse::<u64>()?;
            seen.cpu += field("used_cpu_user")?.parse::<f64>()? + field("used_cpu_sys")?.parse::<f64>()?;
        }
        Ok(seen)
    }
}

fn one_by_one(ways: &[Way], rounds: Rounds) -> Result<Vec<Timing>> {
    let lane = |way: &Way| Ok(Scrapes { client: way.client(&way.paths)?, clock: way.subject.clock()? });
    let mut lanes = ways.iter().map(lane).collect::<Result<Vec<_>>>()?;
    in_turns(&mut lanes.iter_mut().map(|lane| lane as &mut dyn Lane).collect::<Vec<_>>(), rounds)
}

impl Way {
    fn new(subject: Subject, paths: Vec<String>) -> Result<Way> {
        let mut way =
            Way { subject, paths, clients: Vec::new(), requests: 0, taken: Duration::ZERO, cpu: Duration::ZERO };
        // Each has targets of its own, if there are enough.
        let share = way.paths.len().div_ceil(CLIENTS);
        way.clients = way.paths.chunks(share).map(|paths| way.client(paths)).collect::<Result<_>>()?;
        Ok(way)
    }

    fn client(&self, paths: &[String]) -> Result<Client> {
        self.subject.client_of_all(paths)
    }

    /// Each target once; all have to be up.
    fn go_round(&mut self) -> Result<()> {
        let mut client = self.client(&self.paths)?;
        for path in &self.paths {
            let page = str::from_utf8(client.ask()?)?;
            ensure!(page.lines().any(|line| line == "redis_up 1"), "{}{path} is not up:\n{page}", self.subject.name);
        }
        Ok(())
    }

    fn all_at_once(&mut self, turn: Duration) -> Result<()> {
        http::all_at_once(&mut self.clients, turn / 10)?;
        let clock = self.subject.clock()?;
        let cpu = clock.now()?;
        let run = http::all_at_once(&mut self.clients, turn)?;
        self.cpu += clock.now()?.saturating_sub(cpu);
        self.requests += run.requests;
        self.taken += run.taken;
        Ok(())
    }
}

impl Tour {
    /// Whether there are numbers of everything.
    pub(crate) fn is_good(&self) -> bool {
        self.timing.is_good()
            && self.requests_per_second > 0.0
            && self.cpu_percent > 0.0
            && self.memory.resident_bytes > 0
    }
}
