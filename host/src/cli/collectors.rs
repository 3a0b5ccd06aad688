//! The collectors: built-ins with what flags and file say of them, then what else the file lists.

use serde_json::{Map, Number, Value};

use super::go;
use super::values::{Values, parts};
use crate::config::file::File;
use crate::config::{CollectorConfig, Grants};
use crate::plugin::{self, DefaultValue, Flag, Manifest};

/// Built-ins first, then in the order of the file. What is wrong in the file is noted there.
pub(super) fn collectors(values: &Values, built_ins: &[Manifest], mut file: Option<&mut File>) -> Vec<CollectorConfig> {
    let mut collectors: Vec<CollectorConfig> = Vec::with_capacity(built_ins.len());
    for manifest in built_ins {
        let usual = built_in(manifest, values, file.as_deref());
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
fn built_in(manifest: &Manifest, values: &Values, file: Option<&File>) -> CollectorConfig {
    let of = |wanted: bool| {
        let flags = manifest.flags.iter().map(|flag| (flag, values.get(&flag.name)));
        let flags = flags.filter(move |(_, value)| value.source.is_of_the_line() == wanted);
        flags.map(|(flag, value)| (flag.key().to_owned(), json(flag, &value.text)))
    };
    let mut configuration: Map<String, Value> = of(false).collect();
    configuration.extend(file.map(|file| file.config_of(&manifest.name)).unwrap_or_default());
    configuration.extend(of(true));
    of_manifest(manifest, &manifest.name, configuration)
}

/// A built-in under another name. Flags are of the built-in itself; this one has their defaults.
fn instance(manifest: &Manifest, name: &str, file: &File) -> CollectorConfig {
    let defaults = manifest.flags.iter().map(|flag| (flag.key().to_owned(), default(flag)));
    let mut configuration: Map<String, Value> = defaults.collect();
    configuration.extend(file.config_of(name));
    of_manifest(manifest, name, configuration)
}

fn of_manifest(manifest: &Manifest, name: &str, configuration: Map<String, Value>) -> CollectorConfig {
    let configuration = Value::Object(configuration);
    CollectorConfig {
        name: name.to_owned(),
        configuration: configuration.to_string(),
        schedule: manifest.schedule,
        grants: Grants::from(&manifest.grants),
        limits: manifest.limits,
        secrets: manifest.grants.secrets(&configuration),
        ..CollectorConfig::of_plugin(&manifest.name)
    }
}

fn default(flag: &Flag) -> Value {
    match &flag.default {
        DefaultValue::Switch(on) => Value::Bool(*on),
        DefaultValue::Text(text) => Value::String(text.clone()),
        DefaultValue::List(items) => items.iter().map(String::as_str).collect(),
        DefaultValue::Integer(number) => Value::Number(Number::from(*number)),
    }
}

fn json(flag: &Flag, text: &str) -> Value {
    match flag.default {
        DefaultValue::Switch(_) => Value::Bool(go::boolean(text) == Some(true)),
        DefaultValue::Text(_) => Value::String(text.to_owned()),
        DefaultValue::List(_) => parts(text).collect(),
        DefaultValue::Integer(default) => Value::Number(Number::from(go::integer(text).unwrap_or(default))),
    }
}
