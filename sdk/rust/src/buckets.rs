//! Counting values for a histogram.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// Counts the values that it is shown. [`Report::buckets`](crate::Report::buckets) tells them.
///
/// ```
/// # use redwasp_sdk::Buckets;
/// let mut amounts = Buckets::new([10.0, 50.0])?;
/// [3.0, 10.0, 70.0].into_iter().for_each(|amount| amounts.observe(amount));
/// assert_eq!((amounts.cumulative(), amounts.sum(), amounts.count()), (vec![(10.0, 2), (50.0, 2)], 83.0, 3));
/// # Ok::<(), redwasp_sdk::buckets::Unordered>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buckets {
    /// Upper bound, and how many values are in this bucket and in none before.
    buckets: Vec<(f64, u64)>,
    sum: f64,
    count: u64,
}

/// A bound that is not larger than the one before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unordered {
    /// Its place among the bounds, from 0.
    pub place: usize,
    /// The bound.
    pub bound: f64,
    /// The one before it.
    pub before: f64,
}

impl fmt::Display for Unordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bound.is_nan() {
            true => f.write_str("NaN is no bound"),
            false => write!(f, "{} is not larger than {}", self.bound, self.before),
        }
    }
}

impl std::error::Error for Unordered {}

impl From<Unordered> for Failure {
    fn from(unordered: Unordered) -> Failure {
        Failure::Other(format!("bounds of buckets: {unordered}"))
    }
}

impl Buckets {
    /// Buckets with these upper bounds, which belong to their buckets. That of +Inf is implied.
    ///
    /// # Errors
    /// The first bound that is not larger than the one before it, or is no number.
    pub fn new(bounds: impl IntoIterator<Item = f64>) -> Result<Buckets, Unordered> {
        let (mut buckets, mut before) = (Vec::new(), f64::NEG_INFINITY);
        for (place, bound) in bounds.into_iter().enumerate() {
            if bound.is_nan() || place > 0 && bound <= before {
                return Err(Unordered { place, bound, before });
            }
            before = bound;
            buckets.push((bound, 0));
        }
        buckets.pop_if(|(bound, _)| *bound == f64::INFINITY);
        Ok(Buckets { buckets, sum: 0.0, count: 0 })
    }

    /// Counts a value. One that is no number is in no bucket but that of +Inf, and makes the sum none either.
    pub fn observe(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        if let Some((_, count)) = self.buckets.iter_mut().find(|(bound, _)| value <= *bound) {
            *count += 1;
        }
    }

    /// (upper bound, how many values are not larger), ascending, without +Inf.
    pub fn cumulative(&self) -> Vec<(f64, u64)> {
        let mut sum = 0;
        let add = |&(bound, count): &(f64, u64)| {
            sum += count;
            (bound, sum)
        };
        self.buckets.iter().map(add).collect()
    }

    /// All values together.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_the_first_bucket_that_holds_it() {
        let mut buckets = Buckets::new([-1.0, 1.0, f64::INFINITY]).unwrap();
        [-2.0, -1.0, 0.0, 1.0, 1.5].into_iter().for_each(|value| buckets.observe(value));
        assert_eq!((buckets.cumulative(), buckets.sum(), buckets.count()), (vec![(-1.0, 2), (1.0, 4)], -0.5, 5));
        buckets.observe(f64::NAN);
        assert_eq!((buckets.cumulative(), buckets.count()), (vec![(-1.0, 2), (1.0, 4)], 6));
        assert!(buckets.sum().is_nan());
    }

    #[test]
    fn bounds_that_do_not_ascend_are_refused_with_their_place() {
        let refused =
            |bounds: &[f64]| Buckets::new(bounds.iter().copied()).map_err(|error| (error.place, error.to_string()));
        assert_eq!(refused(&[1.0, 100.0, 50.0]), Err((2, "50 is not larger than 100".to_owned())));
        assert_eq!(refused(&[1.0, 1.0]), Err((1, "1 is not larger than 1".to_owned())));
        assert_eq!(refused(&[f64::NAN]), Err((0, "NaN is no bound".to_owned())));
        assert_eq!(refused(&[]).map(|buckets| buckets.cumulative()), Ok(vec![]));
    }
}
