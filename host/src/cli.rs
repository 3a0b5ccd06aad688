//! The command line and the environment, as they are written, to checked settings.
//!
//! A flag wins over its environment variable, the variable over the default. Flags may begin with one dash or two.
//! Besides the daemon's own flags there are those of the built-in collectors: their manifests declare them.

mod flags;

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value};
use tracing::Level;

use crate::config::pattern::Pattern;
use crate::config::secret::Secret;
use crate::config::target::Target;
use crate::config::{CollectorConfig, Config, Credentials, Source, duration};
use crate::logging::Format;
use crate::plugin::Manifest;

use flags::{FLAGS, Flag, Kind};

/// What the program is asked to do.
#[derive(Debug)]
pub struct Settings {
    /// How log lines look.
    pub log_format: Format,
    /// Which log lines there are.
    pub log_level: Level,
    /// The daemon's settings.
    pub config: Config,
}

/// Why there are no settings.
#[derive(Debug)]
pub enum Stop {
    /// Usage or version was asked for, or a flag is unknown: clap's text and exit code.
    Usage(clap::Error),
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
    if let Some(name) = flags::NOT_YET.iter().find(|name| environment(name).is_some_and(|value| !value.is_empty())) {
        return Err(Stop::Invalid(format!("{name} is set, and this version does not have what it is for; unset it")));
    }
    let matches = command(built_ins).try_get_matches_from(two_dashes(args)?).map_err(Stop::Usage)?;
    let given = Given { matches, environment };
    let credentials = Credentials {
        user: given.text_of("redis.user").filter(|user| !user.is_empty()),
        password: given.text_of("redis.password").filter(|password| !password.is_empty()).map(Secret::new),
    };
    let debug = given.switch_of("debug")?;
    let config = Config {
        listen: given.text("web.listen-address"),
        telemetry_path: given.path("web.telemetry-path")?,
        namespace: given.namespace()?,
        target: given.target(&credentials)?,
        credentials,
        allowed_targets: given.list("scrape.allowed-targets").map(Pattern::new).collect(),
        scrape_timeout: given.duration("scrape-timeout")?,
        connect_timeout: given.duration("connection-timeout")?,
        client_name: given.switch_of("set-client-name")?.then(|| "redwasp".to_owned()),
        instance_role_label: false,
        ping_on_connect: false,
        redis_only_metrics: given.switch_of("redis-only-metrics")?,
        collectors: built_ins.iter().map(|manifest| given.collector(manifest)).collect::<Result<_, _>>()?,
    };
    let log_format = if given.text("log-format") == "json" { Format::Json } else { Format::Text };
    let log_level = if debug { Level::DEBUG } else { level(&given.text("log-level")) };
    Ok(Settings { log_format, log_level, config })
}

fn command(built_ins: &[Manifest]) -> Command {
    let own = FLAGS.iter().map(|flag| arg(flag.name, flag.kind, flag.env, flag.default, flag.help));
    let of_built_ins = built_ins.iter().flat_map(|manifest| &manifest.flags).map(|flag| {
        let default = if flag.default { "true" } else { "false" };
        arg(&flag.name, Kind::Switch, &flag.env, default, &flag.help)
    });
    Command::new("redwasp")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Prometheus exporter for Redis and Valkey with sandboxed WebAssembly collectors")
        .no_binary_name(true)
        .disable_version_flag(true)
        .arg(Arg::new("version").long("version").action(ArgAction::Version).help("Print the version"))
        .args(own.chain(of_built_ins))
}

fn arg(name: &str, kind: Kind, env: &str, default: &str, help: &str) -> Arg {
    let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
    let help = format!("{help} [env: {env}]{default}");
    let arg = Arg::new(name.to_owned()).long(name.to_owned()).help(help).action(ArgAction::Set);
    match kind {
        Kind::Switch => arg.value_name("BOOL").num_args(0..=1).require_equals(true).default_missing_value("true"),
        Kind::Text => arg.value_name("TEXT").allow_hyphen_values(true),
        Kind::Duration => arg.value_name("DURATION").allow_hyphen_values(true),
    }
}

/// `-name` is `--name`, as in Go; what follows a flag that wants a value is left as it is.
fn two_dashes(args: impl IntoIterator<Item = String>) -> Result<Vec<String>, Stop> {
    let mut is_value = false;
    let mut all = Vec::new();
    for arg in args {
        let single = arg.strip_prefix('-').is_some_and(|rest| rest.len() > 1 && !rest.starts_with('-'));
        // Not repeated: it may be an address with a password in it.
        if !is_value && !arg.starts_with('-') {
            return Err(Stop::Invalid("an argument that is no flag; an address goes into --redis.addr".to_owned()));
        }
        let arg = if single && !is_value { format!("-{arg}") } else { arg };
        let wants_value = |name: &str| flag(name).is_some_and(|flag| flag.kind != Kind::Switch);
        is_value = !is_value && arg.strip_prefix("--").is_some_and(wants_value);
        all.push(arg);
    }
    Ok(all)
}

fn level(text: &str) -> Level {
    match text.to_ascii_uppercase().as_str() {
        "DEBUG" => Level::DEBUG,
        "WARN" | "WARNING" => Level::WARN,
        "ERROR" => Level::ERROR,
        _ => Level::INFO,
    }
}

/// The longest duration that is a setting and not a mistake.
const LONGEST: Duration = Duration::from_secs(86_400);

/// What was given, and where to look for the rest.
struct Given<E> {
    matches: ArgMatches,
    environment: E,
}

impl<E: Fn(&str) -> Option<String>> Given<E> {
    fn raw(&self, name: &str, env: &str) -> Option<String> {
        self.matches.get_one::<String>(name).cloned().or_else(|| (self.environment)(env))
    }

    /// Flag or variable, without the default.
    fn text_of(&self, name: &str) -> Option<String> {
        self.raw(name, flag(name)?.env)
    }

    fn text(&self, name: &str) -> String {
        self.text_of(name).or_else(|| flag(name).map(|flag| flag.default.to_owned())).unwrap_or_default()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = String> {
        let parts: Vec<String> = self.text(name).split(',').map(|part| part.trim().to_owned()).collect();
        parts.into_iter().filter(|part| !part.is_empty())
    }

    fn switch_of(&self, name: &str) -> Result<bool, Stop> {
        boolean(&self.text(name)).ok_or_else(|| not_a_switch(name))
    }

    fn duration(&self, name: &str) -> Result<Duration, Stop> {
        let duration =
            duration::parse(&self.text(name)).map_err(|fault| Stop::Invalid(format!("--{name}: {fault}")))?;
        if duration.is_zero() || duration > LONGEST {
            return Err(Stop::Invalid(format!("--{name}: {duration:?} is not between 0 and a day")));
        }
        Ok(duration)
    }

    fn namespace(&self) -> Result<String, Stop> {
        let namespace = self.text("namespace");
        let starts = namespace.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_name = starts && namespace.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if namespace.is_empty() || is_name {
            Ok(namespace)
        } else {
            Err(Stop::Invalid(format!("--namespace: metric names cannot begin with {namespace:?}")))
        }
    }

    fn path(&self, name: &str) -> Result<String, Stop> {
        let path = self.text(name);
        let taken = ["/", "/scrape", "/health"].contains(&path.as_str());
        if path.starts_with('/') && !taken {
            Ok(path)
        } else {
            Err(Stop::Invalid(format!("--{name}: {path:?} must begin with / and not be another page's path")))
        }
    }

    /// What a URI lacks comes from the flags. An empty address is no target.
    fn target(&self, credentials: &Credentials) -> Result<Option<Target>, Stop> {
        let address = self.text("redis.addr");
        if address.is_empty() {
            return Ok(None);
        }
        let target = Target::parse(&address).map_err(|error| Stop::Invalid(format!("--redis.addr: {error}")))?;
        let Credentials { user, password } = credentials.clone();
        Ok(Some(Target { user: target.user.or(user), password: target.password.or(password), ..target }))
    }

    /// A built-in under its own name, configured by its flags.
    fn collector(&self, manifest: &Manifest) -> Result<CollectorConfig, Stop> {
        let mut configuration = Map::new();
        for flag in &manifest.flags {
            let value = match self.raw(&flag.name, &flag.env) {
                Some(text) => boolean(&text).ok_or_else(|| not_a_switch(&flag.name))?,
                None => flag.default,
            };
            configuration.insert(flag.sets.trim_start_matches('/').to_owned(), Value::Bool(value));
        }
        Ok(CollectorConfig {
            name: manifest.name.clone(),
            source: Source::BuiltIn(manifest.name.clone()),
            configuration: Value::Object(configuration).to_string(),
            commands: manifest.grants.commands.clone(),
        })
    }
}

fn flag(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// The spellings that Go takes.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn not_a_switch(name: &str) -> Stop {
    Stop::Invalid(format!("--{name}: write true or false"))
}

#[cfg(test)]
mod tests;
