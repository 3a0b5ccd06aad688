//! Sleeps for an hour before it has planned anything.

use std::thread;
use std::time::Duration;

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Plan;

/// The misdeed.
pub struct SleepsInConfigure;

impl Misdeed for SleepsInConfigure {
    const NAME: &str = "sleeps-in-configure";

    fn configure(_plan: &mut Plan) {
        thread::sleep(Duration::from_secs(3600));
    }
}

/// The guest.
pub type Collector = Guest<SleepsInConfigure>;

redwasp_sdk::export!(Collector);
