//! Sizes, values, memory and time to live of single keys.

use redwasp_sdk::keys::LENGTHS;
use redwasp_sdk::names::{self, Name};
use redwasp_sdk::sweep::Read;
use redwasp_sdk::told::Refused;
use redwasp_sdk::{Command, Failure, Family, Key, KeyRead, Plan, Reply, Report, Request, Sweep, label, number};
use serde::{Deserialize, Serialize};

/// Bytes of a value that are exported: no more of it fits into a label. One more is read, which tells whether that is all.
const VALUE: usize = 1 << 10;

/// What the value of a HyperLogLog begins with, in a header of so many bytes, and how long it is where it is not sparse
/// (`hyperloglog.c` of Redis): to the server it is a string.
const HYPERLOGLOG: &[u8] = b"HYLL";
const HEADER: usize = 16;
const DENSE: f64 = 12_304.0;

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
    /// Whether its length is what a HyperLogLog counts.
    is_counted: bool,
}

impl Seen {
    /// Whether it can only be a HyperLogLog, so that PFCOUNT is no error.
    fn is_hyperloglog(&self) -> bool {
        let Some(header) = self.value.first_chunk::<HEADER>() else { return false };
        let is_dense = || self.length == Some(DENSE);
        header.starts_with(HYPERLOGLOG) && (header[4] == 1 || header[4] == 0 && is_dense())
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
    pub(crate) fn seen(&self, key: &Key<'_>, refused: &mut Refused) -> Seen {
        let place = LENGTHS.iter().position(|(kind, _)| *kind == key.kind());
        let length = place.and_then(|place| numeric(LENGTHS[place].1, key.reply(self.lengths[place]), refused));
        Seen {
            length,
            memory: numeric("MEMORY USAGE", key.reply(self.memory), refused),
            value: self.value.map(|read| bytes(key.reply(read), refused)).unwrap_or_default(),
            ttl_ms: self.ttl.and_then(|read| numeric("PTTL", key.reply(read), refused)),
            is_counted: false,
        }
    }
}

type Replied<'a> = Result<Option<Reply<'a>>, Failure>;

/// A number. None of a key that is gone by now.
fn numeric(command: &'static str, reply: Replied<'_>, refused: &mut Refused) -> Option<f64> {
    let number = reply.and_then(|reply| match reply {
        None | Some(Reply::Null) => Ok(None),
        Some(reply) => Ok(Some(reply.number()?)),
    });
    refused.read(command, number)?
}

/// The beginning of a string.
fn bytes(reply: Replied<'_>, refused: &mut Refused) -> Vec<u8> {
    let bytes = reply.and_then(|reply| match reply {
        None | Some(Reply::Null) => Ok(Vec::new()),
        Some(reply) => Ok(reply.bytes()?.to_vec()),
    });
    refused.read("GETRANGE", bytes).unwrap_or_default()
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
        if self.value.is_some() { VALUE } else { HEADER - 1 }
    }

    /// Asks for keys by name: types first, then what fits them. What cannot be asked is left out.
    pub(crate) fn look(&self, names: &[Name], request: &Request<'_>, refused: &mut Refused, report: &mut Report) {
        for names in names.chunks(AT_ONCE) {
            let types: Vec<Command> = names.iter().map(|name| command("TYPE", name)).collect();
            let Some(types) = refused.read("TYPE", request.pipeline(&types)) else { return report.partial() };
            let mut asked = Asked::default();
            for (place, name) in names.iter().enumerate() {
                let kind = types.reply(place).and_then(|kind| Ok(kind.text()?.into_owned()));
                match refused.read("TYPE", kind).as_deref() {
                    // Another node of a cluster has it, or that is told: without its type, nothing can be read of it that
                    // may not be an error.
                    None => {}
                    Some("none") if self.tells_missing => {
                        report.set(self.size, [&db(name.database), &label::text(&name.key)], 0.0);
                    }
                    Some("none") => {}
                    Some(kind) => self.ask(name, kind, &mut asked),
                }
            }
            for (name, seen) in read(asked, request, refused) {
                self.report(name, &seen, report);
            }
        }
    }

    fn ask<'a>(&self, name: &'a Name, kind: &str, asked: &mut Asked<'a>) {
        let length = LENGTHS.iter().find(|(known, _)| *known == kind);
        let of_key = OfKey {
            name,
            length: length.map(|(_, length)| (*length, asked.add(command(length, name)))),
            memory: asked.add(Command::new("MEMORY").arg("USAGE").arg(&name.key).database(name.database)),
            value: (kind == "string")
                .then(|| asked.add(command("GETRANGE", name).arg("0").arg(self.last_byte().to_string()))),
            ttl: self.ttl.map(|_| asked.add(command("PTTL", name))),
        };
        asked.keys.push(of_key);
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
        if let Some(values) = self.value.as_ref().filter(|_| !seen.value.is_empty() && !seen.is_counted) {
            // The beginning of a number is another number.
            let whole = Some(&seen.value).filter(|value| value.len() <= VALUE);
            match whole.and_then(|value| str::from_utf8(value).ok()).and_then(number::float) {
                Some(number) => report.set(values.number, labels, number),
                None => report.set(values.text, [&db, &key, &label::text(label::begin(&seen.value, VALUE))], 1.0),
            }
        }
    }
}

/// Reads what was asked of keys.
fn read<'a>(asked: Asked<'a>, request: &Request<'_>, refused: &mut Refused) -> Vec<(&'a Name, Seen)> {
    if asked.keys.is_empty() {
        return Vec::new();
    }
    let Some(replies) = refused.read("MEMORY USAGE", request.pipeline(&asked.commands)) else { return Vec::new() };
    let reply = |place: usize| replies.reply(place).map(Some);
    let seen = |OfKey { name, length, memory, value, ttl }: OfKey<'a>| {
        let seen = Seen {
            length: length.and_then(|(command, place)| numeric(command, reply(place), refused)),
            memory: numeric("MEMORY USAGE", reply(memory), refused),
            value: value.map(|place| bytes(reply(place), refused)).unwrap_or_default(),
            ttl_ms: ttl.and_then(|place| numeric("PTTL", reply(place), refused)),
            is_counted: false,
        };
        (name, seen)
    };
    let mut all: Vec<(&Name, Seen)> = asked.keys.into_iter().map(seen).collect();
    count_hyperloglogs(all.iter_mut().map(|(name, seen)| (*name, seen)), request, refused);
    all
}

/// Counts what HyperLogLogs count in place of their bytes. What is not counted is a string like others.
pub(crate) fn count_hyperloglogs<'a>(
    all: impl Iterator<Item = (&'a Name, &'a mut Seen)>,
    request: &Request<'_>,
    refused: &mut Refused,
) {
    let mut found: Vec<(&Name, &mut Seen)> = all.filter(|(_, seen)| seen.is_hyperloglog()).collect();
    for some in found.chunks_mut(AT_ONCE) {
        let commands: Vec<Command> = some.iter().map(|(name, _)| command("PFCOUNT", name)).collect();
        let Some(counts) = refused.read("PFCOUNT", request.pipeline(&commands)) else { return };
        for (place, (_, seen)) in some.iter_mut().enumerate() {
            if let Some(count) = numeric("PFCOUNT", counts.reply(place).map(Some), refused) {
                seen.length = Some(count);
                seen.is_counted = true;
            }
        }
    }
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
    length: Option<(&'static str, usize)>,
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

/// Asks the operator for what is read of these keys, and of the keys of these patterns beyond what their sweeps read.
pub(crate) fn ask(single: &[Name], patterns: &[Name], plan: &mut Plan) {
    if !single.is_empty() {
        let commands = ["TYPE", "MEMORY USAGE", "GETRANGE", "PTTL", "PFCOUNT"].into_iter();
        let commands: Vec<&str> = commands.chain(LENGTHS.iter().map(|(_, command)| *command)).collect();
        names::ask(&commands, single, &[], plan);
    }
    if !patterns.is_empty() {
        names::ask(&["PFCOUNT"], &[], patterns, plan);
    }
}

/// As redis_exporter writes a database.
pub(crate) fn db(database: u32) -> String {
    format!("db{database}")
}
