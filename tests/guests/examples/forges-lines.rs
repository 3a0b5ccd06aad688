//! Fails with words that look like a line of a log, and with very many of them.

use redwasp_guests::{Basics, NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

const WORDS: usize = 4 << 20;

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct ForgesLines {
    basics: Basics,
}

impl Collector for ForgesLines {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("forges-lines");

    fn configure(_config: NoConfig, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok(ForgesLines { basics: Basics::declare("forges-lines", plan) })
    }

    fn collect(&self, _request: &Request<'_>, _report: &mut Report) -> Result<(), Failure> {
        Err(Failure::Other(format!("oops\n2026-01-01 INFO forged\n{}", "x".repeat(WORDS))))
    }
}

redwasp_sdk::export!(ForgesLines);
