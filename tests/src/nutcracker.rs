//! A real nutcracker (twemproxy), which spreads keys over servers.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::process::Process;
use crate::resp::{Client, Reply};
use crate::server::Redis;
use crate::{ports, tools, wait};

/// How often other ports are tried when someone was quicker to take them.
const PORTS_TRIED: usize = 5;

/// A nutcracker on a free port of 127.0.0.1, with its files in a folder of its own. It speaks the protocol of Redis,
/// but closes the connection of who asks for what is about no key: INFO, CONFIG, CLIENT, ...
pub struct Nutcracker {
    port: u16,
    process: Process,
    folder: TempDir,
}

impl Nutcracker {
    /// In front of these servers. It gives them the password of the first and wants the same of its clients.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(servers: &[&Redis]) -> Nutcracker {
        let mut said = String::new();
        for _ in 0..PORTS_TRIED {
            match Nutcracker::come_up(servers) {
                Ok(nutcracker) => return nutcracker,
                Err(log) if log.contains("Address already in use") => said = log,
                Err(log) => panic!("nutcracker ended as soon as it was started:\n{log}"),
            }
        }
        panic!("nutcracker found {PORTS_TRIED} ports taken:\n{said}")
    }

    /// An error is the log of a process that ended.
    fn come_up(servers: &[&Redis]) -> Result<Nutcracker, String> {
        let folder = TempDir::new().expect("a folder for nutcracker can be made: see TMPDIR");
        let port = ports::free();
        fs::write(folder.path().join("nutcracker.yml"), configuration(port, servers))
            .expect("its folder can be written to");
        let mut nutcracker = Nutcracker { port, process: launch(folder.path()), folder };
        let came_up = wait::until("nutcracker to answer", wait::PATIENCE, || {
            nutcracker.process.ended().map(|_| false).or_else(|| nutcracker.answers().then_some(true))
        });
        if came_up { Ok(nutcracker) } else { Err(nutcracker.log()) }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:<port>`, without the password.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it wrote to its log until now.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// Nutcracker is not there any more.
    pub fn connect(&self) -> std::io::Result<Client> {
        Client::connect(self.port, Duration::from_secs(10))
    }

    /// Without a password it answers PING itself, and with one it says that it wants it.
    fn answers(&self) -> bool {
        let reply = self.connect().and_then(|mut client| client.command(&["PING"]));
        matches!(reply, Ok(Reply::Text(_) | Reply::Error(_)))
    }
}

/// Where keys go does not depend on the ports; a server that is down is tried again by the next command.
fn configuration(port: u16, servers: &[&Redis]) -> String {
    let password = servers.first().and_then(|server| server.password());
    let mut lines = vec!["pool:".to_owned(), format!("  listen: 127.0.0.1:{port}"), "  redis: true".to_owned()];
    lines.extend(["  hash: fnv1a_64", "  distribution: modula", "  auto_eject_hosts: false"].map(str::to_owned));
    lines.extend(password.map(|password| format!("  redis_auth: {password}")));
    lines.push("  servers:".to_owned());
    lines.extend(servers.iter().map(|server| format!("  - 127.0.0.1:{}:1", server.port())));
    lines.join("\n") + "\n"
}

fn launch(folder: &Path) -> Process {
    let log = File::create(folder.join("log")).expect("nutcracker's log can be made in its folder");
    let mut command = Command::new(tools::tool("nutcracker"));
    command.arg("--conf-file").arg(folder.join("nutcracker.yml"));
    // It tells its statistics on a port as well.
    command.args(["--stats-addr", "127.0.0.1", "--stats-port", &ports::free().to_string()]);
    Process::start(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log))
}
