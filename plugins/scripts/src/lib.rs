//! What Lua scripts of the operator return, as redis_exporter tells it, and metrics with names and labels of their own.

mod records;
mod script;
mod values;

use std::collections::HashSet;

use redwasp_sdk::number::version;
use redwasp_sdk::told::Told;
use redwasp_sdk::{Collector, Description, Failure, Family, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

use records::Records;
use script::{Fault, Script};

/// Samples of scripts, of the 10,000 that a report may have: each script has two more.
const MOST_SAMPLES: usize = 9_500;

/// What redis_exporter calls the ends of a script.
const FAILED: f64 = 0.0;
const DONE: f64 = 1.0;
const EMPTY: f64 = 2.0;

/// The collector's configuration.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Scripts that Redis runs.
    pub scripts: Vec<Source>,
    /// Run them with EVAL_RO.
    pub read_only: bool,
}

/// A script as it is configured.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The label `filename`.
    pub path: String,
    /// Lua.
    pub text: String,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Scripts {
    values: Family<2>,
    result: Family<1>,
    duration: Family<1>,
    /// Names of series that no script may take.
    taken: Vec<String>,
    /// None where the server cannot run them as they shall be run.
    scripts: Vec<(String, Option<Script>)>,
}

impl Collector for Scripts {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "scripts",
        version: env!("CARGO_PKG_VERSION"),
        summary: "What Lua scripts return that Redis runs.",
        config_schema: include_str!("../config.schema.json"),
    };

    fn configure(config: Config, server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        if config.scripts.is_empty() {
            return Err(Refusal::NotApplicable("no scripts are configured".to_owned()));
        }
        if server.mode == "sentinel" {
            return Err(Refusal::NotApplicable("a sentinel runs no scripts".to_owned()));
        }
        let values = plan.gauge("script_values", "Values that a script returned.", ["key", "filename"]);
        let result = plan.gauge(
            "script_result",
            "How a script ended: 1 with values, 2 without, 0 with an error (EVAL).",
            ["filename"],
        );
        let duration = plan.gauge(
            "script_duration_seconds",
            "Time that went by on the server's clock while it ran a script (TIME).",
            ["filename"],
        );
        let taken = plan.series_names().collect();
        plan.late_prefix("");
        let is_known = !config.read_only || has_eval_ro(server);
        let name = if config.read_only { "EVAL_RO" } else { "EVAL" };
        let mut seen = HashSet::new();
        let sources = config.scripts.into_iter().filter(|source| seen.insert(source.path.clone()));
        let scripts = sources.map(|Source { path, text }| (path, is_known.then(|| Script::declare(name, &text, plan))));
        let scripts = scripts.collect();
        Ok(Scripts { values, result, duration, taken, scripts })
    }

    fn collect(&self, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let mut told = Told::since(request.saved().unwrap_or_default());
        let mut records = Records::new(&self.taken);
        for (number, (path, script)) in self.scripts.iter().enumerate() {
            let found = match script {
                Some(script) => {
                    self.time(path, script, request, &mut told, report);
                    self.read(path, script, request, &mut records, report)
                }
                None => Err(Fault("this server has no EVAL_RO, and runs no script without it".to_owned())),
            };
            let result = found.unwrap_or_else(|Fault(fault)| {
                told.tell(&what(number, path), &format!("the script {path}: {fault}"), report);
                FAILED
            });
            report.set(self.result, [path], result);
        }
        report.keep(&told.kept())
    }
}

impl Scripts {
    /// Sets what a script returned: how it ended.
    ///
    /// # Errors
    /// What is wrong with it. What is not wrong is set all the same.
    fn read(
        &self,
        path: &str,
        script: &Script,
        request: &Request<'_>,
        records: &mut Records<'_>,
        report: &mut Report,
    ) -> Result<f64, Fault> {
        let reply = script.reply(request)?;
        let samples = match reply.bytes() {
            Ok(text) => records.read(text, report)?,
            Err(_) => values::read(&reply, self.values, path, report)?,
        };
        Ok(if samples == 0 { EMPTY } else { DONE })
    }

    /// Sets how long a script took, which can be told if the server told the time before it and after it.
    fn time(&self, path: &str, script: &Script, request: &Request<'_>, told: &mut Told, report: &mut Report) {
        match script.seconds(request) {
            Ok(seconds) => seconds.into_iter().for_each(|seconds| report.set(self.duration, [path], seconds)),
            // The script's own end says it all.
            Err(_) if !script.was_answered(request) => {}
            Err(failure) => told.missing("TIME", "TIME", &failure, report),
        }
    }
}

/// Redis and Valkey have it since 7.0; of others that are older it is not known that they have not.
fn has_eval_ro(server: &Server) -> bool {
    !["redis", "valkey", "keydb"].contains(&&*server.product) || version(&server.version) >= (7, 0)
}

/// A script for the list of what was told. Paths may be long, and the list has a bound.
fn what(number: usize, path: &str) -> String {
    let end = path.floor_char_boundary(200);
    format!("{number} {}", &path[..end])
}

// The schema allows 64 scripts, each with two samples, and the host 10,000.
const _: () = assert!(MOST_SAMPLES + 2 * 64 < 10_000);

redwasp_sdk::export!(Scripts);
