//! Behaves, and tells what it was told of the server, when it planned and when it collects.

use redwasp_guests::{Basics, NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Family, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct TellsTheServer {
    basics: Basics,
    planned_for: String,
    told: Family<6>,
}

impl Collector for TellsTheServer {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("tells-the-server");

    fn configure(_config: NoConfig, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let labels = ["product", "version", "mode", "planned_for", "role", "databases"];
        Ok(TellsTheServer {
            basics: Basics::declare("tells-the-server", plan),
            planned_for: server.role.clone(),
            told: plan.info("server_told", "What the guest was told of the server.", labels),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let server = request.server();
        let databases = server.databases.to_string();
        let labels = [&server.product, &server.version, &server.mode, &self.planned_for, &server.role, &databases]
            .map(String::as_str);
        report.set(self.told, labels, 1.0);
        report.set(self.basics.ran, [], 1.0);
        Ok(())
    }
}

redwasp_sdk::export!(TellsTheServer);
