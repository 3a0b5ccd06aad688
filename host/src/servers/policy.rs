//! Which commands may be sent for a collector: reads that answer at once, bounded where they could be long, and that leave
//! the connection as it is.
//!
//! Everything goes through one table. Refused, whoever grants them, are writes, scripts, blocking forms, and what changes
//! the connection (SELECT, AUTH, HELLO, SUBSCRIBE, MONITOR, MULTI, CLIENT REPLY, QUIT), which others use after us; so is
//! what the table does not have. Who may have which of the reads is decided elsewhere, by what [`Read`] says.
//! The one way past the table is [`script`], for texts that the operator named.

mod forms;
mod keys;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use forms::Form;
pub use keys::Keys;
pub use row::{Reading, Row, Rule};
pub use table::rows;

use super::Command;
use table::Entry;

/// Bytes of a name, more than any command's.
const LONGEST_NAME: usize = 64;

/// Arguments of one command, name included: each may cost as much as an element of a range.
const ARGUMENTS: usize = 10_000;

/// A command that may be sent, as far as it is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<'a> {
    /// As it is granted: `GET`, `XINFO STREAM`.
    pub name: &'static str,
    /// Whether it belongs to the grant that everybody has.
    pub statistic: bool,
    /// The keys that it reads.
    pub keys: Vec<&'a [u8]>,
    /// Patterns of the keys that it names.
    pub patterns: Vec<&'a [u8]>,
    /// Whether the reply depends on the database of the connection.
    pub is_of_database: bool,
    /// Whether the reply may be of any length.
    pub is_unbounded: bool,
    /// Whether the reply depends on when it is made, within one pipeline too: it is nobody else's.
    pub is_of_its_moment: bool,
}

/// A command that is not sent, whoever grants it: "SELECT changes the connection, which others use after this plugin".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {reason}")]
pub struct Forbidden {
    /// The command's name, escaped and cut.
    pub name: String,
    /// Why, as it follows the name in a sentence.
    pub reason: String,
}

impl Forbidden {
    fn new(name: &str, reason: impl Into<String>) -> Forbidden {
        Forbidden { name: name.to_owned(), reason: reason.into() }
    }

    /// For what is in no row.
    fn unknown<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> Forbidden {
        let escaped = |word: &[u8]| word[..word.len().min(LONGEST_NAME)].escape_ascii().to_string();
        let words: Vec<String> = words.into_iter().map(escaped).collect();
        let name = words.join(" ");
        match words.first() {
            Some(word) if word.contains(' ') => Forbidden::new(
                &format!("\"{word}\""),
                "is one word: give the name and each argument as a word of its own",
            ),
            _ if name.is_empty() => Forbidden::new("a command without a name", "is not in redwasp's table of reads"),
            _ => Forbidden::new(&name, "is not in redwasp's table of reads"),
        }
    }
}

/// What a command reads.
///
/// # Errors
/// Why it is not sent: it is no read, or not in a form that is bounded.
pub fn read(command: &Command) -> Result<Read<'_>, Forbidden> {
    let entry = entry(&command.args)?;
    let name = entry.row.name;
    let reading = match &entry.row.rule {
        Rule::Refused(reason) => return Err(Forbidden::new(name, *reason)),
        Rule::Read(reading) => reading,
    };
    let args = &command.args;
    if args.len() > ARGUMENTS {
        return Err(Forbidden::new(name, format!("has more than {ARGUMENTS} arguments: send it in parts")));
    }
    let miswritten = || Forbidden::new(name, format!("is written otherwise: {}", entry.row.usage()));
    let (least, most) = entry.arguments;
    if !(least..=most).contains(&(args.len() - words_of(name))) {
        return Err(miswritten());
    }
    reading.form.check(args).map_err(|rule| Forbidden::new(name, rule))?;
    let keys = reading.keys.of(args).ok_or_else(miswritten)?;
    let (patterns, is_of_database) = (reading.keys.patterns(args), entry.row.is_of_database());
    let (is_unbounded, is_of_its_moment) = (entry.row.is_unbounded(), entry.row.is_of_its_moment());
    Ok(Read { name, statistic: reading.statistic, keys, patterns, is_of_database, is_unbounded, is_of_its_moment })
}

/// A script that is run without keys, as `EVAL text 0 0` or `EVAL_RO text 0 0`: its text, and what it reads. None for any
/// other command and any other form. The table refuses scripts, as nobody can say what they do: whoever lets this one pass
/// has to know its text.
pub fn script(command: &Command) -> Option<(&[u8], Read<'_>)> {
    let [name, text, keys, argument] = &*command.args else { return None };
    let name = ["EVAL", "EVAL_RO"].into_iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes()))?;
    let read = Read {
        name,
        statistic: false,
        keys: Vec::new(),
        patterns: Vec::new(),
        is_of_database: false,
        is_unbounded: true,
        is_of_its_moment: true,
    };
    (keys == b"0" && argument == b"0").then_some((text, read))
}

/// The reads that a grant of this name allows: one, or for a command with subcommands all that it has. Upper or lower
/// case.
///
/// # Errors
/// Why there are none.
pub fn reads_named(name: &str) -> Result<Vec<&'static Row>, Forbidden> {
    let words: Vec<Vec<u8>> = name.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
    if let [word] = &*words
        && let Some(container) = upper(word).filter(|container| table::is_container(container))
    {
        let reads: Vec<_> = rows().filter(|row| row.reading().is_some() && is_under(row.name, &container)).collect();
        return if reads.is_empty() { Err(Forbidden::new(&container, "has no reads")) } else { Ok(reads) };
    }
    let row = entry(&words)?.row;
    match row.rule {
        _ if words.len() > words_of(row.name) => Err(Forbidden::unknown(words.iter().map(Vec::as_slice))),
        Rule::Read(_) => Ok(vec![row]),
        Rule::Refused(reason) => Err(Forbidden::new(row.name, reason)),
    }
}

/// How many of a command's words are its name: a subcommand that has a row of its own belongs to it.
pub(super) fn name_length(args: &[Vec<u8>]) -> usize {
    entry(args).map_or(1, |entry| words_of(entry.row.name))
}

fn words_of(name: &str) -> usize {
    name.split(' ').count()
}

fn is_under(name: &str, container: &str) -> bool {
    name.split(' ').next() == Some(container)
}

/// A word as the table has it. A subcommand is a word of its own: one that is glued to its command is none.
fn upper(word: &[u8]) -> Option<String> {
    let is_word = word.len() <= LONGEST_NAME && word.iter().all(u8::is_ascii_graphic);
    is_word.then(|| word.escape_ascii().to_string().to_ascii_uppercase())
}

fn entry(args: &[Vec<u8>]) -> Result<&'static Entry, Forbidden> {
    let unknown = |words: usize| Forbidden::unknown(args.iter().take(words).map(Vec::as_slice));
    let name = args.first().and_then(|word| upper(word)).ok_or_else(|| unknown(1))?;
    let is_container = table::is_container(&name);
    match args.get(1) {
        Some(word) if is_container => {
            let name = upper(word).map(|subcommand| format!("{name} {subcommand}"));
            name.and_then(|name| table::entry(&name)).ok_or_else(|| unknown(2))
        }
        None if is_container && table::entry(&name).is_none() => Err(Forbidden::new(&name, "needs a subcommand")),
        _ => table::entry(&name).ok_or_else(|| unknown(1)),
    }
}
