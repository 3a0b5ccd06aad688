//! Refuses its configuration, with the place of the fault.

use redwasp_guests::{NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Plan, Problem, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Refuses;

impl Collector for Refuses {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("refuses");

    fn configure(_config: NoConfig, _server: &Server, _plan: &mut Plan) -> Result<Self, Refusal> {
        Err(Refusal::Invalid(vec![Problem { pointer: "/limits/1".to_owned(), message: "too small".to_owned() }]))
    }

    fn collect(&self, _request: &Request<'_>, _report: &mut Report) -> Result<(), Failure> {
        Ok(())
    }
}

redwasp_sdk::export!(Refuses);
