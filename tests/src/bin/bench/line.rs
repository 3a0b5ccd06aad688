//! The straight line through some points.

use serde::Serialize;

/// The line that is nearest to some points (least squares).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    /// At 0.
    pub(crate) base: f64,
    /// More for each 1.
    pub(crate) slope: f64,
    /// The farthest that a point is from the line, as a part of the point's own value.
    pub(crate) worst: f64,
}

impl Line {
    /// The line through points (x, y); it needs two values of x, and no y may be 0.
    pub(crate) fn through(points: &[(f64, f64)]) -> Line {
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let products = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>();
        let slope = products / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
        let base = y - slope * x;
        let off = points.iter().map(|point| (base + slope * point.0 - point.1).abs() / point.1);
        Line { base, slope, worst: off.fold(0.0, f64::max) }
    }

    /// Whether there was a line.
    pub(crate) fn is_good(&self) -> bool {
        self.base.is_finite() && self.slope.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn points_on_a_line_are_not_off_it() {
        assert_eq!(Line::through(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]), Line { base: 1.0, slope: 2.0, worst: 0.0 });
    }

    #[test]
    fn a_square_is_off_every_line() {
        let Line { base, slope, worst } = Line::through(&[(1.0, 1.0), (2.0, 4.0), (3.0, 9.0)]);
        assert!((base - -10.0 / 3.0).abs() < 1e-9 && (slope - 4.0).abs() < 1e-9, "{base} {slope}");
        assert!((worst - 1.0 / 3.0).abs() < 1e-9, "{worst}");
    }
}
