//! Divides by zero so that the machine traps: there is no panic and no message.

use std::hint::{assert_unchecked, black_box};

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct DividesByZero;

impl Misdeed for DividesByZero {
    const NAME: &str = "divides-by-zero";

    fn collect(_report: &mut Report) {
        let divisor = black_box(0_u32);
        // Takes away the check that would panic before the machine sees the division.
        unsafe { assert_unchecked(divisor != 0) };
        black_box(black_box(1_u32) / divisor);
    }
}

/// The guest.
pub type Collector = Guest<DividesByZero>;

redwasp_sdk::export!(Collector);
