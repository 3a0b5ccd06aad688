//! Takes memory, and writes to it, until there is none.

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
            eaten.push(black_box(vec![1_u8; 1 << 20]));
        }
    }
}

/// The guest.
pub type Collector = Guest<EatsMemory>;

redwasp_sdk::export!(Collector);
