//! Declares a family whose name is none.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Plan;

/// The misdeed.
pub struct BadNames;

impl Misdeed for BadNames {
    const NAME: &str = "bad-names";

    fn configure(plan: &mut Plan) {
        plan.gauge("no-good name", "A name with a dash and a space.", []);
    }
}

/// The guest.
pub type Collector = Guest<BadNames>;

redwasp_sdk::export!(Collector);
