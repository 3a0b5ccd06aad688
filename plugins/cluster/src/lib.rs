//! How a cluster does, as one of its nodes sees it, and what the node itself has of it: CLUSTER INFO, CLUSTER NODES and CLUSTER
//! SLOT-STATS.

mod fields;
mod hot_slots;
mod node;
mod nodes;

use redwasp_sdk::info::Info;
use redwasp_sdk::told::Told;
use redwasp_sdk::{
    Collector, Command, Description, Failure, Plan, Prefetched, Problem, Refusal, Report, Request, Server,
};
use serde::{Deserialize, Serialize};

use fields::Fields;
use hot_slots::HotSlots;
use nodes::Nodes;

/// The section of INFO in which Valkey says the same since 9.1.
const SECTION: &str = "Cluster Info";

/// The collector's configuration.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many of the slots with the most keys are told.
    pub hot_slots: usize,
    /// And of those with the most use.
    pub hot_slots_by_use: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config { hot_slots: 10, hot_slots_by_use: false }
    }
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Cluster {
    cluster_info: Prefetched,
    /// Where INFO may say it too.
    info: Option<Prefetched>,
    nodes: Nodes,
    hot_slots: Option<HotSlots>,
    fields: Fields,
}

impl Collector for Cluster {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "cluster",
        version: env!("CARGO_PKG_VERSION"),
        summary: "State, slots, nodes and messages of a cluster, and what one of its nodes has of them.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        // A mistake is told wherever it is made, also where there is nothing to measure.
        if config.hot_slots > hot_slots::MOST {
            let message = format!("is {}; {} at most", config.hot_slots, hot_slots::MOST);
            return Err(Refusal::Invalid(vec![Problem { pointer: "/hot_slots".to_owned(), message }]));
        }
        if server.mode != "cluster" {
            return Err(Refusal::NotApplicable("the server is no node of a cluster".to_owned()));
        }
        Ok(Cluster {
            cluster_info: plan.prefetch(Command::new("CLUSTER").arg("INFO")),
            info: (server.product == "valkey").then(|| plan.prefetch(Command::info())),
            nodes: Nodes::declare(plan),
            hot_slots: HotSlots::declare(config.hot_slots, config.hot_slots_by_use, server, plan),
            // Last: no field may take a name that another family has.
            fields: Fields::declare(plan),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut told = Told::since(request.saved().unwrap_or_default());
        match request.reply(self.cluster_info).and_then(|reply| Info::new(&reply)) {
            Ok(text) => self.fields.read(text.fields(), &mut told, report),
            Err(failure) if !self.read_section(request, &mut told, report) => {
                told.missing("INFO", "CLUSTER INFO", &failure, report);
            }
            Err(_) => {}
        }
        if let Err(failure) = self.nodes.read(request, report) {
            told.missing("NODES", "CLUSTER NODES", &failure, report);
        }
        if let Some(Err(failure)) = self.hot_slots.as_ref().map(|slots| slots.read(request, report)) {
            told.missing("SLOT-STATS", "CLUSTER SLOT-STATS", &failure, report);
        }
        report.keep(&told.kept())
    }
}

impl Cluster {
    /// Reads the section of INFO. False when there is none, or nothing in it.
    fn read_section(&self, request: &Request<'_>, told: &mut Told, report: &mut Report) -> bool {
        let Some(Ok(reply)) = self.info.map(|info| request.reply(info)) else { return false };
        let Ok(text) = Info::new(&reply) else { return false };
        let mut fields = text.section(SECTION).peekable();
        let is_there = fields.peek().is_some();
        self.fields.read(fields, told, report);
        is_there
    }
}

redwasp_sdk::export!(Cluster);
