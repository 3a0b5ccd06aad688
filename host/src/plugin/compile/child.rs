//! The compiling process, as itself.

use std::io::{self, BufRead, Read, Write};
use std::process::ExitCode;

use super::order::{Answer, LONGEST_LINE, Order, line};
use super::{confine, make, ran_out_of_memory, refuse, settings, too_little_memory};
use crate::plugin::engine::compiling_engine;
use crate::plugin::inspect::Inspection;
use crate::plugin::problem::{Problem, Stage};

/// The whole program of the compiling process: an order and a component on stdin, the answer and the code on stdout. It
/// is for the daemon to start, and has to run before anything else: no thread, no file, nothing of the environment.
pub fn child_main() -> ExitCode {
    let (answer, code) = match compile(&mut io::stdin().lock()) {
        Ok((inspection, code)) => (Answer::Compiled { inspection, size: code.len() }, code),
        Err(problem) => (Answer::Refused(problem), Vec::new()),
    };
    match say(&answer, &code) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody listens any more.
        Err(_) => ExitCode::FAILURE,
    }
}

fn compile(input: &mut impl BufRead) -> Result<(Inspection, Vec<u8>), Problem> {
    let unbound = |error| refuse(format!("the compiling process cannot limit itself: {error}"));
    confine::first().map_err(unbound)?;
    let order = order(input)?;
    confine::to(&order).map_err(unbound)?;
    let engine = compiling_engine(order.pooled)
        .map_err(|error| refuse(format!("the compiling process cannot set up its engine: {error:#}")))?;
    if settings(&engine) != order.settings {
        return Err(refuse("the compiling process is another version of redwasp than the daemon")
            .hint("restart the daemon: its program was replaced"));
    }
    let mut bytes = Vec::with_capacity(order.size);
    input.read_to_end(&mut bytes).map_err(|error| refuse(format!("the component did not arrive: {error}")))?;
    if bytes.len() != order.size {
        return Err(refuse("the component did not arrive as a whole"));
    }
    make(&engine, &bytes).map_err(|problem| match problem.stage {
        Stage::Compile if ran_out_of_memory(&problem.reason) => too_little_memory(order.memory),
        _ => problem,
    })
}

fn order(input: &mut impl BufRead) -> Result<Order, Problem> {
    let mut line = Vec::new();
    let read = input.take(LONGEST_LINE as u64).read_until(b'\n', &mut line);
    let order = read.map_err(serde_json::Error::io).and_then(|_| serde_json::from_slice(&line));
    order.map_err(|error| refuse(format!("no order: {error}")).hint("only the daemon starts this"))
}

fn say(answer: &Answer, code: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(&line(answer)?)?;
    output.write_all(code)?;
    output.flush()
}
