//! Brings a family that begins with no prefix its plan reserved.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::{Kind, Plan, Report};

/// The misdeed.
pub struct ComesLateUnreserved;

impl Misdeed for ComesLateUnreserved {
    const NAME: &str = "comes-late-unreserved";

    fn configure(plan: &mut Plan) {
        plan.late_prefix("other_");
    }

    fn collect(report: &mut Report) {
        let late = report.late(Kind::Gauge, "late_answer", "A family that only a collect can know.", ["of"]);
        report.set(late, ["everything"], 42.0);
    }
}

/// The guest.
pub type Collector = Guest<ComesLateUnreserved>;

redwasp_sdk::export!(Collector);
