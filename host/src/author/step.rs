//! Steps that take long: each says that it begins, what it does and why it ended.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
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
    eprint!("{what} …");
    let start = Instant::now();
    let result = work();
    match &result {
        Ok(_) => eprintln!(" {}", seconds(start.elapsed())),
        Err(_) => eprintln!(" failed"),
    }
    result
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// Runs a program to its end. What it writes is shown only when it fails: then it is what matters.
///
/// # Errors
/// It cannot be started, or it failed; the text has the command and what it wrote.
pub(super) fn quietly(command: &mut Command) -> Result<Vec<u8>, Failed> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| Failed::new(format!("{shown}: {error}")))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Err(Failed::new(format!("{shown}: {}\n{}", output.status, last_lines(&said.concat()))))
}

/// Runs a program to its end, with all it writes on stderr as it comes.
///
/// # Errors
/// It cannot be started, or it failed.
pub(super) fn aloud(command: &mut Command) -> Result<(), Failed> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let failed = |error: std::io::Error| Failed::new(format!("{shown}: {error}"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    pass_on(&mut child);
    let status = child.wait().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(Failed::new(format!("{shown}: {status}"))) }
}

/// stdout is for what redwasp itself says.
fn pass_on(child: &mut Child) {
    let Some(stdout) = child.stdout.take() else { return };
    let copy = move || {
        let mut reader = BufReader::new(stdout.take(u64::MAX));
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            // Whoever reads it may have gone.
            let _ = std::io::stderr().write_all(&line);
            line.clear();
        }
    };
    if let Err(_panicked) = thread::spawn(copy).join() {
        eprintln!();
    }
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
