//! Single commands that a configuration may name: reads whose work has a bound.

use crate::path::Shape;

/// Words of a command. Longer ones are no question for a number.
const WORDS: usize = 128;

/// Bytes of all words of a command.
const LONGEST: usize = 4096;

/// What two indices may span at most.
const SPAN: u64 = 1000;

/// A command that may be asked.
struct Row {
    name: &'static str,
    /// Arguments as people write them; `[...]` may be missing, `...` may come again.
    args: &'static str,
    form: Form,
    shape: Shape,
    /// Since when Redis knows it, and KeyDB, which has its numbers. Valkey knows what Redis 7.2 did.
    since: (u32, u32),
}

/// What a command must not go beyond.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Any,
    /// The second and third argument are indices from 0 on, with at most so many between them; then `WITHSCORES` at most.
    Span(u64),
    /// `COUNT n` at the end.
    Count,
}

/// The version of Redis from which Valkey has gone its own way.
const PARTED: (u32, u32) = (7, 2);

const fn row(name: &'static str, args: &'static str) -> Row {
    Row { name, args, form: Form::Any, shape: Shape::Plain, since: (0, 0) }
}

impl Row {
    const fn form(self, form: Form) -> Row {
        Row { form, ..self }
    }

    const fn shape(self, shape: Shape) -> Row {
        Row { shape, ..self }
    }

    const fn since(self, major: u32, minor: u32) -> Row {
        Row { since: (major, minor), ..self }
    }
}

const ROWS: &[Row] = &[
    row("ARCOUNT", "key").since(8, 8),
    row("BF.CARD", "key"),
    row("BITCOUNT", "key"),
    row("CF.COUNT", "key item"),
    row("CMS.QUERY", "key item [item ...]"),
    row("DBSIZE", ""),
    row("EXISTS", "key [key ...]"),
    row("EXPIRETIME", "key").since(7, 0),
    row("GEODIST", "key member member [unit]"),
    row("GET", "key"),
    row("GETBIT", "key offset"),
    row("GETRANGE", "key start end").form(Form::Span(1 << 18)),
    row("HEXISTS", "key field"),
    row("HGET", "key field"),
    row("HLEN", "key"),
    row("HMGET", "key field [field ...]"),
    row("HSTRLEN", "key field"),
    row("JSON.ARRLEN", "key [path]"),
    row("JSON.GET", "key [path]"),
    row("JSON.OBJLEN", "key [path]"),
    row("JSON.STRLEN", "key [path]"),
    row("LINDEX", "key index"),
    row("LLEN", "key"),
    row("LRANGE", "key start stop").form(Form::Span(SPAN)),
    row("MEMORY USAGE", "key"),
    row("PEXPIRETIME", "key").since(7, 0),
    row("PFCOUNT", "key [key ...]"),
    row("PTTL", "key"),
    row("PUBSUB NUMPAT", ""),
    row("PUBSUB NUMSUB", "channel [channel ...]").shape(Shape::Map),
    row("SCARD", "key"),
    row("SISMEMBER", "key member"),
    row("SMISMEMBER", "key member [member ...]").since(6, 2),
    row("STRLEN", "key"),
    row("TDIGEST.MAX", "key"),
    row("TDIGEST.MIN", "key"),
    row("TDIGEST.QUANTILE", "key quantile [quantile ...]"),
    row("TS.GET", "key"),
    row("TTL", "key"),
    row("XINFO GROUPS", "key").since(5, 0),
    row("XINFO STREAM", "key").shape(Shape::Map).since(5, 0),
    row("XLEN", "key").since(5, 0),
    row("XPENDING", "key group").since(5, 0),
    row("XRANGE", "key start end COUNT count").form(Form::Count).since(5, 0),
    row("XREVRANGE", "key end start COUNT count").form(Form::Count).since(5, 0),
    row("ZCARD", "key"),
    row("ZCOUNT", "key min max"),
    row("ZLEXCOUNT", "key min max"),
    row("ZMSCORE", "key member [member ...]").since(6, 2),
    row("ZRANGE", "key start stop [WITHSCORES]").form(Form::Span(SPAN)),
    row("ZRANK", "key member"),
    row("ZREVRANGE", "key start stop [WITHSCORES]").form(Form::Span(SPAN)),
    row("ZREVRANK", "key member"),
    row("ZSCORE", "key member"),
];

/// A command that may be sent.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name, then its arguments. The name is as the server is sent it.
    pub(crate) words: Vec<String>,
    pub(crate) shape: Shape,
    /// Whether it is about keys.
    pub(crate) reads_keys: bool,
    name: &'static str,
    since: (u32, u32),
}

impl Known {
    /// Looks a command up.
    ///
    /// # Errors
    /// Why it is not sent.
    pub(crate) fn find(words: &[String]) -> Result<Known, String> {
        let size: usize = words.iter().map(String::len).sum();
        if words.len() > WORDS || size > LONGEST {
            return Err(format!("a command has at most {WORDS} words and {LONGEST} bytes"));
        }
        let is_named = |row: &&Row| {
            let name: Vec<&str> = row.name.split(' ').collect();
            words.len() >= name.len() && name.iter().zip(words).all(|(name, word)| word.eq_ignore_ascii_case(name))
        };
        let Some(row) = ROWS.iter().find(is_named) else {
            let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
            let what = words.first().map_or("", String::as_str);
            return Err(format!("{what} is none of the reads that can be asked: {}", names.join(", ")));
        };
        let (name, args) = words.split_at(row.name.split(' ').count());
        row.check(args)?;
        let mut words: Vec<String> = name.iter().map(|word| word.to_ascii_uppercase()).collect();
        words.extend_from_slice(args);
        let shape = if args.len() == 4 && row.args.ends_with("[WITHSCORES]") { Shape::Pairs } else { row.shape };
        let reads_keys = row.args.starts_with("key");
        Ok(Known { words, shape, reads_keys, name: row.name, since: row.since })
    }

    /// # Errors
    /// Why a server does not know it.
    pub(crate) fn is_of(&self, product: &str, version: &str) -> Result<(), String> {
        let mut numbers = version.split('.').map(|number| number.parse().ok());
        // What has no number is built from the latest source.
        let is = (numbers.next().flatten().unwrap_or(u32::MAX), numbers.next().flatten().unwrap_or(0));
        let (major, minor) = self.since;
        let is_newer = match product {
            "redis" | "keydb" => is < self.since,
            "valkey" => PARTED < self.since,
            _ => false,
        };
        if is_newer {
            return Err(format!("{} is known since Redis {major}.{minor}, and this is {product} {version}", self.name));
        }
        Ok(())
    }
}

impl Row {
    fn check(&self, args: &[String]) -> Result<(), String> {
        let (least, most) = self.arguments();
        let usage = || format!("{} {}", self.name, self.args).trim_end().to_owned();
        if !(least..=most).contains(&args.len()) {
            return Err(format!("it is written {}", usage()));
        }
        let number = |place: usize| args.get(place).and_then(|arg| arg.parse::<u64>().ok());
        let is = |place: usize, word: &str| args.get(place).is_none_or(|arg| arg.eq_ignore_ascii_case(word));
        match self.form {
            Form::Any => Ok(()),
            Form::Span(most) => match (number(1), number(2)) {
                _ if !is(3, "WITHSCORES") => Err(format!("it is written {}", usage())),
                (Some(start), Some(stop)) if stop.saturating_sub(start) < most => Ok(()),
                _ => Err(format!("{} takes places from 0 on that span at most {most}: write 0 9", self.name)),
            },
            Form::Count if is(3, "COUNT") && number(4).is_some_and(|count| (1..=SPAN).contains(&count)) => Ok(()),
            Form::Count => Err(format!("it is written {}, with a count of 1 to {SPAN}", usage())),
        }
    }

    /// How many arguments there may be: at least, and at most.
    fn arguments(&self) -> (usize, usize) {
        let needed = self.args.split(' ').filter(|word| !word.is_empty() && !word.contains(['[', ']'])).count();
        match self.args {
            args if args.contains("...") => (needed, WORDS),
            args => (needed, needed + args.matches('[').count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(command: &str) -> Result<Known, String> {
        Known::find(&command.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_manifest_grants_what_is_known_and_nothing_else() {
        let manifest = include_str!("../plugin.toml");
        let granted: Vec<&str> =
            manifest.lines().filter_map(|line| line.strip_prefix("    \"")?.strip_suffix("\",")).collect();
        assert_eq!(granted, ROWS.iter().map(|row| row.name).collect::<Vec<_>>());
    }

    #[test]
    fn names_in_any_case_and_of_two_words() {
        assert_eq!(find("xinfo stream Jobs").unwrap().words, ["XINFO", "STREAM", "Jobs"]);
        assert_eq!(find("hget Cart total").unwrap().words, ["HGET", "Cart", "total"]);
        assert!(find("dbsize").is_ok_and(|known| !known.reads_keys));
    }

    #[test]
    fn what_is_no_bounded_read_is_told() {
        for (command, words) in [
            ("SET a 1", "SET is none of the reads"),
            ("XINFO", "XINFO is none of the reads"),
            ("SMEMBERS a", "SMEMBERS is none of the reads"),
            ("HGET a", "it is written HGET key field"),
            ("HGET a b c", "it is written HGET key field"),
            ("DBSIZE 1", "it is written DBSIZE"),
            ("SCARD", "it is written SCARD key"),
            ("HMGET a", "it is written HMGET key field [field ...]"),
            ("GEODIST a b", "it is written GEODIST"),
            ("LRANGE a 0 -1", "span at most 1000"),
            ("LRANGE a 0 1000", "span at most 1000"),
            ("ZRANGE a 0 9 REV", "it is written ZRANGE key start stop [WITHSCORES]"),
            ("XRANGE a - + COUNT 0", "a count of 1 to 1000"),
            ("XRANGE a - + LIMIT 5", "it is written XRANGE"),
            ("", " is none of the reads"),
        ] {
            let error = find(command).unwrap_err();
            assert!(error.contains(words), "{command}: {error}");
        }
        assert!(find(&format!("EXISTS {}", "a ".repeat(200))).unwrap_err().contains("128 words"));
        for command in ["LRANGE a 5 1004", "ZREVRANGE a 0 0 withscores", "XRANGE a - + count 1", "GEODIST a b c km"] {
            assert!(find(command).is_ok(), "{command}");
        }
    }

    #[test]
    fn scores_come_in_pairs() {
        assert_eq!(find("ZRANGE a 0 9 WITHSCORES").unwrap().shape, Shape::Pairs);
        assert_eq!(find("ZRANGE a 0 9").unwrap().shape, Shape::Plain);
        assert_eq!(find("XINFO STREAM a").unwrap().shape, Shape::Map);
    }

    #[test]
    fn what_a_server_does_not_know_is_not_asked() {
        let of = |command: &str, product, version| find(command).unwrap().is_of(product, version).err();
        let told = "EXPIRETIME is known since Redis 7.0, and this is redis 6.2.14";
        assert_eq!(of("EXPIRETIME a", "redis", "6.2.14").as_deref(), Some(told));
        assert!(of("EXPIRETIME a", "keydb", "6.3.4").is_some());
        for (product, version) in [("redis", "7.0.0"), ("valkey", "9.1.0"), ("dragonfly", "df-v1.30.0")] {
            assert_eq!(of("EXPIRETIME a", product, version), None);
        }
        assert_eq!(of("EXPIRETIME a", "redis", "unstable"), None);
        assert!(of("ARCOUNT a", "valkey", "9.1.0").is_some() && of("ARCOUNT a", "redis", "8.6.3").is_some());
        assert_eq!(of("ARCOUNT a", "redis", "8.8.0"), None);
    }
}
