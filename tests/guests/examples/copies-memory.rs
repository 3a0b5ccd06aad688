//! Copies large buffers for ever: one instruction does work that is out of proportion.

use std::hint::black_box;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct CopiesMemory;

impl Misdeed for CopiesMemory {
    const NAME: &str = "copies-memory";

    fn collect(_report: &mut Report) {
        let from = vec![1_u8; 8 << 20];
        let mut to = vec![0_u8; 8 << 20];
        while black_box(true) {
            to.copy_from_slice(black_box(&from));
            black_box(&mut to);
        }
    }
}

/// The guest.
pub type Collector = Guest<CopiesMemory>;

redwasp_sdk::export!(Collector);
