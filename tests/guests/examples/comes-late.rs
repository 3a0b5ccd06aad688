//! Behaves, with a family that its plan only reserved a prefix for.

use redwasp_guests::{Guest, Misdeed};
use redwasp_sdk::{Kind, Plan, Report};

/// The misdeed.
pub struct ComesLate;

impl Misdeed for ComesLate {
    const NAME: &str = "comes-late";

    fn configure(plan: &mut Plan) {
        plan.late_prefix("late_");
    }

    fn collect(report: &mut Report) {
        let late = report.late(Kind::Gauge, "late_answer", "A family that only a collect can know.", ["of"]);
        report.set(late, ["everything"], 42.0);
    }
}

/// The guest.
pub type Collector = Guest<ComesLate>;

redwasp_sdk::export!(Collector);
