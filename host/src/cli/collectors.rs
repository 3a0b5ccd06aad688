//! The collectors: built-ins with what flags and file say of them, then what else the file lists.

use std::path::Path;

use serde_json::{Map, Number, Value, json};

use super::go;
use super::values::{Values, parts};
use crate::config::file::File;
use crate::config::{CollectorConfig, Grants, text};
use crate::plugin::{self, DefaultValue, Flag, Manifest};

/// Bytes of a file that a flag names. A script has a hundredth.
const FILE: u64 = 256 << 10;

/// Built-ins first, then in the order of the file. What is wrong in the file is noted there.
pub(super) fn collectors(
    values: &Values,
    built_ins: &[Manifest],
    mut file: Option<&mut File>,
    faults: &mut Vec<String>,
) -> Vec<CollectorConfig> {
    let mut collectors: Vec<CollectorConfig> = Vec::with_capacity(built_ins.len());
    for manifest in built_ins {
        let usual = built_in(manifest, values, file.as_deref_mut(), faults);
        collectors.push(match &mut file {
            Some(file) => {
                check_plugin(file, &manifest.name);
                of_file(file, usual)
            }
            None => usual,
        });
    }
    let Some(file) = file else { return collectors };
    let others = file.names().into_iter().filter(|name| built_ins.iter().all(|manifest| manifest.name != *name));
    for name in others {
        let plugin = file.plugin_of(&name);
        let usual = match built_ins.iter().find(|manifest| manifest.name == plugin) {
            Some(manifest) => instance(manifest, &name, file),
            None => CollectorConfig {
                name: name.clone(),
                configuration: Value::Object(file.config_of(&name)).to_string(),
                ..CollectorConfig::of_plugin(&plugin)
            },
        };
        collectors.push(of_file(file, usual));
    }
    collectors
}

/// As the file has it, with grants that can be granted.
fn of_file(file: &mut File, usual: CollectorConfig) -> CollectorConfig {
    let collector = file.collector(usual);
    for (number, name) in collector.grants.commands.iter().enumerate() {
        if let Err(message) = plugin::grantable(name) {
            file.refuse(&format!("/collectors/{}/grants/commands/{number}", collector.name), message);
        }
    }
    collector
}

/// The name of a built-in is not for others.
fn check_plugin(file: &mut File, name: &str) {
    let plugin = file.plugin_of(name);
    if plugin != name {
        let message = format!("{name} is the name of a built-in; choose another name for what runs {plugin}");
        file.refuse(&format!("/collectors/{name}/plugin"), message);
    }
}

/// A built-in under its own name. Defaults of flags and `settings` give way to the collector's `config`, and that to what
/// the command line and variables say.
fn built_in(
    manifest: &Manifest,
    values: &Values,
    mut file: Option<&mut File>,
    faults: &mut Vec<String>,
) -> CollectorConfig {
    let of = |wanted: bool| {
        let flags = manifest.flags.iter().map(|flag| (flag, values.get(&flag.name)));
        let flags = flags.filter(move |(_, value)| value.source.is_of_the_line() == wanted);
        flags.map(|(flag, value)| (flag.key().to_owned(), json(flag, &value.text)))
    };
    let mut configuration: Map<String, Value> = of(false).collect();
    let of_file = file.as_deref().map(|file| file.config_of(&manifest.name)).unwrap_or_default();
    configuration.extend(of_file.clone());
    configuration.extend(of(true));
    for flag in files(manifest) {
        let source = &values.get(&flag.name).source;
        for (pointer, fault) in read(flag, &mut configuration) {
            match &mut file {
                Some(file) if of_file.contains_key(flag.key()) && !source.is_of_the_line() => {
                    file.refuse(&format!("/collectors/{}/config/{pointer}", manifest.name), fault);
                }
                _ => faults.push(format!("{source}: {fault}")),
            }
        }
    }
    let parameters = manifest.flags.iter().filter(|flag| flag.scrape_parameter);
    let parameters = parameters.map(|flag| (flag.name.clone(), flag.key().to_owned())).collect();
    CollectorConfig { parameters, ..of_manifest(manifest, &manifest.name, configuration) }
}

/// A built-in under another name. Flags and parameters of requests are of the built-in itself; this one has the flags'
/// defaults.
fn instance(manifest: &Manifest, name: &str, file: &mut File) -> CollectorConfig {
    let defaults = manifest.flags.iter().map(|flag| (flag.key().to_owned(), default(flag)));
    let mut configuration: Map<String, Value> = defaults.collect();
    configuration.extend(file.config_of(name));
    for (pointer, fault) in files(manifest).flat_map(|flag| read(flag, &mut configuration)).collect::<Vec<_>>() {
        file.refuse(&format!("/collectors/{name}/config/{pointer}"), fault);
    }
    of_manifest(manifest, name, configuration)
}

fn of_manifest(manifest: &Manifest, name: &str, configuration: Map<String, Value>) -> CollectorConfig {
    let configuration = Value::Object(configuration);
    CollectorConfig {
        name: name.to_owned(),
        configuration: configuration.to_string(),
        schedule: manifest.schedule,
        grants: Grants { scripts: manifest.grants.scripts(&configuration), ..Grants::from(&manifest.grants) },
        limits: manifest.limits,
        secrets: manifest.grants.secrets(&configuration),
        ..CollectorConfig::of_plugin(&manifest.name)
    }
}

/// Flags that name files.
fn files(manifest: &Manifest) -> impl Iterator<Item = &Flag> {
    manifest.flags.iter().filter(|flag| flag.default == DefaultValue::Files)
}

/// Puts texts in the place of paths: `"a.lua"` becomes `{"path": "a.lua", "text": …}`. What cannot be read is told, with
/// its place below the configuration. What is no path is left to the collector's schema.
fn read(flag: &Flag, configuration: &mut Map<String, Value>) -> Vec<(String, String)> {
    let Some(Value::Array(items)) = configuration.get_mut(flag.key()) else { return Vec::new() };
    let mut faults = Vec::new();
    for (number, item) in items.iter_mut().enumerate() {
        let Value::String(path) = item else { continue };
        let text = text::bytes(Path::new(path.as_str()), "file", FILE).and_then(|(bytes, _)| text::utf8(bytes));
        match text {
            Ok(text) => *item = json!({"path": path, "text": text}),
            Err(fault) => faults.push((format!("{}/{number}", flag.key()), format!("{path}: {fault}"))),
        }
    }
    faults
}

fn default(flag: &Flag) -> Value {
    match &flag.default {
        DefaultValue::Switch(on) => Value::Bool(*on),
        DefaultValue::Text(text) => Value::String(text.clone()),
        DefaultValue::List(items) => items.iter().map(String::as_str).collect(),
        DefaultValue::Integer(number) => Value::Number(Number::from(*number)),
        DefaultValue::Files => Value::Array(Vec::new()),
    }
}

fn json(flag: &Flag, text: &str) -> Value {
    match flag.default {
        DefaultValue::Switch(_) => Value::Bool(go::boolean(text) == Some(true)),
        DefaultValue::Text(_) => Value::String(text.to_owned()),
        DefaultValue::List(_) | DefaultValue::Files => parts(text).collect(),
        DefaultValue::Integer(default) => Value::Number(Number::from(go::integer(text).unwrap_or(default))),
    }
}
