//! `redwasp plugin record` and `replay`: what a collector was given, in a file, and given again.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;

use super::once::Once;
use super::run_plugin::{unreached, with_credentials};
use super::sample::Sample;
use super::{Said, quoted, to_the_end};
use crate::config::target::Target;
use crate::config::{CollectorConfig, Config};
use crate::exposition::text;
use crate::plugin::{Collector, Problem, Recording, Replayed, Stage, Tape, patient, replay};

/// Between the two scrapes of a collector that keeps state.
const BETWEEN: Duration = Duration::from_secs(1);

/// Runs a file's plugin once against a server, and writes down what it was given. A collector that keeps state from one call
/// to the next is run twice, so that there is some in the recording.
///
/// # Errors
/// When there are no threads to do it with. What is wrong with the file, the server or the collect is no error.
pub fn record_plugin(config: &Config, file: &Path, target: &Target, out: &Path) -> anyhow::Result<Said> {
    let recorded = to_the_end(record(config, file, target))?;
    Ok(match recorded {
        Err(said) => said,
        Ok((recording, said)) => match write(file, out, &recording) {
            Ok(told) => Said { out: told, ..said },
            Err(error) => Said { err: format!("{}: {error}", out.display()), ..Said::default() },
        },
    })
}

/// The recording, and what is to be said of the call.
pub(super) async fn record(config: &Config, file: &Path, target: &Target) -> Result<(Recording, Said), Said> {
    let target = with_credentials(config, target);
    let problem = |problem: Problem| Said::problem(file, &problem);
    let sample = Sample::load(config, file).await.map_err(problem)?;
    let tape = Arc::new(Tape::default());
    let once = Once::new(config, &sample, Some(tape.clone())).await.map_err(problem)?;
    let (mut outcome, mut last) = once.scrape(config, &target).await;
    if outcome.error.is_none() && tape.has_state() {
        tokio::time::sleep(BETWEEN).await;
        (outcome, last) = once.scrape(config, &target).await;
    }
    if let Some(said) = unreached(&outcome) {
        return Err(said);
    }
    let configuration = serde_json::from_str(&sample.settings.configuration);
    let configuration = configuration.map_err(|error| problem(Problem::new(Stage::Configure, error.to_string())))?;
    let err = last.and_then(Result::err).unwrap_or_default();
    let grants = once.to_paste(&sample);
    match tape.recording(&sample.plugin, configuration) {
        // What failed is what is most worth looking at again.
        Some(Err(full)) => Err(Said { err: full.to_string(), ..Said::default() }),
        Some(Ok(recording)) => {
            Ok((recording, Said { out: String::new(), is_good: err.is_empty(), err }.followed_by(grants)))
        }
        None if err.is_empty() => {
            Err(Said { err: format!("{}: nothing to measure on this server", file.display()), ..Said::default() })
        }
        None => Err(Said { err, ..Said::default() }),
    }
}

/// For its owner alone: there is data of the server in it. Whole or not at all.
fn write(file: &Path, out: &Path, recording: &Recording) -> anyhow::Result<String> {
    let text = format!("{recording}\n");
    ensure!(
        text.len() <= Recording::LARGEST,
        "{} bytes, and a recording has {} at most",
        text.len(),
        Recording::LARGEST
    );
    if let Ok(old) = fs::read(out) {
        ensure!(Recording::is_one(&old), "it is there, and no recording: it is left as it is");
    }
    let new = out.with_extension(format!("{}.new", std::process::id()));
    let mut options = OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(&new);
    let written = written.and_then(|mut file| file.write_all(text.as_bytes())).and_then(|()| fs::rename(&new, out));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written?;
    Ok(format!(
        "{}: {} bytes\nthere is data of the server in it: look at it before you give it away\nreplay it with: \
         redwasp plugin replay {} {}",
        out.display(),
        text.len(),
        quoted(file),
        quoted(out)
    ))
}

/// Gives a file's plugin what was recorded: metrics for stdout, warnings and log lines for stderr.
///
/// # Errors
/// When there are no threads to do it with. What is wrong with the files or the collect is no error.
pub fn replay_plugin(config: &Config, file: &Path, recording: &Path) -> anyhow::Result<Said> {
    let recording = match read(recording) {
        Ok(recording) => recording,
        Err(said) => return Ok(said),
    };
    let replayed = to_the_end(async {
        let sample = Sample::load(config, file).await?;
        of_plugin(&recording, &sample.plugin.description.name)?;
        let limits = patient(&sample.settings.limits);
        let configuration = recording.config.to_string();
        let settings = CollectorConfig { configuration, limits, ..sample.settings.clone() };
        let collector = Arc::new(Collector::new(&settings, sample.plugin.clone(), &config.namespace));
        let replayed = sample.sandbox.apart(async move { replay(&collector, &recording).await }).await;
        replayed.ok_or_else(|| Problem::new(Stage::Configure, "it did not end"))
    })?;
    Ok(match replayed {
        Ok(Ok(replayed)) => told(&replayed),
        Ok(Err(error)) => Said { err: format!("{}: {error}", file.display()), ..Said::default() },
        Err(problem) => Said::problem(file, &problem),
    })
}

/// Whether a recording is of a plugin of this name.
pub(super) fn of_plugin(recording: &Recording, name: &str) -> Result<(), Problem> {
    match recording.plugin == name {
        true => Ok(()),
        false => Err(Problem::new(Stage::Find, format!("the recording is of the plugin {}", recording.plugin))),
    }
}

/// A recording, or what is to be said of the file.
pub(super) fn read(file: &Path) -> Result<Recording, Said> {
    let said = |error: String| Said { err: format!("{}: {error}", file.display()), ..Said::default() };
    let text = fs::read(file).map_err(|error| said(error.to_string()))?;
    Recording::read(&text).map_err(|error| said(error.to_string()))
}

fn told(replayed: &Replayed) -> Said {
    let out = String::from_utf8_lossy(&text::write(&[(&replayed.page).into()])).trim_end().to_owned();
    let lines = replayed.usage.lines.iter().map(|line| format!("log: {}", line.text));
    let warnings = replayed.warnings.iter().map(|warning| format!("warning: {warning}"));
    let partial = replayed.partial.then(|| "partial: not everything could be read".to_owned());
    let cpu = format!("CPU:      {:.1} ms for all calls", replayed.usage.cpu.as_secs_f64() * 1e3);
    let err = lines.chain(warnings).chain(partial).chain([cpu]).collect::<Vec<_>>().join("\n");
    Said { out, err, is_good: true }
}
