//! Steps that take long: each says that it begins, what it does and why it ended.

use std::fmt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Lines of a program's output that are told again when it fails.
const LAST_LINES: usize = 200;

/// Why something could not be done, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    reason: String,
    hint: Option<String>,
}

impl Failed {
    /// Without a hint.
    pub fn new(reason: impl Into<String>) -> Failed {
        Failed { reason: reason.into(), hint: None }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Failed {
        Failed { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failed {}

/// Says on stderr what begins, and when it has ended how long it took.
pub(super) fn step<T>(what: &str, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    eprintln!("{what} …");
    let start = Instant::now();
    let result = work()?;
    eprintln!("{what}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(result)
}

/// Runs a program to its end, and gives what it writes to stdout. What it says on stderr, warnings too, is seen as it comes.
///
/// # Errors
/// It cannot be started, or it failed.
pub(super) fn output(command: &mut Command) -> Result<Vec<u8>, Failed> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Failed::new(format!("{shown}: {error}")))?;
    if output.status.success() { Ok(output.stdout) } else { Err(Failed::new(format!("{shown}: {}", output.status))) }
}

/// The same for a program whose words are for others than authors: they are part of the error, and else not seen.
///
/// # Errors
/// It cannot be started, or it failed; the text has the command and what it wrote last.
pub(super) fn quietly(command: &mut Command) -> Result<Vec<u8>, Failed> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| Failed::new(format!("{shown}: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Err(Failed::new(format!("{shown}: {}\n{}", output.status, last_lines(&said.concat()))))
}

/// Runs a program to its end, with all it writes on stderr as it comes: stdout is for what redwasp itself says.
///
/// # Errors
/// It cannot be started, or it failed.
fn aloud(command: &mut Command) -> Result<(), Failed> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command.stdin(Stdio::null()).stdout(std::io::stderr()).status();
    let status = status.map_err(|error| Failed::new(format!("{shown}: {error}")))?;
    if status.success() { Ok(()) } else { Err(Failed::new(format!("{shown}: {status}"))) }
}

/// How long tests run before that is said.
const LONG: Duration = Duration::from_secs(60);

/// The same for tests. A call that never ends would keep them for good, which nobody else may say.
///
/// # Errors
/// As of [`aloud`].
pub(super) fn run_tests(command: &mut Command) -> Result<(), Failed> {
    let (done, waiting) = mpsc::channel::<()>();
    let says = thread::spawn(move || {
        let mut minutes = 0;
        while waiting.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
            minutes += 1;
            eprintln!("the tests have run for {minutes} min; a loop that does not end keeps them so: Ctrl-C ends them");
        }
    });
    let result = aloud(command);
    drop(done);
    let _ = says.join();
    result
}

/// As it would be typed.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = |word: &std::ffi::OsStr| {
        let word = word.to_string_lossy();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) { word.into_owned() } else { format!("'{word}'") }
    };
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
}
