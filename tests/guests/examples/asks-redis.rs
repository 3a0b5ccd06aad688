//! Asks Redis from inside of its collect for what its plan does not name, and tells what it was answered.

use redwasp_guests::{NoConfig, description};
use redwasp_sdk::{
    CallError, Collector, Command, Description, Failure, Family, Plan, Refusal, Report, Request, Route, Server, log,
};
use serde::{Deserialize, Serialize};

/// The guest.
#[derive(Serialize, Deserialize)]
pub struct AsksRedis {
    asked: Family<2>,
}

fn told(failure: Failure) -> String {
    match failure {
        Failure::Redis(CallError::Denied(reason)) => format!("denied: {reason}"),
        other => format!("{other:?}"),
    }
}

impl Collector for AsksRedis {
    type Config = NoConfig;

    const DESCRIPTION: Description =
        Description { summary: "Asks Redis more than its plan says.", ..description("asks-redis") };

    fn configure(_config: NoConfig, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok(AsksRedis { asked: plan.info("asked", "What the host answered.", ["pipeline", "nodes"]) })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let pipeline = request.pipeline_to(&Route::Any, &[Command::new("PING")]).err().map(told).unwrap_or_default();
        let nodes = request.nodes().err().map(told).unwrap_or_default();
        log::info("asked", &[]);
        report.set(self.asked, [&pipeline, &nodes], 1.0);
        Ok(())
    }
}

redwasp_sdk::export!(AsksRedis);
