//! Keys: how many the databases hold, and what single keys, patterns and groups of them are like.
//!
//! What INFO tells, and keys that are named, are looked at on every scrape; patterns and groups by walking.

mod checks;
mod databases;
mod groups;
mod lua;
mod top;

use std::time::Instant;

use redwasp_sdk::names::{self, Name};
use redwasp_sdk::{
    Collector, Description, Failure, Family, Page, Plan, Problem, Refusal, Report, Request, Server, Sweep, Sweeper,
    Swept, keys, label,
};
use serde::{Deserialize, Serialize};

use checks::{Checks, Reads, Seen, Wanted, count_hyperloglogs, db};
use databases::Databases;
use groups::{Groups, Sums};
use top::{Largest, Top};

/// The collector's configuration. Lists of keys are written as redis_exporter's flags have them: `[db<n>=]key`, URL-encoded.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Export zeros for databases without keys, which INFO does not mention.
    pub empty_databases: bool,
    /// Keys and patterns whose size, value and memory are exported.
    pub check_keys: Vec<String>,
    /// The same for keys alone.
    pub check_single_keys: Vec<String>,
    /// Patterns whose keys are counted.
    pub count_keys: Vec<String>,
    /// Patterns of Lua, comma-separated, that make groups of keys.
    pub check_key_groups: String,
    /// Groups of a database that are told apart.
    pub max_distinct_key_groups: i64,
    /// Do not export values.
    pub disable_key_values: bool,
    /// Export how long checked keys still live.
    pub ttl: bool,
    /// Leave out checked keys that are not there, instead of giving them the size 0.
    pub omit_missing: bool,
    /// Patterns among whose keys the largest are exported.
    pub top_keys: Vec<String>,
    /// How many of them.
    pub top_keys_count: i64,
    /// Look at no keys but on replicas. Groups are counted all the same, as redis_exporter does it.
    pub skip_on_masters: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            empty_databases: true,
            check_keys: Vec::new(),
            check_single_keys: Vec::new(),
            count_keys: Vec::new(),
            check_key_groups: String::new(),
            max_distinct_key_groups: 100,
            disable_key_values: false,
            ttl: false,
            omit_missing: false,
            top_keys: Vec::new(),
            top_keys_count: 10,
            skip_on_masters: false,
        }
    }
}

/// Keys that fit patterns and are exported one by one: with what comes besides, it fits into a report.
const MOST_KEYS: usize = 20_000;

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Keyspace {
    databases: Databases,
    checks: Option<Checks>,
    /// Keys that are looked at by name.
    single: Vec<Name>,
    /// Patterns whose keys are looked at.
    checked: Vec<(u32, Swept, Reads)>,
    /// Patterns whose keys are counted.
    counted: Vec<(Name, Swept)>,
    count: Option<Family<2>>,
    largest: Vec<(u32, Swept, Reads)>,
    top: Option<Top>,
    groups: Option<Groups>,
    groups_duration: Family<0>,
}

/// One walk.
pub struct Run {
    start: Instant,
    checked: Vec<(Name, Seen)>,
    /// Of keys that fit a pattern and did not fit into the report.
    left_out: u64,
    counts: Vec<u64>,
    largest: Largest,
    groups: Sums,
}

/// The lists of the configuration, read.
struct Lists {
    checked: Vec<Name>,
    single: Vec<Name>,
    counted: Vec<Name>,
    largest: Vec<Name>,
    groups: Vec<Vec<u8>>,
}

impl Lists {
    fn read(config: &Config) -> Result<Lists, Refusal> {
        let mut problems = Vec::new();
        let mut read = |list: &[String], pointer| names::read(list, pointer, &mut problems);
        let [checked, single] =
            [(&config.check_keys, "/check_keys"), (&config.check_single_keys, "/check_single_keys")]
                .map(|(list, at)| read(list, at));
        let [counted, largest] =
            [(&config.count_keys, "/count_keys"), (&config.top_keys, "/top_keys")].map(|(list, at)| read(list, at));
        let groups = groups::patterns(&config.check_key_groups).unwrap_or_else(|message| {
            problems.push(Problem { pointer: "/check_key_groups".to_owned(), message });
            Vec::new()
        });
        if problems.is_empty() {
            Ok(Lists { checked, single, counted, largest, groups })
        } else {
            Err(Refusal::Invalid(problems))
        }
    }

    /// As a server is asked: a node of a cluster has one database, and redis_exporter looks at checked keys there, whatever
    /// their database is said to be.
    fn on(mut self, server: &Server, skip_on_masters: bool) -> Lists {
        let [checked, single, counted, largest] =
            [&mut self.checked, &mut self.single, &mut self.counted, &mut self.largest];
        if keys::served_by(server).is_err() {
            self.groups.clear();
            [checked, single, counted, largest].into_iter().for_each(Vec::clear);
        } else if skip_on_masters && server.role != "slave" {
            [checked, single, counted, largest].into_iter().for_each(Vec::clear);
        } else if server.mode == "cluster" {
            checked.iter_mut().chain(single).for_each(|name| name.database = 0);
            counted.retain(|name| name.database == 0);
            largest.retain(|name| name.database == 0);
        }
        self
    }
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
        let Lists { checked, mut single, counted, largest, groups } =
            Lists::read(&config)?.on(server, config.skip_on_masters);
        let databases = Databases::declare(if config.empty_databases { server.databases } else { 0 }, plan);
        let (patterns, keys): (Vec<Name>, Vec<Name>) = checked.into_iter().partition(Name::is_pattern);
        single.extend(keys);
        // A server with several databases has them all; what is not there would be an error each time.
        single.retain(|name| name.database < server.databases);
        single.sort();
        single.dedup();
        let is_cluster = server.mode == "cluster";
        let wanted = Wanted {
            values: !config.disable_key_values,
            ttl: config.ttl,
            missing: !config.omit_missing && !is_cluster,
        };
        let checks = (!single.is_empty() || !patterns.is_empty()).then(|| Checks::declare(wanted, plan));
        if !single.is_empty() {
            names::ask(&checks::commands(), &single, &[], plan);
        }
        let checked = checks.as_ref().map_or_else(Vec::new, |checks| {
            patterns.iter().map(|name| sweep(name, |sweep| checks.reads(sweep), plan)).collect()
        });
        if !checked.is_empty() {
            names::ask(&["PFCOUNT"], &[], &patterns, plan);
        }
        let count =
            (!counted.is_empty()).then(|| plan.gauge("keys_count", "Keys that fit the pattern.", ["db", "key"]));
        let counted = counted
            .into_iter()
            .map(|name| (name.clone(), plan.sweep(Sweep::new(&name.key).database(name.database))))
            .collect();
        let most = usize::try_from(config.top_keys_count).unwrap_or(0).min(MOST_KEYS / 4);
        let top = (!largest.is_empty() && most > 0).then(|| Top::declare(most, plan));
        let largest = match top {
            Some(_) => largest.iter().map(|name| sweep(name, |sweep| Reads::new(None, false, sweep), plan)).collect(),
            None => Vec::new(),
        };
        let most = usize::try_from(config.max_distinct_key_groups).unwrap_or(0);
        let groups = (!groups.is_empty()).then(|| Groups::declare(groups, most, server.databases, plan));
        let groups_duration = plan.gauge(
            "last_key_groups_scrape_duration_milliseconds",
            "Time that the last walk took that counted groups of keys; 0 without groups.",
            [],
        );
        Ok(Keyspace { databases, checks, single, checked, counted, count, largest, top, groups, groups_duration })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        self.databases.read(request, report)?;
        if self.groups.is_none() {
            report.set(self.groups_duration, [], 0.0);
        }
        match &self.checks {
            Some(checks) => checks.look(&self.single, request, report),
            None => Ok(()),
        }
    }
}

impl Sweeper for Keyspace {
    type Run = Run;

    fn begin(&self, _request: &Request<'_>) -> Result<Run, Failure> {
        Ok(Run {
            start: Instant::now(),
            checked: Vec::new(),
            left_out: 0,
            counts: vec![0; self.counted.len()],
            largest: Largest::default(),
            groups: self.groups.as_ref().map(Groups::begin).unwrap_or_default(),
        })
    }

    fn page(&self, run: &mut Run, request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        if let Some(place) = self.counted.iter().position(|(_, sweep)| page.is(*sweep)) {
            run.counts[place] += page.keys().len() as u64;
        }
        if let Some((database, _, reads)) = self.checked.iter().find(|(_, sweep, _)| page.is(*sweep)) {
            run.check(*database, reads, request, page)?;
        }
        if let (Some(top), Some((database, _, reads))) =
            (&self.top, self.largest.iter().find(|(_, sweep, _)| page.is(*sweep)))
        {
            for key in page.keys() {
                top.add(&mut run.largest, *database, key.name(), &reads.seen(&key));
            }
        }
        if let Some(groups) = &self.groups {
            groups.page(&mut run.groups, page);
        }
        Ok(())
    }

    fn end(&self, run: Run, _complete: bool, report: &mut Report) -> Result<(), Failure> {
        if let Some(checks) = &self.checks {
            run.checked.iter().for_each(|(name, seen)| checks.report(name, seen, report));
        }
        if run.left_out > 0 {
            report.partial();
            report.warn(format!(
                "{} keys fit the patterns of check_keys besides the {MOST_KEYS} that are exported",
                run.left_out
            ));
        }
        if let Some(count) = self.count {
            for ((name, _), keys) in self.counted.iter().zip(&run.counts) {
                report.set(count, [&db(name.database), &label::text(&name.key)], *keys as f64);
            }
        }
        if let Some(top) = &self.top {
            top.report(run.largest, report);
        }
        if let Some(groups) = &self.groups {
            if let Some(fault) = run.groups.fault {
                report.partial();
                report.warn(format!("a pattern of check_key_groups: {}", fault.0));
            }
            groups.report(run.groups, report);
            report.set(self.groups_duration, [], run.start.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(())
    }
}

impl Run {
    fn check(&mut self, database: u32, reads: &Reads, request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        let room = MOST_KEYS - self.checked.len();
        self.left_out += page.keys().len().saturating_sub(room) as u64;
        let name = |key: &[u8]| Name { database, key: key.to_vec() };
        let mut seen: Vec<_> = page.keys().take(room).map(|key| (name(key.name()), reads.seen(&key))).collect();
        count_hyperloglogs(&mut seen, request)?;
        self.checked.append(&mut seen);
        Ok(())
    }
}

/// A sweep over the keys of a pattern.
fn sweep(name: &Name, reads: impl FnOnce(&mut Sweep) -> Reads, plan: &mut Plan) -> (u32, Swept, Reads) {
    let mut sweep = Sweep::new(&name.key).database(name.database);
    let reads = reads(&mut sweep);
    (name.database, plan.sweep(sweep), reads)
}

redwasp_sdk::export_sweeper!(Keyspace);
