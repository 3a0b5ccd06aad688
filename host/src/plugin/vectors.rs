//! What SDKs are given of the daemon's rules: `rules.json` is in each of them, so that their benches refuse what it refuses,
//! and `sdk/plan-vectors.json` says of examples what it says of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{env, fs};

use serde::{Deserialize, Serialize};

use super::bindings::contract;
use super::grants::Permit;
use super::{Collector, Linked, Plugin};
use crate::config::{CollectorConfig, Databases, Grants};
use crate::metrics::names::{EXPORTER, OF_EXPORTER};
use crate::servers::policy::{Keys, Reading, Row, Rule, rows};
use crate::servers::{Command, Steps};

const SDKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");

/// Where each SDK has its copy. In C it is the initialiser of an array.
const COPIES: [&str; 4] = [
    "rust/src/testing/rules.json",
    "javascript/lib/testing/rules.json",
    "python/redwasp_sdk/testing/rules.json",
    "go/redwasptest/rules.json",
];
const COPY_IN_C: &str = "c/src/testing/rules.inc";

struct Rules {
    /// Names of families, without the namespace, that are the exporter's own; and how others begin.
    own_families: [&'static str; 3],
    own_prefix: &'static str,
    commands: BTreeMap<&'static str, Told>,
}

/// What is told of a command.
#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Refused {
        refused: &'static str,
    },
    Read {
        usage: String,
        /// How many arguments may follow the name. At most -1: any number.
        least: usize,
        most: i64,
        /// "keys", "statistics", which need no ask, or "server".
        reads: &'static str,
        /// Where its first key is, counted from the name; 0 where there is none, or none at a fixed place.
        key: usize,
    },
}

fn told(row: &Row) -> Told {
    let reading = match &row.rule {
        Rule::Refused(refused) => return Told::Refused { refused },
        Rule::Read(reading) => reading,
    };
    let (least, most) = reading.arguments();
    let most = if most == usize::MAX { -1 } else { i64::try_from(most).unwrap() };
    Told::Read { usage: row.usage(), least, most, reads: reads(reading), key: first_key(reading.keys) }
}

fn reads(reading: &Reading) -> &'static str {
    match (reading.keys, reading.statistic) {
        (Keys::None, true) => "statistics",
        (Keys::None, false) => "server",
        _ => "keys",
    }
}

fn first_key(keys: Keys) -> usize {
    match keys {
        Keys::At(place) | Keys::From(place) | Keys::FromButLast(place) => place,
        Keys::Counted(place) => place + 1,
        Keys::None | Keys::Streams | Keys::Matching => 0,
    }
}

/// One line for each command.
fn in_json(Rules { own_families, own_prefix, commands }: &Rules) -> String {
    let command = |(name, told): (&&str, &Told)| format!("{name:?}: {}", serde_json::to_string(told).unwrap());
    let commands: Vec<String> = commands.iter().map(command).collect();
    let (own_families, commands) = (serde_json::to_string(own_families).unwrap(), commands.join(",\n"));
    format!(
        "{{\"own_families\": {own_families},\n\"own_prefix\": {own_prefix:?},\n\"commands\": {{\n{commands}\n}}}}\n"
    )
}

fn in_c(rules: &Rules) -> String {
    let own_families = rules.own_families.map(|name| format!("{name:?}")).join(", ");
    let own = format!("#define OWN_FAMILIES {own_families}\n#define OWN_PREFIX {:?}\n", rules.own_prefix);
    let line = |(name, told): (&&str, &Told)| match told {
        Told::Refused { refused } => format!("{{{name:?}, \"\", 0, 0, \"\", 0, {refused:?}}},\n"),
        Told::Read { usage, least, most, reads, key } => {
            format!("{{{name:?}, {usage:?}, {least}, {most}, {reads:?}, {key}, 0}},\n")
        }
    };
    own + &rules.commands.iter().map(line).collect::<String>()
}

/// UPDATE_GOLDEN=1 writes them anew.
#[test]
fn sdks_have_the_rules_of_this_version() {
    let commands = rows().map(|row| (row.name, told(row))).collect();
    let rules = Rules { own_families: OF_EXPORTER, own_prefix: EXPORTER, commands };
    let json = in_json(&rules);
    let copies = COPIES.iter().map(|&copy| (copy, json.clone())).chain([(COPY_IN_C, in_c(&rules))]);
    for (copy, text) in copies {
        let path = format!("{SDKS}/{copy}");
        if env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
            fs::write(path, text).unwrap();
        } else {
            let found = fs::read_to_string(path).unwrap_or_default();
            assert!(found == text, "sdk/{copy} is not of this version: `make golden` writes it");
        }
    }
}

#[derive(Deserialize)]
struct Vectors {
    plans: Vec<PlanVector>,
    pipelines: Vec<PipelineVector>,
}

/// A plan, and what the daemon says of it; "" when it takes it.
#[derive(Deserialize)]
struct PlanVector {
    plan: Written,
    refused: String,
}

/// A command that a collect sends, with every grant, and why it is denied; "" when it is not.
#[derive(Deserialize)]
struct PipelineVector {
    #[serde(default)]
    asks: Vec<WrittenAsk>,
    #[serde(default)]
    database: u32,
    command: Vec<String>,
    denied: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    families: Vec<WrittenFamily>,
    asks: Vec<WrittenAsk>,
    prefetch: Vec<Vec<String>>,
    sweeps: Vec<WrittenSweep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFamily {
    name: String,
    kind: String,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAsk {
    commands: Vec<String>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    databases: Vec<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSweep {
    pattern: String,
    reads: Vec<WrittenRead>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRead {
    before: Vec<String>,
    after: Vec<String>,
}

fn bytes(words: Vec<String>) -> Vec<Vec<u8>> {
    words.into_iter().map(String::into_bytes).collect()
}

impl From<WrittenAsk> for contract::Ask {
    fn from(WrittenAsk { commands, keys, databases }: WrittenAsk) -> contract::Ask {
        contract::Ask { commands, keys, databases }
    }
}

impl From<WrittenFamily> for contract::Family {
    fn from(WrittenFamily { name, kind, labels }: WrittenFamily) -> contract::Family {
        let kind = match kind.as_str() {
            "counter" => contract::Kind::Counter,
            "gauge" => contract::Kind::Gauge,
            "histogram" => contract::Kind::Histogram,
            "summary" => contract::Kind::Summary,
            other => panic!("no vector has the kind {other:?}"),
        };
        contract::Family { name, help: String::new(), unit: String::new(), kind, label_names: labels }
    }
}

impl From<WrittenSweep> for contract::Sweep {
    fn from(WrittenSweep { pattern, reads }: WrittenSweep) -> contract::Sweep {
        let read = |WrittenRead { before, after }| contract::KeyRead {
            before: bytes(before),
            after: bytes(after),
            types: Vec::new(),
        };
        let reads = reads.into_iter().map(read).collect();
        contract::Sweep { database: 0, pattern: pattern.into_bytes(), types: Vec::new(), reads }
    }
}

impl From<Written> for contract::Plan {
    fn from(Written { families, asks, prefetch, sweeps }: Written) -> contract::Plan {
        let command = |args| contract::Command { database: 0, args: bytes(args) };
        contract::Plan {
            families: families.into_iter().map(Into::into).collect(),
            late_prefixes: Vec::new(),
            asks: asks.into_iter().map(Into::into).collect(),
            prefetch: prefetch.into_iter().map(command).collect(),
            sweeps: sweeps.into_iter().map(Into::into).collect(),
            scope: "node".to_owned(),
            problems: Vec::new(),
            prepared: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// Everything that can be granted.
fn everything() -> Grants {
    let reads = rows().filter(|row| row.reading().is_some());
    let commands = reads.map(|row| row.name.to_owned()).collect();
    Grants { commands, keys: vec!["*".to_owned()], databases: Databases::only([0, 1]), ..Grants::default() }
}

struct Any;

impl Linked for Any {
    fn describe(&self) -> contract::Description {
        let texts = ["any", "1.0.0", "", ""].map(str::to_owned);
        let [name, version, summary, config_schema] = texts;
        contract::Description { name, version, summary, config_schema, extra: Vec::new() }
    }

    fn configure(&self, _config: &str, _server: &contract::Server) -> Result<contract::Plan, contract::Refusal> {
        Ok(Written::default().into())
    }

    fn collect(&self, _request: contract::Request) -> Result<contract::Report, contract::Failure> {
        Err(contract::Failure::Other(String::new()))
    }
}

#[test]
fn examples_of_plans_are_taken_and_refused_as_the_sdks_are_told() {
    let text = fs::read_to_string(format!("{SDKS}/plan-vectors.json")).unwrap();
    let Vectors { plans, pipelines } = serde_json::from_str(&text).unwrap();
    assert!(plans.len() > 30 && pipelines.len() > 10, "{} plans, {} pipelines", plans.len(), pipelines.len());
    let config = CollectorConfig { grants: everything(), ..CollectorConfig::of_plugin("any") };
    let collector = Collector::new(&config, Arc::new(Plugin::linked(Arc::new(Any))), "redis");
    for PlanVector { plan, refused } in plans {
        let mut plan = contract::Plan::from(plan);
        let permit = Permit::new(Vec::new(), everything());
        // A plugin that is compiled in walks no keys.
        let sweeps =
            super::convert::sweeps(std::mem::take(&mut plan.sweeps), &permit, &mut super::grants::Lines::default());
        let said = sweeps.err().or(collector.checked(plan).err()).map(|malformed| malformed.0);
        assert_eq!(said.unwrap_or_default(), refused);
    }
    for PipelineVector { asks, database, command, denied } in pipelines {
        let permit = Permit::new(asks.into_iter().map(Into::into).collect(), everything());
        assert_eq!(permit.problems(), [""; 0], "{command:?}");
        let command = Command::of(bytes(command));
        let said = permit.pipeline(&command, database, &Steps::default()).err().map(|denied| denied.to_string());
        assert_eq!(said.unwrap_or_default(), denied);
    }
}
