//! Sizes, values, memory and time to live of single keys.

use redwasp_sdk::keys::LENGTHS;
use redwasp_sdk::names::Name;
use redwasp_sdk::sweep::Read;
use redwasp_sdk::{Command, Failure, Family, Key, KeyRead, Plan, Report, Request, Sweep, label, number};
use serde::{Deserialize, Serialize};

/// Bytes of a value that are read: no more of it fits into a label.
const VALUE: usize = 1 << 10;

/// What the value of a HyperLogLog begins with (`hyperloglog.c` of Redis): to the server it is a string.
const HYPERLOGLOG: &[u8] = b"HYLL";

/// Commands that are asked at once, with some room to what a pipeline may have.
const AT_ONCE: usize = 500;

/// What is exported of a key.
#[derive(Serialize, Deserialize)]
pub(crate) struct Checks {
    size: Family<2>,
    memory: Family<2>,
    value: Option<Values>,
    ttl: Option<Family<2>>,
    /// Whether a key that is not there has the size 0.
    tells_missing: bool,
}

#[derive(Serialize, Deserialize)]
struct Values {
    number: Family<2>,
    text: Family<3>,
}

/// What is to be exported of keys.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) values: bool,
    pub(crate) ttl: bool,
    pub(crate) missing: bool,
}

/// What was read of a key.
pub(crate) struct Seen {
    pub(crate) length: Option<f64>,
    pub(crate) memory: Option<f64>,
    value: Vec<u8>,
    ttl_ms: Option<f64>,
}

impl Seen {
    fn is_hyperloglog(&self) -> bool {
        self.value.starts_with(HYPERLOGLOG)
    }
}

/// The reads of a sweep.
#[derive(Serialize, Deserialize)]
pub(crate) struct Reads {
    lengths: Vec<Read>,
    memory: Read,
    value: Option<Read>,
    ttl: Option<Read>,
}

impl Reads {
    /// Lengths and memory; with `last_byte` the beginning of strings, and the time to live.
    pub(crate) fn new(last_byte: Option<usize>, ttl: bool, sweep: &mut Sweep) -> Reads {
        let beginning = |last: usize| KeyRead::new("GETRANGE").after("0").after(last.to_string()).only(["string"]);
        Reads {
            lengths: LENGTHS.iter().map(|(kind, command)| sweep.read(KeyRead::new(command).only([kind]))).collect(),
            memory: sweep.read(KeyRead::new("MEMORY").before("USAGE")),
            value: last_byte.map(|last| sweep.read(beginning(last))),
            ttl: ttl.then(|| sweep.read(KeyRead::new("PTTL"))),
        }
    }

    /// What was read of a key.
    pub(crate) fn seen(&self, key: &Key<'_>) -> Seen {
        let number = |read: Option<Read>| -> Option<f64> { key.reply(read?).ok()??.number().ok() };
        let place = LENGTHS.iter().position(|(kind, _)| *kind == key.kind());
        let value = self.value.and_then(|read| key.reply(read).ok()?);
        Seen {
            length: number(place.map(|place| self.lengths[place])),
            memory: number(Some(self.memory)),
            value: value.and_then(|value| value.bytes().ok().map(<[u8]>::to_vec)).unwrap_or_default(),
            ttl_ms: number(self.ttl),
        }
    }
}

impl Checks {
    pub(crate) fn declare(wanted: Wanted, plan: &mut Plan) -> Checks {
        Checks {
            size: plan.gauge(
                "key_size",
                "Elements of the key: bytes of a string, fields of a hash, and so on; 0 for one that is not there.",
                ["db", "key"],
            ),
            memory: plan.gauge(
                "key_memory_usage_bytes",
                "Memory of the key and its value (MEMORY USAGE).",
                ["db", "key"],
            ),
            value: wanted.values.then(|| Values {
                number: plan.gauge("key_value", "Value of a string that is a number.", ["db", "key"]),
                text: plan.gauge(
                    "key_value_as_string",
                    "1, with the value of a string in a label.",
                    ["db", "key", "val"],
                ),
            }),
            ttl: wanted.ttl.then(|| {
                plan.gauge(
                    "key_ttl_seconds",
                    "Seconds that the key still lives; nothing without an end.",
                    ["db", "key"],
                )
            }),
            tells_missing: wanted.missing,
        }
    }

    /// What is read of each key of a sweep.
    pub(crate) fn reads(&self, sweep: &mut Sweep) -> Reads {
        Reads::new(Some(self.last_byte()), self.ttl.is_some(), sweep)
    }

    /// Where what is read of a value ends. If it is not wanted, its beginning still tells whether it is a HyperLogLog.
    fn last_byte(&self) -> usize {
        (if self.value.is_some() { VALUE } else { HYPERLOGLOG.len() }) - 1
    }

    /// Asks for keys by name: types first, then what fits them.
    ///
    /// # Errors
    /// [`Failure::Redis`] when the server cannot be asked.
    pub(crate) fn look(&self, names: &[Name], request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        for names in names.chunks(AT_ONCE) {
            let types: Vec<Command> = names.iter().map(|name| command("TYPE", name)).collect();
            let types = request.pipeline(&types)?;
            let mut asked = Asked::default();
            for (place, name) in names.iter().enumerate() {
                match types.reply(place).ok().as_ref().and_then(|kind| kind.text().ok()).as_deref() {
                    // Without its type, nothing can be read of it that may not be an error.
                    None => report.partial(),
                    Some("none") if self.tells_missing => {
                        report.set(self.size, [&db(name.database), &label::text(&name.key)], 0.0);
                    }
                    Some("none") => {}
                    Some(kind) => self.ask(name, kind, &mut asked),
                }
            }
            self.read(asked, request, report)?;
        }
        Ok(())
    }

    fn ask<'a>(&self, name: &'a Name, kind: &str, asked: &mut Asked<'a>) {
        let length = LENGTHS.iter().find(|(known, _)| *known == kind);
        let of_key = OfKey {
            name,
            length: length.map(|(_, length)| asked.add(command(length, name))),
            memory: asked.add(Command::new("MEMORY").arg("USAGE").arg(&name.key).database(name.database)),
            value: (kind == "string")
                .then(|| asked.add(command("GETRANGE", name).arg("0").arg(self.last_byte().to_string()))),
            ttl: self.ttl.map(|_| asked.add(command("PTTL", name))),
        };
        asked.keys.push(of_key);
    }

    fn read(&self, asked: Asked<'_>, request: &Request<'_>, report: &mut Report) -> Result<(), Failure> {
        if asked.keys.is_empty() {
            return Ok(());
        }
        let replies = request.pipeline(&asked.commands)?;
        let number = |place: Option<usize>| -> Option<f64> { replies.reply(place?).ok()?.number().ok() };
        let mut all = Vec::with_capacity(asked.keys.len());
        for OfKey { name, length, memory, value, ttl } in asked.keys {
            let value = value.and_then(|place| replies.reply(place).ok());
            let seen = Seen {
                length: number(length),
                memory: number(Some(memory)),
                value: value.and_then(|value| value.bytes().ok().map(<[u8]>::to_vec)).unwrap_or_default(),
                ttl_ms: number(ttl),
            };
            all.push((name.clone(), seen));
        }
        count_hyperloglogs(&mut all, request)?;
        all.iter().for_each(|(name, seen)| self.report(name, seen, report));
        Ok(())
    }

    /// Sets the metrics of a key.
    pub(crate) fn report(&self, name: &Name, seen: &Seen, report: &mut Report) {
        let (db, key) = (db(name.database), label::text(&name.key));
        let labels = [db.as_str(), &key];
        if let Some(length) = seen.length {
            report.set(self.size, labels, length);
        }
        if let Some(memory) = seen.memory {
            report.set(self.memory, labels, memory);
        }
        // PTTL is negative for a key that lives for ever, and for one that is gone.
        if let (Some(family), Some(ttl)) = (self.ttl, seen.ttl_ms.filter(|ttl| *ttl >= 0.0)) {
            report.set(family, labels, ttl / 1000.0);
        }
        if let Some(values) = self.value.as_ref().filter(|_| !seen.value.is_empty() && !seen.is_hyperloglog()) {
            match std::str::from_utf8(&seen.value).ok().and_then(number::float) {
                Some(number) => report.set(values.number, labels, number),
                None => report.set(values.text, [&db, &key, &label::text(&seen.value)], 1.0),
            }
        }
    }
}

/// Counts what HyperLogLogs count in place of their bytes.
///
/// # Errors
/// [`Failure::Redis`] when the server cannot be asked.
pub(crate) fn count_hyperloglogs(all: &mut [(Name, Seen)], request: &Request<'_>) -> Result<(), Failure> {
    let mut found: Vec<&mut (Name, Seen)> = all.iter_mut().filter(|(_, seen)| seen.is_hyperloglog()).collect();
    for some in found.chunks_mut(AT_ONCE) {
        let commands: Vec<Command> = some.iter().map(|(name, _)| command("PFCOUNT", name)).collect();
        let counts = request.pipeline(&commands)?;
        for (place, (_, seen)) in some.iter_mut().enumerate() {
            // What only looks like one is refused by the server, and has its bytes.
            if let Some(count) = counts.reply(place).ok().and_then(|count| count.number().ok()) {
                seen.length = Some(count);
            }
        }
    }
    Ok(())
}

/// What is asked of some keys at once.
#[derive(Default)]
struct Asked<'a> {
    commands: Vec<Command>,
    keys: Vec<OfKey<'a>>,
}

/// Where the replies about a key will be.
struct OfKey<'a> {
    name: &'a Name,
    length: Option<usize>,
    memory: usize,
    value: Option<usize>,
    ttl: Option<usize>,
}

impl Asked<'_> {
    fn add(&mut self, command: Command) -> usize {
        self.commands.push(command);
        self.commands.len() - 1
    }
}

fn command(name: &str, of: &Name) -> Command {
    Command::new(name).arg(&of.key).database(of.database)
}

/// What keys that are looked at by name are asked.
pub(crate) fn commands() -> Vec<&'static str> {
    let commands = ["TYPE", "MEMORY USAGE", "GETRANGE", "PTTL", "PFCOUNT"];
    commands.into_iter().chain(LENGTHS.iter().map(|(_, command)| *command)).collect()
}

/// As redis_exporter writes a database.
pub(crate) fn db(database: u32) -> String {
    format!("db{database}")
}
