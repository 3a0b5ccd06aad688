//! `redwasp plugin run FILE --target URI`: one collect, its metrics and what it cost.

use std::path::Path;

use super::once::Once;
use super::sample::Sample;
use super::{Said, to_the_end};
use crate::config::target::Target;
use crate::config::{Config, Limits};
use crate::exposition::text;
use crate::metrics::{Page, Value};
use crate::scrape::{Outcome, Walked};

/// Runs a file's plugin once against a server: metrics for stdout, what it used of its budgets for stderr.
///
/// # Errors
/// When there are no threads to do it with. What is wrong with the file, the server or the collect is no error.
pub fn run_plugin(config: &Config, file: &Path, target: &Target) -> anyhow::Result<Said> {
    let target = with_credentials(config, target);
    let ran = to_the_end(async {
        let sample = Sample::load(config, file).await?;
        let once = Once::new(config, &sample, None).await?;
        let (outcome, last) = once.scrape(config, &target).await;
        let said = said(&outcome, last, &once.own.page(), &sample.settings.limits);
        Ok(said.followed_by(once.to_paste(&sample)))
    })?;
    Ok(ran.unwrap_or_else(|problem| Said::problem(file, &problem)))
}

/// Those of the settings, for an address without any: whoever runs this has named it.
pub(super) fn with_credentials(config: &Config, target: &Target) -> Target {
    config.defaults.fill(target.clone(), None)
}

/// What to do when the server did not accept who asks.
const CREDENTIALS: &str = "\nhint: put user and password into the address, as in redis://user:password@host, or set \
                           --redis.user and --redis.password (REDIS_USER, REDIS_PASSWORD)";

fn is_about_credentials(error: &str) -> bool {
    let is_code = |word: &str| ["NOAUTH", "WRONGPASS"].contains(&word.trim_end_matches(':'));
    // The second is what Redis before 6.2 says to a wrong password.
    error.split_whitespace().any(is_code) || error.contains("invalid password")
}

/// What is said of a server that could not be read.
pub(super) fn unreached(outcome: &Outcome) -> Option<Said> {
    let error = outcome.error.as_ref()?;
    let hint = if is_about_credentials(error) { CREDENTIALS } else { "" };
    Some(Said { out: String::new(), err: format!("{error}{hint}"), is_good: false })
}

/// What a scrape has to say: metrics, and what the call used of its budgets.
fn said(outcome: &Outcome, last: Option<Result<(), String>>, own: &Page, limits: &Limits) -> Said {
    if let Some(said) = unreached(outcome) {
        return said;
    }
    let out = String::from_utf8_lossy(&text::write(&[(&outcome.page).into()])).trim_end().to_owned();
    let used = used(outcome, own, limits);
    match last {
        Some(Err(error)) => Said { out, err: format!("{error}\n{used}"), is_good: false },
        _ => Said { out, err: used, is_good: true },
    }
}

/// What the one call, and the walk if there was one, used of their budgets.
fn used(outcome: &Outcome, own: &Page, limits: &Limits) -> String {
    let of = |name: &str| value(own, name, &[]);
    let phase = |phase: &str| value(own, "redwasp_collector_phase_seconds_total", &[phase]) * 1e3;
    let mib = f64::from(1 << 20);
    let samples: usize = outcome.page.samples.iter().map(|sample| sample.value.series()).sum();
    let walked = outcome.walked.map(|Walked { keys, is_complete, duration, .. }| {
        let end = if is_complete { "" } else { "; it ended before the keys did" };
        format!("walk:     {keys} keys in {:.1} ms{end}", duration.as_secs_f64() * 1e3)
    });
    let dropped = match of("redwasp_collector_dropped_samples_total") {
        0.0 => String::new(),
        dropped => format!(", {dropped} dropped: the report had their series twice, or a family that it may not have"),
    };
    let lines = [
        format!("CPU:      {:.1} of {} ms", of("redwasp_collector_cpu_seconds_total") * 1e3, limits.cpu.as_millis()),
        format!(
            "time:     {:.1} ms in the guest and {:.1} ms waiting for Redis, of {} ms",
            phase("guest"),
            phase("redis"),
            limits.wall.as_millis()
        ),
        format!("before:   {:.1} ms for the prefetch", phase("prefetch")),
        format!(
            "memory:   {:.1} of {:.0} MiB",
            of("redwasp_collector_peak_memory_bytes") / mib,
            limits.memory as f64 / mib
        ),
        format!(
            "commands: {} of {}, {} denied",
            of("redwasp_collector_commands_total"),
            limits.commands,
            of("redwasp_collector_denied_commands_total")
        ),
        format!("replies:  {} of {} bytes", of("redwasp_collector_reply_bytes_total"), limits.reply_bytes),
        format!("samples:  {samples} of {}{dropped}", limits.samples),
    ];
    lines.into_iter().chain(walked).collect::<Vec<_>>().join("\n")
}

/// The first sample of a family that has these label values.
fn value(page: &Page, name: &str, labels: &[&str]) -> f64 {
    let Some(family) = page.families.iter().position(|family| family.name == name) else { return 0.0 };
    let has = |values: &[String]| labels.iter().all(|label| values.iter().any(|value| value == label));
    let samples = page.samples.iter().filter(|sample| sample.family as usize == family && has(&sample.label_values));
    samples.map(|sample| if let Value::Single(value) = sample.value { value } else { 0.0 }).next().unwrap_or(0.0)
}
