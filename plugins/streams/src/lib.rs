//! Streams, their groups and consumers, as XINFO tells of them.
//!
//! Streams that are named are looked at on every scrape; patterns by walking.

mod families;
mod found;

use redwasp_sdk::names::{self, Name};
use redwasp_sdk::sweep::Read;
use redwasp_sdk::{
    Collector, Command, Description, Failure, KeyRead, Page, Plan, Refusal, Replies, Report, Request, Server, Sweep,
    Sweeper, Swept, keys,
};
use serde::{Deserialize, Serialize};

use families::{Families, Told};
use found::{Group, Stream};

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

/// Groups that are asked for at once: two commands for each.
const AT_ONCE: usize = 250;

/// Streams that fit patterns and are exported.
const MOST_STREAMS: usize = 9_000;

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
    told: Vec<Told>,
    left_out: u64,
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
        for names in self.single.chunks(AT_ONCE) {
            let mut told = self.look(names, request, report)?;
            self.look_closer(&mut told, request)?;
            told.iter().for_each(|told| self.families.report(told, request.unix_ms(), report));
        }
        Ok(())
    }
}

impl Sweeper for Streams {
    type Run = Run;

    fn begin(&self, request: &Request<'_>) -> Result<Run, Failure> {
        Ok(Run { unix_ms: request.unix_ms(), told: Vec::new(), left_out: 0 })
    }

    fn page(&self, run: &mut Run, request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        let Some(pattern) = self.patterns.iter().find(|pattern| page.is(pattern.sweep)) else { return Ok(()) };
        let room = MOST_STREAMS - run.told.len();
        run.left_out += page.keys().len().saturating_sub(room) as u64;
        let told = page.keys().take(room).filter_map(|key| {
            let stream = key.reply(pattern.stream).ok()??;
            let groups = key.reply(pattern.groups).ok().flatten();
            Some(Told {
                key: Name { database: pattern.database, key: key.name().to_vec() },
                stream: Stream::read(&stream),
                groups: groups.map_or_else(Vec::new, |groups| Group::read_all(&groups)),
            })
        });
        let mut told: Vec<Told> = told.collect();
        self.look_closer(&mut told, request)?;
        run.told.append(&mut told);
        Ok(())
    }

    fn end(&self, run: Run, _complete: bool, report: &mut Report) -> Result<(), Failure> {
        run.told.iter().for_each(|told| self.families.report(told, run.unix_ms, report));
        if run.left_out > 0 {
            report.partial();
            report.warn(format!(
                "{} streams fit the patterns besides the {MOST_STREAMS} that are exported",
                run.left_out
            ));
        }
        Ok(())
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

impl Streams {
    /// Looks at streams by name: types first, so that what is none is not asked for what only streams have.
    fn look(&self, names: &[Name], request: &Request<'_>, report: &mut Report) -> Result<Vec<Told>, Failure> {
        let of = |command: Command, name: &Name| command.arg(&name.key).database(name.database);
        let types: Vec<Command> = names.iter().map(|name| of(Command::new("TYPE"), name)).collect();
        let types = request.pipeline(&types)?;
        let kind =
            |place: usize| types.reply(place).ok().and_then(|kind| kind.text().ok().map(|kind| kind.into_owned()));
        let mut streams = Vec::new();
        for (place, name) in names.iter().enumerate() {
            match kind(place).as_deref() {
                Some("stream") => streams.push(name),
                Some(_) => {}
                None => report.partial(),
            }
        }
        let both = |name: &&Name| ["STREAM", "GROUPS"].map(|what| of(Command::new("XINFO").arg(what), name));
        let commands: Vec<Command> = streams.iter().flat_map(both).collect();
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let replies = request.pipeline(&commands)?;
        let told = streams.iter().enumerate().filter_map(|(place, name)| {
            let stream = Stream::read(&replies.reply(2 * place).ok()?);
            let groups = replies.reply(2 * place + 1).map_or_else(|_| Vec::new(), |groups| Group::read_all(&groups));
            Some(Told { key: (*name).clone(), stream, groups })
        });
        Ok(told.collect())
    }

    /// Looks at the groups of streams: who consumes, and what is pending for longest.
    fn look_closer(&self, told: &mut [Told], request: &Request<'_>) -> Result<(), Failure> {
        let mut groups: Vec<(&Name, &mut Group)> = Vec::new();
        for Told { key, groups: some, .. } in told {
            groups.extend(some.iter_mut().map(|group| (&*key, group)));
        }
        for some in groups.chunks_mut(AT_ONCE) {
            let mut commands = Vec::new();
            let places: Vec<Places> = some.iter().map(|(key, group)| self.ask(key, group, &mut commands)).collect();
            if commands.is_empty() {
                continue;
            }
            let replies = request.pipeline(&commands)?;
            some.iter_mut().zip(places).for_each(|((_, group), places)| places.read(&replies, group));
        }
        Ok(())
    }

    fn ask(&self, key: &Name, group: &Group, commands: &mut Vec<Command>) -> Places {
        let mut add = |command: Command| {
            commands.push(command.database(key.database));
            commands.len() - 1
        };
        let consumers = || Command::new("XINFO").arg("CONSUMERS").arg(&key.key).arg(&group.name);
        let oldest = || Command::new("XPENDING").arg(&key.key).arg(&group.name).arg("-").arg("+").arg("1");
        let has_consumers = group.consumers.is_some_and(|consumers| consumers > 0.0);
        Places {
            consumers: (self.families.has_consumers() && has_consumers).then(|| add(consumers())),
            oldest: group.pending.is_some_and(|pending| pending > 0.0).then(|| add(oldest())),
        }
    }
}

/// Where the replies about a group will be.
struct Places {
    consumers: Option<usize>,
    oldest: Option<usize>,
}

impl Places {
    fn read(&self, replies: &Replies, group: &mut Group) {
        if let Some(reply) = self.consumers.and_then(|place| replies.reply(place).ok()) {
            group.take_consumers(&reply);
        }
        if let Some(reply) = self.oldest.and_then(|place| replies.reply(place).ok()) {
            group.take_oldest(&reply);
        }
    }
}

redwasp_sdk::export_sweeper!(Streams);
