//! What the daemon asks of every plan, so that a test sees it first.

use super::asks::{self, LONGEST_PATTERN};
use super::families;
use super::rules::{self, Reads};
use crate::bindings::exports::redwasp::collector::collector as contract;

/// Sweeps of a plan.
const MOST_SWEEPS: usize = 256;
/// Reads of a sweep.
const MOST_READS: usize = 16;

/// Says the first thing that is wrong with a plan.
pub(super) fn check(plan: &contract::Plan) -> Result<(), String> {
    families::check(&plan.families.iter().collect::<Vec<_>>())?;
    asks::check(&plan.asks)?;
    plan.prefetch.iter().filter(|command| !is_script(&command.args)).try_for_each(|command| {
        // Standing in the plan, it is asked for.
        rules::read(&command.args).map(drop)
    })?;
    if plan.sweeps.len() > MOST_SWEEPS {
        return Err(format!("{} sweeps, more than the {MOST_SWEEPS} allowed", plan.sweeps.len()));
    }
    plan.sweeps.iter().try_for_each(sweep)
}

/// `EVAL text 0 0`: an operator can name a text, which is then sent for redwasp's own collector of scripts.
fn is_script(args: &[Vec<u8>]) -> bool {
    let [name, _, keys, argument] = args else { return false };
    let is_named = ["EVAL", "EVAL_RO"].into_iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    is_named && keys == b"0" && argument == b"0"
}

fn sweep(sweep: &contract::Sweep) -> Result<(), String> {
    let (reads, bytes) = (sweep.reads.len(), sweep.pattern.len());
    if reads > MOST_READS {
        return Err(format!("{reads} reads in a sweep, more than the {MOST_READS} allowed"));
    }
    if bytes > LONGEST_PATTERN {
        return Err(format!("a pattern of a sweep with {bytes} bytes: {LONGEST_PATTERN} are taken"));
    }
    sweep.reads.iter().try_for_each(key_read)
}

/// The key has to be where the command has its only one. Where that is at no fixed place, the daemon says it.
fn key_read(key_read: &contract::KeyRead) -> Result<(), String> {
    let args = [&*key_read.before, &[b"key".to_vec()], &key_read.after].concat();
    let read = rules::read(&args)?;
    let is_of_the_key = read.reads == Reads::Keys && read.key.is_none_or(|place| place == key_read.before.len());
    if is_of_the_key {
        return Ok(());
    }
    Err(format!("{} as a read of a sweep has to read the key that it is about, and no other", read.name))
}
