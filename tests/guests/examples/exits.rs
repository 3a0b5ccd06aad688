//! Ends its process, as if it were one.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Report;

/// The misdeed.
pub struct Exits;

impl Misdeed for Exits {
    const NAME: &str = "exits";

    fn collect(_report: &mut Report) {
        std::process::exit(3);
    }
}

/// The guest.
pub type Collector = Guest<Exits>;

redwasp_sdk::export!(Collector);
