//! What looking at many keys costs a server and its other clients: redwasp's walk beside redis_exporter's ways.

mod pinger;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use redwasp_tests::daemon::{Daemon, redwasp};
use redwasp_tests::page::Page;
use redwasp_tests::server::Redis;
use redwasp_tests::{tools, wait};
use serde::Serialize;

use crate::redis::Connection;
use pinger::{Pinger, Pings};

/// What both are told to find: counts of three patterns, some keys and some streams.
const FLAGS: [&str; 3] = ["--count-keys=order:*,order:*1,order:1*", "--check-keys=watched:*", "--check-streams=log:*"];

/// What both are told to look at of every key: the memory of its group.
const GROUPS: [&str; 1] = ["--check-key-groups=^([^:]*):"];

/// Keys to watch, and streams, among the others.
const FEW: usize = 10;

/// Longer than any way takes.
const PATIENCE: Duration = Duration::from_secs(600);

/// Keys that a script writes at once.
const AT_ONCE: usize = 10_000;

/// One way to look at keys.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Way {
    /// What is done.
    pub(crate) job: &'static str,
    /// How.
    pub(crate) name: &'static str,
    /// From the begin to the result.
    pub(crate) wall_ms: f64,
    /// CPU time of the server, without what others take.
    pub(crate) server_cpu_ms: f64,
    /// SCAN commands, and keys that they went over.
    pub(crate) scans: u64,
    /// What other clients waited for a PING meanwhile.
    pub(crate) pings: Pings,
}

/// All ways, on a server with so many keys.
pub(crate) fn measure(keys: usize) -> Result<Vec<Way>> {
    let server = Redis::options().args(["--save", "", "--enable-debug-command", "yes"]).start();
    let mut redis = Connection::to(&server)?;
    fill(&mut redis, keys)?;
    let mut bench = Bench { server: &server, idle: Duration::ZERO, redis };
    bench.idle = bench.idle_cpu()?;
    let (find, groups, sum) = ("counts, keys, streams", "memory of groups", "the sum of a field");
    Ok(vec![
        bench.way(find, "redis_exporter, one scrape", |server| {
            let daemon = start(&tools::tool("redis_exporter"), server, &FLAGS);
            Ok(Box::new(move || scraped(&daemon, &["redis_keys_count", "redis_key_size", "redis_stream_length"])))
        })?,
        // With one more who walks, for whom redis_exporter has nothing.
        bench.way(find, "redwasp, one walk of three collectors", |server| {
            let server = server.url();
            let file = written("redwasp.yaml", COUNT)?;
            Ok(Box::new(move || {
                let file = file.flag("--config.file");
                let flags = [&FLAGS[..], &[&file]].concat();
                walked(&server, &flags, &["redis_keys_count", "redis_key_size", "redis_stream_length", "redis_orders"])
            }))
        })?,
        bench.way(groups, "redis_exporter, one scrape", |server| {
            let daemon = start(&tools::tool("redis_exporter"), server, &GROUPS);
            Ok(Box::new(move || scraped(&daemon, &["redis_key_group_count"])))
        })?,
        bench.way(groups, "redwasp, one walk", |server| {
            let server = server.url();
            Ok(Box::new(move || walked(&server, &GROUPS, &["redis_key_group_count"])))
        })?,
        bench.way(sum, "redis_exporter, a script", |server| {
            let script = written("sum.lua", SCRIPT)?;
            let daemon = start(&tools::tool("redis_exporter"), server, &[&script.flag("--script")]);
            Ok(Box::new(move || scraped(&daemon, &["redis_script_values"])))
        })?,
        bench.way(sum, "redwasp, scripts", |server| {
            let script = written("sum.lua", SCRIPT)?;
            let daemon = start(redwasp(), server, &[&script.flag("--script"), "--scrape-timeout=300s"]);
            Ok(Box::new(move || scraped(&daemon, &["redis_script_values"])))
        })?,
        bench.way(sum, "redwasp, business", |server| {
            let server = server.url();
            let file = written("redwasp.yaml", ENTRY)?;
            Ok(Box::new(move || walked(&server, &[&file.flag("--config.file")], &["redis_amounts"])))
        })?,
    ])
}

/// The sum of a field of all hashes, as a script that redis_exporter has Redis run.
const SCRIPT: &str = r#"
local sum, cursor = 0, "0"
repeat
  local page = redis.call("SCAN", cursor, "MATCH", "order:*", "COUNT", 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    sum = sum + tonumber(redis.call("HGET", key, "amount"))
  end
until cursor == "0"
return {"amounts", tostring(sum)}
"#;

/// The same as an entry of a configuration.
const ENTRY: &str = r#"
collectors:
  business:
    config:
      metrics:
        - {name: amounts, keys: "order:*", value: {field: amount}, aggregate: sum}
"#;

/// All keys of a pattern, counted by another collector.
const COUNT: &str = r#"
collectors:
  business:
    config:
      metrics:
        - {name: orders, keys: "order:*", aggregate: count}
"#;

/// A file, until its value goes.
struct Written {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Written {
    /// Names the file to a program.
    fn flag(&self, name: &str) -> String {
        format!("{name}={}", self.path.display())
    }
}

fn written(name: &str, text: &str) -> Result<Written> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name);
    std::fs::write(&path, text)?;
    Ok(Written { _folder: folder, path })
}

/// Hashes `order:<n>` with an amount and a status.
fn fill(redis: &mut Connection, keys: usize) -> Result<()> {
    let script = "for n = ARGV[1], ARGV[2] do \
                  redis.call('HSET', 'order:' .. n, 'amount', n % 100, 'status', n % 3 == 0 and 'open' or 'paid') end";
    for first in (1..=keys).step_by(AT_ONCE) {
        let last = (first + AT_ONCE - 1).min(keys);
        redis.ask(&["EVAL", script, "0", &first.to_string(), &last.to_string()])?;
    }
    for n in 0..FEW {
        redis.ask(&["SET", &format!("watched:{n}"), "1"])?;
        redis.ask(&["XADD", &format!("log:{n}"), "*", "text", "1"])?;
    }
    Ok(())
}

struct Bench<'a> {
    server: &'a Redis,
    /// CPU time of the server in a second in which it only answers PINGs.
    idle: Duration,
    redis: Connection,
}

/// Does the job, and gives how long that took; what takes time before is done when it is made.
type Job = Box<dyn FnOnce() -> Result<Duration>>;

impl Bench<'_> {
    fn idle_cpu(&mut self) -> Result<Duration> {
        let pinger = Pinger::start(self.server)?;
        let (before, second) = (self.cpu()?, Duration::from_secs(1));
        std::thread::sleep(second);
        let used = self.cpu()? - before;
        pinger.stop()?;
        Ok(used)
    }

    fn way(
        &mut self,
        job: &'static str,
        name: &'static str,
        prepare: impl FnOnce(&Redis) -> Result<Job>,
    ) -> Result<Way> {
        let run = prepare(self.server)?;
        self.redis.ask(&["CONFIG", "RESETSTAT"])?;
        let pinger = Pinger::start(self.server)?;
        let (before, begin) = (self.cpu()?, Instant::now());
        let wall = run().with_context(|| name.to_owned())?;
        let (used, took) = (self.cpu()? - before, begin.elapsed());
        let pings = pinger.stop()?;
        let used = used.saturating_sub(self.idle.mul_f64(took.as_secs_f64()));
        let stats = self.redis.info("commandstats")?;
        let calls =
            stats.get("cmdstat_scan").and_then(|stat| stat.split(',').next()?.strip_prefix("calls=")?.parse().ok());
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        Ok(Way { job, name, wall_ms: ms(wall), server_cpu_ms: ms(used), scans: calls.unwrap_or(0), pings })
    }

    /// CPU time of the server's main thread until now.
    fn cpu(&mut self) -> Result<Duration> {
        let info = self.redis.info("cpu")?;
        let seconds =
            |name: &str| -> Result<f64> { Ok(info.get(name).with_context(|| name.to_owned())?.trim().parse()?) };
        Ok(Duration::from_secs_f64(seconds("used_cpu_user_main_thread")? + seconds("used_cpu_sys_main_thread")?))
    }
}

fn start(program: &Path, server: &Redis, flags: &[&str]) -> Daemon {
    let address = format!("--redis.addr={}", server.url());
    Daemon::start_program(program, &[&[address.as_str(), "--connection-timeout=300s"], flags].concat(), &[])
}

/// One scrape that has to bring these metrics.
fn scraped(daemon: &Daemon, metrics: &[&str]) -> Result<Duration> {
    let begin = Instant::now();
    let page = daemon.scrape("/metrics");
    let took = begin.elapsed();
    has(&page, metrics)?;
    Ok(took)
}

/// One walk that has to bring these metrics.
fn walked(server: &str, flags: &[&str], metrics: &[&str]) -> Result<Duration> {
    let address = format!("--redis.addr={server}");
    let daemon = Daemon::start(&[&[address.as_str(), "--sweep.interval=1h"], flags].concat());
    let page = wait::until("the walk to end", PATIENCE, || {
        std::thread::sleep(Duration::from_millis(100));
        Some(daemon.scrape("/metrics")).filter(|page| page.value("redwasp_sweep_keys", &[]).is_some())
    });
    has(&page, metrics)?;
    ensure!(page.value("redwasp_sweep_complete", &[]) == Some(1.0), "the walk is not complete");
    let took = page.value("redwasp_sweep_duration_seconds", &[]).context("no duration")?;
    Ok(Duration::from_secs_f64(took))
}

fn has(page: &Page, metrics: &[&str]) -> Result<()> {
    let missing: Vec<_> = metrics.iter().filter(|metric| page.samples_of(metric).next().is_none()).collect();
    ensure!(missing.is_empty(), "no {missing:?}");
    Ok(())
}

impl Way {
    /// Whether there are numbers.
    pub(crate) fn is_good(&self) -> bool {
        self.wall_ms > 0.0 && self.server_cpu_ms > 0.0 && self.pings.count > 0
    }
}
