//! What is summed up of numbers.

use crate::keys::Aggregate;

/// What is known of the keys of one group.
#[derive(Clone, Default)]
pub(super) struct Sums {
    pub(super) count: u64,
    pub(super) sum: f64,
    pub(super) least: Option<f64>,
    pub(super) most: Option<f64>,
    /// For each bound of a histogram, what is at or below it and above the one before.
    buckets: Vec<u64>,
}

impl Sums {
    pub(super) fn add(&mut self, number: f64, aggregate: &Aggregate) {
        self.count += 1;
        self.sum += number;
        self.least = Some(self.least.map_or(number, |least| least.min(number)));
        self.most = Some(self.most.map_or(number, |most| most.max(number)));
        if let Aggregate::Histogram(bounds) = aggregate {
            self.buckets.resize(bounds.len(), 0);
            if let Some(bucket) = self.buckets.get_mut(bounds.partition_point(|bound| *bound < number)) {
                *bucket += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Sums) {
        self.count += other.count;
        self.sum += other.sum;
        self.least = [self.least, other.least].into_iter().flatten().reduce(f64::min);
        self.most = [self.most, other.most].into_iter().flatten().reduce(f64::max);
        self.buckets.resize(self.buckets.len().max(other.buckets.len()), 0);
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(bucket, more)| *bucket += more);
    }

    pub(super) fn cumulative(&self, bounds: &[f64]) -> Vec<(f64, u64)> {
        let counts = self.buckets.iter().copied().chain(std::iter::repeat(0));
        let mut below = 0;
        let count = |(bound, count): (&f64, u64)| {
            below += count;
            (*bound, below)
        };
        bounds.iter().zip(counts).map(count).collect()
    }
}
