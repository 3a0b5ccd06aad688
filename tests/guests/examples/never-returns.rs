//! Never comes back from `collect`.

use std::hint::black_box;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct NeverReturns;

impl Misdeed for NeverReturns {
    const NAME: &str = "never-returns";

    fn collect(_report: &mut Report) {
        let mut turns = 0_u64;
        while black_box(true) {
            turns = black_box(turns.wrapping_add(1));
        }
    }
}

/// The guest.
pub type Collector = Guest<NeverReturns>;

redwasp_sdk::export!(Collector);
