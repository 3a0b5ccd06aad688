//! Walks keys as its configuration says, and tells what it saw: how many keys, how often each kind of key came, and the sum
//! of what was read as numbers.

use std::collections::BTreeMap;

use redwasp_sdk::sweep::Read;
use redwasp_sdk::{
    Collector, Description, Failure, Family, KeyRead, Page, Plan, Refusal, Report, Request, Server, Sweep, Sweeper,
    Swept, label,
};
use serde::{Deserialize, Serialize};

/// What to walk, and what to do wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Told in the label `name`.
    name: String,
    pattern: String,
    databases: Vec<u32>,
    types: Vec<String>,
    /// Words of a read of hashes; `<key>` stands for the key.
    read: Vec<String>,
    /// Tell each key by name.
    names: bool,
    /// Warn in each report, of a collect or of a walk.
    warns: bool,
    misdeed: Option<Misdeed>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            name: String::new(),
            pattern: "*".to_owned(),
            databases: vec![0],
            types: Vec::new(),
            read: Vec::new(),
            names: false,
            warns: false,
            misdeed: None,
        }
    }
}

/// What is done wrong, at the first page.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misdeed {
    /// Panics.
    Panic,
    /// Computes for ever.
    Spin,
    /// Says that it failed.
    Fail,
    /// Wants more memory than it may have.
    EatMemory,
}

/// The collector.
#[derive(Serialize, Deserialize)]
pub struct Sweeps {
    name: String,
    keys: Family<3>,
    sum: Family<1>,
    complete: Family<1>,
    key: Option<Family<3>>,
    sweeps: Vec<(u32, Swept, Option<Read>)>,
    warns: bool,
    misdeed: Option<Misdeed>,
}

/// What one walk saw.
#[derive(Default)]
pub struct Seen {
    keys: BTreeMap<(u32, String), u64>,
    names: BTreeMap<(u32, Vec<u8>), u64>,
    sum: f64,
}

impl Collector for Sweeps {
    type Config = Config;

    const DESCRIPTION: Description = Description {
        name: "sweeps",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Walks keys, for tests.",
        config_schema: r#"{"type": "object"}"#,
    };

    fn configure(config: Config, _server: &Server, plan: &mut Plan) -> Result<Self, Refusal> {
        let sweep = |database: u32, plan: &mut Plan| {
            let mut sweep = Sweep::new(&config.pattern).database(database).types(config.types.iter().cloned());
            let read = (!config.read.is_empty()).then(|| sweep.read(key_read(&config.read)));
            (database, plan.sweep(sweep), read)
        };
        Ok(Sweeps {
            name: config.name.clone(),
            keys: plan.gauge("swept_keys", "Keys that were seen.", ["name", "db", "kind"]),
            sum: plan.gauge("swept_amount", "Sum of what was read.", ["name"]),
            complete: plan.gauge("swept_complete", "1 when all keys were seen.", ["name"]),
            key: config.names.then(|| plan.gauge("swept_key", "How often a key was seen.", ["name", "db", "key"])),
            sweeps: config.databases.iter().map(|database| sweep(*database, plan)).collect(),
            warns: config.warns,
            misdeed: config.misdeed,
        })
    }

    fn collect(&self, _request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        if self.warns {
            report.warn("warned in a collect");
        }
        Ok(())
    }
}

/// `HGET <key> amount` in words.
fn key_read(words: &[String]) -> KeyRead {
    let mut halves = words.split(|word| word == "<key>");
    let (before, after) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let (name, before) = before.split_first().map_or(("", before), |(name, before)| (name, before));
    let read = before.iter().fold(KeyRead::new(name), KeyRead::before);
    after.iter().fold(read, KeyRead::after)
}

impl Sweeper for Sweeps {
    type Run = Seen;

    fn begin(&self, _request: &Request<'_>) -> Result<Seen, Failure> {
        Ok(Seen::default())
    }

    fn page(&self, seen: &mut Seen, _request: &Request<'_>, page: &Page<'_>) -> Result<(), Failure> {
        match self.misdeed {
            Some(Misdeed::Panic) => panic!("as it was told"),
            Some(Misdeed::Spin) => loop {
                std::hint::spin_loop();
            },
            Some(Misdeed::Fail) => return Err(Failure::Other("as it was told".to_owned())),
            Some(Misdeed::EatMemory) => drop(std::hint::black_box(vec![1_u8; 200 << 20])),
            None => {}
        }
        let Some((database, _, read)) = self.sweeps.iter().find(|(_, sweep, _)| page.is(*sweep)) else { return Ok(()) };
        for key in page.keys() {
            *seen.keys.entry((*database, key.kind().to_owned())).or_default() += 1;
            if self.key.is_some() {
                *seen.names.entry((*database, key.name().to_vec())).or_default() += 1;
            }
            if let Some(reply) = read.map(|read| key.reply(read)).transpose()?.flatten() {
                seen.sum += reply.number().unwrap_or_default();
            }
        }
        Ok(())
    }

    fn end(&self, seen: Seen, complete: bool, report: &mut Report) -> Result<(), Failure> {
        for ((database, kind), count) in &seen.keys {
            report.set(self.keys, [&self.name, &database.to_string(), kind], *count as f64);
        }
        if let Some(family) = self.key {
            for ((database, name), count) in &seen.names {
                report.set(family, [&self.name, &database.to_string(), &label::text(name)], *count as f64);
            }
        }
        report.set(self.sum, [&self.name], seen.sum);
        report.set(self.complete, [&self.name], f64::from(u8::from(complete)));
        if self.warns {
            report.warn("warned in a walk");
        }
        Ok(())
    }
}

redwasp_sdk::export_sweeper!(Sweeps);
