//! Which modules a server has, and its search indexes.

mod indexes;
mod list;

use redwasp_sdk::info::Info;
use redwasp_sdk::told::Told;
use redwasp_sdk::{Collector, Command, Description, Failure, Plan, Prefetched, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

use indexes::Indexes;
use list::List;

/// The collector's configuration.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Export which modules there are.
    pub modules: bool,
    /// Export search indexes.
    pub indexes: bool,
    /// Which ones: a regular expression that matches somewhere in the name.
    pub index_pattern: String,
}

impl Default for Config {
    fn default() -> Config {
        Config { modules: false, indexes: false, index_pattern: ".*".to_owned() }
    }
}

/// The collector. Only a server that lists a search module is asked for indexes.
#[derive(Serialize, Deserialize)]
pub struct Modules {
    info: Prefetched,
    list: Option<List>,
    indexes: Option<Indexes>,
}

impl Collector for Modules {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "modules",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Modules of a server, and its search indexes.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let Config { modules, indexes, index_pattern } = config;
        // A mistake is told wherever it is made, also where there is nothing to measure.
        let indexes = indexes.then(|| Indexes::declare(index_pattern, plan)).transpose().map_err(Refusal::Invalid)?;
        if !modules && indexes.is_none() {
            return Err(Refusal::NotApplicable("neither modules nor search indexes are asked for".to_owned()));
        }
        if server.mode == "sentinel" || server.product == "tile38" {
            return Err(Refusal::NotApplicable("neither sentinels nor Tile38 have modules".to_owned()));
        }
        let info = plan.prefetch(Command::new("INFO").arg("MODULES"));
        Ok(Modules { info, list: modules.then(|| List::declare(plan)), indexes })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let mut told = Told::since(request.saved().unwrap_or_default());
        if let Some(list) = &self.list {
            list.read(&info, report, &mut told);
        }
        if let Some(indexes) = &self.indexes
            && list::modules(&info).any(|module| module.is_search())
        {
            indexes.read(request, report, &mut told);
        }
        report.keep(&told.kept())
    }
}

// The host takes 10,000 of a report.
const _: () = assert!(list::MOST_MODULES + indexes::MOST_SERIES < 10_000);

redwasp_sdk::export!(Modules);
