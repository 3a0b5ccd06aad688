//! The compiling process, as the daemon sees it.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::order::{Answer, LONGEST_LINE, Order, line};
use super::{CHILD_COMMAND, SMALLER, ran_out_of_memory, refuse, too_little_memory};
use crate::plugin::inspect::Inspection;
use crate::plugin::last_words::LastWords;
use crate::plugin::problem::{self, Problem};

/// How many times its CPU time a compilation may take by the clock: it stands behind everything else on the machine.
const PATIENCE: u32 = 4;

/// Bytes of code for one of a component, and what a small one may have besides. Collectors in Rust come to two and a half
/// times their size, loops of vector instructions to seven times, a hundred thousand empty functions to 20 MiB.
const GROWTH: u64 = 8;
const LEAST_CODE: u64 = 32 << 20;

/// Starts a process for each component.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) program: PathBuf,
    pub(super) pooled: bool,
    /// What the process's engine has to agree with.
    pub(super) settings: u64,
    pub(super) cpu: Duration,
    /// Bytes of address space.
    pub(super) memory: u64,
}

/// What came of a process.
struct Ended {
    status: ExitStatus,
    /// None when there was more than is taken.
    said: Option<Vec<u8>>,
    last_words: String,
}

impl Worker {
    /// Has a component checked and compiled.
    pub(super) async fn compile(&self, bytes: Bytes) -> Result<(Inspection, Bytes), Problem> {
        let most = GROWTH * bytes.len() as u64 + LEAST_CODE;
        let mut child = self.start()?;
        let wall = self.cpu.saturating_mul(PATIENCE);
        let ended = tokio::time::timeout(wall, self.talk(&mut child, bytes, most)).await;
        match ended {
            Ok(ended) => self.conclude(ended?, most),
            Err(_) => {
                // It ends with the handle, should this fail.
                let _ = child.kill().await;
                Err(refuse(format!("took more than {wall:?}, {PATIENCE} times plugins.compile-cpu by the clock"))
                    .hint("the machine is busy: try again, or raise plugins.compile-cpu"))
            }
        }
    }

    fn start(&self) -> Result<Child, Problem> {
        let mut command = Command::new(&self.program);
        command.arg0("redwasp").arg(CHILD_COMMAND).env_clear().current_dir("/").kill_on_drop(true);
        // A signal from a terminal is for the daemon.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|error| {
            refuse(format!("cannot start the compiling process {}: {error}", self.program.display())).hint(
                "the daemon starts its own program to compile: it needs the right to, and room for one more process",
            )
        })
    }

    async fn talk(&self, child: &mut Child, bytes: Bytes, most: u64) -> Result<Ended, Problem> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (said, last_words, ()) =
            tokio::join!(hear(stdout, most + LONGEST_LINE as u64), last_words(stderr), self.say(stdin, bytes));
        let status = child.wait().await.map_err(|error| refuse(format!("the compiling process is lost: {error}")))?;
        Ok(Ended { status, said, last_words })
    }

    /// A process that does not listen to the end says why in its answer or its status.
    async fn say(&self, stdin: Option<ChildStdin>, bytes: Bytes) {
        // Limits of the system are in whole seconds.
        let cpu = self.cpu.as_secs().saturating_add(u64::from(self.cpu.subsec_nanos() > 0)).max(1);
        let order = Order { cpu, memory: self.memory, pooled: self.pooled, settings: self.settings, size: bytes.len() };
        if let (Some(mut stdin), Ok(line)) = (stdin, line(&order))
            && stdin.write_all(&line).await.is_ok()
        {
            let _ = stdin.write_all(&bytes).await;
        }
    }

    fn conclude(&self, ended: Ended, most: u64) -> Result<(Inspection, Bytes), Problem> {
        let Some(said) = ended.said else {
            let most = problem::bytes(most, most);
            return Err(refuse(format!("compiles to more than {most} of code")).hint(format!("report it, {SMALLER}")));
        };
        if !ended.status.success() {
            return Err(self.why(ended.status, &ended.last_words));
        }
        answer(said.into()).unwrap_or_else(|| {
            Err(refuse(format!("the compiling process gave no answer: {}", ended.last_words)).hint(REPORT))
        })
    }

    /// What ended a process that did not come to an answer.
    fn why(&self, status: ExitStatus, last_words: &str) -> Problem {
        if ran_out_of_memory(last_words) {
            return too_little_memory(self.memory);
        }
        if last_words.contains("overflowed its stack") {
            return refuse("is nested too deeply to be compiled").hint("tell its author");
        }
        match status.signal() {
            Some(libc::SIGXCPU) => refuse(format!("took more than {:?} of CPU time to compile", self.cpu))
                .hint(format!("raise plugins.compile-cpu, {SMALLER}")),
            Some(libc::SIGKILL) => refuse("the system killed the compiling process")
                .hint("most likely the machine or the container is out of memory"),
            Some(signal) => refuse(format!("the compiler crashed with signal {signal}: {last_words}")).hint(REPORT),
            None => refuse(format!("the compiler failed ({status}): {last_words}")).hint(REPORT),
        }
    }
}

const REPORT: &str = "a fault in redwasp: please report it, with the component";

/// Everything up to a bound; None beyond it. Ends the listening, upon which the process ends.
async fn hear(stream: Option<impl AsyncRead + Unpin>, most: u64) -> Option<Vec<u8>> {
    let mut said = Vec::new();
    if let Some(stream) = stream {
        // What did arrive is looked at.
        let _ = stream.take(most + 1).read_to_end(&mut said).await;
    }
    (said.len() as u64 <= most).then_some(said)
}

async fn last_words(stream: Option<impl AsyncRead + Unpin>) -> String {
    let kept = LastWords::default();
    let mut buffer = [0; 4 << 10];
    if let Some(mut stream) = stream {
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            kept.keep(&buffer[..count]);
        }
    }
    kept.text()
}

/// None when it is none.
fn answer(said: Bytes) -> Option<Result<(Inspection, Bytes), Problem>> {
    let end = said.iter().position(|&byte| byte == b'\n')?;
    match serde_json::from_slice(&said[..end]).ok()? {
        Answer::Refused(problem) => Some(Err(problem.tidy())),
        Answer::Compiled { inspection, size } => {
            let code = said.slice(end + 1..);
            (code.len() == size).then_some(Ok((inspection, code)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::problem::Stage;

    fn worker(program: &str) -> Worker {
        let (cpu, memory) = (Duration::from_secs(60), 2 << 30);
        Worker { program: program.into(), pooled: true, settings: 0, cpu, memory }
    }

    fn why(signal: i32, last_words: &str) -> String {
        worker("").why(ExitStatus::from_raw(signal), last_words).to_string()
    }

    #[test]
    fn every_end_has_its_own_words() {
        let memory = "compile: took more than 2048 MiB of memory to compile; hint: raise plugins.compile-memory, or make \
                      the component smaller";
        assert_eq!(why(libc::SIGABRT, "memory allocation of 4096 bytes failed"), memory);
        assert_eq!(
            why(libc::SIGXCPU, ""),
            "compile: took more than 60s of CPU time to compile; hint: raise plugins.compile-cpu, or make the component \
             smaller"
        );
        assert!(why(libc::SIGKILL, "").contains("out of memory"));
        assert!(why(libc::SIGSEGV, "").contains("crashed with signal 11"));
        assert!(why(libc::SIGABRT, "thread 'main' has overflowed its stack").contains("nested too deeply"));
        // As wait(2) tells an exit with 101.
        assert!(why(101 << 8, "thread 'main' panicked").contains("exit status: 101): thread 'main' panicked"));
    }

    #[tokio::test]
    async fn a_program_that_cannot_be_started_is_told() {
        let problem = worker("/nowhere/redwasp").compile(Bytes::from_static(b"x")).await.unwrap_err();
        assert_eq!(problem.stage, Stage::Compile);
        assert!(problem.reason.starts_with("cannot start the compiling process /nowhere/redwasp: No such file"));
    }

    #[tokio::test]
    async fn a_program_that_is_something_else_is_told() {
        // Neither reads what it is told, which is more than a pipe holds.
        let component = Bytes::from(vec![0; 1 << 20]);
        let problem = worker("/bin/false").compile(component.clone()).await.unwrap_err();
        assert!(problem.reason.starts_with("the compiler failed (exit status: 1)"), "{problem}");
        let problem = worker("/bin/echo").compile(component).await.unwrap_err();
        assert!(problem.reason.starts_with("the compiling process gave no answer"), "{problem}");
    }

    /// Writes without end.
    const YES: &str = "/usr/bin/yes";

    #[tokio::test]
    async fn a_process_that_does_not_end_is_ended() {
        let hasty = Worker { cpu: Duration::from_nanos(1), ..worker(YES) };
        let problem = hasty.compile(Bytes::from_static(b"x")).await.unwrap_err();
        assert!(problem.reason.starts_with("took more than 4ns, 4 times plugins.compile-cpu"), "{problem}");
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_taken() {
        let problem = worker(YES).compile(Bytes::from_static(b"x")).await.unwrap_err();
        assert!(problem.reason.starts_with("compiles to more than 33554440 bytes of code"), "{problem}");
    }

    #[tokio::test]
    async fn what_is_heard_is_bounded() {
        assert_eq!(hear(Some(&b"12345"[..]), 5).await.as_deref(), Some(&b"12345"[..]));
        assert_eq!(hear(Some(&b"123456"[..]), 5).await, None);
    }

    #[test]
    fn an_answer_is_whole_or_none() {
        assert!(answer(Bytes::from_static(b"{}")).is_none());
        assert!(answer(Bytes::from_static(b"{}\n")).is_none());
        let forged = r#"{"refused":{"stage":"check","reason":"a\nb","hint":null}}"#.to_owned() + "\n";
        assert_eq!(answer(forged.into()), Some(Err(Problem::new(Stage::Check, "a b"))));
        let short = r#"{"compiled":{"inspection":{"world":"pure","contract":"0.1.0","imports":[],"exports":[],"modules":1,
            "custom_sections":{}},"size":4}}"#;
        let short = short.replace('\n', "") + "\n";
        assert!(answer((short.clone() + "abc").into()).is_none());
        assert_eq!(answer((short + "abcd").into()).unwrap().unwrap().1, "abcd");
    }
}
