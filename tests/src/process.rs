//! A child process that does not outlive its value, and what `/proc` says of it.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use crate::wait;

/// A child process. Dropped, it is killed, even when it is stopped at that moment.
pub struct Process {
    child: Child,
    name: String,
}

impl Process {
    /// Starts a program.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Process {
        let program = Path::new(command.get_program()).to_path_buf();
        let name = program.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        Process { child, name }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap_or_else(|error| panic!("cannot wait for {}: {error}", self.name))
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it goes on after `patience`.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let what = format!("{} (process {}) to end", self.name, self.pid());
        wait::until(&what, patience, || self.ended())
    }

    /// Asks it to end (SIGTERM) and waits.
    ///
    /// # Panics
    /// When it goes on after `patience`.
    pub fn terminate(&mut self, patience: Duration) -> ExitStatus {
        self.signal(libc::SIGTERM);
        self.wait(patience)
    }

    /// Ends it (SIGKILL), even when it is stopped.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops it where it is (SIGSTOP): its sockets stay open and nothing answers. Returns when it has stopped.
    pub fn pause(&mut self) {
        self.signal(libc::SIGSTOP);
        wait::until("the process to stop", wait::PATIENCE, || (self.state() == 'T').then_some(()));
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&mut self) {
        self.signal(libc::SIGCONT);
    }

    /// Bytes of memory that are resident.
    pub fn resident_bytes(&self) -> u64 {
        self.status("VmRSS") * 1024
    }

    /// Threads.
    pub fn threads(&self) -> usize {
        usize::try_from(self.status("Threads")).unwrap_or(usize::MAX)
    }

    /// Open file descriptors.
    pub fn open_files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.pid());
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot read {folder}: {error}")).count()
    }

    /// SIGHUP.
    pub fn hang_up(&mut self) {
        self.signal(libc::SIGHUP);
    }

    fn signal(&mut self, signal: libc::c_int) {
        // Not sent to a process that has ended: its id may be another's by now.
        if self.ended().is_some() {
            return;
        }
        let pid = libc::pid_t::try_from(self.pid()).expect("process ids are small; this one is not");
        // SAFETY: kill reads no memory of ours.
        unsafe { libc::kill(pid, signal) };
    }

    /// The one-letter state, as in proc(5): 'S' sleeping, 'T' stopped, ...
    fn state(&self) -> char {
        let stat = self.proc("stat");
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.unwrap_or_else(|| panic!("no state in {stat:?}"))
    }

    fn status(&self, field: &str) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.and_then(|value| value.split_whitespace().next()?.parse().ok())
            .unwrap_or_else(|| panic!("no {field} of {}: it has ended", self.name))
    }

    fn proc(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.pid());
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The exit code, or the signal as a negative number.
pub fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| -signal)).unwrap_or(i32::MIN)
}
