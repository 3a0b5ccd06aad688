//! Metrics by configuration: what single commands tell, and what many keys come to.

mod commands;
mod entry;
mod families;
mod keys;
mod names;
mod part;
mod path;
mod pattern;
mod single;
mod walk;

use redwasp_sdk::keys::{reaches_cluster, reaches_one_node, served_by};
use redwasp_sdk::{
    Collector, Description, Failure, Family, Page, Plan, Refusal, Report, Request, Scope, Server, Sweeper,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use entry::{Entry, Source};
use families::{Declared, Families};
use part::{At, Problems};
use single::{Asked, Single};
use walk::Walk;

pub use walk::Run;

/// Entries of a configuration. The host takes as many sweeps.
const ENTRIES: usize = 256;

/// The collector's configuration.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What to measure. What is wrong with one entry is told with its place, and costs that entry.
    pub metrics: Vec<Value>,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Business {
    families: Vec<Declared>,
    singles: Vec<Single>,
    walks: Vec<Walk>,
    skipped: Option<Family<2>>,
}

impl Collector for Business {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "business",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Metrics by configuration: what single commands tell, and what many keys come to.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if config.metrics.is_empty() {
            return Err(Refusal::NotApplicable("no metrics are configured".to_owned()));
        }
        applies_to(server)?;
        plan.scope(Scope::Once);
        let mut problems = Problems::new();
        let mut entries = Vec::new();
        for (place, value) in config.metrics.iter().enumerate() {
            let at = At { pointer: format!("/metrics/{place}"), value };
            if place >= ENTRIES {
                at.problem(format!("there are more than {ENTRIES} metrics"), &mut problems);
                break;
            }
            entries.extend(Entry::read(&at, &mut problems));
        }
        let business = Business::plan(&entries, server, &mut problems, plan);
        problems.into_iter().for_each(|(pointer, message)| plan.problem(pointer, message));
        Ok(business)
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        single::collect(&self.singles, &self.families, request, report)
    }
}

impl Sweeper for Business {
    type Run = Run;

    fn begin(&self, _request: &Request<'_>) -> Result<Run, Failure> {
        Ok(Run::new(&self.walks))
    }

    fn page(&self, run: &mut Run, _request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        run.page(&self.walks, page);
        Ok(())
    }

    fn end(&self, run: Run, complete: bool, report: &mut Report) -> Result<(), Failure> {
        run.end(&self.walks, &self.families, self.skipped, complete, report);
        Ok(())
    }
}

impl Business {
    fn plan(entries: &[Entry], server: &Server, problems: &mut Problems, plan: &mut Plan) -> Business {
        let (mut families, mut asked) = (Families::default(), Asked::default());
        let (mut singles, mut walks) = (Vec::new(), Vec::new());
        for entry in entries {
            let placed = fits(entry, server).and_then(|()| families.place(entry));
            let place = match placed {
                Ok(place) => place,
                Err((key, message)) => {
                    problems.push((format!("{}/{key}", entry.pointer), message));
                    continue;
                }
            };
            let family = (place, &families.declared[place]);
            match &entry.source {
                Source::Command(known) => singles.push(Single::plan(entry, known, family, &mut asked, plan)),
                Source::Keys(keys) => walks.push(Walk::plan(entry, keys, family, plan)),
            }
        }
        // Those of one reply together, so that a document is read once.
        singles.sort_by_key(Single::reply);
        families.declared.iter().for_each(|family| plan.late_prefix(family.name()));
        let skipped = (!walks.is_empty()).then(|| {
            plan.gauge(
                "business_skipped_keys",
                "Keys that a metric of the configuration leaves out, by why.",
                ["metric", "reason"],
            )
        });
        Business { families: families.declared, singles, walks, skipped }
    }
}

/// Servers whose keys can be read.
fn applies_to(server: &Server) -> Result<(), Refusal> {
    served_by(server)?;
    if reaches_one_node(server) {
        return Err(Refusal::NotApplicable("it is measured of the cluster as one, not of its nodes".to_owned()));
    }
    // All nodes of a cluster are summed up, and nothing shall be counted twice.
    if server.mode == "cluster" && server.role == "slave" && !reaches_cluster(server) {
        return Err(Refusal::NotApplicable("a replica in a cluster has the keys of its primary".to_owned()));
    }
    Ok(())
}

/// # Errors
/// The key of the entry with which this server cannot be asked, and why.
fn fits(entry: &Entry, server: &Server) -> Result<(), (&'static str, String)> {
    if entry.database >= server.databases.max(1) {
        return Err(("database", format!("the server has databases from 0 to {}", server.databases.max(1) - 1)));
    }
    let Source::Command(known) = &entry.source else { return Ok(()) };
    known.is_of(&server.product, &server.version).map_err(|message| ("command", message))?;
    if server.mode == "cluster" && known.reads_keys && !reaches_cluster(server) {
        let message = "in a cluster the key may be another node's, which only a walk over `keys` knows beforehand";
        return Err(("command", message.to_owned()));
    }
    Ok(())
}

redwasp_sdk::export_sweeper!(Business);
