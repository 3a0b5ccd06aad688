//! What INFO says of a server: one line after the other, each to the list or the section it belongs to.

mod fields;
mod instance;
mod replication;
mod statistics;
mod unlisted;
mod valkey;

use std::collections::HashSet;

use redwasp_sdk::info::{Field, Info};
use redwasp_sdk::{
    Collector, Command, Description, Failure, Plan, Prefetched, Refusal, Reply, Report, Request, Server,
};
use serde::{Deserialize, Serialize};

use fields::Fields;
use instance::{Instance, Told};
use replication::{Primary, Replication};
use statistics::{Seen, Statistics};
use unlisted::{Late, Unlisted};
use valkey::Valkey;

/// The collector's configuration.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Also export what INFO says of the machine, which is usually another exporter's business.
    pub system_metrics: bool,
    /// Also export what modules say of themselves, which INFO ALL leaves out.
    pub modules: bool,
    /// Fields to export although they are not in the list: names, or patterns with `*` and `?`.
    pub fields: Vec<String>,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct InfoCollector {
    info: Prefetched,
    /// What INFO ALL leaves out.
    modules: Option<Prefetched>,
    fields: Fields,
    instance: Instance,
    replication: Replication,
    statistics: Statistics,
    valkey: Valkey,
    unlisted: Unlisted,
}

impl Collector for InfoCollector {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "info",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Server, clients, memory, persistence, replication, CPU, commands and errors, as INFO tells them.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        // These two have no modules.
        let modules = config.modules && server.mode != "sentinel" && server.product != "tile38";
        Ok(InfoCollector {
            info: plan.prefetch(Command::info()),
            modules: modules.then(|| plan.prefetch(Command::new("INFO").arg("MODULES"))),
            fields: Fields::declare(config.system_metrics, plan),
            instance: Instance::declare(plan),
            replication: Replication::declare(plan),
            statistics: Statistics::declare(plan),
            valkey: Valkey::declare(plan),
            unlisted: Unlisted::declare(config.fields, plan).map_err(Refusal::Invalid)?,
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let info = Info::new(&request.reply(self.info)?)?;
        let (mut told, mut primary, mut seen) = (Told::default(), Primary::default(), Seen::default());
        let (mut late, mut others) = (self.unlisted.late(), 0);
        for field in info.fields() {
            told.note(&field);
            primary.note(&field);
            match field.section {
                "Commandstats" => self.statistics.command(&field, &mut seen, report),
                "Latencystats" => seen.percentiles(&field).unwrap_or_default(),
                "Errorstats" => self.statistics.error(&field, &mut seen, report).unwrap_or_default(),
                // The collector cluster has it.
                "Cluster Info" => {}
                _ if others < MOST_OTHERS => {
                    let before = report.series();
                    self.other(&field, request.unix_ms(), &primary, &mut late, report);
                    others += report.series() - before;
                }
                _ => {}
            }
        }
        if let Some(modules) = self.modules {
            let room = MOST_OTHERS.saturating_sub(others);
            others += self.modules(&info, request.reply(modules), room, &mut late, report);
        }
        if others >= MOST_OTHERS {
            report.partial();
            report.warn(format!(
                "INFO is too long: besides commands and errors, the first {MOST_OTHERS} samples are told"
            ));
        }
        late.report(report);
        self.statistics.report(seen, report);
        self.instance.report(&told, report);
        Ok(())
    }
}

/// Series of fields that are no statistics of commands and errors: some 280 that are listed, those that are not, and a few
/// for every replica, thread and engine.
const MOST_OTHERS: usize = 1100;

// The host takes 10,000 of a report. The last field may give three at once, and the instance has two more.
const _: () = assert!(statistics::MOST_SERIES + MOST_OTHERS + 2 + 2 < 10_000);

impl InfoCollector {
    /// Sets the metrics of fields that modules add, and says of how many, for which there must be room. Those that INFO ALL has
    /// too are set already.
    fn modules<'a>(
        &'a self,
        info: &Info<'_>,
        reply: Result<Reply<'_>, Failure>,
        room: usize,
        late: &mut Late<'a>,
        report: &mut Report,
    ) -> usize {
        let Ok(modules) = reply.and_then(|reply| Info::new(&reply)) else {
            // The collector of modules asks the same, and tells.
            report.partial();
            return 0;
        };
        let known: HashSet<&str> = info.fields().map(|field| field.name).collect();
        let new: Vec<_> = modules.fields().filter(|field| !known.contains(field.name)).take(room).collect();
        for field in &new {
            if !self.fields.read(field, report) {
                self.unlisted.read(field, late, report);
            }
        }
        new.len()
    }

    /// Sets the metrics of a field that is not among the statistics.
    fn other<'a>(
        &'a self,
        field: &Field<'_>,
        unix_ms: u64,
        primary: &Primary<'_>,
        late: &mut Late<'a>,
        report: &mut Report,
    ) {
        let taken = match field.section {
            "Server" => self.instance.read(field, unix_ms, report),
            "Replication" => self.replication.read(field, primary, report),
            _ => false,
        };
        if !taken && !self.fields.read(field, report) && !self.valkey.read(field, report) {
            self.unlisted.read(field, late, report);
        }
    }
}

redwasp_sdk::export!(InfoCollector);
