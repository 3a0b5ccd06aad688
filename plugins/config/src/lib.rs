//! Settings of a server, as CONFIG GET tells them.

mod asked;
mod settings;

use std::collections::HashSet;

use redwasp_sdk::told::{Told, why};
use redwasp_sdk::{CallError, Collector, Description, Failure, Plan, Refusal, Reply, Report, Request, Server};
use serde::{Deserialize, Serialize};

use asked::Asked;
use settings::{All, Single};

/// Settings of one reply that are told, in two samples each. Servers have some 300, and modules theirs.
const MOST_SETTINGS: usize = 2000;

/// The collector's configuration.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Also export every setting.
    pub all: bool,
    /// Whether passwords are left out. The host reads it too: it hides them from everybody else.
    pub redact: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config { all: false, redact: true }
    }
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Settings {
    asked: Asked,
    single: Single,
    all: Option<All>,
}

impl Collector for Settings {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "config",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Settings of the server, a few or all.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if server.mode == "sentinel" {
            return Err(Refusal::NotApplicable("a sentinel has no CONFIG".to_owned()));
        }
        let asked = if config.all { Asked::for_all(plan) } else { Asked::for_some(&Single::SETTINGS, server, plan) };
        Ok(Settings {
            asked,
            single: Single::declare(plan),
            all: config.all.then(|| All::declare(config.redact, plan)),
        })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut told = Told::since(request.saved().unwrap_or_default());
        for (words, reply) in self.asked.replies(request) {
            let outcome = reply.and_then(|reply| {
                self.read(&reply.entries()?, &mut told, report);
                Ok(())
            });
            // Whoever configured that CONFIG is never sent knows what is missing.
            if let Err(failure) = outcome.or_else(unless_not_sent) {
                let text = format!("{words} cannot be had, and what it would tell is left out: {}", why(&failure));
                told.tell("CONFIG", &text, report);
            }
        }
        report.keep(&told.kept())
    }
}

impl Settings {
    /// Sets the metrics of settings, each once.
    fn read(&self, settings: &[(&Reply<'_>, &Reply<'_>)], told: &mut Told, report: &mut Report) {
        let mut seen = HashSet::new();
        for (name, value) in settings.iter().take(MOST_SETTINGS) {
            // A server that has no value for a setting gives null.
            let (Ok(name), Ok(value)) = (name.text(), value.text()) else { continue };
            if seen.insert(name.clone()) {
                self.single.read(&name, &value, report);
                self.all.iter().for_each(|all| all.read(&name, &value, report));
            }
        }
        if let left_out @ 1.. = settings.len().saturating_sub(MOST_SETTINGS) {
            told.tell("room", &format!("{left_out} settings are left out: {MOST_SETTINGS} are told at most"), report);
        }
    }
}

fn unless_not_sent(failure: Failure) -> Result<(), Failure> {
    match failure {
        Failure::Redis(CallError::Server(error)) if error.code == "NOTSENT" => Ok(()),
        failure => Err(failure),
    }
}

redwasp_sdk::export!(Settings);
