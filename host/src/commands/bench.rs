//! `redwasp plugin bench`: what plugins cost, as a table.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::record::{of_plugin, read, record};
use super::table::table;
use super::{Said, plugin_name, to_the_end};
use crate::config::target::Target;
use crate::config::{CollectorConfig, Config};
use crate::plugin::{Measured, Recording, measure};

/// The head of the table.
const HEAD: [&str; 7] = ["file", "size", "compile", "instantiate", "collect", "fuel", "memory"];

/// Measures components, one after the other, with a recorded request.
///
/// # Errors
/// When there are no threads to do it with. What is wrong with a file is no error.
pub fn bench_plugins(config: &Config, files: &[PathBuf], recording: &Path) -> anyhow::Result<Said> {
    match read(recording) {
        Ok(recording) => to_the_end(measured(config, files, &recording)),
        Err(said) => Ok(said),
    }
}

/// The same with a request that is recorded first, with the first component.
///
/// # Errors
/// As [`bench_plugins`].
pub fn bench_plugins_against(config: &Config, files: &[PathBuf], target: &Target) -> anyhow::Result<Said> {
    to_the_end(async {
        let Some(file) = files.first() else { return Said::default() };
        match record(config, file, target).await {
            Ok((recording, _)) => measured(config, files, &recording).await,
            Err(said) => said,
        }
    })
}

async fn measured(config: &Config, files: &[PathBuf], recording: &Recording) -> Said {
    let (mut rows, mut errors) = (vec![HEAD.map(str::to_owned)], Vec::new());
    for file in files {
        eprint!("{} …", file.display());
        let row = row(config, file, recording).await;
        eprintln!("{}", if row.is_ok() { " measured" } else { " failed" });
        match row {
            Ok(row) => rows.push(row),
            Err(error) => errors.push(format!("{}: {error}", file.display())),
        }
    }
    let out = if rows.len() > 1 { table(rows).collect::<Vec<_>>().join("\n") } else { String::new() };
    Said { out, is_good: errors.is_empty(), err: errors.join("\n") }
}

async fn row(config: &Config, file: &Path, recording: &Recording) -> Result<[String; 7], String> {
    let name = plugin_name(file).map_err(|problem| problem.to_string())?;
    of_plugin(recording, &name).map_err(|problem| problem.reason)?;
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let settings = config.collectors.iter().find(|collector| collector.plugin == name && collector.enabled);
    let limits = settings.map_or_else(|| CollectorConfig::of_plugin(&name).limits, |collector| collector.limits);
    let measured = measure(&bytes, recording, &limits).await.map_err(|error| error.to_string())?;
    let Measured { compile, instantiate, collect, fuel, memory, .. } = measured;
    Ok([
        file.display().to_string(),
        size(bytes.len()),
        milliseconds(compile),
        milliseconds(instantiate),
        milliseconds(collect),
        thousands(fuel),
        size(memory),
    ])
}

fn milliseconds(time: Duration) -> String {
    let time = time.as_secs_f64() * 1e3;
    let digits = if time < 10.0 { 3 } else { usize::from(time < 100.0) };
    format!("{time:.digits$} ms")
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// With a space between thousands: 12 345.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let places = digits.char_indices().map(|(place, digit)| {
        let gap = place > 0 && (digits.len() - place).is_multiple_of(3);
        if gap { format!(" {digit}") } else { digit.to_string() }
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!([12, 1_234_567, 100].map(thousands), ["12", "1 234 567", "100"]);
        assert_eq!([1000, 80 << 10, 18 << 20].map(size), ["1000 B", "80 KiB", "18.0 MiB"]);
        let times = [75, 4_400, 36_000, 4_300_000].map(|micros| milliseconds(Duration::from_micros(micros)));
        assert_eq!(times, ["0.075 ms", "4.400 ms", "36.0 ms", "4300 ms"]);
    }
}
