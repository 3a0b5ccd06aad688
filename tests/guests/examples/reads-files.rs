//! Looks for what belongs to the host: files, environment, arguments, input. Behaves otherwise, so that a scrape shows
//! how many of each it saw.

use std::io::{Read, stdin};
use std::{env, fs};

use redwasp_guests::{Basics, NoConfig, description};
use redwasp_sdk::{Collector, Description, Failure, Family, Plan, Refusal, Report, Request, Server};
use serde::{Deserialize, Serialize};

const FILES: [&str; 7] = [
    "/etc/passwd",
    "/../etc/passwd",
    "../../../../../../../../etc/passwd",
    "./../../../../../../../../etc/passwd",
    "/proc/self/environ",
    "Cargo.toml",
    "plugin.toml",
];
const FOLDERS: [&str; 4] = ["/", ".", "..", "/proc/self/fd"];

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct ReadsFiles {
    basics: Basics,
    files: Family<0>,
    variables: Family<0>,
    arguments: Family<0>,
    input: Family<0>,
}

impl Collector for ReadsFiles {
    type Config = NoConfig;

    const DESCRIPTION: Description = description("reads-files");

    fn configure(_config: NoConfig, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        Ok(ReadsFiles {
            basics: Basics::declare("reads-files", plan),
            files: plan.gauge("files_read", "Files and folders that could be read.", []),
            variables: plan.gauge("variables_seen", "Environment variables that were there.", []),
            arguments: plan.gauge("arguments_seen", "Arguments that were there.", []),
            input: plan.gauge("input_read", "Bytes of input; -1 when there is not even an end.", []),
        })
    }

    fn collect(&self, _request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        let files = FILES.iter().filter(|path| fs::read(path).is_ok()).count();
        let folders = FOLDERS.iter().filter(|path| fs::read_dir(path).is_ok()).count();
        report.set(self.files, [], (files + folders) as f64);
        report.set(self.variables, [], env::vars_os().count() as f64);
        report.set(self.arguments, [], env::args_os().count() as f64);
        report.set(self.input, [], stdin().read(&mut [0; 16]).map_or(-1.0, |bytes| bytes as f64));
        report.set(self.basics.ran, [], 1.0);
        Ok(())
    }
}

redwasp_sdk::export!(ReadsFiles);
