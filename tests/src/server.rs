//! A real Redis or Valkey.

mod loading;
mod options;

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

pub use options::{Options, Program};

use crate::process::Process;
use crate::resp::{Client, Reply};
use crate::tls::Tls;
use crate::{ports, wait};

/// How often another port is tried when someone was quicker to take one.
const PORTS_TRIED: usize = 5;

/// How long a connection waits for a reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// The name of the connection that asks for the list of connections.
const OWN_NAME: &str = "redwasp-tests";

/// What is waited for when a server is started.
#[derive(Clone, Copy)]
enum Until {
    Ready,
    Loading,
}

/// A server on a free port of 127.0.0.1, without persistence, with its files in a folder of its own.
pub struct Redis {
    options: Options,
    port: u16,
    /// Where a node of a cluster listens for the others.
    bus_port: Option<u16>,
    folder: TempDir,
    /// `None`: stopped.
    process: Option<Process>,
}

impl Redis {
    /// Starts a server without a password.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start() -> Redis {
        Redis::options().start()
    }

    /// Starts a server otherwise.
    pub fn options() -> Options {
        Options::default()
    }

    fn launch(options: Options, until: Until) -> Redis {
        let mut said = String::new();
        let program = options.program.name();
        for _ in 0..PORTS_TRIED {
            let folder = TempDir::new().expect("a folder for the server can be made: see TMPDIR");
            let bus_port = options.has_bus_port().then(ports::free);
            let mut redis = Redis { options: options.clone(), port: ports::free(), bus_port, folder, process: None };
            match redis.come_up(until) {
                Ok(()) => return redis,
                Err(log) if log.contains("Address already in use") => said = log,
                Err(log) => panic!("{program} ended as soon as it was started:\n{log}"),
            }
        }
        panic!("{program} found {PORTS_TRIED} ports taken:\n{said}")
    }

    /// Starts the process and waits for it; an error is the log of one that ended.
    fn come_up(&mut self, until: Until) -> Result<(), String> {
        let log = self.folder.path().join("log");
        let file = File::create(&log).expect("the server's log can be made in its folder");
        let mut process = self.options.spawn(self.port, self.bus_port, self.folder.path(), file);
        let came_up = wait::until(&format!("{} to answer", self.options.program.name()), wait::PATIENCE, || {
            if process.ended().is_some() {
                return Some(Err(fs::read_to_string(&log).unwrap_or_default()));
            }
            self.answers(process.pid(), until).then_some(Ok(()))
        });
        if came_up.is_ok() {
            self.process = Some(process);
        }
        came_up
    }

    /// Whether the process with this id answers, and not another one that was quicker to take the port.
    fn answers(&self, pid: u32, until: Until) -> bool {
        let info = match self.connect().and_then(|mut client| client.command(&["INFO", "ALL"])) {
            Ok(Reply::Text(info)) => info,
            // It was started without INFO, and says no more than that.
            Ok(Reply::Error(error)) => return error.starts_with("ERR unknown command"),
            _ => return false,
        };
        let fields = fields(&info);
        let says = |name: &str, value: &str| fields.get(name).is_some_and(|found| found == value);
        let linked = self.options.primary.is_none() || says("master_link_status", "up");
        let is_there = match until {
            Until::Ready => says("loading", "0") && linked,
            Until::Loading => says("loading", "1"),
        };
        says("process_id", &pid.to_string()) && is_there
    }

    /// Where it listens, on 127.0.0.1; the same after [`Redis::restart`]. With [`Options::only_unix_socket`] nobody
    /// listens there.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `redis://127.0.0.1:<port>`, `rediss` with TLS, `unix://<path>` with nothing but a socket; without the password.
    pub fn url(&self) -> String {
        if self.options.without_port {
            return format!("unix://{}", self.socket().display());
        }
        let scheme = if self.options.tls.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The password that it was started with.
    pub fn password(&self) -> Option<&str> {
        self.options.password.as_deref()
    }

    /// What it shows and trusts.
    ///
    /// # Panics
    /// When it was not started with [`Options::tls`].
    pub fn tls(&self) -> &Tls {
        self.try_tls().expect("this server has no TLS: start it with Redis::options().tls()")
    }

    pub(crate) fn try_tls(&self) -> Option<&Tls> {
        self.options.tls.as_ref()
    }

    /// Its Unix socket.
    ///
    /// # Panics
    /// When it was started without one.
    pub fn socket(&self) -> PathBuf {
        assert!(self.options.unix_socket, "this server has no socket: start it with Redis::options().unix_socket()");
        options::socket(self.folder.path())
    }

    /// A connection of its own; the password is given. Where the port speaks TLS, or there is none, it goes to the
    /// socket.
    ///
    /// # Errors
    /// The server is not there, or paused.
    pub fn connect(&self) -> std::io::Result<Client> {
        let mut client = match self.options.without_port || self.options.tls.is_some() {
            true => Client::connect_unix(&self.socket(), PATIENCE)?,
            false => Client::connect(self.port, PATIENCE)?,
        };
        if let Some(password) = self.password() {
            client.command(&["AUTH", password])?;
        }
        Ok(client)
    }

    /// Runs a command on a connection of its own; the reply as text ([`Reply`] says how).
    ///
    /// # Panics
    /// When the server answers with an error, or not at all.
    pub fn cli(&self, args: &[&str]) -> String {
        self.try_cli(args).unwrap_or_else(|error| panic!("{}: {error}", args.join(" ")))
    }

    /// As [`Redis::cli`].
    ///
    /// # Errors
    /// What the server answers, e.g. "NOPERM ...".
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn try_cli(&self, args: &[&str]) -> Result<String, String> {
        match self.connect().and_then(|mut client| client.command(args)) {
            Ok(Reply::Error(error)) => Err(error),
            Ok(reply) => Ok(reply.to_string()),
            Err(error) => panic!("{} at {}: {error}", args.join(" "), self.url()),
        }
    }

    /// The fields of `INFO ALL`.
    ///
    /// # Panics
    /// As [`Redis::cli`].
    pub fn info(&self) -> HashMap<String, String> {
        fields(&self.cli(&["INFO", "ALL"]))
    }

    /// One field of `INFO ALL`.
    ///
    /// # Panics
    /// When there is none of this name.
    pub fn info_field(&self, name: &str) -> String {
        self.info().remove(name).unwrap_or_else(|| panic!("INFO has no {name}"))
    }

    /// The connections that are open, each as the fields of `CLIENT LIST`; the one that asks is left out.
    ///
    /// # Panics
    /// As [`Redis::cli`].
    pub fn client_list(&self) -> Vec<HashMap<String, String>> {
        let mut client = self.connect().expect("the server can be asked for its connections");
        let replies = client.pipeline(&[&["CLIENT", "SETNAME", OWN_NAME], &["CLIENT", "LIST"]]);
        let list = replies.expect("the server lists its connections")[1].to_string();
        let connections = list.lines().map(|line| {
            let pairs = line.split(' ').filter_map(|pair| pair.split_once('='));
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<HashMap<_, _>>()
        });
        connections.filter(|fields| fields.get("name").is_none_or(|name| name != OWN_NAME)).collect()
    }

    /// Makes a user who gives this password and may do what the rules allow, e.g. `["+info", "~public:*"]`. Restarted,
    /// the server has forgotten him.
    ///
    /// # Panics
    /// When the rules are none, or as [`Redis::cli`].
    pub fn user(&self, name: &str, password: &str, rules: &[&str]) {
        self.cli(&[&["ACL", "SETUSER", name, "reset", "on", &format!(">{password}")], rules].concat());
    }

    /// Stops the process where it is: connections stay open and nothing answers.
    ///
    /// # Panics
    /// When the server is stopped.
    pub fn pause(&mut self) {
        self.process().pause();
    }

    /// Lets it go on after [`Redis::pause`].
    ///
    /// # Panics
    /// When the server is stopped.
    pub fn resume(&mut self) {
        self.process().resume();
    }

    /// Ends the process (SIGKILL): connections are refused. What it held is lost.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Whether it is started, and not stopped since.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Ends it, if it runs, and starts it again on the same port, with nothing but what was saved with SAVE.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn restart(&mut self) {
        self.restart_until(Until::Ready);
    }

    /// As [`Redis::restart`], but what the server was told of a primary is forgotten: after a fail-over that one may be
    /// gone.
    pub(crate) fn restart_as_primary(&mut self) {
        self.options.primary = None;
        self.restart();
    }

    fn restart_until(&mut self, until: Until) {
        self.stop();
        if let Err(log) = self.come_up(until) {
            panic!("{} did not start again on port {}:\n{log}", self.options.program.name(), self.port);
        }
    }

    fn process(&mut self) -> &mut Process {
        self.process.as_mut().expect("the server is stopped: restart it first")
    }
}

fn fields(info: &str) -> HashMap<String, String> {
    let pairs = info.lines().filter_map(|line| line.trim_end().split_once(':'));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
