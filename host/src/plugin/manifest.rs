//! `plugin.toml`: how the daemon runs a built-in when nothing else is configured.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::config::{Databases, Grants, Limits, Schedule, duration, size};

/// A built-in's manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Plugin name = folder name = default collector name.
    pub name: String,
    /// When it runs.
    #[serde(deserialize_with = "schedule")]
    pub schedule: Schedule,
    /// What it may ask of Redis.
    pub grants: Granted,
    /// How far a call may go, where the usual limits are too narrow.
    #[serde(default, deserialize_with = "limits")]
    pub limits: Limits,
    /// Command line flags that feed its configuration.
    #[serde(default)]
    pub flags: Vec<Flag>,
}

/// What a built-in may ask of Redis: this and nothing else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// Names of commands, upper case.
    pub commands: Vec<String>,
    /// Patterns of keys, in all databases. A built-in reads keys only as the operator configures it: `*` leaves that to the
    /// configuration.
    #[serde(default)]
    pub keys: Vec<String>,
    /// JSON Pointer of the key of its configuration that is false when it shall be told the passwords in settings too; they
    /// are hidden from a built-in without such a key.
    pub hides_secrets: Option<String>,
    /// JSON Pointer of the key of its configuration that lists the scripts which it may have the server run: of each, the
    /// `text`. The operator names them, in a flag or the file.
    pub scripts: Option<String>,
}

impl Granted {
    /// Whether it is told the passwords in settings, with this configuration.
    pub fn secrets(&self, configuration: &serde_json::Value) -> bool {
        let key = self.hides_secrets.as_deref();
        key.and_then(|key| configuration.pointer(key)).is_some_and(|hides| *hides == false)
    }

    /// The texts of the scripts that it may have the server run, with this configuration.
    pub fn scripts(&self, configuration: &serde_json::Value) -> Vec<String> {
        let listed = self.scripts.as_deref().and_then(|key| configuration.pointer(key)?.as_array());
        let texts = listed.into_iter().flatten().filter_map(|script| script.get("text")?.as_str());
        texts.map(str::to_owned).collect()
    }
}

impl From<&Granted> for Grants {
    fn from(granted: &Granted) -> Grants {
        let Granted { commands, keys, .. } = granted.clone();
        let databases = if keys.is_empty() { Grants::default().databases } else { Databases::All };
        Grants { statistics: false, commands, keys, databases, scripts: Vec::new() }
    }
}

/// What is left out is as usual.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Widened {
    /// `500ms`
    cpu: Option<String>,
    /// `128MiB`
    memory: Option<String>,
    commands: Option<u32>,
    samples: Option<usize>,
}

fn limits<'de, D: Deserializer<'de>>(table: D) -> Result<Limits, D::Error> {
    let Widened { cpu, memory, commands, samples } = Widened::deserialize(table)?;
    let mut limits = Limits::default();
    if let Some(cpu) = cpu {
        limits.cpu = duration::parse(&cpu).map_err(D::Error::custom)?;
    }
    if let Some(memory) = memory {
        let bytes = size::parse(&memory).map_err(D::Error::custom)?;
        limits.memory = usize::try_from(bytes).map_err(D::Error::custom)?;
    }
    limits.commands = commands.unwrap_or(limits.commands);
    limits.samples = samples.unwrap_or(limits.samples);
    Ok(limits)
}

/// `scrape`, or how often: `60s`.
fn schedule<'de, D: Deserializer<'de>>(text: D) -> Result<Schedule, D::Error> {
    let text = String::deserialize(text)?;
    match text.as_str() {
        "scrape" => Ok(Schedule::Scrape),
        interval => duration::parse(interval).map(Schedule::Every).map_err(D::Error::custom),
    }
}

/// A flag that sets one key of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Flag {
    /// Long name.
    pub name: String,
    /// Environment variable.
    pub env: String,
    /// What it does, for the usage: a line, or a few.
    pub help: String,
    /// Its kind, and its value when neither flag nor variable is given.
    pub default: DefaultValue,
    /// JSON Pointer of the key that it sets, one level deep.
    pub sets: String,
    /// Whether a request to `/scrape` may have a parameter of this name in its place. Only a list may be one.
    pub scrape_parameter: bool,
}

/// A flag's default, which is of the flag's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// `kind = "switch"`, or no kind: true or false. Becomes a boolean.
    Switch(bool),
    /// `kind = "text"`. Becomes a string.
    Text(String),
    /// `kind = "list"`: comma-separated; given several times, the flag adds to it. Becomes an array of strings.
    List(Vec<String>),
    /// `kind = "integer"`. Becomes a number.
    Integer(i64),
    /// `kind = "files"`: paths, written as a list is, and none when nothing is said. Becomes an array of `{path, text}`: the
    /// host reads the files.
    Files,
}

/// A flag as it stands in the manifest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    env: String,
    help: String,
    #[serde(default)]
    kind: Kind,
    default: toml::Value,
    sets: String,
    #[serde(default)]
    scrape_parameter: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Switch,
    Text,
    List,
    Integer,
    Files,
}

impl Flag {
    /// The key of the configuration that it sets.
    pub fn key(&self) -> &str {
        self.sets.trim_start_matches('/')
    }

    /// Whether it is one flag with that of another built-in: all but what it sets is the same. Such a flag feeds both.
    pub fn is_shared_with(&self, other: &Flag) -> bool {
        *self == Flag { sets: self.sets.clone(), ..other.clone() }
    }
}

impl TryFrom<Written> for Flag {
    type Error = String;

    fn try_from(written: Written) -> Result<Flag, String> {
        let Written { name, env, help, kind, default, sets, scrape_parameter } = written;
        let is_word = |text: &str, others: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
        };
        if !is_word(&name, "-.") {
            return Err(format!("flag {name:?}: a name is letters, digits, - and ."));
        }
        if !is_word(&env, "_") {
            return Err(format!("flag {name}: env = {env:?} is not letters, digits and _"));
        }
        if !sets.strip_prefix('/').is_some_and(|key| is_word(key, "_-")) {
            return Err(format!("flag {name}: sets = {sets:?} is not / and a key of the configuration"));
        }
        let default = default_value(kind, default).map_err(|fault| format!("flag {name}: {fault}"))?;
        if scrape_parameter && !matches!(default, DefaultValue::List(_)) {
            return Err(format!("flag {name}: only a list can be a parameter of /scrape"));
        }
        Ok(Flag { name, env, help, default, sets, scrape_parameter })
    }
}

fn default_value(kind: Kind, default: toml::Value) -> Result<DefaultValue, String> {
    match (kind, default) {
        (Kind::Switch, toml::Value::Boolean(on)) => Ok(DefaultValue::Switch(on)),
        (Kind::Text, toml::Value::String(text)) => Ok(DefaultValue::Text(text)),
        (Kind::Integer, toml::Value::Integer(number)) => Ok(DefaultValue::Integer(number)),
        (Kind::Files, toml::Value::Array(items)) if items.is_empty() => Ok(DefaultValue::Files),
        (Kind::List, toml::Value::Array(items)) => {
            let is_item = |item: &str| !item.is_empty() && item.trim() == item && !item.contains(',');
            let items = items.iter().map(|item| item.as_str().filter(|item| is_item(item)).map(str::to_owned));
            let items: Option<Vec<String>> = items.collect();
            items.map(DefaultValue::List).ok_or_else(|| "an item of a list is a string without commas".to_owned())
        }
        (kind, default) => Err(format!("the default of this kind ({kind:?}) cannot be {default}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_told_when_nobody_hides_them() {
        let granted = |key: Option<&str>| Granted { hides_secrets: key.map(str::to_owned), ..Granted::default() };
        assert!(granted(Some("/redact")).secrets(&json!({"redact": false})));
        for configuration in [json!({"redact": true}), json!({}), json!({"redact": 0}), json!({"redact": "false"})] {
            assert!(!granted(Some("/redact")).secrets(&configuration), "{configuration}");
        }
        assert!(!granted(None).secrets(&json!({"redact": false})));
    }

    #[test]
    fn the_scripts_are_those_of_the_configuration() {
        let granted = |key: Option<&str>| Granted { scripts: key.map(str::to_owned), ..Granted::default() };
        let configuration = json!({"scripts": [{"path": "a", "text": "return 1"}, "b.lua", {"path": "c"}], "other": 1});
        assert_eq!(granted(Some("/scripts")).scripts(&configuration), ["return 1"]);
        for key in [None, Some("/other"), Some("/none")] {
            assert_eq!(granted(key).scripts(&configuration), [""; 0], "{key:?}");
        }
    }

    #[test]
    fn limits_are_the_usual_ones_but_for_those_that_are_named() {
        let limits = |lines: &str| {
            let manifest =
                format!("name = \"a\"\nschedule = \"scrape\"\ngrants = {{commands = []}}\n[limits]\n{lines}");
            toml::from_str::<Manifest>(&manifest).map(|manifest| manifest.limits).map_err(|error| error.to_string())
        };
        let usual = Limits::default();
        assert_eq!(limits("").unwrap(), usual);
        let widened = limits("cpu = \"150ms\"\nmemory = \"128MiB\"\ncommands = 7\nsamples = 9").unwrap();
        let cpu = Duration::from_millis(150);
        assert_eq!(widened, Limits { cpu, memory: 128 << 20, commands: 7, samples: 9, ..usual });
        for wrong in ["cpu = \"soon\"", "cpus = \"1s\"", "memory = \"much\"", "commands = -1"] {
            assert!(limits(wrong).is_err(), "{wrong}");
        }
    }

    fn flag(lines: &str) -> Result<Flag, String> {
        let usual = "name = \"a-flag\"\nenv = \"A_FLAG\"\nhelp = \"Does\"\nsets = \"/key\"\n";
        let lines: String = usual
            .lines()
            .filter(|line| !lines.contains(line.split('=').next().unwrap()))
            .chain(lines.lines())
            .map(|line| format!("{line}\n"))
            .collect();
        toml::from_str(&lines).map_err(|error| error.to_string())
    }

    #[test]
    fn each_kind_has_its_default() {
        let cases = [
            ("default = true", DefaultValue::Switch(true)),
            ("kind = \"switch\"\ndefault = false", DefaultValue::Switch(false)),
            ("kind = \"text\"\ndefault = \"x\"", DefaultValue::Text("x".to_owned())),
            ("kind = \"list\"\ndefault = [\"x\", \"y\"]", DefaultValue::List(vec!["x".to_owned(), "y".to_owned()])),
            ("kind = \"list\"\ndefault = []", DefaultValue::List(Vec::new())),
            ("kind = \"integer\"\ndefault = -3", DefaultValue::Integer(-3)),
            ("kind = \"files\"\ndefault = []", DefaultValue::Files),
        ];
        for (lines, default) in cases {
            let flag = flag(lines).unwrap();
            assert_eq!((flag.key(), &flag.default), ("key", &default), "{lines}");
        }
    }

    #[test]
    fn a_list_may_be_a_parameter_of_scrapes() {
        let list = "kind = \"list\"\ndefault = []";
        assert!(!flag(list).unwrap().scrape_parameter);
        assert!(flag(&format!("{list}\nscrape_parameter = true")).unwrap().scrape_parameter);
    }

    #[test]
    fn mistakes_are_told() {
        for (lines, words) in [
            ("default = 1", "cannot be 1"),
            ("kind = \"text\"\ndefault = true", "cannot be true"),
            ("kind = \"integer\"\ndefault = \"1\"", "cannot be \"1\""),
            ("kind = \"list\"\ndefault = \"a,b\"", "cannot be"),
            ("kind = \"list\"\ndefault = [\"a,b\"]", "without commas"),
            ("kind = \"list\"\ndefault = [1]", "without commas"),
            ("kind = \"files\"\ndefault = [\"a.lua\"]", "cannot be"),
            ("kind = \"number\"\ndefault = 1", "unknown variant"),
            ("", "missing field `default`"),
            ("default = true\nmore = 1", "unknown field"),
            ("default = true\nscrape_parameter = true", "only a list"),
            ("default = true\nname = \"a flag\"", "a name is"),
            ("default = true\nname = \"--flag\"", "a name is"),
            ("default = true\nenv = \"A-FLAG\"", "env ="),
            ("default = true\nsets = \"key\"", "sets ="),
            ("default = true\nsets = \"/a/b\"", "sets ="),
            ("default = true\nsets = \"/\"", "sets ="),
        ] {
            let error = flag(lines).unwrap_err();
            assert!(error.contains(words), "{lines}: {error}");
        }
    }
}
