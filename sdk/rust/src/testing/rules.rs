//! What the daemon says of commands, and which names are its own.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// Bytes of a word of a name, more than any command's.
const LONGEST_WORD: usize = 64;

/// Written by the daemon's own tests, from its table.
static RULES: LazyLock<Rules> =
    LazyLock::new(|| serde_json::from_str(include_str!("rules.json")).expect("rules.json is of this version"));

#[derive(Deserialize)]
struct Rules {
    /// Names of families without the namespace, and how others begin.
    own_families: Vec<String>,
    own_prefix: String,
    commands: BTreeMap<String, Rule>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Rule {
    Refused {
        refused: String,
    },
    Read {
        usage: String,
        /// How many arguments may follow the name. At most -1: any number.
        least: usize,
        most: i64,
        reads: Reads,
        /// Where the first key is, counted from the name; 0 where there is none, or none at a fixed place.
        key: usize,
    },
}

/// What a command reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Reads {
    Keys,
    /// What everybody may read.
    Statistics,
    Server,
}

/// A command that may be sent, as far as it is granted.
pub(super) struct Read {
    /// As it is granted: `GET`, `XINFO STREAM`.
    pub(super) name: &'static str,
    pub(super) reads: Reads,
    /// The place of its first key; none when it has none, or none at a fixed place.
    pub(super) key: Option<usize>,
}

impl Read {
    fn new(name: &'static str, reads: Reads, key: usize) -> Read {
        Read { name, reads, key: (key > 0).then_some(key) }
    }
}

/// Whether the exporter itself has a family of this name, which is without the namespace.
pub(super) fn is_the_exporters(name: &str) -> bool {
    name.starts_with(&RULES.own_prefix) || RULES.own_families.iter().any(|own| own == name)
}

/// What a command reads.
///
/// # Errors
/// Why it is not sent, whoever grants it.
pub(super) fn read(args: &[Vec<u8>]) -> Result<Read, String> {
    let forbidden = |fault: String| format!("{fault}; no grant allows it");
    let (name, rule) = entry(args).map_err(forbidden)?;
    match rule {
        Rule::Refused { refused } => Err(forbidden(format!("{name} {refused}"))),
        Rule::Read { usage, least, most, reads, key } => {
            let given = args.len() - words_of(name);
            if given < *least || usize::try_from(*most).is_ok_and(|most| given > most) {
                return Err(forbidden(format!("{name} is written otherwise: {usage}")));
            }
            Ok(Read::new(name, *reads, *key))
        }
    }
}

/// What can be asked for by this name: one command, or of one with subcommands all that are reads. Upper or lower case.
///
/// # Errors
/// Why there is nothing.
pub(super) fn reads_named(name: &str) -> Result<Vec<Read>, String> {
    let words: Vec<Vec<u8>> = name.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
    if let [word] = &*words
        && let Some(container) = upper(word).filter(|container| is_container(container))
    {
        let reads: Vec<Read> = under(&container).collect();
        return if reads.is_empty() { Err(format!("{container} has no reads")) } else { Ok(reads) };
    }
    match entry(&words)? {
        (name, _) if words.len() > words_of(name) => Err(unknown(&words)),
        (name, Rule::Read { reads, key, .. }) => Ok(vec![Read::new(name, *reads, *key)]),
        (name, Rule::Refused { refused }) => Err(format!("{name} {refused}")),
    }
}

fn words_of(name: &str) -> usize {
    name.split(' ').count()
}

/// A word as the table has it.
fn upper(word: &[u8]) -> Option<String> {
    let is_word = word.len() <= LONGEST_WORD && word.iter().all(u8::is_ascii_graphic);
    is_word.then(|| String::from_utf8_lossy(word).to_ascii_uppercase())
}

fn rule(name: &str) -> Option<(&'static str, &'static Rule)> {
    RULES.commands.get_key_value(name).map(|(name, rule)| (name.as_str(), rule))
}

/// Whether a command has subcommands.
fn is_container(name: &str) -> bool {
    let begin = format!("{name} ");
    RULES.commands.range(begin.clone()..).next().is_some_and(|(name, _)| name.starts_with(&begin))
}

/// The reads of a command that has subcommands.
fn under(container: &str) -> impl Iterator<Item = Read> {
    let of_it = RULES.commands.iter().filter(move |(name, _)| name.split(' ').next() == Some(container));
    of_it.filter_map(|(name, rule)| match rule {
        Rule::Read { reads, key, .. } => Some(Read::new(name, *reads, *key)),
        Rule::Refused { .. } => None,
    })
}

/// The name and the rule of a command.
fn entry(args: &[Vec<u8>]) -> Result<(&'static str, &'static Rule), String> {
    let unknown = |words: usize| unknown(&args[..words.min(args.len())]);
    let name = args.first().and_then(|word| upper(word)).ok_or_else(|| unknown(1))?;
    match args.get(1) {
        Some(word) if is_container(&name) => {
            upper(word).and_then(|word| rule(&format!("{name} {word}"))).ok_or_else(|| unknown(2))
        }
        None if is_container(&name) && rule(&name).is_none() => Err(format!("{name} needs a subcommand")),
        _ => rule(&name).ok_or_else(|| unknown(1)),
    }
}

fn unknown(words: &[Vec<u8>]) -> String {
    let escaped = |word: &Vec<u8>| word[..word.len().min(LONGEST_WORD)].escape_ascii().to_string();
    let words: Vec<String> = words.iter().map(escaped).collect();
    let name = words.join(" ");
    match words.first() {
        Some(word) if word.contains(' ') => {
            format!("\"{word}\" is one word: give the name and each argument as a word of its own")
        }
        _ if name.is_empty() => "a command without a name is not in redwasp's table of reads".to_owned(),
        _ => format!("{name} is not in redwasp's table of reads"),
    }
}
