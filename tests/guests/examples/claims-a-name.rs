//! Declares as a counter what another collector declares as a gauge.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::Plan;

/// The misdeed.
pub struct ClaimsAName;

impl Misdeed for ClaimsAName {
    const NAME: &str = "claims-a-name";

    fn configure(plan: &mut Plan) {
        plan.counter("memory_used_bytes", "Not what it is elsewhere.", []);
    }
}

/// The guest.
pub type Collector = Guest<ClaimsAName>;

redwasp_sdk::export!(Collector);
