//! The programs that are compared, and what they do for one scrape.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use redwasp_tests::daemon::{self, Daemon, Finished};
use redwasp_tests::server::Redis;
use redwasp_tests::tools;
use serde::Serialize;

use crate::cpu::Clock;
use crate::http::Client;
use crate::redis::{self, Connection};

/// A running exporter.
pub(crate) struct Subject {
    /// As it is called in the tables.
    pub(crate) name: &'static str,
    /// What it says of itself.
    version: String,
    daemon: Daemon,
}

/// Memory of a process, bytes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) resident_bytes: u64,
    /// The most that was resident.
    pub(crate) peak_bytes: u64,
}

/// What an exporter serves and asks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Habits {
    pub(crate) subject: &'static str,
    pub(crate) version: String,
    /// Samples on its page.
    pub(crate) samples: usize,
    pub(crate) plain_bytes: usize,
    pub(crate) gzip_bytes: usize,
    /// TCP connections to Redis for one scrape.
    pub(crate) connections: f64,
    /// Commands for one scrape.
    pub(crate) commands: BTreeMap<String, f64>,
}

/// redis_exporter without any flag.
pub(crate) const AS_IT_COMES: &str = "redis_exporter as it comes";

/// So that redis_exporter does no work that redwasp does not do.
const REDIS_EXPORTER: [&str; 4] = [
    // LATENCY LATEST and LATENCY HISTOGRAM, which the floor does not have: a histogram for each type of command.
    "-exclude-latency-histogram-metrics",
    // CONFIG GET * and the metrics of its settings. redwasp asks for `databases` alone, once for each connection.
    "-config-command=-",
    // CLIENT SETNAME on each of its connections, which it opens for each scrape.
    "-set-client-name=false",
    // About 30 metrics of the Go runtime. The metrics of the process stay: both have them.
    "-include-go-runtime-metrics=false",
];

/// The same for redwasp.
const REDWASP: [&str; 2] = ["--exclude-latency-histogram-metrics", "--set-client-name=false"];

impl Subject {
    /// Starts redwasp for the first address of a server.
    pub(crate) fn redwasp(server: &Redis) -> Result<Subject> {
        Subject::redwasp_with(&address(server))
    }

    /// Starts redwasp with one flag that says what its targets are.
    pub(crate) fn redwasp_with(targets: &str) -> Result<Subject> {
        let program = daemon::redwasp();
        let said = said(program, "--version");
        let version = said.split(',').next().unwrap_or_default().trim().trim_start_matches("redwasp ").to_owned();
        Subject::start("redwasp", version, program, &REDWASP, targets)
    }

    /// Starts redis_exporter for the first address of a server; it does no work that redwasp does not do.
    pub(crate) fn redis_exporter(server: &Redis) -> Result<Subject> {
        Subject::redis_exporter_with("redis_exporter", &REDIS_EXPORTER, &address(server))
    }

    /// The same without a target of its own.
    pub(crate) fn redis_exporter_for_many() -> Result<Subject> {
        Subject::redis_exporter_with("redis_exporter", &REDIS_EXPORTER, "--redis.addr=")
    }

    /// The same without any flag, as most people run it.
    pub(crate) fn redis_exporter_as_it_comes(server: &Redis) -> Result<Subject> {
        Subject::redis_exporter_with(AS_IT_COMES, &[], &address(server))
    }

    fn redis_exporter_with(name: &'static str, flags: &[&str], targets: &str) -> Result<Subject> {
        let program = tools::tool("redis_exporter");
        let said = said(&program, "-version");
        let version = said.split("Exporter ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let version = version.context("redis_exporter does not say its version")?.to_owned();
        Subject::start(name, version, &program, flags, targets)
    }

    fn start(name: &'static str, version: String, program: &Path, flags: &[&str], targets: &str) -> Result<Subject> {
        let args = [&[targets], flags].concat();
        Ok(Subject { name, version, daemon: Daemon::start_program(program, &args, &[]) })
    }

    /// Its CPU time.
    pub(crate) fn clock(&self) -> Result<Clock> {
        Ok(Clock::of(self.daemon.process().pid())?)
    }

    /// Its memory.
    pub(crate) fn memory(&self) -> Result<Memory> {
        let process = self.daemon.process();
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(Memory { resident_bytes: process.resident_bytes(), peak_bytes: kibibytes * 1024 })
    }

    /// Files that it has open, connections among them.
    pub(crate) fn open_files(&self) -> usize {
        self.daemon.process().open_files()
    }

    /// Its page of the first target.
    pub(crate) fn page(&self) -> Result<String> {
        Ok(String::from_utf8(self.client(false)?.ask()?.to_vec())?)
    }

    /// A connection that asks for the page of the first target.
    pub(crate) fn client(&self, gzip: bool) -> Result<Client> {
        self.client_of("/metrics", gzip)
    }

    /// A connection that asks for other pages, each in its turn.
    pub(crate) fn client_of_all(&self, paths: &[String]) -> Result<Client> {
        Client::connect_for(self.daemon.port(), paths, false)
    }

    /// A connection that asks for another page.
    pub(crate) fn client_of(&self, path: &str, gzip: bool) -> Result<Client> {
        Client::connect(self.daemon.port(), path, gzip)
    }

    /// Looks at some scrapes from the server's side. Nobody else may talk to the server meanwhile.
    pub(crate) fn habits(&self, redis: &mut Connection) -> Result<Habits> {
        const SCRAPES: usize = 10;
        let mut client = self.client(false)?;
        let page = self.page()?;
        ensure!(page.lines().any(|line| line == "redis_up 1"), "{} cannot scrape:\n{page}", self.name);
        let before = Seen::now(redis)?;
        for _ in 0..SCRAPES {
            client.ask()?;
        }
        let (connections, commands) = Seen::now(redis)?.since(&before, SCRAPES);
        Ok(Habits {
            subject: self.name,
            version: self.version.clone(),
            samples: samples(&page),
            plain_bytes: page.len(),
            gzip_bytes: self.client(true)?.ask()?.len(),
            connections,
            commands,
        })
    }
}

/// Samples on a page.
pub(crate) fn samples(page: &str) -> usize {
    page.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).count()
}

/// Samples of one metric on a page; each of them has labels.
pub(crate) fn samples_of(metric: &str, page: &str) -> usize {
    page.lines().filter(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with('{'))).count()
}

/// What the server has seen up to now.
pub(crate) struct Seen {
    connections: u64,
    calls: BTreeMap<String, u64>,
}

impl Seen {
    /// Asks the server once.
    pub(crate) fn now(redis: &mut Connection) -> Result<Seen> {
        let info = redis.info("ALL")?;
        let connections = info.get("total_connections_received").context("total_connections_received")?.parse()?;
        let calls = |(name, value): (&String, &String)| {
            let command = name.strip_prefix("cmdstat_")?;
            let calls = value.strip_prefix("calls=")?.split(',').next()?.parse().ok()?;
            Some((command.to_owned(), calls))
        };
        Ok(Seen { connections, calls: info.iter().filter_map(calls).collect() })
    }

    /// How many kinds of commands.
    pub(crate) fn kinds(&self) -> usize {
        self.calls.len()
    }

    /// Connections and commands for one of this many scrapes.
    pub(crate) fn since(&self, before: &Seen, scrapes: usize) -> (f64, BTreeMap<String, f64>) {
        let each = |count: u64| count as f64 / scrapes.max(1) as f64;
        let mut commands = BTreeMap::new();
        for (name, &calls) in &self.calls {
            let ours = u64::from(name == "info");
            let more = calls.saturating_sub(before.calls.get(name).copied().unwrap_or(0)).saturating_sub(ours);
            if more > 0 {
                commands.insert(name.clone(), each(more));
            }
        }
        (each(self.connections - before.connections), commands)
    }
}

/// The flag for the first address of a server.
fn address(server: &Redis) -> String {
    format!("--redis.addr={}", redis::target(server, 0))
}

fn said(program: &Path, flag: &str) -> String {
    let Finished { stdout, stderr, .. } = daemon::run_program(program, &[flag], &[]);
    stdout + &stderr
}
