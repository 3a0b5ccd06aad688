//! Keys: how many the databases hold, and what single keys, patterns and groups of them are like.
//!
//! What INFO tells, and keys that are named, are looked at on every scrape; patterns and groups by walking.

mod checks;
mod config;
mod counts;
mod databases;
mod groups;
mod lua;
mod top;
mod walked;

use std::time::Instant;

use redwasp_sdk::keys::sure_databases;
use redwasp_sdk::names::{self, Name};
use redwasp_sdk::told::{Refused, Told};
use redwasp_sdk::{
    CallError, Collector, Description, Failure, Family, Page, Plan, Refusal, Report, Request, Server, Sweeper,
};
use serde::{Deserialize, Serialize};

use checks::{Checks, Wanted};
use config::Lists;
use counts::Counts;
use databases::Databases;
use groups::{Groups, Sums};
use top::{Largest, Top};
use walked::{MOST_KEYS, Patterns, Walked};

pub use config::Config;

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Keyspace {
    databases: Databases,
    checks: Option<Checks>,
    /// Keys that are looked at by name.
    single: Vec<Name>,
    /// Patterns whose keys are looked at.
    checked: Patterns,
    counts: Option<Counts>,
    top: Option<Top>,
    groups: Option<Groups>,
    groups_duration: Family<0>,
}

/// One walk.
pub struct Run {
    start: Instant,
    checked: Walked,
    counts: Vec<u64>,
    largest: Largest,
    groups: Sums,
    refused: Refused,
}

impl Collector for Keyspace {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "keyspace",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Keys of every database; size, value, memory and time to live of chosen ones; counts and groups.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let Lists { checked, single, counted, largest, groups } =
            Lists::read(&config)?.on(server, config.skip_on_masters);
        let sure = if config.empty_databases { sure_databases(server) } else { 0 };
        let databases = Databases::declare(sure, plan);
        let wanted = Wanted {
            values: !config.disable_key_values,
            ttl: config.ttl,
            missing: !config.omit_missing && server.mode != "cluster",
        };
        let checks = (!single.is_empty() || !checked.is_empty()).then(|| Checks::declare(wanted, plan));
        let patterns = names::fitting(checked, "/check_keys", plan);
        checks::ask(&single, &patterns, plan);
        let checked = checks
            .as_ref()
            .map_or_else(Patterns::default, |checks| Patterns::plan(&patterns, |sweep| checks.reads(sweep), plan));
        let counted = names::fitting(counted, "/count_keys", plan);
        let counts = (!counted.is_empty()).then(|| Counts::declare(counted, plan));
        let largest = names::fitting(largest, "/top_keys", plan);
        let most = usize::try_from(config.top_keys_count).unwrap_or(0).min(MOST_KEYS / 4);
        let top = (!largest.is_empty() && most > 0).then(|| Top::declare(&largest, most, plan));
        let most = usize::try_from(config.max_distinct_key_groups).unwrap_or(0);
        // Last: they take the room that is left.
        let groups = (!groups.is_empty()).then(|| Groups::declare(groups, most, server, plan));
        let groups_duration = plan.gauge(
            "last_key_groups_scrape_duration_milliseconds",
            "Time that the last walk took that counted groups of keys; 0 without groups.",
            [],
        );
        Ok(Keyspace { databases, checks, single, checked, counts, top, groups, groups_duration })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut told = Told::since(request.saved().unwrap_or_default());
        match self.databases.read(request, report) {
            // Proxies have keys and no INFO.
            Err(failure @ Failure::Redis(CallError::Server(_))) => told.missing("INFO", "INFO", &failure, report),
            read => read?,
        }
        if self.groups.is_none() {
            report.set(self.groups_duration, [], 0.0);
        }
        if let Some(checks) = &self.checks {
            let mut refused = Refused::default();
            checks.look(&self.single, request, &mut refused, report);
            refused.tell(&mut told, report);
        }
        report.keep(&told.kept())
    }
}

impl Sweeper for Keyspace {
    type Run = Run;

    fn begin(&self, _request: &Request<'_>) -> Result<Run, Failure> {
        Ok(Run {
            start: Instant::now(),
            checked: Walked::default(),
            counts: self.counts.as_ref().map(Counts::begin).unwrap_or_default(),
            largest: Largest::default(),
            groups: self.groups.as_ref().map(Groups::begin).unwrap_or_default(),
            refused: Refused::default(),
        })
    }

    fn page(&self, run: &mut Run, request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        run.checked.page(&self.checked, request, &mut run.refused, page);
        if let Some(counts) = &self.counts {
            counts.page(&mut run.counts, page);
        }
        if let Some(top) = &self.top {
            top.page(&mut run.largest, &mut run.refused, page);
        }
        if let Some(groups) = &self.groups {
            groups.page(&mut run.groups, &mut run.refused, page);
        }
        Ok(())
    }

    fn end(&self, run: Run, _complete: bool, report: &mut Report) -> Result<(), Failure> {
        if let Some(checks) = &self.checks {
            run.checked.report(checks, report);
        }
        if let Some(counts) = &self.counts {
            counts.report(&run.counts, report);
        }
        if let Some(top) = &self.top {
            top.report(run.largest, report);
        }
        run.refused.warn(report);
        if let Some(groups) = &self.groups {
            groups.report(run.groups, report);
            report.set(self.groups_duration, [], run.start.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(())
    }
}

redwasp_sdk::export_sweeper!(Keyspace);
