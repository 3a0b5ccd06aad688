//! What a sentinel says of itself, of the masters that it watches, and of who else is there.

mod instance;
mod masters;
mod section;
mod settings;

use redwasp_sdk::told::Told;
use redwasp_sdk::{Collector, Description, Failure, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

use masters::Masters;
use section::Section;
use settings::Settings;

/// The collector's configuration.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Also export the other sentinels of each master.
    pub peers: bool,
    /// Also export the sentinel's own settings.
    pub settings: bool,
}

/// The collector. It runs on sentinels alone.
#[derive(Serialize, Deserialize)]
pub struct Sentinel {
    section: Section,
    masters: Masters,
    settings: Option<Settings>,
}

/// Masters that are told. Each is asked for by three commands, of which a collect may send 1,024.
const MOST_MASTERS: usize = 250;

impl Collector for Sentinel {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "sentinel",
        version: env!("CARGO_PKG_VERSION"),
        summary: "A sentinel: the masters that it watches, their quorum, replicas and other sentinels.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if server.mode != "sentinel" {
            return Err(Refusal::NotApplicable("the server is no sentinel".to_owned()));
        }
        let settings = config.settings && settings::are_told_by(server);
        Ok(Sentinel {
            section: Section::declare(plan),
            masters: Masters::declare(config.peers, plan),
            settings: settings.then(|| Settings::declare(plan)),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut told = Told::since(request.saved().unwrap_or_default());
        self.section.read(request, report, &mut told)?;
        self.masters.read(request, report, &mut told);
        if let Some(settings) = &self.settings {
            settings.read(request, report, &mut told);
        }
        report.keep(&told.kept())
    }
}

// The host takes 10,000 of a report.
const _: () = assert!(
    section::MOST_SERIES + MOST_MASTERS * masters::SERIES + masters::MOST_PEERS + settings::MOST_SERIES < 10_000
);

redwasp_sdk::export!(Sentinel);
