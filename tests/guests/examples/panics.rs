//! Panics, with a message on stderr.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct Panics;

impl Misdeed for Panics {
    const NAME: &str = "panics";

    fn collect(_report: &mut Report) {
        panic!("the guest gave up");
    }
}

/// The guest.
pub type Collector = Guest<Panics>;

redwasp_sdk::export!(Collector);
