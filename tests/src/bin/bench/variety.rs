//! How the cost of a scrape grows with the types of commands that a server has seen.
//!
//! INFO has two lines for each type, and redis_exporter, as it comes, asks for a histogram of each. The server is one of
//! its own: it starts with nothing but what the exporters ask, and is sent one more type of command after the other.

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::commands::{MORE, TRAFFIC};
use crate::facts;
use crate::floor::Floor;
use crate::lanes::Rounds;
use crate::line::Line;
use crate::redis::{self, Connection};
use crate::results::Ratio;
use crate::scrapes::{self, Row};
use crate::stats::Timing;
use crate::subjects::{AS_IT_COMES, Habits, Subject, samples_of};

/// How many types of commands there are at each step, subcommands counted, or more if the exporters alone make more.
pub(crate) const STEPS: [usize; 5] = [7, 22, 47, 87, 128];

/// What redwasp is compared with at each step, in the order of [`Step::ratios`].
pub(crate) const OTHERS: [&str; 3] = [AS_IT_COMES, "redis_exporter", "floor"];

/// How pages are asked for; the floor has none.
const CODING: &str = "plain";

/// How scrapes grow with the types of commands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Variety {
    /// What the subjects ask and serve before the first step.
    pub(crate) subjects: Vec<Habits>,
    pub(crate) steps: Vec<Step>,
    /// Of every subject.
    pub(crate) growth: Vec<Growth>,
}

/// Scrapes of a server that has seen so many types of commands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    /// Lines of Commandstats in INFO, and as many of Latencystats.
    pub(crate) command_types: usize,
    /// Length of the reply to INFO ALL.
    pub(crate) info_bytes: usize,
    pub(crate) scrapes: Vec<Row>,
    /// Of redwasp to [`OTHERS`].
    pub(crate) ratios: Vec<Ratio>,
}

/// Microseconds by types of commands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Growth {
    pub(crate) subject: &'static str,
    pub(crate) p50_us: Line,
    pub(crate) cpu_us: Line,
}

/// Measures all steps; the numbers of types ascend.
pub(crate) fn measure(steps: &[usize], rounds: Rounds) -> Result<Variety> {
    let server = redis::start();
    let mut redis = Connection::to(&server)?;
    let mut floor = Floor::new(Connection::to(&server)?, facts::server(&mut redis)?)?;
    let redwasp = Subject::redwasp(&server)?;
    let redis_exporter = Subject::redis_exporter(&server)?;
    let as_it_comes = Subject::redis_exporter_as_it_comes(&server)?;
    let subjects = [&redwasp, &redis_exporter, &as_it_comes];
    // What the exporters ask is commands too: all of them have asked before anything is counted.
    let habits = subjects.iter().map(|subject| subject.habits(&mut redis)).collect::<Result<_>>()?;
    let mut commands = TRAFFIC.into_iter().chain(MORE);
    let mut measured = Vec::new();
    for &wanted in steps {
        while types(&mut redis)? < wanted {
            redis.ask_line(commands.next().with_context(|| format!("too few commands for {wanted} types"))?)?;
        }
        measured.push(Step::measure(&subjects, &mut floor, &mut redis, rounds)?);
    }
    Ok(Variety { subjects: habits, growth: growth(&measured), steps: measured })
}

/// Types of commands that have been called; each has both its lines.
fn types(redis: &mut Connection) -> Result<usize> {
    let info = redis.info("ALL")?;
    let [counts, latencies] = ["cmdstat_", "latency_percentiles_usec_"]
        .map(|prefix| info.keys().filter(|name| name.starts_with(prefix)).count());
    ensure!(counts == latencies, "{counts} types of commands, but percentiles of {latencies}");
    Ok(counts)
}

fn growth(steps: &[Step]) -> Vec<Growth> {
    let line = |subject: &str, of: fn(&Timing) -> f64| {
        let timings = steps.iter().flat_map(|step| step.scrapes.iter().map(move |row| (step.command_types, row)));
        let own = timings.filter(|(_, row)| row.subject == subject);
        Line::through(&own.map(|(types, row)| (types as f64, of(&row.timing))).collect::<Vec<_>>())
    };
    let growth = |subject| Growth {
        subject,
        p50_us: line(subject, |timing| timing.p50_us),
        cpu_us: line(subject, |timing| timing.cpu_us),
    };
    steps.first().map_or(Vec::new(), |step| step.scrapes.iter().map(|row| growth(row.subject)).collect())
}

impl Step {
    fn measure(subjects: &[&Subject], floor: &mut Floor, redis: &mut Connection, rounds: Rounds) -> Result<Step> {
        let (command_types, info_bytes) = (types(redis)?, redis.ask(&["INFO", "ALL"])?.len());
        for subject in subjects {
            let exported = samples_of("redis_commands_total", &subject.page()?);
            ensure!(exported == command_types, "{}: {exported} of {command_types} types of commands", subject.name);
        }
        let scrapes = scrapes::measure(subjects, &[(CODING, false)], Some(floor), rounds)?;
        let redwasp = scrapes::find(&scrapes, "redwasp", CODING);
        let ratio = |other| {
            let coding = if other == "floor" { "" } else { CODING };
            Ratio::of(format!("redwasp / {other}"), redwasp, scrapes::find(&scrapes, other, coding))
        };
        let ratios = OTHERS.into_iter().filter_map(ratio).collect();
        Ok(Step { command_types, info_bytes, scrapes, ratios })
    }
}

impl Variety {
    /// Whether there are numbers of everything.
    pub(crate) fn is_complete(&self) -> bool {
        let steps = self.steps.iter().all(|step| {
            step.scrapes.iter().all(|row| row.timing.is_good())
                && step.ratios.len() == OTHERS.len()
                && step.ratios.iter().all(Ratio::is_good)
        });
        steps && self.growth.iter().all(|growth| growth.p50_us.is_good() && growth.cpu_us.is_good())
    }
}
