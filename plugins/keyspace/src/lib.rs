//! How many keys the databases hold, as INFO's section Keyspace tells.

use redwasp_sdk::info::{self, Info};
use redwasp_sdk::{
    Collector, Command, Description, Failure, Family, Plan, Prefetched, Refusal, Report, Request, Server,
};
use serde::{Deserialize, Serialize};

/// The collector's configuration.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Export zeros for databases without keys, which INFO does not mention.
    pub empty_databases: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config { empty_databases: true }
    }
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Keyspace {
    /// Databases that are exported even when INFO does not mention them.
    databases: u32,
    info: Prefetched,
    keys: Family<1>,
    expiring: Family<1>,
    avg_ttl: Family<1>,
}

impl Collector for Keyspace {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "keyspace",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Keys, expiring keys and average time to live of every database.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok(Keyspace {
            databases: if config.empty_databases { server.databases } else { 0 },
            info: plan.prefetch(Command::info()),
            keys: plan.gauge("db_keys", "Keys in the database (db<n>: keys).", ["db"]),
            expiring: plan.gauge("db_keys_expiring", "Keys with a time to live (db<n>: expires).", ["db"]),
            avg_ttl: plan.gauge(
                "db_avg_ttl_seconds",
                "Average time to live of the expiring keys, as sampled by the server (db<n>: avg_ttl).",
                ["db"],
            ),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let mut mentioned = Vec::new();
        for line in info.fields().filter(|line| line.section == "Keyspace") {
            for (name, value) in info::parts(line.value) {
                let Some(value) = info::number(value) else { continue };
                match name {
                    "keys" => report.set(self.keys, [line.name], value),
                    "expires" => report.set(self.expiring, [line.name], value),
                    // Milliseconds.
                    "avg_ttl" => report.set(self.avg_ttl, [line.name], value / 1000.0),
                    _ => {}
                }
            }
            mentioned.push(line.name);
        }
        for database in (0..self.databases).map(|number| format!("db{number}")) {
            if !mentioned.contains(&database.as_str()) {
                report.set(self.keys, [&database], 0.0);
                report.set(self.expiring, [&database], 0.0);
            }
        }
        Ok(())
    }
}

redwasp_sdk::export!(Keyspace);
