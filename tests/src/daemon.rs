//! The program `redwasp`, as a process.

mod binary;
mod written;

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

pub use binary::redwasp;

use self::written::Written;
use crate::canary::{self, Watch};
use crate::http::{self, Response};
use crate::page::Page;
use crate::process::{self, Process};
use crate::{ports, wait};

/// How often another port is tried when someone was quicker to take one.
const PORTS_TRIED: usize = 5;

/// A program that listens on a free port of 127.0.0.1 and answers on `/health`.
///
/// Unless it is redis_exporter, whose ways are its own, it must not give away what [`canary`] has planted: when it is
/// dropped, it is killed, and what it wrote and answered is looked at.
pub struct Daemon {
    process: Process,
    port: u16,
    log: Written,
    stdout: Written,
    watch: Option<Watch>,
}

/// A program that ran to its end.
#[derive(Debug)]
pub struct Finished {
    /// The exit code, or the signal as a negative number.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Daemon {
    /// Starts `redwasp` with these arguments and a `--web.listen-address`, and waits until it is healthy.
    ///
    /// # Panics
    /// When it is not built or does not come up; with what it said.
    pub fn start(args: &[&str]) -> Daemon {
        Daemon::start_with(args, &[])
    }

    /// As [`Daemon::start`], with more environment variables.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Daemon {
        Daemon::start_program(redwasp(), args, variables)
    }

    /// As [`Daemon::start_with`], for another program that takes `--web.listen-address` and has a `/health`.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    pub fn start_program(program: &Path, args: &[&str], variables: &[(&str, &str)]) -> Daemon {
        let mut said = String::new();
        for _ in 0..PORTS_TRIED {
            match Daemon::come_up(program, args, variables) {
                Ok(daemon) => return daemon,
                Err(log) if log.to_lowercase().contains("address already in use") => said = log,
                Err(log) => panic!("{} {} ended as soon as it was started:\n{log}", program.display(), args.join(" ")),
            }
        }
        panic!("{} found {PORTS_TRIED} ports taken:\n{said}", program.display())
    }

    /// An error is the log of a process that ended.
    fn come_up(program: &Path, args: &[&str], variables: &[(&str, &str)]) -> Result<Daemon, String> {
        let port = ports::free();
        // Before the others, which may end with a word: what follows one is not read.
        let listen = format!("--web.listen-address=127.0.0.1:{port}");
        let (log, stdout) = (Written::default(), Written::default());
        let mut command = command(program, &[&[listen.as_str()], args].concat(), variables);
        let process = Process::start(command.stdout(stdout.pen()).stderr(log.pen()));
        let watch = (!program.ends_with("redis_exporter")).then(|| Watch::over(port));
        let mut daemon = Daemon { process, port, log, stdout, watch };
        let healthy = wait::within(wait::PATIENCE, || {
            if daemon.process.ended().is_some() {
                return Some(false);
            }
            http::get(port, "/health", &[]).is_ok_and(|response| response.status == 200).then_some(true)
        });
        match healthy {
            Some(true) => Ok(daemon),
            Some(false) => Err(daemon.log()),
            None => panic!("{} is not healthy:\n{}", program.display(), daemon.log()),
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process: its id, memory, threads and files.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// What it wrote to stderr until now: all that it wrote before an answer that has come is there.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until its log contains a text; the log until then.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn wait_for_log(&self, text: &str) -> String {
        let look = || Some(self.log()).filter(|log| log.contains(text));
        wait::within(wait::PATIENCE, look).unwrap_or_else(|| panic!("{text:?} is not in the log:\n{}", self.log()))
    }

    /// GET of a path with its query.
    ///
    /// # Panics
    /// When there is no whole answer.
    pub fn get(&self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    /// GET with more headers, e.g. `("accept-encoding", "gzip")`.
    ///
    /// # Panics
    /// When there is no whole answer.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        http::get(self.port, path, headers)
            .unwrap_or_else(|error| panic!("GET {path}: {error}; the log:\n{}", self.log()))
    }

    /// A page of metrics.
    ///
    /// # Panics
    /// When the answer is not 200 with a page that is right in every line.
    pub fn scrape(&self, path: &str) -> Page {
        let response = self.get(path);
        assert_eq!(response.status, 200, "GET {path}: {}; the log:\n{}", response.text(), self.log());
        Page::parse(&response.text()).unwrap_or_else(|error| panic!("GET {path}: {error:#}"))
    }

    /// Asks it to read its settings again (SIGHUP).
    pub fn hang_up(&mut self) {
        self.process.hang_up();
    }

    /// Asks it to end (SIGTERM) and waits; then the log is complete.
    ///
    /// # Panics
    /// When it goes on.
    pub fn terminate(&mut self) -> ExitStatus {
        self.process.terminate(wait::PATIENCE)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.process.kill();
        if let Some(watch) = &self.watch {
            watch.end(&[("its log", &self.log.text()), ("its stdout", &self.stdout.text())]);
        }
    }
}

/// Runs `redwasp` to its end: for the mistakes that it tells at the start, `--help` and the like.
///
/// # Panics
/// When it goes on, or gives away what [`canary`] has planted.
pub fn run(args: &[&str], variables: &[(&str, &str)]) -> Finished {
    run_program(redwasp(), args, variables)
}

/// As [`run`], for another program, which may say what it likes unless it is called `redwasp`.
///
/// # Panics
/// As [`run`].
pub fn run_program(program: &Path, args: &[&str], variables: &[(&str, &str)]) -> Finished {
    let (stdout, stderr) = (Written::default(), Written::default());
    let mut process = Process::start(command(program, args, variables).stdout(stdout.pen()).stderr(stderr.pen()));
    let code = process::code(process.wait(wait::PATIENCE));
    let finished = Finished { code, stdout: stdout.text(), stderr: stderr.text() };
    if program.ends_with("redwasp") {
        canary::check(&[("its stdout", &finished.stdout), ("its stderr", &finished.stderr)]);
    }
    finished
}

/// What the developer has set for a Redis of his own must not reach the program.
fn command(program: &Path, args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command.args(args).envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

fn is_setting(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("REDIS_") || name.starts_with("REDWASP_") || name == "RUST_LOG"
}
