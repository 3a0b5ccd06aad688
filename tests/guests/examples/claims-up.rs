//! Declares a family that the host itself writes.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Plan;

/// The misdeed.
pub struct ClaimsUp;

impl Misdeed for ClaimsUp {
    const NAME: &str = "claims-up";

    fn configure(plan: &mut Plan) {
        plan.gauge("up", "Not what it is elsewhere.", []);
    }
}

/// The guest.
pub type Collector = Guest<ClaimsUp>;

redwasp_sdk::export!(Collector);
