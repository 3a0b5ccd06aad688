//! The command line and the environment, read once; the settings, made of them and the file as often as it changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::error::ErrorKind;
use tracing::Level;

use super::action::{self, Action, Verb};
use super::flag::{Flag, OF_COMMAND, Owner, text};
use super::go::{self, Arguments};
use super::plugins::{self, Fault, TARGET, Word};
use super::targets::Targets;
use super::values::{self, Sources, Value, Values, parts};
use super::warning::Warning;
use super::{Settings, Stop, bounds, check, collectors, flags, settings, usage};
use crate::build;
use crate::config::file::File;
use crate::config::pattern::Pattern;
use crate::config::target::Target;
use crate::config::{Config, PluginsConfig};
use crate::logging::Format;
use crate::plugin::Manifest;

/// The flag that only `acl` has.
const KIND: Flag<'static> =
    text("for", "", "redis7.2", "Which kind of server, if none is asked: redis6.2, redis7.0, valkey9.1 or the like");

/// Variables that are no flag's, for the usual place of compiled plugins.
const HOMES: [&str; 2] = ["XDG_CACHE_HOME", "HOME"];

/// Words that a flag knows, with what they stand for.
struct Words<T: 'static> {
    wanted: &'static str,
    known: &'static [(&'static str, T)],
    is_same: fn(&str, &str) -> bool,
}

const LEVELS: Words<Level> = Words {
    wanted: "DEBUG, INFO, WARN or ERROR",
    known: &[
        ("INFO", Level::INFO),
        ("DEBUG", Level::DEBUG),
        ("WARN", Level::WARN),
        ("WARNING", Level::WARN),
        ("ERROR", Level::ERROR),
    ],
    is_same: str::eq_ignore_ascii_case,
};

const FORMATS: Words<Format> =
    Words { wanted: "txt or json", known: &[("txt", Format::Text), ("json", Format::Json)], is_same: str::eq };

/// The value of a variable of the environment.
type Lookup = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What the program was started with. There may be passwords in it: it is not to be shown.
pub struct Line {
    action: Action,
    matches: ArgMatches,
    /// The variables that are known, as they were at the start.
    environment: HashMap<String, String>,
    /// The others, which files may refer to.
    lookup: Lookup,
    built_ins: Vec<Manifest>,
    warnings: Vec<Warning>,
}

impl Line {
    /// Reads arguments (without the program's name) and environment.
    ///
    /// # Errors
    /// What is wrong, or that only a text was asked for.
    pub fn read(
        args: impl IntoIterator<Item = String>,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        built_ins: Vec<Manifest>,
    ) -> Result<Line, Stop> {
        let args = action::with_flags(args.into_iter().collect());
        let (verb, words) = Verb::of(&args);
        let mut own = Vec::new();
        let flags = match verb.is_like_a_daemon() {
            true => flags::known(&built_ins).map_err(Stop::Invalid)?,
            false => Vec::new(),
        };
        match verb {
            Verb::Acl => own.extend([TARGET, KIND].map(|flag| (Owner::Daemon(OF_COMMAND), flag))),
            Verb::Plugin(Some(word)) => own.extend(word.flags()),
            _ => {}
        }
        // First, where they are seen: most of what follows is the daemon's.
        let flags: Vec<_> = own.into_iter().chain(flags).collect();
        let command = usage::command(verb, &flags);
        let usage = |kind, message: &str| Stop::Usage(command.clone().error(kind, message));
        if let Some(fault) = action::no_command(&args) {
            return Err(usage(ErrorKind::InvalidSubcommand, &fault));
        }
        let kind = |name: &str| flags.iter().find(|(_, flag)| flag.name == name).map(|(_, flag)| flag.kind);
        let args = go::arguments(args.into_iter().skip(words), verb.words(), kind)
            .map_err(|_| usage(ErrorKind::UnknownArgument, "a flag without a name"))?;
        let Arguments { flags: args, words, unread } = args;
        if unread.is_some() && !matches!(verb, Verb::Serve | Verb::Plugin(None)) {
            return Err(usage(ErrorKind::UnknownArgument, "there are more words than this command takes"));
        }
        if let Some(command) = unread.as_ref().and_then(|unread| unread.command) {
            let message = format!(
                "{command} stands behind flags; a command comes first, as in: redwasp check-config --config.file=redwasp.yaml"
            );
            return Err(usage(ErrorKind::InvalidSubcommand, &message));
        }
        let matches = command.clone().try_get_matches_from(args).map_err(Stop::Usage)?;
        // Commands without flags do not know it.
        let is_version = matches.try_get_one::<String>("version").ok().flatten().and_then(|text| go::boolean(text));
        if is_version == Some(true) {
            return Err(Stop::Version(version()));
        }
        let action = asked(verb, &words, &matches, |message| usage(ErrorKind::MissingRequiredArgument, message))?;
        let known = flags.iter().map(|(_, flag)| flag.env).chain(HOMES).filter(|name| !name.is_empty());
        let environment = known.filter_map(|name| Some((name.to_owned(), lookup(name)?))).collect();
        let warnings = unread.map(Warning::from).into_iter().collect();
        Ok(Line { action, matches, environment, lookup: Box::new(lookup), built_ins, warnings })
    }

    /// What the program is asked to do.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The settings: what the command line and the environment said at the start, and what the file says now.
    ///
    /// # Errors
    /// Everything that is wrong, a line for each.
    pub fn settings(&self) -> Result<Settings, Stop> {
        let flags = flags::known(&self.built_ins).map_err(Stop::Invalid)?;
        let config_file = self.config_file(&flags);
        let file = config_file.as_deref().map(|path| File::read(path, &settings::schema(&flags)));
        let mut file = file.transpose().map_err(|problem| Stop::Invalid(problem.to_string()))?;
        let (mut warnings, mut faults) = (self.warnings.clone(), Vec::new());
        let sources = Sources { matches: &self.matches, environment: &self.environment, file: file.as_ref() };
        let values = Values::find(&flags, sources, &mut warnings, &mut faults);
        let config = self.config(&values, file.as_mut(), &mut warnings, &mut faults);
        faults.extend(file.iter().flat_map(File::problems).map(|problem| problem.to_string()));
        if !faults.is_empty() {
            faults.sort_by_key(|fault| config_file.as_deref().and_then(|file| line_of(file, fault)));
            return Err(Stop::Invalid(faults.join("\n")));
        }
        let format = of_words(values.get("log-format"), &FORMATS, &mut warnings);
        let level = of_words(values.get("log-level"), &LEVELS, &mut warnings);
        let log_level = if values.switch("debug") { Level::DEBUG } else { level };
        let config_version = file.as_ref().and_then(File::version);
        Ok(Settings { log_format: format, log_level, warnings, config_file, config_version, config })
    }

    /// The path of the file. Only flag and variable can name it.
    fn config_file(&self, flags: &[(Owner<'_>, Flag<'_>)]) -> Option<PathBuf> {
        let (_, flag) = flags.iter().find(|(_, flag)| flag.name == "config.file")?;
        let variable = || values::variable(flag, &self.environment)?.ok();
        let value = values::given(flag, &self.matches).or_else(variable)?;
        Some(value.text).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    fn config(
        &self,
        values: &Values,
        mut file: Option<&mut File>,
        warnings: &mut Vec<Warning>,
        faults: &mut Vec<String>,
    ) -> Config {
        let text = |name| Some(values.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        let Targets { listed, kind_of_servers, defaults, files } =
            Targets::of(values, file.as_deref_mut(), &self.lookup, warnings, faults);
        let scrape_endpoint = !values.switch("disable-scrape-endpoint");
        let client_name = kept(faults, check::client_name(values.get("client-name")));
        Config {
            listen: kept(faults, check::listen(values.get("web.listen-address"))),
            telemetry_path: kept(faults, check::path(values.get("web.telemetry-path"), scrape_endpoint)),
            scrape_endpoint,
            namespace: check::namespace(values.text("namespace")),
            targets: listed,
            kind_of_servers,
            discover_hostnames: values.switch("cluster-discover-hostnames"),
            defaults,
            allowed_targets: parts(values.text("scrape.allowed-targets")).map(Pattern::new).collect(),
            unlisted: kept(faults, check::unlisted(values.get("scrape.unlisted-targets"))),
            scrape_timeout: kept(faults, check::duration(values.get("scrape-timeout"))),
            connect_timeout: kept(faults, check::duration(values.get("connection-timeout"))),
            connections: bounds::connections(values, faults),
            client_name: client_name.filter(|_| values.switch("set-client-name")),
            config_command: text("config-command").filter(|name| name != "-"),
            ping_on_connect: values.switch("ping-on-connect"),
            rdb_size: values.switch("include-rdb-file-size-metric"),
            instance_role_label: values.switch("append-instance-role-label"),
            redis_only_metrics: values.switch("redis-only-metrics"),
            sweeps: bounds::sweeps(values, faults),
            plugins: self.plugins(values, file.as_deref_mut()),
            collectors: collectors::collectors(values, &self.built_ins, file, faults),
            files,
        }
    }

    fn plugins(&self, values: &Values, file: Option<&mut File>) -> PluginsConfig {
        let usual = PluginsConfig { cache_dir: self.usual_cache(), ..PluginsConfig::default() };
        let config = match file {
            Some(file) => file.plugins(usual),
            None => usual,
        };
        let said = |name| Some(values.get(name)).filter(|value| value.source.is_of_the_line()).map(|value| &value.text);
        let dir = match said("plugins.dir") {
            None => config.dir,
            Some(path) => Some(path).filter(|path| !path.is_empty()).map(PathBuf::from),
        };
        let cache_dir = match said("plugins.cache-dir").map(String::as_str) {
            None => config.cache_dir,
            Some("") => self.usual_cache(),
            Some("-") => None,
            Some(path) => Some(PathBuf::from(path)),
        };
        PluginsConfig { dir, cache_dir, ..config }
    }

    /// Where compiled plugins are kept unless another place is named (XDG Base Directory Specification 0.8: a path that
    /// is not absolute is to be passed over).
    fn usual_cache(&self) -> Option<PathBuf> {
        let home = |name: &str| self.environment.get(name).map(Path::new).filter(|path| path.is_absolute());
        let cache = home("XDG_CACHE_HOME").map(Path::to_owned).or_else(|| Some(home("HOME")?.join(".cache")));
        Some(cache?.join("redwasp"))
    }
}

/// A value; one that is wrong is told, and stood in for until everything else was looked at.
pub(super) fn kept<T: Default>(faults: &mut Vec<String>, result: Result<T, String>) -> T {
    result.unwrap_or_else(|fault| {
        faults.push(fault);
        T::default()
    })
}

fn asked(verb: Verb, words: &[String], matches: &ArgMatches, usage: impl Fn(&str) -> Stop) -> Result<Action, Stop> {
    let target = |text: &String| Target::parse(text).map_err(|error| Stop::Invalid(format!("--target: {error}")));
    Ok(match verb {
        Verb::Serve => Action::Serve,
        Verb::CheckConfig => Action::CheckConfig,
        Verb::Acl => Action::Acl {
            target: matches.get_one::<String>("target").map(target).transpose()?,
            kind: matches.get_one::<String>("for").map_or_else(|| KIND.default.to_string(), String::clone),
        },
        Verb::CompileComponent => Action::CompileComponent,
        Verb::Plugin(None) => return Err(usage(&format!("plugin wants one of the words {}", Word::listed()))),
        Verb::Plugin(Some(word)) => {
            let flag = |name: &str| matches.try_get_one::<String>(name).ok().flatten().cloned();
            let action = plugins::action(word, words, flag).map_err(|fault| match fault {
                Fault::Missing(what) => usage(what),
                Fault::Wrong(what) => Stop::Invalid(what),
            });
            Action::Plugin(action?)
        }
    })
}

fn version() -> String {
    format!("redwasp {}, build date: {}, sha1: {}", build::VERSION, build::DATE, build::COMMIT)
}

/// What one of a few words stands for; the first is taken for a word that is not known, as redis_exporter takes it.
fn of_words<T: Copy>(value: &Value, words: &Words<T>, warnings: &mut Vec<Warning>) -> T {
    let (_, usual) = words.known[0];
    let found = words.known.iter().find(|(word, _)| (words.is_same)(word, &value.text));
    if found.is_none() && !value.text.is_empty() {
        let (setting, wanted, (default, _)) = (value.source.to_string(), words.wanted, words.known[0]);
        warnings.push(Warning::UnknownText { setting, wanted, default });
    }
    found.map_or(usual, |(_, meaning)| *meaning)
}

/// The line and the column of what a fault of the file is about; none for one of a flag or a variable.
fn line_of(file: &Path, fault: &str) -> Option<(usize, usize)> {
    let mut place = fault.strip_prefix(&format!("{}:", file.display()))?.splitn(3, ':');
    Some((place.next()?.parse().ok()?, place.next()?.parse().ok()?))
}
