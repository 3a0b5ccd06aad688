//! From the start of the program to its first page, and the memory that it holds then.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use redwasp_tests::daemon::{self, Daemon};
use redwasp_tests::server::Redis;
use redwasp_tests::tools;
use serde::Serialize;

use crate::redis;
use crate::stats::quantile;

/// Starts of one kind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Starts {
    pub(crate) subject: &'static str,
    /// How often it was started.
    pub(crate) count: usize,
    /// Half of the starts took no longer to the end of the first scrape.
    pub(crate) p50_us: f64,
    /// None took longer.
    pub(crate) slowest_us: f64,
    /// Half held no more after it.
    pub(crate) resident_bytes: u64,
}

/// A way to start.
struct Way {
    name: &'static str,
    program: PathBuf,
    flags: Vec<String>,
    /// The cache that has to be empty at each start.
    emptied: Option<PathBuf>,
    taken: Vec<Duration>,
    resident: Vec<u64>,
}

/// Starts all of them so often, in turns.
pub(crate) fn measure(server: &Redis, times: usize) -> Result<Vec<Starts>> {
    let dir = tempfile::tempdir()?;
    let mut ways = ways(dir.path());
    let address = format!("--redis.addr={}", redis::target(server, 0));
    // Once more, which does not count: it fills the cache that is kept, and reads the programs from the disk.
    for round in 0..=times {
        for way in &mut ways {
            let (taken, resident) = way.start(&address)?;
            if round > 0 {
                way.taken.push(taken);
                way.resident.push(resident);
            }
        }
    }
    Ok(ways.into_iter().map(Way::starts).collect())
}

fn ways(dir: &Path) -> Vec<Way> {
    let redwasp = |name, cache: PathBuf, is_emptied: bool| Way {
        flags: vec![format!("--plugins.cache-dir={}", cache.display())],
        emptied: is_emptied.then_some(cache),
        ..Way::of(name, daemon::redwasp().to_owned())
    };
    vec![
        redwasp("redwasp, empty cache", dir.join("cold"), true),
        redwasp("redwasp, full cache", dir.join("warm"), false),
        Way::of("redis_exporter", tools::tool("redis_exporter")),
    ]
}

impl Way {
    fn of(name: &'static str, program: PathBuf) -> Way {
        Way { name, program, flags: Vec::new(), emptied: None, taken: Vec::new(), resident: Vec::new() }
    }

    fn start(&self, address: &str) -> Result<(Duration, u64)> {
        if let Some(cache) = self.emptied.as_ref().filter(|cache| cache.exists()) {
            std::fs::remove_dir_all(cache)?;
        }
        let args: Vec<&str> = std::iter::once(address).chain(self.flags.iter().map(String::as_str)).collect();
        let start = Instant::now();
        let daemon = Daemon::start_program(&self.program, &args, &[]);
        let page = daemon.get("/metrics").text();
        let taken = start.elapsed();
        ensure!(page.lines().any(|line| line == "redis_up 1"), "{} cannot scrape:\n{page}", self.name);
        Ok((taken, daemon.process().resident_bytes()))
    }

    fn starts(mut self) -> Starts {
        self.resident.sort_unstable();
        Starts {
            subject: self.name,
            count: self.taken.len(),
            p50_us: quantile(&self.taken, 0.5),
            slowest_us: quantile(&self.taken, 1.0),
            resident_bytes: self.resident.get(self.resident.len() / 2).copied().unwrap_or(0),
        }
    }
}

impl Starts {
    /// Whether there are numbers.
    pub(crate) fn is_good(&self) -> bool {
        self.count > 0 && self.p50_us > 0.0 && self.resident_bytes > 0
    }
}
