//! From the file as it is written to settings that can be run. What is wrong is kept, and the rest is still looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::bounds::{self, Bound, INTERVAL};
use super::{File, written};
use crate::config::digest::Digest;
use crate::config::explain::escaped;
use crate::config::pattern::Pattern;
use crate::config::{CollectorConfig, Databases, Grants, Limits, PluginsConfig, Quarantine, Schedule, duration, size};

/// Characters of a collector's or plugin's name.
const NAME: usize = 64;

/// Bytes of a pattern of keys, and how many of them one collector has: each key of a command is compared with all.
const PATTERN: usize = 1024;
const PATTERNS: usize = 1000;

impl File {
    /// Puts what the file says of plugins over what is there.
    pub fn plugins(&mut self, config: PluginsConfig) -> PluginsConfig {
        let written::Plugins {
            dir,
            cache_dir,
            rescan,
            file_limit,
            compile_cpu,
            compile_memory,
            quarantine_after,
            quarantine_first,
            quarantine_longest,
        } = self.written.plugins.take().unwrap_or_default();
        let mut numbers = Numbers { file: self, around: "/plugins".to_owned(), bounds: bounds::plugins().into() };
        let config = PluginsConfig {
            rescan: numbers.duration("rescan", rescan, config.rescan),
            file_limit: numbers.size("file-limit", file_limit, config.file_limit),
            compile_cpu: numbers.duration("compile-cpu", compile_cpu, config.compile_cpu),
            compile_memory: numbers.size("compile-memory", compile_memory, config.compile_memory),
            quarantine: Quarantine {
                after: numbers.count("quarantine-after", quarantine_after, config.quarantine.after),
                first: numbers.duration("quarantine-first", quarantine_first, config.quarantine.first),
                longest: numbers.duration("quarantine-longest", quarantine_longest, config.quarantine.longest),
            },
            ..config
        };
        let dir = dir.filter(|dir| !dir.is_empty()).map(|dir| self.beside(&dir));
        let cache_dir = match cache_dir.as_deref() {
            None | Some("") => config.cache_dir,
            Some("-") => None,
            Some(cache_dir) => Some(self.beside(cache_dir)),
        };
        PluginsConfig { dir: dir.or(config.dir), cache_dir, ..config }
    }

    /// A path of the file: one that is not absolute begins where the file is.
    pub(super) fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(&self.path).join(path)
    }

    /// The names of the collectors that are listed, in their order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<&String> = self.written.collectors.iter().flatten().map(|(name, _)| name).collect();
        let place = |name: &str| self.places.of(&pointer(name)).map(|place| (place.line, place.column));
        names.sort_by_key(|name| place(name));
        names.into_iter().cloned().collect()
    }

    /// Which plugin a listed collector runs.
    pub fn plugin_of(&self, name: &str) -> String {
        let collector = self.collector_as_written(name);
        collector.and_then(|collector| collector.plugin.clone()).unwrap_or_else(|| name.to_owned())
    }

    /// Keys of a listed collector's own configuration.
    pub fn config_of(&self, name: &str) -> Map<String, Value> {
        self.collector_as_written(name).and_then(|collector| collector.config.clone()).unwrap_or_default()
    }

    fn collector_as_written(&self, name: &str) -> Option<&written::Collector> {
        self.written.collectors.as_ref()?.get(name)?.as_ref()
    }

    /// Puts what the file says of a collector over what is there. The configuration is left as it is: whoever knows the
    /// flags knows what wins over what.
    pub fn collector(&mut self, config: CollectorConfig) -> CollectorConfig {
        let written = self.written.collectors.as_mut().and_then(|collectors| collectors.get_mut(&config.name));
        let Some(written) = written.map(|written| written.take().unwrap_or_default()) else { return config };
        let around = pointer(&config.name);
        self.check_name(&around, &config.name);
        if let Some(plugin) = &written.plugin {
            self.check_name(&format!("{around}/plugin"), plugin);
        }
        let schedule = written.schedule.and_then(|text| self.kept(&format!("{around}/schedule"), schedule(&text)));
        let digest = written.digest.and_then(|text| {
            let digest = text.parse::<Digest>().map_err(|error| error.to_string());
            self.kept(&format!("{around}/digest"), digest)
        });
        CollectorConfig {
            enabled: written.enabled.unwrap_or(config.enabled),
            places: self.places.below(&format!("{around}/config")),
            schedule: schedule.unwrap_or(config.schedule),
            grants: self.grants(&format!("{around}/grants"), written.grants, config.grants),
            limits: self.limits(&format!("{around}/limits"), written.limits, config.limits),
            digest: digest.or(config.digest),
            targets: written
                .targets
                .map(|targets| self.target_patterns(&format!("{around}/targets"), targets))
                .or(config.targets),
            ..config
        }
    }

    /// Refuses a name that is none for a collector or a plugin.
    fn check_name(&mut self, place: &str, name: &str) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > NAME || !name.chars().all(fits) || name.starts_with('-') {
            self.refuse(
                place,
                format!("a name is lower case letters, digits and dashes, {NAME} at most, and begins with no dash"),
            );
        }
    }

    fn grants(&mut self, around: &str, written: Option<written::Grants>, usual: Grants) -> Grants {
        let written = written.unwrap_or_default();
        let commands =
            written.commands.map(|names| self.items(&format!("{around}/commands"), names, |name| command(&name)));
        let keys = written.keys.map(|keys| self.key_patterns(&format!("{around}/keys"), keys));
        Grants {
            statistics: written.statistics.unwrap_or(usual.statistics),
            commands: commands.unwrap_or(usual.commands),
            keys: keys.unwrap_or(usual.keys),
            databases: written.databases.map_or(usual.databases, Databases::Only),
            scripts: usual.scripts,
        }
    }

    fn key_patterns(&mut self, around: &str, keys: Vec<String>) -> Vec<String> {
        if keys.len() > PATTERNS {
            self.refuse(around, format!("{} patterns are more than the {PATTERNS} allowed", keys.len()));
        }
        self.items(around, keys, key_pattern)
    }

    fn target_patterns(&mut self, around: &str, targets: Vec<String>) -> Vec<Pattern> {
        if targets.is_empty() {
            self.refuse(around, "no target fits an empty list; leave it out for all, or say `enabled: false`");
        }
        self.items(around, targets, |text| target(&text))
    }

    fn items<T>(&mut self, around: &str, items: Vec<String>, check: impl Fn(String) -> Result<T, String>) -> Vec<T> {
        let items = items.into_iter().map(check).enumerate();
        items.filter_map(|(number, item)| self.kept(&format!("{around}/{number}"), item)).collect()
    }

    fn limits(&mut self, around: &str, written: Option<written::Limits>, usual: Limits) -> Limits {
        let Some(written) = written else { return usual };
        let mut numbers = Numbers { file: self, around: around.to_owned(), bounds: bounds::limits().into() };
        Limits {
            cpu: numbers.duration("cpu", written.cpu, usual.cpu),
            wall: numbers.duration("wall", written.wall, usual.wall),
            memory: numbers.size("memory", written.memory, usual.memory),
            returned: numbers.size("returned", written.returned, usual.returned),
            calls: numbers.count("calls", written.calls, usual.calls),
            commands: numbers.count("commands", written.commands, usual.commands),
            reply_bytes: numbers.size("reply-bytes", written.reply_bytes, usual.reply_bytes),
            nesting: numbers.count("nesting", written.nesting, usual.nesting),
            samples: numbers.count("samples", written.samples, usual.samples),
            families: numbers.count("families", written.families, usual.families),
            labels: numbers.count("labels", written.labels, usual.labels),
            label_value: numbers.size("label-value", written.label_value, usual.label_value),
            log: numbers.size("log", written.log, usual.log),
            state: numbers.size("state", written.state, usual.state),
        }
    }

    /// A value that is right; what is wrong is kept for the list of problems.
    pub(super) fn kept<T>(&mut self, place: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.refuse(place, message)).ok()
    }
}

fn pointer(name: &str) -> String {
    format!("/collectors/{}", escaped(name))
}

/// Numbers of one block, each with its bounds.
struct Numbers<'a> {
    file: &'a mut File,
    around: String,
    bounds: BTreeMap<&'static str, Bound>,
}

impl Numbers<'_> {
    fn duration(&mut self, key: &str, text: Option<String>, usual: Duration) -> Duration {
        let (Some(text), Some(bound)) = (text, self.bounds.get(key)) else { return usual };
        let value = bound.duration(&text);
        self.file.kept(&format!("{}/{key}", self.around), value).unwrap_or(usual)
    }

    fn size<T: TryFrom<u64>>(&mut self, key: &str, value: Option<Value>, usual: T) -> T {
        let bytes = match value {
            None | Some(Value::Null) => return usual,
            Some(Value::String(text)) => size::parse(&text),
            Some(number) => {
                number.as_u64().ok_or_else(|| format!("{number} is no number of bytes; write for example 64MiB"))
            }
        };
        self.number(key, bytes, usual)
    }

    fn count<T: TryFrom<u64>>(&mut self, key: &str, value: Option<u64>, usual: T) -> T {
        match value {
            Some(value) => self.number(key, Ok(value), usual),
            None => usual,
        }
    }

    fn number<T: TryFrom<u64>>(&mut self, key: &str, value: Result<u64, String>, usual: T) -> T {
        let Some(bound) = self.bounds.get(key).copied() else { return usual };
        let value = value.and_then(|value| bound.number(value));
        let value = self.file.kept(&format!("{}/{key}", self.around), value);
        value.and_then(|value| T::try_from(value).ok()).unwrap_or(usual)
    }
}

fn schedule(text: &str) -> Result<Schedule, String> {
    if text == "scrape" {
        return Ok(Schedule::Scrape);
    }
    let interval = duration::parse(text)
        .map_err(|_| format!("{text:?} is no schedule; write scrape, or how often: for example 60s"))?;
    let (least, most) = INTERVAL;
    if interval < least || interval > most {
        return Err(format!("{text} is not from {least:?} to {most:?}"));
    }
    Ok(Schedule::Every(interval))
}

/// A command's name as grants have it: upper case, one space before a subcommand.
fn command(text: &str) -> Result<String, String> {
    let words: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
    let is_word = |word: &String| word.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if (1..=2).contains(&words.len()) && words.iter().all(is_word) {
        Ok(words.join(" "))
    } else {
        Err(format!("{text:?} is no name of a command; write for example HGET or XINFO STREAM, without arguments"))
    }
}

fn key_pattern(text: String) -> Result<String, String> {
    match text.len() {
        0 => Err("an empty pattern fits no key; write \"*\" for all keys".to_owned()),
        length if length > PATTERN => Err(format!("a pattern of {length} bytes is longer than the {PATTERN} allowed")),
        _ => Ok(text),
    }
}

/// What an address is compared with has a scheme, a port and no credentials; a pattern without them would fit nothing.
fn target(text: &str) -> Result<Pattern, String> {
    let is_host_and_port = |rest: &str| {
        rest.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !port.is_empty() && port.chars().all(|c| c.is_ascii_digit() || c == '*')
        })
    };
    let fits = match text.split_once("://") {
        None => text == "*",
        Some(("redis" | "rediss", rest)) => is_host_and_port(rest) && !rest.contains(['@', '/']),
        Some(("unix", rest)) => rest.starts_with(['/', '*']) && !rest.contains('@'),
        Some(_) => false,
    };
    if fits {
        Ok(Pattern::new(text))
    } else {
        Err("no address fits this pattern; write redis://host:port or unix:///path/to/socket, without user, password and \
             database, with * for parts"
            .to_owned())
    }
}
