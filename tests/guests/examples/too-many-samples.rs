//! Reports twice as many samples as a report may hold.

use redwasp_guests::{Basics, NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Family, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

const SAMPLES: u32 = 20_000;

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct TooManySamples {
    basics: Basics,
    numbered: Family<1>,
}

impl Collector for TooManySamples {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("too-many-samples");

    fn configure(_config: NoConfig, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok(TooManySamples {
            basics: Basics::declare("too-many-samples", plan),
            numbered: plan.gauge("too_many_samples_numbered", "One of very many.", ["number"]),
        })
    }

    fn collect(&self, _request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        for number in 0..SAMPLES {
            report.set(self.numbered, [&number.to_string()], 1.0);
        }
        report.set(self.basics.ran, [], 1.0);
        Ok(())
    }
}

redwasp_sdk::export!(TooManySamples);
