//! Behaves: it has nothing to do outside of a cluster and says so.

use redwasp_guests::{Basics, NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct OnlyForClusters {
    basics: Basics,
}

impl Collector for OnlyForClusters {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("only-for-clusters");

    fn configure(_config: NoConfig, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if server.mode != "cluster" {
            return Err(Refusal::NotApplicable(format!("the server is {}", server.mode)));
        }
        Ok(OnlyForClusters { basics: Basics::declare("only-for-clusters", plan) })
    }

    fn collect(&self, _request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        report.set(self.basics.ran, [], 1.0);
        Ok(())
    }
}

redwasp_sdk::export!(OnlyForClusters);
