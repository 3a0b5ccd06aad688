//! Wants the server to be emptied.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::{Command, Plan};

/// The misdeed.
pub struct AsksForWrites;

impl Misdeed for AsksForWrites {
    const NAME: &str = "asks-for-writes";

    fn configure(plan: &mut Plan) {
        plan.prefetch(Command::new("FLUSHALL"));
    }
}

/// The guest.
pub type Collector = Guest<AsksForWrites>;

redwasp_sdk::export!(Collector);
