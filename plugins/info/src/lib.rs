//! What INFO says of a server, field by field: [`fields`] is the list.

mod fields;

use redwasp_sdk::info::{self, Info};
use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Kind, Plan, Prefetched, Refusal, Report, Request, Server,
};
use serde::{Deserialize, Serialize};

/// The collector's configuration.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Also export what INFO says of the machine, which is usually another exporter's business.
    pub system_metrics: bool,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct InfoFields {
    info: Prefetched,
    /// One for each of [`fields::FIELDS`]; none where the configuration leaves it out.
    families: Vec<Option<Family<0>>>,
}

impl Collector for InfoFields {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "info",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Server, clients, memory, persistence, stats, replication and CPU, as INFO tells them.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let info = plan.prefetch(Command::info());
        let mut declare = |field: &fields::Field| match field.kind {
            Kind::Counter => plan.counter(field.name, field.help, []),
            _ => plan.gauge(field.name, field.help, []),
        };
        let wanted = |field: &fields::Field| config.system_metrics || !field.system;
        let families = fields::FIELDS.iter().map(|field| wanted(field).then(|| declare(field))).collect();
        Ok(InfoFields { info, families })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        for line in info.fields() {
            if let Some(position) = fields::position(line.name)
                && let Some(Some(family)) = self.families.get(position)
                && let Some(value) = info::number(line.value)
            {
                report.set(*family, [], value / fields::FIELDS[position].divisor);
            }
        }
        Ok(())
    }
}

redwasp_sdk::export!(InfoFields);
