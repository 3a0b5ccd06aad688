//! Reports a label value of 10 KiB.

use redwasp_guests::{Basics, NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Family, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

const LABEL_BYTES: usize = 10 << 10;

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct LongLabel {
    basics: Basics,
    labelled: Family<1>,
}

impl Collector for LongLabel {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("long-label");

    fn configure(_config: NoConfig, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok(LongLabel {
            basics: Basics::declare("long-label", plan),
            labelled: plan.gauge("long_label_labelled", "Has a label that is too long.", ["text"]),
        })
    }

    fn collect(&self, _request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        report.set(self.labelled, [&"x".repeat(LABEL_BYTES)], 1.0);
        report.set(self.basics.ran, [], 1.0);
        Ok(())
    }
}

redwasp_sdk::export!(LongLabel);
