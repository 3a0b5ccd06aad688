//! The table and its tricks.

mod docs;

use std::collections::HashSet;

use super::*;

fn command(words: &[&[u8]]) -> Command {
    Command::of(words.iter().map(|word| word.to_vec()).collect())
}

fn words(words: &str) -> Command {
    command(&words.split_whitespace().map(str::as_bytes).collect::<Vec<_>>())
}

fn refusal(command: &Command) -> String {
    read(command).unwrap_err().to_string()
}

#[test]
fn reads_tell_their_name_and_keys() {
    let no_keys: &[&str] = &[];
    for (text, name, keys) in [
        ("info all", "INFO", no_keys),
        ("Slowlog Len", "SLOWLOG LEN", no_keys),
        ("COMMAND", "COMMAND", no_keys),
        ("get a", "GET", &["a"]),
        ("xinfo Stream s", "XINFO STREAM", &["s"]),
        ("MGET a b c", "MGET", &["a", "b", "c"]),
        ("ZDIFF 2 a b WITHSCORES", "ZDIFF", &["a", "b"]),
        ("XREAD COUNT 5 STREAMS a b 0 0", "XREAD", &["a", "b"]),
        ("XREAD COUNT 5 STREAMS BLOCK 0", "XREAD", &["BLOCK"]),
        ("JSON.MGET a b $", "JSON.MGET", &["a", "b"]),
        ("MEMORY USAGE a SAMPLES 5", "MEMORY USAGE", &["a"]),
        ("SENTINEL CONFIG GET *", "SENTINEL CONFIG", no_keys),
    ] {
        let command = words(text);
        let read = read(&command).unwrap();
        let keys: Vec<&[u8]> = keys.iter().map(|key| key.as_bytes()).collect();
        assert_eq!((read.name, read.keys, read.patterns.len()), (name, keys, 0), "{text}");
    }
    let scan = words("SCAN 0 TYPE MATCH MATCH a* COUNT 10 match b*");
    assert_eq!(read(&scan).unwrap().patterns, [b"a*", b"b*"]);
}

#[test]
fn statistics_are_marked() {
    let is_statistic = |text: &str| read(&words(text)).unwrap().statistic;
    assert!(["INFO", "CLUSTER INFO", "LATENCY LATEST", "SLOWLOG GET", "MODULE LIST"].into_iter().all(is_statistic));
    let slots = ["CLUSTER SLOT-STATS SLOTSRANGE 0 16383", "CLUSTER SLOT-STATS ORDERBY KEY-COUNT LIMIT 10 DESC"];
    assert!(slots.into_iter().all(is_statistic));
    assert!(!["CONFIG GET *", "CLIENT LIST", "PUBSUB CHANNELS", "GET a"].into_iter().any(is_statistic));
}

#[test]
fn replies_of_any_length_are_marked() {
    let is_unbounded = |text: &str| read(&words(text)).unwrap().is_unbounded;
    assert!(["CLIENT LIST", "client list TYPE normal", "PUBSUB CHANNELS"].into_iter().all(is_unbounded));
    assert!(!["INFO ALL", "CONFIG GET *", "CLIENT INFO", "PUBSUB NUMSUB a"].into_iter().any(is_unbounded));
}

#[test]
fn everything_else_is_refused_with_its_reason() {
    for (text, reason) in [
        ("FLUSHALL", "FLUSHALL writes"),
        ("CONFIG SET a b", "CONFIG SET changes the server"),
        ("CONFIG", "CONFIG needs a subcommand"),
        ("CLUSTER", "CLUSTER needs a subcommand"),
        ("CLUSTER NONSENSE", "CLUSTER NONSENSE is not in redwasp's table of reads"),
        ("SLOWLOG RESET", "SLOWLOG RESET makes the server forget"),
        ("SELECT 1", "SELECT changes the connection, which others use after this plugin"),
        ("SUBSCRIBE a", "SUBSCRIBE makes the connection one of messages"),
        ("QUIT", "QUIT changes the connection"),
        ("BLPOP a 0", "BLPOP waits"),
        ("WAIT 1 0", "WAIT waits"),
        ("CLIENT REPLY OFF", "CLIENT REPLY changes the connection"),
        ("CLIENT KILL TYPE normal", "CLIENT KILL acts on the connections of others"),
        ("EVAL x 0", "EVAL runs code"),
        ("FCALL_RO f 0", "FCALL_RO runs code"),
        ("MONITOR", "MONITOR gives away everybody's commands"),
        ("MULTI", "MULTI changes the connection"),
        ("HELLO 2", "HELLO changes the connection"),
        ("AUTH x", "AUTH changes the connection"),
        ("KEYS *", "KEYS walks every key"),
        ("RANDOMKEY", "RANDOMKEY names keys"),
        ("ACL LIST", "ACL LIST tells or changes who may do what"),
        ("SENTINEL CONFIG SET a b", "SENTINEL CONFIG changes the server"),
        ("SENTINEL FAILOVER m", "SENTINEL FAILOVER changes the server"),
        ("DEBUG SLEEP 1", "DEBUG reaches into the server"),
        ("TOUCH a", "TOUCH changes when keys were last used"),
        ("GEORADIUS k 0 0 1 m STORE d", "GEORADIUS is a write"),
        ("FT.SEARCH i q", "FT.SEARCH reads what no pattern of keys covers"),
        ("INFOX", "INFOX is not in redwasp's table of reads"),
        ("", "a command without a name is not in redwasp's table of reads"),
    ] {
        assert!(refusal(&words(text)).starts_with(reason), "{text}: {}", refusal(&words(text)));
    }
}

#[test]
fn tricks_are_no_names() {
    let tricks: [&[&[u8]]; 12] = [
        &[],
        &[b""],
        &[b"", b"GET", b"a"],
        &[b"CONFIG GET", b"*"],
        &[b"CLUSTER INFO"],
        &[b"CLUSTER ", b"INFO"],
        &[b"GET\0", b"a"],
        &[b"\0GET", b"a"],
        &[b" GET", b"a"],
        &[b"GET\r\nFLUSHALL", b"a"],
        &[b"CLUSTER", b"INFO\0"],
        &[b"CLUSTER", b"INFO\r\nFLUSHALL"],
    ];
    for trick in tricks {
        let told = refusal(&command(trick));
        let is_one_word = trick.first().is_some_and(|word| word.contains(&b' '));
        let end = if is_one_word { "each argument as a word of its own" } else { "is not in redwasp's table of reads" };
        assert!(told.ends_with(end), "{told}");
        assert!(!told.contains(['\0', '\r', '\n']), "{told:?}");
    }
    let long = refusal(&command(&[&[b'x'; 1 << 20]]));
    assert!(long.len() < 200, "{} bytes", long.len());
    assert!(refusal(&command(&[b"\xff\xfe"])).starts_with(r"\xff\xfe is not in"));
}

#[test]
fn a_read_is_written_as_it_should_be() {
    for text in [
        "GET",
        "GET a b",
        "MGET",
        "DBSIZE 1",
        "XINFO STREAM",
        "ZDIFF 0",
        "ZDIFF 0 a",
        "ZDIFF 2 a",
        "ZDIFF -1 a",
        "ZDIFF 18446744073709551615 a",
        "JSON.MGET a",
        "MEMORY USAGE",
        "COMMANDLOG LEN",
    ] {
        assert!(refusal(&words(text)).contains("is written otherwise: "), "{text}: {}", refusal(&words(text)));
    }
    assert_eq!(refusal(&words("HGET a")), "HGET is written otherwise: HGET key field");
    let many = command(&vec![b"MGET".as_slice(); 10_001]);
    assert_eq!(refusal(&many), "MGET has more than 10000 arguments: send it in parts");
}

#[test]
fn what_could_be_long_is_bounded() {
    for text in [
        "LRANGE a 0 9999",
        "LRANGE a 100000 109999",
        "LRANGE a 5 3",
        "GETRANGE a 0 1048575",
        "ZRANGE a 0 9999 WITHSCORES REV",
        "ZRANGE a -inf +inf BYSCORE LIMIT 0 10000",
        "ZREVRANGE a 0 9999",
        "ZRANGEBYSCORE a -inf +inf WITHSCORES LIMIT 10000 10000",
        "XRANGE a - + COUNT 1000",
        "XPENDING a g",
        "XPENDING a g - + 1000",
        "XPENDING a g IDLE 5 - + 1000 c",
        "XINFO STREAM a FULL",
        "XINFO STREAM a FULL COUNT 1",
        "SCAN 0 MATCH a* COUNT 1000",
        "HSCAN a 0",
        "HSCAN a 0 NOVALUES COUNT 1000 MATCH x",
        "SRANDMEMBER a",
        "SRANDMEMBER a 1000",
        "LPOS a COUNT RANK 2 COUNT 1000",
        "SLOWLOG GET 1000",
        "GEOSEARCH a FROMMEMBER m BYBOX 1 1 m COUNT 1000 ANY",
        "SORT_RO a BY nosort GET # LIMIT 0 10 ALPHA DESC",
        "TS.RANGE a - + COUNT 1000 AGGREGATION avg 10",
    ] {
        assert!(read(&words(text)).is_ok(), "{text}: {}", refusal(&words(text)));
    }
    for text in [
        "LRANGE a 0 10000",
        "LRANGE a 0 -1",
        "LRANGE a -5 -1",
        "LRANGE a x 1",
        "GETRANGE a 0 1048576",
        "GETRANGE a 0 -1",
        "SUBSTR a 0 1048576",
        "ZRANGE a 0 10000",
        "ZRANGE a 0 1 BYSCORE",
        "ZRANGE a 0 1 BYLEX LIMIT 0 -1",
        "ZRANGE a 0 1 BYLEX LIMIT 10001 1",
        "ZRANGE a 0 1 NEWOPTION",
        "ZREVRANGE a 0 -1",
        "ZRANGEBYSCORE a -inf +inf LIMIT 0 10001",
        "ZRANGE a 0 1 BYLEX LIMIT 0 5 LIMIT 0 -1",
        "XRANGE a - + COUNT 1001",
        "XRANGE a - + COUNT 0",
        "XRANGE a - + COUNT -1",
        "XREAD COUNT 1 BLOCK 0 STREAMS a $",
        "XREAD BLOCK 0 COUNT 1 STREAMS a $",
        "XREAD COUNT 0 STREAMS a b 0 0",
        "XREAD COUNT 5 COUNT 0 STREAMS a 0",
        "XREAD COUNT 5 STREAMS a b 0",
        "XREAD COUNT 5 a STREAMS b 0",
        "XPENDING a g - + 1001",
        "XPENDING a g - +",
        "XPENDING a g IDLE 5 - + 1001",
        "XPENDING a g IDLE 1 2 3",
        "XINFO STREAM a FULL COUNT 0",
        "XINFO STREAM a FULL COUNT 1001",
        "SCAN 0 MATCH a* COUNT 1001",
        "SCAN 0 COUNT 10 TYPE MATCH",
        "SCAN 0 MATCH a* NEWOPTION 1",
        "SCAN 0 MATCH a* NOVALUES",
        "HSCAN a 0 COUNT 1001",
        "SRANDMEMBER a -5",
        "HRANDFIELD a 1001 WITHVALUES",
        "LPOS a b COUNT 0",
        "LPOS a b COUNT 5 COUNT 0",
        "SLOWLOG GET -1",
        "COMMANDLOG GET -1 slow",
        "MEMORY USAGE a SAMPLES 0",
        "GEOSEARCH a FROMMEMBER COUNT BYBOX 100000 100000 km ASC WITHDIST",
        "GEORADIUS_RO a 0 0 1 m WITHDIST COUNT 1001",
        "SORT_RO a BY w_* LIMIT 0 1",
        "SORT_RO a GET other_* ALPHA",
        "TS.RANGE a - + AGGREGATION avg 10",
        "FT.SUGGET a b MAX 1001",
        "MEMORY USAGE a SAMPLES\0 0",
        "LPOS a b COUNT\0 0",
        "LPOS a b COUNT 5 count\0COUNT 0",
        "GEOSEARCH a FROMMEMBER m BYBOX 1 1 m COUNT 1 COUNT\0 5000",
        "XPENDING a g IDLE\0 0 1 + 999999",
        "XREAD COUNT 1 BLOCK\0 0 STREAMS a $",
        "VSIM a ELE b COUNT\0 5000",
        "FT.SUGGET a b MAX\0 1001",
    ] {
        let reason = refusal(&words(text));
        assert!(["takes", "needs", "with BLOCK"].iter().any(|word| reason.contains(word)), "{text}: {reason}");
    }
}

#[test]
fn a_grant_of_a_command_is_one_of_its_reads() {
    let names = |name: &str| reads_named(name).map(|rows| rows.iter().map(|row| row.name).collect::<Vec<_>>());
    assert_eq!(names("hget"), Ok(vec!["HGET"]));
    assert_eq!(names("xinfo  stream"), Ok(vec!["XINFO STREAM"]));
    assert_eq!(names("XINFO"), Ok(vec!["XINFO CONSUMERS", "XINFO GROUPS", "XINFO STREAM"]));
    assert!(names("COMMAND").unwrap().contains(&"COMMAND"));
    for (name, reason) in [
        ("", "a command without a name is not in"),
        ("GET a", "GET a is not in"),
        ("XINFO STREAM a", "XINFO STREAM a is not in"),
        ("XGROUP", "XGROUP has no reads"),
        ("SELECT", "SELECT changes the connection"),
        ("CONFIG SET", "CONFIG SET changes the server"),
    ] {
        assert!(names(name).unwrap_err().to_string().starts_with(reason), "{name}");
    }
}

#[test]
fn rows_agree_with_themselves() {
    let mut seen = HashSet::new();
    for row in rows() {
        let name = row.name;
        assert!(seen.insert(name), "{name} has two rows");
        assert!(name == name.to_uppercase() && words_of(name) <= 2, "{name}");
        let Some(reading) = row.reading() else { continue };
        let (least, most) = reading.arguments();
        assert!(least <= most && !reading.what.is_empty(), "{name}");
        assert!(!reading.statistic || reading.keys == Keys::None, "{name} is a statistic and reads keys");
        // Where the usage says "key" is where the keys are taken from; a key that is only a name is hashed, not read.
        let place = reading.args.split_whitespace().position(|word| word == "key").map(|place| place + words_of(name));
        let expected = match reading.keys {
            Keys::At(place) | Keys::From(place) | Keys::FromButLast(place) => Some(place),
            Keys::Counted(place) => Some(place + 1),
            Keys::Streams => Some(4),
            Keys::None | Keys::Matching => None,
        };
        assert!(place == expected || name == "CLUSTER KEYSLOT", "{name}: {place:?} and {expected:?}");
    }
    assert!(seen.len() > 500);
}
