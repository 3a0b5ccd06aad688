//! A real sentinel, and a [`SentinelGroup`].

mod group;

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

pub use group::{GroupOptions, SentinelGroup};

use crate::process::Process;
use crate::resp::{Client, Reply};
use crate::server::{Program, Redis};
use crate::{ports, tools, wait};

/// How often another port is tried when someone was quicker to take one.
const PORTS_TRIED: usize = 5;

/// After this long without a good reply an instance is held to be down.
const DOWN_AFTER_MS: u32 = 1000;

/// How a [`Sentinel`] is to be started.
#[derive(Clone, Default)]
pub struct Options {
    program: Program,
    password: Option<String>,
    failover_timeout: Option<Duration>,
}

impl Options {
    /// Another one than the machine's.
    pub fn program(self, program: Program) -> Options {
        Options { program, ..self }
    }

    /// Clients must give this password (`requirepass`), and other sentinels too.
    pub fn password(self, password: &str) -> Options {
        Options { password: Some(password.to_owned()), ..self }
    }

    /// How long a fail-over may take before it is given up, and twice that before it is tried again.
    pub fn failover_timeout(self, timeout: Duration) -> Options {
        Options { failover_timeout: Some(timeout), ..self }
    }

    /// Starts a sentinel that watches these servers under these names; so many sentinels have to agree on a fail-over.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(self, masters: &[(&str, &Redis)], quorum: usize) -> Sentinel {
        let configuration = self.configuration(masters, quorum);
        for _ in 0..PORTS_TRIED {
            let folder = TempDir::new().expect("a folder for the sentinel can be made: see TMPDIR");
            fs::write(folder.path().join("sentinel.conf"), &configuration).expect("its folder can be written to");
            let port = ports::free();
            let process = launch(self.program, port, folder.path());
            let mut sentinel = Sentinel { port, password: self.password.clone(), process, _folder: folder };
            let came_up = wait::until("the sentinel to answer", wait::PATIENCE, || {
                sentinel.process.ended().map(|_| false).or_else(|| sentinel.answers().then_some(true))
            });
            if came_up {
                return sentinel;
            }
        }
        panic!("the sentinel ended {PORTS_TRIED} times as soon as it was started")
    }

    fn configuration(&self, masters: &[(&str, &Redis)], quorum: usize) -> String {
        let mut lines = Vec::new();
        if let Some(password) = &self.password {
            lines.extend([format!("requirepass {password}"), format!("sentinel sentinel-pass {password}")]);
        }
        for (name, redis) in masters {
            lines.push(format!("sentinel monitor {name} 127.0.0.1 {} {quorum}", redis.port()));
            lines.push(format!("sentinel down-after-milliseconds {name} {DOWN_AFTER_MS}"));
            if let Some(password) = redis.password() {
                lines.push(format!("sentinel auth-pass {name} {password}"));
            }
            if let Some(timeout) = self.failover_timeout {
                lines.push(format!("sentinel failover-timeout {name} {}", timeout.as_millis()));
            }
        }
        lines.into_iter().map(|line| line + "\n").collect()
    }
}

/// A sentinel on a free port of 127.0.0.1, with its files in a folder of its own.
pub struct Sentinel {
    port: u16,
    password: Option<String>,
    process: Process,
    _folder: TempDir,
}

impl Sentinel {
    /// Starts a sentinel that watches these servers under these names; so many sentinels have to agree on a fail-over.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(program: Program, masters: &[(&str, &Redis)], quorum: usize) -> Sentinel {
        Sentinel::options().program(program).start(masters, quorum)
    }

    /// Starts a sentinel otherwise.
    pub fn options() -> Options {
        Options::default()
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The password that it was started with.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// A connection of its own; the password is given.
    ///
    /// # Errors
    /// The sentinel is paused.
    pub fn connect(&self) -> io::Result<Client> {
        let mut client = Client::connect(self.port, Duration::from_secs(10))?;
        if let Some(password) = &self.password {
            client.command(&["AUTH", password])?;
        }
        Ok(client)
    }

    /// Where the primary of this name is held to be, on 127.0.0.1.
    ///
    /// # Panics
    /// When the sentinel does not watch it, or does not answer.
    pub fn primary(&self, name: &str) -> u16 {
        let address = self.cli(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]);
        let port = address.lines().nth(1).and_then(|port| port.parse().ok());
        port.unwrap_or_else(|| panic!("{} knows no {name}: {address}", self.url()))
    }

    /// Runs a command on a connection of its own; the reply as text ([`Reply`] says how), also when it is an error.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn cli(&self, args: &[&str]) -> String {
        let reply = self.connect().and_then(|mut client| client.command(args));
        reply.unwrap_or_else(|error| panic!("{} at {}: {error}", args.join(" "), self.url())).to_string()
    }

    /// Stops the process where it is: the others hold it to be down after a while.
    pub fn pause(&mut self) {
        self.process.pause();
    }

    /// Whether its process answers, and not another one that was quicker to take the port.
    fn answers(&self) -> bool {
        let own = format!("process_id:{}", self.process.pid());
        match self.connect().and_then(|mut client| client.command(&["INFO", "SERVER"])) {
            Ok(Reply::Text(info)) => info.lines().any(|line| line.trim_end() == own),
            _ => false,
        }
    }
}

fn launch(program: Program, port: u16, folder: &Path) -> Process {
    let log = File::create(folder.join("log")).expect("the sentinel's log can be made in its folder");
    let mut command = Command::new(tools::tool(program.name()));
    command.arg(folder.join("sentinel.conf"));
    command.args(["--sentinel", "--bind", "127.0.0.1", "--port", &port.to_string(), "--dir"]).arg(folder);
    Process::start(command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null()))
}
