//! A real Prometheus, and its `promtool`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Process;
use crate::{http, ports, tools, wait};

/// How often another port is tried when someone was quicker to take one.
const PORTS_TRIED: usize = 5;

/// The result of a query: labels and value of each series.
pub type Series = Vec<(BTreeMap<String, String>, f64)>;

/// A Prometheus that scrapes every second.
pub struct Prometheus {
    /// Ended before its folder is removed.
    _process: Process,
    port: u16,
    folder: TempDir,
}

impl Prometheus {
    /// Scrapes `/metrics` of these, each "host:port".
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(targets: &[&str]) -> Prometheus {
        let targets = Value::from(targets);
        Prometheus::start_with(&format!(
            "scrape_configs:\n- job_name: redwasp\n  static_configs:\n  - targets: {targets}\n"
        ))
    }

    /// With a configuration, as YAML, that has no `global`.
    ///
    /// # Panics
    /// When it does not come up, or the configuration is wrong.
    pub fn start_with(configuration: &str) -> Prometheus {
        let mut said = String::new();
        for _ in 0..PORTS_TRIED {
            match Prometheus::come_up(configuration) {
                Ok(prometheus) => return prometheus,
                Err(log) if log.contains("address already in use") => said = log,
                Err(log) => panic!("prometheus ended as soon as it was started:\n{log}"),
            }
        }
        panic!("prometheus found {PORTS_TRIED} ports taken:\n{said}")
    }

    /// An error is the log of a process that ended.
    fn come_up(configuration: &str) -> Result<Prometheus, String> {
        let folder = TempDir::new().expect("a folder for prometheus can be made: see TMPDIR");
        let path = |name: &str| folder.path().join(name);
        let global = "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s\n";
        fs::write(path("prometheus.yml"), format!("{global}{configuration}")).expect("its folder can be written to");
        let log = File::create(path("log")).expect("its folder can be written to");
        let port = ports::free();
        let mut command = Command::new(tools::tool("prometheus"));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        command.arg("--config.file").arg(path("prometheus.yml"));
        command.arg("--storage.tsdb.path").arg(path("data"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut process = Process::start(&mut command);
        let ready = wait::until("prometheus to be ready", wait::PATIENCE, || {
            if process.ended().is_some() {
                return Some(false);
            }
            http::get(port, "/-/ready", &[]).is_ok_and(|response| response.status == 200).then_some(true)
        });
        if ready {
            Ok(Prometheus { _process: process, port, folder })
        } else {
            Err(fs::read_to_string(path("log")).unwrap_or_default())
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it wrote to its log until now.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The value of an expression now. An expression without a result gives nothing.
    ///
    /// # Panics
    /// When it is no expression of vectors.
    pub fn query(&self, expression: &str) -> Series {
        let encoded = utf8_percent_encode(expression, NON_ALPHANUMERIC);
        let response = http::get(self.port, &format!("/api/v1/query?query={encoded}"), &[]);
        let response = response.unwrap_or_else(|error| panic!("{expression}: {error}; the log:\n{}", self.log()));
        series(&response.body).unwrap_or_else(|| panic!("{expression}: {}", response.text()))
    }

    /// Waits until an expression has a result.
    ///
    /// # Panics
    /// When it has none after `patience`.
    pub fn wait_for(&self, expression: &str, patience: Duration) -> Series {
        wait::until(expression, patience, || Some(self.query(expression)).filter(|series| !series.is_empty()))
    }
}

/// `{"data":{"resultType":"vector","result":[{"metric":{...},"value":[<time>,"<value>"]}]}}`
fn series(body: &[u8]) -> Option<Series> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let data = answer.get("data")?;
    if data.get("resultType")? != "vector" {
        return None;
    }
    let one = |result: &Value| {
        let labels = result.get("metric")?.as_object()?;
        let labels = labels.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        Some((labels.collect::<Option<_>>()?, result.get("value")?.get(1)?.as_str()?.parse().ok()?))
    };
    data.get("result")?.as_array()?.iter().map(one).collect()
}

/// What `promtool check metrics` remarks about a page, line by line. Nothing: all is well.
///
/// # Panics
/// When promtool cannot be run.
pub fn promtool_check_metrics(page: &str) -> Vec<String> {
    let mut command = Command::new(tools::tool("promtool"));
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut promtool = command.spawn().expect("promtool can be started");
    if let Some(mut stdin) = promtool.stdin.take() {
        // It may end before it has read all; then it has a remark.
        let _ = stdin.write_all(page.as_bytes());
    }
    let output = promtool.wait_with_output().expect("promtool ends");
    let mut remarks: Vec<String> = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
    remarks.retain(|remark| !remark.is_empty());
    if remarks.is_empty() && !output.status.success() {
        remarks.push(format!("promtool ended with {}", output.status));
    }
    remarks
}

/// What `promtool check config` says of a configuration.
///
/// # Errors
/// What is wrong with it.
///
/// # Panics
/// When promtool cannot be run.
pub fn promtool_check_config(path: &std::path::Path) -> Result<(), String> {
    let mut command = Command::new(tools::tool("promtool"));
    let output = command.args(["check", "config"]).arg(path).output().expect("promtool can be started");
    let said = || String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
    if output.status.success() { Ok(()) } else { Err(said()) }
}
