//! Sleeps for an hour.

use std::time::Duration;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct Sleeps;

impl Misdeed for Sleeps {
    const NAME: &str = "sleeps";

    fn collect(_report: &mut Report) {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

/// The guest.
pub type Collector = Guest<Sleeps>;

redwasp_sdk::export!(Collector);
