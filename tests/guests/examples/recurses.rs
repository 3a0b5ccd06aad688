//! Calls itself without end.

use std::hint::black_box;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct Recurses;

impl Misdeed for Recurses {
    const NAME: &str = "recurses";

    fn collect(_report: &mut Report) {
        black_box(depth_below(black_box(0)));
    }
}

/// Something is left to do after the inner call, so that it does not become a loop.
fn depth_below(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX { 0 } else { depth_below(depth + 1).wrapping_add(black_box(1)) }
}

/// The guest.
pub type Collector = Guest<Recurses>;

redwasp_sdk::export!(Collector);
