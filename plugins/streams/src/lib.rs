//! Streams, their groups and consumers, as XINFO tells of them.
//!
//! Streams that are named are looked at on every scrape; patterns by walking.

mod families;
mod found;
mod look;

use std::collections::BTreeSet;

use redwasp_sdk::names::{self, Name};
use redwasp_sdk::sweep::Read;
use redwasp_sdk::told::Told;
use redwasp_sdk::{
    Collector, Description, Failure, Key, KeyRead, Page, Plan, Refusal, Report, Request, Server, Sweep, Sweeper, Swept,
    keys,
};
use serde::{Deserialize, Serialize};

use families::Families;
use found::Found;
use look::{AT_ONCE, Look, MOST_STREAMS};

/// The collector's configuration. Lists of keys are written as redis_exporter's flags have them: `[db<n>=]key`, URL-encoded.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Streams and patterns of them.
    pub check_streams: Vec<String>,
    /// Streams alone.
    pub check_single_streams: Vec<String>,
    /// Leave out what is told of each consumer.
    pub exclude_consumers: bool,
    /// Tell a lag that the server does not know as 0, as redis_exporter does.
    pub zero_unknown_lag: bool,
    /// Look at no streams but on replicas.
    pub skip_on_masters: bool,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Streams {
    families: Families,
    single: Vec<Name>,
    patterns: Vec<Pattern>,
}

/// A pattern whose streams are walked.
#[derive(Serialize, Deserialize)]
struct Pattern {
    database: u32,
    sweep: Swept,
    stream: Read,
    groups: Read,
}

/// One walk.
pub struct Run {
    unix_ms: u64,
    look: Look,
    found: Vec<Found>,
    /// A stream that fits several patterns is looked at once.
    names: BTreeSet<Name>,
}

impl Collector for Streams {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "streams",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Streams, their groups and consumers: lengths, ids, what is pending and how far behind a group is.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let mut problems = Vec::new();
        let mut patterns = names::read(&config.check_streams, "/check_streams", &mut problems);
        let mut single = names::read(&config.check_single_streams, "/check_single_streams", &mut problems);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        if patterns.is_empty() && single.is_empty() {
            return Err(Refusal::NotApplicable("no streams are configured".to_owned()));
        }
        keys::served_by(server)?;
        if config.skip_on_masters && server.role != "slave" {
            return Err(Refusal::NotApplicable("streams are looked at only on replicas".to_owned()));
        }
        single.extend(patterns.extract_if(.., |name| !name.is_pattern()));
        // What is not there would be an error each time.
        single.retain(|name| name.database < server.databases);
        single.sort();
        single.dedup();
        let families = Families::declare(!config.exclude_consumers, config.zero_unknown_lag, plan);
        let walked = names::fitting(patterns, "/check_streams", plan);
        let patterns: Vec<Pattern> = walked.iter().map(|name| Pattern::declare(name, plan)).collect();
        let closer: &[&str] = if config.exclude_consumers { &["XPENDING"] } else { &["XINFO CONSUMERS", "XPENDING"] };
        names::ask(closer, &single, &walked, plan);
        if !single.is_empty() {
            names::ask(&["TYPE", "XINFO STREAM", "XINFO GROUPS"], &single, &[], plan);
        }
        Ok(Streams { families, single, patterns })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let (mut told, mut look) = (Told::since(request.saved().unwrap_or_default()), self.look());
        for names in self.single.chunks(AT_ONCE) {
            let Some(mut found) = look.by_name(names, request) else { break };
            look.closer(&mut found, request);
            found.iter().for_each(|found| self.families.report(found, request.unix_ms(), report));
        }
        look.refused.tell(&mut told, report);
        if let Some(text) = look.full() {
            told.tell("room", &text, report);
        }
        report.keep(&told.kept())
    }
}

impl Sweeper for Streams {
    type Run = Run;

    fn begin(&self, request: &Request<'_>) -> Result<Run, Failure> {
        Ok(Run { unix_ms: request.unix_ms(), look: self.look(), found: Vec::new(), names: BTreeSet::new() })
    }

    fn page(&self, run: &mut Run, request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        let Some(pattern) = self.patterns.iter().find(|pattern| page.is(pattern.sweep)) else { return Ok(()) };
        let mut found: Vec<Found> = page.keys().filter_map(|key| run.take(pattern, &key)).collect();
        run.look.closer(&mut found, request);
        run.found.append(&mut found);
        Ok(())
    }

    fn end(&self, run: Run, _complete: bool, report: &mut Report) -> Result<(), Failure> {
        run.found.iter().for_each(|found| self.families.report(found, run.unix_ms, report));
        run.look.refused.warn(report);
        if let Some(text) = run.look.full() {
            report.partial();
            report.warn(text);
        }
        Ok(())
    }
}

impl Streams {
    fn look(&self) -> Look {
        Look::new(self.families.has_consumers())
    }
}

impl Run {
    /// Takes a stream, if it is another one and there is room for it.
    fn take(&mut self, pattern: &Pattern, key: &Key<'_>) -> Option<Found> {
        let name = Name { database: pattern.database, key: key.name().to_vec() };
        if self.names.contains(&name) {
            return None;
        }
        if self.names.len() >= MOST_STREAMS {
            self.look.leave_out();
            return None;
        }
        let stream = self.look.refused.read("XINFO STREAM", key.reply(pattern.stream))??;
        let groups = self.look.refused.read("XINFO GROUPS", key.reply(pattern.groups)).flatten();
        let found = self.look.take(Found::read(name.clone(), &stream, groups))?;
        self.names.insert(name);
        Some(found)
    }
}

impl Pattern {
    fn declare(name: &Name, plan: &mut Plan) -> Pattern {
        let mut sweep = Sweep::new(&name.key).database(name.database).types(["stream"]);
        let stream = sweep.read(KeyRead::new("XINFO").before("STREAM"));
        let groups = sweep.read(KeyRead::new("XINFO").before("GROUPS"));
        Pattern { database: name.database, sweep: plan.sweep(sweep), stream, groups }
    }
}

redwasp_sdk::export_sweeper!(Streams);
