//! Arguments and values as Go's packages `flag` and `strconv` read them, which is what redis_exporter's users write for.

use super::action;
use super::flag::Kind;
use super::own::ALIASES;

/// Arguments of which each is one flag, `--name=value`; one without a value is wrong, and clap says so.
#[derive(Debug, PartialEq)]
pub(super) struct Arguments {
    pub(super) flags: Vec<String>,
    /// Words that were asked for.
    pub(super) words: Vec<String>,
    /// What comes after the flags.
    pub(super) unread: Option<Unread>,
}

/// Arguments that nobody looked at. What they are is not kept: one may be an address with a password in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) count: usize,
    /// The switch right before them, which they were perhaps meant for.
    pub(super) switch: Option<String>,
    /// The first word of a command that is among them.
    pub(super) command: Option<&'static str>,
}

/// A dash or two, and no name after them.
#[derive(Debug, PartialEq)]
pub(super) struct BadSyntax;

/// Reads flags up to the first word that is none and not asked for, or `--`. A switch takes only what follows `=`; every
/// other flag takes that or the next argument, whatever it looks like.
pub(super) fn arguments(
    args: impl IntoIterator<Item = String>,
    words: usize,
    kind: impl Fn(&str) -> Option<Kind>,
) -> Result<Arguments, BadSyntax> {
    let mut args = args.into_iter();
    let mut read = Arguments { flags: Vec::new(), words: Vec::new(), unread: None };
    let mut switch = None;
    while let Some(arg) = args.next() {
        let is_word = arg.len() < 2 || !arg.starts_with('-');
        if is_word && read.words.len() < words {
            read.words.push(arg);
            continue;
        }
        if is_word || arg == "--" {
            let rest: Vec<String> = Some(arg).filter(|_| is_word).into_iter().chain(args).collect();
            let (count, command) = (rest.len(), action::misplaced(&rest));
            read.unread = (count > 0).then_some(Unread { count, switch: switch.filter(|_| is_word), command });
            break;
        }
        let (name, value) = split(&arg).ok_or(BadSyntax)?;
        let Some(kind) = kind(name) else {
            // Also -h; anything else is an error. Its value may be a secret that was meant for another flag.
            read.flags.push(if name == "h" { "--help".to_owned() } else { format!("--{name}") });
            break;
        };
        let is_bare_switch = kind == Kind::Switch && value.is_none();
        switch = is_bare_switch.then(|| name.to_owned());
        let value = value.map(str::to_owned);
        let value = if is_bare_switch { Some("true".to_owned()) } else { value.or_else(|| args.next()) };
        read.flags.push(value.map_or(format!("--{name}"), |value| format!("--{name}={value}")));
    }
    Ok(read)
}

/// Name and value of `-name`, `--name`, `-name=value` or `--name=value`.
fn split(arg: &str) -> Option<(&str, Option<&str>)> {
    let rest = arg.strip_prefix('-')?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let name = alias.map_or(name, |(_, name)| name);
    (!name.is_empty() && !name.starts_with('-')).then_some((name, value))
}

/// The spellings of `strconv.ParseBool`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseInt` with base 0, as for flags: decimal, 0x, 0o, 0b, or octal after a leading 0. An underscore may stand
/// between digits and after the prefix.
pub(super) fn integer(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { "-" } else { "" };
    let (radix, digits) = radix(unsigned);
    let digits = if radix == 10 { digits } else { digits.strip_prefix('_').unwrap_or(digits) };
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let digits = digits.replace('_', "");
    let are_digits = digits.chars().all(|c| c.is_digit(radix));
    are_digits.then(|| i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()).flatten()
}

/// The base that a number is written in, and the rest of it.
fn radix(text: &str) -> (u32, &str) {
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(rest) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return (radix, rest);
        }
    }
    match text.strip_prefix('0') {
        Some(rest) if !rest.is_empty() => (8, rest),
        _ => (10, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<Arguments, BadSyntax> {
        let kind = |name: &str| match name {
            "debug" => Some(Kind::Switch),
            "text" => Some(Kind::Text),
            _ => None,
        };
        arguments(args.iter().map(|&arg| arg.to_owned()), 0, kind)
    }

    fn flags(args: &[&str]) -> Vec<String> {
        read(args).unwrap().flags
    }

    #[test]
    fn forms_of_flags() {
        for args in [["-text", "v"].as_slice(), &["--text", "v"], &["-text=v"], &["--text=v"]] {
            assert_eq!(flags(args), ["--text=v"], "{args:?}");
        }
        assert_eq!(flags(&["-debug", "--debug=0", "-debug="]), ["--debug=true", "--debug=0", "--debug="]);
        assert_eq!(
            flags(&["--text", "-debug", "--text=a=b", "-text", "--"]),
            ["--text=-debug", "--text=a=b", "--text=--"]
        );
        assert_eq!(flags(&["--verbose=F"]), ["--debug=F"]);
        assert_eq!(flags(&["--text"]), ["--text"]);
        assert_eq!(flags(&["-nope=hunter2", "--text=v"]), ["--nope"]);
        assert_eq!(flags(&["-h=1"]), ["--help"]);
        for arg in ["---text=v", "--=v", "-=v"] {
            assert_eq!(read(&["-debug", arg]), Err(BadSyntax), "{arg}");
        }
    }

    #[test]
    fn flags_end_at_the_first_word() {
        let cases = [
            (["--debug", "false", "--text=v"].as_slice(), 1, Some((2, Some("debug")))),
            (&["--debug=1", "word"], 1, Some((1, None))),
            (&["--debug", "--", "--text=v"], 1, Some((1, None))),
            (&["word", "--nope"], 0, Some((2, None))),
            (&["--text", "v", "-"], 1, Some((1, None))),
            (&["--text", "v", ""], 1, Some((1, None))),
            (&["--debug", "--"], 1, None),
            (&["--debug"], 1, None),
            (&[], 0, None),
        ];
        for (args, count, unread) in cases {
            let read = read(args).unwrap();
            assert_eq!(read.flags.len(), count, "{args:?}");
            let unread =
                unread.map(|(count, switch)| Unread { count, switch: switch.map(str::to_owned), command: None });
            assert_eq!(read.unread, unread, "{args:?}");
        }
    }

    #[test]
    fn a_command_behind_flags_is_seen_up_to_the_next_flag() {
        let cases = [
            (["--debug", "plugin", "check"].as_slice(), Some("plugin")),
            (&["--debug", "true", "check-config"], Some("check-config")),
            (&["--debug", "--", "version"], Some("version")),
            (&["--debug", "true", "--text", "plugin"], None),
            (&["--text", "plugin", "word"], None),
            (&["--debug", "plugins"], None),
        ];
        for (args, command) in cases {
            assert_eq!(read(args).unwrap().unread.unwrap().command, command, "{args:?}");
        }
    }

    #[test]
    fn words_that_are_asked_for_stand_anywhere() {
        let kind = |name: &str| (name == "text").then_some(Kind::Text);
        for args in [["a", "--text", "v"], ["--text", "v", "a"]] {
            let read = arguments(args.map(str::to_owned), 1, kind).unwrap();
            assert_eq!(
                (read.flags.as_slice(), read.words.as_slice()),
                (&["--text=v".to_owned()][..], &["a".to_owned()][..])
            );
            assert_eq!(read.unread, None);
        }
        let read = arguments(["a", "--text=v", "b", "c"].map(str::to_owned), 1, kind).unwrap();
        assert_eq!((read.words.len(), read.unread.map(|unread| unread.count)), (1, Some(2)));
    }

    #[test]
    fn forms_of_integers() {
        let cases = [
            ("0", 0),
            ("1000", 1000),
            ("-5", -5),
            ("+5", 5),
            ("0x10", 16),
            ("0X1f", 31),
            ("0o17", 15),
            ("0b11", 3),
            ("017", 15),
            ("1_000", 1000),
            ("0_7", 7),
            ("0x_1_0", 16),
            ("-0x8", -8),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, value) in cases {
            assert_eq!(integer(text), Some(value), "{text}");
        }
        for text in
            ["", "-", "+-5", " 5", "5 ", "_1", "1_", "1__0", "08", "0x", "0b2", "0_", "abc", "9223372036854775808"]
        {
            assert_eq!(integer(text), None, "{text}");
        }
    }
}
