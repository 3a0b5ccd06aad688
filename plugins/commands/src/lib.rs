//! How long commands take: latency histograms and spikes, the slow log, and Valkey's command log.

mod command_log;
mod kind;
mod latency;
mod look;
mod slow_log;

use redwasp_sdk::info::Info;
use redwasp_sdk::{Collector, Command, Description, Failure, Plan, Prefetched, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

use command_log::CommandLog;
use kind::Kind;
use latency::{Histograms, Spikes};
use look::{Kept, Look};
use slow_log::SlowLog;

/// The collector's configuration.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Do not ask for latencies.
    pub exclude_latency: bool,
}

/// The collector. What a server does not know is not asked of it.
#[derive(Serialize, Deserialize)]
pub struct Commands {
    info: Prefetched,
    spikes: Option<Spikes>,
    histograms: Option<Histograms>,
    slow_log: SlowLog,
    command_log: Option<CommandLog>,
}

impl Collector for Commands {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "commands",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Latency histograms and spikes, the slow log, and the command log of Valkey.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let kind = Kind::of(server)?;
        let latency = !config.exclude_latency;
        Ok(Commands {
            info: plan.prefetch(Command::info()),
            spikes: latency.then(|| Spikes::declare(plan)),
            histograms: (latency && kind.has_histograms).then(|| Histograms::declare(plan)),
            slow_log: SlowLog::declare(kind.has_consecutive_ids, plan),
            command_log: kind.has_command_log.then(|| CommandLog::declare(plan)),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let before: Kept = request.saved().unwrap_or_default();
        let mut look = Look::new(request, report, before.told);
        if let Some(spikes) = &self.spikes {
            spikes.read(&mut look);
        }
        let slow_log = self.slow_log.read(&info, before.slow_log, &mut look);
        if let Some(command_log) = &self.command_log {
            command_log.read(&mut look);
        }
        // Last, because there may be many: the others are never what has no room.
        if let Some(histograms) = &self.histograms {
            histograms.read(&info, &mut look);
        }
        let told = look.told();
        report.keep(&Kept { told, slow_log })
    }
}

redwasp_sdk::export!(Commands);
