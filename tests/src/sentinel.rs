//! A real sentinel.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::Process;
use crate::resp::{Client, Reply};
use crate::server::{Program, Redis};
use crate::{ports, tools, wait};

/// How often another port is tried when someone was quicker to take one.
const PORTS_TRIED: usize = 5;

/// After this long without a good reply an instance is held to be down.
const DOWN_AFTER_MS: u32 = 1000;

/// A sentinel on a free port of 127.0.0.1, with its files in a folder of its own.
pub struct Sentinel {
    port: u16,
    process: Process,
    _folder: TempDir,
}

impl Sentinel {
    /// Starts a sentinel that watches these servers under these names; so many sentinels have to agree on a fail-over.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(program: Program, masters: &[(&str, &Redis)], quorum: usize) -> Sentinel {
        let monitor = |(name, redis): &(&str, &Redis)| {
            let port = redis.port();
            let watch = format!("sentinel monitor {name} 127.0.0.1 {port} {quorum}\n");
            watch + &format!("sentinel down-after-milliseconds {name} {DOWN_AFTER_MS}\n")
        };
        let configuration: String = masters.iter().map(monitor).collect();
        for _ in 0..PORTS_TRIED {
            let folder = TempDir::new().expect("a folder for the sentinel can be made: see TMPDIR");
            fs::write(folder.path().join("sentinel.conf"), &configuration).expect("its folder can be written to");
            let port = ports::free();
            let mut process = launch(program, port, folder.path());
            let came_up = wait::until("the sentinel to answer", wait::PATIENCE, || {
                process.ended().map(|_| false).or_else(|| answers(port, process.pid()).then_some(true))
            });
            if came_up {
                return Sentinel { port, process, _folder: folder };
            }
        }
        panic!("the sentinel ended {PORTS_TRIED} times as soon as it was started")
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Runs a command on a connection of its own; the reply as text ([`Reply`] says how), also when it is an error.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn cli(&self, args: &[&str]) -> String {
        let reply = connect(self.port).and_then(|mut client| client.command(args));
        reply.unwrap_or_else(|error| panic!("{} at {}: {error}", args.join(" "), self.url())).to_string()
    }

    /// Stops the process where it is: the others hold it to be down after a while.
    pub fn pause(&mut self) {
        self.process.pause();
    }
}

fn launch(program: Program, port: u16, folder: &Path) -> Process {
    let log = File::create(folder.join("log")).expect("the sentinel's log can be made in its folder");
    let mut command = Command::new(tools::tool(program.name()));
    command.arg(folder.join("sentinel.conf"));
    command.args(["--sentinel", "--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"]).arg(folder);
    Process::start(command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null()))
}

fn connect(port: u16) -> std::io::Result<Client> {
    Client::connect(port, Duration::from_secs(10))
}

/// Whether the process with this id answers, and not another one that was quicker to take the port.
fn answers(port: u16, pid: u32) -> bool {
    match connect(port).and_then(|mut client| client.command(&["INFO", "SERVER"])) {
        Ok(Reply::Text(info)) => info.lines().any(|line| line.trim_end() == format!("process_id:{pid}")),
        _ => false,
    }
}
