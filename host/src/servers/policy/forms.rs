//! What a read must not go without or beyond, so that no command holds a server long.

/// What COUNT and its kin may say at most: elements of one step of a walk, entries of a stream or a log.
const COUNT: u64 = 1_000;

/// How many elements a range of indices may span, and how far LIMIT may skip, which costs as much.
const ELEMENTS: u64 = 10_000;

/// Bytes of a string that one GETRANGE may span: 1 MiB.
const BYTES: u64 = 1 << 20;

/// What a read must not go without or beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing.
    Any,
    /// Indices at places 2 and 3: both from 0 on, and not more than 10,000 elements.
    Indices,
    /// As indices, in bytes: 1 MiB.
    Bytes,
    /// Indices, or BYSCORE and BYLEX with LIMIT.
    SortedRange,
    /// LIMIT is there, with not more than 10,000 elements skipped and 10,000 read.
    Limit,
    /// `COUNT n` follows start and end, 1,000 at most.
    StreamRange,
    /// COUNT is there, 1,000 at most, and BLOCK is not.
    StreamRead,
    /// When entries are asked for, 1,000 at most.
    Pending,
    /// After FULL a COUNT, if there is one, of 1 to 1,000: 0 is everything.
    StreamInfo,
    /// A cursor at this place, then options: COUNT is 1,000 at most.
    Walk(usize),
    /// As a walk of keys: MATCH is there.
    KeyWalk,
    /// A number at this place, if there is one, of 1 to 1,000.
    Count(usize),
    /// The option, from this place on, is 1 to 1,000 if it is there.
    Option(&'static str, usize),
    /// The option, from this place on, is there, and 1 to 1,000.
    Needs(&'static str, usize),
    /// BY and GET read no other keys.
    Sort,
    /// The subcommand's own subcommand is GET.
    OnlyGet,
}

impl Form {
    /// Whether the command keeps it; an error follows the command's name in a sentence.
    pub(super) fn check(self, args: &[Vec<u8>]) -> Result<(), &'static str> {
        let keeps = match self {
            Form::Any => true,
            Form::Indices => spans(args, ELEMENTS),
            Form::Bytes => spans(args, BYTES),
            Form::SortedRange => sorted_range(args),
            Form::Limit => limit(args.get(4..).unwrap_or_default()) == Some(true),
            Form::StreamRange => args.get(4).is_some_and(|word| is(word, "COUNT")) && counts(args.get(5)),
            Form::StreamRead => return stream_read(args),
            Form::Pending => pending(args),
            Form::StreamInfo => stream_info(args),
            Form::Walk(cursor) => walk(args, cursor),
            Form::KeyWalk => walk(args, 1) && args.iter().skip(2).step_by(2).any(|word| is(word, "MATCH")),
            Form::Count(place) => args.get(place).is_none_or(|count| counts(Some(count))),
            Form::Option(word, from) => option(args, word, from) != Some(false),
            Form::Needs(word, from) => option(args, word, from) == Some(true),
            Form::Sort => sort(args),
            Form::OnlyGet => args.get(2).is_some_and(|word| is(word, "GET")),
        };
        if keeps { Ok(()) } else { Err(self.rule()) }
    }

    /// What has to be written, as it follows the command's name in a sentence; "" for nothing.
    pub fn rule(self) -> &'static str {
        match self {
            Form::Any => "",
            Form::Indices => "takes indices from 0 on that span 10000 elements at most: write 0 9999",
            Form::Bytes => "takes places from 0 on that span 1 MiB at most: write 0 1048575",
            Form::SortedRange => {
                "takes indices from 0 on that span 10000 elements at most: write 0 9999; \
                 with BYSCORE or BYLEX it needs LIMIT, each number of it 10000 at most: write LIMIT 0 10000"
            }
            Form::Limit => "needs LIMIT, each number of it 10000 at most: write LIMIT 0 10000",
            Form::StreamRange => "needs a COUNT of 1 to 1000 as its last option: write COUNT 1000",
            Form::StreamRead => "needs a COUNT of 1 to 1000 and as many ids as keys: write COUNT 1000 STREAMS key id",
            Form::Pending => "takes 1 to 1000 as the number of entries",
            Form::StreamInfo => "takes a COUNT of 1 to 1000 after FULL (0 is every entry)",
            Form::Walk(_) => "takes MATCH, TYPE, SLOT, NOVALUES, NOSCORES and a COUNT of 1 to 1000",
            Form::KeyWalk => {
                "needs MATCH with a pattern of granted keys, and takes TYPE, SLOT and a COUNT of 1 to 1000"
            }
            Form::Count(_) => "takes a number of 1 to 1000 (a negative one has no bound)",
            Form::Option("SAMPLES", _) => "takes SAMPLES of 1 to 1000 (0 is every element)",
            Form::Option("MAX", _) => "takes a MAX of 1 to 1000",
            Form::Option(..) => "takes a COUNT of 1 to 1000 (0 is every match)",
            Form::Needs(..) => "needs a COUNT of 1 to 1000: write COUNT 1000",
            Form::Sort => "takes no BY but nosort and no GET but #: other patterns read keys that nobody granted",
            Form::OnlyGet => "changes the server, unless its next word is GET",
        }
    }
}

/// Whether servers take an argument for this word: in upper or lower case, and up to the first NUL, because they compare
/// with strcasecmp.
pub(super) fn is(arg: &[u8], word: &str) -> bool {
    let end = arg.iter().position(|&byte| byte == 0).unwrap_or(arg.len());
    arg[..end].eq_ignore_ascii_case(word.as_bytes())
}

/// A whole number, 0 or more, written in digits alone: what is read here is what the server reads.
pub(super) fn number(arg: &[u8]) -> Option<u64> {
    let digits = str::from_utf8(arg).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    digits.parse().ok()
}

fn counts(arg: Option<&Vec<u8>>) -> bool {
    arg.and_then(|arg| number(arg)).is_some_and(|count| (1..=COUNT).contains(&count))
}

/// Whether places 2 and 3 are both counted from the start, which bounds what lies between them.
fn spans(args: &[Vec<u8>], most: u64) -> bool {
    let place = |place: usize| args.get(place).and_then(|arg| number(arg));
    match (place(2), place(3)) {
        (Some(start), Some(stop)) => stop.saturating_sub(start) < most,
        _ => false,
    }
}

/// Reads options of a sorted set's range: whether there is a LIMIT that keeps the bounds; none for anything unknown.
fn limit(mut options: &[Vec<u8>]) -> Option<bool> {
    let mut is_limited = false;
    while let Some((word, rest)) = options.split_first() {
        options = rest;
        if is(word, "LIMIT") {
            let (numbers, rest) = rest.split_at_checked(2)?;
            let keeps = |arg: &Vec<u8>| number(arg).is_some_and(|number| number <= ELEMENTS);
            if !numbers.iter().all(keeps) {
                return None;
            }
            (is_limited, options) = (true, rest);
        } else if !["WITHSCORES", "BYSCORE", "BYLEX", "REV"].iter().any(|known| is(word, known)) {
            return None;
        }
    }
    Some(is_limited)
}

fn sorted_range(args: &[Vec<u8>]) -> bool {
    let options = args.get(4..).unwrap_or_default();
    let by_value = options.iter().any(|word| is(word, "BYSCORE") || is(word, "BYLEX"));
    match limit(options) {
        Some(is_limited) if by_value => is_limited,
        Some(_) => spans(args, ELEMENTS),
        None => false,
    }
}

/// Word by word, as the server reads it: a key may be called BLOCK, and an option must not hide behind one.
fn stream_read(args: &[Vec<u8>]) -> Result<(), &'static str> {
    let mut rest = args.get(1..).unwrap_or_default();
    let mut is_bounded = false;
    loop {
        rest = match rest {
            [word, ..] if is(word, "BLOCK") => {
                return Err("with BLOCK waits, and a connection that waits serves nobody");
            }
            [word, count, rest @ ..] if is(word, "COUNT") && counts(Some(count)) => {
                is_bounded = true;
                rest
            }
            [word, both @ ..] if is(word, "STREAMS") && is_bounded && !both.is_empty() && both.len() % 2 == 0 => {
                return Ok(());
            }
            _ => return Err(Form::StreamRead.rule()),
        }
    }
}

fn pending(args: &[Vec<u8>]) -> bool {
    match args.get(3..).unwrap_or_default() {
        [] => true,
        [word, _, _, _, rest @ ..] if is(word, "IDLE") => counts(rest.first()),
        [_, _, rest @ ..] => counts(rest.first()),
        [_] => false,
    }
}

fn stream_info(args: &[Vec<u8>]) -> bool {
    match args.get(3..).unwrap_or_default() {
        [] => true,
        [full] => is(full, "FULL"),
        [full, word, count] => is(full, "FULL") && is(word, "COUNT") && counts(Some(count)),
        _ => false,
    }
}

/// Strictly, because the patterns are taken from the same pairs.
fn walk(args: &[Vec<u8>], cursor: usize) -> bool {
    let mut options = args.get(cursor + 1..).unwrap_or_default();
    loop {
        options = match options {
            [] => return true,
            [word, count, rest @ ..] if is(word, "COUNT") && counts(Some(count)) => rest,
            [word, _, rest @ ..] if ["MATCH", "TYPE", "SLOT"].iter().any(|known| is(word, known)) => rest,
            // Of the walks in one key: those of all keys are pairs alone.
            [word, rest @ ..] if cursor > 1 && (is(word, "NOVALUES") || is(word, "NOSCORES")) => rest,
            _ => return false,
        }
    }
}

/// Whether an option keeps its bound wherever its word stands, which may be more often than the server takes it for an
/// option; none when it is nowhere.
fn option(args: &[Vec<u8>], word: &str, from: usize) -> Option<bool> {
    let places = (from..args.len()).filter(|place| is(&args[*place], word));
    places.map(|place| counts(args.get(place + 1))).reduce(|all, one| all && one)
}

fn sort(args: &[Vec<u8>]) -> bool {
    let mut options = args.get(2..).unwrap_or_default();
    loop {
        options = match options {
            [] => return true,
            [word, pattern, rest @ ..] if is(word, "BY") && pattern == b"nosort" => rest,
            [word, pattern, rest @ ..] if is(word, "GET") && pattern == b"#" => rest,
            [word, offset, count, rest @ ..]
                if is(word, "LIMIT") && number(offset).is_some() && number(count).is_some() =>
            {
                rest
            }
            [word, rest @ ..] if ["ASC", "DESC", "ALPHA"].iter().any(|known| is(word, known)) => rest,
            _ => return false,
        }
    }
}
