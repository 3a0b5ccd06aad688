//! How a server is started.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Redis, Until};
use crate::process::Process;
use crate::tls::Tls;
use crate::tools;

/// After this long without an answer a node of a cluster is held to be down. Shorter, and a busy machine makes nodes
/// take over from others that are well.
const NODE_TIMEOUT_MS: u32 = 2000;

/// Which server a [`Redis`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Program {
    /// The machine's: Redis 7.0 where it comes from Debian 12.
    #[default]
    Redis,
    /// Redis 6.2, whose INFO has no latency percentiles. It comes without TLS.
    Redis62,
    /// Redis 8.0.
    Redis80,
    /// Valkey 9.1. It comes without TLS.
    Valkey91,
}

impl Program {
    /// All of them.
    pub const ALL: [Program; 4] = [Program::Redis, Program::Redis62, Program::Redis80, Program::Valkey91];

    /// The name that `tests/tools.sh` gives it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Redis => "redis-server",
            Program::Redis62 => "redis-server-6.2",
            Program::Redis80 => "redis-server-8.0",
            Program::Valkey91 => "valkey-server-9.1",
        }
    }
}

/// How a [`Redis`] is to be started.
#[derive(Clone, Default)]
pub struct Options {
    pub(super) program: Program,
    args: Vec<String>,
    pub(super) password: Option<String>,
    pub(super) unix_socket: bool,
    /// Whether the socket is all that it listens on.
    pub(super) without_port: bool,
    pub(super) tls: Option<Tls>,
    cluster: bool,
    /// Port and password of the primary.
    pub(super) primary: Option<(u16, Option<String>)>,
}

impl Options {
    /// Another server than the machine's.
    pub fn program(mut self, program: Program) -> Options {
        self.program = program;
        self
    }

    /// More arguments for the server, e.g. `["--maxmemory", "10mb"]`. They come last, so they have the last word.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Options {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Clients must give this password (`requirepass`).
    pub fn password(mut self, password: &str) -> Options {
        self.password = Some(password.to_owned());
        self
    }

    /// Listens on a Unix socket too: [`Redis::socket`].
    pub fn unix_socket(mut self) -> Options {
        self.unix_socket = true;
        self
    }

    /// Listens on a Unix socket and on no port.
    pub fn only_unix_socket(mut self) -> Options {
        self.without_port = true;
        self.unix_socket()
    }

    /// The port speaks TLS and nothing else; a primary is talked to with TLS as well. There is a Unix socket too, for
    /// those who cannot. Only [`Program::Redis`] and [`Program::Redis80`] are built with TLS.
    pub fn tls(mut self, tls: Tls) -> Options {
        self.tls = Some(tls);
        self.unix_socket()
    }

    /// A node for a cluster, with a port for the other nodes that is free too; they hold it to be down after
    /// [`NODE_TIMEOUT_MS`].
    pub(crate) fn cluster(mut self) -> Options {
        self.cluster = true;
        self
    }

    /// A replica of this server. With TLS, that has to be [`Options::tls`] of both.
    pub fn replica_of(mut self, primary: &Redis) -> Options {
        self.primary = Some((primary.port(), primary.password().map(str::to_owned)));
        self
    }

    /// Starts it and waits until it answers; a replica, until it is connected to its primary.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(self) -> Redis {
        Redis::launch(self, Until::Ready)
    }

    /// Whether the port for the other nodes of a cluster can be chosen: Redis 6.2 takes the one 10,000 above.
    pub(super) fn has_bus_port(&self) -> bool {
        self.cluster && self.program != Program::Redis62
    }

    /// What the server says goes to `log` in its folder.
    pub(super) fn spawn(&self, port: u16, bus_port: Option<u16>, folder: &Path, log: File) -> Process {
        let mut command = Command::new(tools::tool(self.program.name()));
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]).args(self.listen(port));
        command.arg("--dir").arg(folder);
        // A replica shall be there at once, not when others may have come too.
        command.args(["--repl-diskless-sync-delay", "0"]);
        if let Some(password) = &self.password {
            command.args(["--requirepass", password]);
        }
        if self.unix_socket {
            command.arg("--unixsocket").arg(socket(folder));
        }
        if let Some((port, password)) = &self.primary {
            command.args(["--replicaof", "127.0.0.1", &port.to_string()]);
            if let Some(password) = password {
                command.args(["--masterauth", password]);
            }
        }
        if self.cluster {
            command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", &NODE_TIMEOUT_MS.to_string()]);
            // Else it is 10,000 above the other, where the kernel takes ports for outgoing connections.
            command.args(bus_port.into_iter().flat_map(|port| ["--cluster-port".to_owned(), port.to_string()]));
        }
        let faults = log.try_clone().expect("a file can be written to in two ways");
        command.args(&self.args).stdin(Stdio::null()).stdout(log).stderr(faults);
        Process::start(&mut command)
    }

    fn listen(&self, port: u16) -> Vec<String> {
        let port = if self.without_port { "0".to_owned() } else { port.to_string() };
        match &self.tls {
            Some(tls) => tls.server_args(&port, self.cluster),
            None => vec!["--port".to_owned(), port],
        }
    }
}

pub(super) fn socket(folder: &Path) -> std::path::PathBuf {
    folder.join("redis.sock")
}
