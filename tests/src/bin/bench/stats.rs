//! From single measurements to the numbers that are shown.

use std::time::Duration;

use serde::Serialize;

/// How long one thing took, measured many times. Microseconds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timing {
    /// How often it was measured.
    pub(crate) count: usize,
    /// Half took no longer.
    pub(crate) p50_us: f64,
    /// 99 of 100 took no longer.
    pub(crate) p99_us: f64,
    /// The p50 of the fastest and of the slowest block: how much the machine itself wavers.
    pub(crate) block_p50_us: [f64; 2],
    /// CPU time of one, on average.
    pub(crate) cpu_us: f64,
}

impl Timing {
    /// Whether anything was measured.
    pub(crate) fn is_good(&self) -> bool {
        self.count > 0 && self.p50_us > 0.0 && self.cpu_us > 0.0
    }
}

/// Collects measurements, block by block.
#[derive(Default)]
pub(crate) struct Recorder {
    blocks: Vec<Vec<Duration>>,
    cpu: Duration,
}

impl Recorder {
    /// One block: how long each took, and the CPU time of all together.
    pub(crate) fn block(&mut self, taken: Vec<Duration>, cpu: Duration) {
        self.blocks.push(taken);
        self.cpu += cpu;
    }

    /// What came of it; zeros when nothing was measured.
    pub(crate) fn timing(&self) -> Timing {
        let all = self.blocks.concat();
        let count = all.len();
        let cpu_us = microseconds(self.cpu) / count.max(1) as f64;
        let medians: Vec<f64> = self.blocks.iter().map(|block| quantile(block, 0.5)).collect();
        let lowest = medians.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = medians.iter().copied().fold(0.0, f64::max);
        Timing {
            count,
            p50_us: quantile(&all, 0.5),
            p99_us: quantile(&all, 0.99),
            block_p50_us: [lowest.min(highest), highest],
            cpu_us,
        }
    }
}

/// Microseconds that are not exceeded by this part of the measurements (nearest rank).
pub(crate) fn quantile(taken: &[Duration], part: f64) -> f64 {
    let mut sorted = taken.to_vec();
    sorted.sort_unstable();
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().map_or(0.0, microseconds)
}

/// As a number.
pub(crate) fn microseconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1000.0
}
