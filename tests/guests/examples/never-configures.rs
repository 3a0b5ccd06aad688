//! Never comes back from `configure`.

use std::hint::black_box;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Plan;

/// The misdeed.
pub struct NeverConfigures;

impl Misdeed for NeverConfigures {
    const NAME: &str = "never-configures";

    fn configure(_plan: &mut Plan) {
        let mut turns = 0_u64;
        while black_box(true) {
            turns = black_box(turns.wrapping_add(1));
        }
    }
}

/// The guest.
pub type Collector = Guest<NeverConfigures>;

redwasp_sdk::export!(Collector);
