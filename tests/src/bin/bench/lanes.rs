//! What is compared takes turns in short blocks, so that the machine's moods hit all alike.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cpu::Clock;
use crate::http::Client;
use crate::stats::{Recorder, Timing};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    /// Turns of each lane.
    pub(crate) blocks: usize,
    /// Measurements of a turn.
    pub(crate) each: usize,
    /// Repetitions at the begin of a turn that do not count: the caches are still another lane's.
    pub(crate) warm_up: usize,
}

/// One thing that is compared with others.
pub(crate) trait Lane {
    /// Does it once. Only this is measured.
    fn go(&mut self) -> Result<()>;

    /// Whose CPU time counts.
    fn clock(&self) -> Clock;
}

/// Scrapes over HTTP.
pub(crate) struct Scrapes {
    /// The connection.
    pub(crate) client: Client,
    /// Of the program that answers.
    pub(crate) clock: Clock,
}

impl Lane for Scrapes {
    fn go(&mut self) -> Result<()> {
        self.client.ask().map(|_| ())
    }

    fn clock(&self) -> Clock {
        self.clock
    }
}

/// Measures all lanes in turns; the results are in the lanes' order. Every second round goes backwards, so that nobody
/// always comes after the one that leaves the most work behind.
pub(crate) fn in_turns(lanes: &mut [&mut dyn Lane], rounds: Rounds) -> Result<Vec<Timing>> {
    let mut recorders: Vec<Recorder> = lanes.iter().map(|_| Recorder::default()).collect();
    for round in 0..rounds.blocks {
        let mut turns: Vec<_> = lanes.iter_mut().zip(&mut recorders).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (lane, recorder) in turns {
            let (taken, cpu) = block(*lane, rounds)?;
            recorder.block(taken, cpu);
        }
    }
    Ok(recorders.iter().map(Recorder::timing).collect())
}

fn block(lane: &mut dyn Lane, rounds: Rounds) -> Result<(Vec<Duration>, Duration)> {
    for _ in 0..rounds.warm_up {
        lane.go()?;
    }
    let mut taken = Vec::with_capacity(rounds.each);
    let clock = lane.clock();
    let before = clock.now()?;
    for _ in 0..rounds.each {
        let start = Instant::now();
        lane.go()?;
        taken.push(start.elapsed());
    }
    Ok((taken, clock.now()?.saturating_sub(before)))
}
