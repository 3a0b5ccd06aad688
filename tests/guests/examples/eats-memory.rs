//! Takes memory until there is none.

use std::hint::black_box;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct EatsMemory;

impl Misdeed for EatsMemory {
    const NAME: &str = "eats-memory";

    fn collect(_report: &mut Report) {
        let mut eaten = Vec::new();
        while black_box(true) {
            // Untouched, so that memory runs out long before CPU does.
            eaten.push(black_box(Vec::<u8>::with_capacity(8 << 20)));
        }
    }
}

/// The guest.
pub type Collector = Guest<EatsMemory>;

redwasp_sdk::export!(Collector);
