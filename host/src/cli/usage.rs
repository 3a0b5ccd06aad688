//! The flags as clap has them: what `--help` prints and what is wrong with an argument.

use clap::{Arg, ArgAction, Command};

use super::action::Verb;
use super::flag::{Flag, Kind, Owner};
use super::go;

/// What the daemon's own usage begins with.
pub(super) const ABOUT: &str = "\
Prometheus exporter for Redis and Valkey with sandboxed WebAssembly collectors.

Nothing has to be set: it watches redis://localhost:6379 and serves http://localhost:9121/metrics.
A flag wins over its variable, the variable over the configuration file, the file over the default. Flags
may begin with one dash or two. A switch (BOOL) is on when it stands alone, and takes a value only after =,
as in --debug=false.

A command is the first word of all. check-config says what the daemon would say of its configuration.
acl prints the rule of an ACL that the daemon needs. plugin new, build and others help to write plugins,
plugin list, check and run to look at them; help plugin tells how. help and version are --help and --version.";

const LATER: &str = "Not in this version (it does not start when one of them, or its variable, is not the default):";

/// What the usage ends with.
const OTHER: Owner<'static> = Owner::Daemon("Other");

/// Columns of the list of flags without a line of their own.
const WIDTH: usize = 98;

/// The command line of a command.
pub(super) fn command(verb: Verb, flags: &[(Owner<'_>, Flag<'_>)]) -> Command {
    let help =
        Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Print this").help_heading("Other");
    let of = |wanted: bool| flags.iter().filter(move |(owner, _)| (*owner == OTHER) == wanted);
    let later = flags.iter().filter(|(owner, _)| *owner == Owner::Later).map(|(_, flag)| flag.name);
    let later = listed(later);
    // Commands without flags have none to come.
    let after = if later.is_empty() { later } else { format!("{LATER}\n{later}") };
    Command::new("redwasp")
        .about(verb.about())
        .after_help(after)
        .no_binary_name(true)
        .disable_help_flag(true)
        .override_usage(verb.usage())
        .next_line_help(true)
        .args(of(false).chain(of(true)).map(|(owner, flag)| arg(*owner, flag)))
        .arg(help)
}

fn arg(owner: Owner<'_>, flag: &Flag<'_>) -> Arg {
    let env = if flag.env.is_empty() { String::new() } else { format!("\n[env: {}]", flag.env) };
    let has_default = !flag.env.is_empty() && !flag.default.is_empty();
    let default = if has_default { format!(" [default: {}]", flag.default) } else { String::new() };
    let arg = Arg::new(flag.name.to_owned())
        .long(flag.name.to_owned())
        .help(format!("{}{env}{default}", flag.help))
        .action(if flag.kind == Kind::List { ArgAction::Append } else { ArgAction::Set });
    // Given twice, the last one counts.
    let arg = if flag.kind == Kind::List { arg } else { arg.overrides_with(flag.name.to_owned()) };
    let arg = match owner {
        Owner::Daemon(heading) => arg.help_heading(heading.to_owned()),
        Owner::Collector(_) => arg.help_heading("Collectors"),
        Owner::Later => arg.hide(true),
    };
    match flag.kind {
        Kind::Switch => arg.value_name("BOOL").value_parser(boolean).num_args(0..=1).require_equals(true),
        Kind::Integer => arg.value_name("INTEGER").value_parser(integer),
        Kind::Text => arg.value_name("TEXT"),
        Kind::List => arg.value_name("LIST"),
        Kind::Duration => arg.value_name("DURATION"),
    }
}

fn boolean(text: &str) -> Result<String, &'static str> {
    go::boolean(text).map(|_| text.to_owned()).ok_or("write true or false")
}

fn integer(text: &str) -> Result<String, &'static str> {
    go::integer(text).map(|_| text.to_owned()).ok_or("not an integer of 64 bits")
}

/// Words in lines.
fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut lines = vec![String::new()];
    for word in words {
        let line = lines.last_mut().filter(|line| line.len() + word.len() < WIDTH);
        match line {
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(format!(" {word}")),
        }
    }
    lines.iter().map(|line| format!(" {line}\n")).collect::<String>().trim_end().to_owned()
}
