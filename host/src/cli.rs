//! The command line and the environment, as they are written, to checked settings.
//!
//! A flag wins over its environment variable, the variable over the default. Flags are read by Go's rules, for scripts
//! that were written for redis_exporter. Besides the daemon's own flags there are those of the built-in collectors: their
//! manifests declare them.

mod check;
mod flag;
mod flags;
mod go;
mod later;
mod own;
mod usage;
mod values;
mod warning;

use clap::error::ErrorKind;
use serde_json::{Map, Number};
use tracing::Level;

use crate::build;
use crate::config::pattern::Pattern;
use crate::config::secret::Secret;
use crate::config::{CollectorConfig, Config, Credentials, Grants, PluginsConfig};
use crate::logging::Format;
use crate::plugin::{DefaultValue, Flag, Manifest};

use values::{Values, parts};
pub use warning::Warning;

/// What the program is asked to do.
#[derive(Debug)]
pub struct Settings {
    /// How log lines look.
    pub log_format: Format,
    /// Which log lines there are.
    pub log_level: Level,
    /// What to log first.
    pub warnings: Vec<Warning>,
    /// The daemon's settings.
    pub config: Config,
}

/// Why there are no settings.
#[derive(Debug)]
pub enum Stop {
    /// Usage was asked for, or a flag is wrong: clap's text and exit code.
    Usage(clap::Error),
    /// The version was asked for: a line for stdout.
    Version(String),
    /// A value is wrong.
    Invalid(String),
}

/// Reads arguments (without the program's name) and environment.
///
/// # Errors
/// What is wrong, or that only a text was asked for.
pub fn parse(
    args: impl IntoIterator<Item = String>,
    environment: impl Fn(&str) -> Option<String>,
    built_ins: &[Manifest],
) -> Result<Settings, Stop> {
    let flags = flags::known(built_ins).map_err(Stop::Invalid)?;
    let mut command = usage::command(&flags);
    let kind = |name: &str| flags.iter().find(|(_, flag)| flag.name == name).map(|(_, flag)| flag.kind);
    let args = go::arguments(args, kind)
        .map_err(|_| Stop::Usage(command.error(ErrorKind::UnknownArgument, "a flag without a name")))?;
    let matches = command.try_get_matches_from(args.flags).map_err(Stop::Usage)?;
    let mut warnings: Vec<Warning> = args.unread.map(Warning::from).into_iter().collect();
    if let Some(true) = matches.get_one::<String>("version").and_then(|text| go::boolean(text)) {
        return Err(Stop::Version(version()));
    }
    let values = Values::find(&flags, &matches, environment, &mut warnings).map_err(Stop::Invalid)?;
    let log_format = if values.text("log-format") == "json" { Format::Json } else { Format::Text };
    let log_level = if values.switch("debug") { Level::DEBUG } else { level(values.text("log-level")) };
    let config = config(&values, built_ins).map_err(Stop::Invalid)?;
    Ok(Settings { log_format, log_level, warnings, config })
}

fn version() -> String {
    format!("redwasp {}, build date: {}, sha1: {}", build::VERSION, build::DATE, build::COMMIT)
}

fn level(text: &str) -> Level {
    match text.to_ascii_uppercase().as_str() {
        "DEBUG" => Level::DEBUG,
        "WARN" | "WARNING" => Level::WARN,
        "ERROR" => Level::ERROR,
        _ => Level::INFO,
    }
}

fn config(values: &Values, built_ins: &[Manifest]) -> Result<Config, String> {
    let text = |name| Some(values.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let credentials = Credentials { user: text("redis.user"), password: text("redis.password").map(Secret::new) };
    let scrape_endpoint = !values.switch("disable-scrape-endpoint");
    let client_name = check::client_name(values.get("client-name"))?;
    Ok(Config {
        listen: values.text("web.listen-address").to_owned(),
        telemetry_path: check::path(values.get("web.telemetry-path"), scrape_endpoint)?,
        scrape_endpoint,
        namespace: check::namespace(values.text("namespace")),
        target: check::target(values.get("redis.addr"), &credentials)?,
        credentials,
        allowed_targets: parts(values.text("scrape.allowed-targets")).map(Pattern::new).collect(),
        scrape_timeout: check::duration(values.get("scrape-timeout"))?,
        connect_timeout: check::duration(values.get("connection-timeout"))?,
        client_name: client_name.filter(|_| values.switch("set-client-name")),
        config_command: text("config-command").filter(|name| name != "-"),
        ping_on_connect: values.switch("ping-on-connect"),
        instance_role_label: values.switch("append-instance-role-label"),
        redis_only_metrics: values.switch("redis-only-metrics"),
        plugins: PluginsConfig::default(),
        collectors: built_ins.iter().map(|manifest| collector(manifest, values)).collect(),
    })
}

/// A built-in under its own name, configured by its flags.
fn collector(manifest: &Manifest, values: &Values) -> CollectorConfig {
    let settings = manifest.flags.iter().map(|flag| (flag.key().to_owned(), json(flag, values.text(&flag.name))));
    CollectorConfig {
        configuration: serde_json::Value::Object(settings.collect::<Map<_, _>>()).to_string(),
        schedule: manifest.schedule,
        grants: Grants::from(&manifest.grants),
        ..CollectorConfig::of_plugin(&manifest.name)
    }
}

fn json(flag: &Flag, text: &str) -> serde_json::Value {
    match flag.default {
        DefaultValue::Switch(_) => serde_json::Value::Bool(go::boolean(text) == Some(true)),
        DefaultValue::Text(_) => serde_json::Value::String(text.to_owned()),
        DefaultValue::List(_) => parts(text).collect(),
        DefaultValue::Integer(default) => serde_json::Value::Number(Number::from(go::integer(text).unwrap_or(default))),
    }
}

#[cfg(test)]
mod tests;
