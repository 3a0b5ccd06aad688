//! Sleeps for a second, and then behaves.

use std::time::Duration;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct Naps;

impl Misdeed for Naps {
    const NAME: &str = "naps";

    fn collect(_report: &mut Report) {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// The guest.
pub type Collector = Guest<Naps>;

redwasp_sdk::export!(Collector);
